"""The pages across stages: who sees which, in both languages, as valid HTML, and nothing of other units."""

import re
from io import BytesIO

import html5lib
import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select

from audit import UseEntry, record
from records.files.models import File, Item
from records.holdings.missing import mark_missing
from records.holdings.models import PaperCopy
from storage.database import Database
from tests.cast import MONDAY, make_item
from tests.conftest import SignedIn, counted_queries
from tests.printing.paper import words
from tests.records.browse.conftest import Office, furnish, lend_out, named

READERS = ("keeper", "street.keeper", "reader", "approver", "supervisor")
STRANGERS = ("inquirer", "system", "security", "audit")
HAN = re.compile(r"[\u4e00-\u9fff]")


def pages_of(office: Office) -> list[str]:
    """Every reading page, on an office's rows."""
    return [
        "/",
        "/files",
        "/files?category=original&state=active",
        "/files?ends=2036&year=2026&text=x",
        f"/files/{office.file.id}",
        f"/files/{office.withdrawn.id}",
        f"/files/{office.yearly.id}",
        f"/items/{office.filed.id}",
        f"/items/{office.filed.id}?text=1",
        f"/items/{office.ready.id}",
        f"/items/{office.without_paper.id}",
        f"/items/{office.empty.id}",
        "/items",
        "/items?state=filed&paper=wanted",
        "/statistics",
        "/regulation",
        "/regulation/1",
        "/regulation/15",
        "/regulation/21",
        "/scan",
    ]


def rows_of(office: Office) -> list[str]:
    """The pages of single rows."""
    return [
        f"/files/{office.file.id}",
        f"/files/{office.file.id}/contents.pdf",
        f"/files?unit={office.file.unit_id}",
        f"/items/{office.filed.id}",
        f"/scan?barcode={office.copy.barcode}",
        f"/scan?barcode={office.box.barcode}",
        f"/scan?barcode={office.place.barcode}",
        f"/scan?barcode={office.file.code}",
        f"/scan?barcode={office.filed.code}",
    ]


def test_every_page_is_valid_html_in_both_languages(signed_in: SignedIn, office: Office, database: Database) -> None:
    lend_out(database, office, "reader", days=2)
    keeper, auditor = signed_in("keeper"), signed_in("audit")
    for language in ("en", "zh"):
        for client, paths in (
            (keeper, [*pages_of(office), "/awaiting", "/scan?barcode=nothing"]),
            (auditor, ["/", "/audit", "/uses", "/audit?action=item.filed&from=2026-01-01"]),
        ):
            client.post(f"/language/{language}")
            for path in paths:
                html5lib.HTMLParser(strict=True).parse(client.get(path).text)


def test_english_pages_speak_english(signed_in: SignedIn, office: Office) -> None:
    for client, paths in ((signed_in("system"), ["/"]), (signed_in("audit"), ["/", "/uses"])):
        for path in paths:
            shown = re.sub(r"<(script|style|head)\b.*?</\1>|<[^>]+>", " ", client.get(path).text, flags=re.DOTALL)
            words = set(HAN.findall(shown)) - set("卷中文系管安审")  # the seal, the other language, people's names
            assert not words


@pytest.mark.parametrize("person", READERS)
def test_who_may_read_sees_every_page(signed_in: SignedIn, office: Office, person: str) -> None:
    client = signed_in(person)
    few = ["/", "/files", "/items", "/statistics", "/regulation", "/scan"]
    shown = few if person == "street.keeper" else pages_of(office)
    if person == "reader":
        shown.remove(f"/files/{office.withdrawn.id}")  # only custodians see what is withdrawn
    assert [client.get(path).status_code for path in shown] == [200] * len(shown)
    assert client.get("/audit").status_code == client.get("/uses").status_code == 403


@pytest.mark.parametrize("person", STRANGERS)
def test_who_may_not_read_sees_the_workbench_and_the_regulation_alone(
    signed_in: SignedIn, office: Office, person: str
) -> None:
    client = signed_in(person)
    for path in pages_of(office):
        expected = 200 if path == "/" or path.startswith("/regulation") else 403
        assert client.get(path).status_code == expected, path
    assert "东" not in client.get("/").text.replace("东区总工会", "")


