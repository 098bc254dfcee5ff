"""What the rules share: kinds, the time ahead, and the units above."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from records.notices.models import NoticeKind

WAITS, DUE, LATE, APPROVED, REFUSED = NoticeKind
SOON = timedelta(days=3)

Details = Mapping[str, Any]


def upward(path: str) -> list[str]:
    """The paths of a unit and of those above it, the nearest first."""
    ids = path.strip("/").split("/")
    return ["/" + "".join(f"{each}/" for each in ids[:count]) for count in range(len(ids), 0, -1)]
