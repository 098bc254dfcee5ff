"""Who qualifies (art. 3, 4, 10): an assessment that names every figure it compared, and the article it compared it by.

Which rules are applied follows from the day of the decision (art. 21): later national rules have other classes, and a
decision keeps the rule set it was made by.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from classification.articles import PUBLISHED_ON, Citation, article
from classification.hardship import CAUSES_OF_SUDDEN_HARDSHIP, CAUSES_SLIGHTLY_ABOVE, Cause, HardshipClass
from classification.text import Label, LabelledEnum


class Outcome(LabelledEnum):
    """What an assessment comes to."""

    ELIGIBLE = "eligible", "符合建档条件", "Eligible"
    NOT_ELIGIBLE = "not_eligible", "不符合建档条件", "Not eligible"
    MANUAL_REVIEW = "manual_review", "须人工研判", "To be judged by people"


class Exclusion(LabelledEnum):
    """What keeps a household from being filed, whatever its income 不建立档案的情形 (art. 4)."""

    HOMES = "homes", "拥有2套（含）以上住宅", "Owns two or more homes"
    BUSINESS = "business", "拥有商业店铺或雇佣他人从事经营活动", "Owns a shop or hires others to run a business"
    SCHOOLING = (
        "schooling",
        "子女进入高收费私立学校或自费出国留学",
        "Children in high-fee private schools or studying abroad at own expense",
    )
    VEHICLES = (
        "vehicles",
        "非受雇佣经常使用机动车辆、船舶、工程机械以及大型农机具",
        "Regularly uses motor vehicles, ships, construction or large farm machines other than as an employee",
    )

    @property
    def cites(self) -> Citation:
        """The words of article 4 that name it."""
        return article(4).cite(f"{self.label.zh}的")


class ExclusionsUnanswered(ValueError):
    """All four questions of article 4 are answered before anything is assessed; `exclusions` are the open ones."""

    def __init__(self, exclusions: Iterable[Exclusion]) -> None:
        self.exclusions = tuple(exclusions)
        super().__init__(f"Unanswered: {', '.join(self.exclusions)}.")


class NoRuleSet(ValueError):
    """Before these measures came into force (art. 21) others held, by which nothing is assessed here."""


@dataclass(frozen=True)
class Circumstances:
    """What is known of a household on the day of the decision.

    `income_per_head` is the real income in yuan per head and month, a fraction where it does not come out even: bounds
    are strict, so that nothing is rounded before it is compared. `months_below` is for how many months on end it has
    been below the line, `relieved` whether government relief was given, `still_hard` whether the survey found life
    very hard, after relief where there was any. `exclusions` has an answer for each of the four.
    `socialised_retiree` is a worker retired under socialised management 社会化管理的退休人员; `retiree_override` says
    that a named approver let the household in all the same.
    """

    income_per_head: Decimal | Fraction
    months_below: int
    relieved: bool
    still_hard: bool
    causes: frozenset[Cause]
    union_member: bool
    migrant: bool
    exclusions: Mapping[Exclusion, bool]
    socialised_retiree: bool = False
    retiree_override: bool = False

    def __post_init__(self) -> None:
        if self.income_per_head < 0 or self.months_below < 0:
            raise ValueError("Neither income nor months are below zero.")


@dataclass(frozen=True)
class Bounds:
    """The figures of the place: for a migrant those of the place of work.

    `line` is the subsistence line 最低生活保障标准 in yuan per head and month, `slightly_above` and `three_times` the
    factors of classes 3 and 4, `months_below` the months on end of class 1.
    """

    line: Decimal
    slightly_above: Decimal
    three_times: Decimal
    months_below: int

    @property
    def slightly_above_line(self) -> Decimal:
        """The highest income of class 3, in yuan; not rounded."""
        return self.line * self.slightly_above

    @property
    def times_line(self) -> Decimal:
        """The highest income of class 4, in yuan; not rounded."""
        return self.line * self.three_times


@dataclass(frozen=True)
class Condition:
    """One comparison: what was asked, the figure found, what it was compared with, and by which words.

    `of` is the class it is a condition of; None where it concerns every household. `judged` says of one that is not met
    that people judge it: an income exactly on the line, of which the words of the article settle nothing; below the
    line months, relief and hardship, which a survey finds. A bound and a cause are never judged.
    """

    label: Label
    figure: Label
    compared_with: Label
    met: bool
    cites: Citation
    of: HardshipClass | None = None
    judged: bool = False


@dataclass(frozen=True)
class Reason:
    """Why an assessment came out as it did, fit to be told to the household."""

    text: Label
    cites: Citation


@dataclass(frozen=True)
class Assessment:
    """The outcome, the class where there is one, and every condition with the figure compared.

    `rule_set` is the key of the rule set, to be kept with the decision.
    """

    outcome: Outcome
    hardship_class: HardshipClass | None
    conditions: tuple[Condition, ...]
    rule_set: str
    reasons: tuple[Reason, ...]

    @property
    def met(self) -> HardshipClass | None:
        """The first of the classes 1 to 4 of which everything is met; it is beneath that of a migrant's household."""
        if self.hardship_class is None:
            return None
        return next(each for each in _ORDER if all(one.met for one in self.conditions if one.of is each))

    def frozen(self) -> dict[str, Any]:
        """The assessment as plain values, to be kept with the decision."""
        return {
            "outcome": self.outcome.value,
            "hardship_class": self.hardship_class.value if self.hardship_class else None,
            "rule_set": self.rule_set,
            "conditions": [
                {
                    "label": _both(each.label),
                    "figure": _both(each.figure),
                    "compared_with": _both(each.compared_with),
                    "met": each.met,
                    "article": each.cites.article,
                    "of": each.of.value if each.of else None,
                    "judged": each.judged,
                }
                for each in self.conditions
            ],
            "reasons": [{"text": _both(each.text), "article": each.cites.article} for each in self.reasons],
        }


