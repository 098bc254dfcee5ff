"""Opening files, describing items, custody, withdrawal. Filing 归档 is in `records.holdings`: it needs the paper."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.identity import MUNICIPAL_MASKS
from classification.periods import Period
from classification.retention import ItemFacts, Retention, kept_on, retention
from classification.schedules import ORIGINAL_FILE
from records.files.access import changeable as changeable
from records.files.access import check_not_destroyed
from records.files.access import in_sight as in_sight
from records.files.altering import check_alterable
from records.files.codes import HOUSEHOLD_PERIOD, file_code, note_code
from records.files.descriptions import DATED as DATED
from records.files.descriptions import Description as Description
from records.files.descriptions import check_described, check_kept_as_long, columns_of, item_facts
from records.files.descriptions import file_facts as file_facts
from records.files.duties import Change, note_changes
from records.files.errors import (
    FiledAsItIs,
    FileWithdrawn,
    MadeAfterWithdrawal,
    NotTheKeepersUnit,
    ReasonOfJoining,
    WithdrawnBeforeConfirmed,
    WithdrawnBeforeHelp,
    WithdrawnBeforeOpened,
    WithdrawnBeforeReturn,
)
from records.files.grounds import check_backdating, last_confirmed, last_helped, plain_since
from records.files.keepers import hold_keeper
from records.files.leaving import end_what_is_open
from records.files.living import ReviewDecision, TwinCause, TwinSide, Withdrawal, WithdrawalReview
from records.files.locking import check_held, kept_by, lock_file, lock_household, note_entered
from records.files.models import Custody, File, FileFromBefore, Item, WithdrawalReason
from records.files.yearly import class_of_year
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
from rules.services import strictest_masks
from units.models import Unit
from units.services import keep_open
from web.rules import NotVisible

KEPT = File.destroyed_on.is_(None)  # 在库：not a stub, of which nothing is left to keep
AWAITING = Item.filed_on.is_(None) & Item.destroyed_on.is_(None)  # 待归档
FIXED_WHEN_FILED = ("retention_class", "form", "carrier")


def unchanged_since(day: date, zone: tzinfo) -> ColumnElement[bool]:
    """True for files opened by a day of whose household nothing changed after it, and to which nothing was added.

    `zone` is the office's, whose days are those of what was collected.
    """
    next_day = datetime.combine(day + timedelta(days=1), time.min, zone).astimezone(UTC)
    added = exists().where(Item.file_id == File.id, or_(Item.collected_at >= next_day, Item.filed_on > day))
    return and_(File.opened_on <= day, File.changed_on <= day, ~added)


def visible_files(actor: Actor, permission: Permission = Permission.READ) -> Select[File]:
    """Files in the actor's sight, with their unit; every list of files begins here."""
    return select(File).join(File.unit).where(in_sight(actor, permission)).options(joinedload(File.unit))


def visible_file(session: Session, file_id: int, actor: Actor, permission: Permission = Permission.READ) -> File:
    """One file in the actor's scope.

    Raises NotVisible where the actor may not even read it, NotTheKeepersUnit where it may be read but not changed.
    """
    file = session.scalar(visible_files(actor).where(File.id == file_id))
    if file is None:
        raise NotVisible
    return changeable(file, actor, permission)


