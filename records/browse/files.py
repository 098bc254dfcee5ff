"""Files and items as they are looked at: the list of files, what a file contains and lacks, where its paper lies."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, lazyload, selectinload

from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Category
from classification.checklists import DocumentType, missing
from classification.hardship import HardshipClass
from classification.retention import ItemFacts, Retention, retention, retention_class
from classification.schedules import RetentionClass
from records.browse.expiry import ends_in
from records.browse.flaws import FLAWS
from records.closing.behalf import custody_on_behalf
from records.closing.families import Linked, links_of
from records.closing.models import CodeAlias, CustodyOnBehalf, FileTransfer, TransferState
from records.closing.transfers import transfers_of
from records.files.elsewhere import Elsewhere, now_elsewhere
from records.files.held import held_on
from records.files.living import Withdrawal
from records.files.masking import masked
from records.files.models import Custody, File, Item, WithdrawalReason
from records.files.services import AWAITING, KEPT, file_facts, retention_of_file, visible_files
from records.files.withdrawals import active_on
from records.holdings.models import Box, DigitalObject, Movement, ObjectText, PaperCopy, Rendition
from records.households.models import Cause, Employment, Household
from records.lending.models import Loan
from rules.services import Rulebook
from units.models import Unit
from units.services import under
from web.language import N_, gettext
from web.listing import Column
from web.shown import words

Of = TypeVar("Of", DigitalObject, PaperCopy)
UNDETERMINED = "undetermined"
PREVIEWS = ("thumbnail", "poster", "waveform")
STEPS_SHOWN = 30
TEXT_SHOWN = 4_000  # characters


@dataclass(frozen=True)
class Days:
    """Days from one to another, both included; None leaves an end open."""

    first: date | None = None
    last: date | None = None

    def __bool__(self) -> bool:
        return bool(self.first or self.last)

    def contain(self, column: Any) -> ColumnElement[bool]:
        """True where the day in a column is one of them."""
        ends = [column.is_not(None)]
        ends += [column >= self.first] if self.first else []
        ends += [column <= self.last] if self.last else []
        return and_(*ends)


def withdrawn_in(days: Days, reason: WithdrawalReason | None = None) -> ColumnElement[bool]:
    """True for household files that left help on one of the days, also where they returned since."""
    of_reason = [Withdrawal.reason == reason] if reason else []
    return File.id.in_(_with_withdrawal(days.contain(Withdrawal.withdrawn_on), *of_reason))


def returned_in(days: Days) -> ColumnElement[bool]:
    """True for household files that returned to help 返困 on one of the days."""
    return File.id.in_(_with_withdrawal(days.contain(Withdrawal.returned_on)))


def _with_withdrawal(*conditions: ColumnElement[bool]) -> Select[int]:
    """The files with such a withdrawal; those that were corrected count by what stands there instead."""
    return select(Withdrawal.file_id).where(Withdrawal.corrected_on.is_(None), *conditions)


@dataclass(frozen=True)
class FileFilter:
    """What is asked of the list of files; every part that is given narrows it.

    `unit` stands for itself and the units below, with `own` for itself; with `mine` there are only the files that the
    actor may change; `state` is `active`, `withdrawn` or `destroyed`; `ends` is the year in which a retention period
    ends; `reason` is that of the withdrawal that counts now, or of one in the days of `withdrawn` where these are
    given; `text` is looked for in titles and codes.
    `hardship` is a class of article 3, or UNDETERMINED; it, `cause` and `employment` are those at the end of the day
    `held` where one is given, and those of now elsewhere. `flaw` is the key of one of FLAWS, as of `on`.
    """

    category: Category | None = None
    unit: Unit | None = None
    year: int | None = None
    state: str | None = None
    ends: int | None = None
    text: str = ""
    own: bool = False
    mine: bool = False
    hardship: str | None = None
    cause: Cause | None = None
    employment: Employment | None = None
    held: date | None = None
    reason: WithdrawalReason | None = None
    opened: Days = Days()
    withdrawn: Days = Days()
    returned: Days = Days()
    active: date | None = None
    flaw: str | None = None
    on: date = date.max

    def files(self, actor: Actor) -> Select[File]:
        """The files in the actor's scope under this filter."""
        query = visible_files(actor, Permission.FILE if self.mine else Permission.READ)
        if self.category:
            query = query.where(File.category == self.category)
        if self.unit:
            query = query.where(under(self.unit, alone=self.own))
        if self.year is not None:
            query = query.where(File.year == self.year)
        if self.state == "active":
            query = query.where(File.withdrawn_on.is_(None), KEPT)
        if self.state == "withdrawn":
            query = query.where(File.withdrawn_on.is_not(None), KEPT)
        if self.state == "destroyed":
            query = query.where(File.destroyed_on.is_not(None))
        if self.reason and not self.withdrawn:
            query = query.where(File.withdrawal_reason == self.reason)
        if self.opened:
            query = query.where(self.opened.contain(File.opened_on))
        if self.withdrawn:
            query = query.where(withdrawn_in(self.withdrawn, self.reason))
        if self.returned:
            query = query.where(returned_in(self.returned))
        if self.active:
            query = query.where(active_on(self.active))
        if self.ends is not None:
            query = query.where(ends_in(self.ends))
        if self.flaw:
            query = query.where(FLAWS[self.flaw].condition(self.on))
        if self.text:
            query = query.where(
                or_(
                    File.title.icontains(self.text, autoescape=True),
                    File.code.icontains(self.text, autoescape=True),
                    File.id.in_(select(CodeAlias.file_id).where(CodeAlias.code.icontains(self.text, autoescape=True))),
                )
            )
        return query.where(*self._of_household())

    def _of_household(self) -> list[ColumnElement[bool]]:
        if not (self.hardship or self.cause or self.employment):
            return []
        of = held_on(self.held).c if self.held else Household.__table__.c
        conditions: list[ColumnElement[bool]] = []
        if self.hardship:
            given = None if self.hardship == UNDETERMINED else self.hardship
            conditions.append(of.hardship_class.is_not_distinct_from(given))
        if self.cause:
            conditions.append(of.main_cause == self.cause)
        if self.employment:
            conditions.append(of.employment == self.employment)
        return [select(of.id).where(of.id == File.household_id, *conditions).exists()]


