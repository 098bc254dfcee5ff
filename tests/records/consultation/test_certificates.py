"""Certificates: given on paper with a code that nobody guesses, checked in public without telling what they say."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from pypdf import PdfReader
from sqlalchemy import select
from sqlalchemy.orm import Session

from config import Settings
from records.consultation.certificates import Draft, can_be_certified, draft_certificate, give_certificate
from records.consultation.errors import KeptNoMore, NumberTaken
from records.consultation.models import Certificate, Consultation
from records.consultation.requests import scope_of
from records.consultation.sealed import kept_if_named
from records.files.models import Item
from records.holdings.models import ObjectText
from records.holdings.printed import Filing
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from tests.cast import MONDAY, NOON, Cast, find_cast
from tests.conftest import SignedIn
from tests.printing.paper import modules_due, modules_seen
from tests.records.consultation.office import COURT, filed, furnish, opened
from web.transaction import store as app_store

SAYS = "周大河与配偶李秀兰、子周小满一户，自2025年起列入困难职工帮扶范围，公民身份号码11010519491231002X。"


@pytest.fixture
def case(app: Flask, database: Database) -> int:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, app_store(), cast)
        filed(session, app_store(), cast, one)
        return opened(session, app_store(), cast, one).id


def test_a_certificate_is_given_filed_checked_and_revoked(
    app: Flask, database: Database, signed_in: SignedIn, case: int
) -> None:
    keeper, anybody = signed_in("keeper"), app.test_client()
    anybody.post("/language/en")
    page = f"/consultations/{case}"
    assert keeper.get(f"{page}/certificates/new").status_code == 200
    assert keeper.post(f"{page}/certificates", data={"statement": ""}).status_code == 422
    past = keeper.post(f"{page}/certificates", data={"statement": SAYS, "valid_until": MONDAY - timedelta(days=1)})
    assert (past.status_code, "is valid until that day at the least" in past.text) == (422, True)
    assert keeper.post(f"{page}/certificates", data={"statement": SAYS}).status_code == 303
    with database.reading() as session:
        one = session.scalars(select(Certificate)).one()
        item = session.get_one(Item, one.item_id)
        told = session.scalars(select(ObjectText.text).order_by(ObjectText.object_id.desc())).first() or ""
    assert (one.number, item.document_type, item.filed_on) == ("DZ-2026-0001", "certificate_counterfoil", MONDAY)
    assert one.sha256 in "".join(told.split())
    assert all(word not in "".join(told.split()) for word in ("大河", "秀兰", "小满", "困难职工帮扶", "1949"))
    assert one.number in keeper.get(page).text
    pdf = keeper.get(f"/certificates/{one.id}.pdf")
    said = "".join(part.extract_text() for part in PdfReader(BytesIO(pdf.data)).pages)
    assert "周大河" in said
    assert one.code in said
    assert "http://localhost/certificates/verification" in said
    answer = anybody.get(
        "/certificates/verification", query_string={"number": one.number.replace("-", "－"), "code": one.code.upper()}
    )
    assert answer.status_code == 200
    assert one.sha256 in answer.text
    assert one.content_sha256 in answer.text
    assert one.content_sha256 in said  # whoever compares the paper with the page finds the same
    assert all(word not in answer.text for word in ("周大河", COURT, "收入", one.sources))
    assert anybody.get(f"/certificates/verification?number={one.number}&code={'0' * 16}").status_code == 404
    assert anybody.get(f"/certificates/{one.id}.pdf").status_code == 303
    assert signed_in("inquirer").get(f"/certificates/{one.id}.pdf").status_code == 403
    assert signed_in("west.keeper").get(f"/certificates/{one.id}.pdf").status_code == 404
    assert signed_in("west.keeper").post(f"/certificates/{one.id}/revocation", data={"reason": "x"}).status_code == 404
    revocation = f"/certificates/{one.id}/revocation"
    assert keeper.get(revocation).status_code == 200
    assert keeper.post(revocation, data={"reason": "内容有误"}).status_code == 303
    assert keeper.post(revocation, data={"reason": "再次"}).status_code == 409
    checked = anybody.get("/certificates/verification", query_string={"number": one.number, "code": one.code})
    assert "has been revoked" in checked.text


def test_a_certificate_is_printed_and_stored_before_it_is_given_and_of_two_with_one_number_one_is(
    session: Session, store: FolderStore, cast: Cast, workshop: Workshop
) -> None:
    asked = opened(session, store, cast, furnish(session, store, cast))
    filing = Filing(cast.keeper, store, workshop, NOON, MONDAY)

    def draft() -> Draft:
        return draft_certificate(
            session, asked, SAYS, valid_until=None, address=lambda number, code: f"http://h/{number}/{code}",
            filing=filing,
        )  # fmt: skip

    first, second = draft(), draft()
    stored = {each.key for each in store.keys("")}
    given = give_certificate(session, asked, first, filing=filing)
    assert {each.key for each in store.keys("")} == stored
    assert (first.number, given.key, given.sha256) == (second.number, first.key, first.sha256)
    with pytest.raises(NumberTaken), kept_if_named(store, second), session.begin_nested():
        give_certificate(session, asked, second, filing=filing)
    assert {each.key for each in store.keys("")} == stored - {second.key}
    assert give_certificate(session, asked, draft(), filing=filing).number == "DZ-2026-0002"


@pytest.mark.parametrize("public", ["https://dangan.example", ""])
def test_the_code_on_a_certificate_leads_to_the_public_address(
    app: Flask, database: Database, signed_in: SignedIn, case: int, settings: Settings, public: str
) -> None:
    app.extensions["anjuan.settings"] = replace(settings, public_address=public)
    keeper = signed_in("keeper")
    inside = {"base_url": "http://10.0.0.7:8000"} if public else {}
    if inside:
        cookie = keeper.get_cookie("session")
        assert cookie
        keeper.set_cookie("session", cookie.value, domain="10.0.0.7")
    assert keeper.post(f"/consultations/{case}/certificates", data={"statement": "属实。"}, **inside).status_code == 303
    with database.reading() as session:
        one = session.scalars(select(Certificate)).one()
    leads_to = f"{public or 'http://localhost'}/certificates/verification?number={one.number}&code={one.code}"
    pdf = keeper.get(f"/certificates/{one.id}.pdf").data
    assert modules_seen(pdf, left_mm=169.5, top_mm=18, size_mm=24, code=leads_to) == modules_due(leads_to)


def test_a_certificate_is_revoked_from_the_page_after_its_consultation_was(
    database: Database, signed_in: SignedIn, case: int
) -> None:
    keeper, approver, page = signed_in("keeper"), signed_in("approver"), f"/consultations/{case}"
    assert keeper.post(f"{page}/certificates", data={"statement": SAYS}).status_code == 303
    assert keeper.post(f"{page}/revocation", data={"reason": "冒名"}).status_code == 303
    with database.reading() as session:
        revocation = f"/certificates/{session.scalars(select(Certificate.id)).one()}/revocation"
    assert all(f'href="{revocation}"' in person.get(page).text for person in (keeper, approver))
    assert revocation not in signed_in("supervisor").get(page).text
    own, fetch = f"/readings/{case}", "Fetch the paper at the keeping unit."
    assert fetch in signed_in("inquirer").get(own).text
    assert approver.post(revocation, data={"reason": "冒名"}).status_code == 303
    assert fetch not in signed_in("inquirer").get(own).text
    assert all(revocation not in person.get(page).text for person in (keeper, approver))


def test_guessing_codes_is_slowed_down(app: Flask, signed_in: SignedIn) -> None:
    anybody = app.test_client()
    codes = [
        anybody.get(f"/certificates/verification?number=DZ-2026-0001&code={guess}").status_code for guess in range(31)
    ]
    assert codes == [404] * 30 + [429]


def test_nothing_is_certified_before_the_approval(database: Database, signed_in: SignedIn, case: int) -> None:
    with database.reading() as session:
        undecided = session.scalars(select(Consultation.id).where(Consultation.id != case)).one()
    keeper, form = signed_in("keeper"), f"/consultations/{undecided}/certificates/new"
    assert form not in keeper.get(f"/consultations/{undecided}").text
    assert keeper.get(form).status_code == 422
    answer = keeper.post(f"/consultations/{undecided}/certificates", data={"statement": SAYS})
    assert answer.status_code == 422
    assert re.search("once the consultation was approved", answer.text)


def test_nothing_is_certified_from_a_file_that_has_passed_to_another_unit_or_was_destroyed(
    session: Session, store: FolderStore, cast: Cast, workshop: Workshop
) -> None:
    asked = opened(session, store, cast, furnish(session, store, cast))
    filing = Filing(cast.keeper, store, workshop, NOON, MONDAY)
    draft = draft_certificate(
        session, asked, SAYS, valid_until=None, address=lambda number, code: f"http://h/{number}/{code}", filing=filing
    )
    lines = scope_of(session, asked)
    item = lines[0].item
    assert can_be_certified(asked, lines)
    for record, change, why in (
        (item.file, {"unit": cast.other_district, "unit_id": cast.other_district.id}, "passed to 西区总工会"),
        (item, {"destroyed_on": MONDAY, "destroyed_under": "XH-2026-0001"}, "destroyed"),
    ):
        before = {name: getattr(record, name) for name in change}
        for name, value in change.items():
            setattr(record, name, value)
        assert not can_be_certified(asked, lines)
        with pytest.raises(KeptNoMore, match=why):
            give_certificate(session, asked, draft, filing=filing)
        for name, value in before.items():
            setattr(record, name, value)
