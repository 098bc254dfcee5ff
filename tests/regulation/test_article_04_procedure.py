"""Article 4 in the procedure: four questions, and what a yes leads to."""

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.eligibility import Exclusion
from records.files.models import File
from records.workflow.deciding import submit
from records.workflow.errors import ExclusionsMissing
from records.workflow.models import Ground, Refusal, State, StatementKind
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import Desk, add_required, make_draft, make_statements, submitted


@pytest.mark.parametrize("question", list(Exclusion))
def test_all_four_answers_are_mandatory_before_submission(session: Session, desk: Desk, question: Exclusion) -> None:
    application = make_draft(session, desk)
    add_required(session, desk, application)
    make_statements(session, desk, application, leave_out=(StatementKind(question.value),))
    with pytest.raises(ExclusionsMissing, match="not answered yet"):
        submit(session, application, actor=desk.keeper.actor, at=NOON, on=MONDAY)
    assert application.state is State.DRAFT


@pytest.mark.parametrize("question", list(Exclusion))
def test_any_yes_blocks_establishment_and_is_kept_in_the_refusal_register(
    session: Session, desk: Desk, question: Exclusion
) -> None:
    application = submitted(session, desk, **{question.value: True})
    assert application.state is State.REFUSED
    [refusal] = session.scalars(select(Refusal)).all()
    assert (refusal.ground, refusal.article, refusal.refused_on) == (Ground.EXCLUSION, 4, MONDAY)
    assert question.label.zh in refusal.reason
    assert refusal.rules["subsistence_line"]["value"] == "700.00"
    assert session.scalars(select(File)).all() == []