@dataclass(frozen=True)
class Narrowing:
    """One part of a filter that has no field on the page: its argument, what it is called, and its value in words."""

    name: str
    label: str
    value: str
    words: str


def narrowings(chosen: FileFilter) -> list[Narrowing]:
    """The parts of a filter that come with the link which led to the list; labels are msgids."""
    given: list[tuple[str, str, Any, str]] = [
        ("own", N_("This unit alone"), chosen.own and 1, gettext("Yes")),
        ("mine", N_("Kept by my units alone"), chosen.mine and 1, gettext("Yes")),
        ("hardship", N_("Class of difficulty"), chosen.hardship, hardship_words(chosen.hardship)),
        ("cause", N_("Main cause"), chosen.cause, words(chosen.cause)),
        ("employment", N_("Employment"), chosen.employment, words(chosen.employment)),
        ("held", N_("Class, cause and employment as of"), chosen.held, str(chosen.held)),
        ("reason", N_("Reason of withdrawal"), chosen.reason, words(chosen.reason)),
        ("opened_from", N_("Opened from"), chosen.opened.first, str(chosen.opened.first)),
        ("opened_until", N_("Opened until"), chosen.opened.last, str(chosen.opened.last)),
        ("withdrawn_from", N_("Withdrawn from"), chosen.withdrawn.first, str(chosen.withdrawn.first)),
        ("withdrawn_until", N_("Withdrawn until"), chosen.withdrawn.last, str(chosen.withdrawn.last)),
        ("returned_from", N_("Returned from"), chosen.returned.first, str(chosen.returned.first)),
        ("returned_until", N_("Returned until"), chosen.returned.last, str(chosen.returned.last)),
        ("active", N_("Active on"), chosen.active, str(chosen.active)),
        ("flaw", N_("Wanting"), chosen.flaw, gettext(FLAWS[chosen.flaw].label) if chosen.flaw else ""),
    ]
    return [Narrowing(name, label, str(value), shown) for name, label, value, shown in given if value]


