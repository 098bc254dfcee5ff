"""The retention schedules as tables: order 79 for accounting, order 8 for documentary, article 15 for original ones.

Periods are minimums. A superseded line keeps its key and gets an `in_force_until`; what replaces it gets a new key, so
that a record made under the earlier line still finds it (art. 21).
"""

from dataclasses import dataclass
from datetime import date

from classification.articles import PUBLISHED_ON, Citation, article
from classification.categories import Category
from classification.periods import PERMANENT, Period
from classification.text import Label, LabelledEnum

ORDER_79 = Label(
    "会计档案管理办法（财政部、国家档案局令第79号）", "Measures for Accounting Archives (order 79 of 2015)"
)
ORDER_8 = Label(
    "机关文件材料归档范围和文书档案保管期限规定（国家档案局令第8号）",
    "Filing Scope and Retention of Documentary Archives (order 8 of 2006)",
)
ORDER_79_FROM = date(2016, 1, 1)
ORDER_8_FROM = date(2006, 12, 18)


class StartRule(LabelledEnum):
    """The event that sets the clock of a retention period running 起算."""

    WITHDRAWAL = "withdrawal", "自撤档之日起", "From the day of withdrawal"
    ACCOUNTING_YEAR_END = (
        "accounting_year_end",
        "自会计年度终了后第一天起",
        "From the day after the accounting year ends",
    )
    SCRAPPING = "scrapping", "自固定资产报废清理之日起", "From the day the asset is scrapped and cleared"
    YEAR_AFTER_CREATION = "year_after_creation", "自形成后次年1月1日起", "From 1 January after the year of creation"


@dataclass(frozen=True)
class RetentionClass:
    """One line of a schedule, in force from `in_force_from` through `in_force_until` (None: still in force).

    `category` says which kind of record the line is made for. An item may stand in another part of the archives all
    the same: article 6 puts budgets among the financial archives, order 79 leaves their retention to the documentary
    schedule.
    """

    key: str
    label: Label
    category: Category
    period: Period
    start_rule: StartRule
    source: Citation
    in_force_from: date
    in_force_until: date | None = None

    def in_force(self, on: date) -> bool:
        return self.in_force_from <= on and (self.in_force_until is None or on <= self.in_force_until)

    @property
    def received(self) -> bool:
        """Whether it is made for what other units sent in 报送, which they keep themselves."""
        return self.key.endswith("_received")


Line = tuple[int, str, str, str, Period]  # number in the order's table, key, Chinese, English, period

_2, _5, _10, _30 = Period(2), Period(5), Period(10), Period(30)

# 附表一 企业和其他组织会计档案保管期限表
ENTERPRISE_LINES: tuple[Line, ...] = (
    (1, "source_vouchers", "原始凭证", "Source vouchers", _30),
    (2, "bookkeeping_vouchers", "记账凭证", "Bookkeeping vouchers", _30),
    (3, "general_ledger", "总账", "General ledger", _30),
    (4, "subsidiary_ledger", "明细账", "Subsidiary ledger", _30),
    (5, "journal", "日记账", "Journal", _30),
    (6, "asset_cards", "固定资产卡片", "Fixed-asset cards", _5),
    (7, "auxiliary_books", "其他辅助性账簿", "Other auxiliary books", _30),
    (8, "periodic_reports", "月度、季度、半年度财务会计报告", "Monthly, quarterly and half-year reports", _10),
    (9, "annual_report", "年度财务会计报告", "Annual financial report", PERMANENT),
    (10, "bank_reconciliation", "银行存款余额调节表", "Bank reconciliation", _10),
    (11, "bank_statements", "银行对账单", "Bank statements", _10),
    (12, "tax_returns", "纳税申报表", "Tax returns", _10),
    (13, "transfer_list", "会计档案移交清册", "Transfer list of accounting archives", _30),
    (14, "custody_list", "会计档案保管清册", "Custody list of accounting archives", PERMANENT),
    (15, "destruction_list", "会计档案销毁清册", "Destruction list of accounting archives", PERMANENT),
    (16, "appraisal_opinion", "会计档案鉴定意见书", "Appraisal opinion on accounting archives", PERMANENT),
)

