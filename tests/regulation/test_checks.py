"""Every named CHECK that the documents rest a promise on refuses a row that breaks it, also where a value is NULL."""

import re
from pathlib import Path

import pytest
from sqlalchemy import CheckConstraint, create_engine, literal, literal_column, select

import app  # noqa: F401 - its import knows every table
from storage.database import Base

DOCS = Path(__file__).parents[2] / "docs"
DAY, NEXT = "2026-03-02", "2026-03-03"

# What each has to refuse: the columns that say so, all others being NULL.
FORBIDDEN: dict[str, dict[str, object]] = {
    "application.admitted_in_a_class": {"state": "lodged", "assessment": '{"conditions": []}'},
    "application.assessed_when_submitted": {"state": "submitted"},
    "application.different_people": {"maker_id": 1, "verifier_id": 2, "reviewer_id": 2},
    "application.lodged_with_file": {"state": "lodged"},
    "application.reviewed_first": {"state": "lodgement"},
    "application.verified_first": {"state": "review"},
    "application_step.no_step_skipped": {"from_state": "draft", "to_state": "lodged"},
    "appraisal_group_member.approved_by_another": {"user_id": 1, "approver_id": 1},
    "box.stands_unless_merged": {},
    "clean_up_part.counted_when_closed": {"closed_on": DAY},
    "clean_up_part.reported_when_closed": {"report_item_id": 1},
    "consultation.decided_by_another": {"decided_by": "x", "narrowed_by": "x"},
    "consultation.lapse_is_computed": {"state": "lapsed"},
    "consultation.narrowed_before_decision": {"state": "approved"},
    "consultation.open_after_undertaking": {"state": "open"},
    "consultation.open_for_a_time": {"state": "open", "decided_at": DAY},
    "determination.confirmed_by_a_second": {"answer": "confirmed", "answered_by": "x", "proposed_by": "x"},
    "disposal_batch.approved_by_another": {"decided_by_id": 1, "proposed_by_id": 1},
    "disposal_batch.destroyed_after_waiting": {"state": "destroying", "started_on": DAY, "waits_until": DAY},
    "disposal_batch.not_approved_by_who_submitted": {"decided_by_id": 1, "submitted_by_id": 1},
    "disposal_batch.two_witnesses": {"state": "destroying", "witnesses_count": 1},
    "disposal_hold.incident_by_number": {"kind": "incident"},
    "disposal_line.approved_by_another": {"appraised_by_id": 1, "approver_id": 1},
    "disposal_line.destroyed_by_opinion": {"state": "destroyed"},
    "disposal_opinion_giver.approved_by_another": {"user_id": 1, "approver_id": 1},
    "disposal_signature.watches_another": {"user_id": 1, "destroyer_id": 1},
    "file.destroyed_stays_withdrawn": {"category": "original", "destroyed_on": DAY},
    "file_from_before.established_before": {"established_on": DAY, "entered_on": DAY},
    "file_link.parted_on_grounds": {"kind": "split", "assessment": "{}", "decided_by_id": 1},
    "file_transfer.determined_after_reemployed": {"reemployed_on": NEXT, "determined_on": DAY},
    "file_transfer.determined_anew": {"state": "accepted", "reason": "reemployed"},
    "file_transfer.filed_when_accepted": {"state": "proposed", "list_item_id": 1},
    "file_transfer.received_by_another": {"giver_id": 1, "keeper_id": 1},
    "finding.closed_on_a_day": {"state": "closed"},
    "handover.second_witness_is_another": {"leaver_id": 1, "receiver_id": 2, "witness_id": 3, "second_witness_id": 3},
    "handover.unplanned_begun_by_another": {
        "kind": "unplanned", "leaver_id": 1, "witness_id": 2, "second_witness_id": 3,
    },
    "handover.unplanned_with_proof": {"kind": "unplanned"},
    "handover.unplanned_with_two_witnesses": {"kind": "unplanned"},
    "handover_case.closed_with_evidence": {"closed_on": DAY},
    "household.anew_with_reason": {"anew_since": DAY},
    "import_run.nothing_wrong_imported": {"state": "imported", "faults": 1},
    "import_run.sheet_goes_when_over": {"sheet_removed_at": DAY},
    "inquirer.number_sealed_and_matched": {"number_sealed": b"-"},
    "loan_request.approved_where_needed": {"state": "ready", "needs": "paper"},
    "loan_request.decided_by_another": {"requester_id": 1, "decided_by_id": 1},
    "loan_request.granted_no_more_than_asked": {"days": 7, "granted_days": 8, "decided_by_id": 1},
    "lodged_copy.moved_with_reason": {"moved_on": DAY, "moved_from": "x"},
    "notice_progress.only_one": {"id": 2},
    "objection.resolved_by_another": {"recorder_id": 1, "resolver_id": 1},
    "paper_copy.in_one_place_or_hand_or_destroyed": {"box_id": 1, "holder_id": 1},
    "paper_copy.missing_under_case": {"missing_since": DAY},
    "person.number_sealed_and_matched": {"number_sealed": b"-"},
    "place.closed_with_reason": {"closed_reason": ""},
    "place.width_of_a_shelf": {"width_mm": 49},
    "redaction.within_the_page": {
        "left_permille": 600, "top_permille": 0, "width_permille": 401, "height_permille": 1,
    },
    "refusal.only_retirees_overridden": {"ground": "homes", "overridden_on": DAY},
    "refusal.overridden_with_reason": {"overridden_on": DAY},
    "statement.amount_or_answer": {},
    "stocktake_line.found_in_words": {"found_at": DAY},
    "stocktake_line.listed_in_words": {"place_id": 1},
    "twin_duty.closed_with_evidence": {"closed_on": DAY},
    "unit_closing.filed_when_closed": {"state": "open", "list_item_id": 1},
    "unit_closing.sets_offered_while_open": {"state": "open", "unit_id": 1, "sets_to_id": 1},
    "unit_closing.sets_refused_with_reason": {"sets_refusing_id": 1, "sets_refused_on": DAY},
}  # fmt: skip
CHECKS = {
    f"{table.name}.{str(check.name).removeprefix(f'ck_{table.name}_')}": check
    for table in Base.metadata.sorted_tables
    for check in table.constraints
    if isinstance(check, CheckConstraint)
}


def test_every_check_that_the_documents_name_is_tried() -> None:
    named = {name for page in DOCS.glob("*.md") for name in re.findall(r"`(\w+)`", page.read_text("utf-8"))}
    assert {check for check in CHECKS if check.split(".")[1] in named} <= FORBIDDEN.keys()


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_check_refuses_a_row_that_breaks_it(name: str) -> None:
    check, row = CHECKS[name], FORBIDDEN[name]
    assert row.keys() <= {column.name for column in check.table.columns}
    values = select(*(literal(row.get(column.name)).label(column.name) for column in check.table.columns)).subquery()
    with create_engine("sqlite://").connect() as database:
        # NULL would not do: a CHECK lets it pass.
        assert database.scalar(select(literal_column(str(check.sqltext))).select_from(values)) == 0
