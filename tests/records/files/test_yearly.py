"""An empty yearly file that was opened by mistake is described anew; its code is never used again (art. 15)."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.categories import Category
from records.files.errors import BadYear, NotEmptyYearly, NotTheKeepersUnit
from records.files.models import File, GivenCode
from records.files.yearly import YearlyEntry, describe_empty_file
from storage.database import Database
from tests.cast import MONDAY, Cast, find_cast, make_file, make_item, make_yearly_file
from tests.conftest import SignedIn

STATEMENTS = YearlyEntry("2025年银行对账单", 2025, "enterprise.bank_statements", "04")


def test_an_empty_file_gets_another_code_with_another_year_kind_or_period_and_no_code_is_given_twice(
    session: Session, cast: Cast
) -> None:
    file, keeper = make_yearly_file(session, cast, Category.ACCOUNTING), cast.keeper.actor
    first = file.code
    with pytest.raises(NotTheKeepersUnit):
        describe_empty_file(session, file, STATEMENTS, actor=cast.other_keeper.actor, on=MONDAY)
    with pytest.raises(BadYear):
        describe_empty_file(session, file, replace(STATEMENTS, year=2027), actor=keeper, on=MONDAY)
    describe_empty_file(session, file, STATEMENTS, actor=keeper, on=MONDAY)
    assert (first, file.code) == ("C038-KU·01·2026·D30-001", "C038-KU·04·2025·D10-001")
    assert YearlyEntry.of(file) == STATEMENTS
    describe_empty_file(session, file, replace(STATEMENTS, title="2025年对账单"), actor=keeper, on=MONDAY)
    assert (file.code, file.title) == ("C038-KU·04·2025·D10-001", "2025年对账单")
    assert make_yearly_file(session, cast, Category.ACCOUNTING).code == "C038-KU·01·2026·D30-002"
    codes = session.scalars(select(GivenCode.code).where(GivenCode.file_id == file.id).order_by(GivenCode.code))
    assert codes.all() == [first, file.code]


def test_a_file_that_holds_something_and_one_of_a_household_stay_what_they_were_opened_as(
    session: Session, cast: Cast
) -> None:
    file = make_yearly_file(session, cast)
    make_item(
        session, file, cast.keeper.actor, "会议纪要", document_type="minutes",
        retention_class="documentary.leadership_minutes",
    )  # fmt: skip
    for each in (file, make_file(session, cast)):
        with pytest.raises(NotEmptyYearly, match=each.code):
            describe_empty_file(session, each, YearlyEntry("另一卷", 2025), actor=cast.keeper.actor, on=MONDAY)


def test_the_page_offers_it_of_an_empty_file_and_shows_what_a_colleague_changed(
    signed_in: SignedIn, database: Database
) -> None:
    with database.begin() as session:
        file = make_yearly_file(session, find_cast(session), Category.ACCOUNTING)
        make_file(session, find_cast(session))
    client, address = signed_in("keeper"), f"/files/{file.id}/description"
    assert address in client.get(f"/files/{file.id}").text
    shown = client.get(address).text
    seen = shown[shown.index('name="shown_as"') :].split('value="')[1].split('"')[0]
    sent = {"title": "2026 年总账", "year": "2026", "sub_code": "02", "retention_class": "enterprise.general_ledger"}
    assert client.post(address, data={**sent, "year": "2031"}).status_code == 422
    assert client.post(address, data={**sent, "shown_as": seen}).status_code == 303
    assert client.post(address, data={**sent, "title": "旧题名", "shown_as": seen}).status_code == 409
    assert client.get("/files/2/description").status_code == 409
    with database.reading() as session:
        assert session.get_one(File, file.id).code == "C038-KU·02·2026·D30-001"
