"""Rich text (.rtf), which older word processors write: text without its marks."""

from collections.abc import Callable
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from storage.media.results import Examination, ExtractedText, Finding, Unreadable

MOST_BYTES = 32 * 1024**2


def examine(path: Path) -> Examination:
    """Findings: damaged where the file does not end its own group."""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 64))
        whole = file.read().rstrip(b"\0\r\n\t ").endswith(b"}")
    return Examination() if whole else Examination({}, [Finding("truncated", "The document ends in the middle.")])


def text(path: Path, limit: int) -> ExtractedText:
    """The text, at most `limit` characters; raises Unreadable."""
    with path.open("rb") as file:
        raw = file.read(MOST_BYTES)
    try:
        read: Callable[..., str] = rtf_to_text
        whole = read(raw.decode("latin-1"), encoding="gb18030", errors="replace").strip()
    except Exception as error:  # hostile bytes
        raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error
    return ExtractedText(whole[:limit], "text-cut" if len(whole) > limit else "" if whole else "no-text")
