"""What a keeper answers for in a unit, as lines of a list; and the rule that nobody leaves with it (art. 16)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from accounts.errors import CustodyUnsigned
from accounts.models import User
from accounts.services import closing_rule
from classification.categories import Carrier, Category
from classification.periods import Period
from classification.retention import retention_class
from records.files.codes import HOUSEHOLD_PERIOD
from records.files.living import TwinDuty, TwinSide
from records.files.masking import speaks_of_files
from records.files.models import Custody, File, Item
from records.files.services import AWAITING, retention_of
from records.files.stubs import empty, reduces, strike
from records.handover.extent import EVERYTHING, Extent
from records.handover.models import HandoverCase, HandoverLine, HandoverStatement, LineKind
from records.holdings.away import away_of
from records.holdings.being_read import being_read
from records.holdings.models import Box, BoxCustody, Condition, DigitalObject, PaperCopy
from records.holdings.whereabouts import address_of
from records.lending.models import Loan
from units.models import Unit


@dataclass(frozen=True)
class Entry:
    """What the list says of one thing: the columns of a HandoverLine that come from the archives.

    Of a household it says the code, and the name masked: the list is kept for ever, and the household's file is not.
    """

    kind: LineKind
    subject_id: int
    code: str
    title: str
    quantity: int
    objects_count: int | None = None
    carrier: Carrier | None = None
    period_letter: str | None = None
    condition: Condition | None = None
    place: str = ""
    holder: str | None = None
    missing_case: str | None = None
    dated: date | None = None

    def columns(self) -> dict[str, Any]:
        """By the names of the columns."""
        return asdict(self)


def entries(session: Session, keeper: User, unit: Unit, extent: Extent = EVERYTHING) -> Iterator[Entry]:
    """What of an extent a keeper answers for in a unit: files, boxes, paper, loans, items awaiting filing, twin duties.

    Ten queries, however many entries there are.
    """
    files, boxes = extent.files(keeper.id, unit.id), extent.boxes(keeper.id, unit.id)
    yield from _files(session, files)
    yield from _boxes(session, boxes)
    copies = and_(PaperCopy.destroyed_on.is_(None), or_(PaperCopy.box_id.in_(boxes), Item.file_id.in_(files)))
    yield from _copies(session, copies)
    yield from _loans(session, copies)
    yield from _duties(session, files)
    yield from _twin_duties(session, files)


def entries_of(session: Session, files: Select[int]) -> Iterator[Entry]:
    """What goes with files wherever they go: files, their paper, open loans, items awaiting filing, twin duties.

    Seven queries, however many entries there are.
    """
    yield from _files(session, files)
    copies = and_(PaperCopy.destroyed_on.is_(None), Item.file_id.in_(files))
    yield from _copies(session, copies)
    yield from _loans(session, copies)
    yield from _duties(session, files)
    yield from _twin_duties(session, files)


def kept_still(session: Session, keeper: User, unit: Unit) -> tuple[int, int]:
    """How many files and boxes of a unit a keeper answers for now; one query."""
    counts = (
        select(func.count()).select_from(kept(keeper.id, unit.id).subquery()).scalar_subquery()
        for kept in (EVERYTHING.files, EVERYTHING.boxes)
    )
    files, boxes = session.execute(select(*counts)).one()
    return files, boxes


def keepers_of(session: Session, unit: Unit) -> list[User]:
    """Who answers for a file or a box of the unit now."""
    keeping = or_(
        User.id.in_(
            select(Custody.keeper_id)
            .join(File, File.id == Custody.file_id)
            .where(Custody.until_on.is_(None), File.unit_id == unit.id)
        ),
        User.id.in_(
            select(BoxCustody.keeper_id)
            .join(Box, Box.id == BoxCustody.box_id)
            .where(BoxCustody.until_on.is_(None), Box.unit_id == unit.id)
        ),
    )
    return list(session.scalars(select(User).where(keeping).order_by(User.id)))


@closing_rule
def custody_is_handed_over(session: Session, user: User) -> None:
    """Raise CustodyUnsigned while the user answers for any file or box, in whichever unit (art. 16)."""
    files = select(Custody.file_id).where(Custody.keeper_id == user.id, Custody.until_on.is_(None))
    boxes = select(BoxCustody.box_id).where(BoxCustody.keeper_id == user.id, BoxCustody.until_on.is_(None))
    loans = (
        select(Loan.id)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .where(Loan.returned_on.is_(None), or_(PaperCopy.box_id.in_(boxes), Item.file_id.in_(files)))
    )
    counts = [
        session.scalar(select(func.count()).select_from(query.subquery())) or 0 for query in (files, boxes, loans)
    ]
    if counts[0] or counts[1]:
        of_files, of_boxes = (
            select(model.unit_id).where(model.id.in_(kept)) for model, kept in ((File, files), (Box, boxes))
        )
        units = session.scalars(select(Unit.name).where(Unit.id.in_(of_files.union(of_boxes))).order_by(Unit.path))
        raise CustodyUnsigned(
            name=user.display_name, files=counts[0], boxes=counts[1], loans=counts[2], units="、".join(units)
        )


def _files(session: Session, files: Select[int]) -> Iterator[Entry]:
    items = select(func.count()).where(Item.file_id == File.id, Item.destroyed_on.is_(None)).scalar_subquery()
    present = (DigitalObject.file_id == File.id, DigitalObject.destroyed_at.is_(None))
    objects = select(func.count()).where(*present).scalar_subquery()
    rows = session.execute(select(File, items, objects).where(File.id.in_(files)).order_by(File.code))
    out = _wholly_out(session, files)
    for file, items_count, objects_count in rows:
        period = _period_of(file)
        yield Entry(
            LineKind.FILE,
            file.id,
            file.code,
            file.discreetly(file.title),
            items_count,
            objects_count=objects_count,
            period_letter=period.letter if period else None,
            holder=out.get(file.id),
            dated=file.opened_on,
        )


def _wholly_out(session: Session, files: Select[int]) -> dict[int, str]:
    """Files whose paper is all on loan, with those who have it."""
    rows = session.execute(
        select(Item.file_id, User.id, User.display_name)
        .select_from(PaperCopy)
        .join(PaperCopy.item)
        .outerjoin(User, User.id == PaperCopy.holder_id)
        .where(Item.file_id.in_(files), PaperCopy.destroyed_on.is_(None))
        .order_by(Item.file_id, User.id)
        .distinct()
    )
    found: dict[int, list[str | None]] = {}
    for file_id, _, name in rows:
        found.setdefault(file_id, []).append(name)
    return {file_id: "、".join(filter(None, names)) for file_id, names in found.items() if None not in names}


def _period_of(file: File) -> Period | None:
    """The period of a file as a whole; None for documentary ones, whose items have periods of their own."""
    if file.category is Category.ORIGINAL:
        return HOUSEHOLD_PERIOD
    return retention_class(file.retention_class).period if file.retention_class else None


def _boxes(session: Session, boxes: Select[int]) -> Iterator[Entry]:
    copies = select(func.count()).where(PaperCopy.box_id == Box.id, PaperCopy.missing_since.is_(None)).scalar_subquery()
    rows = session.execute(select(Box, copies).where(Box.id.in_(boxes)).order_by(Box.barcode))
    found = rows.all()
    away = away_of(session, [box.id for box, _count in found])
    for box, copies_count in found:
        out = away.get(box.id)
        yield Entry(
            LineKind.BOX,
            box.id,
            box.barcode,
            f"{box.category.letters}·{box.year}·{box.period_letter}·{box.number:04}",
            copies_count,
            carrier=Carrier.PAPER,
            period_letter=box.period_letter,
            place="" if out else box.address,
            holder=out.holder if out else None,
        )


def _copies(session: Session, condition: Any) -> Iterator[Entry]:
    query = (
        select(PaperCopy)
        .join(PaperCopy.item)
        .where(condition)
        .options(joinedload(PaperCopy.box), joinedload(PaperCopy.place), joinedload(PaperCopy.holder))
        .order_by(PaperCopy.barcode)
    )
    copies = session.scalars(query).all()
    read = being_read(session, [copy.id for copy in copies])
    for copy in copies:
        reading = read.get(copy.id)
        yield Entry(
            LineKind.COPY,
            copy.id,
            copy.barcode,
            copy.item.file.discreetly(copy.item.title),
            copy.pages_count,
            carrier=Carrier.PAPER,
            period_letter=retention_of(copy.item).period.letter,
            condition=copy.condition,
            place="" if copy.holder or reading else address_of(copy),
            holder=copy.holder.display_name if copy.holder else reading.holder if reading else None,
            missing_case=copy.missing_case,
        )


def _loans(session: Session, condition: Any) -> Iterator[Entry]:
    query = (
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .where(Loan.returned_on.is_(None), condition)
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
        .order_by(Loan.due_on, Loan.id)
    )
    for loan in session.scalars(query):
        yield Entry(
            LineKind.LOAN,
            loan.id,
            loan.copy.barcode,
            loan.copy.item.file.discreetly(loan.copy.item.title),
            loan.copy.pages_count,
            carrier=Carrier.PAPER,
            condition=loan.condition_on_lending,
            holder=loan.borrower.display_name,
            dated=loan.due_on,
        )


def _duties(session: Session, files: Select[int]) -> Iterator[Entry]:
    query = select(Item).where(Item.file_id.in_(files), AWAITING).order_by(Item.file_id, Item.id)
    for item in session.scalars(query):
        yield Entry(
            LineKind.DUTY,
            item.id,
            item.file.code,
            item.file.discreetly(item.title),
            item.pages_count or 0,
            carrier=item.carrier,
            period_letter=retention_of(item).period.letter,
        )


def _twin_duties(session: Session, files: Select[int]) -> Iterator[Entry]:
    query = (
        select(TwinDuty)
        .where(TwinDuty.file_id.in_(files), TwinDuty.closed_on.is_(None))
        .options(selectinload(TwinDuty.changes))
        .order_by(TwinDuty.due_on, TwinDuty.id)
    )
    for duty in session.scalars(query):
        yield Entry(
            LineKind.TWIN,
            duty.id,
            duty.file.code,
            f"{duty.file.discreetly(duty.file.title)}：{duty.side.label.zh}待同步",
            len(duty.changes),
            carrier=Carrier.PAPER if duty.side is TwinSide.PAPER else Carrier.ELECTRONIC,
            dated=duty.due_on,
        )


@reduces
def _forget_lines(session: Session, file: File, words: Sequence[str]) -> None:
    """Lines keep code, quantity and what the receiver found; their titles go, and what was stated on their cases."""
    listed = about(file.id)
    empty(session, listed, HandoverLine.title)
    strike(session, listed, words, HandoverLine.difference_reason)
    strike(session, listed, words, HandoverLine.refused_reason)
    of_them = HandoverCase.line_id.in_(select(HandoverLine.id).where(listed))
    strike(session, of_them, words, HandoverCase.evidence)
    cases = select(HandoverCase.id).where(of_them)
    empty(session, HandoverStatement.case_id.in_(cases), HandoverStatement.text)


def about(file_id: int) -> ColumnElement[bool]:
    """True for lines of a file: itself, its paper, loans, items awaiting filing and twin duties."""
    items = select(Item.id).where(Item.file_id == file_id)
    copies = select(PaperCopy.id).where(PaperCopy.item_id.in_(items))
    subjects = {
        LineKind.FILE: select(File.id).where(File.id == file_id),
        LineKind.COPY: copies,
        LineKind.LOAN: select(Loan.id).where(Loan.copy_id.in_(copies)),
        LineKind.DUTY: items,
        LineKind.TWIN: select(TwinDuty.id).where(TwinDuty.file_id == file_id),
    }
    return or_(*((HandoverLine.kind == kind) & HandoverLine.subject_id.in_(ids) for kind, ids in subjects.items()))


_OF_LINE: Mapping[LineKind, Select[int, int]] = {
    LineKind.FILE: select(File.id, File.id),
    LineKind.COPY: select(PaperCopy.id, Item.file_id).join(Item, Item.id == PaperCopy.item_id),
    LineKind.LOAN: select(Loan.id, Item.file_id).join(PaperCopy, PaperCopy.id == Loan.copy_id).join(PaperCopy.item),
    LineKind.DUTY: select(Item.id, Item.file_id),
    LineKind.TWIN: select(TwinDuty.id, TwinDuty.file_id),
}


def _lines_of_files() -> Select[int, int]:
    """Every line with the file that it is about; a box is about none."""
    of_kinds = []
    for kind, query in _OF_LINE.items():
        subject_id, file_id = query.subquery().c
        lines = select(HandoverLine.id.label("line_id"), file_id.label("file_id"))
        of_kinds.append(
            lines.join(HandoverLine, HandoverLine.subject_id == subject_id).where(HandoverLine.kind == kind)
        )
    line_id, of_file = union_all(*of_kinds).subquery().c
    return select(line_id, of_file)


speaks_of_files(HandoverLine, _lines_of_files())
