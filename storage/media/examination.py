"""Examining, reading and drawing a file of any type: each goes to the module that knows the family.

The functions take hostile bytes, so a server calls them through a Workshop. Each decoder is loaded when a file first
needs it: a desk that files only PDF never pays for FFmpeg.
"""

from pathlib import Path

from storage.media import kinds
from storage.media.identification import identify
from storage.media.results import (
    Encrypted,
    Examination,
    ExtractedText,
    Finding,
    Picture,
    Prepared,
    Unreadable,
)

MOST_CHARACTERS = 2_000_000
THUMBNAIL_EDGE = 320
POSTER_EDGE = 640


def examine(path: Path, media_type: str) -> Examination:
    """Technical facts and findings; bad content gives findings, never an error."""
    if path.stat().st_size == 0:
        return Examination({}, [Finding("empty")])
    if media_type in kinds.PILLOW_FORMATS:
        from storage.media import images

        return images.examine(path, media_type)
    if media_type == kinds.PDF:
        from storage.media import pdf

        return pdf.examine(path)
    if kinds.is_recording(media_type):
        from storage.media import recordings

        return recordings.examine(path)
    if media_type in kinds.ZIPPED:
        from storage.media import office

        return office.examine(path)
    if media_type == kinds.EXCEL97:
        from storage.media import excel97

        return excel97.examine(path)
    if media_type == kinds.RTF:
        from storage.media import rich_text

        return rich_text.examine(path)
    if media_type in kinds.OLE_FILES:
        from storage.media import word97

        return word97.examine(path)
    if media_type in kinds.TEXTS:
        from storage.media import plain

        return plain.examine(path, media_type)
    return Examination({}, [Finding("unknown-type", media_type)])


def text(path: Path, media_type: str, limit: int = MOST_CHARACTERS) -> ExtractedText:
    """The text for the index; the note says why there is none, or not all. Never raises for bad content."""
    try:
        if media_type == kinds.PDF:
            from storage.media import pdf

            return pdf.text(path, limit)
        if media_type in kinds.ZIPPED:
            from storage.media import office

            return office.text(path, media_type, limit)
        if media_type == kinds.WORD97:
            from storage.media import word97

            return word97.text(path, limit)
        if media_type == kinds.EXCEL97:
            from storage.media import excel97

            return excel97.text(path, limit)
        if media_type == kinds.RTF:
            from storage.media import rich_text

            return rich_text.text(path, limit)
        if media_type in kinds.TEXTS:
            from storage.media import plain

            return plain.text(path, media_type, limit)
    except Encrypted:
        return ExtractedText(note="encrypted")
    except Unreadable:
        return ExtractedText(note="damaged")
    if media_type.startswith("image/"):
        return ExtractedText(note="image-text")
    return ExtractedText(note="no-text" if media_type.startswith(("audio/", "video/")) else "unsupported")


def picture(path: Path, media_type: str, size: int = THUMBNAIL_EDGE) -> Picture | None:
    """A picture at most `size` pixels wide and high: the image, the first page, a frame; None if there is none."""
    return _drawn(path, media_type, 1, size, None)


def page_image(path: Path, media_type: str, page_number: int, width: int) -> Picture | None:
    """One page of a PDF or of an image file, counted from 1, `width` pixels wide; None if it cannot be drawn."""
    return _drawn(path, media_type, page_number, width, width)


def display_image(path: Path, media_type: str, max_edge: int) -> Picture | None:
    """An image as a browser can show it, the right way up and at most `max_edge` pixels wide and high, or None."""
    return _drawn(path, media_type, 1, max_edge, None) if media_type in kinds.PILLOW_FORMATS else None


def waveform(path: Path, media_type: str) -> Picture | None:
    """The peaks of a sound recording over time; None if there is no sound or it does not decode."""
    if not kinds.is_recording(media_type):
        return None
    from storage.media import recordings

    try:
        return recordings.waveform(path)
    except Unreadable:
        return None


def prepare(path: Path, name: str) -> Prepared:
    """Type, facts, findings, text and pictures of a file in one go."""
    identified = identify(path, name)
    media_type = identified.media_type
    if media_type == kinds.PDF:
        from storage.media import pdf

        examined, extracted, drawn = pdf.prepare(path, MOST_CHARACTERS, THUMBNAIL_EDGE)
        pictures = {} if drawn is None else {"thumbnail": drawn}
    else:
        examined, extracted, pictures = examine(path, media_type), text(path, media_type), _pictures(path, media_type)
    findings = [*examined.findings]
    if identified.mislabelled:
        findings.append(Finding("mislabelled", f"{media_type}, named {Path(name).suffix}"))
    return Prepared(media_type, examined.facts, findings, extracted.text, extracted.note, pictures).storable()


def _pictures(path: Path, media_type: str) -> dict[str, Picture]:
    if media_type.startswith("audio/"):
        kind, made = "waveform", waveform(path, media_type)
    elif media_type.startswith("video/"):
        kind, made = "poster", picture(path, media_type, POSTER_EDGE)
        if made is None:  # sound in a container for video
            kind, made = "waveform", waveform(path, media_type)
    else:
        kind, made = "thumbnail", picture(path, media_type)
    return {} if made is None else {kind: made}


def _drawn(path: Path, media_type: str, page_number: int, edge: int, width: int | None) -> Picture | None:
    try:
        if media_type in kinds.PILLOW_FORMATS:
            from storage.media import images

            return images.picture(path, media_type, edge, page_number=page_number)
        if media_type == kinds.PDF:
            from storage.media import pdf

            if width is not None:
                return pdf.page_image(path, page_number, width)
            return pdf.picture(path, edge, page_number=page_number)
        if media_type.startswith("video/"):
            from storage.media import recordings

            return recordings.poster(path, edge)
    except Unreadable:
        return None
    return None
