"""What later rooms know to speak against changing a file: its contents 材料增减, and how they are described."""

from collections.abc import Callable, Sequence

from sqlalchemy.orm import Session

from records.files.models import File, Item

AlteringRule = Callable[[Session, Sequence[File], Item | None], None]
_rules: list[AlteringRule] = []


def altering_rule(rule: AlteringRule) -> AlteringRule:
    """Register a rule, which raises its refusal; it is given locked files, or the one file of an item and that item."""
    _rules.append(rule)
    return rule


def check_alterable(session: Session, files: Sequence[File], item: Item | None = None) -> None:
    """Raise what stands against it that something is added to some files, taken from them or described otherwise.

    With `item` it is added to that item of the one file, taken from it, or is its description. Asked under the lock at
    every door by which items, digital files or paper copies come in or go, or a description is changed; the number of
    queries does not grow with the files.
    """
    for rule in _rules:
        rule(session, files, item)
