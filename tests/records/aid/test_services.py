"""Help received: who enters it, what is refused, and what a voucher shows to whom."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from classification.categories import Category
from records.aid.errors import (
    AlreadyGiven,
    AlreadyStruck,
    BadAmount,
    GivenAfterWithdrawal,
    GivenBeforeOpened,
    GivenBetween,
    GivenLater,
    NotAHousehold,
    NotAVoucher,
    NotYoursToEnter,
)
from records.aid.models import AidKind, AidRecord
from records.aid.services import (
    AidEntry,
    a_year_before,
    aid_of_file,
    aid_of_voucher,
    give_aid,
    give_many,
    lock_given,
    strike_aid,
    voucher_coded,
    without_help_since,
)
from records.files.errors import RecordDestroyed
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_household_file, visible_files, withdraw
from records.files.stubs import reduce_file
from records.files.withdrawals import return_to_help
from tests.cast import MONDAY, NOON, NUMBERS, Cast, household_entry, make_file, make_item, make_yearly_file


def make_voucher(session: Session, cast: Cast, code: str = "C038-KU·01·2026·D30-001-001") -> Item:
    """A named-recipient summary in the district's accounting file, with a code as if it were filed."""
    file = make_yearly_file(session, cast, Category.ACCOUNTING)
    item = make_item(
        session,
        file,
        cast.keeper.actor,
        "2026 年春节送温暖实名制汇总表",
        document_type="recipient_summary",
        retention_class="enterprise.bookkeeping_vouchers",
    )
    item.code, item.number, item.filed_on = code, 1, MONDAY
    session.flush()
    return item


def entry(**changes: object) -> AidEntry:
    fields = {"given_on": MONDAY, "kind": AidKind.LIVING, "amount_yuan": Decimal("1200.00"), "fund": "工会经费"}
    return AidEntry(**{**fields, **changes})  # type: ignore[arg-type]


