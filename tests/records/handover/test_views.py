import re
from io import BytesIO

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import insert, select
from werkzeug.test import TestResponse

from accounts.models import FailedSignIn, User
from audit import UseEntry
from classification.categories import Category
from records.files.living import ReviewGround, WithdrawalReview
from records.files.models import Custody, File
from records.files.withdrawals import keep_after_review, suggest_withdrawal
from records.handover.models import Handover, HandoverLine, HandoverState
from storage.database import Database
from tests.cast import MONDAY, NUMBERS, PASSWORD, Cast, make_file
from tests.conftest import Prepare, SignedIn, pages_on_both
from tests.printing import paper
from tests.records.handover.office import LINES, begin, make_office
from units.models import Unit


def found_cast(database: Database) -> Cast:
    """The cast as it lies in the database of the application."""
    with database.reading() as session:
        people = {user.display_name: user for user in session.scalars(select(User))}
        units = {unit.name: unit for unit in session.scalars(select(Unit))}
    return Cast(
        city=units["市总工会"],
        district=units["东区总工会"],
        street=units["河街道总工会"],
        workplace=units["机械厂工会"],
        other_district=units["西区总工会"],
        keeper=people["王维"],
        second_keeper=people["赵敏"],
        street_keeper=people["孙河"],
        other_keeper=people["钱西"],
        reader=people["李读"],
        approver=people["周审"],
        supervisor=people["吴督"],
        inquirer=people["郑外"],
        system_administrator=people["系管"],
        security_administrator=people["安管"],
        audit_administrator=people["审管"],
    )


def merged(database: Database, session, cast: Cast) -> Cast:  # type: ignore[no-untyped-def]
    """The cast, its rows belonging to another session."""
    return Cast(**{name: session.merge(row, load=False) for name, row in vars(cast).items()})


def furnish(database: Database) -> None:
    cast = found_cast(database)
    with database.begin() as session:
        make_office(session, merged(database, session, cast))


@pytest.fixture
def office(database: Database, prepared: Prepare) -> Database:
    """What the keeper of the district answers for, and no handover yet."""
    prepared(furnish)
    return database


def furnish_and_begin(database: Database) -> None:
    furnish(database)
    cast = found_cast(database)
    with database.begin() as session:
        assert begin(session, merged(database, session, cast)).id == 1


@pytest.fixture
def running(database: Database, prepared: Prepare) -> Database:
    """A handover that has begun, as number 1."""
    prepared(furnish_and_begin)
    return database


def text(response: TestResponse) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.get_data(as_text=True)))


def beside(response: TestResponse, field: str) -> str:
    """What stands as wrong beside a field."""
    match = re.search(rf'id="{field}-error">(.*?)</div>', response.get_data(as_text=True), re.DOTALL)
    return match[1] if match else ""


def started(client: FlaskClient, database: Database, **changes: str) -> TestResponse:
    cast = found_cast(database)
    fields = {
        "unit": str(cast.district.id),
        "leaver": str(cast.keeper.id),
        "receiver": str(cast.second_keeper.id),
        "witness": "approver",
        "reason": "工作调动",
    }
    return client.post("/handovers", data={**fields, **changes})


def sign(
    client: FlaskClient, *, password: str = PASSWORD, spot: str = "H-DEED", seen: str | None = None
) -> TestResponse:
    page = client.get("/handovers/1/signature").get_data(as_text=True)
    shown = re.search(r'name="seen"[^>]*value="([0-9a-f]{64})"', page)
    return client.post(
        "/handovers/1/signature",
        data={"seen": seen or (shown[1] if shown else ""), "spot": spot, "password": password},
    )


def state(database: Database) -> HandoverState:
    with database.reading() as session:
        return session.scalars(select(Handover.state)).one()


