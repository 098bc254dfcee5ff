"""Forgetting what an application says once its file is destroyed: rows stay, what they say of people goes (art. 15)."""

import json
from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from records.files.models import File
from records.files.stubs import NAMELESS
from records.households.models import Member, Person
from records.workflow.aid_sheet import Household
from records.workflow.models import (
    AidSystemRecord,
    Application,
    ApplicationDocument,
    Objection,
    PublicNotice,
    Statement,
)
from storage.sealing import vault_of


def forget_application(session: Session, file: File) -> None:
    """Forget documents, statements, assessment, objections and what the aid system said.

    Steps and comparisons stay whole, for nothing changes them once they are made. To be called before the household
    is forgotten, whose numbers lead to the records of the aid system.
    """
    application = session.scalar(select(Application).where(Application.file_id == file.id))
    if application is None:
        return
    application.assessment, application.hardship_class = {}, None
    application.other_causes, application.fallback_reason = [], None
    session.execute(delete(Statement).where(Statement.application_id == application.id))
    for document in session.scalars(
        select(ApplicationDocument).where(ApplicationDocument.application_id == application.id)
    ):
        document.title = document.responsible_body = NAMELESS
        document.dated = document.dated[:4]
        document.name = document.key = document.sha256 = document.size_bytes = document.media_type = None
    for objection in session.scalars(
        select(Objection).join(Objection.notice).where(PublicNotice.application_id == application.id)
    ):
        objection.text, objection.raised_by = NAMELESS, None
        objection.resolution = objection.resolution and NAMELESS
    for record in _records_of(session, application):
        nothing: Household = {"household": {}, "people": []}
        record.number_blind, record.values_sealed = (
            f"{NAMELESS}{record.id}",
            vault_of(session).seal(json.dumps(nothing)),
        )
    session.flush()


def _records_of(session: Session, application: Application) -> Sequence[AidSystemRecord]:
    """What the aid system said of the worker, unless the worker is in another household too."""
    elsewhere = exists().where(Member.person_id == Person.id, Member.household_id != application.household_id)
    number = select(Person.number_blind).where(Person.id == application.household.worker.person_id, ~elsewhere)
    return session.scalars(select(AidSystemRecord).where(AidSystemRecord.number_blind.in_(number))).all()