def test_what_lies_in_other_units_is_not_there(signed_in: SignedIn, other_office: Office) -> None:
    client = signed_in("keeper")
    assert {client.get(path).status_code for path in rows_of(other_office)} == {404}
    for path in ("/", "/files", "/awaiting"):
        assert "西" not in client.get(path).text


def test_a_scan_opens_what_it_names(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("keeper")
    opened = [client.get(path).location for path in rows_of(office) if path.startswith("/scan")]
    assert opened[3:] == [f"/files/{office.file.id}", f"/items/{office.filed.id}"]
    assert opened[:3] == [f"/copies/{office.copy.id}", f"/boxes/{office.box.id}", f"/places/{office.place.id}"]


def test_a_superior_reads_but_is_offered_no_change(signed_in: SignedIn, office: Office) -> None:
    for person in ("supervisor", "reader"):
        client = signed_in(person)
        for path in (f"/files/{office.file.id}", f"/items/{office.ready.id}"):
            shown = client.get(path).text
            assert "Add an item" not in shown
            assert "File it" not in shown
        assert client.post("/awaiting", data={"item": office.ready.id}).status_code == 403


def test_more_rows_do_not_mean_more_queries(signed_in: SignedIn, office: Office, database: Database) -> None:
    client = signed_in("keeper")
    paths = [
        "/",
        "/files",
        "/items",
        "/regulation",
        "/awaiting",
        f"/files/{office.file.id}",
        f"/items/{office.filed.id}",
    ]

    def cost() -> list[int]:
        counts = []
        for path in paths:
            with counted_queries(database) as said:
                assert client.get(path).status_code == 200
            counts.append(len(said))
        return counts

    def grow(mark: str, first: int) -> None:
        with database.begin() as session:
            keeper = named(session, "keeper")
            furnish(session, keeper, mark, first=first)
            file = session.get_one(File, office.file.id)
            for number in range(20):
                make_item(session, file, keeper.actor, f"{mark}材料 {number}")

    grow("再", first=5)
    before = cost()
    grow("又", first=7)
    assert cost() == before
    assert max(before) < 40


def test_an_item_that_waits_says_what_stands_in_the_way(signed_in: SignedIn, office: Office) -> None:
    client = signed_in("keeper")
    for path in ("/", "/awaiting", f"/items/{office.without_paper.id}"):
        shown = client.get(path).text
        assert "音像（照片、录音、录像）等特殊载体类档案应与纸质文件材料同时归档" in shown
        assert 'href="/regulation/15"' in shown


def test_all_that_are_ready_are_filed_at_once_and_the_rest_is_told_why(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    client = signed_in("keeper")
    answer = client.post("/awaiting?category=original", data={"item": [office.ready.id, office.without_paper.id]})
    assert (answer.status_code, answer.location) == (303, "/awaiting?category=original")
    shown = client.get(answer.location).text
    assert "1 item is filed." in shown
    assert "(Article 15)" in shown
    with database.reading() as session:
        filed = {item.id: item.filed_on for item in session.scalars(select(Item))}
    assert filed[office.ready.id] == MONDAY
    assert filed[office.without_paper.id] is None


def test_nobody_files_in_another_unit_by_number(signed_in: SignedIn, other_office: Office, database: Database) -> None:
    signed_in("keeper").post("/awaiting", data={"item": other_office.ready.id})
    with database.reading() as session:
        assert session.get_one(Item, other_office.ready.id).filed_on is None


def test_the_text_of_an_item_is_shown_on_demand_and_noted(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    client = signed_in("reader")
    assert "本人因患重病" not in client.get(f"/items/{office.filed.id}").text
    assert "本人因患重病" in client.get(f"/items/{office.filed.id}?text=1").text
    client.get(f"/files/{office.file.id}/contents.pdf")
    client.get("/files?format=xlsx")
    with database.reading() as session:
        noted = [(entry.actor, entry.action, entry.subject_kind) for entry in session.scalars(select(UseEntry))]
    assert noted == [
        ("reader", "content.viewed", "item"),
        ("reader", "content.printed", "file"),
        ("reader", "content.exported", "file"),
    ]


def test_the_checklist_of_article_6_names_what_a_file_lacks(signed_in: SignedIn, office: Office) -> None:
    shown = signed_in("keeper").get(f"/files/{office.file.id}").text
    assert f"/files/{office.file.id}/items/new?document_type=notice_proof" in shown
    assert "document_type=income_proof" not in shown


def test_a_document_number_and_a_period_are_told_as_they_are_and_a_telephone_number_is_not(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    with database.begin() as session:
        item = session.get_one(Item, office.filed.id)
        item.document_number, item.remarks = "12345678901", "2026.11.05-2026.11.06，电话13800138000"
        details = {"before": {"document_number": None}, "after": {"document_number": "12345678902"}}
        record(session, "keeper", "item.described", item, unit=item.file.unit.path, **details)
    for language in ("zh", "en"):
        client = signed_in("keeper")
        client.post(f"/language/{language}")
        shown = client.get(f"/items/{office.filed.id}").text
        for said in (">12345678901<", "12345678902", "2026.11.05-2026.11.06", "138••••••00"):
            assert said in shown


def test_the_history_of_a_file_tells_of_its_items_and_paper_with_before_and_after(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    lend_out(database, office, "reader", days=2)
    shown = signed_in("keeper").get(f"/files/{office.file.id}").text
    for said in ("Lent", "Filed", "Paper copy registered", "<del>东申请书</del> → 东困难申请书"):
        assert said in shown


def numbers_of(client: FlaskClient) -> dict[str, str]:
    """The figures and places of the workbench: the link of each, and its number."""
    shown = client.get("/").text
    figures = re.findall(r'<a href="([^"]+)"(?: class="late")?><b>([^<]+)</b>', shown)
    places = re.findall(r'<td class="text-end"><a href="([^"]+)">([\d,]+)</a></td></tr>', shown)
    return {link.replace("&amp;", "&"): number for link, number in [*figures, *places]}


def test_what_is_missing_lies_nowhere_and_is_counted_as_missing(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    client = signed_in("keeper")
    before = numbers_of(client)
    with database.begin() as session:
        for copy in (office.copy, office.loose):
            mark_missing(
                session, session.get_one(PaperCopy, copy.id), "SG-2026-0001", actor=office.keeper.actor, on=MONDAY
            )
    after = numbers_of(client)
    for lies, change in (("box", -1), ("place", -1), ("missing", 2)):
        assert int(after[f"/copies?lies={lies}"]) == int(before[f"/copies?lies={lies}"]) + change, lies
    listed = client.get("/copies?lies=missing").text
    assert "missing, SG-2026-0001; last: " + office.box.barcode in listed
    assert "<td>Good</td>" not in listed
    box = client.get(f"/boxes/{office.box.id}").text
    assert ("1 copy missing" in box, "Missing paper" in box) == (True, True)
    assert "missing,SG" in words(client.get(f"/boxes/{office.box.id}/register.pdf").data)


def test_the_numbers_of_the_workbench_are_those_of_the_lists_behind_them(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    lend_out(database, office, "reader", days=7, on=MONDAY.replace(year=2026, month=2, day=2))
    client = signed_in("keeper")
    numbers = numbers_of(client)
    lists = [link for link in numbers if link.startswith(("/files", "/awaiting", "/loans", "/copies"))]
    assert {"/loans?state=soon&sort=due", "/copies?lies=box", "/copies?lies=place"} <= set(lists)
    assert len(lists) >= 7
    for link in lists:
        shown = client.get(link).text
        found = re.search(r"<span>([\d,]+) in all</span>", shown)
        assert numbers[link] == (found[1] if found else "0"), link
    assert numbers["/awaiting"] == "3"
    assert numbers["/loans?state=overdue"] == "1"


def test_refused_sign_ins_are_seen_by_the_auditor_of_the_whole_tree(app: Flask, signed_in: SignedIn) -> None:
    app.test_client().post("/sign-in", data={"name": "nobody", "password": "wrong-password"})
    auditor = signed_in("audit")
    assert numbers_of(auditor)["/audit?action=sign_in.refused"] == "1"
    assert "Sign-in refused" in auditor.get("/audit?action=sign_in.refused").text


def test_the_chain_is_paged_by_number(signed_in: SignedIn, office: Office) -> None:
    auditor = signed_in("audit")
    first = auditor.get("/audit").text
    earlier = re.search(r'rel="next" href="([^"]+)"', first)
    assert earlier
    second = auditor.get(earlier[1]).text
    back = re.search(r'rel="prev" href="([^"]+)"', second)
    assert back
    digests = [re.findall(r'title="([0-9a-f]{64})"', page) for page in (first, second, auditor.get(back[1]).text)]
    assert digests[0] == digests[2]
    assert not set(digests[0]) & set(digests[1])


def test_the_audit_administrator_learns_which_fields_of_the_archives_changed_but_never_their_values(
    signed_in: SignedIn, office: Office
) -> None:
    auditor = signed_in("audit")
    page = auditor.get("/audit?action=item.described").text
    sheet = load_workbook(BytesIO(auditor.get("/audit?format=xlsx").data)).active
    assert sheet is not None
    rows = list(sheet.values)
    cells = " ".join(str(cell) for row in rows for cell in row)
    assert "<dt>Title</dt><dd>withheld</dd>" in page
    assert "Title: withheld" in cells
    for value in ("东申请书", "东困难申请书", "东大河", office.file.code, office.box.barcode):
        assert value not in page
        assert value not in cells
    opened = [row[6] for row in rows if row[3] == "Signed in"]
    assert opened
    assert "withheld" not in " ".join(map(str, opened))


@pytest.mark.parametrize("address", ["/files", "/files?category=accounting", "/files?category=documentary"])
def test_every_way_to_open_a_file_leads_to_its_form(signed_in: SignedIn, office: Office, address: str) -> None:
    client = signed_in("keeper")
    links = re.findall(r'href="(/files/new/[^"]+)"', client.get(address).text)
    assert len(links) == (3 if address == "/files" else 1)
    assert [client.get(link).status_code for link in links] == [200] * len(links)


@pytest.mark.parametrize("number", [str(2**31), str(2**63), "9" * 20, "9" * 5000])
def test_an_address_with_a_number_beyond_the_database_is_no_page(
    signed_in: SignedIn, office: Office, number: str
) -> None:
    client = signed_in("keeper")
    for path in ("/files/", "/items/", "/boxes/", "/loans/", "/handovers/", "/regulation/"):
        assert client.get(path + number).status_code == 404, path


@pytest.mark.parametrize(
    "filters", ["ends={0}", "year={0}", "unit={0}", "before={0}", "after={0}", "borrower={0}", "subject={0}"]
)
@pytest.mark.parametrize("number", ["5", "-5", "0", "99999", "2147483648", "9" * 20, "x"])
def test_a_filter_by_a_number_out_of_range_is_no_error(
    signed_in: SignedIn, office: Office, filters: str, number: str
) -> None:
    client, auditor = signed_in("keeper"), signed_in("audit")
    for path in ("/files", "/awaiting", "/boxes", "/loans", f"/files/{office.file.id}"):
        assert client.get(f"{path}?{filters.format(number)}").status_code in {200, 404}, path
    assert auditor.get(f"/audit?{filters.format(number)}").status_code == 200


@pytest.mark.parametrize("number", ["-5", "2147483648", "9" * 20, "x"])
def test_an_article_or_a_row_out_of_range_is_found_nowhere(signed_in: SignedIn, office: Office, number: str) -> None:
    client = signed_in("keeper")
    for path in ("/refusals?article=", f"/files/{office.file.id}/upload?item=", "/labels/box?id=", "/places?unit="):
        assert client.get(path + number).status_code in {200, 404}, path


def test_a_list_narrowed_to_one_category_has_no_column_of_it(signed_in: SignedIn, office: Office) -> None:
    keeper, heading = signed_in("keeper"), '<th scope="col">Category</th>'
    assert heading in keeper.get("/files").text
    assert heading not in keeper.get("/files?category=original").text
