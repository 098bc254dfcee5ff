import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import parse_qs, urlsplit

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts.models import User
from accounts.roles import OPERATOR
from accounts.services import end_role
from records.files.models import File
from records.holdings.models import Box, PaperCopy
from records.lending.models import Loan
from records.lending.requests import ask
from records.lending.services import lend
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast, make_file
from tests.conftest import Prepare, SignedIn, pages_on_both
from tests.records.lending.shelf import make_box, make_copy, make_place
from units.models import Unit

COPIES = 5


def furnish(database: Database) -> None:
    with database.begin() as session:
        people = {user.name: user for user in session.scalars(select(User))}
        units = {unit.name: unit for unit in session.scalars(select(Unit))}
        cast = _Found(people["keeper"], units["东区总工会"])
        people["reader"].card_number = "CARD-77"
        box = make_box(session, cast, make_place(session, cast))  # type: ignore[arg-type]
        file = make_file(session, cast)  # type: ignore[arg-type]
        for number in range(1, COPIES + 1):
            make_copy(session, cast, f"P-{number:04}", file=file, box=box)  # type: ignore[arg-type]


@pytest.fixture
def office(database: Database, prepared: Prepare) -> Database:
    """Five copies in a box of the district, and a card for the reader."""
    prepared(furnish)
    return database


class _Found:
    """As much of the cast as the makers need."""

    def __init__(self, keeper: User, district: Unit) -> None:
        self.keeper, self.district = keeper, district


def scan(client, **fields: str) -> TestResponse:  # type: ignore[no-untyped-def]
    return client.post("/desk", data={"days": "7", "purpose": "复核", "condition": "", **fields})


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def loans(database: Database) -> list[Loan]:
    with database.reading() as session:
        return list(session.scalars(select(Loan).order_by(Loan.id)))


def lend_by_hand(database: Database, barcode: str, borrower: str, *, days: int = 7, days_ago: int = 0) -> int:
    with database.begin() as session:
        copy = session.scalars(select(PaperCopy).where(PaperCopy.barcode == barcode)).one()
        people = {user.name: user for user in session.scalars(select(User))}
        lent_on = MONDAY - timedelta(days=days_ago)
        loan = lend(
            session, copy, people[borrower], purpose="复核", days=days, actor=people["keeper"].actor, at=NOON,
            on=lent_on,
        )  # fmt: skip
        return loan.id


