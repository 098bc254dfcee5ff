"""A database in which every table has a row, and every typed text says what only some may read."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Boolean, Column, Date, Enum, Integer, LargeBinary, String, Table, func, insert, select, update
from sqlalchemy.orm import Session

from storage.database import Base, Moment
from tests.cast import MONDAY, NOON

TYPED = frozenset({
    "added", "amended", "answer_reason", "asked", "because", "cancel_reason", "check_note", "conclusion",
    "correction_reason", "decision_reason", "destroyed", "determination", "difference_reason", "end_reason",
    "ended_reason", "evidence", "extent", "fallback_reason", "found", "given_up_reason", "grounds", "happened",
    "left_out", "lent_despite", "lift_reason", "measures", "missing", "moved_reason", "note", "opinion",
    "outcome_text", "override_reason", "paper_reason", "proof", "purpose", "reason", "recall_reason", "refusal",
    "refused_reason", "remarks", "removed", "replaced_reason", "resolution", "result", "return_reason",
    "revocation_reason", "sets_reason", "sets_refused_reason", "statement", "struck_because", "struck_reason",
    "summary", "text",
})  # fmt: skip


LEFT_OUT = ("audit_entry", "calendar_day", "calendar_year", "rule_value", "use_entry")  # read by every rule and page
APPENDED = ("application_step",)  # the database refuses to change them
GIVEN: dict[str, dict[str, object]] = {  # what has to be so that all the words of a row are shown
    "aid_record": {"struck_on": MONDAY},
    "box": {"period_letter": "D10"},
    "consultation": {"decided_at": NOON, "decided_by": "x", "narrowed_at": NOON, "ended_at": NOON, "ended_by": "x"},
    "determination": {"answer": "refused", "answered_on": MONDAY, "answered_by": "x"},
    "disposal_batch": {"state": "refused", "decided_on": MONDAY, "decided_by_id": 1, "list_sha256": "0"},
    "disposal_hold": {"lifted_at": NOON, "lifted_by": "x"},
    "disposal_line": {"period_letter": "D10"},
    "finding_reply": {"decision": "returned", "decided_at": NOON, "decided_by": "x"},
    "handover_case": {"closed_on": MONDAY, "closed_by": "x"},
    "handover_line": {"period_letter": "D10"},
    "incident": {"closed_on": MONDAY, "outcome": "handled"},
    "inquirer": {"ended_at": NOON, "number_sealed": None},
    "inspection": {"struck_on": MONDAY},
    "loan": {"recalled_on": MONDAY},
    "loan_request": {"state": "cancelled", "decided_by_id": 1, "decided_at": NOON, "ended_at": NOON, "ended_by": "x"},
    "movement": {"to_box_id": 1},
    "objection": {"resolved_on": MONDAY, "resolver_id": 1},
    "refusal": {"overridden_on": MONDAY},
    "stocktake_line": {"outcome": "explained", "settled_at": NOON, "settled_by": "x"},
    "twin_duty": {"closed_on": MONDAY, "done_on": MONDAY, "closed_by": "x"},
    "unit_closing": {"sets_to_id": 1, "sets_refusing_id": 1, "sets_refused_on": MONDAY},
    "withdrawal": {"returned_on": MONDAY, "returned_by": "x"},
    "withdrawal_review": {"decided_on": MONDAY, "decision": "kept", "decided_by": "x"},
}


def typed_columns() -> list[Column[Any]]:
    return [
        column
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name in TYPED
        and table.name not in (*LEFT_OUT, "barcode")
        and isinstance(column.type, String)
        and not isinstance(column.type, Enum)
    ]


def mark(column: Column[Any]) -> str:
    """What tells where a text comes from; it is never masked."""
    return f"〔{column.table.name}.{column.name}〕"


def fill_every_table(session: Session, typed: Callable[[Column[Any]], str]) -> None:
    """Put a row into every empty table, and the text typed there into every column that people type in."""
    session.flush()
    session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = ON")
    for number, table in enumerate(Base.metadata.sorted_tables):
        if table.name in LEFT_OUT:
            continue
        texts = {c.name: typed(c) + mark(c) for c in typed_columns() if c.table is table}
        more = {**texts, **GIVEN.get(table.name, {})}
        if session.scalar(select(func.count()).select_from(table)) == 0:
            session.execute(insert(table).values({**_needed(session, table, number), **more}))
        elif more and table.name not in APPENDED:
            session.execute(update(table).values(more))
    session.connection().exec_driver_sql("PRAGMA ignore_check_constraints = OFF")
    step = Base.metadata.tables["movement"]
    copy_id = session.scalar(select(step.c.copy_id))
    session.execute(insert(step).values(copy_id=copy_id, at=NOON, actor="x", reason="Lent", to_holder_id=1))


def _needed(session: Session, table: Table, number: int) -> dict[str, object]:
    """Values of the columns that need one, and of the first that may name a file, an item or a copy."""
    values = {
        c.name: _value(session, c, number)
        for c in table.columns
        if not c.nullable and c is not table.autoincrement_column
    }
    about = next((c for c in table.columns if c.name in ("file_id", "item_id", "copy_id")), None)
    if about is not None and about.nullable:
        values[about.name] = _value(session, about, number)
    return values


def _value(session: Session, column: Column[Any], number: int) -> object:
    for key in column.foreign_keys:
        return session.scalar(select(func.max(key.column)))
    kind = column.type
    if isinstance(kind, Enum):
        return kind.enums[0]
    plain = {Moment: NOON, Date: MONDAY, Boolean: False, Integer: 1, LargeBinary: b"-", String: f"X-{number}"}
    return next((value for of, value in plain.items() if isinstance(kind, of)), {})
