"""Every door of the application, tried by an inquirer with the ids of the rows: shut but for what is approved and open.

Before the approval, outside the scope, after the lapse, a revocation and an early end nothing of the archives answers:
no bytes, pictures, pages, items, files, hits, exports, prints.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.routing import Rule

from audit.models import UseEntry
from records.consultation.models import Consultation, ConsultationItem, State
from records.consultation.requests import accept_undertaking, close, revoke
from records.files.models import File, Item
from records.holdings.models import DigitalObject, Rendition
from records.holdings.work import prepare_some
from storage.database import Base, Database
from storage.media import Workshop
from tests.cast import NOON, Cast, find_cast
from tests.conftest import SignedIn
from tests.records.consultation.office import PERSON, Reading, approved, filed, furnish, narrowed
from web.transaction import store

SECRETS = ("帮扶申请书", "身份证明一份", "他户申请书", "申请书.pdf", "身份证.png", "他户.pdf", "韩东陵", "河街道 1 号")
TOLD = "周大河"  # what the inquirer wrote in the own request, and nothing else says
OWN = {
    "consultation.list_own", "consultation.new_request", "consultation.show_own", "consultation.register_oneself",
    "browse.workbench", "browse.list_articles", "browse.show_article", "accounts.show_account", "accounts.sign_in",
    "consultation.verify_certificate",  # public, and tells nothing of what a certificate says
    "notices.list_notices",
}  # fmt: skip
OWN_STEPS = {
    "consultation.file_own", "consultation.accept", "consultation.withdraw_own", "consultation.close_own",
    "consultation.tell_effect", "consultation.take_registration", "accounts.start", "accounts.change_password",
}  # fmt: skip
# They would end the walk, or go on with it in Chinese, in which the regulation itself says 帮扶申请书.
ENDS = {"accounts.sign_out", "accounts.revoke", "accounts.choose_language"}
WHILE_OPEN = {"consultation.read_item", "consultation.read_page"}
SHUT = {302, 303, 400, 403, 404, 405, 422}
QUERY = {"q": TOLD, "barcode": "P", "page": "1", "download": "1"}


@dataclass
class Case:
    """The rows of a request, and the browser of who filed it."""

    consultation: int
    line: int
    other_line: int
    item: int
    object: int
    client: FlaskClient


@pytest.fixture
def case(app: Flask, database: Database, signed_in: SignedIn, workshop: Workshop) -> Case:
    """A request whose scope is settled and not decided: pages 1 and 2 of the application."""
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one: Reading = furnish(session, store(), cast)
        asked = narrowed(session, cast, filed(session, store(), cast, one), {one.application.id: "1-2"})
        other = narrowed(session, cast, filed(session, store(), cast, one), {one.application.id: None})
        other.number = "CD-2026-9999"
        session.flush()
        lines = {each.consultation_id: each.id for each in session.scalars(select(ConsultationItem))}
        for row in session.scalars(select(DigitalObject)):
            row.prepared_at = None
        ids = asked.id, lines[asked.id], lines[other.id], one.application.id, one.scan.id
    with app.app_context():
        prepare_some(database, store(), workshop, limit=50)
    return Case(*ids, signed_in("inquirer"))


def change(database: Database, case: Case, state: State) -> None:
    """Bring the request into a state, as its people would."""
    with database.begin() as session:
        cast: Cast = find_cast(session)
        one = session.get_one(Consultation, case.consultation)
        if state is State.NARROWED:
            return
        approved(session, cast, one)
        if state is State.APPROVED:
            return
        accept_undertaking(session, one, PERSON, language="zh", actor=cast.inquirer.actor, at=NOON)
        if state is State.REVOKED:
            revoke(session, one, "不符", actor=cast.approver.actor, at=NOON)
        if state is State.CLOSED:
            close(session, one, "已查到", actor=cast.inquirer.actor, at=NOON)
        if state is State.LAPSED:
            one.decided_at, one.lapses_at = NOON - timedelta(days=2), NOON - timedelta(seconds=1)


def addresses(app: Flask, database: Database, case: Case) -> Iterator[tuple[Rule, str, str]]:
    """Every route with every method, built with the ids of rows that are there."""
    with database.reading() as session:
        tables = {table.name: table for table in Base.metadata.tables.values() if "id" in table.columns}
        rows = {name: session.scalar(select(func.max(table.c.id))) or 1 for name, table in tables.items()}
        file_id = session.scalar(select(Item.file_id).where(Item.id == case.item))
    rows |= {
        "consultation": case.consultation, "consultation_item": case.line, "item": case.item, "file": file_id or 1,
        "digital_object": case.object,
    }  # fmt: skip
    for rule in app.url_map.iter_rules():
        if rule.endpoint.endswith("static") or rule.endpoint in ENDS:
            continue
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = name.removesuffix("_id")  # a part of the address without a converter is fixed by its route
            if kind != name:
                values[name] = next((n for table, n in rows.items() if table == kind or table.endswith(f"_{kind}")), 1)
            else:
                values[name] = next(iter(getattr(rule._converters[name], "items", ())), 1)
        if "kind" in values and rule.endpoint == "holdings.picture":
            values["kind"] = "thumbnail"
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            with app.test_request_context():
                path = app.url_map.bind("localhost").build(rule.endpoint, values, method=method)
            yield rule, method, path


def leaks(app: Flask, database: Database, case: Case, allowed: set[str]) -> list[str]:
    """What answers though it should not, and where a word of the archives stands.

    What the inquirer may do is tried without any input, so that it changes nothing and shows the own page again.
    """
    found = []
    for rule, method, path in addresses(app, database, case):
        if method != "GET":
            answer = case.client.open(path, method=method)
            closed = SHUT
            if rule.endpoint.startswith(("consultation.", "accounts.")) and rule.endpoint not in OWN_STEPS:
                closed = {403, 404}  # no redirection: it would say that the step was taken
            told = any(secret in answer.text for secret in SECRETS) and not (allowed and rule.endpoint in OWN_STEPS)
            if answer.status_code not in closed or told:
                found.append(f"{method} {path}: {answer.status_code}")
            continue
        for query in ({}, QUERY, {**QUERY, "format": "xlsx"}):
            answer = case.client.get(path, query_string=query)
            if rule.endpoint in allowed:
                continue
            if rule.endpoint not in OWN and answer.status_code not in SHUT:
                found.append(f"{path} {query}: {answer.status_code}")
            said = answer.get_data()
            if any(secret.encode() in said for secret in SECRETS) or said[:4] in (b"%PDF", b"\xff\xd8\xff\xe0"):
                found.append(f"{path} {query}: tells")
    assert case.client.get("/readings").status_code == 200  # nothing of the walk has ended the sign-in
    return found


@pytest.mark.parametrize("state", [State.NARROWED, State.APPROVED, State.LAPSED, State.REVOKED, State.CLOSED])
def test_every_door_is_shut_before_approval_and_after_the_end(
    app: Flask, database: Database, case: Case, state: State
) -> None:
    change(database, case, state)
    assert leaks(app, database, case, set()) == []


def test_while_it_is_open_nothing_but_the_approved_pages_answers(app: Flask, database: Database, case: Case) -> None:
    change(database, case, State.OPEN)
    assert leaks(app, database, case, WHILE_OPEN | {"consultation.show_own"}) == []
    page = f"/readings/{case.consultation}/items/{case.line}/pages"
    for number in (1, 2):
        answer = case.client.get(f"{page}/{number}.jpg")
        assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Content-Disposition" not in answer.headers
    for beyond in (
        f"{page}/3.jpg",
        f"{page}/0.jpg",
        f"/readings/{case.consultation}/items/{case.other_line}/pages/1.jpg",
    ):
        assert case.client.get(beyond).status_code == 404
    assert case.client.get(f"/readings/{case.consultation}/items/{case.other_line}").status_code == 404


def test_a_page_drawn_for_one_reader_is_reached_by_nobody_else(
    app: Flask, database: Database, case: Case, signed_in: SignedIn
) -> None:
    change(database, case, State.OPEN)
    page = f"/readings/{case.consultation}/items/{case.line}/pages/1.jpg"
    assert case.client.get(page).status_code == 200
    with database.reading() as session:
        kept = session.scalars(select(Rendition).where(Rendition.kind.startswith("reading-"))).one()
    keeper = signed_in("keeper")
    assert keeper.get(f"/objects/{case.object}/pictures/page-1").status_code == 200
    assert keeper.get(f"/objects/{case.object}/pictures/{kept.kind}").status_code == 404
    assert keeper.get(page).status_code == 403
    assert case.client.get(f"/objects/{case.object}/pictures/{kept.kind}").status_code == 403


def test_every_look_at_a_page_and_every_refused_one_is_in_the_use_register(
    database: Database, case: Case, app: Flask
) -> None:
    change(database, case, State.OPEN)
    page = f"/readings/{case.consultation}/items/{case.line}/pages/1.jpg"
    for _ in range(3):
        case.client.get(page)
    with database.begin() as session:
        cast = find_cast(session)
        revoke(session, session.get_one(Consultation, case.consultation), "x", actor=cast.keeper.actor, at=NOON)
    assert case.client.get(page).status_code == 403
    with database.reading() as session:
        looks = session.scalars(select(UseEntry).where(UseEntry.actor == "inquirer").order_by(UseEntry.number)).all()
    assert [entry.action for entry in looks] == ["content.viewed"] * 3 + ["content.refused"]
    assert all('"page":1' in entry.details for entry in looks[:3])


def test_what_passes_to_another_unit_or_is_destroyed_closes_under_the_reader(database: Database, case: Case) -> None:
    change(database, case, State.OPEN)
    page = f"/readings/{case.consultation}/items/{case.line}/pages/1.jpg"
    with database.begin() as session:
        cast = find_cast(session)
        file = session.get_one(File, session.get_one(Item, case.item).file_id)
        file.unit_id = cast.other_district.id
    assert case.client.get(page).status_code == 403