def hardship_words(key: str | None) -> str:
    """The class of article 3 with this key in words, or that none was determined."""
    return words(HardshipClass(key)) if key in list(HardshipClass) else gettext("Undetermined")


FILE_LISTS: Mapping[Category | None, str] = {
    None: N_("Files"),
    Category.ORIGINAL: N_("Households"),
    Category.ACCOUNTING: N_("Accounting files"),
    Category.DOCUMENTARY: N_("Daily work files"),
}
FILE_COLUMNS: tuple[Column[File], ...] = (
    Column("code", N_("Reference code"), lambda file: file.code, File.code.expression),
    Column("title", N_("Title"), lambda file: file.title, File.title.expression),
    Column("category", N_("Category"), lambda file: words(file.category)),
    Column("unit", N_("Unit"), lambda file: file.unit.name, Unit.name.expression),
    Column("year", N_("Year"), lambda file: file.year, File.year.expression),
    Column("opened", N_("File opened on"), lambda file: file.opened_on, File.opened_on.expression),
    Column("state", N_("State"), lambda file: state_words(file), File.withdrawn_on.expression),
    Column("kept", N_("Kept until"), lambda file: kept_of(file), None),
    Column("items", N_("Items filed"), lambda file: file.last_item_number, File.last_item_number.expression, True),
)


def state_words(file: File) -> str:
    """Whether a household is active 在档 or withdrawn 撤档, or by which list a file was destroyed 已销毁.

    Yearly files that are there have no such state.
    """
    if file.destroyed_on is not None:
        return f"{gettext('Destroyed')} {file.destroyed_under}"
    if file.category is not Category.ORIGINAL:
        return ""
    return gettext("Active") if file.active else gettext("Withdrawn")


def period_of(file: File) -> Retention | None:
    """How long a file is kept as a whole; None for a documentary file, whose items have periods of their own."""
    if file.category is Category.ORIGINAL:
        return retention_of_file(file)
    key = file.retention_class
    return None if key is None else retention(ItemFacts(key), file_facts(file))


def end_words(record: File | Item) -> str:
    """On which day and under which list a record was destroyed, empty where it was not."""
    if record.destroyed_on is None:
        return ""
    facts = {"day": record.destroyed_on, "number": record.destroyed_under}
    return gettext("destroyed on %(day)s, list %(number)s", **facts)


def kept_words(kept: Retention | None) -> str:
    """The last day kept, or why there is none."""
    if kept is None:
        return gettext("by item")
    if kept.period.permanent:
        return words(kept.period.label)
    return kept.last_day_kept.isoformat() if kept.last_day_kept else gettext("not running yet")


def kept_of(file: File) -> str:
    """Until when a file is kept, or why there is no such day; empty once it is destroyed."""
    return "" if file.destroyed_on is not None else kept_words(period_of(file))


def keepers(session: Session, files: Sequence[File]) -> Mapping[int, str]:
    """Who answers for each file now, by its id (art. 16)."""
    rows = session.execute(
        select(Custody.file_id, User.display_name)
        .join(User, Custody.keeper_id == User.id)
        .where(Custody.file_id.in_([file.id for file in files]), Custody.until_on.is_(None))
    )
    return {row.file_id: row.display_name for row in rows}


def custody_of(session: Session, file: File) -> Sequence[Custody]:
    """Every keeper a file has had, the present one first."""
    return session.scalars(
        select(Custody)
        .where(Custody.file_id == file.id)
        .order_by(Custody.until_on.is_not(None), Custody.id.desc())
        .options(joinedload(Custody.keeper))
    ).all()