def against_class(conditions: Sequence[Mapping[str, Any]], found: HardshipClass) -> list[Mapping[str, Any]]:
    """What stands against judging a household to be of a class: its conditions not met that people do not judge.

    `conditions` are those of a frozen assessment. A migrant worker's household has to meet those of one of the classes
    1 to 4; the fewest that fail in one of them are given.
    """
    classes = _ORDER if found is HardshipClass.MIGRANT else (found,)
    failing = [[one for one in conditions if one["of"] == of and not (one["met"] or one["judged"])] for of in classes]
    return min(failing, key=len)


@dataclass(frozen=True)
class RuleSet:
    """The rules that decisions of a time are made by, from `in_force_from` until a later set comes into force."""

    key: str
    label: Label
    in_force_from: date
    weigh: Callable[[Circumstances, Bounds], Assessment]


def assess(circumstances: Circumstances, bounds: Bounds, on: date) -> Assessment:
    """Whether a household qualifies by the rules of the day of the decision; raises ExclusionsUnanswered, NoRuleSet."""
    if unanswered := [each for each in Exclusion if each not in circumstances.exclusions]:
        raise ExclusionsUnanswered(unanswered)
    return rule_set(on).weigh(circumstances, bounds)


def assess_income(
    income: Decimal, cause: Cause, found: HardshipClass | None, bounds: Bounds, on: date
) -> Assessment:  # fmt: skip
    """What an income says alone, everything else being answered in favour of the household; raises NoRuleSet.

    A household in force was found to be of a class, and has the causes of that class.
    """
    of_class = {
        HardshipClass.SLIGHTLY_ABOVE: CAUSES_SLIGHTLY_ABOVE,
        HardshipClass.SUDDEN_HARDSHIP: CAUSES_OF_SUDDEN_HARDSHIP,
        HardshipClass.MIGRANT: CAUSES_SLIGHTLY_ABOVE | CAUSES_OF_SUDDEN_HARDSHIP,
    }
    circumstances = Circumstances(
        income_per_head=income,
        months_below=bounds.months_below,
        relieved=False,
        still_hard=True,
        causes=frozenset({cause}) | (of_class.get(found, frozenset()) if found else frozenset()),
        union_member=True,
        migrant=False,
        exclusions=dict.fromkeys(Exclusion, False),
    )
    return assess(circumstances, bounds, on)


def rule_set(on: date) -> RuleSet:
    """The rule set by which decisions of a day are made; raises NoRuleSet before the first one (art. 21)."""
    in_force = [each for each in RULE_SETS if each.in_force_from <= on]
    if not in_force:
        raise NoRuleSet(f"No rule set is in force on {on}.")
    return max(in_force, key=lambda each: each.in_force_from)


