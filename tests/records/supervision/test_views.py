"""The pages of supervision: a finding through all its states, a case from report to found again, and who may not."""

import re
from collections.abc import Iterator

import html5lib
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from audit import UseEntry
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.supervision.models import Finding, FindingState, Incident, Inspection
from storage.database import Database
from tests.cast import MONDAY, Cast, find_cast
from tests.conftest import SignedIn
from tests.printing.paper import words
from tests.records.browse.conftest import Office, furnish, named
from tests.records.closing.cases import offer, take
from tests.records.supervision.office import inspect, lose, note
from units.models import Unit

INSPECTION = {
    "body": "superior",
    "body_name": "市总工会",
    "people": "吴督",
    "inspected_on": "2026-03-02",
    "extent": "原始档案",
}


@pytest.fixture
def office(database: Database) -> Office:
    with database.begin() as session:
        return furnish(session, named(session, "keeper"), "东", first=1)


@pytest.fixture
def case(database: Database, office: Office) -> tuple[int, int, int]:
    """The ids of an inspection, its finding, and an incident of the district."""
    with database.begin() as session:
        cast: Cast = find_cast(session)
        inspection = inspect(session, cast)
        finding = note(session, cast, inspection, codes=[office.file.code])
        incident = lose(session, cast, session.get_one(PaperCopy, office.copy.id))
        return inspection.id, finding.id, incident.id


def pages(case: tuple[int, int, int]) -> Iterator[str]:
    inspection, finding, incident = case
    yield from ("/inspections", "/findings", "/findings?state=late&article=6", "/incidents", "/incidents?state=open")
    yield from (f"/inspections/{inspection}", f"/findings/{finding}", f"/incidents/{incident}")
    yield f"/incidents/{incident}/evidence"


def test_every_page_is_valid_html_in_both_languages(signed_in: SignedIn, case: tuple[int, int, int]) -> None:
    for person, more in (("keeper", ["/incidents/new"]), ("supervisor", ["/inspections/new"])):
        client = signed_in(person)
        for language in ("en", "zh"):
            client.post(f"/language/{language}")
            for path in (*pages(case), *more):
                html5lib.HTMLParser(strict=True).parse(client.get(path).text)


