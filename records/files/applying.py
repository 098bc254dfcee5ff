"""People who apply come into a file by the procedure alone: no other door leads past it (art. 11, 12)."""

from collections.abc import Callable, Collection, Mapping
from datetime import date

from sqlalchemy.orm import Session

from classification.periods import anniversary
from web.rules import RuleViolation

# By the id of each person who may not come in: why. Persons first, then the ids of those among them who are workers.
FIRST_DAY = date(2006, 1, 1)  # the year of 总工办发〔2006〕36号, which article 21 replaces
WORKING_AGE_YEARS = 16  # Labour Law art. 15

Refusals = Callable[[Session, Collection[int], Collection[int]], Mapping[int, RuleViolation]]
_rules: list[Refusals] = []


def application_rule(rule: Refusals) -> Refusals:
    """Register what the room of applications knows of people who apply, or have applied."""
    _rules.append(rule)
    return rule


def refusals(session: Session, persons: Collection[int], workers: Collection[int] = ()) -> Mapping[int, RuleViolation]:
    """Why some of these persons may not come into a file but by the procedure, by the id of each.

    Whoever stands in an application under way may not; nor may one of `workers` who ever stood in one, or whose file is
    there, withdrawn. The number of queries does not grow with the persons, but for those refused.
    """
    found: dict[int, RuleViolation] = {}
    for rule in _rules:
        found = {**rule(session, persons, workers), **found}  # of several, the first rule's is told
    return found


def first_day_of_help(born_on: date | None) -> date:
    """The first day on which a worker can have been in difficulty as one, by the day of birth where it is known."""
    return max(FIRST_DAY, anniversary(born_on, WORKING_AGE_YEARS)) if born_on else FIRST_DAY


def check_nobody_applies(session: Session, fields: Mapping[int, str], worker: int | None = None) -> None:
    """Raise what stands against the first of some persons who applies; `fields` names the input of each by id.

    `worker` is the person named as worker of a file from before, who has never applied and has no earlier file.
    """
    against = refusals(session, fields.keys(), () if worker is None else (worker,))
    for person_id, field in fields.items():
        if refusal := against.get(person_id):
            refusal.field = field
            raise refusal
