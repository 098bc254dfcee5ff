"""What lies in what: the copies of an item, a file or a box, what of them is free, and what restricts the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from accounts.roles import Actor
from classification.categories import Category, SecrecyLevel
from classification.rulebook import OTHER_UNIT
from classification.text import Label
from records.files.access import sees
from records.files.models import File, Item
from records.holdings.being_read import with_a_reader
from records.holdings.models import Box, DigitalObject, PaperCopy
from records.lending.models import Away, Loan, LoanRequest, PutAside
from units.models import Unit

Thing = Item | File | Box

SECRET_INSIDE = Label(
    "盒内有涉密档案，不得整盒借阅；请逐件申请。",
    "There are secret records in this box. Ask for single items instead.",
)
OUT_OF_SIGHT_INSIDE = Label(
    "盒内有不在您查阅范围内的档案（如已撤档的困难职工档案），不得整盒借阅；请申请其中的案卷或文件。",
    "There are records in this box that you may not see, such as those of withdrawn households. Ask for a file or an "
    "item of it instead.",
)
SEVERAL_HOUSEHOLDS_INSIDE = Label(
    "盒内有多户困难职工的档案，不得整盒借阅；请按户申请案卷。",
    "This box holds the records of several households. Ask for the file of the one you need.",
)


@dataclass(frozen=True)
class Contained:
    """One copy of a thing: `loan` where it is out, `aside` where it is kept back, and for which request.

    `being_read` says that somebody from outside has it at the counter.
    """

    copy: PaperCopy
    loan: Loan | None
    aside: PutAside | None
    being_read: bool = False

    @property
    def free(self) -> bool:
        """Whether it lies in its place and nobody else is waiting for it."""
        return not (self.loan or self.aside or self.being_read or self.copy.missing_since)

    @property
    def why_not(self) -> Away | None:
        """Why it is not to be had now; None where it is."""
        if self.copy.missing_since is not None:
            return Away.MISSING
        if self.being_read:
            return Away.BEING_READ
        return Away.ON_LOAN if self.loan else Away.PUT_ASIDE if self.aside else None

    def away_from(self, request: LoanRequest) -> bool:
        """Whether a request has to do without it, or to wait: it is neither free nor put aside for it."""
        kept_for_it = self.aside is not None and self.aside.request_id == request.id
        return not self.free and not (kept_for_it and not self.loan and not self.being_read)


def contained(session: Session, thing: Thing) -> list[Contained]:
    """The copies of a thing that are not destroyed, those of a box with what was lent out of it; one query."""
    rows = session.execute(
        select(PaperCopy, Loan, PutAside, with_a_reader())
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .outerjoin(Loan, and_(Loan.copy_id == PaperCopy.id, Loan.returned_on.is_(None)))
        .outerjoin(PutAside, and_(PutAside.copy_id == PaperCopy.id, PutAside.until_at.is_(None)))
        .where(PaperCopy.destroyed_on.is_(None), _of(thing))
        .order_by(PaperCopy.id)
        .options(
            joinedload(PaperCopy.item).joinedload(Item.file).joinedload(File.unit),
            joinedload(Loan.borrower),
            joinedload(PutAside.request).joinedload(LoanRequest.requester),
            joinedload(PutAside.request).joinedload(LoanRequest.unit),
        )
        .execution_options(populate_existing=True)
    )
    return [Contained(*row) for row in rows]


def _of(thing: Thing) -> ColumnElement[bool]:
    if isinstance(thing, Item):
        return PaperCopy.item_id == thing.id
    if isinstance(thing, File):
        return Item.file_id == thing.id
    return or_(PaperCopy.box_id == thing.id, Loan.from_box_id == thing.id)


def wants(copy: PaperCopy) -> ColumnElement[bool]:
    """True for requests that could be served with a copy where it lies now."""
    return or_(
        LoanRequest.item_id == copy.item_id,
        LoanRequest.file_id == copy.item.file_id,
        and_(LoanRequest.box_id.is_not(None), LoanRequest.box_id == copy.box_id),
    )


def wanting_any(inside: Sequence[Contained]) -> ColumnElement[bool]:
    """True for requests that could be served with some of these copies, those of a box also with what is out of it."""
    box_ids = {one.copy.box_id or (one.loan.from_box_id if one.loan else None) for one in inside} - {None}
    return or_(
        LoanRequest.item_id.in_({one.copy.item_id for one in inside}),
        LoanRequest.file_id.in_({one.copy.item.file_id for one in inside}),
        LoanRequest.box_id.in_(box_ids),
    )


def free_and_wanted() -> ColumnElement[bool]:
    """True for requests of which some copy lies free; correlated, for a query of requests."""
    held = exists().where(PutAside.copy_id == PaperCopy.id, PutAside.until_at.is_(None))
    return exists(
        select(PaperCopy.id)
        .join(Item, Item.id == PaperCopy.item_id)
        .where(
            PaperCopy.holder_id.is_(None),
            PaperCopy.destroyed_on.is_(None),
            PaperCopy.missing_since.is_(None),
            ~held,
            ~with_a_reader(),
            or_(
                PaperCopy.item_id == LoanRequest.item_id,
                Item.file_id == LoanRequest.file_id,
                PaperCopy.box_id == LoanRequest.box_id,
            ),
        )
        .correlate(LoanRequest)
    )


def unit_of(thing: Thing) -> Unit:
    """The unit that keeps a thing."""
    return thing.file.unit if isinstance(thing, Item) else thing.unit


def file_of(thing: Thing) -> File | None:
    """The file that a thing is, or is part of; None for a box."""
    return thing.file if isinstance(thing, Item) else thing if isinstance(thing, File) else None


def restrictions(thing: Thing, inside: Sequence[Contained], actor: Actor) -> list[Label]:
    """Why a box does not go out as a whole, whatever the leader says; nothing for items and files."""
    if not isinstance(thing, Box):
        return []
    items = [one.copy.item for one in inside]
    files = {item.file_id: item.file for item in items}
    households = [file for file in files.values() if file.category is Category.ORIGINAL]
    return [
        reason
        for reason, holds in (
            (SECRET_INSIDE, any(_secrecy(item) is not SecrecyLevel.INTERNAL for item in items)),
            (OUT_OF_SIGHT_INSIDE, not all(sees(actor, file) for file in files.values())),
            (SEVERAL_HOUSEHOLDS_INSIDE, len(households) > 1),
        )
        if holds
    ]


def approval_needs(items: Sequence[Item], unit: Unit, borrower: User, rule: frozenset[str]) -> list[str]:
    """By which choices of the rule `loan_approval` the leader is asked before these items go out; none: nobody is."""
    kinds = {item.file.category.value for item in items}
    kinds |= {level.value for item in items for level in (item.secrecy, item.file.secrecy)}
    if borrower.unit_path != unit.path:
        kinds.add(OTHER_UNIT)
    return sorted(kinds & rule)


def undecided(request: LoanRequest, items: Sequence[Item], rule: frozenset[str]) -> list[str]:
    """By which choices of the rule the leader would have to be asked today and was not when the request was decided."""
    decided = request.needs.split(",") if request.decided_by_id is not None else []
    return [need for need in approval_needs(items, request.unit, request.requester, rule) if need not in decided]


def digital_items(session: Session, items: Sequence[Item]) -> set[int]:
    """The ids of the items of which a digital copy can be read on the screen; one query."""
    ids = {item.id for item in items}
    return set(
        session.scalars(
            select(DigitalObject.item_id)
            .where(DigitalObject.item_id.in_(ids), DigitalObject.destroyed_at.is_(None))
            .distinct()
        )
    )


def _secrecy(item: Item) -> SecrecyLevel:
    """The higher of the levels of an item and its file."""
    return item.secrecy if item.secrecy is not SecrecyLevel.INTERNAL else item.file.secrecy
