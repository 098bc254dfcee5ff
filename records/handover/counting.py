"""How much of a list is counted 点交: all of it, or a sample that can be drawn again from its seed (art. 16).

A unit that has set a share counts that share of files, boxes and paper copies, and never fewer lines than it has set;
everything else on the list, and whatever joins it later, is counted always.
"""

import hashlib
import secrets
from collections.abc import Collection, Iterable
from math import ceil
from typing import Any

from classification.text import Label
from records.handover.custody import Entry
from records.handover.models import Handover, LineKind
from rules.services import Rulebook

SHARE, LEAST, CASE_DAYS = "handover_sample_percent", "handover_sample_least", "handover_case_days"
ON_SHELVES = (LineKind.FILE, LineKind.BOX, LineKind.COPY)
SEED_BYTES = 8

Key = tuple[LineKind, int]


def counting_rule(book: Rulebook) -> dict[str, Any]:
    """What of the rules of counting is set for a unit, with the sources, as it is kept with a handover."""
    return book.frozen(*(key for key in (SHARE, LEAST) if key in book.rulings))


def new_seed(listed: Collection[Entry], rule: dict[str, Any]) -> str | None:
    """A seed nobody can foresee; None where everything is counted."""
    lines = _on_shelves(listed)
    return secrets.token_hex(SEED_BYTES) if sample_size(len(lines), rule) < len(lines) else None


def sample_size(lines: int, rule: dict[str, Any]) -> int:
    """How many of so many lines are counted: the share rounded up, at least the fewest, at most all."""
    if SHARE not in rule:
        return lines
    share, least = int(rule[SHARE]["value"]), int(rule[LEAST]["value"]) if LEAST in rule else 1
    return min(lines, max(least, ceil(lines * share / 100)))


def sample_of(listed: Iterable[Key], size: int, seed: str) -> set[Key]:
    """The lines that a seed draws: those whose SHA-256 over `seed:kind:subject` is lowest, whatever their order."""
    ranked = sorted(listed, key=lambda key: hashlib.sha256(f"{seed}:{key[0].value}:{key[1]}".encode()).digest())
    return set(ranked[:size])


def uncounted(listed: Collection[Entry], rule: dict[str, Any], seed: str | None) -> set[Key]:
    """The lines that are outside the sample; none where there is no seed."""
    if seed is None:
        return set()
    lines = _on_shelves(listed)
    return set(lines) - sample_of(lines, sample_size(len(lines), rule), seed)


def way_of_counting(handover: Handover, counted: int, present: int) -> Label:
    """How the list is counted, in words for pages and prints: how many of the lines that are on it."""
    if handover.sample_seed is None:
        return Label("全部清点", "Everything is counted")
    share = handover.count_rule[SHARE]
    if counted == present:
        return Label("抽查后改为全部清点", "Everything is counted after all")
    by = share["source"]
    return Label(
        f"抽查清点 {counted}／{present} 条（比例 {share['value']}%，依据 {by}，种子 {handover.sample_seed}）",
        f"{counted} of {present} lines are counted ({share['value']} %, by {by}, seed {handover.sample_seed})",
    )


def _on_shelves(listed: Iterable[Entry]) -> list[Key]:
    return [(entry.kind, entry.subject_id) for entry in listed if entry.kind in ON_SHELVES]
