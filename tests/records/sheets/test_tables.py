"""What a table may be: workbooks and separated text, and how much of either is read."""

import io
import zipfile
from datetime import date, timedelta

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.xml.constants import SHARED_STRINGS, SHEET_MAIN_NS

from records.sheets.errors import SheetTooWide, UnreadableSheet, WorkbookTooLarge
from records.sheets.headings import ABOVE, head_row, unreadable
from records.sheets.tables import MOST_UNPACKED_BYTES, Broken, Formula, open_table

HEADINGS = ["家庭序号", "与职工关系", "姓名"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_separated_text_is_read_in_the_encodings_of_chinese_programs(encoding: str, delimiter: str) -> None:
    text = delimiter.join(HEADINGS) + "\r\n" + delimiter.join(["1", "本人", "张三丰"]) + "\r\n\r\n"
    table = open_table(text.encode(encoding))
    assert [(row.number, list(row.cells)[:3]) for row in table.rows][1] == (2, ["1", "本人", "张三丰"])


@pytest.mark.parametrize(
    "content",
    [b"\xd0\xcf\x11\xe0old", b"%PDF-1.7", b"PK\x03\x04 not a workbook", b"\x00\x01\x02\x03", b"\xff\xff\xff\x81"],
)
def test_anything_else_is_no_sheet(content: bytes) -> None:
    with pytest.raises(UnreadableSheet):
        list(open_table(content).rows)


def workbook(*rows: list[object], merge: tuple[str, ...] = ()) -> bytes:
    """A workbook of one sheet."""
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    for place in merge:
        book.active.merge_cells(place)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def with_sheet(data: str, *, kind: str = "", texts: str = "", claimed_bytes: int = 0) -> bytes:
    """A workbook whose sheet holds this XML as its rows, declared as it is or as the texts of the workbook.

    `texts` is the XML of those texts; `claimed_bytes` is what it claims besides that its last part takes unpacked.
    """
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook())) as read,
        zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as written,
    ):
        for name in read.namelist():
            content = read.read(name)
            if name == "xl/worksheets/sheet1.xml":
                head, tail = content.split(b"<sheetData")
                content = head + f"<sheetData>{data}</sheetData>".encode() + tail[tail.index(b"<pageMargins") :]
            if texts and name == "[Content_Types].xml":
                declared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{SHARED_STRINGS}" /></Types>'
                content = content.replace(b"</Types>", declared.encode())
                written.writestr("xl/sharedStrings.xml", f'<sst xmlns="{SHEET_MAIN_NS}">{texts}</sst>')
            if kind == "strings" and name == "[Content_Types].xml":
                content = content.replace(b"spreadsheetml.worksheet+xml", b"spreadsheetml.sharedStrings+xml")
            written.writestr(name, content)
        written.infolist()[-1].file_size += claimed_bytes
    return packed.getvalue()


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (with_sheet("<row>" + "<c/>" * 1_000_000 + "</row>"), SheetTooWide),
        (with_sheet('<x:row xmlns:x="y">' + "<x:c/>" * 1_000_000 + "</x:row>"), SheetTooWide),
        (with_sheet("<row>" + ("<c/>" * 200_000 + "<si/>") * 5 + "</row>"), SheetTooWide),
        (with_sheet("<row>" + ("<c/>" * 200_000 + "<row/>") * 5 + "</row>"), SheetTooWide),
        (with_sheet("<row/><c/>" * 300_000), SheetTooWide),
        (with_sheet("<row>" + "<c " + " ".join(f'a{at}=""' for at in range(400_000)) + "/></row>"), SheetTooWide),
        (with_sheet('<row r="x">' + "<c/>" * 1_000_000 + "</row>"), UnreadableSheet),
        (with_sheet('<row r="2"/><row r="1"/>'), UnreadableSheet),
        (
            with_sheet("<row>" + "<c/>" * 200_000 + "</row>" + "<row>" + "<c/>" * 200_000 + "</row>", kind="strings"),
            SheetTooWide,
        ),
        (with_sheet('<row r="4000000000"><c><v>1</v></c></row>'), SheetTooWide),
        (with_sheet("<row/>" * 1_100_000), SheetTooWide),
        (with_sheet("", texts="<si>" + "<t/>" * 100_000 + "</si>" + "<si/>" * 1_400_000), WorkbookTooLarge),
        (with_sheet("", claimed_bytes=MOST_UNPACKED_BYTES), WorkbookTooLarge),
    ],
    ids=[
        "cells without end",
        "the same in another name space",
        "texts between the cells",
        "rows in a row",
        "cells outside of rows",
        "attributes without end",
        "a row of no number",
        "rows in no order",
        "rows where texts are declared",
        "a row far below",
        "rows without end",
        "texts without end",
        "unpacked",
    ],
)
def test_a_workbook_that_no_memory_holds_is_refused_before_it_is_opened(
    content: bytes, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        open_table(content)


INLINE = (
    "<row>"
    + "".join(
        f'<c t="inlineStr"><is>{text}</is></c>'
        for text in (
            "<t>张三</t>",
            '<t xml:space="preserve"> 两\n行 </t>',
            '<r><rPr><b/></rPr><t>加</t></r><r><t>粗</t></r><rPh sb="0" eb="1"><t>jia</t></rPh>',
            "<t>前</t><r><t>后</t></r><r/>",
            "<t> </t>",
            "<t/>",
            "",
        )
    )
    + '<c r="J1" t="inlineStr"/><c t="inlineStr"><v>1</v><is><t>字</t></is></c>'
    + '<c t="inlineStr"><f>1+1</f><is><t>字</t></is></c><c t="s"><v>0</v></c>'
    + '</row><row r="4"><c r="C4" t="inlineStr"><is><t>丙</t></is></c></row>'
)


@pytest.mark.parametrize(
    "content",
    [
        workbook(
            ["文", 12, 520.5, True, "=1+1", "#N/A", None, " "],
            [],
            [date(2026, 3, 2), None, timedelta(hours=30), "两\n行"],
        ),
        with_sheet(INLINE, texts="<si><t>另</t></si>"),
    ],
    ids=["values of every kind", "texts in cells"],
)
def test_cells_are_read_as_openpyxl_reads_them(content: bytes) -> None:
    meant = {"f": lambda _: Formula(), "e": Broken, "s": lambda text: text if text and text.strip() else None}
    read = {row.number: list(row.cells) for row in open_table(content).rows}
    sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
    sheet.reset_dimensions()
    rows = [[meant.get(cell.data_type, lambda value: value)(cell.value) for cell in row] for row in sheet.iter_rows()]
    assert read == {number: row for number, row in enumerate(rows, 1) if any(value is not None for value in row)}
    assert len(read) == 2


def test_the_first_sheet_that_is_no_chart_is_read() -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(HEADINGS)
    book.active.print_title_rows = "1:1"
    book.create_chartsheet(index=0)
    content = io.BytesIO()
    book.save(content)
    assert [list(row.cells) for row in open_table(content.getvalue()).rows] == [HEADINGS]


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_the_first_sheet_that_excel_shows_is_read(state: str) -> None:
    book = Workbook()
    book.worksheets[0].append(["旧稿"])
    book.worksheets[0].sheet_state = state
    book.create_sheet("导入数据").append(["正稿"])
    content = io.BytesIO()
    book.save(content)
    assert [list(row.cells) for row in open_table(content.getvalue()).rows] == [["正稿"]]


def test_a_workbook_declares_no_document_type() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as written:
        written.writestr("xl/worksheets/sheet1.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(UnreadableSheet):
        open_table(packed.getvalue())


def test_headings_are_found_below_a_title_and_only_what_is_merged_in_it_is_no_matter() -> None:
    content = workbook(["困难职工名单"], [], HEADINGS, ["1", "本人", "张三"], ["2"], merge=("A1:C1", "A5:B6"))
    table = open_table(content)
    head = head_row(table, HEADINGS)
    assert head is not None
    assert (head.number, list(head.cells)) == (3, HEADINGS)
    assert [(row, place) for row, place, _ in unreadable(table, head)] == [(5, "A5:B6")]
    assert [row.number for row in table.rows] == [4, 5]


def test_a_row_of_several_cells_above_the_headings_is_no_title_and_is_named() -> None:
    table = open_table(workbook(["名单"], ["1", "本人", "张三"], [], HEADINGS, ["2", "本人", "李四"]))
    refused = [(row, told.message) for row, _, told in unreadable(table, head_row(table, HEADINGS))]
    assert refused == [(2, ABOVE)]


def test_a_large_workbook_gives_signs_of_life_while_it_is_opened() -> None:
    signs: list[None] = []
    open_table(with_sheet("<row><c/></row>" * 50_000), lambda: signs.append(None))
    assert len(signs) > 5
