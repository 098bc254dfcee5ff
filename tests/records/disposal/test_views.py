"""The pages of disposal: a batch from the due list to the filed list, step by step, by those who may."""

import re
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import event, select

from accounts.models import User
from classification.identity import mask_name
from config import Settings
from records.disposal.batches import lines_of
from records.disposal.models import (
    BatchState,
    DisposalBatch,
    DisposalLine,
    DisposalPart,
    DisposalSignature,
    Hold,
    LineState,
)
from records.disposal.signing import name_party
from records.files.membership import join_household
from records.files.models import File, Item, WithdrawalReason
from records.files.withdrawals import correct_withdrawal
from records.holdings.copies import register_copy
from records.holdings.models import PaperCopy, Place
from records.households.models import Relation
from records.households.services import MemberEntry, unsealed_number
from storage.database import Database
from tests.cast import MONDAY, NOON, PASSWORD, find_cast, make_file
from tests.conftest import SignedIn, pages_on_both
from tests.records.disposal.office import (
    DESTROYED_ON,
    WITHDRAWN_ON,
    Disposal,
    make_deeds_box,
    make_household,
    make_place,
    make_statements,
    moment,
    number,
    person,
)
from web.transaction import store


class Clock:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.now = NOON


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def settings(settings: Settings, clock: Clock) -> Settings:
    return replace(settings, clock=lambda: clock.now)


@pytest.fixture
def office(app: Flask, database: Database) -> Database:
    """Two households and bank statements due, and two people to watch."""
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        place = make_place(session, cast)
        make_deeds_box(session, cast, place)
        for sequence, name in ((1, "周大河"), (2, "陈小平")):
            make_household(session, cast, place, store(), sequence=sequence, name=name)
        make_statements(session, cast, place, store())
        for name in ("witness.one", "witness.two"):
            person(session, cast, name, name)
    return database


def wrong(page: str) -> list[str]:
    """What a page says is wrong."""
    return re.findall(r'class="(?:wrong|notice refusal)"[^>]*>([^<]*)', page)


def post(client: FlaskClient, path: str, **data: Any) -> str:
    answer = client.post(path, data=data, follow_redirects=True)
    assert answer.status_code == 200, wrong(answer.text)
    return answer.text


def seen_by(client: FlaskClient, batch: str) -> str:
    """What the form of the approval says of the list that the page shows."""
    form = re.search(r'action="[^"]+/approval".+?</form>', client.get(batch).text, re.S)
    assert form
    [seen] = re.findall(r'name="seen"[^>]*value="(\w+)"', form[0])
    return str(seen)


def draw(client: FlaskClient, database: Database) -> int:
    with database.reading() as session:
        unit = find_cast(session).district.id
    post(client, "/disposals", category="original", unit=unit, all="1")
    with database.reading() as session:
        return session.scalars(select(DisposalBatch.id)).one()


