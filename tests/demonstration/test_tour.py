"""The numbers that the tour of the README names stand in the demonstration, in the state that it tells."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.eligibility import Exclusion
from records.closing.models import ClosingState, FileTransfer, TransferState, UnitClosing
from records.disposal.models import BatchState, DisposalBatch
from records.lending.models import LoanRequest, RequestState
from records.workflow.models import Application, State, Statement, StatementKind

ROOT = Path(__file__).parents[2]
NUMBER = re.compile(r"[A-Z]{2}-\d{4}-\d{4}")
TOLD = {
    "JD-2026-0001": State.LODGED,
    "JD-2026-0003": State.LODGEMENT,
    "JD-2026-0004": State.DRAFT,
    "JD-2026-0005": State.REVIEW,
    "JD-2026-0006": State.VERIFICATION,
    "JD-2026-0007": State.NOTICE,
    "JD-2026-0008": State.NOTICE,
    "JD-2026-0010": State.DECISION,
    "JD-2026-0011": State.REFUSED,
    "JD-2026-0015": State.DRAFT,
    "CX-2026-0001": ClosingState.OPEN,
    "ZJ-2026-0004": TransferState.PROPOSED,
    "XH-2026-0001": BatchState.COMPLETED,
    "XH-2026-0002": BatchState.DESTROYING,
    "XH-2026-0007": BatchState.SUBMITTED,
    "JY-2026-0008": RequestState.WAITING,
    "JY-2026-0009": RequestState.WAITING,
    "JY-2026-0010": RequestState.READY,
}


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_the_tour_names_the_numbers_of_the_demonstration_alone(name: str) -> None:
    assert set(NUMBER.findall((ROOT / name).read_text())) == TOLD.keys()


def test_what_the_tour_names_is_in_the_state_it_tells(demonstrated: Session) -> None:
    found = {}
    for table in (Application, UnitClosing, FileTransfer, DisposalBatch, LoanRequest):
        found.update(demonstrated.execute(select(table.number, table.state).where(table.number.in_(TOLD))).all())
    assert found == TOLD


def test_the_draft_that_came_back_names_the_document_of_every_statement(demonstrated: Session) -> None:
    rests_on = select(Statement.kind, Statement.document_id).join(
        Application, Application.id == Statement.application_id
    )
    stated = demonstrated.execute(rests_on.where(Application.number == "JD-2026-0004")).all()
    assert {StatementKind(exclusion) for exclusion in Exclusion} <= {kind for kind, _ in stated}
    assert None not in {document_id for _, document_id in stated}
    assert demonstrated.execute(rests_on.where(Application.number == "JD-2026-0015")).all() == []
