"""The retention schedules, line by line."""

from dataclasses import replace
from datetime import date

import pytest

from classification.categories import Category
from classification.retention import StartRule, choices, retention_class, retention_classes

TODAY = date(2026, 11, 23)

ENTERPRISE = [
    (1, "原始凭证", 30),
    (2, "记账凭证", 30),
    (3, "总账", 30),
    (4, "明细账", 30),
    (5, "日记账", 30),
    (6, "固定资产卡片", 5),
    (7, "其他辅助性账簿", 30),
    (8, "月度、季度、半年度财务会计报告", 10),
    (9, "年度财务会计报告", None),
    (10, "银行存款余额调节表", 10),
    (11, "银行对账单", 10),
    (12, "纳税申报表", 10),
    (13, "会计档案移交清册", 30),
    (14, "会计档案保管清册", None),
    (15, "会计档案销毁清册", None),
    (16, "会计档案鉴定意见书", None),
]
PUBLIC = [
    (1, "国家金库编送的各种报表及缴库退库凭证", 10),
    (2, "各收入机关编送的报表", 10),
    (3, "行政单位和事业单位的各种会计凭证", 30),
    (4, "财政总预算拨款凭证和其他会计凭证", 30),
    (5, "日记账", 30),
    (6, "总账", 30),
    (7, "税收日记账（总账）", 30),
    (8, "明细分类、分户账或登记簿", 30),
    (9, "行政单位和事业单位固定资产卡片", 5),
    (10, "政府综合财务报告", None),
    (10, "政府综合财务报告（下级报送）", 2),
    (11, "部门财务报告", None),
    (11, "部门财务报告（所属单位报送）", 2),
    (12, "财政总决算", None),
    (12, "财政总决算（下级报送）", 2),
    (13, "部门决算", None),
    (13, "部门决算（所属单位报送）", 2),
    (14, "税收年报（决算）", None),
    (15, "国家金库年报（决算）", 10),
    (16, "基本建设拨、贷款年报（决算）", 10),
    (17, "行政单位和事业单位会计月、季度报表", 10),
    (17, "会计月、季度报表（所属单位报送）", 2),
    (18, "税收会计报表", 10),
    (18, "税收会计报表（所属税务机关报送）", 2),
    (19, "银行存款余额调节表", 10),
    (20, "银行对账单", 10),
    (21, "会计档案移交清册", 30),
    (22, "会计档案保管清册", None),
    (23, "会计档案销毁清册", None),
    (24, "会计档案鉴定意见书", None),
]
DOCUMENTARY = [
    ("policies", None),
    ("leadership_minutes", None),
    ("important_requests", None),
    ("annual_statistics", None),
    ("custody_deeds", None),
    ("meeting_records", 30),
    ("replies_to_lower", 30),
    ("plans", 30),
    ("work_reports", 30),
    ("notices", 10),
    ("monthly_statistics", 10),
]


@pytest.mark.parametrize(
    ("prefix", "table", "lines"), [("enterprise", "附表一", ENTERPRISE), ("public", "附表二", PUBLIC)]
)
def test_order_79_has_these_lines_and_no_others(
    prefix: str, table: str, lines: list[tuple[int, str, int | None]]
) -> None:
    found = [line for line in retention_classes(TODAY) if line.key.startswith(f"{prefix}.")]
    assert [(line.source.article, line.label.zh, line.period.years) for line in found] == [
        (f"{table}第{number}项", zh, years) for number, zh, years in lines
    ]
    assert {line.category for line in found} == {Category.ACCOUNTING}
    assert {line.in_force_from for line in found} == {date(2016, 1, 1)}


def test_order_79_counts_from_the_year_end_but_asset_cards_from_scrapping() -> None:
    rules = {
        line.label.zh: line.start_rule for line in retention_classes(TODAY) if line.category is Category.ACCOUNTING
    }
    assert {zh for zh, rule in rules.items() if rule is StartRule.SCRAPPING} == {
        "固定资产卡片",
        "行政单位和事业单位固定资产卡片",
    }
    assert set(rules.values()) == {StartRule.SCRAPPING, StartRule.ACCOUNTING_YEAR_END}


def test_order_8_is_applied_to_daily_aid_work_in_these_lines() -> None:
    found = [line for line in retention_classes(TODAY) if line.category is Category.DOCUMENTARY]
    assert [(line.key, line.period.years) for line in found] == [
        (f"documentary.{key}", years) for key, years in DOCUMENTARY
    ]
    assert {line.start_rule for line in found} == {StartRule.YEAR_AFTER_CREATION}


def test_original_archives_are_kept_ten_years_from_withdrawal() -> None:
    line = retention_class("original.file")
    assert (line.category, line.period.years, line.start_rule) == (Category.ORIGINAL, 10, StartRule.WITHDRAWAL)
    assert line.source.article == "15"


@pytest.mark.parametrize(
    ("on", "categories"),
    [
        (date(2006, 12, 17), set()),
        (date(2006, 12, 18), {Category.DOCUMENTARY}),
        (date(2015, 12, 31), {Category.DOCUMENTARY}),
        (date(2016, 1, 1), {Category.DOCUMENTARY, Category.ACCOUNTING}),
        (date(2016, 12, 25), {Category.DOCUMENTARY, Category.ACCOUNTING}),
        (date(2016, 12, 26), {Category.DOCUMENTARY, Category.ACCOUNTING, Category.ORIGINAL}),
    ],
)
def test_a_schedule_applies_from_the_day_it_came_into_force(on: date, categories: set[Category]) -> None:
    assert {line.category for line in retention_classes(on)} == categories


def test_a_superseded_line_applies_through_its_last_day() -> None:
    line = replace(retention_class("documentary.notices"), in_force_until=date(2026, 12, 31))
    assert line.in_force(date(2026, 12, 31))
    assert not line.in_force(date(2027, 1, 1))


@pytest.mark.parametrize(
    ("category", "chosen_from"),
    [
        (Category.ORIGINAL, {"original"}),
        (Category.ACCOUNTING, {"enterprise", "public", "documentary"}),
        (Category.DOCUMENTARY, {"documentary"}),
    ],
)
def test_each_part_of_the_archives_has_its_schedules(category: Category, chosen_from: set[str]) -> None:
    assert {line.key.partition(".")[0] for line in choices(category, TODAY)} == chosen_from


def test_no_obsolete_period_is_in_use() -> None:
    assert {line.period.years for line in retention_classes(TODAY)} == {None, 2, 5, 10, 30}


def test_every_class_has_one_key() -> None:
    keys = [line.key for line in retention_classes(TODAY)]
    assert len(set(keys)) == len(keys)


def test_an_unknown_class_is_refused() -> None:
    with pytest.raises(LookupError, match="no retention class 'forever'"):
        retention_class("forever")
