"""The withdrawn file of a household that applies again: it is taken up, no second one is opened 返困恢复原档案.

One household, one file (art. 11): the clock of the withdrawal stops at lodgement, and what was noted of it stays on
record (art. 13, 15).
"""

from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from accounts.roles import Actor
from classification.checklists import document_type
from records.files.applying import application_rule
from records.files.duties import Change, household_changed
from records.files.living import TwinCause
from records.files.locking import lock_household
from records.files.models import File, WithdrawalReason
from records.files.services import retitle
from records.files.withdrawals import restore
from records.holdings.models import DigitalObject
from records.households.models import Member, Relation
from records.households.renewing import dissolve, renew
from records.workflow.drafting import statements_of
from records.workflow.errors import EarlierFileElsewhere, EarlierFileKept, KeptAsAnother
from records.workflow.models import UNDER_WAY, Application, ApplicationDocument
from units.services import keep_open
from web.rules import RuleViolation

_own, _head, _applicant, _among = aliased(Member), aliased(Member), aliased(Member), aliased(Member)
# Withdrawn files that can be taken up, with somebody of their household `_own` and its worker `_head`.
_KEPT = (
    select(File)
    .join(_own, (_own.household_id == File.household_id) & _own.left_on.is_(None))
    .join(_head, (_head.household_id == File.household_id) & _head.left_on.is_(None))
    .where(
        _head.relation == Relation.WORKER,
        File.withdrawn_on.is_not(None),
        File.withdrawal_reason != WithdrawalReason.MERGED,
        File.destroyed_on.is_(None),
    )
)
# The same with the applications of the same household: the worker of either is in the other.
_APPLIED_FOR = (
    _KEPT.join(_applicant, (_applicant.person_id == _own.person_id) & _applicant.left_on.is_(None))
    .join(Application, Application.household_id == _applicant.household_id)
    .join(_among, (_among.household_id == Application.household_id) & (_among.person_id == _head.person_id))
    .where(_applicant.relation == Relation.WORKER, _among.left_on.is_(None))
)
_LAST_FIRST = (File.withdrawn_on.desc(), File.id.desc())


def earlier_file(session: Session, application: Application) -> File | None:
    """The file of the household of an application that was withdrawn last, if there is one that can be taken up again.

    It is the same household where the worker of either is in the other, also where husband and wife change places. A
    file that was joined to another one, and a destroyed one, is not taken up.
    """
    query = _APPLIED_FOR.where(Application.id == application.id).order_by(*_LAST_FIRST).limit(1)
    return session.scalar(query.options(joinedload(File.unit)))


@application_rule
def no_second_file(
    session: Session, persons: Collection[int], workers: Collection[int]
) -> Mapping[int, RuleViolation]:  # fmt: skip
    """No household whose file was withdrawn is entered anew as one from before: that file is taken up (art. 11)."""
    if not workers:
        return {}
    kept = session.execute(
        _KEPT.where(_own.person_id.in_(workers), _head.person_id.in_(persons))
        .add_columns(_own)
        .order_by(File.withdrawn_on, File.id)
        .options(joinedload(File.unit))
    )
    return {
        member.person_id: EarlierFileKept(
            name=member.person.name, code=file.code, unit=file.unit.name, on=file.withdrawn_on
        )
        for file, member in kept
    }


def awaited() -> Select[int, str]:
    """The withdrawn files that applications under way will take up, by id, each with the application's number.

    They are those of `earlier_file`, of every application at once.
    """
    place = func.row_number().over(partition_by=Application.id, order_by=_LAST_FIRST).label("place")
    under_way = _APPLIED_FOR.where(Application.state.in_(UNDER_WAY))
    found = under_way.with_only_columns(File.id.label("file_id"), Application.number, place).subquery()
    return select(found.c.file_id, found.c.number).where(found.c.place == 1)


def waiting_for(session: Session, file: File) -> list[Application]:
    """The applications under way that a withdrawn file will be taken up by, the earliest first."""
    under_way = _APPLIED_FOR.where(File.id == file.id, Application.state.in_(UNDER_WAY))
    applications = session.scalars(under_way.with_only_columns(Application).order_by(Application.id))
    return [each for each in applications.unique() if earlier_file(session, each) is file]


def kept_already(
    session: Session, file: File, documents: Collection[ApplicationDocument]
) -> Mapping[str, DigitalObject]:  # fmt: skip
    """What a file keeps already of the scans of documents, by their digest: they are entered once (art. 11)."""
    digests = {document.sha256 for document in documents if document.sha256}
    if not digests:
        return {}
    kept = session.scalars(
        select(DigitalObject).where(
            DigitalObject.file_id == file.id, DigitalObject.sha256.in_(digests), DigitalObject.destroyed_at.is_(None)
        )
    )
    return {each.sha256: each for each in kept}


def check_kind(session: Session, document: ApplicationDocument) -> None:
    """Raise KeptAsAnother where the earlier file keeps the scan of a document as another kind of document.

    As the same kind it may come again: the application rests on it, and lodgement does not enter it a second time.
    """
    file = earlier_file(session, document.application)
    if file is None or file.unit_id != document.application.unit_id:
        return
    for kept in kept_already(session, file, [document]).values():
        if kept.item.document_type != document.document_type:
            kind = document_type(kept.item.document_type).label
            raise KeptAsAnother(name=document.name, code=file.code, title=kept.item.title, kind=kind)


def check_earlier_here(application: Application, file: File) -> None:
    """Raise EarlierFileElsewhere where another unit keeps the file that the household would be taken up in."""
    if file.unit_id != application.unit_id:
        raise EarlierFileElsewhere(code=file.code, unit=file.unit.name, own=application.unit.name)


def take_up(session: Session, application: Application, file: File, *, actor: Actor, on: date) -> File:
    """Take the household back into help on its own file, which says from now on what the application says.

    The procedure is the second person's check. Raises EarlierFileElsewhere, UnitClosed, AlreadyInActiveFile, or what
    `restore` raises.
    """
    household = lock_household(session, file, lambda each: check_earlier_here(application, each))
    applied = application.household
    before = household.worker.person
    keep_open(session, file.unit)
    renewed = renew(session, household, applied, unit_path=file.unit.path, actor=actor, on=on)
    for row in statements_of(session, application):
        if row.member_id is not None:
            row.member = renewed.members[row.member_id]
    application.household, application.household_id = household, household.id
    session.flush()
    dissolve(session, applied)
    worker = household.worker.person
    retitle(session, file, worker.name, actor=actor)
    restore(session, file, f"经建档程序（{application.number}）备案，恢复原档案", actor=actor, on=on, today=on)
    changes = [Change(TwinCause.HOUSEHOLD, ",".join(renewed.fields))] if renewed.fields else []
    if worker.id != before.id:  # husband and wife changed places
        changes.insert(0, Change(TwinCause.WORKER, f"{before.name} → {worker.name}"))
    changes += [Change(TwinCause.MEMBERS, name) for name in renewed.names]
    household_changed(session, file, *changes, actor=actor, on=on)
    return file
