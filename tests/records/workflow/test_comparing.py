"""The information form and the electronic record: what counts as equal, and exports that are wrong."""

import io
import zipfile

import pytest
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from classification.identity import MUNICIPAL_MASKS
from records.files.errors import NotTheKeepersUnit
from records.workflow.aid_sheet import HEADINGS, MOST_UNPACKED_BYTES, read_households, read_sheet, take_in_sheet
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
    with pytest.raises(BadSheet, match="larger than 64 MiB"):
        read_sheet(bytes(LARGEST_SHEET_BYTES + 1), "export.csv")


def test_an_excel_file_and_a_csv_file_of_either_encoding_say_the_same() -> None:
    cells = {
        "worker": NUMBERS[0], "name": "周大河", "number": NUMBERS[0], "relation": "本人", "heads": "1", "income": "600",
    }  # fmt: skip
    book = Workbook()
    assert book.active is not None
    book.active.append(list(HEADINGS.values()))
    book.active.append([int(text) if (text := cells.get(key, "")) == "600" else text for key in HEADINGS])
    content = io.BytesIO()
    book.save(content)
    plain = sheet(cells)
    read = read_households(plain, "a.csv")
    assert read_households(content.getvalue(), "a.xlsx") == read
    assert read_households(plain.decode().encode("gb18030"), "a.csv") == read
    assert read_households(b"\xef\xbb\xbf" + plain, "a.csv") == read


def workbook(*, claimed_bytes: int = 0, **parts: bytes) -> bytes:
    """A workbook with the headings, but for some parts by name, and for what it claims its last part takes unpacked."""
    book, plain, packed = Workbook(), io.BytesIO(), io.BytesIO()
    assert book.active is not None
    book.active.append(list(HEADINGS.values()))
    book.save(plain)
    with zipfile.ZipFile(plain) as read, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written:
        for name in read.namelist():
            written.writestr(name, parts.get(name.rpartition("/")[2].partition(".")[0], read.read(name)))
        written.infolist()[-1].file_size += claimed_bytes
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (",".join(HEADINGS.values()).encode() + b"\n" + b"a" * 140_000, "export.csv", "cannot be read"),
        (workbook(sheet1=b"<worksheet><sheetData><row>"), "export.xlsx", "cannot be read"),
        (workbook(workbook=b"<workbook/>"), "export.xlsx", "cannot be read"),
        (workbook(claimed_bytes=MOST_UNPACKED_BYTES), "export.xlsx", "too large"),
    ],
    ids=["a cell too long", "a broken sheet", "a foreign workbook", "too large unpacked"],
)
def test_a_damaged_or_foreign_export_is_refused(content: bytes, name: str, reason: str) -> None:
    with pytest.raises(BadSheet, match=reason):
        read_households(content, name)


WORKER = {"worker": NUMBERS[0], "name": "周大河", "number": NUMBERS[0], "relation": "本人"}


@pytest.mark.parametrize(
    ("content", "row_number", "heading", "reason"),
    [
        (b"not a workbook", 1, "困难职工身份证号", "is no Excel workbook"),
        ("姓名\n周大河".encode(), 1, "困难职工身份证号", "this column is missing"),
        (sheet(), 2, "困难职工身份证号", "no rows"),
        (sheet({**WORKER, "worker": "123"}), 2, "困难职工身份证号", "18 signs"),
        (sheet({**WORKER, "number": NUMBERS[1]}), 2, "身份证号", "not the worker's number"),
        (sheet({**WORKER, "name": ""}), 2, "姓名", "it is empty"),
        (sheet(WORKER, {**WORKER, "relation": "邻居"}), 3, "与本人关系", "no relation known"),
        (sheet(WORKER, WORKER), 3, "困难职工身份证号", "stands there twice"),
        (sheet({**WORKER, "relation": "配偶"}), 2, "与本人关系", "its worker has no row"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_taken_in(
    session: Session, desk: Desk, content: bytes, row_number: int, heading: str, reason: str
) -> None:
    name = "export.xlsx" if content == b"not a workbook" else "export.csv"
    with pytest.raises(BadSheet) as refused:
        take_in_sheet(session, desk.workplace, read_sheet(content, name), actor=desk.keeper.actor, at=NOON)
    first = refused.value.faults[0]
    assert (first.row, first.heading) == (row_number, heading)
    assert reason in first.reason.en
    assert session.scalars(select(AidSystemRecord)).all() == []
