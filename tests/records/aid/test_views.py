"""The pages of help received."""

from decimal import Decimal
from io import BytesIO

from openpyxl import load_workbook
from sqlalchemy import select

from records.aid.models import AidKind, AidRecord
from records.aid.services import AidEntry, give_aid
from records.files.models import File, Item, WithdrawalReason
from records.files.services import withdraw
from records.files.stubs import reduce_file
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, find_cast, make_file
from tests.conftest import SignedIn
from tests.records.aid.test_services import make_voucher


def covered(database: Database) -> tuple[Item, File, File]:
    """A voucher of the district, a household that it covers, and another that has moved away since."""
    with database.begin() as session:
        cast = find_cast(session)
        voucher = make_voucher(session, cast)
        near, moved = make_file(session, cast), make_file(session, cast, number=NUMBERS[1], name="韩西陵")
        for file in (near, moved):
            entry = AidEntry(MONDAY, AidKind.FESTIVAL, Decimal(1000), "工会经费", voucher)
            give_aid(session, file, entry, actor=cast.keeper.actor, at=NOON, on=MONDAY)
        moved.unit = cast.other_district
    return voucher, near, moved


def test_help_is_entered_by_hand_and_shown_on_the_page_of_the_file(signed_in: SignedIn, database: Database) -> None:
    with database.begin() as session:
        file = make_file(session, find_cast(session))
    client = signed_in("keeper")
    line = {"given_on": "2026-03-02", "kind": "medical", "amount": "1234.50", "fund": "工会经费"}
    assert client.post(f"/files/{file.id}/aid/new", data=line).status_code == 303
    assert "1,234.50" in client.get(f"/files/{file.id}").text
    assert client.post(f"/files/{file.id}/aid/new", data=line).status_code == 409
    assert client.post(f"/files/{file.id}/aid/new", data={**line, "voucher": "C038-X"}).status_code == 422
    for bad in (
        {"amount": "-1"},
        {"given_on": "2026-03-03"},
        {"given_on": "2026-03-01"},
        {"kind": "loan"},
        {"fund": ""},
    ):
        assert client.post(f"/files/{file.id}/aid/new", data={**line, **bad}).status_code == 422
    with database.reading() as session:
        record = session.scalars(select(AidRecord)).one()
    assert client.post(f"/aid/{record.id}/strike", data={"reason": "录错"}).status_code == 303
    assert "struck out" in client.get(f"/files/{file.id}/aid").text
    assert signed_in("approver").get(f"/files/{file.id}/aid/new").status_code == 403


def test_help_to_a_household_of_a_destroyed_file_is_neither_entered_nor_struck_nor_offered(
    signed_in: SignedIn, database: Database
) -> None:
    with database.begin() as session:
        keeper = find_cast(session).keeper.actor
        file = make_file(session, find_cast(session))
        record = give_aid(
            session, file, AidEntry(MONDAY, AidKind.FESTIVAL, Decimal(1000), "工会经费"), actor=keeper, at=NOON,
            on=MONDAY,
        )  # fmt: skip
    client = signed_in("keeper")
    new, strike = f"/files/{file.id}/aid/new", f"/aid/{record.id}/strike"
    page = client.get(f"/files/{file.id}/aid").text
    assert (new in page, strike in page) == (True, True)
    with database.begin() as session:
        kept = session.get_one(File, file.id)
        withdraw(session, kept, WithdrawalReason.LIFTED, actor=keeper, on=MONDAY, today=MONDAY)
        reduce_file(session, kept, "XH-2026-0001", on=MONDAY)
    page = client.get(f"/files/{file.id}/aid").text
    assert (new in page, strike in page, "1,000.00" in page) == (False, False, True)
    for path in (new, strike):
        answers = [client.get(path), client.post(path, data={"reason": "重复登记", "given_on": "2026-03-02"})]
        assert [answer.status_code for answer in answers] == [409, 409]


def test_the_page_of_a_voucher_names_whom_the_reader_may_see_and_counts_the_others(
    signed_in: SignedIn, database: Database
) -> None:
    voucher, _near, _moved = covered(database)
    client = signed_in("keeper")
    for path in (f"/items/{voucher.id}", f"/items/{voucher.id}/aid"):
        assert "韩西陵" not in client.get(path).text
    exported = load_workbook(BytesIO(client.get(f"/items/{voucher.id}/aid?format=xlsx").data)).worksheets[0]
    assert [row[1] for row in exported.values][1:] == ["周大河"]
    page = client.get(f"/items/{voucher.id}/aid").text
    assert "周大河" in page
    assert "1 household more lies beyond your units" in page
    assert "2,000.00" in page


def test_a_household_shows_the_unit_of_a_voucher_beyond_scope_and_not_its_code(
    signed_in: SignedIn, database: Database
) -> None:
    voucher, _near, moved = covered(database)
    page = signed_in("west.keeper").get(f"/files/{moved.id}/aid").text
    assert "kept by 东区总工会" in page
    assert str(voucher.code) not in page