def visible_items(actor: Actor, permission: Permission = Permission.READ) -> Select[Item]:
    """Items in the actor's sight, with their file and unit; every list of items begins here."""
    return (
        select(Item)
        .join(Item.file)
        .join(File.unit)
        .where(in_sight(actor, permission))
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
    BadIdNumber, IdNumberMissing, TwiceInHousehold, OneWorker, NoFonds, NotTheKeepersUnit.
    """
    _may_file(unit, actor)
    household = register_household(session, entry, unit_path=unit.path, actor=actor, on=on)
    fields = {member.person_id: line.field for member, line in zip(household.members, entry.members, strict=True)}
    return open_for_household(session, unit, household, keeper=keeper, actor=actor, on=on, fields=fields)


def open_for_household(
    session: Session,
    unit: Unit,
    household: Household,
    *,
    keeper: User,
    actor: Actor,
    on: date,
    fields: Mapping[int, str] | None = None,
) -> File:
    """Open the file of a household registered before; whoever calls has seen to it that the actor may.

    `fields` names the input of each person's number by the person's id. Raises AlreadyInActiveFile and NoFonds.
    """
    try:
        activate(session, household)
    except PersonAlreadyActive as refused:
        raise already_active(session, refused, field=(fields or {}).get(refused.person.id, "number")) from refused
    return open_file_for(session, unit, household, keeper=keeper, actor=actor, on=on)


def open_file_for(
    session: Session, unit: Unit, household: Household, *, keeper: User, actor: Actor, on: date
) -> File:  # fmt: skip
    """Open the file of a household that is active already; as in `open_for_household`, the caller says who may.

    Raises NoFonds.
    """
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

    Raises BadYear, UnknownRetentionClass, ClassOfOtherPart, NoFonds or NotTheKeepersUnit.
    """
    _may_file(unit, actor)
    line = class_of_year(category, year, retention_key, on)
    code = file_code(session, unit, category, year, line.period if line else None, sub_code)
    key = line.key if line else None
    return _open(session, unit, category, year, title, code, keeper, actor, on, retention_key=key)


def daily_work_file(session: Session, unit: Unit, *, keeper: User, on: date) -> File:
    """The file of the daily work 日常帮扶工作档案 of a unit and the year of a day; opened where there is none.

    Raises NoFonds, UnitClosed or NotTheKeepersUnit.
    """
    present = (
        select(File)
        .where(
            File.unit_id == unit.id,
            File.category == Category.DOCUMENTARY,
            File.year == on.year,
            File.destroyed_on.is_(None),
        )
        .order_by(File.id)
        .limit(1)
    )
    if found := session.scalar(present):
        return found
    session.flush()
    session.refresh(unit, with_for_update={"of": Unit, "key_share": True})  # of two who open it the second finds it
    return session.scalar(present) or open_yearly_file(
        session,
        unit,
        Category.DOCUMENTARY,
        on.year,
        f"{on.year}年日常帮扶工作档案",
        keeper=keeper,
        actor=keeper.actor,
        on=on,
    )


def collect(session: Session, file: File, description: Description, *, actor: Actor, at: datetime, on: date) -> Item:
    """Take an item into a file 收集; it has no code until it is filed.

    Raises BadDate, UnknownDocumentType, UnknownRetentionClass, PeriodsMixed, NotTheKeepersUnit, FileWithdrawn, or
    MadeAfterWithdrawal and what an altering rule raises for a withdrawn file from before.
    """
    lock_file(session, file, kept_by(actor))
    return enter_item(session, file, description, actor=actor, at=at, on=on)


def enter_item(session: Session, file: File, description: Description, *, actor: Actor, at: datetime, on: date) -> Item:
    """Enter an item in a file; the step that calls has locked it and asked who may. Raises as `collect`."""
    check_held(session, file)
    takes_items(session, file, description.dated)
    check_described(file, description, on)
    if not file.active:
        check_alterable(session, file)
    item = Item(file_id=file.id, file=file, collected_at=at, **columns_of(description))
    session.add(item)
    audit.record(session, actor.name, "item.collected", item, title=item.title, file=file.code)
    return item


def describe(session: Session, item: Item, description: Description, *, actor: Actor, on: date) -> None:
    """Change the description of an item; what stood there before stays in the chain.

    Raises as `collect`, save that every withdrawn file may be corrected, and FiledAsItIs: a filed item keeps its code,
    and with it the form, carrier and retention class it was filed under; PeriodShortened: no correction of a date lets
    it fall due earlier; or what an altering rule raises: what is on an approved destruction list stays as it was.
    """
    lock_file(session, item, kept_by(actor))
    check_not_destroyed(item)
    check_described(item.file, description, on, present=item)
    after = columns_of(description)
    changed = {name: value for name, value in after.items() if getattr(item, name) != value}
    if item.filed_on is not None and changed.keys() & set(FIXED_WHEN_FILED):
        raise FiledAsItIs(code=item.code)
    if not changed:
        return
    check_alterable(session, item.file, item)
    if "dated" in changed:
        check_held_then(item.file, description.dated)
    if item.filed_on is not None:
        check_kept_as_long(item, description)
    before = {name: getattr(item, name) for name in changed}
    for name, value in changed.items():
        setattr(item, name, value)
    audit.record(session, actor.name, "item.described", item, before=before, after=changed)
    if item.filed_on is not None:
        change = Change(TwinCause.DESCRIPTION, item.title, item.id)
        note_changes(session, item.file, TwinSide.PAPER, [change], actor=actor, on=on)


def withdraw(
    session: Session,
    file: File,
    reason: WithdrawalReason,
    *,
    actor: Actor,
    on: date,
    today: date,
    remarks: str | None = None,
) -> Withdrawal:
    """Withdraw a household file 撤档: its ten years begin, its members may be helped elsewhere (art. 13, 15).

    Reviews that are open are decided by it. The keeper withdraws as of a day since the last change and the last 30
    days; an earlier day is backdated 倒签, with written grounds in `remarks`, by an approver who never kept the file,
    and none is before the last help. Raises ReasonOfJoining, NotAHouseholdFile, FileWithdrawn, WithdrawnBeforeOpened,
    WithdrawnBeforeReturn, WithdrawnBeforeHelp, Backdated, SaidTooLittle or NotTheKeepersUnit.
    """
    check_chosen(reason)
    household = lock_household(session, file, lambda each: answerable(each, actor))
    takes_material(file)
    check_withdrawal_day(session, file, on, today=today)
    since = plain_since(file, today)
    if backdated := on < since:
        check_backdating(session, file, since, on, remarks, actor)
    else:
        changeable(file, actor, Permission.FILE)
    row = _leave(session, file, household, reason, actor=actor, on=on, today=today, remarks=remarks)
    row.backdated = backdated
    return row


def end_help(session: Session, file: File, reason: WithdrawalReason, *, actor: Actor, on: date) -> Withdrawal:
    """Withdraw a household file on a day, for any reason, that of joining two files included.

    Raises NotAHouseholdFile, FileWithdrawn, WithdrawnBeforeOpened, WithdrawnBeforeReturn or NotTheKeepersUnit.
    """
    household = lock_household(session, file, kept_by(actor))
    takes_material(file)
    check_withdrawal_day(session, file, on, today=on)
    return _leave(session, file, household, reason, actor=actor, on=on, today=on, remarks=None)


def answerable(file: File, actor: Actor) -> File:
    """The file, if the actor keeps or approves in its unit; raises NotTheKeepersUnit (art. 7)."""
    if not actor.may(Permission.APPROVE, file.unit.path):
        changeable(file, actor, Permission.FILE)
    return file


def _leave(
    session: Session,
    file: File,
    household: Household,
    reason: WithdrawalReason,
    *,
    actor: Actor,
    on: date,
    today: date,
    remarks: str | None,
) -> Withdrawal:
    file.withdrawn_on, file.withdrawal_reason, file.changed_on = on, reason, max(on, file.changed_on)
    deactivate(household)
    row = Withdrawal(
        file=file, file_id=file.id, withdrawn_on=on, reason=reason, remarks=remarks, noted_by=actor.name, noted_on=today
    )
    session.add(row)
    audit.record(session, actor.name, "file.withdrawn", file, on=on, reason=reason, remarks=remarks)
    undecided = select(WithdrawalReview).where(
        WithdrawalReview.file_id == file.id, WithdrawalReview.decided_on.is_(None)
    )
    for review in session.scalars(undecided).all():
        review.decided_on, review.decision, review.decided_by = today, ReviewDecision.WITHDRAWN, actor.name
        review.decision_reason = reason.value
        audit.record(session, actor.name, "review.decided", review, file=file.code, decision=review.decision)
    end_what_is_open(session, file, f"撤档：{reason.label.zh}", actor=actor, on=today)
    note_changes(session, file, TwinSide.PAPER, [Change(TwinCause.WITHDRAWAL, reason.value)], actor=actor, on=today)
    return row


def check_chosen(reason: WithdrawalReason) -> None:
    """Raise ReasonOfJoining for the reason that only joining two files gives 并户 (art. 11)."""
    if not reason.chosen:
        raise ReasonOfJoining


def check_withdrawal_day(session: Session, file: File, on: date, *, today: date) -> None:
    """See that the household may have left help on the day.

    Raises WithdrawnBeforeOpened, WithdrawnBeforeReturn, WithdrawnBeforeHelp or WithdrawnBeforeConfirmed.
    """
    if not file.opened_on <= on <= today:
        raise WithdrawnBeforeOpened(opened_on=file.opened_on)
    returned_on = session.scalar(select(func.max(Withdrawal.returned_on)).where(Withdrawal.file_id == file.id))
    if returned_on is not None and on < returned_on:
        raise WithdrawnBeforeReturn(returned_on=returned_on)
    helped_on = last_helped(session, file)
    if helped_on is not None and on < helped_on:
        raise WithdrawnBeforeHelp(code=file.code, helped_on=helped_on)
    confirmed_on = last_confirmed(session, file)
    if confirmed_on is not None and on < confirmed_on:
        raise WithdrawnBeforeConfirmed(code=file.code, confirmed_on=confirmed_on)


def takes_material(file: File) -> None:
    """Raise FileWithdrawn where the file is no longer active (art. 13), RecordDestroyed where it is a stub."""
    check_not_destroyed(file)
    if file.withdrawn_on is not None:
        raise FileWithdrawn(code=file.code, on=file.withdrawn_on)


def holds_unentered(session: Session, file: File) -> bool:
    """Whether a withdrawn file is one from before 补录, which may hold on paper what nobody has entered yet."""
    return file.withdrawn_on is not None and session.get(FileFromBefore, file.id) is not None


def takes_items(session: Session, file: File, dated: str | None = None) -> None:
    """Raise FileWithdrawn or RecordDestroyed where no item, or none of that date, may be entered in a file (art. 13).

    A withdrawn file from before takes what it held before its withdrawal, for its paper could not be registered, nor
    ever be destroyed, otherwise; what is dated later raises MadeAfterWithdrawal. No clock moves by it.
    """
    if not holds_unentered(session, file):
        takes_material(file)
        return
    check_not_destroyed(file)
    if dated is not None:
        check_held_then(file, dated)


def check_held_then(file: File, dated: str) -> None:
    """Raise MadeAfterWithdrawal where a document was made after its file was withdrawn, as far as its date is known."""
    if file.withdrawn_on is not None and dated > file.withdrawn_on.isoformat()[: len(dated)]:
        raise MadeAfterWithdrawal(code=file.code, on=file.withdrawn_on)


def retention_of(item: Item) -> Retention:
    """How long an item is kept, by its class, the facts of its file and what appraisals kept on (art. 15)."""
    own = retention(item_facts(item, item.file), file_facts(item.file))
    return _kept_on(_kept_on(own, item), item.file)


def retention_of_file(file: File) -> Retention:
    """How long a household file is kept as a whole, ten years from withdrawal at least (art. 15)."""
    return _kept_on(retention(ItemFacts(ORIGINAL_FILE.key), file_facts(file)), file)


def last_day_if_withdrawn(file: File, on: date) -> date | None:
    """The last day a household file would be kept if it had been withdrawn on a day; None for ever (art. 15)."""
    facts = replace(file_facts(file), withdrawn_on=on)
    return _kept_on(retention(ItemFacts(ORIGINAL_FILE.key), facts), file).last_day_kept


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


def retitle(session: Session, file: File, name: str, *, actor: Actor) -> None:
    """Let the file of a household be named after its worker; the name before stays in the chain."""
    if file.title != name:
        audit.record(session, actor.name, "file.retitled", file, before={"title": file.title}, after={"title": name})
        file.title = name
        session.flush()


def already_active(session: Session, refused: PersonAlreadyActive, *, field: str) -> AlreadyInActiveFile:
    """The refusal that names the file, the unit and the keeper which have the person; `field` as in MemberEntry."""
    member = active_membership(session, refused.person)
    file = file_of_member(session, member) if member else None
    keeper = keeper_of(session, file) if file else None
    masks = strictest_masks(session, file.unit.path) if file else MUNICIPAL_MASKS
    return AlreadyInActiveFile(
        field=field,
        name=refused.person.name,
        number=masked_number(session, refused.person, masks),
        code=file.code if file else "—",  # it was withdrawn in this very moment
        unit=file.unit.name if file else "—",
        file_id=file.id if file else None,
        unit_path=file.unit.path if file else None,
        keeper=keeper.display_name if keeper else "—",
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
    keep_open(session, unit)
    file = File(
        code=code,
        category=category,
        year=year,
        unit=unit,
        household=household,
        title=title,
        retention_class=retention_key,
        opened_on=on,
        changed_on=on,
    )
    session.add(file)
    session.flush()
    note_entered(session, file)
    note_code(session, code, on=on, file=file)
    hold_keeper(session, keeper, unit)
    session.add(Custody(file_id=file.id, keeper_id=keeper.id, from_on=on))
    audit.record(session, actor.name, "file.opened", file, code=code, title=title, keeper=keeper.name)
    return file


def _kept_on(own: Retention, record: File | Item) -> Retention:
    if record.extended_letter is None:
        return own
    return kept_on(own, Period.of_letter(record.extended_letter), record.extended_until)


def _may_file(unit: Unit, actor: Actor) -> None:
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