@pages_on_both
def test_scanning_alone_lends_and_takes_back(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    named = scan(keeper, borrower="CARD-77")
    assert named.status_code == 303
    assert parse_qs(urlsplit(named.location).query)["borrower"] == ["reader"]
    page = text(keeper.get(named.location))
    assert "Borrower: 李读. Now scan the paper." in page
    assert "Has nothing of ours at present." in page

    lent = scan(keeper, borrower="reader", barcode="P-0001")
    page = text(keeper.get(lent.location))
    assert "Lent: P-0001 “困难职工帮扶申请书” to 李读, due on 2026-03-09." in page
    assert "1 copy out" in page

    back = scan(keeper, barcode="P-0001")
    page = text(keeper.get(back.location))
    assert "Taken back: P-0001 “困难职工帮扶申请书” from 李读. Put it into box H-" in page
    assert loans(office)[0].returned_on == MONDAY


def test_a_card_shows_what_is_late_and_put_aside_and_a_scan_of_the_box_hands_it_out(
    office: Database, signed_in: SignedIn
) -> None:  # fmt: skip
    keeper = signed_in("keeper")
    with office.begin() as session:
        people = {user.name: user for user in session.scalars(select(User))}
        box = session.scalars(select(Box)).one()
        code = box.barcode
        cast = find_cast(session)
        other = make_copy(
            session, cast, "P-0099", file=session.scalars(select(File)).one(), box=make_box(session, cast, box.place)
        )
        lend(
            session, other, people["reader"], purpose="复核", days=1, actor=people["keeper"].actor, at=NOON,
            on=MONDAY - timedelta(days=21),
        )  # fmt: skip
        number = ask(
            session, box, "编写案例", days=3, actor=people["reader"].actor, at=NOON, on=MONDAY
        ).number  # fmt: skip
    page = text(keeper.get(scan(keeper, borrower="CARD-77").location))
    for told in ("1 overdue", number, "Ready for pick-up"):
        assert told in page
    assert 'name="despite"' in keeper.get("/desk?borrower=reader").text
    held_back = scan(keeper, borrower="reader", barcode=code, days="")
    assert "李读 has 1 copy overdue: P-0099" in text(held_back)
    handed = scan(keeper, borrower="reader", barcode=code, days="", despite="专班今日开会急用")
    assert f"{COPIES} copies are lent to 李读, due on 2026-03-05." in text(keeper.get(handed.location))
    assert {loan.purpose for loan in loans(office) if loan.request_id} == {"编写案例"}
    assert {loan.lent_despite for loan in loans(office) if loan.request_id} == {"专班今日开会急用"}
    box_alone = scan(keeper, barcode=code)
    assert box_alone.status_code == 409
    assert f"{code} is out with 李读 as a whole, request {number}." in text(box_alone)
    told = [text(keeper.get(scan(keeper, barcode=f"P-{each:04}").location)) for each in range(1, COPIES + 1)]
    assert [f"Its box {code} is still out with 李读: keep the paper" in each for each in told] == [True] * 4 + [False]
    assert f"Put it into box {code}" in told[-1]


def test_who_has_lost_the_role_sees_what_they_owe_and_brings_it_back_card_first(
    office: Database, signed_in: SignedIn
) -> None:
    lend_by_hand(office, "P-0001", "reader")
    with office.begin() as session:
        cast = find_cast(session)
        (role,) = cast.reader.active_grants
        end_role(session, cast.reader, role, actor=OPERATOR, at=NOON)
    reader, keeper = signed_in("reader"), signed_in("keeper")
    assert "What is lent to me" in text(reader.get("/"))
    assert "P-0001" in text(reader.get("/loans"))
    assert "P-0001" in text(reader.get("/loans/1"))
    assert scan(keeper, borrower="CARD-77").status_code == 303
    assert scan(keeper, borrower="reader", barcode="P-0002").status_code == 422
    assert scan(keeper, borrower="reader", barcode="P-0001").status_code == 303
    assert loans(office)[0].returned_on == MONDAY
    assert scan(keeper, borrower="CARD-77").status_code == 422


def test_a_card_scanned_as_a_barcode_names_the_next_person(office: Database, signed_in: SignedIn) -> None:
    answer = scan(signed_in("keeper"), borrower="approver", barcode="CARD-77")
    assert parse_qs(urlsplit(answer.location).query)["borrower"] == ["reader"]
    assert loans(office) == []


def test_the_answer_to_a_scan_can_be_loaded_again_without_doing_anything(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    lent = scan(keeper, borrower="reader", barcode="P-0001")
    for _ in range(2):
        assert keeper.get(lent.location).status_code == 200
    assert [loan.returned_on for loan in loans(office)] == [None]


@pytest.mark.parametrize(
    ("fields", "status", "field", "said"),
    [
        ({"barcode": "P-0001"}, 422, "borrower", "P-0001 is in its place. To lend it, scan the card"),
        ({"borrower": "inquirer", "barcode": "P-0001"}, 422, "borrower", "郑外 is from outside"),
        ({"borrower": "supervisor", "barcode": "P-0001"}, 422, "borrower", "holds no role that includes borrowing"),
        ({"borrower": "CARD-78", "barcode": "P-0001"}, 422, "borrower", "Nobody has the card number"),
        ({"borrower": "reader", "barcode": "P-9999"}, 404, "barcode", "Nothing here has the barcode P-9999"),
        ({"borrower": "reader", "barcode": "H-00000001"}, 422, "barcode", "H-00000001 is a box, on 一库."),
        ({"borrower": "reader", "barcode": "P-0001", "days": "32"}, 422, "days", "1 to 31 days"),
        ({"borrower": "reader", "barcode": "P-0001", "days": "soon"}, 422, "days", "Not a valid integer"),
        ({"borrower": "reader", "barcode": "P-0001", "purpose": " "}, 422, "purpose", "must be filled in"),
        ({"barcode": "P-0001", "condition": "eaten"}, 422, "condition", "Choose one of the offered"),
    ],
)
def test_a_refused_scan_says_why_beside_its_field_and_keeps_what_was_typed(
    office: Database, signed_in: SignedIn, fields: dict[str, str], status: int, field: str, said: str
) -> None:
    answer = scan(signed_in("keeper"), **fields)
    assert answer.status_code == status
    beside = re.search(rf'id="{field}-error">(.*?)</div>', answer.get_data(as_text=True), re.DOTALL)
    assert beside is not None
    assert said in beside[1]
    for name in {"borrower", "barcode", "days"} & fields.keys():
        assert f'value="{fields[name]}"' in answer.get_data(as_text=True)
    assert loans(office) == []


def test_a_refusal_names_article_17_in_both_languages(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert "(Article 17)" in text(scan(keeper, borrower="inquirer", barcode="P-0001"))
    keeper.post("/language/zh")
    page = text(scan(keeper, borrower="inquirer", barcode="P-0001"))
    assert "第十七条" in page
    assert "郑外系外单位人员" in page


@pytest.mark.parametrize(("name", "status"), [("reader", 403), ("supervisor", 403), ("security", 403), ("keeper", 200)])
def test_the_desk_is_for_those_who_lend(office: Database, signed_in: SignedIn, name: str, status: int) -> None:
    client = signed_in(name)
    assert client.get("/desk").status_code == status
    assert scan(client, borrower="reader").status_code == (303 if status == 200 else 403)


def test_a_desk_of_another_unit_lends_nothing_of_ours(office: Database, signed_in: SignedIn) -> None:
    assert scan(signed_in("west.keeper"), borrower="reader", barcode="P-0001").status_code == 404
    assert loans(office) == []


def test_a_superior_sees_a_loan_but_does_not_take_it_back(office: Database, signed_in: SignedIn) -> None:
    loan_id = lend_by_hand(office, "P-0001", "reader")
    supervisor = signed_in("supervisor")
    page = supervisor.get(f"/loans/{loan_id}")
    assert page.status_code == 200
    assert "/return" not in page.get_data(as_text=True)
    assert supervisor.post(f"/loans/{loan_id}/return", data={"condition": ""}).status_code == 403


def test_loans_of_other_districts_are_not_there(office: Database, signed_in: SignedIn) -> None:
    loan_id = lend_by_hand(office, "P-0001", "reader")
    other = signed_in("west.keeper")
    assert other.get(f"/loans/{loan_id}").status_code == 404
    assert other.post(f"/loans/{loan_id}/return", data={"condition": ""}).status_code == 404
    assert other.post(f"/loans/{loan_id}/renewal", data={"days": "7"}).status_code == 404
    assert "P-0001" not in other.get("/loans?state=").get_data(as_text=True)
    assert "李读" not in other.get("/loans/borrowers").get_data(as_text=True)
    assert other.get("/copies/1/loans").status_code == 404


@pages_on_both
def test_a_loan_is_renewed_once_on_its_page(office: Database, signed_in: SignedIn) -> None:
    loan_id = lend_by_hand(office, "P-0001", "reader")
    keeper = signed_in("keeper")
    assert keeper.post(f"/loans/{loan_id}/renewal", data={"days": "7"}).status_code == 303
    shown = text(keeper.get(f"/loans/{loan_id}"))
    assert ("Renewed until 2026-03-16." in shown, "as often as the rule allows" in shown) == (True, True)
    again = keeper.post(f"/loans/{loan_id}/renewal", data={"days": "7"})
    assert again.status_code == 422
    assert "is not renewed any more" in text(again)
    assert loans(office)[0].due_on == MONDAY + timedelta(days=14)


def test_a_copy_is_taken_back_on_its_loans_page_with_what_is_to_be_said(office: Database, signed_in: SignedIn) -> None:
    loan_id = lend_by_hand(office, "P-0001", "reader")
    keeper = signed_in("keeper")
    url = f"/loans/{loan_id}/return"
    assert keeper.post(url, data={"condition": "worn", "remarks": "折角"}).status_code == 303
    page = text(keeper.get(f"/loans/{loan_id}"))
    assert "Worn" in page
    assert "折角" in page
    again = keeper.post(url, data={"condition": "", "remarks": ""})
    assert again.status_code == 409
    assert "P-0001 was taken back on 2026-03-02" in text(again)


def test_lists_show_what_is_out_late_and_returned(office: Database, signed_in: SignedIn) -> None:
    lend_by_hand(office, "P-0001", "reader", days_ago=20)
    lend_by_hand(office, "P-0002", "approver")
    returned = lend_by_hand(office, "P-0003", "reader")
    keeper = signed_in("keeper")
    keeper.post(f"/loans/{returned}/return", data={"condition": ""}, follow_redirects=True)

    def listed(query: str) -> list[str]:
        return re.findall(r"P-000\d", keeper.get(f"/loans{query}").get_data(as_text=True))

    assert listed("") == ["P-0001", "P-0002"]
    assert listed("?state=overdue") == ["P-0001"]
    assert listed("?state=returned") == ["P-0003"]
    assert listed("?state=&sort=barcode") == ["P-0001", "P-0002", "P-0003"]
    assert listed("?state=&sort=barcode&q=李读") == ["P-0001", "P-0003"]
    assert listed("?state=&q=0002") == ["P-0002"]
    page = text(keeper.get("/loans"))
    assert "6 days late" in page  # the seventh day fell into the Spring Festival
    assert "7 days left" in page
    assert "李读" in text(keeper.get("/loans/borrowers"))


def test_the_list_goes_to_a_spreadsheet_as_it_is_filtered(office: Database, signed_in: SignedIn) -> None:
    lend_by_hand(office, "P-0001", "reader", days_ago=20)
    lend_by_hand(office, "P-0002", "approver")
    answer = signed_in("keeper").get("/loans?state=overdue&format=xlsx")
    rows = list(load_workbook(BytesIO(answer.data)).active.values)  # type: ignore[union-attr]
    assert [row[0] for row in rows] == ["Barcode", "P-0001"]


def test_a_copys_page_tells_all_its_loans_and_steps(office: Database, signed_in: SignedIn) -> None:
    lend_by_hand(office, "P-0001", "reader")
    page = text(signed_in("reader").get("/copies/1/loans"))
    assert "with 李读" in page
    assert "Registered" in page
    assert "Lent" in page


@pytest.mark.parametrize("path", ["/loans", "/loans/borrowers", "/desk?borrower=reader", "/loans/1", "/copies/1/loans"])
def test_more_loans_need_no_more_queries(
    office: Database, signed_in: SignedIn, statements: list[str], path: str
) -> None:
    keeper = signed_in("keeper")

    def asked() -> int:
        statements.clear()
        assert keeper.get(path).status_code == 200
        return len(statements)

    lend_by_hand(office, "P-0001", "reader")
    few = asked()
    for number in range(2, COPIES + 1):
        lend_by_hand(office, f"P-{number:04}", "reader" if number % 2 else "approver")
    assert asked() == few
