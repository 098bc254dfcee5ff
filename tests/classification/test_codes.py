"""Reference codes in both layouts."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from classification.categories import CodeLetters
from classification.codes import (
    CodeProfile,
    Layout,
    MalformedCode,
    ParsedCode,
    file_prefix,
    item_in_file_code,
    parse,
    series_prefix,
    with_number,
)
from classification.periods import PERMANENT, Period


def reference_code(profile: CodeProfile, letters: CodeLetters, *, number: int, **series: Any) -> str:
    """The code of a file, or of an item numbered on its own."""
    return with_number(series_prefix(profile, letters, **series), number, width=profile.width(letters))


DAT13 = CodeProfile(Layout.DAT13_2022, "C038")
DAT22 = CodeProfile(Layout.DAT22_2015, "C038")
D10, D30 = Period(10), Period(30)


@pytest.mark.parametrize(
    ("profile", "letters", "year", "period", "number", "sub_code", "code"),
    [
        (DAT13, CodeLetters.HOUSEHOLD, 2024, D10, 1, None, "C038-ZY·KN·2024·D10-0001"),
        (DAT22, CodeLetters.HOUSEHOLD, 2024, D10, 1, None, "C038-ZY·KN·2024-D10-0001"),
        (DAT13, CodeLetters.ACCOUNTING, 2026, D30, 1, "01", "C038-KU·01·2026·D30-001"),
        (DAT22, CodeLetters.ACCOUNTING, 2026, D30, 1, "01", "C038-KU·01·2026-D30-001"),
        (DAT13, CodeLetters.DOCUMENTARY, 2026, D10, 1, None, "C038-WS·2026·D10-0001"),
        (DAT22, CodeLetters.DOCUMENTARY, 2026, D10, 1, None, "C038-WS·2026-D10-0001"),
        (DAT13, CodeLetters.DOCUMENTARY, 2026, None, 1, None, "C038-WS·2026-0001"),
        (DAT22, CodeLetters.DOCUMENTARY, 2026, None, 1, None, "C038-WS·2026-0001"),
        (DAT13, CodeLetters.AUDIO, 2026, D10, 44, None, "C038-LY·2026·D10-0044"),
        (DAT13, CodeLetters.VIDEO, 2026, D10, 19, None, "C038-LX·2026·D10-0019"),
        (DAT13, CodeLetters.PHOTO, 2026, PERMANENT, 12345, None, "C038-ZP·2026·Y-12345"),
    ],
)
def test_each_series_is_coded_in_the_layout_of_its_fonds(
    profile: CodeProfile,
    letters: CodeLetters,
    year: int,
    period: Period | None,
    number: int,
    sub_code: str | None,
    code: str,
) -> None:
    assert reference_code(profile, letters, year=year, period=period, number=number, sub_code=sub_code) == code


def test_items_are_numbered_inside_their_file() -> None:
    assert item_in_file_code(DAT13, "C038-ZY·KN·2024·D10-0001", 3) == "C038-ZY·KN·2024·D10-0001-003"
    assert item_in_file_code(DAT13, "C038-KU·01·2026·D30-001", 1) == "C038-KU·01·2026·D30-001-001"
    assert file_prefix("C038-ZY·KN·2024·D10-0001") == "C038-ZY·KN·2024·D10-0001-"


def test_a_counter_belongs_to_all_that_stands_before_the_running_number() -> None:
    prefix = series_prefix(DAT13, CodeLetters.ACCOUNTING, year=2026, period=D30, sub_code="01")
    assert prefix == "C038-KU·01·2026·D30-"
    assert with_number(prefix, 7, width=DAT13.width(CodeLetters.ACCOUNTING)) == "C038-KU·01·2026·D30-007"


def test_widths_are_a_setting_of_the_fonds() -> None:
    profile = CodeProfile(Layout.DAT13_2022, "Z008", item_width=3)
    code = reference_code(profile, CodeLetters.DOCUMENTARY, year=2019, period=PERMANENT, number=37)
    assert code == "Z008-WS·2019·Y-037"


@pytest.mark.parametrize(
    ("code", "layout", "class_codes", "period", "office", "number", "item_number"),
    [
        ("Z008-WS·2019·Y-037", Layout.DAT13_2022, ("WS",), PERMANENT, None, 37, None),
        ("Z109-WS·2011·Y·办公室-0001", Layout.DAT13_2022, ("WS",), PERMANENT, "办公室", 1, None),
        ("Z109-WS·2011-Y-BGS-0001", Layout.DAT22_2015, ("WS",), PERMANENT, "BGS", 1, None),
        ("J019-KU·01·2017-001-001", Layout.DAT13_2022, ("KU", "01"), None, None, 1, 1),
        ("J019-ZY·JC·CC·2019·D30-001-001", Layout.DAT13_2022, ("ZY", "JC", "CC"), D30, None, 1, 1),
        ("K021-ZP·2019·D30-025-005", Layout.DAT13_2022, ("ZP",), D30, None, 25, 5),
        ("J019-LY·2019·Y-001", Layout.DAT13_2022, ("LY",), PERMANENT, None, 1, None),
        ("C038-ZY·KN·2024·D10-0001-003", Layout.DAT13_2022, ("ZY", "KN"), D10, None, 1, 3),
    ],
)
def test_codes_as_the_standards_and_agencies_write_them_are_read(
    code: str,
    layout: Layout,
    class_codes: tuple[str, ...],
    period: Period | None,
    office: str | None,
    number: int,
    item_number: int | None,
) -> None:
    parsed = parse(code)
    assert parsed.layout is layout
    assert parsed.class_codes == class_codes
    assert parsed.period == period
    assert parsed.office == office
    assert (parsed.number, parsed.item_number) == (number, item_number)


@pytest.mark.parametrize(
    ("code", "letters"),
    [
        ("C038-ZY·KN·2024·D10-0001", CodeLetters.HOUSEHOLD),
        ("J019-ZY·JC·CC·2019·D30-001-001", None),
        ("J019-KU·01·2017-001-001", CodeLetters.ACCOUNTING),
    ],
)
def test_our_own_categories_are_recognised(code: str, letters: CodeLetters | None) -> None:
    assert parse(code).letters is letters


@pytest.mark.parametrize(
    "code",
    [
        "",
        "C038",
        "C038-WS",
        "C038-WS·2026·D10",
        "C038-WS·2026·D10-",
        "C038-WS·2026·D10-0000",
        "C038-WS·2026·D10-0001-",
        "C038-WS·2026·D10-0001-001-001",
        "C038-WS·2026·D10-0001 ",
        "C038-WS·2026·X10-0001",
        "C038-WS·26·D10-0001",
        "C038-WS·2025·2026·D10-0001",
        "C038-WS.2026.D10-0001",
        "C038-WS·2026·D10-BGS-0001",
        "C038-ws·2026·D10-0001",
        "c038-WS·2026·D10-0001",
        "038-WS·2026·D10-0001",
        "C038-WS·２０２６·D10-0001",
        "C038-WS·2026·D10-0001\n",
    ],
)
def test_anything_else_is_no_code(code: str) -> None:
    with pytest.raises(MalformedCode, match="is no reference code"):
        parse(code)


@pytest.mark.parametrize("fonds_number", ["", "38", "C38", "CC38", "C038-", "Ｃ038", "C038\n"])
def test_a_fonds_number_is_a_letter_and_figures(fonds_number: str) -> None:
    with pytest.raises(MalformedCode, match="A fonds number"):
        CodeProfile(Layout.DAT13_2022, fonds_number)


def test_elements_that_could_be_read_as_another_are_refused() -> None:
    with pytest.raises(MalformedCode, match="sub-code"):
        series_prefix(DAT13, CodeLetters.ACCOUNTING, year=2026, period=D30, sub_code="2025")
    with pytest.raises(MalformedCode, match="sub-code"):
        series_prefix(DAT13, CodeLetters.ACCOUNTING, year=2026, period=D30, sub_code="0·1")
    with pytest.raises(MalformedCode, match="office"):
        series_prefix(DAT22, CodeLetters.DOCUMENTARY, year=2026, period=D30, office="D10")
    with pytest.raises(MalformedCode, match="office"):
        series_prefix(DAT22, CodeLetters.DOCUMENTARY, year=2026, period=D30, office="001")
    with pytest.raises(MalformedCode, match="after a period"):
        series_prefix(DAT22, CodeLetters.DOCUMENTARY, year=2026, period=None, office="BGS")
    with pytest.raises(MalformedCode, match="four digits"):
        series_prefix(DAT13, CodeLetters.DOCUMENTARY, year=26, period=D30)
    with pytest.raises(MalformedCode, match="begin at 1"):
        with_number("C038-WS·2026·D10-", 0, width=4)


Built = tuple[CodeProfile, CodeLetters, int, Period | None, str | None, str | None, int, int | None]

profiles = st.builds(
    CodeProfile,
    layout=st.sampled_from(Layout),
    fonds_number=st.from_regex(r"[A-Z][0-9]{3,5}", fullmatch=True),
    household_file_width=st.integers(3, 5),
    file_width=st.integers(3, 5),
    item_in_file_width=st.integers(3, 5),
    item_width=st.integers(3, 5),
)
built: st.SearchStrategy[Built] = st.tuples(
    profiles,
    st.sampled_from(CodeLetters),
    st.integers(1949, 2100),
    st.sampled_from([None, PERMANENT, Period(30), Period(10), Period(5)]),
    st.none() | st.sampled_from(["01", "1", "PZ", "凭证", "20261"]),
    st.none() | st.sampled_from(["BGS", "办公室", "D", "Y1", "D100", "3科"]),
    st.integers(1, 200_000),
    st.none() | st.integers(1, 2_000),
).filter(lambda made: made[3] is not None or made[5] is None)


def write(made: Built) -> str:
    profile, letters, year, period, sub_code, office, number, item = made
    code = reference_code(profile, letters, year=year, period=period, number=number, sub_code=sub_code, office=office)
    return code if item is None else item_in_file_code(profile, code, item)


@given(built)
def test_what_is_built_is_read_back(made: Built) -> None:
    profile, letters, year, period, sub_code, office, number, item = made
    assert parse(write(made)) == ParsedCode(
        layout=profile.layout if period else Layout.DAT13_2022,
        fonds_number=profile.fonds_number,
        class_codes=(*letters.split("·"), *([sub_code] if sub_code else [])),
        year=year,
        period=period,
        office=office,
        number=number,
        item_number=item,
        prefix=series_prefix(profile, letters, year=year, period=period, sub_code=sub_code, office=office),
    )


@given(built, built)
def test_two_records_of_a_fonds_never_share_a_code(one: Built, other: Built) -> None:
    other = one[0], *other[1:]
    assert (write(one) == write(other)) == (one == other)
