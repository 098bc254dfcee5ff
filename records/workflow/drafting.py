"""Filling in an application: the household, what is stated of it, and the documents it rests on (art. 1, 8, 11)."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.categories import Carrier, Category
from classification.checklists import document_type
from classification.hardship import Cause
from classification.identity import MUNICIPAL_MASKS
from classification.periods import dated_before, first_day_of, months_before
from records.files.applying import application_rule, first_day_of_help
from records.files.codes import next_in_series
from records.files.descriptions import check_dated
from records.files.errors import NotTheKeepersUnit, UnknownDocumentType
from records.files.models import File
from records.files.services import already_active
from records.holdings.filing import UNUSABLE, finding_words
from records.holdings.fixity import names_originals
from records.holdings.intake import Arrived
from records.households.models import Employment, Household, Member, Person
from records.households.services import (
    HouseholdEntry,
    MemberEntry,
    PersonAlreadyActive,
    active_membership,
    add_member,
    applying_membership,
    change_household,
    claim,
    correct_member,
    drop_member,
    masked_number,
    register_household,
    same_name,
)
from records.workflow.course import CHANGEABLE, acting_user, at_step, fill_in, move
from records.workflow.errors import (
    AlreadyApplying,
    AppliedBefore,
    AppliedLater,
    AppliedLongAgo,
    AppliedTooEarly,
    DocumentNamed,
    NamedElsewhere,
    NoSuchMember,
    NoSuperior,
    NotAPhotograph,
    NotReadable,
    ProofTooOld,
    ProvenBeforeNotice,
    SameBytes,
)
from records.workflow.models import (
    UNDER_WAY,
    Act,
    Application,
    ApplicationDocument,
    Origin,
    Part,
    PublicNotice,
    State,
    Statement,
    StatementKind,
)
from rules.services import Rulebook, rulebook, strictest_masks
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible, RuleViolation

NUMBER_WIDTH = 4
NOTICE_PHOTO, NOTICE_PROOF = "notice_photo", "notice_proof"
PROOFS_OF_NOTICE = (NOTICE_PHOTO, NOTICE_PROOF)
# What no item could be filed with, and what nobody can open: a program is no document.
UNREADABLE = UNUSABLE | {"unknown-type"}

names_originals(ApplicationDocument.key)


DraftingRule = Callable[[Session, Unit], None]
_drafting_rules: list[DraftingRule] = []


def drafting_rule(rule: DraftingRule) -> DraftingRule:
    """Register a rule of a later room that may refuse to begin an application in a unit, as in one that ends."""
    _drafting_rules.append(rule)
    return rule


@dataclass(frozen=True)
class StatementEntry:
    """One statement of the form; an income names the member, every statement the document it rests on."""

    kind: StatementKind
    amount: Decimal | None = None
    answer: bool | None = None
    member_id: int | None = None
    document_id: int | None = None


@dataclass(frozen=True)
class DocumentEntry:
    """A document of the application as the form describes it; `dated` as far as the date is known."""

    document_type: str
    title: str
    dated: str
    responsible_body: str
    carrier: Carrier
    pages_count: int


def draft(
    session: Session,
    unit: Unit,
    entry: HouseholdEntry,
    *,
    origin: Origin,
    applied_on: date,
    other_causes: Sequence[Cause] = (),
    fallback_reason: str | None = None,
    actor: Actor,
    at: datetime,
    on: date,
) -> Application:
    """Begin an application in the file-making union; its household is entered here, once.

    Raises NotTheKeepersUnit, NoSuperior, AppliedLater, AppliedTooEarly, AppliedLongAgo, AlreadyInActiveFile or
    AlreadyApplying naming who has the person, also when two desks enter one at the same instant, and what
    `register_household` or a drafting rule raises.
    """
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
    keep_open(session, unit)
    for rule in _drafting_rules:
        rule(session, unit)
    if unit.parent is None:
        raise NoSuperior(unit=unit.name)
    household = register_household(session, entry, unit_path=unit.path, actor=actor, on=on)
    _check_applied(household.worker.person, applied_on, on)
    _check_lately(session, unit, applied_on, on)
    fields = {member.person_id: line.field for member, line in zip(household.members, entry.members, strict=True)}
    claim_household(session, household, fields)
    user = acting_user(session, actor)
    application = Application(
        number=next_in_series(session, f"JD-{on.year}-", NUMBER_WIDTH),
        unit=unit,
        unit_id=unit.id,
        household=household,
        household_id=household.id,
        origin=origin,
        applied_on=applied_on,
        other_causes=[cause.value for cause in other_causes],
        fallback_reason=fallback_reason,
        state=State.DRAFT,
        entered_state_on=on,
        maker=user,
        maker_id=user.id,
    )
    session.add(application)
    session.flush()
    move(session, application, Act.DRAFTED, State.DRAFT, user=user, part=Part.MAKER, at=at, on=on)
    return application


def change(
    session: Session,
    application: Application,
    *,
    address: str,
    employment: Employment,
    employer: str | None,
    main_cause: Cause,
    phone: str | None,
    origin: Origin,
    applied_on: date,
    other_causes: Sequence[Cause],
    fallback_reason: str | None,
    actor: Actor,
    on: date,
) -> None:
    """Change what a draft says beside its members and statements.

    Raises WrongStep, SamePersonAgain, AppliedLater, AppliedTooEarly or AppliedLongAgo; a day that was let in stays.
    """
    _changeable(session, application, actor)
    _check_applied(application.household.worker.person, applied_on, on)
    if applied_on != application.applied_on:
        _check_lately(session, application.unit, applied_on, on)
    change_household(
        session,
        application.household,
        address=address,
        employment=employment,
        employer=employer,
        main_cause=main_cause,
        monthly_income_per_head=application.household.monthly_income_per_head,
        phone=phone,
        unit_path=application.unit.path,
        actor=actor,
        on=on,
    )
    after: dict[str, Any] = {
        "origin": origin,
        "applied_on": applied_on,
        "other_causes": [cause.value for cause in other_causes],
        "fallback_reason": fallback_reason,
    }
    before = {name: getattr(application, name) for name in after}
    for name, value in after.items():
        setattr(application, name, value)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        audit.record(
            session,
            actor.name,
            "application.changed",
            application,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )


def enter_member(session: Session, application: Application, entry: MemberEntry, *, actor: Actor, on: date) -> Member:
    """Add a member to the household of a draft; raises as `draft`, WrongStep and SamePersonAgain."""
    _changeable(session, application, actor)
    household = application.household
    member = add_member(session, household, entry, active=False, unit_path=application.unit.path, actor=actor, on=on)
    claim_household(session, household, {member.person_id: entry.field})
    reckon_income(session, application)
    return member


def correct(
    session: Session, application: Application, member: Member, entry: MemberEntry, *, actor: Actor, on: date
) -> None:
    """Correct a person of a draft, the worker included; raises as `enter_member`, and NamedElsewhere."""
    _changeable(session, application, actor)
    household = application.household
    if not entry.number.strip() and not same_name(member.person.name, entry.name):
        _only_here(session, application, member)
    correct_member(session, household, member, entry, unit_path=application.unit.path, actor=actor, on=on)
    _check_applied(household.worker.person, application.applied_on, on)
    claim_household(session, household, {member.person_id: entry.field})


def _check_applied(worker: Person, applied_on: date, on: date) -> None:
    """Raise AppliedLater or AppliedTooEarly unless a worker may have applied on a day."""
    if applied_on > on:
        raise AppliedLater
    first = first_day_of_help(worker.born_on)
    if applied_on < first:
        raise AppliedTooEarly(name=worker.name, first=first)


def _check_lately(session: Session, unit: Unit, applied_on: date, on: date) -> None:
    """Raise AppliedLongAgo where an application is older than an income proof may be on the day of its entry."""
    months = rulebook(session, unit, on).whole("income_proof_months")
    if applied_on < (first := months_before(on, months)):
        raise AppliedLongAgo(months=months, first=first)


def _only_here(session: Session, application: Application, member: Member) -> None:
    """Refuse to correct the name of a person who is a member of a household of another unit too."""
    elsewhere = (
        select(Member.id)
        .outerjoin(File, File.household_id == Member.household_id)
        .outerjoin(Application, Application.household_id == Member.household_id)
        .where(
            Member.person_id == member.person_id,
            Member.household_id != member.household_id,
            Member.left_on.is_(None),
            func.coalesce(File.unit_id, Application.unit_id) != application.unit_id,
        )
        .limit(1)
    )
    if session.scalar(elsewhere) is not None:
        raise NamedElsewhere(name=member.person.name)


def drop(session: Session, application: Application, member: Member, *, actor: Actor) -> None:
    """Take a member out of a draft, with what was stated of the income.

    Raises OneWorker, WrongStep or SamePersonAgain.
    """
    _changeable(session, application, actor)
    for row in statements_of(session, application):
        if row.member_id == member.id:
            session.delete(row)
    session.flush()
    drop_member(session, application.household, member, unit_path=application.unit.path, actor=actor)
    reckon_income(session, application)


def member_of(application: Application, member_id: int) -> Member:
    """A member of the household of an application; raises NotVisible."""
    for member in application.household.present_members:
        if member.id == member_id:
            return member
    raise NotVisible


def state_facts(
    session: Session, application: Application, entries: Sequence[StatementEntry], *, actor: Actor, on: date
) -> list[Statement]:
    """Put down what is stated of the household, in place of what stood there; the income per head is reckoned from it.

    Raises NoSuchMember, NotVisible for a document of another application, ProofTooOld, WrongStep or SamePersonAgain.
    """
    _changeable(session, application, actor)
    members = {member.id for member in application.household.present_members}
    documents = {document.id: document for document in documents_of(session, application)}
    book = rulebook(session, application.unit, on)
    for entry in entries:
        if entry.kind is StatementKind.INCOME and entry.member_id not in members:
            raise NoSuchMember
        if entry.document_id is not None and entry.document_id not in documents:
            raise NotVisible
        if entry.kind is StatementKind.INCOME and entry.document_id is not None:
            document = documents[entry.document_id]
            check_recent(document.title, document.dated, book, field=f"income_{entry.member_id}_document")
    for row in statements_of(session, application):
        session.delete(row)
    session.flush()
    rows = [
        Statement(
            application_id=application.id,
            kind=entry.kind,
            amount=entry.amount,
            answer=entry.answer,
            member_id=entry.member_id,
            document_id=entry.document_id,
        )
        for entry in entries
    ]
    session.add_all(rows)
    session.flush()
    reckon_income(session, application)
    audit.record(
        session,
        actor.name,
        "application.stated",
        application,
        number=application.number,
        statements=len(rows),
        monthly_income_per_head=application.household.monthly_income_per_head,
    )
    return rows


def check_recent(title: str, dated: str, book: Rulebook, *, field: str = "document") -> None:
    """Raise ProofTooOld beside a field where an income proof may be older than the rule of the day allows (art. 1).

    Of a date known in part the first day counts: a year alone does not prove that it is of the last months.
    """
    months = book.whole("income_proof_months")
    first = months_before(book.on, months)
    if first_day_of(dated) < first:
        refused = ProofTooOld(title=title, dated=dated, first=first, months=months, on=book.on)
        refused.field = field
        raise refused


def reckon_income(session: Session, application: Application) -> None:
    """Put down the income per head in yuan and month to the cent, as it is shown."""
    stated = statements_of(session, application)
    exact = income_per_head(application.household, stated)
    application.household.monthly_income_per_head = (
        (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
        if any(row.kind is StatementKind.INCOME for row in stated)
        else None
    )
    session.flush()


def income_per_head(household: Household, stated: Sequence[Statement]) -> Fraction:
    """All stated incomes in yuan and month over all present members, not rounded, as bounds are compared with it."""
    incomes = [row.amount or Decimal(0) for row in stated if row.kind is StatementKind.INCOME]
    return Fraction(sum(incomes, Decimal(0))) / len(household.present_members)


def add_document(
    session: Session,
    application: Application,
    entry: DocumentEntry,
    *,
    arrived: Arrived | None = None,
    actor: Actor,
    at: datetime,
    on: date,
) -> ApplicationDocument:
    """Add a document, on paper or as bytes proven in the store; while a notice hangs, its photograph too.

    A document may come as long as the file is not lodged; none is dated after the day `on` which it comes. Raises
    WrongStep, UnknownDocumentType, BadDate, DatedAhead, ProvenBeforeNotice, NotReadable, NotAPhotograph, SameBytes,
    NotTheKeepersUnit or SamePersonAgain.
    """
    at_step(session, application, *UNDER_WAY)
    fill_in(session, application, actor)
    check_dated(entry.dated, on)
    try:
        known = document_type(entry.document_type).category is Category.ORIGINAL
    except LookupError:
        known = False
    if not known:
        raise UnknownDocumentType(category=Category.ORIGINAL.label)
    if arrived and (found := sorted(arrived.findings & UNREADABLE)):
        raise NotReadable(name=arrived.name, finding=finding_words(found[0]))
    hung = last_notice(session, application) if entry.document_type in PROOFS_OF_NOTICE else None
    if hung is not None and dated_before(entry.dated, hung.posted_on):
        raise ProvenBeforeNotice(posted_on=hung.posted_on, dated=entry.dated)
    notice = None
    if entry.document_type == NOTICE_PHOTO:
        notice = open_notice(session, application)
        if notice is None or arrived is None or not arrived.media_type.startswith("image/"):
            raise NotAPhotograph
    if arrived and any(row.sha256 == arrived.stored.sha256 for row in documents_of(session, application)):
        raise SameBytes(name=arrived.name)
    row = ApplicationDocument(
        application_id=application.id,
        application=application,
        document_type=entry.document_type,
        title=entry.title,
        dated=entry.dated,
        responsible_body=entry.responsible_body,
        carrier=entry.carrier,
        pages_count=entry.pages_count,
        name=arrived.name if arrived else None,
        key=arrived.stored.key if arrived else None,
        sha256=arrived.stored.sha256 if arrived else None,
        size_bytes=arrived.stored.size_bytes if arrived else None,
        media_type=arrived.media_type if arrived else None,
        notice_id=notice.id if notice else None,
        added_at=at,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.document_added",
        application,
        number=application.number,
        title=row.title,
        document_type=row.document_type,
        sha256=row.sha256,
    )
    return row


def drop_document(session: Session, document: ApplicationDocument, *, actor: Actor) -> str | None:
    """Take a document out of a draft; the key of its bytes, which the caller sets aside after the commit.

    Raises DocumentNamed, WrongStep, NotTheKeepersUnit or SamePersonAgain.
    """
    application = document.application
    _changeable(session, application, actor)
    if any(row.document_id == document.id for row in statements_of(session, application)):
        raise DocumentNamed(title=document.title)
    session.delete(document)
    session.flush()
    audit.record(
        session,
        actor.name,
        "application.document_dropped",
        application,
        number=application.number,
        title=document.title,
        document_type=document.document_type,
        sha256=document.sha256,
    )
    return document.key


def documents_of(session: Session, application: Application) -> Sequence[ApplicationDocument]:
    """The documents of an application, in the order in which they came."""
    return session.scalars(
        select(ApplicationDocument)
        .where(ApplicationDocument.application_id == application.id)
        .order_by(ApplicationDocument.id)
    ).all()


def statements_of(session: Session, application: Application) -> Sequence[Statement]:
    """What is stated of the household."""
    return session.scalars(
        select(Statement).where(Statement.application_id == application.id).order_by(Statement.id)
    ).all()


def open_notice(session: Session, application: Application) -> PublicNotice | None:
    """The notice that hangs now, if one does."""
    return session.scalar(
        select(PublicNotice).where(
            PublicNotice.application_id == application.id,
            PublicNotice.closed_on.is_(None),
            PublicNotice.cancelled_on.is_(None),
        )
    )


def last_notice(session: Session, application: Application) -> PublicNotice | None:
    """The notice that hangs now, or hung last, without those that were cancelled."""
    return session.scalar(
        select(PublicNotice)
        .where(PublicNotice.application_id == application.id, PublicNotice.cancelled_on.is_(None))
        .order_by(PublicNotice.id.desc())
        .limit(1)
    )


def claim_household(session: Session, household: Household, fields: dict[int, str] | None = None) -> None:
    """Count the household's members as applying; raises AlreadyInActiveFile or AlreadyApplying (art. 11)."""
    try:
        claim(session, household)
    except PersonAlreadyActive as refused:
        raise conflict(session, refused, field=(fields or {}).get(refused.person.id, "number")) from refused