_BELOW = article(3).cite("连续6个月以上家庭实际人均收入低于当地最低生活保障标准，未经政府救助，生活特别困难的职工家庭")
_AFTER_RELIEF = article(3).cite("家庭人均收入低于当地最低生活保障标准，经政府救助后仍生活困难的职工家庭")
_SLIGHTLY_ABOVE = article(3).cite("家庭人均收入略高于当地最低生活保障标准（我市目前的标准为最低生活保障线上浮20%以内）")
_WITH_CAUSE = article(3).cite("由于患病、子女上学、残疾、单亲及其他特殊原因造成生活困难的职工家庭")
_THREE_TIMES = article(3).cite("家庭人均收入在当地最低生活保障标准3倍（含）以内")
_AFTER_EVENT = article(3).cite("由于遭受突发事件、意外伤害、重大疾病及其他原因导致生活困难的职工家庭")
_MIGRANTS = article(3).cite("加入工会组织、按务工地标准且符合上述条件之一的农民工家庭")
_RETIREES = article(10).cite()

INCOME = Label("家庭月人均收入（元）", "Monthly income per head (yuan)")
_SHOWN = Decimal("0.000001")  # finer than an income to the cent, shared by some heads, can come to a bound
_YES, _NO = Label("是", "yes"), Label("否", "no")

_ORDER = (
    HardshipClass.BELOW_WITHOUT_RELIEF,
    HardshipClass.BELOW_AFTER_RELIEF,
    HardshipClass.SLIGHTLY_ABOVE,
    HardshipClass.SUDDEN_HARDSHIP,
)


def _by_measures_of_2016(household: Circumstances, bounds: Bounds) -> Assessment:
    """Articles 3, 4 and 10 of 渝工办发〔2016〕90号.

    "Below" is strict, "within" and "up to" include the number (Civil Code art. 1259). An income exactly on the line
    meets none of classes 1 to 3. Whoever is on or below it is not refused by figures alone: a person judges.
    """
    barring = (*_exclusions(household), *_retirement(household))
    measured = _measured(household, bounds)
    met = [one for one in _ORDER if all(each.met for each in measured if each.of is one)]
    joined = tuple(_membership(household))
    conditions = (*barring, *measured, *joined)

    def concluded(outcome: Outcome, found: HardshipClass | None, *reasons: Reason) -> Assessment:
        return Assessment(outcome, found, conditions, MEASURES_OF_2016, reasons)

    if barred := [each for each in (*barring, *joined) if not each.met]:
        return concluded(Outcome.NOT_ELIGIBLE, None, *(_why(each) for each in barred))
    if met:
        found = HardshipClass.MIGRANT if household.migrant else met[0]
        grounds = [each for each in conditions if each.of in (met[0], found)]
        return concluded(Outcome.ELIGIBLE, found, *(_why(each) for each in grounds))
    if household.income_per_head == bounds.line:
        return concluded(Outcome.MANUAL_REVIEW, None, Reason(_on_the_line(bounds), article(3).cite()))
    if household.income_per_head < bounds.line:
        return concluded(Outcome.MANUAL_REVIEW, None, Reason(_below_yet_none(bounds), article(3).cite()))
    unmet = [_why(each) for each in measured if not each.met]
    said = {reason.text: reason for reason in reversed(unmet)}  # classes 1 and 2 ask the same of the income
    return concluded(Outcome.NOT_ELIGIBLE, None, *reversed(said.values()))


def _exclusions(household: Circumstances) -> Iterator[Condition]:
    for each in Exclusion:
        answer = household.exclusions[each]
        yield Condition(each.label, _YES if answer else _NO, _NO, not answer, each.cites)


def _retirement(household: Circumstances) -> Iterator[Condition]:
    if household.socialised_retiree:
        label = Label("已实行社会化管理的退休人员", "Retired under socialised management")
        allowed = Label("否，或经审批人批准", "no, or let in by an approver")
        figure = Label("是，已经审批人批准", "yes, let in by an approver") if household.retiree_override else _YES
        yield Condition(label, figure, allowed, household.retiree_override, _RETIREES)


def _membership(household: Circumstances) -> Iterator[Condition]:
    if household.migrant:
        label = Label("农民工加入工会组织", "The migrant worker has joined a union")
        joined = household.union_member
        yield Condition(label, _YES if joined else _NO, _YES, joined, _MIGRANTS, HardshipClass.MIGRANT)


