"""Whatever readers, the leader and the desk do, in whatever order (art. 17).

Each copy has exactly one place or one holder, is put aside for one request at most and lies free for nobody who waits;
the queue is served in its order; nobody gets what was declined.
"""

from datetime import date, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from records.holdings.copies import move_copy
from records.holdings.missing import mark_found
from records.holdings.models import PaperCopy
from records.lending.approving import decide
from records.lending.calling_back import recall
from records.lending.loans import open_loan
from records.lending.losses import report_loss
from records.lending.models import OPEN_STATES, Loan, LoanRequest, PutAside, RequestState
from records.lending.queue import aside_of, lock_queue, settle
from records.lending.renewing import renew
from records.lending.requests import cancel, hand_out
from records.lending.services import lend, take_back
from tests.cast import MONDAY, NOON, Cast, make_file
from tests.records.lending.asking import another_reader, asked, with_approval
from tests.records.lending.shelf import make_box, make_copy, make_place
from web.rules import RuleViolation

COPIES = 3
numbers = st.integers(0, COPIES - 1)
readers = st.integers(0, 2)
things = st.sampled_from(["item", "file", "box"])


class ReadingRoom(RuleBasedStateMachine):
    """Three copies of one file in one box, two of which can be moved out; three readers; a leader who is asked."""

    def __init__(self, session: Session, cast: Cast) -> None:
        super().__init__()
        self.session, self.cast, self.keeper = session, cast, cast.keeper.actor
        self.undo = session.begin_nested()
        with_approval(session, cast)
        place = make_place(session, cast)
        self.file = make_file(session, cast)
        self.boxes = [make_box(session, cast, place), make_box(session, cast, place)]
        self.copies = [
            make_copy(session, cast, f"P-{number:04}", file=self.file, box=self.boxes[0]) for number in range(COPIES)
        ]
        self.readers = [cast.reader, another_reader(session, cast), another_reader(session, cast, "reader3", "曹借")]
        self.today: date = MONDAY
        self.declined: set[int] = set()

    def teardown(self) -> None:
        self.undo.rollback()
        self.session.expire_all()

    def requests(self, *states: RequestState) -> list[LoanRequest]:
        query = select(LoanRequest).where(LoanRequest.state.in_(states)).order_by(LoanRequest.queue_number)
        return list(self.session.scalars(query))

    @rule(who=readers, kind=things, number=numbers, partial=st.booleans())
    def ask(self, who: int, kind: str, number: int, partial: bool) -> None:
        thing = {"item": self.copies[number].item, "file": self.file, "box": self.boxes[0]}[kind]
        try:
            asked(self.session, thing, self.readers[who], on=self.today, partial=partial)
        except RuleViolation:
            return

    @rule(approved=st.booleans())
    def decide(self, approved: bool) -> None:
        for request in self.requests(RequestState.WAITING)[:1]:
            decide(
                self.session, request, approved=approved, reason="理由", actor=self.cast.approver.actor, at=NOON,
                on=self.today,
            )  # fmt: skip
            if not approved:
                self.declined.add(request.id)

    @rule(confirmed=st.booleans())
    def hand_out(self, confirmed: bool) -> None:
        for request in self.requests(RequestState.READY)[:1]:
            aside = {row.copy_id for row in self.session.scalars(open_rows().where(PutAside.request_id == request.id))}
            try:
                loans = hand_out(
                    self.session, request, actor=self.keeper, at=NOON, on=self.today, confirmed=confirmed
                )  # fmt: skip
            except RuleViolation:
                return
            assert {loan.copy_id for loan in loans} == aside

    @rule(who=readers, number=numbers)
    def lend_at_the_desk(self, who: int, number: int) -> None:
        copy, to = self.copies[number], self.readers[who]
        aside = aside_of(self.session, copy)
        try:
            loan = lend(
                self.session, copy, to, purpose="复核", days=7, actor=self.keeper, at=NOON, on=self.today
            )  # fmt: skip
        except RuleViolation:
            return
        assert loan.request is not None, "lent without the approval that the rule wants"
        assert aside is None or aside.request.requester_id == to.id

    @rule(number=numbers)
    def take_back(self, number: int) -> None:
        copy = self.copies[number]
        waiting = [row for row in self.requests(RequestState.QUEUED) if self.wants(row, copy)]
        if loan := open_loan(self.session, copy):
            take_back(self.session, loan, actor=self.keeper, at=NOON, on=self.today)
            aside = aside_of(self.session, copy)
            in_box = [row for row in waiting if row.box_id is None or row.box_id == copy.box_id]
            if in_box and in_box[0].state is not RequestState.LAPSED:
                assert aside is not None
                assert aside.request_id == in_box[0].id, "somebody was served before their turn"

    @rule(number=numbers)
    def renew_or_recall(self, number: int) -> None:
        if loan := open_loan(self.session, self.copies[number]):
            waiting = [
                row
                for row in self.requests(RequestState.QUEUED)
                if self.wants(row, self.copies[number]) and row.requester_id != loan.borrower_id
            ]
            try:
                renew(self.session, loan, days=7, actor=self.keeper, on=self.today)
                assert [row for row in waiting if row.box_id is None] == []
                recall(self.session, loan, "他人等候", actor=self.keeper, at=NOON, on=self.today)
            except RuleViolation:
                return

    @rule(number=numbers)
    def lose(self, number: int) -> None:
        if loan := open_loan(self.session, self.copies[number]):
            report_loss(self.session, loan, "遗失", actor=self.keeper, at=NOON, on=self.today)

    @rule(number=numbers)
    def find(self, number: int) -> None:
        copy = self.copies[number]
        if copy.missing_since is not None:
            mark_found(self.session, copy, actor=self.keeper, on=self.today)
            self.settle()

    @rule(number=numbers, box=st.integers(0, 1))
    def move(self, number: int, box: int) -> None:
        try:
            move_copy(self.session, self.copies[number], self.boxes[box], actor=self.keeper, at=NOON)
        except RuleViolation:
            return
        self.settle()

    @rule(who=readers)
    def cancel(self, who: int) -> None:
        for request in self.requests(*OPEN_STATES):
            if request.requester_id == self.readers[who].id:
                cancel(
                    self.session, request, reason=None, actor=self.readers[who].actor, at=NOON, on=self.today
                )  # fmt: skip
                return

    @rule(days=st.integers(1, 6))
    def let_time_pass(self, days: int) -> None:
        self.today += timedelta(days=days)
        self.settle()

    def settle(self) -> None:
        """What the worker does."""
        lock_queue(self.session, self.cast.district)
        settle(self.session, self.cast.district, at=NOON, on=self.today)

    def wants(self, request: LoanRequest, copy: PaperCopy) -> bool:
        if request.item_id is not None:
            return request.item_id == copy.item_id
        return request.file_id == self.file.id or request.box_id is not None

    @invariant()
    def each_copy_is_in_one_place_or_hand_and_for_one_request(self) -> None:
        self.session.flush()
        held = {row.copy_id: row for row in self.session.scalars(open_rows())}
        assert len(held) == self.session.scalar(
            select(func.count()).select_from(PutAside).where(PutAside.until_at.is_(None))
        )
        for copy in self.copies:
            self.session.refresh(copy)
            assert len([one for one in (copy.box_id, copy.place_id, copy.holder_id) if one is not None]) == 1
            loan = open_loan(self.session, copy)
            assert (loan.borrower_id if loan else None) == copy.holder_id
            if copy.id in held:
                assert copy.holder_id is None
                assert held[copy.id].request.state in (RequestState.QUEUED, RequestState.READY)

    @invariant()
    def nothing_lies_free_that_somebody_waits_for(self) -> None:
        for request in self.requests(RequestState.QUEUED):
            for copy in self.copies:
                if self.wants(request, copy) and (request.box_id is None or request.box_id == copy.box_id):
                    free = copy.holder_id is None and copy.missing_since is None
                    assert not free or aside_of(self.session, copy) is not None

    @invariant()
    def nobody_has_what_was_declined(self) -> None:
        served = self.session.scalars(select(Loan.request_id)).all()
        assert self.declined.isdisjoint(served)
        assert None not in served


def open_rows():  # type: ignore[no-untyped-def]
    return select(PutAside).where(PutAside.until_at.is_(None))


def test_the_queue_keeps_its_order_and_each_copy_its_one_place_or_holder(session: Session, cast: Cast) -> None:
    run_state_machine_as_test(
        lambda: ReadingRoom(session, cast),
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
        ),
    )
