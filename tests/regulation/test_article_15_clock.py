"""Article 15: original archives are kept ten years from the day of withdrawal."""

from datetime import date

import pytest
from sqlalchemy.orm import Session

from records.files.errors import MadeDue
from records.files.models import WithdrawalReason
from records.files.services import retention_of, retention_of_file, withdraw
from records.files.withdrawals import correct_withdrawal, return_to_help, withdrawals_of
from tests.cast import MONDAY, Cast, make_file, make_item

OPENED = date(2015, 6, 1)


def test_an_active_file_has_no_expiry_date(session: Session, cast: Cast) -> None:
    item = make_item(session, make_file(session, cast), cast.keeper.actor)
    kept = retention_of(item)
    assert (kept.starts_on, kept.last_day_kept) == (None, None)


@pytest.mark.parametrize(
    ("withdrawn_on", "kept_through"),
    [
        (date(2017, 3, 5), date(2027, 3, 5)),
        (date(2020, 2, 29), date(2030, 2, 28)),
        (date(2016, 12, 31), date(2026, 12, 31)),
    ],
)
def test_withdrawal_sets_the_expiry(session: Session, cast: Cast, withdrawn_on: date, kept_through: date) -> None:
    file = make_file(session, cast, on=OPENED)
    item = make_item(session, file, cast.keeper.actor)
    row = withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=withdrawn_on, today=withdrawn_on)
    assert retention_of(item).last_day_kept == row.kept_through == kept_through


def test_return_to_help_clears_the_expiry_and_keeps_the_earlier_clock(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=OPENED), cast.keeper.actor
    item = make_item(session, file, actor)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2020, 2, 29), today=date(2020, 2, 29))
    return_to_help(session, file, "重病再次返困", actor=cast.approver.actor, on=date(2022, 5, 1), today=MONDAY)
    assert retention_of(item).last_day_kept is None
    [earlier] = withdrawals_of(session, file)
    assert (earlier.kept_through, earlier.returned_on) == (date(2030, 2, 28), date(2022, 5, 1))


def test_a_second_withdrawal_counts_ten_years_of_its_own(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=OPENED), cast.keeper.actor
    item = make_item(session, file, actor)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2018, 1, 8), today=date(2018, 1, 8))
    return_to_help(session, file, "重病再次返困", actor=cast.approver.actor, on=date(2019, 1, 8), today=MONDAY)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2021, 7, 1), today=date(2021, 7, 1))
    assert retention_of(item).last_day_kept == date(2031, 7, 1)
    assert [row.kept_through for row in withdrawals_of(session, file)] == [date(2028, 1, 8), date(2031, 7, 1)]


def test_a_corrected_day_moves_the_expiry_and_both_are_kept(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=OPENED), cast.keeper.actor
    item = make_item(session, file, actor)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2020, 3, 1), today=date(2020, 3, 1))
    correct_withdrawal(
        session, file, date(2020, 2, 29), WithdrawalReason.LIFTED, "批准日期有误", actor=actor, today=MONDAY
    )
    assert retention_of(item).last_day_kept == date(2030, 2, 28)
    assert [row.kept_through for row in withdrawals_of(session, file)] == [date(2030, 3, 1), date(2030, 2, 28)]


def test_no_corrected_day_makes_a_file_due_whose_period_runs_still(session: Session, cast: Cast) -> None:
    file, actor = make_file(session, cast, on=date(2010, 1, 4)), cast.keeper.actor
    withdraw(session, file, WithdrawalReason.LIFTED, actor=actor, on=date(2024, 1, 1), today=date(2024, 1, 1))
    with pytest.raises(MadeDue, match="kept until 2034-01-01; so corrected, its period would have ended on 2021-01-01"):
        correct_withdrawal(session, file, date(2011, 1, 1), WithdrawalReason.LIFTED, "笔误", actor=actor, today=MONDAY)
    assert retention_of_file(file).last_day_kept == date(2034, 1, 1)
    correct_withdrawal(
        session,
        file,
        date(2017, 1, 1),
        WithdrawalReason.LIFTED,
        "审批表落款为该日",
        actor=cast.approver.actor,
        today=MONDAY,
    )
    assert retention_of_file(file).last_day_kept == date(2027, 1, 1)