@dataclass(frozen=True)
class Way:
    """How a file stands between units and files: kept for whom, from and to which files it came, through which units.

    `transfers` are all of them, the newest first; `elsewhere` is where the worker of a withdrawn file stands now.
    """

    kept_for: CustodyOnBehalf | None
    links: Sequence[Linked]
    transfers: Sequence[FileTransfer]
    elsewhere: Elsewhere | None

    @property
    def pending(self) -> FileTransfer | None:
        """The transfer it waits under."""
        return next((one for one in self.transfers if one.state is TransferState.PROPOSED), None)

    @property
    def passed(self) -> list[FileTransfer]:
        """The transfers by which it came where it is, the newest first."""
        return [one for one in self.transfers if one.state is TransferState.ACCEPTED]

    def opened_in(self, file: File) -> Unit:
        """The unit that opened the file; its code is of that unit's series for ever."""
        return self.passed[-1].from_unit if self.passed else file.unit


def way_of(session: Session, file: File, reader: Actor) -> Way:
    """How a file stands between units and files (art. 11, 14); four queries."""
    return Way(
        custody_on_behalf(session, file),
        links_of(session, file, reader),
        transfers_of(session, file),
        now_elsewhere(session, [file.id]).get(file.id),
    )


def lacking(session: Session, file: File, book: Rulebook) -> tuple[DocumentType, ...]:
    """What the checklist of article 6, with the documents that the unit adds to it, still lacks in a file.

    Of an accounting file it is what all volumes of its unit and year lack together.
    """
    items = select(Item.document_type).distinct()
    if file.category is Category.ACCOUNTING:
        of_year = File.unit_id == file.unit_id, File.category == file.category, File.year == file.year
        present = session.scalars(items.join(Item.file).where(*of_year))
    else:
        present = session.scalars(items.where(Item.file_id == file.id))
    return missing(file.category, set(present), added=book.names("required_documents"))


def classes_in(session: Session, file: File) -> Sequence[tuple[RetentionClass, int]]:
    """The retention classes of the items in a file, with the number of items of each."""
    rows = session.execute(
        select(Item.retention_class, func.count()).where(Item.file_id == file.id).group_by(Item.retention_class)
    )
    return sorted(((retention_class(key), count) for key, count in rows), key=lambda pair: pair[0].label.zh)


@dataclass(frozen=True)
class Twins:
    """How many items of a file are on paper and electronic 纸电, and how many on one carrier alone."""

    items: int
    paper: int
    electronic: int
    both: int
    size_bytes: int

    @property
    def only_paper(self) -> int:
        return self.paper - self.both

    @property
    def only_electronic(self) -> int:
        return self.electronic - self.both

    @property
    def neither(self) -> int:
        return self.items - self.paper - self.electronic + self.both


def twins(session: Session, file: File) -> Twins:
    """Count the items of a file by carrier, in one query."""
    there, kept = PaperCopy.destroyed_on.is_(None), DigitalObject.destroyed_at.is_(None)
    on_paper = select(PaperCopy.id).where(PaperCopy.item_id == Item.id, there).exists()
    stored = select(DigitalObject.id).where(DigitalObject.item_id == Item.id, kept).exists()
    size = select(func.coalesce(func.sum(DigitalObject.size_bytes), 0)).where(DigitalObject.file_id == file.id, kept)
    row = session.execute(
        select(
            func.count(Item.id),
            func.count(Item.id).filter(on_paper),
            func.count(Item.id).filter(stored),
            func.count(Item.id).filter(and_(on_paper, stored)),
            size.scalar_subquery(),
        ).where(Item.file_id == file.id)
    ).one()
    return Twins(*row)


@dataclass(frozen=True)
class Carriers:
    """What there is of one item on its two carriers: its digital files, and its paper copies with where they are."""

    objects: Sequence[DigitalObject]
    copies: Sequence[PaperCopy]


