"""People who apply come into a file by the procedure alone: no other door leads past it (art. 11, 12)."""

from collections.abc import Callable, Collection, Mapping

from sqlalchemy.orm import Session

from web.rules import RuleViolation

# By the id of each person who may not come in: why. Persons first, then the ids of those among them who are workers.
Refusals = Callable[[Session, Collection[int], Collection[int]], Mapping[int, RuleViolation]]
_rules: list[Refusals] = []


def application_rule(rule: Refusals) -> Refusals:
    """Register what the room of applications knows of people who apply, or have applied."""
    _rules.append(rule)
    return rule


def refusals(session: Session, persons: Collection[int], workers: Collection[int] = ()) -> Mapping[int, RuleViolation]:
    """Why some of these persons may not come into a file but by the procedure, by the id of each.

    Whoever stands in an application under way may not; nor may one of `workers` who ever stood in one. The number of
    queries does not grow with the persons, but for those refused.
    """
    found: dict[int, RuleViolation] = {}
    for rule in _rules:
        found.update(rule(session, persons, workers))
    return found


def check_nobody_applies(session: Session, fields: Mapping[int, str], worker: int | None = None) -> None:
    """Raise what stands against the first of some persons who applies; `fields` names the input of each by id.

    `worker` is the person named as worker of a file from before, who may not have applied at any time.
    """
    against = refusals(session, fields.keys(), () if worker is None else (worker,))
    for person_id, field in fields.items():
        if refusal := against.get(person_id):
            refusal.field = field
            raise refusal
