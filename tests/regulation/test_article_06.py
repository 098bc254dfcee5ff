"""Article 6: three parts, their required documents, and the information form that equals the electronic file."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR
from records.files.errors import UnknownDocumentType
from records.files.models import Item
from records.workflow.comparing import compare, comparisons_of
from records.workflow.deciding import submit
from records.workflow.drafting import add_document
from records.workflow.errors import DocumentsMissing, FormsDiffer, NoElectronicRecord, NotCompared
from records.workflow.models import Application, State
from records.workflow.procedure import lodge
from rules.services import set_rule
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON
from tests.records.workflow.office import (
    AFTER,
    Desk,
    add_required,
    bring_to,
    document,
    lodged,
    make_draft,
    make_statements,
    matching,
    submitted,
)


def try_to_lodge(session: Session, desk: Desk, application: Application) -> None:
    """Lodge it as the centre's officer would."""
    lodge(session, application, place="二号柜", actor=desk.officer.actor, at=NOON, on=AFTER)


@pytest.mark.parametrize(
    "absent", ["application", "identity_proof", "income_proof", "notice_proof", "information_form"]
)
def test_a_per_part_checklist_drives_completeness(
    session: Session, desk: Desk, store: FolderStore, absent: str
) -> None:
    application = make_draft(session, desk)
    add_required(session, desk, application, without=(absent,))
    make_statements(session, desk, application)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=application.entered_state_on)
    bring_to(session, desk, application, State.LODGEMENT, store)
    matching(session, desk, application)
    with pytest.raises(DocumentsMissing):
        try_to_lodge(session, desk, application)
    add_document(
        session, application, document(absent, "补交材料", dated="2026-03"), actor=desk.keeper.actor, at=NOON, on=MONDAY
    )
    try_to_lodge(session, desk, application)
    assert application.state is State.LODGED


def test_types_added_by_the_district_are_required_too(session: Session, desk: Desk, store: FolderStore) -> None:
    set_rule(
        session, desk.district, "required_documents", "survey_form", in_force_from=date(2026, 1, 1),
        source="区办〔2026〕3号", because="补录", actor=OPERATOR, at=NOON,
    )  # fmt: skip
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    matching(session, desk, application)
    with pytest.raises(DocumentsMissing, match="Home survey sheet"):
        try_to_lodge(session, desk, application)


def test_a_field_by_field_comparison_of_paper_form_and_electronic_file_is_stored(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = submitted(session, desk)
    matching(session, desk, application, income="580.00", phone="13900004518")
    [kept] = comparisons_of(session, application)
    assert kept.fields_count == 10
    assert {each["field"]: (each["paper"], each["electronic"]) for each in kept.differences} == {
        "income": ("600.00", "580.00"),
        "phone": ("138••••4517", "139••••4518"),
    }


def test_a_mismatch_blocks_the_file_until_it_is_corrected_and_compared_anew(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    with pytest.raises(NoElectronicRecord):
        try_to_lodge(session, desk, application)
    matching(session, desk, application, address="河街道 2 号")
    with pytest.raises(FormsDiffer, match="differ in 1 field"):
        try_to_lodge(session, desk, application)
    matching(session, desk, application)
    try_to_lodge(session, desk, application)
    assert application.state is State.LODGED


def test_a_form_changed_after_the_comparison_is_compared_again(
    session: Session, desk: Desk, store: FolderStore
) -> None:
    application = bring_to(session, desk, submitted(session, desk), State.LODGEMENT, store)
    matching(session, desk, application)
    application.household.address = "河街道 3 号"
    session.flush()
    with pytest.raises(NotCompared):
        try_to_lodge(session, desk, application)
    compare(session, application, actor=desk.keeper.actor, at=NOON)
    with pytest.raises(FormsDiffer):
        try_to_lodge(session, desk, application)


def test_every_item_belongs_to_exactly_one_part(session: Session, desk: Desk, store: FolderStore) -> None:
    application = make_draft(session, desk)
    with pytest.raises(UnknownDocumentType):
        add_document(
            session, application, document("bank_slips", "银行单据"), actor=desk.keeper.actor, at=NOON, on=MONDAY
        )
    add_required(session, desk, application)
    make_statements(session, desk, application)
    submit(session, application, actor=desk.keeper.actor, at=NOON, on=application.entered_state_on)
    file, _ = lodged(session, desk, application, store)
    for item in session.scalars(select(Item)):
        assert item.file is file
