"""Days as people write them: 2026年2月28日, 2026/2/8, 2026.2.8, 20260228, 2026-2-8, with figures of any width."""

import re
import unicodedata

_WRITTEN = re.compile(
    r"(?P<year>\d{4})(?:年|(?:[-/.年](?P<month>\d{1,2})月?)|(?:[-/.年](?P<m>\d{1,2})[-/.月](?P<d>\d{1,2})日?))?",
    re.ASCII,
)
_FIGURES = re.compile(r"(\d{4})(\d{2})(\d{2})", re.ASCII)


def plain_day(written: str) -> str:
    """A year, month or day as `2026`, `2026-02` or `2026-02-28`, whether or not the calendar has it.

    What is none of these stays as it was written.
    """
    text = "".join(unicodedata.normalize("NFKC", written).split())
    if eight := _FIGURES.fullmatch(text):
        return "-".join(eight.groups())
    if not (match := _WRITTEN.fullmatch(text)):
        return written.strip()
    parts = [match["year"], match["month"] or match["m"], match["d"]]
    return "-".join(part.zfill(2) for part in parts if part)
