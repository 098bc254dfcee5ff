"""No sequence of actions destroys early, under a hold, unapproved, unwaited or unwatched; what was stays said."""

from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Category
from classification.periods import Period, anniversary
from records.disposal.appraisal import appraise, draw, name_member, submit
from records.disposal.approval import cancel, refuse, send_back
from records.disposal.batches import starts_of
from records.disposal.destruction import destroy_line, start
from records.disposal.due import DueFilter
from records.disposal.holds import lift_hold, open_holds, place_hold
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalPart,
    DisposalSignature,
    GroupRole,
    Hold,
    HoldKind,
    LineState,
    Verdict,
)
from records.disposal.signing import count, name_party
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import return_to_help
from records.holdings.models import Place
from tests.cast import NOON, PASSWORD, Cast
from tests.records.disposal.office import Disposal, make_withdrawn, moment
from web.rules import RuleViolation

FIRST = date(2015, 3, 1)
ACTIONS = (
    "withdraw", "return", "hold", "lift", "draw", "keep", "destroy_opinion", "submit", "approve", "send_back",
    "refuse", "cancel", "count_one", "count_two", "start", "run", "day", "month", "years",
)  # fmt: skip


class Course:
    """One household file, one clock, and everything that may be done to them."""

    def __init__(self, session: Session, cast: Cast, disposal: Disposal) -> None:
        self.session, self.cast, self.disposal = session, cast, disposal
        self.file: File = make_withdrawn(session, cast, on=FIRST)
        self.today = date(2025, 2, 20)
        self.destroyed: tuple[str, date] | None = None

    @property
    def batch(self) -> DisposalBatch:
        return self.session.scalars(select(DisposalBatch).order_by(DisposalBatch.id.desc()).limit(1)).one()

    def do(self, action: str) -> None:
        getattr(self, f"_{action}")()
        self.session.flush()

    def _withdraw(self) -> None:
        withdraw(
            self.session, self.file, WithdrawalReason.LIFTED, actor=self.cast.keeper.actor, on=self.today,
            today=self.today,
        )  # fmt: skip

    def _return(self) -> None:
        return_to_help(
            self.session, self.file, "再度遭遇困难", actor=self.cast.approver.actor, on=self.today, today=self.today
        )  # fmt: skip

    def _hold(self) -> None:
        place_hold(self.session, self.file, HoldKind.AUDIT, "审计", actor=self.cast.keeper.actor, at=NOON)

    def _lift(self) -> None:
        holds = self.session.scalars(select(Hold).where(Hold.lifted_at.is_(None))).all()
        if holds:
            lift_hold(self.session, holds[0], "完毕", actor=self.cast.keeper.actor, at=NOON)

    def _draw(self) -> None:
        batch = draw(
            self.session, self.cast.district, DueFilter(Category.ORIGINAL), actor=self.cast.keeper.actor,
            at=moment(self.today), on=self.today,
        )  # fmt: skip
        for role in (GroupRole.ARCHIVES, GroupRole.MEMBER):
            name_member(self.session, batch, role, role.label.zh, "—", actor=self.cast.keeper.actor)

    def _keep(self) -> None:
        appraise(
            self.session, self.batch, None, Verdict.KEEP, "续存", keep=Period(12), actor=self.cast.keeper.actor,
            on=self.today,
        )  # fmt: skip

    def _destroy_opinion(self) -> None:
        appraise(
            self.session, self.batch, None, Verdict.DESTROY, "期满", actor=self.cast.keeper.actor, on=self.today
        )  # fmt: skip

    def _submit(self) -> None:
        submit(self.session, self.batch, actor=self.cast.keeper.actor, at=NOON, on=self.today)

    def _approve(self) -> None:
        self.disposal.approve(self.batch, on=self.today)

    def _send_back(self) -> None:
        send_back(self.session, self.batch, "重议", actor=self.cast.approver.actor)

    def _refuse(self) -> None:
        refuse(self.session, self.batch, "不同意", actor=self.cast.approver.actor, at=NOON, on=self.today)

    def _cancel(self) -> None:
        cancel(self.session, self.batch, "取消", actor=self.cast.keeper.actor, at=NOON, on=self.today)

    def _count_one(self) -> None:
        self._watch(0)

    def _count_two(self) -> None:
        self._watch(1)

    def _watch(self, number: int) -> None:
        user, batch = self.disposal.witnesses[number], self.batch
        with suppress(RuleViolation):
            name_party(self.session, batch, DisposalPart.WITNESS, user, actor=self.cast.keeper.actor)
        count(self.session, batch, user, PASSWORD, seen_sha256=batch.list_sha256 or "", at=NOON)

    def _start(self) -> None:
        start(self.session, self.batch, actor=self.cast.keeper.actor, on=self.today)

    def _run(self) -> None:
        for line in self.session.scalars(select(DisposalLine)).all():
            with suppress(RuleViolation):
                destroy_line(self.session, line, at=moment(self.today), on=self.today)

    def _day(self) -> None:
        self.today += timedelta(days=1)

    def _month(self) -> None:
        self.today += timedelta(days=31)

    def _years(self) -> None:
        self.today = anniversary(self.today, 10)

    def check(self) -> None:
        """What must hold at every moment."""
        destroyed = self.session.scalars(select(DisposalLine).where(DisposalLine.state == LineState.DESTROYED)).all()
        assert (self.file.destroyed_on is not None) == bool(destroyed)
        if self.destroyed:
            assert (self.file.destroyed_under, self.file.destroyed_on) == self.destroyed
            assert [(line.code, line.batch.number) for line in destroyed] == [(self.file.code, self.destroyed[0])]
            return
        if not destroyed:
            return
        [line] = destroyed
        batch = line.batch
        self.destroyed = (batch.number, self.today)
        assert self.file.withdrawn_on is not None
        assert self.today > anniversary(self.file.withdrawn_on, 10)
        assert self.file.extended_until is None or self.today > self.file.extended_until
        assert not open_holds(self.session, self.file)
        assert batch.state is BatchState.DESTROYING
        assert batch.decided_by_id == self.cast.approver.id != batch.proposed_by_id
        assert batch.decided_on is not None
        assert self.today > batch.decided_on + timedelta(days=30)
        watching = self.session.scalars(
            select(DisposalSignature.user_id).where(
                DisposalSignature.batch_id == batch.id, DisposalSignature.counted_at.is_not(None)
            )
        ).all()
        started = [one.user_id for one in starts_of(self.session, batch)]
        assert len(set(watching) - {batch.proposed_by_id, batch.decided_by_id, *started}) >= 2
        assert batch.decided_by_id not in (line.appraised_by_id, batch.submitted_by_id)