# 附表二 财政总预算、行政单位、事业单位和税收会计档案保管期限表; its remarks give copies from below 2 years
PUBLIC_LINES: tuple[Line, ...] = (
    (1, "treasury_reports", "国家金库编送的各种报表及缴库退库凭证", "Treasury reports and vouchers", _10),
    (2, "collecting_office_reports", "各收入机关编送的报表", "Reports of collecting offices", _10),
    (3, "vouchers", "行政单位和事业单位的各种会计凭证", "Vouchers of administrative units and institutions", _30),
    (4, "appropriation_vouchers", "财政总预算拨款凭证和其他会计凭证", "Fiscal appropriation and other vouchers", _30),
    (5, "journal", "日记账", "Journal", _30),
    (6, "general_ledger", "总账", "General ledger", _30),
    (7, "tax_journal", "税收日记账（总账）", "Tax journal (general ledger)", _30),
    (8, "subsidiary_ledgers", "明细分类、分户账或登记簿", "Subsidiary ledgers and registers", _30),
    (9, "asset_cards", "行政单位和事业单位固定资产卡片", "Fixed-asset cards", _5),
    (10, "government_report", "政府综合财务报告", "Government comprehensive financial report", PERMANENT),
    (10, "government_report_received", "政府综合财务报告（下级报送）", "Government report received from below", _2),
    (11, "departmental_report", "部门财务报告", "Departmental financial report", PERMANENT),
    (11, "departmental_report_received", "部门财务报告（所属单位报送）", "Departmental report received from below", _2),
    (12, "general_accounts", "财政总决算", "General final accounts", PERMANENT),
    (12, "general_accounts_received", "财政总决算（下级报送）", "General final accounts received from below", _2),
    (13, "final_accounts", "部门决算", "Departmental final accounts", PERMANENT),
    (13, "final_accounts_received", "部门决算（所属单位报送）", "Departmental final accounts received from below", _2),
    (14, "annual_tax_accounts", "税收年报（决算）", "Annual tax final account", PERMANENT),
    (15, "annual_treasury_accounts", "国家金库年报（决算）", "Annual treasury accounts", _10),
    (16, "construction_accounts", "基本建设拨、贷款年报（决算）", "Annual capital-construction accounts", _10),
    (17, "periodic_statements", "行政单位和事业单位会计月、季度报表", "Monthly and quarterly statements", _10),
    (17, "periodic_statements_received", "会计月、季度报表（所属单位报送）", "Statements received from below", _2),
    (18, "tax_statements", "税收会计报表", "Tax accounting statements", _10),
    (18, "tax_statements_received", "税收会计报表（所属税务机关报送）", "Tax statements received from below", _2),
    (19, "bank_reconciliation", "银行存款余额调节表", "Bank reconciliation", _10),
    (20, "bank_statements", "银行对账单", "Bank statements", _10),
    (21, "transfer_list", "会计档案移交清册", "Transfer list of accounting archives", _30),
    (22, "custody_list", "会计档案保管清册", "Custody list of accounting archives", PERMANENT),
    (23, "destruction_list", "会计档案销毁清册", "Destruction list of accounting archives", PERMANENT),
    (24, "appraisal_opinion", "会计档案鉴定意见书", "Appraisal opinion on accounting archives", PERMANENT),
)

# Order 8 gives kinds of value, not document names: these lines apply them to part 3 of article 6.
DOCUMENTARY_LINES: tuple[tuple[str, str, str, Period], ...] = (
    ("policies", "本单位制发的帮扶政策、规定、制度", "Own aid policies and rules", PERMANENT),
    ("leadership_minutes", "重要会议、领导班子会议纪要", "Minutes of leadership and important meetings", PERMANENT),
    ("important_requests", "重要请示、报告及上级批复", "Important requests and reports, with the replies", PERMANENT),
    ("annual_statistics", "年度、综合统计资料", "Annual and summary statistics", PERMANENT),
    ("custody_deeds", "交接文据、鉴定报告、销毁清册", "Handover, appraisal and destruction deeds", PERMANENT),
    ("meeting_records", "一般业务会议记录、简报", "Records and briefings of working meetings", _30),
    ("replies_to_lower", "对下级单位的批复、复函", "Replies to lower units", _30),
    ("plans", "工作计划、资金分配方案、预算", "Plans, allocation plans and budgets", _30),
    ("work_reports", "工作报告、总结、典型材料", "Work reports and typical cases", _30),
    ("notices", "一般性通知、来往函件", "General notices and minor correspondence", _10),
    ("monthly_statistics", "月度、季度统计报表", "Monthly and quarterly statistics", _10),
)


def _accounting(prefix: str, table: Label, line: Line) -> RetentionClass:
    number, key, zh, en, period = line
    return RetentionClass(
        key=f"{prefix}.{key}",
        label=Label(zh, en),
        category=Category.ACCOUNTING,
        period=period,
        start_rule=StartRule.SCRAPPING if key == "asset_cards" else StartRule.ACCOUNTING_YEAR_END,
        source=Citation(
            instrument=ORDER_79.zh,
            article=f"{table.zh}第{number}项",
            label=Label(f"{ORDER_79.zh}{table.zh}第{number}项", f"{ORDER_79.en}, {table.en}, no. {number}"),
        ),
        in_force_from=ORDER_79_FROM,
    )


def _documentary(key: str, zh: str, en: str, period: Period) -> RetentionClass:
    value = f"{'' if period.permanent else '定期'}{period.label.zh}"
    return RetentionClass(
        key=f"documentary.{key}",
        label=Label(zh, en),
        category=Category.DOCUMENTARY,
        period=period,
        start_rule=StartRule.YEAR_AFTER_CREATION,
        source=Citation(
            instrument=ORDER_8.zh,
            article=value,
            label=Label(f"{ORDER_8.zh}：文书档案保管期限为{value}", f"{ORDER_8.en}: {period.label.en.lower()}"),
        ),
        in_force_from=ORDER_8_FROM,
    )


DEEDS = "documentary.custody_deeds"  # 交接文据、鉴定报告、销毁清册, permanent

ORIGINAL_FILE = RetentionClass(
    key="original.file",
    label=Label("困难职工原始档案", "Original archive of a household"),
    category=Category.ORIGINAL,
    period=_10,
    start_rule=StartRule.WITHDRAWAL,
    source=article(15).cite("困难职工原始档案自撤档之日起保管10年。"),
    in_force_from=PUBLISHED_ON,
)

SCHEDULE: tuple[RetentionClass, ...] = (
    ORIGINAL_FILE,
    *(_accounting("enterprise", Label("附表一", "table 1"), line) for line in ENTERPRISE_LINES),
    *(_accounting("public", Label("附表二", "table 2"), line) for line in PUBLIC_LINES),
    *(_documentary(*line) for line in DOCUMENTARY_LINES),
)
