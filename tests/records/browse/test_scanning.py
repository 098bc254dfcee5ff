"""Whatever code is scanned opens the thing it stands for, and nothing outside the scope of who scans."""

import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

import records
from accounts.models import User
from records.browse.scanning import NUMBERS as SERIES
from records.browse.scanning import Found, found_by, is_code
from records.closing.families import merge
from records.closing.models import FamilyChange
from records.handover.models import Handover
from records.holdings.models import DigitalObject
from records.households.models import Relation
from records.stocktake.services import start
from tests.cast import MONDAY, NOON, NUMBERS, Cast, make_file
from tests.records.closing.cases import TOGETHER
from tests.records.handover.office import Office, begin, make_office
from tests.records.lending.asking import asked

DIGEST = "ab" * 32


@pytest.fixture
def office(session: Session, cast: Cast) -> Office:
    made = make_office(session, cast)
    cast.reader.card_number = "CARD-7"
    item = made.filed.item
    session.add(
        DigitalObject(
            item_id=item.id, file_id=item.file_id, name="a.pdf", key="k", sha256=DIGEST, size_bytes=1,
            media_type="application/pdf", stored_at=NOON,
        )
    )  # fmt: skip
    begin(session, cast)
    start(session, made.place, cast.keeper, cast.approver, actor=cast.keeper.actor, at=NOON, on=MONDAY)
    session.flush()
    return made


def opened(session: Session, text: str, user: User) -> str | None:
    found = found_by(session, text, user.actor, MONDAY)
    return found.endpoint if found else None


def test_every_code_opens_its_thing(session: Session, cast: Cast, office: Office) -> None:
    handover = session.scalars(select(Handover)).one()
    codes = {
        "p-0001": "holdings.show_copy",
        "H-0001": "holdings.show_box",
        office.place.barcode: "holdings.show_place",
        office.files[0].code: "browse.show_file",
        str(office.filed.item.code): "browse.show_item",
        "card-7": "lending.desk",
        DIGEST: "holdings.show_object",
        handover.number: "handover.show_handover",
        "pd-2026-0001": "stocktake.show_stocktake",
    }
    assert {code: opened(session, code, cast.keeper) for code in codes} == codes
    assert all(is_code(session, code) for code in codes)
    assert not is_code(session, "困难职工")


def test_the_number_of_a_request_for_paper_opens_it(session: Session, cast: Cast, office: Office) -> None:
    request = asked(session, office.filed.item, cast.reader, paper_reason="核对原件")
    assert opened(session, request.number, cast.keeper) == opened(session, request.number, cast.reader)
    assert opened(session, request.number, cast.reader) == "lending.show_request"
    assert opened(session, request.number, cast.other_keeper) is None


def test_every_kind_of_number_that_is_given_opens_a_page(app: Flask, session: Session, cast: Cast) -> None:
    sources = (path.read_text() for path in Path(records.__file__).parent.rglob("*.py"))
    given = {letters for text in sources for letters in re.findall(r'f"([A-Z]{2})-\{\w+\.year\}-"', text)}
    assert given == set(SERIES)
    pages = {rule.endpoint: rule.arguments for rule in app.url_map.iter_rules()}
    for letters, kind in SERIES.items():
        assert pages[kind.endpoint] == {kind.argument}, letters
        assert opened(session, f"{letters}-2026-9999", cast.keeper) is None


def test_nothing_outside_the_scope_is_opened(session: Session, cast: Cast, office: Office) -> None:
    for code in ("P-0001", "H-0001", office.place.barcode, office.files[0].code, DIGEST, "PD-2026-0001"):
        assert opened(session, code, cast.other_keeper) is None
    assert opened(session, "CARD-7", cast.approver) is None


def test_the_code_of_a_joined_file_opens_it_and_for_who_may_not_see_it_the_one_that_goes_on(
    session: Session, cast: Cast
) -> None:
    lasting, joined = (
        make_file(session, cast, number=number, name=name)
        for number, name in ((NUMBERS[0], "周大河"), (NUMBERS[1], "陈平"))
    )
    relations = {member.id: Relation.OTHER for member in joined.household.present_members}
    merge(
        session, joined, lasting, relations, FamilyChange.OTHER, monthly_income_per_head=TOGETHER, remarks=None,
        actor=cast.keeper.actor, on=MONDAY,
    )  # fmt: skip
    session.flush()
    assert found_by(session, joined.code, cast.keeper.actor, MONDAY) == Found(
        "browse.show_file", {"file_id": joined.id}
    )
    assert found_by(session, joined.code, cast.reader.actor, MONDAY) == Found(
        "browse.show_file", {"file_id": lasting.id}
    )


def test_ones_own_card_opens_ones_account(session: Session, cast: Cast, office: Office) -> None:
    assert found_by(session, "CARD-7", cast.reader.actor, MONDAY) == Found("accounts.show_account", {})
