"""Technical facts of digital objects, as a keeper reads them."""

from collections.abc import Callable, Mapping
from datetime import datetime

from web.language import N_, gettext
from web.shown import duration

FACTS: Mapping[str, str] = {
    "pages": N_("Number of pages"),
    "width": N_("Width (pixels)"),
    "height": N_("Height (pixels)"),
    "frames": N_("Frames"),
    "dpi": N_("Resolution (dpi)"),
    "colour_mode": N_("Colour mode"),
    "compression": N_("Compression"),
    "taken_at": N_("Recorded at"),
    "camera": N_("Camera"),
    "has_gps": N_("Position noted (GPS)"),
    "duration_seconds": N_("Duration"),
    "container": N_("Container"),
    "video_codec": N_("Video codec"),
    "audio_codec": N_("Audio codec"),
    "frame_rate": N_("Frames per second"),
    "sample_rate": N_("Sampling rate (Hz)"),
    "channels": N_("Channels"),
    "bit_rate": N_("Bit rate (bit/s)"),
    "page_width_mm": N_("Page width (mm)"),
    "page_height_mm": N_("Page height (mm)"),
    "pdf_version": N_("PDF version"),
    "pdf_a": N_("PDF/A claimed"),
    "has_form": N_("Has form fields"),
    "attachments": N_("Attachments"),
    "encoding": N_("Character encoding"),
    "title": N_("Title inside the file"),
}


def described_facts(facts: Mapping[str, object]) -> list[tuple[str, str]]:
    """The facts worth reading, in our order, as label and value in the user's language."""
    return [(gettext(label), _told(name, facts[name])) for name, label in FACTS.items() if _says_something(facts, name)]


def _says_something(facts: Mapping[str, object], name: str) -> bool:
    return facts.get(name) not in (None, "", False, []) and (name != "frames" or facts["frames"] != 1)


def _told(name: str, value: object) -> str:
    told: Callable[[object], str] = _TOLD.get(name, str)
    if value is True:
        return gettext("yes")
    if isinstance(value, list):
        return "、".join(str(part) for part in value)
    return told(value)


def _moment(value: object) -> str:
    """As the recorder noted it, in its own time; what is no moment is shown as it stands."""
    try:
        return datetime.fromisoformat(str(value)).strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return str(value)


_TOLD: Mapping[str, Callable[[object], str]] = {
    "duration_seconds": lambda value: duration(float(str(value))),
    "taken_at": _moment,
}
