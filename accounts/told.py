"""What the audit chain tells of one row, for a page that shows it: who did it, when, with its details."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from audit import AuditEntry


@dataclass(frozen=True)
class Told:
    """One entry: when, by whom (the name that people read), and its details."""

    at: datetime
    who: str
    details: dict[str, Any]


def entries_about(session: Session, kind: str, subject_id: int, action: str) -> Sequence[Told]:
    """The entries of one action about one row, in their order. One query."""
    rows = session.execute(
        select(AuditEntry.at, func.coalesce(User.display_name, AuditEntry.actor), AuditEntry.details)
        .outerjoin(User, User.name == AuditEntry.actor)
        .where(AuditEntry.subject_kind == kind, AuditEntry.subject_id == subject_id, AuditEntry.action == action)
        .order_by(AuditEntry.number)
    )
    return [Told(at, who, json.loads(details)) for at, who, details in rows]
