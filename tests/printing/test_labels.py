from collections.abc import Callable, Sequence
from dataclasses import replace

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from printing.labels import FromTo, Label, SpineLabel, box_labels, copy_labels, place_labels, spine_labels
from tests.printing import paper

Printer = Callable[[Sequence[Label]], bytes]
COPY = Label("P-0000123", "困难职工家庭情况调查表", ("C038-ZY·KN·2024·D10-0001-003",))
SPINE = SpineLabel("C038", "2024", "10年", (FromTo("0001", "0020"),), "017", "帮扶中心", "BOX-2024-0017")


@pytest.mark.parametrize(("printer", "per_sheet"), [(box_labels, 3), (place_labels, 10), (copy_labels, 44)])
def test_a_sheet_holds_so_many_labels(printer: Printer, per_sheet: int) -> None:
    assert paper.page_count(printer([COPY] * per_sheet)) == 1
    assert paper.page_count(printer([COPY] * (per_sheet + 1))) == 2


@pytest.mark.parametrize("printer", [box_labels, place_labels, copy_labels])
def test_a_label_says_its_code_title_and_lines(printer: Printer) -> None:
    text = paper.words(printer([COPY]))
    for said in (COPY.code, COPY.title, *COPY.lines):
        assert said in text


def test_the_qr_code_on_a_label_holds_its_code() -> None:
    seen = paper.modules_seen(copy_labels([COPY]), left_mm=9, top_mm=12, size_mm=23, code=COPY.code)
    assert seen == paper.modules_due(COPY.code)


@pytest.mark.parametrize(
    ("printer", "left_mm", "width_mm", "height_mm"),
    [(box_labels, 15, 180, 90), (place_labels, 10, 95, 54), (copy_labels, 9, 48, 25)],
)
def test_long_words_stay_inside_the_label(printer: Printer, left_mm: float, width_mm: float, height_mm: float) -> None:
    label = Label("C038-ZY·KN·2024·D10-0001-003", "关于某机械制造有限公司下岗职工家庭的请示", ("渝中区总工会",))
    sheet = pypdfium2.PdfDocument(printer([label]))[0]
    text = sheet.get_textpage()
    for index in range(text.count_chars()):
        left, bottom, right, top = (edge / paper.MM for edge in text.get_charbox(index))
        assert left_mm <= left <= right <= left_mm + width_mm
        assert 297 - 11 - height_mm <= bottom <= top <= 297 - 11


def test_a_spine_shows_what_the_standard_demands() -> None:
    text = paper.words(spine_labels([SPINE]))
    for said in ("全宗号C038", "年度2024", "保管期限10年", "帮扶中心", "00010020", "盒号017", "BOX-2024-0017"):
        assert said in text


@pytest.mark.parametrize("thickness_mm", [20, 50])
def test_long_numbers_of_several_series_stay_in_their_field_of_the_spine(thickness_mm: int) -> None:
    items = (FromTo("0001-001", "0123-1045", "KU·01"), FromTo("0007-001", "0124-0023", "KU·02"))
    sheet = pypdfium2.PdfDocument(spine_labels([replace(SPINE, items=items, thickness_mm=thickness_mm)]))[0]
    text = sheet.get_textpage()
    top_mm = 18 + 2 + 20 + 20 + 22 + 94
    numbers = "KU·010001-0010123-1045KU·020007-0010124-0023"
    said = text.get_text_range().replace("\r\n", "")
    assert numbers in said
    within = text.get_text_bounded(0, (297 - top_mm - 32) * paper.MM, 210 * paper.MM, (297 - top_mm) * paper.MM)
    assert numbers in within.replace("\r\n", "")


@pytest.mark.parametrize(("thickness_mm", "per_sheet"), [(20, 10), (30, 7), (40, 5), (50, 4)])
def test_a_spine_label_is_as_wide_as_its_box_is_thick_less_two_millimetres(thickness_mm: int, per_sheet: int) -> None:
    label = replace(SPINE, thickness_mm=thickness_mm)
    assert per_sheet == 196 // (thickness_mm - 2)
    assert paper.page_count(spine_labels([label] * per_sheet)) == 1
    assert paper.page_count(spine_labels([label] * (per_sheet + 1))) == 2


@pytest.mark.parametrize("thickness_mm", [0, 19.9, 51])
def test_a_box_has_a_thickness_that_boxes_have(thickness_mm: float) -> None:
    with pytest.raises(ValueError, match="20 to 50 mm"):
        spine_labels([replace(SPINE, thickness_mm=thickness_mm)])


def test_the_same_labels_make_the_same_bytes_whenever_they_are_made() -> None:
    for made in (copy_labels([COPY]), spine_labels([SPINE])):
        assert b"CreationDate" not in made
    assert copy_labels([COPY]) == copy_labels([COPY])
    assert spine_labels([SPINE]) == spine_labels([SPINE])


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=40))
def test_any_text_at_all_fits_one_label(text: str) -> None:
    label = Label(text or "1", text, (text,))
    for printer in (box_labels, place_labels, copy_labels):
        assert paper.page_count(printer([label])) == 1
    spine = SpineLabel(text, text, text, (FromTo(text, text, text),) * 2, text, text, text or "1", 20)
    assert paper.page_count(spine_labels([spine])) == 1
