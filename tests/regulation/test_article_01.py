"""Article 1: files show a household's living conditions fully, truthfully and in time."""

import pytest
from sqlalchemy.orm import Session

from records.workflow.deciding import submit
from records.workflow.errors import Unsupported
from records.workflow.models import StatementKind
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import Desk, add_required, make_draft, make_statements, submitted


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
