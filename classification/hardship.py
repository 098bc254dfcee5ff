"""What households in difficulty are found to be in (art. 3): the classes, and the causes they are found by."""

from classification.text import LabelledEnum


class HardshipClass(LabelledEnum):
    """What kind of difficulty 困难类型 a household was found to be in, in the order of article 3."""

    BELOW_WITHOUT_RELIEF = "below_without_relief", "低于低保标准、未经救助", "Below the line, without relief"
    BELOW_AFTER_RELIEF = "below_after_relief", "低于低保标准、救助后仍困难", "Below the line, after relief"
    SLIGHTLY_ABOVE = "slightly_above", "略高于低保标准、有特殊原因", "Slightly above the line, with a cause"
    SUDDEN_HARDSHIP = "sudden_hardship", "低保标准3倍以内、意外致困", "Up to three times the line, after an event"
    MIGRANT = "migrant", "符合条件的农民工家庭", "Migrant worker household"


class Cause(LabelledEnum):
    """Why the household is in difficulty 致困原因 (art. 3)."""

    ILLNESS = "illness", "患病", "Illness"
    SERIOUS_ILLNESS = "serious_illness", "重大疾病", "Serious illness"
    SCHOOLING = "schooling", "子女上学", "Children's schooling"
    DISABILITY = "disability", "残疾", "Disability"
    SINGLE_PARENT = "single_parent", "单亲", "Single parent"
    ACCIDENT = "accident", "意外伤害", "Accidental injury"
    SUDDEN_EVENT = "sudden_event", "突发事件", "Sudden event"
    LOW_INCOME = "low_income", "收入偏低", "Low income"
    OTHER = "other", "其他", "Other"


# A serious illness is an illness too; low income is no cause of its own, it is what classes 1 and 2 measure.
CAUSES_SLIGHTLY_ABOVE = frozenset(
    {
        Cause.ILLNESS,
        Cause.SERIOUS_ILLNESS,
        Cause.SCHOOLING,
        Cause.DISABILITY,
        Cause.SINGLE_PARENT,
        Cause.OTHER,
    }
)
CAUSES_OF_SUDDEN_HARDSHIP = frozenset({Cause.SUDDEN_EVENT, Cause.ACCIDENT, Cause.SERIOUS_ILLNESS, Cause.OTHER})
CAUSES_OF = {
    HardshipClass.SLIGHTLY_ABOVE: CAUSES_SLIGHTLY_ABOVE,
    HardshipClass.SUDDEN_HARDSHIP: CAUSES_OF_SUDDEN_HARDSHIP,
}  # of the classes that rest on a cause; the others rest on the income alone
