"""A file with paper, a loan and an item awaiting filing, and the steps that a case takes."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from classification.categories import Category
from classification.eligibility import Exclusion
from records.closing.closings import begin_closing, complete_closing
from records.closing.determined import Reemployment
from records.closing.families import NewHousehold
from records.closing.models import FileTransfer, TransferReason, UnitClosing
from records.closing.parties import ends
from records.closing.transfers import accept, propose
from records.files.codes import HOUSEHOLD_PERIOD
from records.files.models import Custody, File
from records.files.services import open_household_file
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.models import Box, PaperCopy, Place, PlaceKind, Spot
from records.holdings.places import add_place
from records.households.models import Cause, Employment
from records.lending.models import Loan
from records.lending.services import lend
from rules.services import set_rule
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, household_entry, make_item
from units.models import Unit, UnitKind
from units.services import found_unit

TOGETHER = Decimal("480.50")  # what two households that join earn per head and month, in yuan
GROUNDS = "查验离婚证、收入证明。"
REEMPLOYED = Reemployment("机械厂", MONDAY, "经本单位工会重新认定，仍符合建档条件。", MONDAY)


@dataclass(frozen=True)
class Case:
    """A household file of a unit with paper in a box, one copy on loan, one item awaiting filing."""

    file: File
    place: Place
    box: Box
    copy: PaperCopy
    out: PaperCopy
    loan: Loan


def make_household(session: Session, unit: Unit, keeper: User, number: str = NUMBERS[0], name: str = "周大河") -> File:
    """A household file in a unit."""
    entry = household_entry(number, name)
    return open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=MONDAY)


def make_centre(session: Session, above: Unit, keeper: User) -> Unit:
    """The aid centre of a union, and who keeps its files."""
    name = above.name.replace("总工会", "帮扶中心")
    centre = found_unit(session, above, name, UnitKind.AID_CENTRE, actor=OPERATOR)
    grant_role(session, keeper, Role.KEEPER, centre.path, actor=OPERATOR, at=NOON)
    session.refresh(keeper)
    return centre


def set_line(session: Session, cast: Cast) -> None:
    """Set the subsistence line of the city, yuan per head and month."""
    set_rule(
        session, cast.city, "subsistence_line", "700", in_force_from=MONDAY, source="渝民发〔2025〕1号",
        because=None, actor=OPERATOR, at=NOON,
    )  # fmt: skip


def apart(**changes: Any) -> NewHousehold:
    """What is said of a household that parts: it is of class 1 by the line of `set_line`."""
    said: dict[str, Any] = {
        "address": "河街道 2 号", "employment": Employment.FLEXIBLE, "main_cause": Cause.SINGLE_PARENT,
        "phone": "10012345678", "monthly_income_per_head": Decimal("520.00"), "months_below": 6, "relieved": False,
        "still_hard": True, "exclusions": dict.fromkeys(Exclusion, False),
    }  # fmt: skip
    return NewHousehold(**{**said, **changes})


def make_room(session: Session, unit: Unit, keeper: User, name: str = "档案室") -> Place:
    """A place of a unit."""
    place = add_place(session, unit, PlaceKind.REPOSITORY, name, actor=keeper.actor)
    session.flush()
    return place


def make_box(session: Session, place: Place, keeper: User) -> Box:
    """A box for household files of the year."""
    return add_box(
        session, place, Category.ORIGINAL, MONDAY.year, HOUSEHOLD_PERIOD, keeper=keeper, actor=keeper.actor, at=NOON,
        on=MONDAY,
    )  # fmt: skip


def make_case(session: Session, cast: Cast) -> Case:
    """The district's file."""
    keeper = cast.keeper
    file = make_household(session, cast.district, keeper)
    place = make_room(session, cast.district, keeper)
    box = make_box(session, place, keeper)
    copies = []
    for title in ("困难职工帮扶申请书", "收入证明"):
        item = make_item(session, file, keeper.actor, title)
        copies.append(register_copy(session, item, box, pages_count=3, actor=keeper.actor, at=NOON, on=MONDAY))
        file_item(session, item, actor=keeper.actor, on=MONDAY)
    loan = lend(session, copies[1], cast.reader, purpose="复核", days=7, actor=keeper.actor, at=NOON, on=MONDAY)
    make_item(session, file, keeper.actor, "户口簿复印件", document_type="identity_proof")
    session.flush()
    return Case(file, place, box, copies[0], copies[1], loan)


def offer(
    session: Session,
    cast: Cast,
    file: File,
    to: Unit | None = None,
    reason: TransferReason = TransferReason.MOVED,
    *,
    giver: User | None = None,
    witness: User | None = None,
) -> FileTransfer:
    """The giver, the district's keeper by default, offers a file to the other district before who supervises both.

    What passes because its unit ends passes under the case of that.
    """
    if reason is TransferReason.ABOLISHED and not ends(session, file.unit):
        begin_case(session, cast, file.unit)
    return propose(
        session, file, to or cast.other_district, reason, grounds="户籍迁往西区。", giver=giver or cast.keeper,
        witness=witness or cast.supervisor, at=NOON,
    )  # fmt: skip


def take(
    session: Session,
    transfer: FileTransfer,
    keeper: User,
    *,
    spot: Spot | None = None,
    reemployment: Reemployment | None = None,
) -> None:
    """A keeper of the receiving unit accepts and will answer for the file."""
    accept(
        session, transfer, keeper=keeper, spot=spot, actor=keeper.actor, at=NOON, on=MONDAY,
        reemployment=reemployment,
    )  # fmt: skip


def make_employers_keeper(session: Session, cast: Cast) -> User:
    """The street's keeper, who keeps the files of the works' union as well."""
    keeper = cast.street_keeper
    if not any(grant.unit_path == cast.workplace.path for grant in keeper.active_grants):
        grant_role(session, keeper, Role.KEEPER, cast.workplace.path, actor=OPERATOR, at=NOON)
        session.refresh(keeper)
    return keeper


def begin_case(session: Session, cast: Cast, unit: Unit | None = None) -> UnitClosing:
    """The approver of the district begins to close a unit below, the street by default."""
    return begin_closing(
        session, unit or cast.street, "东区工发〔2026〕7 号", actor=cast.approver.actor, at=NOON
    )  # fmt: skip


def close_empty(session: Session, cast: Cast, unit: Unit) -> None:
    """Close a unit that never kept anything."""
    complete_closing(session, begin_case(session, cast, unit), actor=cast.approver.actor, at=NOON, on=MONDAY)


def open_custodies(session: Session, file: File) -> list[Custody]:
    query = select(Custody).where(Custody.file_id == file.id, Custody.until_on.is_(None))
    return list(session.scalars(query.execution_options(populate_existing=True)))


def anybody_waits(database: Database) -> bool:
    """Whether somebody waits for a lock; on PostgreSQL."""
    waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.reading() as session:
        return bool(session.scalar(text(waits)))
