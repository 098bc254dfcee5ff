"""The information form and the electronic record: what counts as equal, and exports that are wrong."""

import io

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.identity import MUNICIPAL_MASKS
from records.files.errors import NotTheKeepersUnit
from records.sheets.errors import NotAWorkbook, SheetTooLarge, UnreadableSheet
from records.workflow.aid_sheet import HEADINGS, read_sheet, take_in_sheet
from records.workflow.comparing import Form, compare, normal, pairs, record_of
from records.workflow.errors import BadSheet, NoElectronicRecord
from records.workflow.models import AidSystemRecord
from tests.cast import NOON, NUMBERS
from tests.records.workflow.office import Desk, make_ready, row, sheet
from web.security import LARGEST_SHEET_BYTES


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("number", "11010519491231002X", "11010519491231002x"),
        ("number", "11010519491231002X", "１１０１０５１９４９１２３１００２Ｘ"),
        ("number", "11010519491231002X", "110105491231002"),
        ("number", "11010519491231002X", " 110105 19491231 002X "),
        ("name", "周大河", "周 大 河"),
        ("employer", "机械厂（本部）", "机械厂(本部)"),
        ("phone", "13800004517", "138-0000-4517"),
        ("income", "600.00", "600"),
        ("heads", "3", "３"),
        ("employment", "employed", "在职"),
        ("main_cause", "illness", "患病"),
        ("relation", "spouse", "配偶"),
    ],
)
def test_what_is_written_otherwise_and_means_the_same_is_equal(field: str, one: str, other: str) -> None:
    assert normal(field, one) == normal(field, other)


@pytest.mark.parametrize(
    ("field", "one", "other"),
    [
        ("number", NUMBERS[0], NUMBERS[1]),
        ("name", "周大河", "周大江"),
        ("income", "600.00", "600.01"),
        ("employment", "employed", "失业"),
        ("address", "河街道 1 号", "河街道 11 号"),
    ],
)
def test_what_means_something_else_differs(field: str, one: str, other: str) -> None:
    assert normal(field, one) != normal(field, other)


def person(name: str, number: str, relation: str = "spouse") -> dict[str, str]:
    return {"name": name, "number": number, "relation": relation}


def test_people_are_matched_by_number_and_one_who_is_missing_differs() -> None:
    paper = Form({}, [person("周大河", NUMBERS[0], "worker"), person("王小明", NUMBERS[1])])
    electronic = Form({}, [person("王小敏", NUMBERS[1]), person("周大河", NUMBERS[0], "worker")])
    differing = [(pair.field, pair.person) for pair in pairs(paper, electronic, MUNICIPAL_MASKS) if not pair.equal]
    assert differing == [("name", "王小明")]
    alone = Form({}, electronic.people[1:])
    assert {pair.field for pair in pairs(paper, alone, MUNICIPAL_MASKS) if not pair.equal} == {
        "name",
        "number",
        "relation",
    }
    assert {pair.field for pair in pairs(alone, paper, MUNICIPAL_MASKS) if not pair.equal} == {
        "name",
        "number",
        "relation",
    }


def test_a_record_is_found_by_the_blind_index_of_the_number_alone_and_kept_sealed(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk)
    with pytest.raises(NoElectronicRecord):
        compare(session, application, actor=desk.keeper.actor, at=NOON)
    content = sheet(row(application, "110105491231002", name="周大江"))
    take_in_sheet(session, desk.workplace, read_sheet(content, "export.csv"), actor=desk.keeper.actor, at=NOON)
    kept = session.scalars(select(AidSystemRecord)).one()
    assert record_of(session, application) is kept
    for hidden in (NUMBERS[0], "周大江", "河街道"):
        assert hidden not in kept.values_sealed + kept.number_blind
    assert compare(session, application, actor=desk.keeper.actor, at=NOON).differences_count == 1


def test_the_latest_record_stands(session: Session, desk: Desk) -> None:
    application = make_ready(session, desk)
    for address in ("河街道 2 号", "河街道 1 号"):
        content = sheet(row(application, address=address))
        take_in_sheet(session, desk.workplace, read_sheet(content, "export.csv"), actor=desk.keeper.actor, at=NOON)
    assert compare(session, application, actor=desk.keeper.actor, at=NOON).differences_count == 0


def test_an_export_is_taken_in_by_the_units_own_keeper(session: Session, desk: Desk) -> None:
    with pytest.raises(NotTheKeepersUnit):
        take_in_sheet(
            session, desk.workplace, read_sheet(sheet(WORKER), "export.csv"), actor=desk.other_keeper.actor, at=NOON
        )


