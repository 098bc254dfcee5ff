"""Help from a named-recipient summary: one voucher, many households, matched exactly."""

from datetime import date

import pytest
from sqlalchemy import event, inspect, select
from sqlalchemy.orm import ORMExecuteState, Session

from records.aid.models import AidRecord
from records.exchange.examining import CHUNK
from records.exchange.models import ImportKind, RunState
from records.files.models import File, WithdrawalReason
from records.files.services import withdraw
from records.files.withdrawals import return_to_help
from tests.cast import MONDAY, find_cast
from tests.records.aid.test_services import make_voucher
from tests.records.exchange.sheets import Cells, Desk, number, sheet, worker_row

KIND = ImportKind.AID
VOUCHER = "C038-KU·01·2026·D30-001-001"


def aid_row(sequence: int, **changes: object) -> Cells:
    cells = {
        "name": f"职工{sequence}",
        "number": number(sequence),
        "given_on": date(2026, 2, 10),
        "kind": "送温暖慰问",
        "amount": 1000,
        "fund": "中央财政专项帮扶资金",
        "voucher": VOUCHER,
    }
    return {**cells, **changes}


@pytest.fixture
def summary(desk: Desk) -> Desk:
    """A desk with three households and the voucher that covers them."""
    desk.order(desk.upload(sheet(ImportKind.HOUSEHOLDS, [worker_row(at) for at in (1, 2, 3)])))
    with desk.database.begin() as session:
        make_voucher(session, find_cast(session))
    return desk


def test_one_voucher_covers_every_household_of_a_summary(summary: Desk) -> None:
    rows = [aid_row(1), aid_row(2, amount="1,000.50"), aid_row(3, number=None, file="C038-ZY·KN·2026·D10-0003")]
    run = summary.order(summary.upload(sheet(KIND, rows), KIND))
    assert (run.state, run.new) == (RunState.IMPORTED, 3)
    with summary.database.reading() as session:
        made = session.scalars(select(AidRecord).order_by(AidRecord.id)).all()
        assert [each.amount_fen for each in made] == [100_000, 100_050, 100_000]
        assert len({each.voucher_id for each in made}) == 1
        assert [session.get_one(File, each.file_id).title for each in made] == ["职工1", "职工2", "职工3"]


def test_the_files_of_a_long_summary_are_locked_at_once_whatever_its_order(summary: Desk) -> None:
    rows = [aid_row(2, amount=fen) for fen in range(1, CHUNK + 1)] + [aid_row(1)]
    run, locks = summary.upload(sheet(KIND, rows), KIND), list[object]()

    def note(execution: ORMExecuteState) -> None:
        locking = getattr(execution.statement, "_for_update_arg", None) is not None
        if locking and execution.bind_mapper is inspect(File):
            locks.append(execution.statement)

    event.listen(Session, "do_orm_execute", note)
    try:
        assert summary.order(run).new == len(rows)
    finally:
        event.remove(Session, "do_orm_execute", note)
    assert len(locks) == 1


def test_the_same_summary_twice_adds_nothing(summary: Desk) -> None:
    rows = [aid_row(1), aid_row(2, voucher=None)]
    summary.order(summary.upload(sheet(KIND, rows), KIND))
    again = summary.upload(sheet(KIND, rows), KIND)
    assert (again.new, again.known, summary.count(AidRecord)) == (0, 2, 2)


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"number": number(9)}, "number"),
        ({"number": None}, "number"),
        ({"number": "12345"}, "number"),
        ({"name": "旁人"}, "name"),
        ({"number": None, "file": "C038-ZY·KN·2026·D10-0003"}, "name"),
        ({"file": "C038-ZY·KN·2026·D10-0002"}, "file"),
        ({"number": None, "file": "C038-ZY·KN·2026·D10-9999"}, "file"),
        ({"amount": 0}, "amount"),
        ({"amount": 10.005}, "amount"),
        ({"given_on": date(2026, 3, 3)}, "given_on"),
        ({"kind": "借款"}, "kind"),
        ({"voucher": VOUCHER[:-1]}, "voucher"),
        ({"fund": None}, "fund"),
    ],
)
def test_a_line_is_matched_exactly_and_checked_as_by_its_form(summary: Desk, changes: Cells, column: str) -> None:
    run = summary.upload(sheet(KIND, [aid_row(2), aid_row(1, **changes)]), KIND)
    assert (3, column) in [(row, key) for row, key, _ in summary.reasons(run)]
    assert summary.count(AidRecord) == 0


def test_a_line_of_a_day_between_a_withdrawal_and_the_return_is_refused(summary: Desk) -> None:
    with summary.database.begin() as session:
        cast, file = find_cast(session), session.scalars(select(File).where(File.title == "职工1")).one()
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=date(2026, 2, 9), today=MONDAY)
        return_to_help(session, file, "再次遇困，经核实", actor=cast.approver.actor, on=MONDAY, today=MONDAY)
    run = summary.upload(sheet(KIND, [aid_row(1), aid_row(2)]), KIND)
    assert [(row, key) for row, key, _ in summary.reasons(run)] == [(2, "given_on")]


def test_every_bad_cell_of_a_row_is_told_at_once(summary: Desk) -> None:
    wrong: Cells = {"given_on": date(2027, 2, 10), "amount": 0, "voucher": "不存在", "name": "旁人"}
    rows = [aid_row(1, **wrong), aid_row(2, **wrong, kind="借款", fund=None), aid_row(3, amount=90_000_000)]
    run = summary.upload(sheet(KIND, rows), KIND)
    told = {(row, column) for row, column, _ in summary.reasons(run)}
    assert told == {
        *((2, column) for column in wrong), *((3, column) for column in (*wrong, "kind", "fund")), (4, "amount")
    }  # fmt: skip


def test_the_same_line_stands_once_in_a_summary(summary: Desk) -> None:
    run = summary.upload(sheet(KIND, [aid_row(1), aid_row(1)]), KIND)
    assert [(row, key) for row, key, _ in summary.reasons(run)] == [(3, None)]


def test_a_household_beyond_reach_is_told_from_none_by_nothing(summary: Desk) -> None:
    west = Desk(summary.database, summary.store, summary.vault, "west.keeper", "西区总工会")
    west.order(west.upload(sheet(ImportKind.HOUSEHOLDS, [worker_row(8)])))
    rows = [aid_row(8, voucher=None), aid_row(9, voucher=None)]
    told = summary.reasons(summary.upload(sheet(KIND, rows), KIND))
    assert told[0][2] == told[1][2]
