"""Items of a file and accounting volumes from a sheet."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from classification.categories import Carrier, Category, RecordForm
from records.exchange.models import ImportKind, ImportRun, RunState
from records.exchange.services import end_import, examine, locked_run, order_run, run_next
from records.files.batches import collect_many
from records.files.errors import NotTheKeepersUnit, RecordDestroyed
from records.files.models import File, Item, WithdrawalReason
from records.files.services import withdraw
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from storage.database import Database
from tests.cast import MONDAY, NOON, NUMBERS, Cast, description, find_cast, make_file, make_item, make_yearly_file
from tests.records.closing.cases import offer, take
from tests.records.exchange.sheets import Cells, Desk, sheet


def item_row(at: int, **changes: object) -> Cells:
    cells = {
        "title": f"第 {at} 号材料",
        "document_type": "收入证明材料",
        "dated": "2026-02",
        "responsible_body": "机械厂工会",
        "pages_count": 2,
    }
    return {**cells, **changes}


def volume_row(volume: str, **changes: object) -> Cells:
    cells = {"year": 2025, "sub_code": "会计凭证", "volume": volume, "volume_class": "enterprise.bookkeeping_vouchers"}
    return {**cells, **changes}


VOUCHER = {
    "title": "1 月记账凭证",
    "document_type": "会计凭证",
    "dated": "2025-01",
    "responsible_body": "财务部",
}


@pytest.fixture
def file(desk: Desk) -> File:
    with desk.database.begin() as session:
        return make_file(session, find_cast(session))


def test_items_are_collected_with_what_their_kind_proposes_and_known_the_second_time(desk: Desk, file: File) -> None:
    rows = [
        item_row(1),
        item_row(2, dated=2026, form="表格", carrier="电子（原生）", document_number="〔2026〕2 号"),
    ]
    run = desk.order(desk.upload(sheet(ImportKind.ITEMS, rows), ImportKind.ITEMS, file))
    assert (run.state, run.new) == (RunState.IMPORTED, 2)
    with desk.database.reading() as session:
        first, second = session.scalars(select(Item).order_by(Item.id))
        assert (first.retention_class, first.form, first.carrier) == ("original.file", RecordForm.TEXT, Carrier.PAPER)
        assert (second.dated, second.form, second.carrier) == ("2026", RecordForm.TABLE, Carrier.ELECTRONIC)
    again = desk.upload(sheet(ImportKind.ITEMS, rows), ImportKind.ITEMS, file)
    assert (again.new, again.known) == (0, 2)


def test_a_reference_code_names_an_item_on_record_and_never_makes_one(desk: Desk, file: File) -> None:
    with desk.database.begin() as session:
        cast = find_cast(session)
        item = make_item(session, session.get_one(File, file.id), cast.keeper.actor, document_type="income_proof")
        place = add_place(session, cast.district, PlaceKind.REPOSITORY, "一库", actor=cast.keeper.actor)
        given = {"actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
        register_copy(session, item, place, pages_count=1, **given)  # type: ignore[arg-type]
        file_item(session, item, actor=cast.keeper.actor, on=MONDAY)
    run = desk.upload(sheet(ImportKind.ITEMS, [item_row(1, code=item.code)]), ImportKind.ITEMS, file)
    assert (run.state, run.known) == (RunState.CHECKED, 1)
    run = desk.upload(sheet(ImportKind.ITEMS, [item_row(1, code=f"{item.code}9")]), ImportKind.ITEMS, file)
    assert [(row, column) for row, column, _ in desk.reasons(run)] == [(2, "code")]


@pytest.mark.parametrize(
    ("changes", "column"),
    [
        ({"document_type": "会计凭证"}, "document_type"),
        ({"dated": "2026-13"}, "dated"),
        ({"title": None}, "title"),
        ({"pages_count": 0}, "pages_count"),
        ({"retention_class": "永久"}, "retention_class"),
    ],
)
def test_an_item_is_checked_as_by_its_form(desk: Desk, file: File, changes: Cells, column: str) -> None:
    run = desk.upload(sheet(ImportKind.ITEMS, [item_row(1), item_row(2, **changes)]), ImportKind.ITEMS, file)
    assert (3, column) in [(row, key) for row, key, _ in desk.reasons(run)]
    assert desk.count(Item) == 0


def test_a_withdrawn_file_takes_no_items(desk: Desk, file: File) -> None:
    with desk.database.begin() as session:
        actor = find_cast(session).keeper.actor
        own = session.get_one(File, file.id)
        withdraw(session, own, WithdrawalReason.LIFTED, actor=actor, on=MONDAY, today=MONDAY)
    run = desk.upload(sheet(ImportKind.ITEMS, [item_row(1)]), ImportKind.ITEMS, file)
    assert run.state is RunState.REFUSED


def test_items_are_not_imported_into_a_file_that_went_to_another_unit(desk: Desk, file: File) -> None:
    content = sheet(ImportKind.ITEMS, [item_row(1)])
    checked, waiting = (desk.upload(content, ImportKind.ITEMS, file) for _ in range(2))
    with desk.database.begin() as session:
        cast = find_cast(session)
        take(session, offer(session, cast, session.get_one(File, file.id)), cast.other_keeper)
        session.get_one(ImportRun, waiting.id).state = RunState.WAITING
    desk.work()
    for run in (desk.order(checked), desk.run(waiting.id)):
        assert (run.state, desk.count(Item)) == (RunState.REFUSED, 0)
        assert desk.reasons(run) == [(0, None, NotTheKeepersUnit.message)]


def test_many_items_are_collected_by_the_keeper_of_each_file_alone(session: Session, cast: Cast) -> None:
    own, other = make_file(session, cast), make_file(session, cast, number=NUMBERS[1], name="陈平")
    other.unit = cast.other_district
    described = [(each, description("补录")) for each in (own, other)]
    with pytest.raises(NotTheKeepersUnit):
        collect_many(session, described, actor=cast.keeper.actor, at=NOON)


def test_a_destroyed_volume_takes_nothing_and_is_not_opened_again(desk: Desk) -> None:
    stub = {"destroyed_on": MONDAY, "destroyed_under": "XH-2026-0001"}
    rows = [volume_row("总账", sub_code="02", volume_class="enterprise.general_ledger"), volume_row("凭证", **VOUCHER)]
    desk.order(desk.upload(sheet(ImportKind.VOLUMES, rows), ImportKind.VOLUMES))
    with desk.database.begin() as session:
        for record in (*session.scalars(select(File)), *session.scalars(select(Item))):
            for name, value in stub.items():
                setattr(record, name, value)
    run = desk.upload(
        sheet(ImportKind.VOLUMES, [*rows, volume_row("凭证", **VOUCHER, remarks="补录")]), ImportKind.VOLUMES
    )
    assert (run.state, run.new, run.known) == (RunState.REFUSED, 0, 0)
    assert desk.reasons(run) == [(row, "volume", RecordDestroyed.message) for row in (2, 3, 4)]


def test_a_destroyed_item_is_not_on_record_as_one_that_is_kept(desk: Desk, file: File) -> None:
    rows = [item_row(1), item_row(2)]
    desk.order(desk.upload(sheet(ImportKind.ITEMS, rows), ImportKind.ITEMS, file))
    with desk.database.begin() as session:
        first = session.scalars(select(Item).order_by(Item.id)).first()
        assert first is not None
        first.destroyed_on, first.destroyed_under = MONDAY, "XH-2026-0001"
    run = desk.upload(sheet(ImportKind.ITEMS, rows), ImportKind.ITEMS, file)
    assert (run.known, desk.reasons(run)) == (1, [(2, "title", RecordDestroyed.message)])


def test_a_volume_is_opened_once_with_the_items_of_its_rows(desk_on_both: Desk) -> None:
    desk = desk_on_both
    rows = [
        volume_row("记账凭证（一）"),
        volume_row("记账凭证（二）", **VOUCHER),
        volume_row("记账凭证（二）", **{**VOUCHER, "title": "2 月记账凭证"}),
        volume_row("总账", sub_code="02", volume_class="enterprise.general_ledger"),
    ]
    run = desk.order(desk.upload(sheet(ImportKind.VOLUMES, rows), ImportKind.VOLUMES))
    assert (run.state, run.new) == (RunState.IMPORTED, 4)
    with desk.database.reading() as session:
        files = session.scalars(select(File).order_by(File.id)).all()
        assert [file.code for file in files] == [
            "C038-KU·01·2025·D30-001",
            "C038-KU·01·2025·D30-002",
            "C038-KU·02·2025·D30-001",
        ]
        assert [item.file_id for item in session.scalars(select(Item))] == [files[1].id] * 2
    again = desk.upload(sheet(ImportKind.VOLUMES, rows), ImportKind.VOLUMES)
    assert (again.new, again.known, again.faults) == (0, 4, 0)


@pytest.mark.parametrize(
    ("rows", "at"),
    [
        ([volume_row("一", year=2027)], (2, "year")),
        ([volume_row("一"), volume_row("一", sub_code="02")], (3, "sub_code")),
        ([volume_row("一"), volume_row("一")], (3, "volume")),
        ([volume_row("一", title="凭证")], (2, "document_type")),
        ([volume_row("一", **VOUCHER), volume_row("一", **VOUCHER)], (3, "title")),
        ([volume_row("一", **{**VOUCHER, "retention_class": "enterprise.annual_report"})], (2, "retention_class")),
    ],
)
def test_a_volume_is_checked_as_by_its_form(desk: Desk, rows: list[Cells], at: tuple[int, str]) -> None:
    run = desk.upload(sheet(ImportKind.VOLUMES, rows), ImportKind.VOLUMES)
    assert at in [(row, key) for row, key, _ in desk.reasons(run)]
    assert desk.count(File) == 0


def test_every_bad_cell_of_a_row_is_told_at_once(desk: Desk) -> None:
    row = volume_row("一", **{**VOUCHER, "year": "二五", "dated": "2025-33-01", "pages_count": "x"})
    run = desk.upload(sheet(ImportKind.VOLUMES, [row]), ImportKind.VOLUMES)
    assert {(at, key) for at, key, _ in desk.reasons(run)} == {(2, "year"), (2, "dated"), (2, "pages_count")}


def test_a_known_volume_takes_new_items(desk: Desk) -> None:
    with desk.database.begin() as session:
        make_yearly_file(session, find_cast(session), Category.ACCOUNTING)
    row = volume_row("2026 年会计凭证", year=2026, **VOUCHER)
    run = desk.order(desk.upload(sheet(ImportKind.VOLUMES, [row]), ImportKind.VOLUMES))
    assert (run.new, desk.count(File), desk.count(Item)) == (1, 1, 1)


def waits(database: Database, other: Future[bool]) -> bool:
    """Whether another transaction waits for a lock; False once its deed is done."""
    waiting = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    while not other.done():
        with database.reading() as session:
            if session.scalar(waiting):
                return True
    return False


def both_written(desk: Desk, content: bytes, kind: ImportKind, file: File | None = None) -> list[tuple[int, int]]:
    """Upload a sheet twice and have two workers write it, the second before the first is through; new and known."""
    runs = [desk.upload(content, kind, file) for _ in range(2)]
    with desk.database.begin() as session:
        for each in runs:
            run = session.get_one(ImportRun, each.id)
            order_run(session, run, actor=run.starter.actor)
    with ThreadPoolExecutor(1) as pool:
        with desk.database.begin() as session:
            run = locked_run(session, runs[0].id)
            end_import(session, run, examine(session, run, content, at=NOON, on=MONDAY, writes=True), at=NOON)
            session.flush()
            second = pool.submit(run_next, desk.database, desk.store, today=lambda: MONDAY, now=lambda: NOON)
            assert waits(desk.database, second)
        assert second.result()
    return [(run.new, run.known) for run in map(desk.run, (each.id for each in runs))]


@pytest.mark.parametrize("both_databases", ["postgresql"], indirect=True)
def test_of_two_workers_with_one_sheet_the_second_finds_what_the_first_has_written(desk_on_both: Desk) -> None:
    desk = desk_on_both
    with desk.database.begin() as session:
        file = make_file(session, find_cast(session))
    items = sheet(ImportKind.ITEMS, [item_row(1), item_row(2)])
    assert both_written(desk, items, ImportKind.ITEMS, file) == [(2, 0), (0, 2)]
    volumes = sheet(ImportKind.VOLUMES, [volume_row("1 月凭证", **VOUCHER)])
    assert both_written(desk, volumes, ImportKind.VOLUMES) == [(1, 0), (0, 1)]
    assert (desk.count(Item), desk.count(File)) == (3, 2)