@pages_on_both
def test_the_whole_handover_is_done_in_the_browser(office: Database, signed_in: SignedIn) -> None:
    leaver, receiver, witness = signed_in("keeper"), signed_in("keeper2"), signed_in("approver")
    assert "王维" in text(leaver.get("/handovers/new"))
    page = leaver.get(started(leaver, office).location)
    assert f"0 of {LINES} lines checked" in text(page)
    assert "没有" not in text(page)

    scanned = receiver.post("/handovers/1/scan", data={"code": "P-0001"}, follow_redirects=True)
    assert "Confirmed: P-0001" in text(scanned)
    assert f"1 of {LINES} lines checked" in text(scanned)
    assert f"Confirm all: {LINES - 1} lines" in text(scanned)  # and not how many are listed
    ticked = receiver.post("/handovers/1/ticks", data={"all": "1", "kind": "file"}, follow_redirects=True)
    assert "2 lines confirmed." in text(ticked)
    found = re.search(r'name="line" value="(\d+)"', receiver.get("/handovers/1?kind=copy").get_data(as_text=True))
    assert found is not None
    noted = receiver.post(
        f"/handovers/1/lines/{found[1]}", data={"difference": "other", "reason": "页数不符"}, follow_redirects=True
    )
    assert "The difference is noted." in text(noted)
    assert "Other 页数不符" in text(noted)
    receiver.post("/handovers/1/ticks", data={"all": "1"})

    for client in (leaver, receiver):
        answer = client.get(sign(client).location)
        assert "Signed. The handover is complete when all three have signed." in text(answer)
    done = witness.get(sign(witness).location)
    assert "All three have signed." in text(done)
    assert "The transfer list is filed as C038-WS·2026·Y-0001" in text(done)
    assert state(office) is HandoverState.SIGNED
    page = witness.get("/handovers/1/signature")
    assert "All three have signed; custody has passed." in text(page)
    assert 'type="password"' not in page.get_data(as_text=True)
    listed = witness.get("/handovers/1/list.pdf")
    assert listed.mimetype == "application/pdf"
    assert "其他：页数不符" in paper.words(listed.data)


def test_a_draft_of_the_list_says_that_it_is_one(running: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert "Transferlist(draft)" in paper.words(keeper.get("/handovers/1/list.pdf").data)
    keeper.post("/language/zh")
    words = paper.words(keeper.get("/handovers/1/list.pdf").data)
    assert "草稿" in words
    assert "未核对" in words
    with running.reading() as session:
        assert session.scalars(select(UseEntry.action)).all() == ["content.printed", "content.printed"]


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"receiver": ""}, "receiver", "must be filled in"),
        ({"receiver": "999"}, "receiver", "Choose one of the offered entries."),
        ({"leaver": ""}, "leaver", "must be filled in"),
        ({"witness": "nobody"}, "witness", "Nobody has the card number or sign-in name nobody."),
        ({"witness": "inquirer"}, "witness", "cannot witness this handover"),
        ({"reason": " "}, "reason", "must be filled in"),
    ],
)
def test_a_handover_that_cannot_begin_says_why_beside_the_field(
    office: Database, signed_in: SignedIn, changes: dict[str, str], field: str, said: str
) -> None:
    answer = started(signed_in("keeper"), office, **changes)
    assert answer.status_code == 422
    assert said in beside(answer, field)
    assert "工作调动" in answer.get_data(as_text=True) or "reason" in changes


def test_the_same_person_twice_is_refused_with_article_16(office: Database, signed_in: SignedIn) -> None:
    answer = started(signed_in("keeper"), office, witness="keeper2")
    assert answer.status_code == 422
    assert "赵敏 is named twice." in text(answer)
    assert "(Article 16)" in text(answer)


def test_a_second_handover_of_one_keeper_is_refused(running: Database, signed_in: SignedIn) -> None:
    answer = started(signed_in("keeper"), running)
    assert answer.status_code == 409
    assert "YJ-2026-0001" in beside(answer, "leaver")


@pytest.mark.parametrize("name", ["reader", "supervisor", "west.keeper"])
def test_who_has_no_part_in_the_unit_begins_nothing(office: Database, signed_in: SignedIn, name: str) -> None:
    assert started(signed_in(name), office).status_code == 422
    with office.reading() as session:
        assert session.scalars(select(Handover)).all() == []


def test_a_scan_that_is_not_on_the_list_is_answered_beside_the_field(running: Database, signed_in: SignedIn) -> None:
    answer = signed_in("keeper2").post("/handovers/1/scan", data={"code": "P-7777"})
    assert answer.status_code == 404
    assert "P-7777 is not on this list." in beside(answer, "code")
    page = answer.get_data(as_text=True)
    assert 'value="P-7777"' in page
    assert 'href="/handovers/1?kind=copy"' in page  # the links of the list lead to the page, not to where it was sent
    assert "/handovers/1/scan?" not in page


