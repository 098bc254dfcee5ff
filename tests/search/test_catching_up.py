"""The index follows the audit chain, and can be thrown away at any time."""

from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from classification.categories import Category
from classification.periods import Period
from records.files.models import File, Item, WithdrawalReason
from records.files.services import describe, withdraw
from records.files.stubs import reduce_file, reduce_item
from records.holdings.boxes import add_box, move_box
from records.holdings.copies import register_copy
from records.holdings.models import DigitalObject, ObjectText, PlaceKind
from records.holdings.places import add_place
from records.households.models import Relation
from records.households.services import MemberEntry, add_member
from search import Index, parse
from search.services import backlog, catch_up, rebuild
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, description, find_cast, make_cast, make_file, make_item


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index.open_or_create(tmp_path / "index")


def keys(index: Index, words: str, scope: str, **filters: tuple[str, ...]) -> set[str]:
    results = index.search(parse(words), {scope}, limit=1_000, filters=filters)
    assert results.total == len(results.hits)
    return {hit.key for hit in results.hits}


def level(database: Database, index: Index) -> None:
    while catch_up(database, index):
        pass
    assert backlog(database, index) == 0


def with_text(session: Session, item: Item, text: str, sha256: str = "a" * 64) -> None:
    """An object of an item with its text, as the worker leaves it behind."""
    row = DigitalObject(
        item_id=item.id,
        file_id=item.file_id,
        name="正文.txt",
        key=f"objects/{sha256[:2]}/{sha256[:32]}",
        sha256=sha256,
        size_bytes=1,
        media_type="text/plain",
        stored_at=NOON,
        prepared_at=NOON,
    )
    session.add(row)
    session.flush()
    session.add(ObjectText(object_id=row.id, text=text))


def test_an_item_is_found_by_every_field_that_describes_it(both_databases: Database, index: Index) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        file = make_file(session, cast)
        item = make_item(
            session,
            file,
            cast.keeper.actor,
            "入户调查记录",
            document_number="调〔2026〕7号",
            people="吴采薇",
            recorded_by="郑拍摄",
            caption="客厅屋顶漏水",
            place="河街道 1 号院",
            related_code="C038-ZP·2026·D10-0007",
            remarks="原件有折痕",
            responsible_body="机械厂工会委员会",
        )
        with_text(session, item, "低保金每月四\n百八十六元")
    level(both_databases, index)
    words = (
        "入户调查",
        "〔2026〕7号",
        "采薇",
        "拍摄",
        "漏水",
        "1 号院",
        "D10-0007",
        "折痕",
        "工会委",
        "四百八十六",
        "周大河",
    )
    for word in (*words, "四百八十六", file.code):
        assert f"item:{item.id}" in keys(index, f'"{word}"', cast.district.path), word


def test_a_change_is_found_and_what_stood_before_is_not(both_databases: Database, index: Index) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        item = make_item(session, make_file(session, cast), cast.keeper.actor, "旧题名")
    level(both_databases, index)
    with both_databases.begin() as session:
        describe(session, session.get_one(Item, item.id), description("新题名"), actor=cast.keeper.actor, on=MONDAY)
    level(both_databases, index)
    assert keys(index, "旧题名", cast.district.path) == set()
    assert keys(index, "新题名", cast.district.path) == {f"item:{item.id}"}


def test_a_new_member_of_the_household_finds_the_file_and_its_items(both_databases: Database, index: Index) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        file = make_file(session, cast)
        item = make_item(session, file, cast.keeper.actor)
    level(both_databases, index)
    with both_databases.begin() as session:
        household = session.get_one(File, file.id).household
        assert household is not None
        entry = MemberEntry("周小溪", Relation.CHILD, NUMBERS[1])
        add_member(
            session, household, entry, active=True, unit_path=cast.district.path, actor=cast.keeper.actor, on=MONDAY
        )
    level(both_databases, index)
    assert keys(index, "周小溪", cast.district.path) == {f"item:{item.id}", f"file:{file.id}"}


