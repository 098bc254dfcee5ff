"""The classes of households in difficulty (art. 3)."""

from classification.text import LabelledEnum


class HardshipClass(LabelledEnum):
    """What kind of difficulty 困难类型 a household was found to be in, in the order of article 3."""

    BELOW_WITHOUT_RELIEF = "below_without_relief", "低于低保标准、未经救助", "Below the line, without relief"
    BELOW_AFTER_RELIEF = "below_after_relief", "低于低保标准、救助后仍困难", "Below the line, after relief"
    SLIGHTLY_ABOVE = "slightly_above", "略高于低保标准、有特殊原因", "Slightly above the line, with a cause"
    SUDDEN_HARDSHIP = "sudden_hardship", "低保标准3倍以内、意外致困", "Up to three times the line, after an event"
    MIGRANT = "migrant", "符合条件的农民工家庭", "Migrant worker household"
