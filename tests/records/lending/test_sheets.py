"""The loan register on paper."""

from itertools import pairwise

from records.lending.sheets import register
from tests.cast import NOON
from tests.printing import paper

ROW = (
    "1", "2026-02-09", "李读", "东区总工会干事", "C038-ZY·KN·2023·D10-0004-006 P-00000131", "病历、诊断证明",
    "原始档案", "H-00000019", "复核收入", "周审 同意", "2026-02-16", "2026-02-13", "完好", "无", "",
)  # fmt: skip


def test_no_cell_of_the_register_runs_into_the_next() -> None:
    printed = register(
        [ROW], number="JYDJ-C038-20260201-20260302", unit="东区总工会", period="2026-02-01 – 2026-03-02", made_at=NOON,
        language="zh",
    )  # fmt: skip
    whole = [ROW[1], ROW[2], ROW[6], ROW[7], ROW[8], ROW[10], ROW[11], ROW[12], ROW[13]]
    for left, right in pairwise(whole):
        assert paper.sides(printed.pdf, left)[1] < paper.sides(printed.pdf, right)[0], (left, right)
