"""Lend, return, undo, move, carry boxes and bays, stocktake, in any order: paper is in one place or hand, as it says.

Beside the register the test keeps a plain memory of where each copy truly lies: paper strays without anybody noting it,
and a stocktake that is counted and put right brings the register back to what is on the shelves.
"""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.holdings.errors import CopyIsOut, NothingToMove, PlaceFull
from records.holdings.models import Box, Movement, PaperCopy, Place, PlaceKind
from records.holdings.room import move_shelf, plan_digest, planned
from records.holdings.shelving import add_place, move_box, move_copy
from records.lending.errors import CopyOnLoan
from records.lending.models import Loan
from records.lending.services import lend, open_loan, take_back
from records.lending.undoing import last_done, undo
from records.stocktake.counting import Arrived, count_scans
from records.stocktake.models import Finding, Outcome
from records.stocktake.services import cancel, differences_of, start
from records.stocktake.settling import Settling, settle
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.records.lending.shelf import make_box, make_copy, make_place

COPIES, BOXES = 4, 3
copies, boxes, levels = st.integers(0, COPIES - 1), st.integers(0, BOXES - 1), st.integers(0, 1)


class Shelves(RuleBasedStateMachine):
    """Two levels, three boxes and four copies; level 1 has room for two boxes."""

    def __init__(self, session: Session, cast: Cast) -> None:
        super().__init__()
        self.session, self.cast, self.actor = session, cast, cast.keeper.actor
        self.undo = session.begin_nested()
        self.repository = make_place(session, cast)
        self.levels = [
            add_place(
                session, cast.district, PlaceKind.LEVEL, f"{number}层", actor=self.actor, parent=self.repository,
                capacity_boxes=None if number else 2,
            )
            for number in range(2)
        ]  # fmt: skip
        self.boxes = [make_box(session, cast, self.levels[1], f"H-{number}") for number in range(BOXES)]
        file = make_file(session, cast)
        self.copies = [make_copy(session, cast, f"P-{n}", file=file, box=self.boxes[0]) for n in range(COPIES)]
        self.lies: list[Box | Place | None] = [self.boxes[0]] * COPIES  # None: in somebody's hands
        self.sequence = 0

    def teardown(self) -> None:
        self.undo.rollback()
        self.session.expire_all()

    @rule(number=copies, name=st.sampled_from(["reader", "approver"]))
    def lend(self, number: int, name: str) -> None:
        copy, to = self.copies[number], getattr(self.cast, name)
        try:
            lend(self.session, copy, to, purpose="复核", days=7, actor=self.actor, at=NOON, on=MONDAY)
        except CopyOnLoan:
            assert copy.holder_id is not None
            return
        self.lies[number] = None

    @rule(number=copies)
    def take_back(self, number: int) -> None:
        loan = open_loan(self.session, self.copies[number])
        if loan is not None:
            self.lies[number] = take_back(self.session, loan, actor=self.actor, at=NOON, on=MONDAY)

    @rule()
    def undo_the_last(self) -> None:
        """All happens at one moment here, so the last one is the newest loan; an earlier one may have gone on."""
        loan = last_done(self.session, self.actor, NOON)
        if loan is None or loan.copy.holder_id is None or loan.returned_on is not None:
            return
        number = self.copies.index(loan.copy)
        undo(self.session, loan, actor=self.actor, at=NOON, on=MONDAY)
        self.lies[number] = self._registered(loan.copy)

    @rule(number=copies, box=boxes)
    def move(self, number: int, box: int) -> None:
        try:
            move_copy(self.session, self.copies[number], self.boxes[box], actor=self.actor, at=NOON)
        except CopyIsOut:
            assert self.copies[number].holder_id is not None
            return
        self.lies[number] = self.boxes[box]

    @rule(number=copies, level=levels)
    def unbox(self, number: int, level: int) -> None:
        if self.copies[number].holder_id is None:
            move_copy(self.session, self.copies[number], self.levels[level], actor=self.actor, at=NOON)
            self.lies[number] = self.levels[level]

    @rule(box=boxes, level=levels)
    def carry_box(self, box: int, level: int) -> None:
        try:
            move_box(self.session, self.boxes[box], self.levels[level], actor=self.actor, at=NOON)
        except PlaceFull:
            assert level == 0
        self.session.flush()

    @rule(level=levels)
    def carry_level(self, level: int) -> None:
        source, target = self.levels[level], self.levels[1 - level]
        shifts = planned(self.session, source, target, actor=self.actor)
        try:
            move_shelf(self.session, source, target, seen_sha256=plan_digest(shifts), actor=self.actor, at=NOON)
        except NothingToMove:
            return
        for one in shifts:
            if isinstance(one.thing, PaperCopy) and one.to is not None and self.lies[self._number(one.thing)] is source:
                self.lies[self._number(one.thing)] = one.to

    @rule(number=copies, box=boxes)
    def stray(self, number: int, box: int) -> None:
        """Somebody puts paper into the wrong box and tells nobody, or brings it back past the desk."""
        self.lies[number] = self.boxes[box]

    @rule()
    def count_and_put_right(self) -> None:
        """After a stocktake that registers everything where it lies, the register is what is on the shelves."""
        keeper = self.cast.keeper
        stocktake = start(
            self.session, self.repository, keeper, self.cast.approver, actor=self.actor, at=NOON, on=MONDAY
        )
        codes: list[str] = []
        for level in self.levels:
            codes += [level.barcode, *self._seen_in(level)]
            for box in self.boxes:
                if box.place_id == level.id:
                    codes += [box.barcode, *self._seen_in(box)]
        scans = [self._scan(code) for code in codes]
        count_scans(self.session, stocktake, scans, by=keeper, at=NOON)
        count_scans(self.session, stocktake, scans, by=keeper, at=NOON)  # sent once more, as after a lost answer
        settling = Settling(stocktake, self.actor, NOON, MONDAY)
        for outcome, finding in ((Outcome.TAKEN_BACK, Finding.SHELVED), (Outcome.REGISTERED, Finding.MISPLACED)):
            for line in differences_of(self.session, stocktake):
                if line.finding is finding and line.outcome is None:
                    settle(self.session, line, outcome, None, settling)
        cancel(self.session, stocktake, "只为纠正", actor=self.actor, on=MONDAY)
        for copy, lies in zip(self.copies, self.lies, strict=True):
            if lies is not None:
                assert self._registered(copy) is lies

    def _scan(self, code: str) -> Arrived:
        self.sequence += 1
        return Arrived(f"scan-{self.sequence}", "scanner", self.sequence, code, NOON)

    def _seen_in(self, spot: Box | Place) -> list[str]:
        return [copy.barcode for copy, lies in zip(self.copies, self.lies, strict=True) if lies is spot]

    def _registered(self, copy: PaperCopy) -> Box | Place | None:
        spots: list[Box | Place] = [*self.boxes, *self.levels]
        return next(
            (
                spot
                for spot in spots
                if (copy.box_id if isinstance(spot, Box) else copy.place_id) == spot.id
            ),
            None,
        )  # fmt: skip

    def _number(self, copy: PaperCopy) -> int:
        return self.copies.index(copy)

    @invariant()
    def each_copy_has_one_place_or_holder_and_its_path_leads_there(self) -> None:
        self.session.flush()
        for copy in self.copies:
            row = self.session.execute(
                select(PaperCopy.box_id, PaperCopy.place_id, PaperCopy.holder_id).where(PaperCopy.id == copy.id)
            ).one()
            assert len([spot for spot in row if spot is not None]) == 1
            steps = self.session.execute(
                select(
                    Movement.from_box_id, Movement.from_place_id, Movement.from_holder_id,
                    Movement.to_box_id, Movement.to_place_id, Movement.to_holder_id,
                ).where(Movement.copy_id == copy.id).order_by(Movement.id)
            ).all()  # fmt: skip
            here = (None, None, None)
            for step in steps:
                assert tuple(step[:3]) == here
                here = tuple(step[3:])
            assert here == tuple(row)
            open_ones = select(Loan).where(Loan.copy_id == copy.id, Loan.returned_on.is_(None))
            assert [loan.borrower_id for loan in self.session.scalars(open_ones)] == [
                holder for holder in [row.holder_id] if holder is not None
            ]

    @invariant()
    def each_box_stands_where_its_path_leads(self) -> None:
        for box in self.boxes:
            at = self.session.scalar(select(Box.place_id).where(Box.id == box.id))
            steps = self.session.execute(
                select(Movement.from_place_id, Movement.to_place_id)
                .where(Movement.box_id == box.id)
                .order_by(Movement.id)
            ).all()
            here = None
            for step in steps:
                assert step.from_place_id == here
                here = step.to_place_id
            assert here == at


def test_paper_is_in_one_place_or_hand_and_a_stocktake_makes_the_register_true(session: Session, cast: Cast) -> None:
    run_state_machine_as_test(
        lambda: Shelves(session, cast),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