def test_the_due_list_shows_the_three_clocks_and_exports(office: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    page = client.get("/due").text
    assert "周大河" in page
    assert "2014 年银行对账单" in page
    assert "2026-03-01" in page  # the last day of the households
    assert "2024-12-31" in page
    assert "周大河" not in client.get("/due?category=accounting").text
    assert client.get("/due?format=xlsx").mimetype.endswith("sheet")
    assert "周大河" not in signed_in("west.keeper").get("/due").text


def test_with_nothing_ticked_the_due_list_says_what_to_do(office: Database, signed_in: SignedIn) -> None:
    with office.reading() as session:
        unit = find_cast(session).district.id
    client = signed_in("keeper")
    page = post(client, "/disposals", category="original", unit=unit)
    assert "Tick the files to be appraised first." in page
    assert "周大河" in page
    with office.reading() as session:
        assert session.scalars(select(DisposalBatch.id)).all() == []


@pytest.mark.parametrize("path", ["/due", "/disposals", "/holds", "/disposals/1"])
def test_pages_take_a_constant_number_of_queries(office: Database, app: Flask, signed_in: SignedIn, path: str) -> None:
    client = signed_in("keeper")
    draw(client, office)
    counts = []
    for sequence in (20, 30):
        statements: list[str] = []

        def note(*arguments: Any, heard: list[str] = statements) -> None:
            heard.append(arguments[2])

        event.listen(office.engine, "before_cursor_execute", note)
        assert client.get(path).status_code == 200
        event.remove(office.engine, "before_cursor_execute", note)
        counts.append(len(statements))
        with app.app_context(), office.begin() as session:
            cast = find_cast(session)
            place = make_place(session, cast)
            for number in range(sequence, sequence + 5):
                make_household(session, cast, place, store(), sequence=number, name=f"户{number}")
    assert counts[0] == counts[1]
    assert counts[0] < 40


@pages_on_both
def test_a_batch_goes_from_the_due_list_to_the_filed_list(office: Database, signed_in: SignedIn, clock: Clock) -> None:
    keeper, approver = signed_in("keeper"), signed_in("approver")
    batch = f"/disposals/{draw(keeper, office)}"
    refused = keeper.post(f"{batch}/submission")
    assert refused.status_code == 422
    assert "still lacks" in refused.text
    post(keeper, f"{batch}/group", role="archives", name="组员档案", position="东区总工会")
    nobody = keeper.post(f"{batch}/group", data={"role": "member", "position": "东区总工会"})
    assert (nobody.status_code, 'id="name-error"' in nobody.text) == (422, True)
    post(keeper, f"{batch}/group", role="member", person="reader", position="东区总工会")
    assert "李读" in keeper.get(batch).text
    post(keeper, f"{batch}/opinions", verdict="destroy", opinion_reason="期满无价值", all="1")
    post(keeper, f"{batch}/submission")
    post(approver, f"{batch}/return", reason="请补充理由")
    assert "请补充理由" in keeper.get(batch).text
    post(keeper, f"{batch}/submission")
    assert keeper.post(f"{batch}/approval").status_code == 403
    shown = seen_by(approver, batch)
    with office.begin() as session:
        item, spot = session.get_one(Item, 1), session.scalars(select(Place)).one()
        register_copy(session, item, spot, pages_count=40, actor=find_cast(session).keeper.actor, at=NOON, on=MONDAY)
    changed = approver.post(f"{batch}/approval", data={"seen": shown})
    assert (changed.status_code, "2 on paper, 42 pages" in changed.text) == (409, True)
    assert "look at it again, then decide" in changed.text
    post(approver, f"{batch}/approval", seen=seen_by(approver, batch))
    for name in ("witness.one", "witness.two"):
        post(keeper, f"{batch}/parties", part="witness", person=name)
    assert keeper.post(f"{batch}/destruction").status_code == 409  # it waits
    clock.now = NOON + (DESTROYED_ON - MONDAY) + timedelta(days=1)
    keeper, witnesses = signed_in("keeper"), [signed_in(name) for name in ("witness.one", "witness.two")]
    with office.reading() as session:
        digest = session.scalars(select(DisposalBatch.list_sha256)).one()
    for witness in witnesses:
        post(witness, f"{batch}/count", password=PASSWORD, seen=digest)
    post(keeper, f"{batch}/destruction")
    for witness in witnesses:
        post(witness, f"{batch}/signature", password=PASSWORD, seen=digest, spot="H-DEED")
    with office.reading() as session:
        done = session.scalars(select(DisposalBatch)).one()
        assert done.state is BatchState.COMPLETED
        assert set(session.scalars(select(DisposalLine.state))) == {LineState.DESTROYED}
        file = session.scalars(select(File).where(File.destroyed_on.is_not(None)).limit(1)).one()
        item = session.scalars(select(Item).where(Item.file_id == file.id)).one()
        copy = session.scalars(select(PaperCopy).where(PaperCopy.item_id == item.id).order_by(PaperCopy.id)).first()
        assert copy
        code, number = file.code, done.number
    assert keeper.get(f"{batch}/list.pdf").mimetype == "application/pdf"
    assert keeper.get(f"{batch}/opinion.pdf").mimetype == "application/pdf"
    for path in (f"/files/{file.id}", f"/items/{item.id}", f"/copies/{copy.id}", batch):
        page = keeper.get(path).text
        assert number in page
        assert "周大河" not in page
    listed = keeper.get("/files?state=destroyed").text
    assert code in listed
    assert number in listed
    assert "Withdrawn</span>" not in listed
    assert "on neither" not in keeper.get(f"/files/{file.id}").text
    assert keeper.get(f"/objects/{item.id}").status_code in (404, 409)


def test_a_wrong_password_signs_nothing(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        watch = session.scalars(select(User).where(User.name == "witness.one")).one()
        batch = Disposal(session, cast, []).approved()
        session.add(DisposalSignature(batch_id=batch.id, part="witness", user_id=watch.id))
    client = signed_in("witness.one")
    answer = client.post(f"/disposals/{batch.id}/count", data={"password": "wrong", "seen": batch.list_sha256})
    assert answer.status_code == 422
    assert "The password is wrong" in answer.text
    with office.reading() as session:
        assert session.scalars(select(DisposalSignature.counted_at)).one() is None


def test_a_witness_who_can_no_longer_sign_is_replaced_on_the_page(office: Database, signed_in: SignedIn) -> None:
    with office.begin() as session:
        watching = session.scalars(select(User).where(User.name.startswith("witness.")).order_by(User.id)).all()
        batch = Disposal(session, find_cast(session), watching).destroyed()
        path, first = f"/disposals/{batch.id}", session.scalars(select(DisposalSignature.id)).first()
    keeper, data = signed_in("keeper"), {"replaced": first, "replaced_reason": "因病住院"}
    assert "Replace the witness" in keeper.get(path).text
    wrong_person = keeper.post(f"{path}/replacement", data={**data, "replacement": "nobody"})
    assert wrong_person.status_code == 422
    assert 'id="replacement-error"' in wrong_person.text
    assert signed_in("witness.two").post(f"{path}/replacement", data=data).status_code == 403
    page = post(keeper, f"{path}/replacement", **data, replacement="reader")
    assert "李读 stands in" in page
    assert "因病住院" in page
    assert "Count before" in signed_in("reader").get(path).text
    assert signed_in("witness.one").get(path).status_code == 404


def test_holds_are_placed_on_the_page_of_a_file_and_lifted_one_by_one(office: Database, signed_in: SignedIn) -> None:
    client = signed_in("keeper")
    for kind, reason in (("audit", "专项审计"), ("litigation", "劳动争议")):
        post(client, "/files/1/holds", kind=kind, reason=reason)
    assert "劳动争议" in client.get("/holds").text
    assert client.get("/due?state=held").text.count("周大河") == 1
    with office.reading() as session:
        first = session.scalars(select(Hold.id).order_by(Hold.id).limit(1)).one()
    post(client, f"/holds/{first}/lifting", reason="审计结束")
    page = client.get("/files/1/holds").text
    assert "审计结束" in page
    assert signed_in("reader").post("/files/1/holds").status_code == 403


def test_nobody_of_the_other_district_sees_a_batch_or_a_hold(office: Database, signed_in: SignedIn) -> None:
    keeper = signed_in("keeper")
    batch = draw(keeper, office)
    post(keeper, "/items/1/holds", kind="audit", reason="专项审计")
    stranger = signed_in("west.keeper")
    for path in (f"/disposals/{batch}", f"/disposals/{batch}/list.pdf", "/files/1/holds", "/items/1/holds",
                 "/holds/1/lifting"):  # fmt: skip
        assert stranger.get(path).status_code == 404
    for path in (f"/disposals/{batch}/submission", f"/disposals/{batch}/group", f"/disposals/{batch}/opinions",
                 f"/disposals/{batch}/destruction", "/files/1/holds", "/holds/1/lifting"):  # fmt: skip
        assert stranger.post(path).status_code in (403, 404)
    assert "专项审计" not in stranger.get("/holds").text


def test_who_is_only_named_to_watch_finds_masked_names_on_every_sheet_of_the_batch(
    office: Database, signed_in: SignedIn
) -> None:
    with office.begin() as session:
        disposal = Disposal(session, find_cast(session))
        batch = disposal.approved()
        name_party(session, batch, DisposalPart.WITNESS, disposal.cast.reader, actor=disposal.cast.keeper.actor)
        path, name = f"/disposals/{batch.id}", lines_of(session, batch)[0].title
    page = signed_in("keeper").get(path).text
    assert name in page
    assert '<option value="supervisor">' in page
    assert not re.search('<option value="(approver|keeper|reader|west.keeper)">', page)  # in it, named, or of others
    reader = signed_in("reader")
    assert reader.get(f"{path}/opinion.pdf").status_code == 404
    assert reader.get(f"{path}/list.pdf").status_code == 200
    page = reader.get(path).text
    assert name not in page
    assert mask_name(name) in page
    sheet = load_workbook(BytesIO(reader.get(f"{path}?format=xlsx").data)).active
    assert name not in str(list(sheet.values))  # type: ignore[union-attr]


def test_the_filter_of_batches_shows_those_whose_waiting_is_over(
    office: Database, signed_in: SignedIn, clock: Clock
) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        batch = Disposal(session, cast).approved()
        number, waits_until = batch.number, batch.waits_until
    assert waits_until is not None
    for days, shown in ((0, False), (1, True)):
        clock.now = moment(waits_until + timedelta(days=days))
        keeper = signed_in("keeper")  # nobody stays signed in for a month
        assert (number in keeper.get("/disposals?over=1").text) is shown
        assert number in keeper.get("/disposals").text


def test_a_worker_who_stands_in_another_household_by_now_is_told_wherever_the_old_file_is_looked_at(
    office: Database, signed_in: SignedIn
) -> None:
    with office.begin() as session:
        cast = find_cast(session)
        old = session.scalars(select(File).where(File.title == "周大河", File.withdrawn_on.is_not(None))).first()
        assert old is not None
        assert old.household is not None
        person = old.household.worker.person
        new = make_file(session, cast, number=number(60), name="李远")
        entry = MemberEntry(person.name, Relation.OTHER, unsealed_number(session, person))
        join_household(session, new, entry, actor=cast.keeper.actor, on=MONDAY)
        day, because = WITHDRAWN_ON - timedelta(days=40), "审批表落款为该日"
        correct_withdrawal(
            session, old, day, WithdrawalReason.LIFTED, because, actor=cast.approver.actor, today=WITHDRAWN_ON
        )  # fmt: skip
        old_id, new_id, old_code, new_code = old.id, new.id, old.code, new.code
    client = signed_in("keeper")
    batch = client.get(f"/disposals/{draw(client, office)}").text
    assert because in batch
    for page in (batch, client.get(f"/files/{old_id}").text, client.get(f"/files/{old_id}/household").text):
        assert f"now stands in {new_code} (东区总工会)" in page
    assert f"worker of the withdrawn file {old_code}" in client.get(f"/files/{new_id}/household").text
