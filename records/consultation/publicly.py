"""What is asked by people who are not signed in, at most so often from one address."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from records.consultation.errors import AskedTooOften
from records.consultation.models import PublicAttempt

WINDOW = timedelta(minutes=15)
MOST = {"registration": 10, "verification": 30}


def check_attempts(session: Session, kind: str, address: str, *, at: datetime) -> None:
    """Raise AskedTooOften where an address has asked too often within the window."""
    count, first = session.execute(
        select(func.count(), func.min(PublicAttempt.at)).where(
            PublicAttempt.kind == kind, PublicAttempt.address == address, PublicAttempt.at > at - WINDOW
        )
    ).one()
    if count >= MOST[kind]:
        raise AskedTooOften(minutes=max(1, round((first + WINDOW - at).total_seconds() / 60)))


def note_attempt(session: Session, kind: str, address: str, *, at: datetime) -> None:
    """Count one question."""
    session.execute(delete(PublicAttempt).where(PublicAttempt.at <= at - WINDOW))
    session.add(PublicAttempt(kind=kind, address=address, at=at))
