"""What later rooms know to speak against changing a file: its contents 材料增减, and how they are described."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from records.files.models import File, Item

AlteringRule = Callable[[Session, File, Item | None], None]
_rules: list[AlteringRule] = []


def altering_rule(rule: AlteringRule) -> AlteringRule:
    """Register a rule, which raises its refusal; it is given a locked file, and the item where one is meant."""
    _rules.append(rule)
    return rule


def check_alterable(session: Session, file: File, item: Item | None = None) -> None:
    """Raise what stands against it that something is added to a file, taken from it or described otherwise.

    With `item` it is added to that item of the file, taken from it, or is its description. Asked under the lock at
    every door by which digital files or paper copies come in or go, items are filed, or a description is changed, and
    where items are entered in a withdrawn file (`takes_items`); active files stand on no list as a whole.
    """
    for rule in _rules:
        rule(session, file, item)