def _measured(household: Circumstances, bounds: Bounds) -> tuple[Condition, ...]:
    """The conditions of classes 1 to 4, each class with its own."""
    income, line = household.income_per_head, bounds.line
    first, second, third, fourth = _ORDER
    below = Label(f"低于 {_yuan(line)}", f"below {_yuan(line)}")
    months = Label(f"{bounds.months_below} 个月以上（含）", f"{bounds.months_below} months or more")
    third_to, fourth_to = _yuan(bounds.slightly_above_line), _yuan(bounds.times_line)
    relieved = Label("经政府救助", "Government relief was given")
    hard = Label("生活困难", "Life is hard")

    def found(answer: bool) -> Label:
        return _YES if answer else _NO

    def surveyed(
        label: Label, figure: Label, asked: Label, met: bool, cites: Citation, of: HardshipClass
    ) -> Condition:  # fmt: skip
        return Condition(label, figure, asked, met, cites, of, judged=not met and income < line)

    return (
        Condition(INCOME, _plain(income), below, income < line, _BELOW, first, income == line),
        surveyed(
            Label("连续低于低保标准", "On end below the line"),
            Label(f"{household.months_below} 个月", f"{household.months_below} months"),
            months,
            household.months_below >= bounds.months_below,
            _BELOW,
            first,
        ),
        surveyed(relieved, found(household.relieved), _NO, not household.relieved, _BELOW, first),
        surveyed(hard, found(household.still_hard), _YES, household.still_hard, _BELOW, first),
        Condition(INCOME, _plain(income), below, income < line, _AFTER_RELIEF, second, income == line),
        surveyed(relieved, found(household.relieved), _YES, household.relieved, _AFTER_RELIEF, second),
        surveyed(hard, found(household.still_hard), _YES, household.still_hard, _AFTER_RELIEF, second),
        Condition(
            INCOME,
            _plain(income),
            Label(f"高于 {_yuan(line)}，至 {third_to}（含）", f"above {_yuan(line)}, up to and including {third_to}"),
            line < income <= bounds.slightly_above_line,
            _SLIGHTLY_ABOVE,
            third,
            income == line,
        ),
        _caused(household, CAUSES_SLIGHTLY_ABOVE, _WITH_CAUSE, third),
        Condition(
            INCOME,
            _plain(income),
            Label(f"{fourth_to}（含）以内", f"up to and including {fourth_to}"),
            income <= bounds.times_line,
            _THREE_TIMES,
            fourth,
        ),
        _caused(household, CAUSES_OF_SUDDEN_HARDSHIP, _AFTER_EVENT, fourth),
    )


def _caused(household: Circumstances, causes: frozenset[Cause], cites: Citation, of: HardshipClass) -> Condition:
    return Condition(
        Label("致困原因", "Cause"), _list(household.causes), _list(causes), bool(household.causes & causes), cites, of
    )


def _why(condition: Condition) -> Reason:
    """A condition as a sentence: what was found, and what was asked for."""
    label, figure, asked = condition.label, condition.figure, condition.compared_with
    return Reason(
        Label(f"{label.zh}：{figure.zh}（要求：{asked.zh}）", f"{label.en}: {figure.en} (asked: {asked.en})"),
        condition.cites,
    )


def _on_the_line(bounds: Bounds) -> Label:
    line = _yuan(bounds.line)
    return Label(
        f"家庭月人均收入恰为低保标准 {line} 元，既不“低于”也不“略高于”，须人工研判",
        f"The income per head is exactly the line of {line} yuan, neither below nor above it; people judge",
    )


def _below_yet_none(bounds: Bounds) -> Label:
    line = _yuan(bounds.line)
    return Label(
        f"家庭月人均收入低于低保标准 {line} 元，但不完全符合任何一类的条件，须人工研判",
        f"The income per head is below the line of {line} yuan, yet no class is met in full; people judge",
    )


def _list(causes: frozenset[Cause]) -> Label:
    named = [cause.label for cause in Cause if cause in causes] or [Label("无", "none")]
    return Label("、".join(each.zh for each in named), ", ".join(each.en for each in named))


def _plain(amount: Decimal | Fraction) -> Label:
    if isinstance(amount, Fraction):
        amount = (Decimal(amount.numerator) / amount.denominator).quantize(_SHOWN, ROUND_HALF_UP)
    return Label(_yuan(amount), _yuan(amount))


def _yuan(amount: Decimal) -> str:
    """Two decimals, or as many as an exact bound has."""
    exact = f"{amount.normalize():f}"
    return exact if len(exact.partition(".")[2]) > 2 else f"{amount:.2f}"


def _both(label: Label) -> dict[str, str]:
    return {"zh": label.zh, "en": label.en}


MEASURES_OF_2016 = "cq-2016-90"
RULE_SETS: tuple[RuleSet, ...] = (
    RuleSet(
        MEASURES_OF_2016,
        Label("渝工办发〔2016〕90号第三、四、十条", "Measures 90/2016, art. 3, 4 and 10"),
        PUBLISHED_ON,
        _by_measures_of_2016,
    ),
)
