"""A keeper who leaves: two files, two boxes, paper in them, one copy on loan, one item awaiting filing."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from classification.periods import PERMANENT
from records.files.models import File
from records.handover.checking import confirm
from records.handover.models import Handover
from records.handover.services import OPEN_LINE, Absence, lines_of, start
from records.handover.sheet import list_digest
from records.handover.signing import deed_of, sign
from records.holdings.boxes import add_box
from records.holdings.filing import file_item
from records.holdings.models import Box, PaperCopy, Place
from records.lending.models import Loan
from records.lending.services import lend
from storage.media import Workshop
from storage.objects import ObjectStore
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, Cast, make_file, make_item
from tests.records.lending.shelf import make_box, make_copy, make_place

LINES = 10  # two files, two boxes, two copies, a loan, an item, and two twin duties of what is filed on paper alone


@dataclass(frozen=True)
class Office:
    """What the district's keeper answers for."""

    place: Place
    box: Box
    deeds: Box  # for the permanent documentary records of the year
    files: tuple[File, File]
    filed: PaperCopy
    out: PaperCopy
    loan: Loan


def make_office(session: Session, cast: Cast) -> Office:
    """Everything of it in the custody of `cast.keeper`."""
    actor = cast.keeper.actor
    place = make_place(session, cast)
    box = make_box(session, cast, place, "H-0001")
    deeds = make_deeds_box(session, cast, place)
    first, second = make_file(session, cast), make_file(session, cast, number=NUMBERS[1], name="陈平")
    filed = make_copy(session, cast, "P-0001", file=first, box=box)
    file_item(session, filed.item, actor=actor, on=MONDAY)
    out = make_copy(session, cast, "P-0002", file=second, box=box)
    file_item(session, out.item, actor=actor, on=MONDAY)
    loan = lend(session, out, cast.reader, purpose="复核", days=7, actor=actor, at=NOON, on=MONDAY)
    make_item(session, second, actor, "收入证明", document_type="income_proof")
    session.flush()
    return Office(place, box, deeds, (first, second), filed, out, loan)


def make_deeds_box(session: Session, cast: Cast, place: Place, keeper: User | None = None) -> Box:
    """A box for permanent documentary records of the year."""
    return add_box(
        session, place, Category.DOCUMENTARY, MONDAY.year, PERMANENT, keeper=keeper or cast.keeper,
        actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode="H-DEED",
    )  # fmt: skip


def begin(session: Session, cast: Cast, witness: User | None = None) -> Handover:
    """The district's keeper hands over to the second keeper before the approver."""
    return start(
        session, cast.district, cast.keeper, cast.second_keeper, witness or cast.approver, reason="工作调动",
        actor=cast.keeper.actor, at=NOON, on=MONDAY,
    )  # fmt: skip


def confirm_all(session: Session, handover: Handover) -> int:
    return confirm(session, handover, OPEN_LINE, actor=handover.receiver.actor, at=NOON)


@dataclass(frozen=True)
class Pen:
    """Signs as a person does: having looked at the list, with the password."""

    session: Session
    store: ObjectStore
    workshop: Workshop

    def sign(self, handover: Handover, user: User, *, password: str = PASSWORD, seen: str | None = None) -> bool:
        self.session.flush()
        seen = seen or list_digest(handover, lines_of(self.session, handover))
        deed = deed_of(
            self.session, handover, user, seen_sha256=seen, store=self.store, workshop=self.workshop, at=NOON
        )
        return sign(
            self.session,
            handover,
            user,
            password,
            seen_sha256=seen,
            spot="H-DEED" if user.id == handover.receiver_id else None,
            deed=deed,
            store=self.store,
            workshop=self.workshop,
            at=NOON,
            on=MONDAY,
        )

    def sign_all(self, handover: Handover) -> None:
        """All three sign, the receiver in the middle."""
        assert [self.sign(handover, user) for user in handover.parties.values()] == [False, False, True]


def people(session: Session) -> dict[str, User]:
    """The cast by name, in another session than it was made in."""
    return {user.name: user for user in session.scalars(select(User))}


def begin_without(session: Session, cast: Cast) -> Handover:
    """The district's keeper cannot be reached: the leader begins, a reader and the city's supervisor witness."""
    return start(
        session, cast.district, cast.keeper, cast.second_keeper, cast.reader, reason="失联", actor=cast.approver.actor,
        at=NOON, on=MONDAY, absence=Absence("联系记录 3 号", cast.supervisor),
    )  # fmt: skip
