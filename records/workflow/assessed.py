"""A frozen assessment as pages show it: its reasons, and every condition under the class it belongs to (art. 3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from classification.hardship import HardshipClass
from classification.rulebook import rule_definition
from classification.text import Label


@dataclass(frozen=True)
class Assessed:
    """What was compared, and by which rules; `groups` begin with the conditions of every household, without a class."""

    found: HardshipClass | None
    reasons: Sequence[Mapping[str, Any]]
    groups: Sequence[tuple[HardshipClass | None, Sequence[Mapping[str, Any]]]]
    rules: Sequence[tuple[Label, Mapping[str, str]]]


def assessed(assessment: Mapping[str, Any], rules: Mapping[str, Any]) -> Assessed:
    """An assessment as it was frozen, with the rules frozen beside it; empty where its file was destroyed."""
    conditions = groupby(assessment.get("conditions", []), key=lambda one: one["of"])
    found = assessment.get("hardship_class")
    return Assessed(
        HardshipClass(found) if found else None,
        assessment.get("reasons", []),
        [(HardshipClass(of) if of else None, list(group)) for of, group in conditions],
        [(rule_definition(key).label, rule) for key, rule in rules.items()],
    )