def test_an_export_is_of_a_bounded_size() -> None:
    with pytest.raises(SheetTooLarge):
        read_sheet(bytes(LARGEST_SHEET_BYTES + 1), "export.csv")


def test_an_excel_file_and_a_csv_file_of_either_encoding_say_the_same() -> None:
    cells = {
        "worker": NUMBERS[0], "name": "周大河", "number": NUMBERS[0], "relation": "本人", "heads": "1", "income": "600",
    }  # fmt: skip
    filled: list[object] = [int(text) if (text := cells.get(key, "")) == "600" else text for key in HEADINGS]
    plain = sheet(cells)
    read = read_sheet(plain, "a.csv").households
    assert read_sheet(workbook(["困难职工信息"], [*HEADED], filled), "a.xlsx").households == read
    assert read_sheet(plain.decode().replace(",", "\t").encode("utf-16"), "a.csv").households == read
    assert read_sheet(plain.decode().encode("gb18030"), "a.csv").households == read
    assert read_sheet(b"\xef\xbb\xbf" + plain, "a.csv").households == read


def workbook(*rows: list[object], merge: str | None = None) -> bytes:
    """An Excel workbook of these rows."""
    book, content = Workbook(), io.BytesIO()
    assert book.active is not None
    for each in rows:
        book.active.append(each)
    if merge:
        book.active.merge_cells(merge)
    book.save(content)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "refusal"),
    [
        (b"not a workbook", "export.xlsx", NotAWorkbook),
        (b"\xd0\xcf\x11\xe0 of Excel 97", "export.xls", UnreadableSheet),
        (",".join(HEADINGS.values()).encode() + b"\n" + b"a" * 140_000, "export.csv", UnreadableSheet),
    ],
    ids=["text named as a workbook", "an old workbook", "a cell too long"],
)
def test_a_damaged_or_foreign_export_is_refused(content: bytes, name: str, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        read_sheet(content, name)


HEADED: list[object] = list(HEADINGS.values())


def line(**cells: object) -> list[object]:
    """The worker's row of an export as cells, with some changed."""
    return [{**WORKER, **cells}.get(key) for key in HEADINGS]


WORKER = {"worker": NUMBERS[0], "name": "周大河", "number": NUMBERS[0], "relation": "本人"}


@pytest.mark.parametrize(
    ("content", "row_number", "heading", "reason"),
    [
        (b"\n", 1, "困难职工身份证号", "the sheet is empty"),
        ("姓名\n周大河".encode(), 1, "困难职工身份证号", "this column is missing"),
        (sheet(), 2, "困难职工身份证号", "no rows"),
        (sheet({**WORKER, "worker": "123"}), 2, "困难职工身份证号", "18 signs"),
        (sheet({**WORKER, "number": NUMBERS[1]}), 2, "身份证号", "not the worker's number"),
        (sheet({**WORKER, "name": ""}), 2, "姓名", "it is empty"),
        (sheet(WORKER, {**WORKER, "relation": "邻居"}), 3, "与本人关系", "no relation known"),
        (sheet(WORKER, WORKER), 3, "困难职工身份证号", "stands there twice"),
        (sheet({**WORKER, "income": "abc"}), 2, "家庭月人均收入", "no amount"),
        (sheet({**WORKER, "income": "-5"}), 2, "家庭月人均收入", "no amount"),
        (sheet({**WORKER, "heads": "x"}), 2, "家庭人口", "no number of people"),
        (sheet({**WORKER, "heads": "2.5"}), 2, "家庭人口", "no number of people"),
        (sheet({**WORKER, "relation": "配偶"}), 2, "与本人关系", "its worker has no row"),
        (workbook(HEADED, line(income="=1+1")), 2, "家庭月人均收入", "a formula"),
        (workbook(HEADED, line(worker=110105194912310021)), 2, "困难职工身份证号", "15 digits"),
        (workbook(["名单"], HEADED, line(), line(), merge="A3:A4"), 3, "A3:A4", "are merged"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_taken_in(
    session: Session, desk: Desk, content: bytes, row_number: int, heading: str, reason: str
) -> None:
    with pytest.raises(BadSheet) as refused:
        take_in_sheet(session, desk.workplace, read_sheet(content, "export"), actor=desk.keeper.actor, at=NOON)
    first = refused.value.faults[0]
    assert (first.row, first.heading) == (row_number, heading)
    assert reason in first.in_language("en")
    assert session.scalars(select(AidSystemRecord)).all() == []
