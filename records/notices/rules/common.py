"""What the rules share: kinds, the time ahead, and the units above."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from records.notices.models import NoticeKind

WAITS, DUE, LATE, APPROVED, REFUSED = NoticeKind
SOON = timedelta(days=3)

Details = Mapping[str, Any]
