"""What stands in a cell, as Excel stores it and as people write it."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from records.sheets import cells
from records.sheets.errors import CellRefused


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        (520, Decimal(520)),
        (520.1, Decimal("520.1")),
        (0.1 + 0.2, Decimal("0.3")),
        ("1,200.50 元", Decimal("1200.50")),
        ("￥８０", Decimal(80)),
        (None, None),
        (" ", None),
    ],
)
def test_an_amount_is_read_as_excel_and_people_write_it(raw: object, read: Decimal | None) -> None:
    assert cells.amount(raw) == read


@pytest.mark.parametrize(("raw", "shown"), [(90_000_000, "90000000"), (13800004517, "138••••••")])
def test_an_amount_too_large_is_told_as_such_and_only_what_is_no_number_of_a_person_is_repeated(
    raw: object, shown: str
) -> None:
    with pytest.raises(cells.CellRefused) as refused:
        cells.amount(raw)
    assert refused.value.in_language("en") == f"“{shown}” yuan is too much. An amount is below ten million."


@pytest.mark.parametrize(
    "raw",
    [
        date(2026, 9, 8),
        datetime(2026, 9, 8, 12, 30),  # noqa: DTZ001 - Excel knows no zones
        "2026-09-08",
        "2026/9/8",
        "2026.9.8",
        "2026年9月8日",
        "20260908",
        "２０２６－０９－０８",
    ],
)
def test_a_day_is_read_as_excel_and_people_write_it(raw: object) -> None:
    assert cells.day(raw) == date(2026, 9, 8)
    assert cells.dated(raw) == "2026-09-08"


@pytest.mark.parametrize("raw", [46273, "2026-02-30", "去年", 2026.5])
def test_what_is_no_day_is_refused(raw: object) -> None:
    with pytest.raises(CellRefused):
        cells.day(raw)


@pytest.mark.parametrize(
    ("raw", "read"), [(2026, "2026"), ("2026-09", "2026-09"), ("2026年9月", "2026-09"), ("2026年", "2026")]
)
def test_a_record_is_dated_as_far_as_it_is_known(raw: object, read: str) -> None:
    assert cells.dated(raw) == read


@pytest.mark.parametrize("raw", [2025.1, 2016.12])
def test_a_month_that_excel_holds_as_a_number_is_refused_since_october_is_its_january(raw: float) -> None:
    with pytest.raises(CellRefused):
        cells.dated(raw)


@pytest.mark.parametrize("raw", [110105194912310021, 1.10105194912310e17, "1.10105E+17"])
def test_a_number_that_excel_has_cut_is_refused(raw: object) -> None:
    with pytest.raises(CellRefused):
        cells.number_as_text(raw)


def test_fifteen_digits_are_still_exact() -> None:
    assert cells.number_as_text(110105491231002) == "110105491231002"