def conflict(session: Session, refused: PersonAlreadyActive, *, field: str) -> RuleViolation:
    """The refusal that names who has the person: an active file, or an application under way elsewhere."""
    applying = applying_membership(session, refused.person)
    if active_membership(session, refused.person) is None and applying is not None:
        error = _already_applying(session, applying)
        error.field = field
        return error
    return already_active(session, refused, field=field)


@application_rule
def not_past_an_application(
    session: Session, persons: Collection[int], workers: Collection[int]
) -> Mapping[int, RuleViolation]:
    """Nobody who stands in an application under way comes into a file by another door, nor a worker who applied before.

    AlreadyApplying or AppliedBefore by the id of the person: a file from before is of before the first application
    (art. 11, 12).
    """
    applied = (
        select(Application, Member)
        .join(Member, Member.household_id == Application.household_id)
        .where(Member.person_id.in_(workers))
        .order_by(Application.id)
    )
    found: dict[int, RuleViolation] = {}
    if workers:
        for application, member in session.execute(applied).unique():
            found[member.person_id] = AppliedBefore(
                name=member.person.name,
                number=_masked_by(session, member, application),
                code=application.number,
                unit=application.unit.name,
                state=application.state.label,
            )
    for member in session.scalars(select(Member).where(Member.person_id.in_(persons), Member.applying)):
        found[member.person_id] = _already_applying(session, member)
    return found


def _already_applying(session: Session, member: Member) -> AlreadyApplying:
    """The refusal that names the application under way which has the person."""
    other = session.scalar(select(Application).where(Application.household_id == member.household_id))
    return AlreadyApplying(
        name=member.person.name,
        number=_masked_by(session, member, other),
        code=other.number if other else "—",
        unit=other.unit.name if other else "—",
        keeper=other.maker.display_name if other else "—",
        application_id=other.id if other else None,
        unit_path=other.unit.path if other else None,
    )


def _masked_by(session: Session, member: Member, application: Application | None) -> str:
    masks = strictest_masks(session, application.unit.path) if application else MUNICIPAL_MASKS
    return masked_number(session, member.person, masks)


def _changeable(session: Session, application: Application, actor: Actor) -> None:
    at_step(session, application, *CHANGEABLE)
    fill_in(session, application, actor)
    session.refresh(application.household, ["members"])