def test_a_moved_box_takes_its_items_to_the_new_place(both_databases: Database, index: Index) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        actor = cast.keeper.actor
        item = make_item(session, make_file(session, cast), actor)
        here = add_place(session, cast.district, PlaceKind.REPOSITORY, "一库", actor=actor)
        there = add_place(session, cast.district, PlaceKind.REPOSITORY, "二库", actor=actor)
        box = add_box(
            session, here, Category.ORIGINAL, 2026, Period(10), keeper=cast.keeper, actor=actor, at=NOON, on=MONDAY
        )
        register_copy(session, item, box, pages_count=2, actor=actor, at=NOON, on=MONDAY)
    level(both_databases, index)
    assert keys(index, "", cast.district.path, place=(here.path,)) == {f"item:{item.id}"}
    with both_databases.begin() as session:
        box, there = session.merge(box), session.merge(there)
        move_box(session, box, there, actor=actor, at=NOON)
    level(both_databases, index)
    assert keys(index, "", cast.district.path, place=(here.path,)) == set()
    assert keys(index, "", cast.district.path, place=(there.path,)) == {f"item:{item.id}"}


def test_what_is_found_stays_within_the_units_asked_for(both_databases: Database, index: Index) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        item = make_item(session, make_file(session, cast), cast.keeper.actor, "困难申请")
    level(both_databases, index)
    for unit, seen in ((cast.city, True), (cast.district, True), (cast.street, False), (cast.other_district, False)):
        assert (f"item:{item.id}" in keys(index, "困难申请", unit.path)) is seen
        assert bool(keys(index, "", unit.path)) is seen


def test_an_index_built_anew_finds_the_same(both_databases: Database, index: Index, tmp_path: Path) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        for number, name in enumerate(("周大河", "吴小川", "郑长江")):
            file = make_file(session, cast, number=NUMBERS[number], name=name)
            make_item(session, file, cast.keeper.actor, f"{name}的申请书")
    level(both_databases, index)
    anew = Index.open_or_create(tmp_path / "anew")
    told: list[int] = []
    assert rebuild(both_databases, anew, told.append) == len(anew) == len(index) == 6
    assert told[-1] == 6
    assert backlog(both_databases, anew) == 0
    for words in ("", "周大河", "申请书", "大河 申请", "C038"):
        assert keys(anew, words, cast.city.path) == keys(index, words, cast.city.path)


@pytest.mark.parametrize("stops", [[0], [5, 0], [30, 2, 11]])
def test_taking_the_same_entries_in_twice_changes_nothing(
    both_databases: Database, index: Index, stops: list[int]
) -> None:
    with both_databases.begin() as session:
        cast = make_cast(session)
        make_item(session, make_file(session, cast), cast.keeper.actor)
    level(both_databases, index)
    before = keys(index, "", cast.city.path)
    for stop in stops:
        with index.writer() as writer:
            writer.cursor = min(stop, writer.cursor)
        level(both_databases, index)
    assert keys(index, "", cast.city.path) == before
    assert len(before) == 2


def test_the_index_forgets_a_destroyed_household_as_the_database_does(database: Database, index: Index) -> None:
    """Its words are in no file of the index, though nothing else is written (art. 15)."""

    def files_that_say(word: str) -> list[Path]:
        return [path for path in index.folder.glob("*.seg") if word in path.read_bytes().decode(errors="ignore")]

    with database.begin() as session:
        cast = find_cast(session)
        file = make_file(session, cast, name="欧阳独行")
        make_item(session, file, cast.keeper.actor, "欧阳独行的申请书")
        kept = make_file(session, cast, name="周大河", number=NUMBERS[2])
        for number in range(10):
            make_item(session, kept, cast.keeper.actor, f"材料{number}")
    level(database, index)
    assert files_that_say("欧阳独行")
    with database.begin() as session:
        file = session.get_one(File, file.id)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=cast.keeper.actor, on=MONDAY, today=MONDAY)
    level(database, index)
    with database.begin() as session:
        file = session.get_one(File, file.id)
        for item in session.scalars(select(Item).where(Item.file_id == file.id)):
            reduce_item(item, "XH-2036-0001", on=MONDAY)
        reduce_file(session, file, "XH-2036-0001", on=MONDAY)
        audit.record(session, "worker", "file.destroyed", file, destruction_list="XH-2036-0001")
    level(database, index)
    while index.tidy():
        pass
    assert files_that_say("欧阳独行") == []
    assert files_that_say("周大河")
