"""Why a row cannot be taken: a sentence with its facts, kept as it was found and read in either language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from web.language import gettext, language
from web.rules import RuleViolation

MOST_REASONS = 10_000  # of one sheet; whoever has more of them corrects a column, not cells
# The fields that refusals of forms name, where the column of the sheet has another name.
COLUMNS = {"on": "opened_on", "voucher": "voucher", "sub_code": "sub_code"}


@dataclass(frozen=True)
class Reason:
    """What stands against a cell, a row (no column) or the whole sheet (row 0)."""

    row: int
    column: str | None
    message: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    article: int | None = None


def of_refusal(row: int, column: str | None, refusal: RuleViolation) -> Reason:
    """The reason that a refusal of the forms gives."""
    return Reason(row, column, refusal.message, refusal.facts, refusal.article)


def kept(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as they are kept: labels in both languages, everything else as plain values."""
    return {name: _plain(value) for name, value in facts.items()}


def said(message: str, facts: Mapping[str, Any]) -> str:
    """The sentence in the user's language, from facts that were kept."""
    spoken = {
        name: value.get("zh" if language() == "zh" else "en") if isinstance(value, dict) else value
        for name, value in facts.items()
    }
    return gettext(message).format(**spoken)


def _plain(value: Any) -> Any:
    label = getattr(value, "label", value)
    if hasattr(label, "zh") and hasattr(label, "en"):
        return {"zh": label.zh, "en": label.en}
    if isinstance(value, Enum):
        return value.value
    return value if value is None or isinstance(value, bool | int | str) else str(value)
