"""The year in which retention ends is the same in SQL as in the rules."""

from datetime import date
from itertools import product

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Carrier, Category, RecordForm
from classification.schedules import SCHEDULE, StartRule
from records.browse.expiry import ends_in
from records.files.models import File, Item, WithdrawalReason
from records.files.services import open_yearly_file, retention_of, withdraw
from tests.cast import MONDAY, NOON, Cast, make_file

FORMS = (RecordForm.TEXT, RecordForm.AUDIO)
FILE_CLASSES = ("enterprise.bookkeeping_vouchers", "enterprise.bank_statements", "enterprise.annual_report")
YEARS = range(2020, 2062)


def put_in(session: Session, file: File, key: str, form: RecordForm, *, dated: str, scrapped: date | None) -> Item:
    item = Item(
        file=file,
        file_id=file.id,
        document_type="other_accounting",
        retention_class=key,
        form=form,
        carrier=Carrier.PAPER,
        title=key,
        dated=dated,
        responsible_body="—",
        scrapped_on=scrapped,
        collected_at=NOON,
    )
    session.add(item)
    return item


def found(session: Session, year: int) -> set[int]:
    return set(session.scalars(select(File.id).where(ends_in(year))))


@pytest.mark.parametrize("category", [Category.ACCOUNTING, Category.DOCUMENTARY])
def test_a_yearly_file_is_found_in_the_year_in_which_one_of_its_items_ends(
    session: Session, cast: Cast, category: Category
) -> None:
    expected: dict[int, set[int]] = {year: set() for year in YEARS}
    classes = [line for line in SCHEDULE if line.start_rule is not StartRule.WITHDRAWAL]
    of_file = FILE_CLASSES if category is Category.ACCOUNTING else (None,)
    for line, form, own in product(classes, FORMS, of_file):
        file = open_yearly_file(
            session,
            cast.district,
            category,
            2021,
            "—",
            keeper=cast.keeper,
            actor=cast.keeper.actor,
            on=MONDAY,
            retention_key=own,
            sub_code="01" if own else None,
        )
        scrapped = date(2024, 5, 6) if line.start_rule is StartRule.SCRAPPING else None
        item = put_in(session, file, line.key, form, dated="2023-12", scrapped=scrapped)
        session.flush()
        if last := retention_of(item).last_day_kept:
            expected[last.year].add(file.id)
    assert sum(map(len, expected.values())) > 20
    for year, files in expected.items():
        assert found(session, year) == files, year


def test_a_household_file_is_found_ten_years_after_its_withdrawal(session: Session, cast: Cast) -> None:
    file = make_file(session, cast, on=date(2020, 2, 1))
    withdraw(
        session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=date(2020, 2, 29), today=date(2020, 2, 29)
    )
    assert file.id in found(session, 2030)
    assert not found(session, 2029) | found(session, 2031)


def test_an_active_household_file_never_runs_out(session: Session, cast: Cast) -> None:
    make_file(session, cast)
    assert not set().union(*(found(session, year) for year in YEARS))
