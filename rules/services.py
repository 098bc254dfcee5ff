"""Which rules hold for a unit on a day, and setting them (art. 20)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.eligibility import Bounds
from classification.identity import MUNICIPAL_MASKS, Masks
from classification.rulebook import RULES, BadValue, RuleDefinition, Value, rule_definition
from rules.errors import BadRuleValue, LooserThanAbove, NotYourRules, RuleNotSet
from rules.models import RuleValue
from units.models import Unit

BOUNDS = ("subsistence_line", "slightly_above", "three_times", "months_below")  # what `Rulebook.bounds` is made of


@dataclass(frozen=True)
class Ruling:
    """The value of a rule that holds for a unit on a day; `set_by` is None where it is the municipal rule."""

    definition: RuleDefinition
    value: Value
    set_by: RuleValue | None

    @property
    def source(self) -> str:
        """The paper or article it rests on, as text."""
        return self.set_by.source if self.set_by else self.definition.source.label.zh

    @property
    def text(self) -> str:
        """The value as text."""
        return self.definition.write(self.value)


@dataclass(frozen=True)
class Rulebook:
    """All rules as they hold for one unit on one day."""

    unit: Unit
    on: date
    rulings: Mapping[str, Ruling]

    def ruling(self, key: str) -> Ruling:
        """The ruling on a rule; raises RuleNotSet where nobody has set what only a district can know."""
        if key not in self.rulings:
            raise RuleNotSet(rule=rule_definition(key).label, unit=self.unit.name, on=self.on)
        return self.rulings[key]

    def number(self, key: str) -> Decimal:
        """The value of a rule that is a number; raises RuleNotSet."""
        value = self.ruling(key).value
        if not isinstance(value, Decimal):
            raise TypeError(f"{key} is a list.")
        return value

    def whole(self, key: str) -> int:
        """The value of a rule that counts days or months; raises RuleNotSet."""
        return int(self.number(key))

    def names(self, key: str) -> frozenset[str]:
        """The value of a rule that is a list."""
        value = self.ruling(key).value
        if isinstance(value, Decimal):
            raise TypeError(f"{key} is a number.")
        return value

    @property
    def bounds(self) -> Bounds:
        """The figures that eligibility is measured by (art. 3); raises RuleNotSet where the line is not set."""
        line, slightly_above, three_times, months = (self.number(key) for key in BOUNDS)
        return Bounds(line, slightly_above, three_times, int(months))

    @property
    def masks(self) -> Masks:
        """How much of the numbers of persons is shown (art. 20)."""
        return Masks(self.whole("id_signs_shown"), self.whole("phone_signs_shown"))

    def frozen(self, *keys: str) -> dict[str, dict[str, str]]:
        """Some rulings as plain values, to be kept with a decision: value, source, unit and the day they are from."""
        return {
            key: {
                "value": ruling.text,
                "source": ruling.source,
                "unit": ruling.set_by.unit.name if ruling.set_by else "",
                "in_force_from": ruling.set_by.in_force_from.isoformat() if ruling.set_by else "",
            }
            for key in keys
            for ruling in (self.ruling(key),)
        }


def rulebook(session: Session, unit: Unit, on: date, *, planned: RuleValue | None = None) -> Rulebook:
    """The rules that hold for a unit on a day; one query.

    `planned` is a value not set yet, to see what it would change.
    """
    line = _line(unit.path)
    rows = session.scalars(
        select(RuleValue)
        .where(RuleValue.unit_id.in_(line), RuleValue.in_force_from <= on)
        .order_by(RuleValue.in_force_from, RuleValue.id)
    ).all()
    latest = {(row.key, row.unit_id): row for row in rows}
    if planned is not None and planned.unit_id in line and planned.in_force_from <= on:
        latest[planned.key, planned.unit_id] = planned
    rulings = {}
    for key, definition in RULES.items():
        own = [latest[key, unit_id] for unit_id in line if (key, unit_id) in latest]
        if ruling := _ruling(definition, own):
            rulings[key] = ruling
    return Rulebook(unit, on, rulings)


def strictest_masks(session: Session, unit_path: str) -> Masks:
    """The least that the masks of a unit have ever shown or are planned to show.

    By these numbers are written where nothing is forgotten, as in the audit chain; one query.
    """
    rows = session.execute(
        select(RuleValue.key, RuleValue.value).where(
            RuleValue.unit_id.in_(_line(unit_path)), RuleValue.key.in_(("id_signs_shown", "phone_signs_shown"))
        )
    ).all()
    return Masks(
        min([MUNICIPAL_MASKS.id_signs, *(int(row.value) for row in rows if row.key == "id_signs_shown")]),
        min([MUNICIPAL_MASKS.phone_signs, *(int(row.value) for row in rows if row.key == "phone_signs_shown")]),
    )


def set_rule(
    session: Session, unit: Unit, key: str, text: str, *, in_force_from: date, source: str, actor: Actor, at: datetime
) -> RuleValue:
    """Set the value of a rule for a unit and all below it from a day on.

    Raises NotYourRules, BadRuleValue, or LooserThanAbove where what holds above the unit on that day is stricter.
    """
    value = check_rule(session, unit, key, text, in_force_from=in_force_from, actor=actor)
    row = RuleValue(
        unit=unit,
        unit_id=unit.id,
        key=key,
        value=rule_definition(key).write(value),
        in_force_from=in_force_from,
        source=source,
        set_by=actor.name,
        set_at=at,
    )
    session.add(row)
    audit.record(
        session, actor.name, "rule.set", row, rule=key, value=row.value, in_force_from=in_force_from, source=source
    )
    return row


def check_rule(session: Session, unit: Unit, key: str, text: str, *, in_force_from: date, actor: Actor) -> Value:
    """The value that could be set; raises what `set_rule` raises."""
    if not actor.may(Permission.APPROVE, unit.path):
        raise NotYourRules(unit=unit.name)
    definition = rule_definition(key)
    try:
        value = definition.read(text)
    except BadValue as error:
        raise BadRuleValue(rule=definition.label, reason=error.reason) from error
    above = _above(session, unit, definition, in_force_from)
    if above is not None and definition.loosens(value, above.value):
        raise LooserThanAbove(rule=definition.label, above=above.text, unit=unit.name)
    return value


def _line(unit_path: str) -> list[int]:
    """The ids of the units from the root down to one."""
    return [int(part) for part in unit_path.strip("/").split("/")]


def _above(session: Session, unit: Unit, definition: RuleDefinition, on: date) -> Ruling | None:
    """What holds above a unit; above the root the municipal rule."""
    if unit.parent is None:
        return _ruling(definition, [])
    return rulebook(session, unit.parent, on).rulings.get(definition.key)


def _ruling(definition: RuleDefinition, line: list[RuleValue]) -> Ruling | None:
    """Of the values set from the root down to a unit, and the municipal rule, the one that holds."""
    candidates: list[tuple[Value, RuleValue | None]] = [(definition.read(row.value), row) for row in line]
    if definition.default is not None:
        candidates.insert(0, (definition.default, None))
    if not candidates:
        return None
    value = definition.strictest([each for each, _ in candidates])
    # of equal values the one set nearest; a list put together from several is that of the nearest unit that added
    row = next((row for each, row in reversed(candidates) if each == value or isinstance(value, frozenset)), None)
    return Ruling(definition, value, row)