def test_a_finding_goes_from_the_supervisor_to_the_unit_and_back_until_the_record_is_filed(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    supervisor, keeper = signed_in("supervisor"), signed_in("keeper")
    with database.reading() as session:
        unit = session.scalars(select(Unit).where(Unit.name == "东区总工会")).one().id
    made = supervisor.post("/inspections", data={**INSPECTION, "unit": unit})
    assert made.status_code == 303
    page = made.location
    noted = {"text": "缺公示证明", "article": "6", "due_on": "2026-03-16", "codes": f"{office.file.code}，"}
    assert supervisor.post(f"{page}/findings", data=noted).status_code == 303
    finding = re.search(r'href="(/findings/\d+)"', keeper.get(page).text)
    assert finding
    answer = {"measures": "已补", "evidence": office.filed.code}
    assert keeper.post(f"{finding[1]}/replies", data=answer).status_code == 303
    assert supervisor.post(f"{finding[1]}/decision", data={"decision": "returned"}).status_code == 422
    returned = {"decision": "returned", "reason": "不清楚", "due_on": "2026-03-20"}
    assert supervisor.post(f"{finding[1]}/decision", data=returned).status_code == 303
    assert keeper.post(f"{finding[1]}/replies", data={"measures": "重拍"}).status_code == 303
    assert supervisor.post(f"{page}/conclusion", data={"conclusion": "到位"}).status_code == 422
    assert supervisor.post(f"{finding[1]}/decision", data={"decision": "accepted"}).status_code == 303
    assert supervisor.post(f"{page}/conclusion", data={"conclusion": "到位"}).status_code == 303
    assert keeper.post(f"{page}/filing").status_code == 303
    assert all(said in keeper.get(finding[1]).text for said in ("已补", "不清楚", "重拍"))
    with database.reading() as session:
        assert session.scalars(select(Finding.state)).all() == [FindingState.CLOSED]
        inspection = session.scalars(select(Inspection)).one()
        item = session.get_one(Item, inspection.record_item_id)
        assert (item.document_type, item.filed_on) == ("inspection_record", MONDAY)
    assert item.code in keeper.get(page).text


def test_a_case_is_reported_and_closes_when_the_copy_is_found(
    signed_in: SignedIn, office: Office, database: Database
) -> None:
    keeper = signed_in("keeper")
    report = {
        "unit": office.file.unit_id, "kind": "loss", "happened": "不在盒内", "found_on": "2026-03-02",
        "found_by": "王维", "codes": office.copy.barcode,
    }  # fmt: skip
    page = keeper.post("/incidents", data=report).location
    assert keeper.post(f"{page}/steps", data={"kind": "report", "text": "已报告"}).status_code == 422
    step = {"kind": "report", "text": "已报告", "addressee": "区档案局"}
    assert keeper.post(f"{page}/steps", data=step).status_code == 303
    for path in (f"/files/{office.file.id}", f"/items/{office.filed.id}", f"/copies/{office.copy.id}"):
        assert "SG-2026-0001" in keeper.get(path).text, path
    lent = keeper.post(
        "/desk",
        data={"borrower": "reader", "barcode": office.copy.barcode, "days": 7, "purpose": "查", "condition": ""},
    )
    assert lent.status_code == 409
    assert "has been missing since 2026-03-02, case SG-2026-0001" in lent.text
    assert keeper.get("/incidents?text=SG-2026-0001").location == page
    assert keeper.post(f"{page}/recovery", data={"copy": office.copy.id}).status_code == 303
    assert "Found again" in keeper.get(page).text
    with database.reading() as session:
        assert session.scalars(select(Incident)).one().closed_on == MONDAY


def test_who_keeps_the_file_now_notes_on_the_page_of_the_copy_that_it_was_found(
    signed_in: SignedIn, office: Office, case: tuple[int, int, int], database: Database
) -> None:
    with database.begin() as session:
        cast = find_cast(session)
        file = session.get_one(File, office.file.id)
        transfer = offer(session, cast, file)
        take(session, transfer, cast.other_keeper)
        session.flush()
        listed = transfer.id
    keeper, before = signed_in("west.keeper"), signed_in("keeper")
    copy, incident = f"/copies/{office.copy.id}", f"/incidents/{case[2]}"
    assert "SG-2026-0001" in keeper.get(f"/transfers/{listed}").text
    shown = keeper.get(f"/files/{office.file.id}").text
    assert "SG-2026-0001 · 东区总工会" in re.sub(r"<[^>]*>", "", shown)
    assert incident not in shown
    assert before.post(f"{incident}/recovery", data={"copy": 0}).status_code == 404
    assert before.post(f"{copy}/recovery").status_code == 404
    assert f"{copy}/recovery" in keeper.get(copy).text
    assert keeper.post(f"{copy}/recovery").location == copy
    assert f"{copy}/recovery" not in keeper.get(copy).text
    assert "Found again" in before.get(incident).text


def test_the_evidence_lists_the_chain_entries_of_the_records_with_their_digests(
    signed_in: SignedIn, case: tuple[int, int, int], database: Database
) -> None:
    client = signed_in("keeper")
    shown = client.get(f"/incidents/{case[2]}/evidence").text
    assert "every entry agrees with its digest" in shown
    for said in ("Filed", "Paper copy registered", "Reported missing", "after the report"):
        assert said in shown
    printed = client.get(f"/incidents/{case[2]}/evidence.pdf")
    digests = re.findall(r'title="([0-9a-f]{64})"', shown)
    paper = re.sub(r"\s", "", words(printed.data))
    assert digests
    assert all(digest in paper for digest in digests)
    with database.reading() as session:
        assert session.scalars(select(UseEntry.subject_kind)).all() == ["incident"]


def test_the_supervisor_is_offered_no_reply_and_the_keeper_no_decision(
    signed_in: SignedIn, case: tuple[int, int, int]
) -> None:
    keeper, supervisor, reader = (signed_in(name) for name in ("keeper", "supervisor", "reader"))
    page = f"/findings/{case[1]}"
    assert f"{page}/replies" in keeper.get(page).text
    for client in (supervisor, reader):
        assert f"{page}/replies" not in client.get(page).text
    assert supervisor.post(f"{page}/replies", data={"measures": "x"}).status_code == 403
    assert keeper.post(f"{page}/decision", data={"decision": "accepted"}).status_code == 403


@pytest.mark.parametrize("person", ["street.keeper", "west.keeper"])
def test_what_concerns_other_units_is_not_there(
    signed_in: SignedIn, case: tuple[int, int, int], person: str, database: Database
) -> None:
    client: FlaskClient = signed_in(person)
    for path in pages(case):
        rows = re.search(r"/\d", path)
        assert client.get(path).status_code == (404 if rows else 200)
        assert "JC-2026" not in client.get(path).text
        assert "SG-2026" not in client.get(path).text
    for path in (f"/findings/{case[1]}/replies", f"/incidents/{case[2]}/steps", f"/incidents/{case[2]}/recovery"):
        assert client.post(path, data={"measures": "x", "kind": "measure", "text": "x"}).status_code == 404


def test_the_workbench_counts_findings_and_incidents(signed_in: SignedIn, case: tuple[int, int, int]) -> None:
    shown = signed_in("keeper").get("/").text
    for link in ("/findings?state=open", "/incidents?state=open"):
        assert re.search(rf'<a href="{re.escape(link)}"(?: class="late")?><b>1</b>', shown), link


def test_lists_are_taken_away_as_spreadsheets_and_noted(
    signed_in: SignedIn, case: tuple[int, int, int], database: Database
) -> None:
    client = signed_in("supervisor")
    for path in ("/inspections", "/findings", "/incidents", "/items"):
        assert client.get(f"{path}?format=xlsx").status_code == 200
    with database.reading() as session:
        kinds = session.scalars(select(UseEntry.subject_kind).order_by(UseEntry.number)).all()
        assert kinds == ["inspection", "finding", "incident", "item"]
