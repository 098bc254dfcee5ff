"""The columns of every kind of sheet: heading, what goes in, an example; the template, the reader and the documentation
are made from these alone.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_types
from classification.retention import RetentionClass, choices
from classification.text import Label, LabelledEnum
from records.aid.models import AidKind
from records.exchange.models import ImportKind
from records.files.codes import SUB_CODES
from records.households.models import Cause, Employment, Relation
from records.sheets.cells import names_of

EXAMPLE = ("示例", "例", "example")


@dataclass(frozen=True)
class Allowed:
    """A value that a column takes: the name that the template writes, and further names that are understood."""

    value: Any
    label: Label
    also: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return (self.label.zh, self.label.en, str(self.value), *self.also)


@dataclass(frozen=True)
class SheetColumn:
    """A column: its key in the code, its heading, what goes in, an example, and whether it must be filled.

    `allowed` are the only values it takes, where it is bounded so; `most` the longest text in characters.
    """

    key: str
    heading: Label
    says: Label
    example: str = ""
    required: bool = False
    most: int | None = None
    allowed: Sequence[Allowed] = ()

    @cached_property
    def names(self) -> Mapping[str, Any]:
        """The values it takes by each of their names, as they are compared."""
        return MappingProxyType(names_of({each.value: each.names for each in self.allowed}))


def _of(enum: type[LabelledEnum]) -> tuple[Allowed, ...]:
    return tuple(Allowed(member, member.label) for member in enum)


TABLES = {
    "enterprise": Label("附表一", "table 1"),
    "public": Label("附表二", "table 2"),
    "documentary": Label("文书", "documentary"),
    "original": Label("原始", "original"),
}


def _classes(lines: Sequence[RetentionClass]) -> tuple[Allowed, ...]:
    """Retention classes by name; those of the same name in two tables have their table behind it."""
    times = Counter(line.label.zh for line in lines)
    found = []
    for line in lines:
        table = TABLES[line.key.partition(".")[0]]
        alone = times[line.label.zh] == 1
        label = line.label if alone else Label(f"{line.label.zh}（{table.zh}）", f"{line.label.en} ({table.en})")
        found.append(Allowed(line.key, label))
    return tuple(found)


SERIAL = SheetColumn(
    "serial",
    Label("序号", "No."),
    Label("可不填；填“示例”的行不导入", "May be left empty; a row with 示例 here is not imported"),
    "示例",
)
HOUSEHOLD_COLUMNS = (
    SheetColumn(
        "household",
        Label("家庭序号", "Household"),
        Label(
            "同一家庭的成员填同一序号，并连续排列；填“示例”的行不导入",
            "The same for all members of a household, who stand together; a row with 示例 here is not imported",
        ),
        "示例",
        required=True,
        most=40,
    ),
    SheetColumn(
        "relation",
        Label("与职工关系", "Relation"),
        Label("每户有且只有一名“本人”", "Exactly one 本人 (worker) in each household"),
        "本人",
        required=True,
        allowed=_of(Relation),
    ),
    SheetColumn("name", Label("姓名", "Full name"), Label("与身份证一致", "As on the identity card"), "张三", True, 40),
    SheetColumn(
        "number",
        Label("身份证号", "ID number"),
        Label(
            "按文本格式填写 18 位（或旧 15 位）号码；仅新生儿可空",
            "18 signs (or the old 15) in a cell formatted as text; empty for a newborn child alone",
        ),
        "11010519491231002X",
    ),
    SheetColumn("health", Label("健康状况", "Health"), Label("可不填", "Optional"), "患重病", most=60),
    SheetColumn(
        "address",
        Label("家庭住址", "Address"),
        Label("填在“本人”行，必填", "In the row of the worker, where it is required"),
        "幸福路 1 号 2-1",
        most=120,
    ),
    SheetColumn(
        "phone",
        Label("联系电话", "Telephone"),
        Label("填在“本人”行，可不填", "In the row of the worker"),
        "13800004517",
    ),
    SheetColumn(
        "employment",
        Label("就业状况", "Employment"),
        Label("填在“本人”行，必填", "In the row of the worker, where it is required"),
        "在职",
        allowed=_of(Employment),
    ),
    SheetColumn(
        "employer",
        Label("工作单位", "Employer"),
        Label("填在“本人”行", "In the row of the worker"),
        "某机械厂",
        most=80,
    ),
    SheetColumn(
        "main_cause",
        Label("主要致困原因", "Main cause"),
        Label("填在“本人”行，必填", "In the row of the worker, where it is required"),
        "患病",
        allowed=_of(Cause),
    ),
    SheetColumn(
        "income",
        Label("家庭月人均收入", "Monthly income per head"),
        Label("元，最多两位小数；填在“本人”行，可不填", "Yuan with at most two decimals, in the row of the worker"),
        "520.00",
    ),
    SheetColumn(
        "opened_on",
        Label("建档日期", "File opened on"),
        Label(
            "纸质案卷的建档日期，须早于本系统启用日期；档号的年度由此而定；填在“本人”行，必填",
            "Of the file on paper, before the unit worked with this system; the year of the code is its own; in the "
            "row of the worker, where it is required",
        ),
        "2016-03-02",
    ),
    SheetColumn(
        "paper_place",
        Label("纸质案卷存放处", "Place of the paper file"),
        Label("填在“本人”行，必填", "In the row of the worker, where it is required"),
        "档案室 2 柜 3 层",
        most=120,
    ),
)


@cache
def _described(category: Category, on: date) -> tuple[SheetColumn, ...]:
    kinds = tuple(Allowed(kind.key, kind.label) for kind in document_types(category))
    classes = _classes(choices(category, on))
    return (
        SheetColumn(
            "title", Label("文件题名", "Title"), Label("一件一行", "One row for each item"), "关于……的报告", True, 300
        ),
        SheetColumn(
            "document_type",
            Label("材料类别", "Kind of document"),
            Label("按所属部分选择", "One of the part the file belongs to"),
            kinds[0].label.zh,
            required=True,
            allowed=kinds,
        ),
        SheetColumn(
            "dated",
            Label("文件日期", "Date of the record"),
            Label("2026、2026-09 或 2026-09-28，知道多少写多少", "2026, 2026-09 or 2026-09-28, as far as it is known"),
            "2026-03-01",
            True,
            20,
        ),
        SheetColumn(
            "responsible_body",
            Label("责任者", "Responsible body"),
            Label("形成文件的单位或个人", "Who made the record"),
            "某厂工会",
            True,
            120,
        ),
        SheetColumn("document_number", Label("文号", "Document number"), Label("可不填", "Optional"), "", most=80),
        SheetColumn("pages_count", Label("页数", "Pages"), Label("可不填", "Optional"), "3"),
        SheetColumn(
            "retention_class",
            Label("文件保管期限类别", "Retention class of the item"),
            Label("不填即按材料类别的默认类别", "That of the kind of document where empty"),
            "",
            allowed=classes,
        ),
        SheetColumn(
            "form",
            Label("记录形式", "Record form"),
            Label("不填即按材料类别的常用形式", "The usual one of the kind of document where empty"),
            "",
            allowed=_of(RecordForm),
        ),
        SheetColumn(
            "carrier",
            Label("载体", "Carrier"),
            Label("不填即为纸质", "Paper where empty"),
            "纸质",
            allowed=_of(Carrier),
        ),
        SheetColumn(
            "secrecy",
            Label("密级", "Secrecy"),
            Label("不填即为内部", "Internal where empty"),
            "",
            allowed=_of(SecrecyLevel),
        ),
        SheetColumn(
            "access",
            Label("开放标识", "Access mark"),
            Label("不填即为控制", "Controlled where empty"),
            "",
            allowed=_of(AccessStatus),
        ),
        SheetColumn("remarks", Label("备注", "Remarks"), Label("可不填", "Optional"), "", most=1000),
    )


CODE = SheetColumn(
    "code",
    Label("档号", "Reference code"),
    Label(
        "新件不填，归档时自动编号；填写的须是本卷已有件的档号",
        "Empty for new items, which get theirs when filed; otherwise that of an item in this file",
    ),
    "",
    most=80,
)


@cache
def item_columns(category: Category, on: date) -> tuple[SheetColumn, ...]:
    """The columns of items of a file of this part."""
    return (SERIAL, CODE, *_described(category, on))


@cache
def volume_columns(on: date) -> tuple[SheetColumn, ...]:
    """The columns of accounting volumes: those of the volume in every row, those of an item where there is one."""
    lines = choices(Category.ACCOUNTING, on)
    classes = _classes([line for line in lines if line.category is Category.ACCOUNTING])
    volume = (
        SheetColumn("year", Label("会计年度", "Accounting year"), Label("四位数字", "Four digits"), "2025", True),
        SheetColumn(
            "sub_code",
            Label("会计类别", "Accounting kind"),
            Label("档号中的二级类目", "The sub-code in the reference code"),
            SUB_CODES["01"].zh,
            required=True,
            allowed=tuple(Allowed(code, label, (f"{code} {label.zh}",)) for code, label in SUB_CODES.items()),
        ),
        SheetColumn(
            "volume",
            Label("案卷题名", "Title of the volume"),
            Label(
                "年度、题名、保管期限类别都相同的行属同一案卷",
                "Rows with the same year, title and class are one volume",
            ),
            "2025 年帮扶资金记账凭证（一）",
            True,
            200,
        ),
        SheetColumn(
            "volume_class",
            Label("案卷保管期限类别", "Retention class of the volume"),
            Label("79 号令附表中的类别", "A line of the tables of order 79"),
            classes[1].label.zh,
            required=True,
            allowed=classes,
        ),
    )
    described = tuple(
        column
        if column.key not in ("title", "document_type", "dated", "responsible_body")
        else SheetColumn(
            column.key,
            column.heading,
            Label(
                "本行登记卷内文件时必填；只登记案卷的行全部不填", "Required where the row has an item; empty where not"
            ),
            column.example,
            False,
            column.most,
            column.allowed,
        )
        for column in _described(Category.ACCOUNTING, on)
    )
    return (SERIAL, *volume, *described)


AID_COLUMNS = (
    SERIAL,
    SheetColumn(
        "name",
        Label("姓名", "Full name"),
        Label("受助职工姓名，用于核对", "Compared with the record"),
        "张三",
        True,
        40,
    ),
    SheetColumn(
        "number",
        Label("身份证号", "ID number"),
        Label(
            "按文本格式填写；与“家庭档号”至少填一项", "As text; this or the code of the household's file is required"
        ),
        "11010519491231002X",
    ),
    SheetColumn(
        "file",
        Label("家庭档号", "Code of the household's file"),
        Label("与“身份证号”至少填一项", "This or the ID number is required"),
        "",
        most=80,
    ),
    SheetColumn(
        "given_on", Label("帮扶日期", "Given on"), Label("不得晚于当日", "Not in the future"), "2026-02-10", True
    ),
    SheetColumn(
        "kind", Label("帮扶类别", "Kind of help"), Label("", ""), "送温暖慰问", required=True, allowed=_of(AidKind)
    ),
    SheetColumn(
        "amount", Label("金额（元）", "Amount (yuan)"), Label("最多两位小数", "At most two decimals"), "1000.00", True
    ),
    SheetColumn("fund", Label("资金来源", "Source of the money"), Label("", ""), "中央财政专项帮扶资金", True, 80),
    SheetColumn(
        "voucher",
        Label("凭证档号", "Reference code of the voucher"),
        Label("会计档案中该凭证或汇总表的档号，可不填", "Of the accounting record that covers it; optional"),
        "",
        most=80,
    ),
    SheetColumn("remarks", Label("备注", "Remarks"), Label("可不填", "Optional"), "", most=300),
)


def columns_of(kind: ImportKind, on: date, category: Category = Category.ORIGINAL) -> tuple[SheetColumn, ...]:
    """The columns of a kind of sheet on a day; `category` is that of the file that items go into."""
    made: Mapping[ImportKind, Callable[[], tuple[SheetColumn, ...]]] = {
        ImportKind.HOUSEHOLDS: lambda: HOUSEHOLD_COLUMNS,
        ImportKind.ITEMS: lambda: item_columns(category, on),
        ImportKind.VOLUMES: lambda: volume_columns(on),
        ImportKind.AID: lambda: AID_COLUMNS,
    }
    return made[kind]()


# What a keeper may look for in a sheet in vain, and how it is done instead.
LEFT_OUT: Mapping[ImportKind, Label] = MappingProxyType(
    {
        ImportKind.HOUSEHOLDS: Label(
            "撤档情况不在本表导入。已撤档家庭请先按在档家庭导入，再逐卷在案卷页面办理“撤档”；"
            "撤档日期早于近 30 日或最近一次变更的，须写明依据，由审批人办理，并不得早于最近一次帮扶（第十三条）；"
            "卷内文件撤档前后均可补录，撤档后只补录撤档日及以前形成的，纸质件登记后方可鉴定销毁（第十五条）。",
            "Withdrawals are not imported. Import a household that is withdrawn already as one in force, then withdraw "
            "its file on its page; as of a day more than 30 days past, or before the last change, an approver does so, "
            "with grounds, and nobody before the last help (article 13). What the file holds is entered before or "
            "after that, then only what is dated no later than the withdrawal; once its paper is registered it can be "
            "appraised (article 15).",
        ),
    }
)
