"""What the regulation leaves to place or time, as rules with a name, a unit of measure and a direction (art. 20).

A district writes its own rules but never below the municipal one: it may tighten, never loosen. So each rule says which
way is stricter, and of all values in force above a unit the strictest holds.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import Enum
from types import MappingProxyType

from classification.articles import Citation, article
from classification.categories import Category, SecrecyLevel
from classification.checklists import document_type, document_types
from classification.identity import MUNICIPAL_MASKS
from classification.text import Label

Value = Decimal | frozenset[str] | date


class Stricter(Enum):
    """Which of two values of a rule is the stricter one."""

    HIGHER = "higher"
    LOWER = "lower"
    NEAREST = "nearest"  # neither: the value of the nearest unit holds, as with the local subsistence line
    MORE = "more"  # of lists: what the lists of all superiors name together


NOT_SET = Label("未设定", "not set")
SYSTEM_DEFAULT = Label("系统默认（办法未规定）", "default of the system; the regulation names no number")


class BadValue(ValueError):
    """A text that is no value of the rule; `reason` says why in both languages."""

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason


@dataclass(frozen=True)
class RuleDefinition:
    """A rule: what it is called, in what it is measured, between which bounds, and what holds where nobody set it.

    `default` is what holds where nobody set anything: the municipal rule where `in_regulation`, for then the place that
    `source` names says it; elsewhere a default of the system, and `source` is what the rule is about. It is None where
    only a district can know it, as the subsistence line. `decimals` is how many figures after the point make sense;
    `is_day` that the value is a day. `options` are what a list is made of, where these are not kinds of documents.
    `unset` is what a page says where nothing is set, `strictest_unset` that no value is stricter than to set none.
    """

    key: str
    label: Label
    measure: Label
    stricter: Stricter
    default: Value | None
    source: Citation
    least: Decimal = Decimal(0)
    most: Decimal = Decimal(1_000_000)
    decimals: int = 0
    is_day: bool = False
    options: tuple[tuple[str, Label], ...] = ()
    in_regulation: bool = False
    unset: Label = NOT_SET
    strictest_unset: bool = False

    @property
    def default_source(self) -> Label:
        """What the default rests on: the regulation where it says it, and nothing but this system elsewhere."""
        return self.source.label if self.in_regulation else SYSTEM_DEFAULT

    def read(self, text: str) -> Value:
        """The value that a text states; raises BadValue."""
        if self.stricter is Stricter.MORE:
            return self._read_list(text)
        if self.is_day:
            return self._read_day(text)
        try:
            value = Decimal(text.strip())
        except InvalidOperation:
            raise BadValue(Label("应填写数字", "a number is needed")) from None
        if not value.is_finite() or not self.least <= value <= self.most:
            bounds = f"{self.least:f}–{self.most:f}"
            raise BadValue(Label(f"应在 {bounds} 之间", f"it lies between {bounds}"))
        if value != round(value, self.decimals):
            raise BadValue(
                Label(f"最多保留 {self.decimals} 位小数", f"it has at most {self.decimals} figures after the point")
            )
        return round(value, self.decimals)

    def write(self, value: Value) -> str:
        """The value as text that `read` understands."""
        match value:
            case Decimal():
                return f"{value:f}"
            case date():
                return value.isoformat()
        return ",".join(sorted(value))

    def spoken(self, value: Value) -> Label:
        """The value as people say it: a number, a day, or the names of what a list holds in their usual order."""
        if not isinstance(value, frozenset):
            return Label(self.write(value), self.write(value))
        offered = self.options or tuple(
            (kind.key, kind.label) for category in Category for kind in document_types(category)
        )
        named = [label for key, label in offered if key in value]
        return Label("、".join(each.zh for each in named) or "无", ", ".join(each.en for each in named) or "none")

    def strictest(self, values: Iterable[Value]) -> Value:
        """Of values from the root down to a unit the one that holds there; there is at least one."""
        line = list(values)
        if self.stricter is Stricter.MORE:
            return frozenset().union(*(value for value in line if isinstance(value, frozenset)))
        if self.stricter is Stricter.NEAREST:
            return line[-1]
        numbers = [value for value in line if isinstance(value, Decimal)]
        return max(numbers) if self.stricter is Stricter.HIGHER else min(numbers)

    def loosens(self, value: Value, above: Value) -> bool:
        """Whether a value is looser than the one that holds above it (art. 20)."""
        return self.stricter is not Stricter.NEAREST and self.strictest([above, value]) != value

    def loosens_unset(self, value: Value) -> bool:
        """Whether a value is looser than what goes without the rule; only the whole, where it is a share, is not."""
        return self.strictest_unset and value != self.most

    def _read_day(self, text: str) -> date:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            raise BadValue(Label("应填写日期，如 2024-01-01", "a day is needed, as 2024-01-01")) from None

    def _read_list(self, text: str) -> frozenset[str]:
        names = frozenset(part.strip() for part in text.replace("，", ",").split(",") if part.strip())
        if self.options:
            for name in sorted(names - {key for key, _ in self.options}):
                raise BadValue(Label(f"没有“{name}”这一选项", f"there is no choice {name!r}"))
            return names
        for name in sorted(names):
            try:
                document_type(name)
            except LookupError:
                raise BadValue(Label(f"没有“{name}”这种材料", f"there is no document type {name!r}")) from None
        return names


_LOCAL = article(20).cite("实施细则")
_YUAN = Label("元/人·月", "yuan per head and month")
_TIMES = Label("倍", "times")
_MONTHS = Label("个月", "months")
_DAYS = Label("日", "days")
_WORKING_DAYS = Label("个工作日", "working days")
_PERCENT = Label("%", "per cent")
_LINES = Label("条", "lines")
_SIGNS = Label("位", "signs")
_ROUNDS = Label("次", "times in all")
OTHER_UNIT = "other_unit"
# What may need the leader's approval before it is lent: what it is of, how secret it is, who asks for it.
LENDING_KINDS = (
    *((category.value, category.label) for category in Category),
    *((level.value, level.label) for level in SecrecyLevel if level is not SecrecyLevel.INTERNAL),
    (OTHER_UNIT, Label("外单位（工会系统内）人员借阅", "Borrowers from other units of the unions")),
)
SECRETS = frozenset(level.value for level in SecrecyLevel if level is not SecrecyLevel.INTERNAL)

_DEFINITIONS = (
    RuleDefinition(
        "subsistence_line", Label("当地最低生活保障标准", "Local subsistence line"), _YUAN, Stricter.NEAREST, None,
        article(3).cite("最低生活保障标准"), least=Decimal(1), most=Decimal(100_000), decimals=2,
    ),
    RuleDefinition(
        "slightly_above", Label("“略高于”低保标准的上限", "Upper bound of “slightly above” the line"), _TIMES,
        Stricter.LOWER, Decimal("1.20"), article(3).cite(), least=Decimal(1), most=Decimal(2), decimals=2,
        in_regulation=True,
    ),
    RuleDefinition(
        "three_times", Label("第（四）类的收入上限", "Upper bound of class 4"), _TIMES, Stricter.LOWER, Decimal("3.00"),
        article(3).cite(), least=Decimal(1), most=Decimal(5), decimals=2, in_regulation=True,
    ),
    RuleDefinition(
        "months_below", Label("连续低于低保标准的月数", "Consecutive months below the line"), _MONTHS, Stricter.HIGHER,
        Decimal(6), article(3).cite(), least=Decimal(1), most=Decimal(60), in_regulation=True,
    ),
    RuleDefinition(
        "income_proof_months", Label("收入证明的最长时间", "Greatest age of an income proof"), _MONTHS, Stricter.LOWER,
        Decimal(12), _LOCAL, least=Decimal(1), most=Decimal(60),
    ),
    RuleDefinition(
        "notice_days", Label("公示天数", "Days of public notice"), _DAYS, Stricter.HIGHER, Decimal(7),
        article(12).cite("公示"), least=Decimal(1), most=Decimal(60),
    ),
    RuleDefinition(
        "sync_working_days", Label("纸质与电子档案同步期限", "Time for the other carrier to follow"), _WORKING_DAYS,
        Stricter.LOWER, Decimal(30), article(13).cite("30个工作日"), least=Decimal(1), most=Decimal(60),
        in_regulation=True,
    ),
    RuleDefinition(
        "clean_up_sampling", Label("集中清理抽查比例", "Share of files checked on the spot in a clean-up"), _PERCENT,
        Stricter.HIGHER, Decimal(30), article(13).cite("集中清理"), least=Decimal(1), most=Decimal(100),
    ),
    RuleDefinition(
        "handover_sample_percent", Label("交接清点抽查比例", "Share of a transfer list that is counted"), _PERCENT,
        Stricter.HIGHER, None, article(16).cite("办妥档案交接手续"), least=Decimal(1), most=Decimal(100),
        unset=Label("未设定（全部清点）", "not set (everything is counted)"), strictest_unset=True,
    ),
    RuleDefinition(
        "handover_sample_least", Label("交接清点最少条数", "Fewest lines of a transfer list that are counted"), _LINES,
        Stricter.HIGHER, None, article(16).cite("办妥档案交接手续"), least=Decimal(1), most=Decimal(100_000),
    ),
    RuleDefinition(
        "handover_case_days", Label("交接差异处理期限", "Time to settle a difference of a handover"), _DAYS,
        Stricter.LOWER, Decimal(30), article(16).cite("办妥档案交接手续"), least=Decimal(1), most=Decimal(365),
    ),
    RuleDefinition(
        "disposal_waiting_days", Label("批准后至销毁前的等待天数", "Days between approval and destruction"), _DAYS,
        Stricter.HIGHER, Decimal(30), article(15).cite(), least=Decimal(1), most=Decimal(3650),
    ),
    RuleDefinition(
        "required_documents", Label("增加的必备材料", "Required documents added"), Label("", ""), Stricter.MORE,
        frozenset(), article(6).cite("各地也可根据实际需要增加档案内容。"), in_regulation=True,
    ),
    RuleDefinition(
        "system_since", Label("本系统启用日期", "Day from which the unit has worked with this system"), Label("", ""),
        Stricter.NEAREST, None, article(18).cite(), is_day=True,
    ),
    RuleDefinition(
        "id_signs_shown", Label("证件号码两端各显示的位数", "Signs of an ID number shown at each end"), _SIGNS,
        Stricter.LOWER, Decimal(MUNICIPAL_MASKS.id_signs), _LOCAL, least=Decimal(0), most=Decimal(4),
    ),
    RuleDefinition(
        "phone_signs_shown", Label("联系电话末尾显示的位数", "Signs of a telephone number shown at its end"), _SIGNS,
        Stricter.LOWER, Decimal(MUNICIPAL_MASKS.phone_signs), _LOCAL, least=Decimal(0), most=Decimal(4),
    ),
    RuleDefinition(
        "loan_approval", Label("借阅须经审批的档案", "What is lent only with approval"), Label("", ""), Stricter.MORE,
        SECRETS, article(17).cite(), options=LENDING_KINDS,
    ),
    RuleDefinition(
        "loan_days", Label("借阅的最长天数", "Longest time of a loan"), _DAYS, Stricter.LOWER, Decimal(31),
        article(17).cite(), least=Decimal(1), most=Decimal(31),
    ),
    RuleDefinition(
        "loan_renewals", Label("续借次数上限", "Renewals of a loan"), _ROUNDS, Stricter.LOWER, Decimal(1),
        article(17).cite(), most=Decimal(5),
    ),
    RuleDefinition(
        "pickup_working_days", Label("备妥档案的留取期限", "Time to pick up what was put aside"), _WORKING_DAYS,
        Stricter.LOWER, Decimal(3), article(17).cite(), least=Decimal(1), most=Decimal(30),
    ),
    RuleDefinition(
        "recall_working_days", Label("催还后的归还期限", "Time to bring back what was recalled"), _WORKING_DAYS,
        Stricter.LOWER, Decimal(3), article(17).cite(), least=Decimal(1), most=Decimal(30),
    ),
    RuleDefinition(
        "reminder_working_days", Label("逾期催还的间隔", "Time between two reminders"), _WORKING_DAYS,
        Stricter.LOWER, Decimal(3), article(17).cite(), least=Decimal(1), most=Decimal(30),
    ),
    RuleDefinition(
        "overdue_days_borne", Label("逾期多少天内仍可再借", "Days overdue within which more is lent"), _DAYS,
        Stricter.LOWER, Decimal(7), article(17).cite(), least=Decimal(0), most=Decimal(365),
    ),
    RuleDefinition(
        "answer_working_days", Label("借阅、查档申请和公示异议的答复期限", "Time to answer requests and objections"),
        _WORKING_DAYS, Stricter.LOWER, Decimal(3), article(17).cite(), least=Decimal(1), most=Decimal(30),
    ),
    RuleDefinition(
        "finish_working_days", Label("交接、盘点的办结期限", "Time to finish a handover or a stocktake"), _WORKING_DAYS,
        Stricter.LOWER, Decimal(15), article(16).cite("办妥档案交接手续"), least=Decimal(1), most=Decimal(60),
    ),
    RuleDefinition(
        "consultation_days", Label("外单位查档开放的最长天数", "Longest time an outside consultation stays open"),
        _DAYS, Stricter.LOWER, Decimal(7), article(17).cite(), least=Decimal(1), most=Decimal(60),
    ),
    RuleDefinition(
        "own_file_shown", Label("本人可申请查阅本户档案", "People may ask to see their own file"),
        Label("（1 可以，0 不可以）", "(1 yes, 0 no)"), Stricter.LOWER, Decimal(1), _LOCAL, most=Decimal(1),
    ),
    RuleDefinition(
        "redacted_documents", Label("对外查阅前须制作遮盖件的材料", "Documents shown to outsiders blacked out only"),
        Label("", ""), Stricter.MORE,
        frozenset({"identity_proof", "household_register", "medical_record", "bank_card"}), _LOCAL,
    ),
)  # fmt: skip
RULES: Mapping[str, RuleDefinition] = MappingProxyType({rule.key: rule for rule in _DEFINITIONS})


def rule_definition(key: str) -> RuleDefinition:
    """The rule with this key; raises LookupError."""
    try:
        return RULES[key]
    except KeyError:
        raise LookupError(f"There is no rule {key!r}.") from None
