"""What is left of an application whose file was destroyed: number, steps, people, days and results (art. 15)."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session, aliased

from records.files.masking import speaks_of
from records.files.models import File
from records.files.stubs import NAMELESS, empty, reduces, strike
from records.households.models import Member, Person
from records.workflow.models import (
    AidSystemRecord,
    Application,
    ApplicationDocument,
    ApplicationStep,
    Comparison,
    LodgedCopy,
    Objection,
    PublicNotice,
    Refusal,
    Statement,
)
from units.models import Unit

_NOW = {"synchronize_session": "fetch"}


@reduces
def forget_application(session: Session, file: File, words: Sequence[str]) -> None:
    """Forget what was stated, gathered, objected and compared of a household.

    Scans became objects of the file at lodgement and go with them; here their keys go. The set lodged at the centre
    副本 is destroyed with the file, under the same list. What the aid system said of people who are in another
    household as well stays, for that one needs it.
    """
    session.flush()
    ids = select(Application.id).where(Application.household_id == file.household_id)
    session.execute(delete(Statement).where(Statement.application_id.in_(ids)).execution_options(**_NOW))
    for application in session.scalars(select(Application).where(Application.id.in_(ids))):
        application.other_causes, application.hardship_class = [], None
        application.assessment = {} if application.assessment is not None else None
    empty(session, Application.id.in_(ids), Application.fallback_reason)
    for document in session.scalars(select(ApplicationDocument).where(ApplicationDocument.application_id.in_(ids))):
        document.title = document.responsible_body = NAMELESS
        document.dated = document.dated[:4]
        document.name = document.key = document.sha256 = document.size_bytes = document.media_type = None
    notices = select(PublicNotice.id).where(PublicNotice.application_id.in_(ids))
    strike(session, PublicNotice.id.in_(notices), words, PublicNotice.place)
    empty(session, PublicNotice.id.in_(notices), PublicNotice.name, PublicNotice.employer)
    hung = update(PublicNotice).where(PublicNotice.application_id.in_(ids))
    session.execute(hung.values(hardship_class=None).execution_options(**_NOW))
    empty(session, Objection.notice_id.in_(notices), Objection.raised_by, Objection.text, Objection.resolution)
    for refusal in session.scalars(select(Refusal).where(Refusal.application_id.in_(ids))):
        refusal.assessment = {}
    empty(session, Refusal.application_id.in_(ids), Refusal.reason, Refusal.override_reason)
    empty(
        session, ApplicationStep.application_id.in_(ids) & ApplicationStep.reason.is_not(None), ApplicationStep.reason
    )
    compared = update(Comparison).where(Comparison.application_id.in_(ids))
    session.execute(compared.values(differences=[]).execution_options(**_NOW))
    places = (LodgedCopy.place, LodgedCopy.moved_from, LodgedCopy.moved_reason)
    strike(session, LodgedCopy.file_id == file.id, words, *places)
    lodged = update(LodgedCopy).where(LodgedCopy.file_id == file.id)
    session.execute(
        lodged.values(destroyed_on=file.destroyed_on, destroyed_under=file.destroyed_under).execution_options(**_NOW)
    )
    _forget_electronic(session, file)


def _forget_electronic(session: Session, file: File) -> None:
    other = aliased(Member)
    elsewhere = exists().where(other.person_id == Person.id, other.household_id != file.household_id)
    marks = (
        select(Person.number_blind)
        .join(Member, Member.person_id == Person.id)
        .where(Member.household_id == file.household_id, Person.number_blind.is_not(None), ~elsewhere)
    )
    for record in session.scalars(select(AidSystemRecord).where(AidSystemRecord.number_blind.in_(marks))):
        record.number_blind, record.values_sealed = f"{NAMELESS}{record.id}", ""
    session.flush()


speaks_of(
    Application, select(Application.id, Application.household_id, Unit.path).join(Unit, Unit.id == Application.unit_id)
)
