"""Article 6, the financial part: one accounting record, many households."""

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from records.aid.errors import NotAVoucher
from records.aid.models import AidKind, AidRecord
from records.aid.services import aid_of_voucher
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file, make_item
from tests.records.aid.test_services import give, make_voucher


def test_one_voucher_covers_two_hundred_households_as_one_item_with_many_references(
    session: Session, cast: Cast
) -> None:
    voucher, file = make_voucher(session, cast), make_file(session, cast)
    for fen in range(1, 201):
        session.add(
            AidRecord(
                file=file, given_on=MONDAY, kind=AidKind.LIVING, amount_fen=fen, fund="工会经费", voucher=voucher,
                entered_by="keeper", entered_at=NOON,
            )
        )  # fmt: skip
    session.flush()
    covered = aid_of_voucher(session, voucher, cast.keeper.actor, most=5)
    assert (covered.times, len(covered.records)) == (200, 5)


def test_every_voucher_belongs_to_the_financial_part(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    with pytest.raises(NotAVoucher):
        give(session, file, cast, voucher=make_item(session, file, cast.keeper.actor))


def test_a_reader_who_may_not_see_a_household_finds_it_counted_and_not_named(session: Session, cast: Cast) -> None:
    voucher = make_voucher(session, cast)
    file = make_file(session, cast, number=NUMBERS[1], name="韩西陵")
    give(session, file, cast, voucher=voucher)
    file.unit = cast.other_district
    session.flush()
    covered = aid_of_voucher(session, voucher, cast.reader.actor, most=5)
    assert (covered.others, covered.records) == (1, [])


def test_the_database_holds_each_line_of_help_once(session: Session, cast: Cast) -> None:
    file = make_file(session, cast)
    give(session, file, cast)
    twin = AidRecord(
        file_id=file.id, given_on=MONDAY, kind=AidKind.LIVING, amount_fen=120_000, fund="别的来源",
        entered_by="keeper", entered_at=NOON,
    )  # fmt: skip
    session.add(twin)
    with pytest.raises(IntegrityError):
        session.flush()