def carriers_of(session: Session, items: Sequence[Item]) -> Mapping[int, Carriers]:
    """What there is of each item, by its id; two queries for all of them."""
    ids = [item.id for item in items]
    objects = session.scalars(
        select(DigitalObject)
        .where(DigitalObject.item_id.in_(ids))
        .order_by(DigitalObject.id)
        .options(lazyload(DigitalObject.item))
    )
    copies = session.scalars(
        select(PaperCopy)
        .where(PaperCopy.item_id.in_(ids))
        .order_by(PaperCopy.id)
        .options(
            lazyload(PaperCopy.item),
            joinedload(PaperCopy.box).joinedload(Box.place),
            joinedload(PaperCopy.place),
            joinedload(PaperCopy.holder).lazyload(User.grants),
        )
    )
    stored, on_paper = _by_item(objects), _by_item(copies)
    return {item_id: Carriers(stored[item_id], on_paper[item_id]) for item_id in ids}


def previews(session: Session, objects: Sequence[DigitalObject]) -> Mapping[int, Rendition]:
    """The small picture of each object that has one, by the object's id."""
    rows = session.scalars(
        select(Rendition).where(Rendition.object_id.in_([each.id for each in objects]), Rendition.kind.in_(PREVIEWS))
    )
    return {row.object_id: row for row in rows}


def with_text(session: Session, objects: Sequence[DigitalObject]) -> bool:
    """Whether text was found in any of these objects."""
    ids = [each.id for each in objects]
    return session.scalar(select(ObjectText.object_id).where(ObjectText.object_id.in_(ids)).limit(1)) is not None


def texts_of(session: Session, item: Item, objects: Sequence[DigitalObject], actor: Actor, on: date) -> dict[int, str]:
    """The beginning of the text in each object of an item that has text, masked for the actor, by the object's id."""
    rows = session.execute(
        select(ObjectText.object_id, func.substr(ObjectText.text, 1, TEXT_SHOWN)).where(
            ObjectText.object_id.in_([each.id for each in objects])
        )
    )
    return {row[0]: masked(row[1], actor, on, item.file) for row in rows}


def loans_of(session: Session, items: Sequence[Item]) -> Mapping[int, Loan]:
    """The open loan of each copy of these items that is out, by the copy's id."""
    rows = session.scalars(
        select(Loan)
        .join(Loan.copy)
        .where(PaperCopy.item_id.in_([item.id for item in items]), Loan.returned_on.is_(None))
        .options(lazyload(Loan.copy))
    )
    return {loan.copy_id: loan for loan in rows}


def household_of(session: Session, file: File) -> Household | None:
    """The household of a file, with its members; None for a yearly file."""
    if file.household_id is None:
        return None
    query = select(Household).where(Household.id == file.household_id).options(selectinload(Household.members))
    return session.scalars(query).one()


def unfiled(session: Session, file: File) -> int:
    """How many items of a file wait to be filed."""
    return session.scalar(select(func.count(Item.id)).where(Item.file_id == file.id, AWAITING)) or 0


def path_of(session: Session, copies: Sequence[PaperCopy]) -> Mapping[int, Sequence[Movement]]:
    """The last steps of each copy, the newest first, by the copy's id."""
    ends = (
        Movement.from_box,
        Movement.from_place,
        Movement.from_holder,
        Movement.to_box,
        Movement.to_place,
        Movement.to_holder,
    )
    steps: dict[int, list[Movement]] = defaultdict(list)
    for step in session.scalars(
        select(Movement)
        .where(Movement.copy_id.in_([copy.id for copy in copies]))
        .order_by(Movement.id.desc())
        .limit(STEPS_SHOWN)
        .options(*(selectinload(end) for end in ends))
    ):
        if step.copy_id is not None:
            steps[step.copy_id].append(step)
    return steps


def _by_item(rows: Iterable[Of]) -> defaultdict[int, list[Of]]:
    grouped: defaultdict[int, list[Any]] = defaultdict(list)
    for row in rows:
        grouped[row.item_id].append(row)
    return grouped
