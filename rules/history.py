"""What a unit and its superiors have set for a rule, and for how long each value held."""

from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.rulebook import rule_definition
from classification.text import Label, LabelledEnum
from rules.models import RuleValue
from units.models import Unit

ONE_DAY = timedelta(days=1)


class State(LabelledEnum):
    """How a value stands on a day."""

    IN_FORCE = "in_force", "现行", "In force"
    PLANNED = "planned", "尚未施行", "Not yet in force"
    SUPERSEDED = "superseded", "已被取代", "Superseded"


@dataclass(frozen=True)
class Entry:
    """A value as it was set: the last day it held, None where it still does, its state, and who set it."""

    row: RuleValue
    until: date | None
    state: State
    set_by: str

    @property
    def spoken(self) -> Label:
        """The value as people say it."""
        definition = rule_definition(self.row.key)
        return definition.spoken(definition.read(self.row.value))


def history(session: Session, unit: Unit, key: str, *, today: date) -> list[Entry]:
    """Everything a unit and its superiors have ever set for a rule, the latest first; two queries.

    A value ends the day before its own unit's next one; of two values of one day the one entered later holds.
    """
    line = [int(part) for part in unit.path.strip("/").split("/")]
    rows = session.scalars(
        select(RuleValue)
        .where(RuleValue.unit_id.in_(line), RuleValue.key == key)
        .order_by(RuleValue.in_force_from, RuleValue.id)
    ).all()
    names = dict(
        session.execute(select(User.name, User.display_name).where(User.name.in_({row.set_by for row in rows}))).all()
    )
    entries = []
    for at, row in enumerate(rows):
        follower = next((each for each in rows[at + 1 :] if each.unit_id == row.unit_id), None)
        until = follower.in_force_from - ONE_DAY if follower else None
        entries.append(Entry(row, until, _state(row, until, today), names.get(row.set_by, row.set_by)))
    return entries[::-1]


def _state(row: RuleValue, until: date | None, today: date) -> State:
    if until is not None and (until < row.in_force_from or until < today):
        return State.SUPERSEDED
    return State.PLANNED if row.in_force_from > today else State.IN_FORCE
