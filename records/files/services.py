"""Opening files, describing items, custody, withdrawal. Filing 归档 is in `records.holdings`: it needs the paper."""

import re
from dataclasses import dataclass, fields
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.scope import within
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_type
from classification.retention import Facts, ItemFacts, Retention, choices, retention, retention_class
from classification.schedules import RetentionClass
from records.files.codes import HOUSEHOLD_PERIOD, file_code, note_code
from records.files.errors import (
    BadDate,
    ClassOfOtherPart,
    FileWithdrawn,
    NotAHouseholdFile,
    NotTheKeepersUnit,
    PeriodsMixed,
    UnknownDocumentType,
    UnknownRetentionClass,
    WithdrawnBeforeOpened,
)
from records.files.models import Custody, File, Item, WithdrawalReason
from records.households.errors import AlreadyInActiveFile
from records.households.models import Household, Member
from records.households.services import (
    HouseholdEntry,
    PersonAlreadyActive,
    activate,
    active_membership,
    deactivate,
    masked_number,
    register_household,
)
from units.models import Unit
from web.rules import NotVisible

DATED = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True)
class Description:
    """What is said of an item; the fields of DA/T 18, and those for photographs, sound and video (DA/T 50, 63, 78)."""

    document_type: str
    retention_class: str
    form: RecordForm
    carrier: Carrier
    title: str
    dated: str
    responsible_body: str
    document_number: str | None = None
    pages_count: int | None = None
    place: str | None = None
    people: str | None = None
    recorded_by: str | None = None
    caption: str | None = None
    related_code: str | None = None
    remarks: str | None = None
    secrecy: SecrecyLevel = SecrecyLevel.INTERNAL
    access: AccessStatus = AccessStatus.CONTROLLED
    scrapped_on: date | None = None


def visible_files(actor: Actor, permission: Permission = Permission.READ) -> Select[File]:
    """Files in the actor's scope, with their unit; every list of files begins here."""
    return select(File).join(File.unit).where(within(Unit.path, actor.scope(permission))).options(joinedload(File.unit))


def visible_file(session: Session, file_id: int, actor: Actor, permission: Permission = Permission.READ) -> File:
    """One file in the actor's scope.

    Raises NotVisible where the actor may not even read it, NotTheKeepersUnit where it may be read but not changed.
    """
    file = session.scalar(visible_files(actor).where(File.id == file_id))
    if file is None:
        raise NotVisible
    return changeable(file, actor, permission)


def changeable(file: File, actor: Actor, permission: Permission) -> File:
    """The file, if the permission reaches its unit; raises NotTheKeepersUnit (art. 7)."""
    if not actor.may(permission, file.unit.path):
        raise NotTheKeepersUnit(unit=file.unit.name)
    return file


def visible_items(actor: Actor, permission: Permission = Permission.READ) -> Select[Item]:
    """Items in the actor's scope, with their file and unit; every list of items begins here."""
    return (
        select(Item)
        .join(Item.file)
        .join(File.unit)
        .where(within(Unit.path, actor.scope(permission)))
        .options(joinedload(Item.file).joinedload(File.unit))
    )


def visible_item(session: Session, item_id: int, actor: Actor, permission: Permission = Permission.READ) -> Item:
    """One item in the actor's scope; raises NotVisible or NotTheKeepersUnit as in visible_file."""
    item = session.scalar(visible_items(actor).where(Item.id == item_id))
    if item is None:
        raise NotVisible
    changeable(item.file, actor, permission)
    return item


def open_household_file(
    session: Session, unit: Unit, entry: HouseholdEntry, *, keeper: User, actor: Actor, on: date
) -> File:
    """Open the file of a household 建档: one active file per person in the whole system (art. 11).

    Raises AlreadyInActiveFile naming the file that has the person, also when two desks open one at the same instant;
    BadIdNumber, TwiceInHousehold, OneWorker, NoFonds, NotTheKeepersUnit.
    """
    _may_file(unit, actor)
    household = register_household(session, entry, unit_path=unit.path, actor=actor, on=on)
    try:
        activate(session, household)
    except PersonAlreadyActive as refused:
        raise already_active(session, refused) from refused
    title = household.worker.person.name
    code = file_code(session, unit, Category.ORIGINAL, on.year, HOUSEHOLD_PERIOD)
    return _open(session, unit, Category.ORIGINAL, on.year, title, code, keeper, actor, on, household=household)


def open_yearly_file(
    session: Session,
    unit: Unit,
    category: Category,
    year: int,
    title: str,
    *,
    keeper: User,
    actor: Actor,
    on: date,
    retention_key: str | None = None,
    sub_code: str | None = None,
) -> File:
    """Open a yearly file of the financial or the daily part (art. 6); accounting files name their retention class.

    Raises UnknownRetentionClass, NoFonds or NotTheKeepersUnit.
    """
    _may_file(unit, actor)
    line = _class_in_force(retention_key, on) if category is Category.ACCOUNTING else None
    code = file_code(session, unit, category, year, line.period if line else None, sub_code)
    key = line.key if line else None
    return _open(session, unit, category, year, title, code, keeper, actor, on, retention_key=key)


def collect(session: Session, file: File, description: Description, *, actor: Actor, at: datetime, on: date) -> Item:
    """Take an item into a file 收集; it has no code until it is filed.

    Raises BadDate, UnknownDocumentType, UnknownRetentionClass, PeriodsMixed, FileWithdrawn or NotTheKeepersUnit.
    """
    changeable(file, actor, Permission.FILE)
    _takes_material(file)
    _check(file, description, on)
    item = Item(file_id=file.id, file=file, collected_at=at, **_columns(description))
    session.add(item)
    audit.record(session, actor.name, "item.collected", item, title=item.title, file=file.code)
    return item


