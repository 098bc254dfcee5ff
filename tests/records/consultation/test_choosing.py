"""Choosing what can be shown file by file: nothing is written, and nothing lost, until the scope is settled."""

import re
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select

from audit import AuditEntry
from classification.categories import SecrecyLevel
from records.consultation.models import ConsultationItem, Way
from records.consultation.requests import Request
from records.files.models import Item
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from storage.database import Database
from tests.cast import MONDAY, NOON, find_cast, make_item, make_yearly_file
from tests.conftest import SignedIn
from tests.records.consultation.office import filed, furnish
from web.transaction import store


@dataclass
class Shelf:
    """A request for the daily work of two years, with the items of each."""

    case: int
    files: list[int]
    items: list[list[int]]
    foreign: int


@pytest.fixture
def shelf(app: Flask, database: Database) -> Shelf:
    with app.app_context(), database.begin() as session:
        cast = find_cast(session)
        one = furnish(session, store(), cast)
        place = add_place(session, cast.district, PlaceKind.REPOSITORY, "文书库", actor=cast.keeper.actor)
        session.flush()
        files = [make_yearly_file(session, cast, year=year) for year in (2026, 2025)]
        items: list[list[int]] = []
        for file in files:
            items.append([])
            for number in (1, 2):
                item = make_item(
                    session, file, cast.keeper.actor, f"{file.year} 年第 {number} 份计划", document_type="work_plan",
                    retention_class="documentary.plans", dated=f"{file.year}-03-0{number}",
                )  # fmt: skip
                register_copy(session, item, place, pages_count=4, actor=cast.keeper.actor, at=NOON, on=MONDAY)
                file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
                items[-1].append(item.id)
        request = Request(Way.COUNTER, "编写工会志", "历年计划", letter_number="志办〔2026〕1号")
        asked = filed(session, store(), cast, one, request)
        return Shelf(asked.id, [file.id for file in files], items, one.application.id)


def boxes(page: str) -> dict[int, tuple[bool, str]]:
    """The items of the page: whether they are ticked, and the pages beside them."""
    ticks = re.findall(r'type="checkbox" name="item" value="(\d+)"[^>]*?( checked)?>', page)
    pages = dict(re.findall(r'name="pages-(\d+)" size="8" value="([^"]*)"', page))
    return {int(item): (bool(checked), pages[item]) for item, checked in ticks}


def test_what_is_chosen_is_kept_from_file_to_file_and_written_when_the_scope_is_settled(
    database: Database, signed_in: SignedIn, shelf: Shelf
) -> None:
    keeper, page = signed_in("keeper"), f"/consultations/{shelf.case}"
    (newest, older), ((first, second), (third, fourth)) = shelf.files, shelf.items
    assert boxes(keeper.get(page).text) == {first: (False, ""), second: (False, "")}
    with database.reading() as session:
        entries = session.scalars(select(AuditEntry.number)).all()
    typed = {"item": [str(first)], f"pages-{first}": "１至2", "left_out": "其余与用途无关", "identity_seen": "y"}
    moved = keeper.post(f"{page}/scope/file", data={**typed, "file": str(older)})
    assert moved.status_code == 200
    assert boxes(moved.text) == {third: (False, ""), fourth: (False, ""), first: (True, "1-2")}
    assert "Chosen when this page was shown: 1 item, from 1 file." in moved.text
    assert "其余与用途无关" in moved.text
    assert re.search(r'id="identity_seen"[^>]*checked|checked[^>]*id="identity_seen"', moved.text)
    typed |= {"item": [str(first), str(third)], f"pages-{first}": "1-2", f"pages-{third}": "4"}
    back = keeper.post(f"{page}/scope/file", data={**typed, "file": str(newest)})
    assert boxes(back.text) == {first: (True, "1-2"), second: (False, ""), third: (True, "4")}
    assert "Chosen when this page was shown: 2 items, from 2 files." in back.text
    again = keeper.post(f"{page}/scope/file", data=typed, headers={"Referer": f"http://localhost{page}/scope/file"})
    assert f'name="back" value="{page}"' in again.text  # to see it in Chinese
    with database.reading() as session:
        assert session.scalars(select(ConsultationItem)).all() == []
        assert session.scalars(select(AuditEntry.number)).all() == entries
    assert keeper.post(f"{page}/scope", data={**typed, "file": str(newest)}).status_code == 303
    with database.reading() as session:
        kept = session.execute(select(ConsultationItem.item_id, ConsultationItem.pages)).all()
    assert sorted(map(tuple, kept)) == [(first, "1-2"), (third, "4")]
    assert boxes(keeper.get(page, query_string={"file": older}).text) == {
        third: (True, "4"), fourth: (False, ""), first: (True, "1-2"),
    }  # fmt: skip


def test_why_an_item_is_refused_stands_beside_it_whatever_file_is_shown(
    database: Database, signed_in: SignedIn, shelf: Shelf
) -> None:
    keeper, page = signed_in("keeper"), f"/consultations/{shelf.case}/scope"
    (_, older), ((first, second), (third, _)) = shelf.files, shelf.items
    typed = {"file": str(older), "left_out": "无", "identity_seen": "y"}

    def reason_beside(item: int, others: list[int]) -> str:
        sent = {**typed, "item": [str(item), *map(str, others)], f"pages-{first}": "3-9", f"pages-{second}": "1"}
        answer = keeper.post(page, data=sent)
        assert answer.status_code == 422
        assert all(boxes(answer.text)[each][0] for each in (item, *others))
        (found,) = re.findall(r'id="pages-(\d+)-error">([^<]*)<', answer.text)
        assert int(found[0]) == item
        return str(found[1])

    assert "give pages as 1-3,5, from 1 to 4" in reason_beside(first, [second, third])
    assert "A request may be narrowed, never widened" in reason_beside(shelf.foreign, [second])
    with database.begin() as session:
        item = session.get_one(Item, third)
        item.secrecy = SecrecyLevel.SECRET
    assert "state secret" in reason_beside(third, [second])
    with database.reading() as session:
        assert session.scalars(select(ConsultationItem)).all() == []