@pytest.fixture
def course(session: Session, cast: Cast, disposal: Disposal, place: Place) -> Course:
    assert place.id
    return Course(session, cast, disposal)


FORWARD = (
    "years", "draw", "destroy_opinion", "submit", "approve", "count_one", "count_two", "month", "start", "run",
)  # fmt: skip


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_no_sequence_of_actions_destroys_what_must_be_kept(
    session: Session, cast: Cast, disposal: Disposal, data: st.DataObject
) -> None:
    """The straight way to the end, with anything done in between and any step left out."""
    outer = session.begin_nested()
    try:
        course = Course(session, cast, disposal)
        for step in FORWARD:
            for action in data.draw(st.lists(st.sampled_from(ACTIONS), max_size=2)):
                attempt(course, action)
            if data.draw(st.integers(0, 9)):
                attempt(course, step)
        for action in data.draw(st.lists(st.sampled_from(ACTIONS), max_size=6)):
            attempt(course, action)
    finally:
        outer.rollback()
        session.expire_all()


def attempt(course: Course, action: str) -> None:
    """Try an action; what the rules refuse changes nothing."""
    if course.session.scalar(select(DisposalBatch.id).limit(1)) is None and action not in (
        "withdraw", "return", "hold", "lift", "draw", "run", "day", "month", "years",
    ):  # fmt: skip
        return
    with suppress(RuleViolation), course.session.begin_nested():
        course.do(action)
    course.check()


def test_the_straight_way_ends_in_destruction(course: Course) -> None:
    for step in FORWARD:
        course.do(step)
        course.check()
    assert course.destroyed is not None
