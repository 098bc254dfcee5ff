"""Article 10 in the procedure: socialised retirees are refused, unless a named approver admits one in writing."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from classification.hardship import HardshipClass
from records.households.models import Employment
from records.workflow.course import mine, steps_of, visible_applications
from records.workflow.deciding import decide, override
from records.workflow.errors import NoOverride, NotYourStep
from records.workflow.models import Act, Application, Ground, Part, Refusal, State
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import Desk, entry, submitted

SLIGHTLY_ABOVE = HardshipClass.SLIGHTLY_ABOVE


def retired(session: Session, desk: Desk, **answers: object) -> Application:
    """A retiree under socialised management applies."""
    household = entry(employment=Employment.RETIRED)
    return submitted(session, desk, household, socialised=True, **answers)


def test_a_socialised_retiree_is_refused_by_default(session: Session, desk: Desk) -> None:
    application = retired(session, desk)
    assert application.state is State.REFUSED
    [refusal] = session.scalars(select(Refusal)).all()
    assert (refusal.ground, refusal.article) == (Ground.SOCIALISED, 10)


def test_a_named_approver_overrides_with_a_written_reason(session: Session, desk: Desk) -> None:
    application = retired(session, desk)
    application.fallback_reason = "原单位工会代办"
    override(session, application, reason="孤老重病，集体研究", actor=desk.leader.actor, at=NOON, on=MONDAY)
    assert application.state is State.SUBMITTED
    [refusal] = session.scalars(select(Refusal)).all()
    assert (refusal.overridden_on, refusal.override_reason) == (MONDAY, "孤老重病，集体研究")
    step = steps_of(session, application)[-1]
    assert (step.act, step.part, step.user, step.reason) == (
        Act.OVERRIDDEN,
        Part.APPROVER,
        desk.leader,
        "孤老重病，集体研究",
    )


def test_where_figures_settle_nothing_an_admitted_retiree_is_still_decided_on(session: Session, desk: Desk) -> None:
    application = retired(session, desk, income="700.00")  # exactly on the line
    application.fallback_reason = "原单位工会代办"
    override(session, application, reason="孤老重病，集体研究", actor=desk.leader.actor, at=NOON, on=MONDAY)
    assert (application.state, application.hardship_class) == (State.DECISION, None)
    leader = desk.leader.actor
    assert session.scalars(visible_applications(leader).where(mine(leader))).all() == [application]
    decide(session, application, admitted=SLIGHTLY_ABOVE, reason="长期患病", actor=leader, at=NOON, on=MONDAY)
    assert (application.state, application.hardship_class) == (State.SUBMITTED, SLIGHTLY_ABOVE)


def test_nothing_goes_on_without_a_class(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    application.hardship_class = None
    with pytest.raises(IntegrityError, match="admitted_in_a_class"):
        session.flush()


def test_nobody_but_an_approver_overrides(session: Session, desk: Desk) -> None:
    application = retired(session, desk)
    with pytest.raises(NotYourStep, match="Approver"):
        override(session, application, reason="照顾", actor=desk.keeper.actor, at=NOON, on=MONDAY)


def test_no_other_refusal_is_overridden(session: Session, desk: Desk) -> None:
    application = submitted(session, desk, homes=True)
    with pytest.raises(NoOverride):
        override(session, application, reason="照顾", actor=desk.leader.actor, at=NOON, on=MONDAY)