def give(session: Session, file: File, cast: Cast, **changes: object) -> AidRecord:
    return give_aid(session, file, entry(**changes), actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_help_is_entered_with_its_voucher_and_summed_to_the_fen(session: Session, cast: Cast) -> None:
    file, voucher = make_file(session, cast), make_voucher(session, cast)
    for amount in ("0.10", "0.20", "1200.00"):
        give(session, file, cast, amount_yuan=Decimal(amount), voucher=voucher)
    covered = aid_of_file(session, file, cast.keeper.actor, most=2)
    assert (covered.times, covered.seen_yuan, len(covered.records)) == (3, Decimal("1200.30"), 2)


def test_the_same_help_is_not_entered_twice_with_or_without_a_voucher(session: Session, cast: Cast) -> None:
    file, voucher = make_file(session, cast), make_voucher(session, cast)
    for with_voucher in (None, voucher):
        give(session, file, cast, voucher=with_voucher)
        with pytest.raises(AlreadyGiven):
            give(session, file, cast, voucher=with_voucher)


def test_a_line_struck_out_counts_no_more_and_may_be_entered_anew(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    line = give(session, file, cast)
    strike_aid(session, line, "金额录错", actor=cast.keeper.actor, on=MONDAY)
    assert aid_of_file(session, file, cast.keeper.actor, most=5).times == 0
    with pytest.raises(AlreadyStruck):
        strike_aid(session, line, "再删", actor=cast.keeper.actor, on=MONDAY)
    give(session, file, cast)
    assert aid_of_file(session, file, cast.keeper.actor, most=5).times == 1


@pytest.mark.parametrize("amount", ["0", "-1", "0.005", "10000000.00"])
def test_an_amount_lies_between_one_fen_and_ten_million(session: Session, cast: Cast, amount: str) -> None:
    with pytest.raises(BadAmount):
        give(session, make_file(session, cast), cast, amount_yuan=Decimal(amount))


def test_help_is_entered_from_the_day_on_which_the_file_was_opened_or_established(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(GivenBeforeOpened, match="2026-03-02"):
        give(session, file, cast, given_on=MONDAY - timedelta(days=1))
    give(session, file, cast)
    file.opened_on = date(2020, 5, 1)  # as a file from before is, by the day of its establishment
    give(session, file, cast, given_on=date(2020, 5, 1))
    with pytest.raises(GivenBeforeOpened, match="2020-05-01"):
        give(session, file, cast, given_on=date(2020, 4, 30))


def test_a_line_of_a_destroyed_file_is_not_struck_out(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    line = give(session, file, cast)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    reduce_file(session, file, "XH-2026-0001", on=MONDAY)
    session.flush()
    with pytest.raises(RecordDestroyed):
        strike_aid(session, line, "重复登记", actor=cast.keeper.actor, on=MONDAY)
    assert aid_of_file(session, file, cast.keeper.actor, most=1).times == 1


def test_help_is_entered_once_it_was_given_and_not_after_the_withdrawal(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(GivenLater):
        give(session, file, cast, given_on=date(2026, 3, 3))
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=date(2026, 4, 1))
    with pytest.raises(GivenAfterWithdrawal):
        give_aid(session, file, entry(given_on=date(2026, 3, 3)), actor=cast.keeper.actor, at=NOON, on=date(2026, 4, 1))
    give(session, file, cast)


def test_no_help_is_entered_of_a_day_between_a_withdrawal_and_the_return(session: Session, cast: Cast) -> None:
    file, back, later = make_file(session, cast), date(2026, 3, 20), date(2026, 4, 1)
    withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    return_to_help(session, file, "再次遇困，经核实", actor=cast.approver.actor, on=back, today=later)
    for day in (date(2026, 3, 3), date(2026, 3, 19)):
        with pytest.raises(GivenBetween, match="2026-03-02 and returned to help on 2026-03-20") as refused:
            give_aid(session, file, entry(given_on=day), actor=cast.keeper.actor, at=NOON, on=later)
        assert (refused.value.article, refused.value.field) == (13, "given_on")
    for day in (MONDAY, back, later):
        give_aid(session, file, entry(given_on=day), actor=cast.keeper.actor, at=NOON, on=later)


def test_help_goes_to_households_and_its_voucher_is_an_accounting_record(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    application = make_item(session, file, cast.keeper.actor)
    with pytest.raises(NotAVoucher):
        give(session, file, cast, voucher=application)
    with pytest.raises(NotAHousehold):
        give(session, make_yearly_file(session, cast), cast)


def test_only_the_keeper_of_the_file_or_of_the_voucher_enters_help(session: Session, cast: Cast) -> None:
    file = open_household_file(
        session, cast.street, household_entry(), keeper=cast.street_keeper, actor=cast.street_keeper.actor, on=MONDAY
    )
    with pytest.raises(NotYoursToEnter):
        give(session, file, cast)
    voucher = make_voucher(session, cast)
    give(session, file, cast, voucher=voucher)  # the district pays, hence it enters
    with pytest.raises(NotYoursToEnter):
        give_aid(session, file, entry(), actor=cast.reader.actor, at=NOON, on=MONDAY)
    passed_on = update(File).where(File.id == voucher.file_id).values(unit_id=cast.other_district.id)
    session.execute(passed_on, execution_options={"synchronize_session": False})
    with pytest.raises(NotYoursToEnter):  # the accounts have passed on meanwhile
        give(session, file, cast, voucher=voucher, amount_yuan=Decimal(7))


def test_a_voucher_is_found_by_its_exact_code_with_the_payer_above_and_nowhere_else(
    session: Session, cast: Cast
) -> None:
    voucher = make_voucher(session, cast)
    assert voucher.code
    street = open_household_file(
        session, cast.street, household_entry(), keeper=cast.street_keeper, actor=cast.street_keeper.actor, on=MONDAY
    )
    assert voucher_coded(session, voucher.code, street, cast.street_keeper.actor) is voucher
    west = open_household_file(
        session,
        cast.other_district,
        household_entry(NUMBERS[1], "韩西陵"),
        keeper=cast.other_keeper,
        actor=cast.other_keeper.actor,
        on=MONDAY,
    )
    for code, file, who in (
        (voucher.code[:-1], street, cast.street_keeper),
        (voucher.code, west, cast.other_keeper),
    ):
        with pytest.raises(NotAVoucher):
            voucher_coded(session, code, file, who.actor)


def test_many_lines_at_once_are_checked_and_noted_as_one_by_one(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    lines = [(file, entry(amount_yuan=Decimal(amount))) for amount in range(1, 6)]
    lock_given(session, lines)
    assert len(give_many(session, lines, actor=cast.keeper.actor, at=NOON, on=MONDAY)) == 5
    assert aid_of_file(session, file, cast.keeper.actor, most=9).seen_yuan == Decimal("15.00")
    with pytest.raises(BadAmount):
        give_many(session, [(file, entry(amount_yuan=Decimal(0)))], actor=cast.keeper.actor, at=NOON, on=MONDAY)


def test_a_household_is_without_help_when_a_year_passed_since_the_last_one(session: Session, cast: Cast) -> None:
    on = date(2027, 3, 2)

    def without(day: date) -> int:
        query = visible_files(cast.keeper.actor).where(without_help_since(a_year_before(day)))
        return len(session.scalars(query).all())

    file = make_file(session, cast)
    assert without(date(2027, 3, 1)) == 0  # opened less than a year ago
    assert without(on) == 1
    line = give_aid(session, file, entry(given_on=date(2026, 3, 3)), actor=cast.keeper.actor, at=NOON, on=on)
    assert without(on) == 0
    assert without(date(2027, 3, 3)) == 1
    strike_aid(session, line, "录错", actor=cast.keeper.actor, on=on)
    assert without(on) == 1


def test_what_lies_beyond_the_scope_is_counted_and_summed_but_not_named(session: Session, cast: Cast) -> None:
    voucher = make_voucher(session, cast)
    near, moved = make_file(session, cast), make_file(session, cast, number=NUMBERS[1], name="韩西陵")
    for file in (near, moved):
        give(session, file, cast, voucher=voucher)
    moved.unit = cast.other_district  # the household has moved to the other district since
    session.flush()
    covered = aid_of_voucher(session, voucher, cast.keeper.actor, most=9)
    assert (covered.seen, covered.others, covered.total_yuan) == (1, 1, Decimal("2400.00"))
    assert [record.file.title for record in covered.records] == ["周大河"]
    assert aid_of_voucher(session, voucher, cast.supervisor.actor, most=9).others == 0
