"""Article 1: files show a household's living conditions fully, truthfully and in time."""

import pytest
from sqlalchemy.orm import Session

from classification.hardship import HardshipClass
from records.households.models import Relation
from records.households.services import MemberEntry
from records.workflow.deciding import submit
from records.workflow.drafting import statements_of
from records.workflow.errors import StatementsMissing, Unsupported
from records.workflow.models import StatementKind
from tests.cast import MONDAY, NOON, NUMBERS
from tests.records.workflow.office import Desk, add_required, entry, make_draft, make_statements, submitted


def test_each_statement_about_a_household_carries_its_source_document_and_date(session: Session, desk: Desk) -> None:
    application = submitted(session, desk)
    assert application.assessment is not None
    inputs = application.assessment["inputs"]
    assert {each["kind"] for each in inputs} == {kind.value for kind in StatementKind}
    assert all(each["document"] and each["dated"] == "2026-02-27" for each in inputs)


def test_an_unsupported_income_value_cannot_be_submitted(session: Session, desk: Desk) -> None:
    application = make_draft(session, desk)
    add_required(session, desk, application)
    make_statements(session, desk, application, supported=False)
    with pytest.raises(Unsupported, match=r"Monthly income \(yuan\) of 周大河"):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)


def test_the_income_of_every_adult_is_stated_were_it_none(session: Session, desk: Desk) -> None:
    spouse = MemberEntry("陈平", Relation.SPOUSE, NUMBERS[1])
    pupil = MemberEntry("周小", Relation.CHILD, "500103201503074516")
    newborn = MemberEntry("周新", Relation.CHILD, "")
    application = make_draft(session, desk, entry(NUMBERS[0], "周大河", spouse, pupil, newborn))
    add_required(session, desk, application)
    make_statements(session, desk, application, income="2000.00")
    of_others = [row for row in statements_of(session, application) if row.member and row.member.relation != "worker"]
    for row in of_others:
        session.delete(row)
    session.flush()
    with pytest.raises(StatementsMissing, match=r"not stated yet: Monthly income \(yuan\) of 陈平\. "):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    make_statements(session, desk, application, income="2000.00")  # with 0 for the others
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.hardship_class is HardshipClass.BELOW_WITHOUT_RELIEF
