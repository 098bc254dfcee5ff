import hashlib
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from classification.identity import mask_name
from printing.forms import Column, Printed, Signature, table_form
from printing.glyphs import printable
from tests.printing import paper

MORNING = datetime(2026, 11, 23, 9, 30, tzinfo=timezone(timedelta(hours=8)))
COLUMNS = (Column("序号", 0.5, "center"), Column("档号", 2), Column("题名", 3), Column("页数", 0.6, "right"))


def rows(count: int) -> list[list[str]]:
    return [[str(n), f"C038-ZY·KN·2024·D10-{n:04d}-001", "困难职工家庭情况调查表", "12"] for n in range(1, count + 1)]


def handover(**changes: Any) -> Printed:
    """A handover list of three items, with `changes`."""
    arguments: dict[str, Any] = {
        "title": "档案移交清册",
        "number": "YJ-2026-0007",
        "columns": COLUMNS,
        "rows": rows(3),
        "made_at": MORNING,
        "subtitle": "困难职工档案",
        "facts": [("移交单位", "渝中区总工会"), ("载体", "纸质")],
        "signatures": [Signature("移交人", "王伟", MORNING), Signature("监交人", "陈静")],
        "footer": "一式两份",
    }
    return table_form(**{**arguments, **changes})


def test_a_form_says_everything_it_was_given() -> None:
    text = paper.words(handover().pdf)
    for said in ("档案移交清册", "困难职工档案", "移交单位", "渝中区总工会", "序号", "YJ-2026-0007", "一式两份"):
        assert said in text
    for row in rows(3):
        assert "".join(row) in text


def test_a_signature_shows_its_time_and_a_missing_one_leaves_room() -> None:
    text = paper.words(handover().pdf)
    assert "王伟签署于2026-11-2309:30" in text.replace("陈静", "").replace("移交人", "")
    assert text.count("签署于") == 1
    assert "签名日期" in text


def test_english_forms_speak_english() -> None:
    pages = paper.pages(handover(language="en").pdf)
    assert "Page 1 of 1" in pages[0]
    assert "3 entries; nothing follows" in pages[0]
    assert "第" not in pages[0]


def test_a_form_claims_pdf_a_2b_and_embeds_every_font() -> None:
    reader = PdfReader(io.BytesIO(handover().pdf))
    metadata = reader.xmp_metadata
    assert metadata is not None
    assert (metadata.pdfaid_part, metadata.pdfaid_conformance) == ("2", "B")
    fonts = [font.get_object() for font in reader.pages[0]["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert len(fonts) == 2
    for font in fonts:
        descriptor = font["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert {"/FontFile2", "/FontFile3"} & set(descriptor)


def test_the_same_input_makes_the_same_bytes() -> None:
    first, second = handover(), handover()
    assert first == second
    assert first.sha256 == hashlib.sha256(first.pdf).hexdigest()


@pytest.mark.parametrize(
    "change",
    [
        {"rows": rows(2)},
        {"made_at": MORNING + timedelta(minutes=1)},
        {"number": "YJ-2026-0008"},
        {"signatures": [Signature("移交人", "王伟")]},
    ],
)
def test_any_change_changes_both_digests(change: dict[str, Any]) -> None:
    before, after = handover(), handover(**change)
    assert before.sha256 != after.sha256
    assert before.content_sha256 != after.content_sha256


def test_the_content_digest_is_over_the_arguments_as_sorted_json() -> None:
    form = table_form(title="清册", number="1", columns=[Column("档号")], rows=[["C038"]], made_at=MORNING)
    content = {
        "footer": "",
        "landscape": False,
        "language": "zh",
        "made_at": "2026-11-23 09:30",
        "number": "1",
        "sections": [
            {
                "columns": [{"align": "left", "heading": "档号", "width": 1}],
                "facts": [],
                "heading": "",
                "rows": [["C038"]],
                "text": "",
            }
        ],
        "signatures": [],
        "subtitle": "",
        "title": "清册",
    }
    canonical = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    assert form.content_sha256 == hashlib.sha256(canonical.encode()).hexdigest()


def test_every_page_shows_its_number_the_heading_and_the_digest() -> None:
    form = handover(rows=rows(120))
    pages = paper.pages(form.pdf)
    assert len(pages) == form.pages > 2
    for number, page in enumerate(pages, start=1):
        assert f"第 {number} 页" in page
        assert f"共 {form.pages} 页" in page
        assert "题名" in page
        assert form.content_sha256 in page


def test_two_thousand_rows_are_all_printed_in_order() -> None:
    text = paper.words(handover(rows=rows(2000)).pdf)
    found = [text.find(f"D10-{n:04d}-001") for n in range(1, 2001)]
    assert -1 not in found
    assert found == sorted(found)
    assert "共2000条，以下空白" in text


def test_a_list_without_rows_says_so() -> None:
    assert "共0条，以下空白" in paper.words(handover(rows=[]).pdf)


def test_the_qr_code_holds_the_number() -> None:
    seen = paper.modules_seen(handover().pdf, left_mm=169.5, top_mm=18, size_mm=24, code="YJ-2026-0007")
    assert seen == paper.modules_due("YJ-2026-0007")


def test_a_long_digest_breaks_inside_its_cell_and_is_found_whole() -> None:
    digest = hashlib.sha256(b"").hexdigest()
    assert digest in paper.words(handover(rows=[["1", digest, digest, "1"]]).pdf)


def test_a_long_masked_name_breaks_inside_its_cell() -> None:
    name = mask_name("阿" + "甲" * 34)
    printed = handover(rows=[["1", "C038", name, "8888"]]).pdf
    assert name in paper.words(printed)
    assert paper.right_edge(printed, "•") < paper.sides(printed, "8888")[0]


def test_a_row_has_one_cell_per_column() -> None:
    with pytest.raises(ValueError, match="4 cells"):
        handover(rows=[["1", "C038"]])


@pytest.mark.parametrize(
    "change",
    [
        {"made_at": MORNING.replace(tzinfo=None)},
        {"signatures": [Signature("移交人", "王伟", MORNING.replace(tzinfo=None))]},
    ],
)
def test_a_time_without_a_zone_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="zone"):
        handover(**change)


def test_the_time_of_making_is_in_the_metadata() -> None:
    metadata = PdfReader(io.BytesIO(handover().pdf)).metadata
    assert metadata is not None
    assert metadata.creation_date == MORNING.astimezone(UTC)


MARKUP = st.text(alphabet="#$*_`\\[]{}()<>@=-+/'\"~;:,.ab1中文题\n", min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(MARKUP)
def test_no_text_is_read_as_markup(text: str) -> None:
    plain = "".join(text.split())
    form = handover(title="题" + text, facts=[(text, text)], rows=[["1", text, text, "1"]], signatures=[])
    assert paper.words(form.pdf).count(plain) >= 4


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_can_be_printed(text: str) -> None:
    form = handover(
        title=text,
        number=text or "1",
        subtitle=text,
        facts=[(text, text)],
        columns=[replace(column, heading=text) for column in COLUMNS],
        rows=[[text] * 4],
        signatures=[Signature(text, text)],
        footer=text,
    )
    assert form.pages >= 1


def test_what_the_typeface_lacks_is_written_as_its_number() -> None:
    assert printable("𠮷田") == "〔U+20BB7〕田"
    assert printable("a\u202eb\x00") == "a〔U+202E〕b〔U+0000〕"
    assert printable("第一行\r\n第二行\t龘") == "第一行\n第二行 龘"
    assert "〔U+20BB7〕田" in paper.words(handover(rows=[["1", "x", "𠮷田", "1"]]).pdf)
