"""Articles 8 and 9 in the procedure: the responsible unit follows from the employment, another one says why."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role
from records.households.models import Employment
from records.workflow.deciding import submit
from records.workflow.drafting import add_document, change, draft
from records.workflow.errors import OtherUnitResponsible
from records.workflow.models import Application, Origin, State
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import Desk, document, entry, make_ready, make_statements
from units.models import Unit, UnitKind
from units.services import found_unit


def made_in(session: Session, desk: Desk, unit: Unit, **household: object) -> Application:
    """A draft with its statements, made in a unit by the desk's keeper."""
    grant_role(session, desk.keeper, Role.KEEPER, unit.path, actor=OPERATOR, at=NOON)
    session.expire(session.get_one(User, desk.keeper.id))
    actor = session.get_one(User, desk.keeper.id).actor
    application = draft(
        session, unit, entry(**household), origin=Origin.OWN, applied_on=MONDAY, actor=actor, at=NOON, on=MONDAY  # type: ignore[arg-type]
    )  # fmt: skip
    add_document(session, application, document(), actor=actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application)
    return application


def test_the_responsible_unit_is_computed_from_employment(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert (application.state, application.fallback_reason) == (State.SUBMITTED, None)


@pytest.mark.parametrize("employment", [Employment.FLEXIBLE, Employment.UNEMPLOYED])
def test_the_street_is_responsible_for_who_has_no_employer(
    session: Session, desk: Desk, employment: Employment
) -> None:
    application = made_in(session, desk, desk.street, employment=employment, employer=None)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert (application.state, application.fallback_reason) == (State.SUBMITTED, None)


def test_another_unit_states_its_reason_and_the_reason_is_recorded(session: Session, desk: Desk) -> None:
    application = made_in(session, desk, desk.street)
    with pytest.raises(OtherUnitResponsible, match="Employer's union"):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    household = application.household
    change(
        session, application, address=household.address, employment=household.employment, employer=household.employer,
        main_cause=household.main_cause, phone=None, origin=application.origin, applied_on=MONDAY, other_causes=[],
        fallback_reason="厂工会筹建中", actor=desk.keeper.actor, on=MONDAY,
    )  # fmt: skip
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.fallback_reason == "厂工会筹建中"


def test_a_fallback_that_follows_from_the_tree_is_recorded_by_itself(session: Session, desk: Desk) -> None:
    desk.street.closed_on = date(2026, 1, 1)
    session.flush()
    application = made_in(session, desk, desk.district, employment=Employment.FLEXIBLE, employer=None)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.fallback_reason == "街道（社区）尚未成立工会"


def test_an_employer_without_a_union_leads_to_the_street(session: Session, desk: Desk) -> None:
    application = made_in(session, desk, desk.street, employer="无名作坊")
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.fallback_reason == "用人单位尚未成立工会"


@pytest.mark.parametrize("employer", ["机械厂", " 机械 厂 ", "机械厂工会", "机械厂工会委员会", "9150000020280000XA"])
def test_the_employers_own_union_is_known_by_name_or_credit_code(session: Session, desk: Desk, employer: str) -> None:
    desk.workplace.credit_code = "9150000020280000XA"
    application = make_ready(session, desk, entry(employer=employer))
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert (application.state, application.fallback_reason) == (State.SUBMITTED, None)


@pytest.mark.parametrize(("employer", "responsible"), [("纺织厂", "Employer's union"), ("无名作坊", "Street")])
def test_another_workplace_union_is_not_the_employers(
    session: Session, desk: Desk, employer: str, responsible: str
) -> None:
    found_unit(session, desk.street, "纺织厂工会", UnitKind.WORKPLACE, actor=OPERATOR)
    application = make_ready(session, desk, entry(employer=employer))
    with pytest.raises(OtherUnitResponsible, match=responsible):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    application.fallback_reason = "纺织厂工会委托代办"
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.state is State.SUBMITTED
