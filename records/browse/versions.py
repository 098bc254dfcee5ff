"""The versions of a household, read from the audit chain: when, who, which field, before and after (art. 13)."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from audit import AuditEntry
from records.browse.history import tell
from records.files.models import File
from records.files.versions import Changed, Version, version_teller

OF_FILE = ("file.returned", "file.withdrawal_corrected", "file.withdrawn")


@version_teller
def household_versions(session: Session, file: File, reader: Actor, on: date) -> Sequence[Version]:
    """Every change of what is said of a household, of its members and of its standing, the newest first.

    Who sees the file reads them all, though it was another unit's when they were written (art. 9, 14).
    """
    if file.household_id is None:
        return []
    entries = session.scalars(
        select(AuditEntry)
        .where(
            or_(
                and_(AuditEntry.subject_kind == "household", AuditEntry.subject_id == file.household_id),
                and_(
                    AuditEntry.subject_kind == "file",
                    AuditEntry.subject_id == file.id,
                    AuditEntry.action.in_(OF_FILE),
                ),
            )
        )
        .order_by(AuditEntry.number)
    ).all()
    told = tell(session, entries, reader, on=on, admitted=True, of=file)
    return [
        Version(
            number,
            each.at,
            each.actor,
            each.action,
            [Changed(detail.label, detail.before or "", detail.value) for detail in each.details],
        )
        for number, each in enumerate(told, start=1)
    ][::-1]
