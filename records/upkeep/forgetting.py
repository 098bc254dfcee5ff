"""Forgetting the course of a household whose file was destroyed: rows stay, what they say goes (art. 13, 15)."""

from sqlalchemy import select, update
from sqlalchemy.orm import Session

import audit
from records.files.living import TwinChange, TwinDuty, Withdrawal, WithdrawalReview
from records.files.models import File
from records.files.stubs import NAMELESS
from records.upkeep.models import CleanUpLine

WORKER = "worker"


def forget_course(session: Session, file: File) -> None:
    """Forget what changed, what was found and what was asked for; a duty still open ends with the destruction.

    The file says already under which list and on which day it was destroyed.
    """
    for duty in session.scalars(select(TwinDuty).where(TwinDuty.file_id == file.id)):
        if duty.closed_on is None:
            duty.closed_on = duty.done_on = file.destroyed_on
            duty.closed_by, duty.evidence = WORKER, file.destroyed_under
            audit.record(
                session, WORKER, "duty.closed", duty, side=duty.side, on=file.destroyed_on,
                evidence=file.destroyed_under, code=None,
            )  # fmt: skip
        else:
            duty.evidence = NAMELESS
        session.execute(update(TwinChange).where(TwinChange.duty_id == duty.id).values(what=NAMELESS))
    for row in session.scalars(select(Withdrawal).where(Withdrawal.file_id == file.id)):
        row.remarks = None
        row.return_reason = row.return_reason and NAMELESS
        row.correction_reason = row.correction_reason and NAMELESS
    for review in session.scalars(select(WithdrawalReview).where(WithdrawalReview.file_id == file.id)):
        review.found = NAMELESS
        review.decision_reason = review.decision_reason and NAMELESS
    for line in session.scalars(select(CleanUpLine).where(CleanUpLine.file_id == file.id)):
        line.note, line.check_note = line.note and NAMELESS, line.check_note and NAMELESS
    session.flush()