def describe(session: Session, item: Item, description: Description, *, actor: Actor, on: date) -> None:
    """Change the description of an item; what stood there before stays in the chain.

    Raises as `collect`; a filed item keeps its code, so its form and retention class stay as they were filed.
    """
    changeable(item.file, actor, Permission.FILE)
    _check(item.file, description, on)
    after = _columns(description)
    if item.filed_on is not None:
        after |= {"form": item.form, "carrier": item.carrier, "retention_class": item.retention_class}
    changed = {name: value for name, value in after.items() if getattr(item, name) != value}
    if not changed:
        return
    before = {name: getattr(item, name) for name in changed}
    for name, value in changed.items():
        setattr(item, name, value)
    audit.record(session, actor.name, "item.described", item, before=before, after=changed)


def withdraw(session: Session, file: File, reason: WithdrawalReason, *, actor: Actor, on: date, today: date) -> None:
    """Withdraw a household file 撤档: its ten years begin, its members may be helped elsewhere (art. 13, 15).

    Raises NotAHouseholdFile, FileWithdrawn, WithdrawnBeforeOpened or NotTheKeepersUnit.
    """
    changeable(file, actor, Permission.FILE)
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    _takes_material(file)
    if not file.opened_on <= on <= today:
        raise WithdrawnBeforeOpened(opened_on=file.opened_on)
    file.withdrawn_on, file.withdrawal_reason = on, reason
    deactivate(file.household)
    audit.record(session, actor.name, "file.withdrawn", file, on=on, reason=reason)


def retention_of(item: Item) -> Retention:
    """How long an item is kept, by the class it has and the facts of its file (art. 15)."""
    return retention(item_facts(item), file_facts(item.file))


def item_facts(item: Item) -> ItemFacts:
    """What the rules need to know of an item."""
    exact = DATED.fullmatch(item.dated)
    year, month, day = (int(part or 1) for part in exact.groups()) if exact else (item.file.year, 1, 1)
    return ItemFacts(
        retention_class=item.retention_class,
        form=item.form,
        created_on=date(year, month, day),
        scrapped_on=item.scrapped_on,
    )


def file_facts(file: File) -> Facts:
    """What the rules need to know of a file; audio-visual items take the period of its paper (art. 15)."""
    paper = {Category.ORIGINAL: "original.file", Category.ACCOUNTING: file.retention_class}.get(file.category)
    return Facts(year=file.year, withdrawn_on=file.withdrawn_on, paper_classes=(paper,) if paper else ())


def keeper_of(session: Session, file: File) -> User | None:
    """Who answers for the file now (art. 16)."""
    return session.scalar(
        select(User).join(Custody, Custody.keeper_id == User.id).where(
            Custody.file_id == file.id, Custody.until_on.is_(None)
        )
    )  # fmt: skip


def file_of_member(session: Session, member: Member) -> File | None:
    """The file of the household a member belongs to."""
    return session.scalar(
        select(File).join(Household, File.household_id == Household.id).where(Household.id == member.household_id)
    )


def already_active(session: Session, refused: PersonAlreadyActive) -> AlreadyInActiveFile:
    """The refusal that names the file and the unit which have the person."""
    member = active_membership(session, refused.person)
    file = file_of_member(session, member) if member else None
    return AlreadyInActiveFile(
        name=refused.person.name,
        number=masked_number(session, refused.person),
        code=file.code if file else "—",
        unit=file.unit.name if file else "—",
    )


def _open(
    session: Session,
    unit: Unit,
    category: Category,
    year: int,
    title: str,
    code: str,
    keeper: User,
    actor: Actor,
    on: date,
    *,
    household: Household | None = None,
    retention_key: str | None = None,
) -> File:
    file = File(
        code=code,
        category=category,
        year=year,
        unit=unit,
        household=household,
        title=title,
        retention_class=retention_key,
        opened_on=on,
    )
    session.add(file)
    session.flush()
    note_code(session, code, on=on, file=file)
    session.add(Custody(file_id=file.id, keeper_id=keeper.id, from_on=on))
    audit.record(session, actor.name, "file.opened", file, code=code, title=title, keeper=keeper.name)
    return file


def _may_file(unit: Unit, actor: Actor) -> None:
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)


def _takes_material(file: File) -> None:
    if file.withdrawn_on is not None:
        raise FileWithdrawn(code=file.code, on=file.withdrawn_on)


def _check(file: File, description: Description, on: date) -> None:
    check_dated(description.dated)
    try:
        known = document_type(description.document_type).category is file.category
    except LookupError:
        known = False
    if not known:
        raise UnknownDocumentType(category=file.category.label)
    line = _class_in_force(description.retention_class, on)
    if line not in choices(file.category, on):
        raise ClassOfOtherPart(category=file.category.label)
    if file.retention_class and line.category is Category.ACCOUNTING:
        held = retention_class(file.retention_class).period
        if line.period != held and not description.form.is_audio_visual:
            raise PeriodsMixed(own=line.period.label, code=file.code, file=held.label)


def check_dated(text: str) -> None:
    """Raise BadDate unless the text is a year, a month or a day of the calendar."""
    exact = DATED.fullmatch(text)
    if exact is None:
        raise BadDate(text=text)
    try:
        date(*(int(part or 1) for part in exact.groups()))
    except ValueError as error:
        raise BadDate(text=text) from error


def _class_in_force(key: str | None, on: date) -> RetentionClass:
    try:
        line = retention_class(key or "")
    except LookupError as error:
        raise UnknownRetentionClass(on=on) from error
    if not line.in_force(on):
        raise UnknownRetentionClass(on=on)
    return line


def _columns(description: Description) -> dict[str, object]:
    return {field.name: getattr(description, field.name) for field in fields(description)}
