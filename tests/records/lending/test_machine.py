"""Whatever the desk does, in whatever order: each copy is in one place or hand, and its path leads there."""

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.orm import Session

from records.holdings.errors import CopyIsOut
from records.holdings.models import Condition, Movement, PaperCopy
from records.holdings.shelving import move_copy
from records.lending.errors import AlreadyRenewed, CopyOnLoan
from records.lending.models import Loan
from records.lending.services import lend, open_loan, renew, take_back
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.records.lending.shelf import make_box, make_copy, make_place

COPIES = 3
copies = st.integers(0, COPIES - 1)
people = st.sampled_from(["reader", "approver", "second_keeper"])


class Desk(RuleBasedStateMachine):
    """Three copies, two boxes and a place; beside the database a plain memory of where each copy must be."""

    def __init__(self, session: Session, cast: Cast) -> None:
        super().__init__()
        self.session, self.cast, self.actor = session, cast, cast.keeper.actor
        self.undo = session.begin_nested()
        place, file = make_place(session, cast), make_file(session, cast)
        self.spots = [make_box(session, cast, place), make_box(session, cast, place), place]
        self.copies = [
            make_copy(session, cast, f"P-{number:04}", file=file, box=self.spots[0]) for number in range(COPIES)
        ]
        self.spot = [self.spots[0]] * COPIES
        self.holder: list[str | None] = [None] * COPIES
        self.renewed = [False] * COPIES

    def teardown(self) -> None:
        self.undo.rollback()
        self.session.expire_all()

    @rule(number=copies, name=people)
    def lend(self, number: int, name: str) -> None:
        to = getattr(self.cast, name)
        try:
            lend(
                self.session, self.copies[number], to, purpose="复核", days=7, actor=self.actor, at=NOON, on=MONDAY
            )  # fmt: skip
        except CopyOnLoan as refused:
            named = refused.facts["borrower"]
        else:
            named = None
        assert self.holder[number] == named
        if named is not None:
            return
        self.holder[number], self.renewed[number] = to.display_name, False

    @rule(number=copies, condition=st.sampled_from([None, *Condition]))
    def take_back(self, number: int, condition: Condition | None) -> None:
        loan = open_loan(self.session, self.copies[number])
        assert (loan is None) is (self.holder[number] is None)
        if loan is None:
            return
        spot = take_back(self.session, loan, actor=self.actor, at=NOON, on=MONDAY, condition=condition)
        assert spot is self.spot[number]
        self.holder[number] = None

    @rule(number=copies)
    def renew(self, number: int) -> None:
        loan = open_loan(self.session, self.copies[number])
        if loan is None:
            return
        try:
            renew(self.session, loan, days=7, actor=self.actor, on=MONDAY)
        except AlreadyRenewed:
            assert self.renewed[number]
            return
        assert not self.renewed[number]
        self.renewed[number] = True

    @rule(number=copies, spot=st.integers(0, 2))
    def move(self, number: int, spot: int) -> None:
        try:
            move_copy(self.session, self.copies[number], self.spots[spot], actor=self.actor, at=NOON)
        except CopyIsOut:
            assert self.holder[number] is not None
            return
        assert self.holder[number] is None
        self.spot[number] = self.spots[spot]

    @invariant()
    def each_copy_is_in_one_place_or_hand_and_its_path_leads_there(self) -> None:
        self.session.flush()
        for number, copy in enumerate(self.copies):
            row = self.session.execute(
                select(PaperCopy.box_id, PaperCopy.place_id, PaperCopy.holder_id).where(PaperCopy.id == copy.id)
            ).one()
            assert len([spot for spot in row if spot is not None]) == 1
            assert (row.holder_id is None) is (self.holder[number] is None)
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
            assert [loan.borrower.display_name for loan in self.session.scalars(open_ones)] == [
                name for name in [self.holder[number]] if name is not None
            ]


def test_a_copy_is_in_one_place_or_hand_and_its_path_leads_there(session: Session, cast: Cast) -> None:
    run_state_machine_as_test(
        lambda: Desk(session, cast),
        settings=settings(
            max_examples=12,
            stateful_step_count=15,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