def test_the_button_says_how_many_lines_it_confirms(running: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper2")
    client.post("/handovers/1/scan", data={"code": "P-0001"})
    said = re.search(r"Confirm all: (\d+) lines", client.get("/handovers/1").get_data(as_text=True))
    assert said is not None
    answer = client.post("/handovers/1/ticks", data={"all": "1"}, follow_redirects=True)
    assert f"{said[1]} lines confirmed." in text(answer)


def test_only_the_receiver_sees_and_has_the_tools_for_checking(running: Database, signed_in: SignedIn) -> None:
    assert "/ticks" in signed_in("keeper2").get("/handovers/1").get_data(as_text=True)
    keeper = signed_in("keeper")
    assert 'name="line"' not in keeper.get("/handovers/1").get_data(as_text=True)
    assert keeper.post("/handovers/1/ticks", data={"all": "1"}).status_code == 403


def test_a_tick_confirms_only_lines_of_its_own_handover(running: Database, signed_in: SignedIn) -> None:
    with running.reading() as session:
        ids = session.scalars(select(HandoverLine.id)).all()
    answer = signed_in("keeper2").post(
        "/handovers/1/ticks", data={"line": [str(ids[0]), "99999", "x"]}, follow_redirects=True
    )
    assert "1 line confirmed." in text(answer)


def test_lines_are_narrowed_by_kind_by_what_was_found_and_by_words(running: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper2")
    client.post("/handovers/1/scan", data={"code": "P-0001"}, follow_redirects=True)

    def listed(query: str) -> list[str]:
        page = client.get(f"/handovers/1?{query}").get_data(as_text=True)
        return re.findall(r'<span class="code[^"]*">((?:P|H|C038)-[^<]*)</span>', page)

    assert listed("kind=copy") == ["P-0001", "P-0002"]
    assert listed("kind=copy&found=unchecked") == ["P-0002"]
    assert [code for code in listed("q=李读") if code.startswith("P")] == ["P-0002", "P-0002"]
    assert listed("found=left") == []
    rows = list(load_workbook(BytesIO(client.get("/handovers/1?kind=loan&format=xlsx").data)).active.values)  # type: ignore[union-attr]
    assert [row[2] for row in rows] == ["Code", "P-0002"]


def test_nobody_signs_an_unchecked_list(running: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    assert f"{LINES} lines are not checked yet." in text(keeper.get("/handovers/1/signature"))
    answer = sign(keeper, seen="0" * 64)
    assert answer.status_code == 422
    assert f"{LINES} lines are not checked yet." in text(answer)


def test_a_wrong_password_signs_nothing_and_is_counted(running: Database, signed_in: SignedIn) -> None:
    signed_in("keeper2").post("/handovers/1/ticks", data={"all": "1"})
    keeper = signed_in("keeper")
    answer = sign(keeper, password="guessed-wrong")
    assert answer.status_code == 422
    assert "The password is wrong." in beside(answer, "password")
    assert "guessed-wrong" not in answer.get_data(as_text=True)
    with running.reading() as session:
        assert [row.name for row in session.scalars(select(FailedSignIn))] == ["keeper"]
    for _ in range(9):
        sign(keeper, password="guessed-wrong")
    assert sign(keeper).status_code == 429


@pytest.mark.parametrize(
    ("spot", "said"),
    [
        ("", "Scan the box or the place where it lies."),
        ("H-0001", "the list belongs into a box of documentary archives of 2026"),
        ("H-9999", "No box and no place of your unit has the barcode H-9999."),
    ],
)
def test_the_receiver_names_a_place_for_the_printed_list(
    running: Database, signed_in: SignedIn, spot: str, said: str
) -> None:
    receiver = signed_in("keeper2")
    needed = "a box of documentary archives of 2026, permanent, or a place"
    told = receiver.get("/handovers/1").text
    assert needed in told
    assert "H-DEED" in told.partition("Boxes that fit:")[2][:200]
    assert needed not in signed_in("keeper").get("/handovers/1").text
    receiver.post("/handovers/1/ticks", data={"all": "1"})
    answer = sign(receiver, spot=spot)
    assert answer.status_code in (404, 422)
    assert said in beside(answer, "spot")


def test_a_file_opened_meanwhile_sends_the_signer_back_to_the_list(running: Database, signed_in: SignedIn) -> None:
    signed_in("keeper2").post("/handovers/1/ticks", data={"all": "1"})
    keeper = signed_in("keeper")
    sign(keeper)
    cast = found_cast(running)
    with running.begin() as session:
        make_file(session, merged(running, session, cast), number=NUMBERS[2], name="李远")
    answer = sign(signed_in("approver"))
    assert answer.status_code == 303
    page = text(keeper.get(answer.location))
    assert "李•" in page
    assert "not signed yet" in page
    assert f"{LINES} of {LINES + 1} lines checked" in page


def test_a_handover_can_be_cancelled_with_a_reason(running: Database, signed_in: SignedIn) -> None:
    approver = signed_in("approver")
    assert "must be filled in" in beside(approver.post("/handovers/1/cancellation", data={"reason": ""}), "reason")
    page = approver.post("/handovers/1/cancellation", data={"reason": "日期有误"}, follow_redirects=True)
    assert "日期有误" in text(page)
    assert state(running) is HandoverState.CANCELLED
    again = approver.post("/handovers/1/cancellation", data={"reason": "日期有误"})
    assert again.status_code == 409


@pytest.mark.parametrize(
    ("name", "status"), [("west.keeper", 404), ("street.keeper", 404), ("supervisor", 200), ("reader", 404)]
)
def test_a_handover_is_there_for_those_who_may_see_it(
    running: Database, signed_in: SignedIn, name: str, status: int
) -> None:
    client = signed_in(name)
    for path in ("/handovers/1", "/handovers/1/signature", "/handovers/1/list.pdf", "/handovers/1/lines/1"):
        assert client.get(path).status_code == status, path
    assert ("YJ-2026-0001" in client.get("/handovers").get_data(as_text=True)) is (status == 200)
    for path in ("scan", "ticks", "comparison", "cancellation", "signature"):
        data = {"code": "P-0001", "reason": "无", "password": PASSWORD, "seen": "0" * 64}
        answer = client.post(f"/handovers/1/{path}", data=data)
        assert answer.status_code == (404 if status == 404 else 403), path


def test_every_page_speaks_chinese(running: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper2")
    client.post("/language/zh")
    for path, said in (
        ("/handovers", "移交人"),
        ("/handovers/new", "监交人"),
        ("/handovers/1", "已核对 0 条，共 10 条"),
        ("/handovers/1/lines/1", "登记差异"),
        ("/handovers/1/signature", "尚有 10 条未核对"),
    ):
        assert said in text(client.get(path)), path


def test_more_lines_need_no_more_queries(office: Database, signed_in: SignedIn, statements: list[str]) -> None:
    keeper, cast = signed_in("keeper"), found_cast(office)
    started(keeper, office)
    paths = ("/handovers/1", "/handovers/1/signature", "/handovers/1/list.pdf", "/handovers")

    def asked(path: str) -> int:
        statements.clear()
        assert keeper.get(path).status_code == 200
        return len(statements)

    keeper.get("/handovers/1/list.pdf")  # the first look of all begins the use register
    few = [asked(path) for path in paths]
    with office.begin() as session:
        pattern = session.scalars(select(File).limit(1)).one()
        row = {column.key: getattr(pattern, column.key) for column in File.__table__.columns} | {
            "household_id": None, "category": Category.ACCOUNTING, "retention_class": "enterprise.bookkeeping_vouchers",
        }  # fmt: skip
        made = [{**row, "id": 1_000 + number, "code": f"C038-KU·2026·D30-{number:04}"} for number in range(60)]
        session.execute(insert(File), made)
        session.execute(
            insert(Custody), [{"file_id": one["id"], "keeper_id": cast.keeper.id, "from_on": MONDAY} for one in made]
        )
    keeper.post("/handovers/1/comparison")
    assert f"of {LINES + 60} lines checked" in text(keeper.get("/handovers/1"))
    assert [asked(path) for path in paths] == few


def test_the_page_counts_what_else_is_in_hand_each_with_its_list(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = merged(office, session, found_cast(office))
        file = session.scalars(select(File).order_by(File.id).limit(1)).one()
        suggest_withdrawal(session, file, ReviewGround.HOMES, "两处房产", actor=cast.keeper.actor, on=MONDAY)
    keeper = signed_in("keeper")
    started(keeper, office)
    page = keeper.get("/handovers/1")
    assert "Reviews of withdrawal to decide 1" in text(page)
    assert '<a href="/reviews?state=open">1</a>' in page.text
    assert keeper.get("/reviews?state=open").status_code == 200
    assert "Reviews of withdrawal to decide 1" in text(keeper.get("/handovers/1/signature"))
    with office.begin() as session:
        keep_after_review(
            session, session.scalars(select(WithdrawalReview)).one(), "一处为危房", actor=cast.keeper.actor, on=MONDAY
        )
    told = keeper.post("/handovers/1/comparison", follow_redirects=True)
    assert "What else is in hand has changed." in text(told)
    assert "Beside the list nothing is in the hands of 王维" in text(told)
