"""Which rules hold for a unit on a day, and setting them (art. 20)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.eligibility import Bounds
from classification.identity import MUNICIPAL_MASKS, Masks
from classification.rulebook import RULES, BadValue, RuleDefinition, Value, rule_definition
from classification.text import Label
from rules.errors import (
    BadRuleValue,
    BeforeItsSource,
    LooserThanAbove,
    NotYourRules,
    PastDayWithoutReason,
    RuleNotSet,
    SamePaperOtherValue,
)
from rules.models import RuleValue
from units.models import Unit

NOT_AHEAD = Label("不得晚于生效日期", "it does not lie after the day from which it is in force")
BOUNDS = ("subsistence_line", "slightly_above", "three_times", "months_below")  # what `Rulebook.bounds` is made of


@dataclass(frozen=True)
class Ruling:
    """The value of a rule that holds for a unit on a day; `set_by` is None where it is the default."""

    definition: RuleDefinition
    value: Value
    set_by: RuleValue | None

    @property
    def source(self) -> str:
        """The paper or article it rests on, as text."""
        return self.set_by.source if self.set_by else self.definition.default_source.zh

    @property
    def text(self) -> str:
        """The value as text that the definition reads."""
        return self.definition.write(self.value)

    @property
    def spoken(self) -> Label:
        """The value as people say it."""
        return self.definition.spoken(self.value)


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
            raise TypeError(f"{key} is no number.")
        return value

    def whole(self, key: str) -> int:
        """The value of a rule that counts days or months; raises RuleNotSet."""
        return int(self.number(key))

    def names(self, key: str) -> frozenset[str]:
        """The value of a rule that is a list."""
        value = self.ruling(key).value
        if not isinstance(value, frozenset):
            raise TypeError(f"{key} is no list.")
        return value

    def day(self, key: str) -> date:
        """The value of a rule that is a day; raises RuleNotSet."""
        value = self.ruling(key).value
        if not isinstance(value, date):
            raise TypeError(f"{key} is no day.")
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


@dataclass(frozen=True)
class Changed:
    """One thing that a planned value would change, and the page it is on, where it has one."""

    name: str
    before: Label | str
    after: Label | str
    endpoint: str | None = None
    arguments: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Effect:
    """What a planned value would change: in a sentence (a msgid, with `count`), and the first of the things."""

    sentence: str
    count: int
    changed: Sequence[Changed]


@dataclass(frozen=True)
class Planned:
    """A value not in force yet: the row that would be entered, and the rules of the units it reaches, by unit.

    `before` and `after` are the rules without and with it, on the day it begins or, if that has passed, today.
    """

    row: RuleValue
    before: Mapping[int, Rulebook]
    after: Mapping[int, Rulebook]

    @property
    def moved(self) -> list[Unit]:
        """The units for which the rule changes; units below with a stricter one of their own keep that."""
        return [book.unit for key, book in self.after.items() if self._value(book) != self._value(self.before[key])]

    def _value(self, book: Rulebook) -> Value | None:
        ruling = book.rulings.get(self.row.key)
        return ruling.value if ruling else None


EffectOf = Callable[[Session, Planned, Actor], Effect | None]
_effects: dict[str, list[EffectOf]] = {}


def effect_of(*keys: str) -> Callable[[EffectOf], EffectOf]:
    """Register what a later room knows of the effect of these rules, shown before a value is put in force."""

    def register(effect: EffectOf) -> EffectOf:
        for key in keys:
            _effects.setdefault(key, []).append(effect)
        return effect

    return register


Bound = Callable[[Session, Unit, Value], None]
_bounds: dict[str, Bound] = {}


def bound_of(key: str) -> Callable[[Bound], Bound]:
    """Register what a later room knows against a value of a rule: it raises where its records say otherwise."""

    def register(bound: Bound) -> Bound:
        _bounds[key] = bound
        return bound

    return register


def plan(session: Session, row: RuleValue, units: Sequence[Unit], *, today: date) -> Planned:
    """What a value would change of the rules of its unit and those below, `units`; two queries."""
    on = max(row.in_force_from, today)
    return Planned(row, rulebooks(session, units, on), rulebooks(session, units, on, planned=row))


def effects(session: Session, planned: Planned, actor: Actor) -> list[Effect]:
    """What a planned value would change of the archives; empty where no room has anything to say of the rule."""
    known = _effects.get(planned.row.key, [])
    return [found for told in known if (found := told(session, planned, actor)) is not None]


def rulebook(session: Session, unit: Unit, on: date, *, planned: RuleValue | None = None) -> Rulebook:
    """The rules that hold for a unit on a day; one query. `planned` as in `rulebooks`."""
    return rulebooks(session, [unit], on, planned=planned)[unit.id]


def rulebooks(
    session: Session, units: Sequence[Unit], on: date, *, planned: RuleValue | None = None
) -> dict[int, Rulebook]:
    """The rules that hold for each of some units on a day, by the unit's id; one query for all of them.

    `planned` is a value not set yet, to see what it would change.
    """
    lines = {unit.id: _line(unit.path) for unit in units}
    rows = session.scalars(
        select(RuleValue)
        .where(RuleValue.unit_id.in_({each for line in lines.values() for each in line}), RuleValue.in_force_from <= on)
        .order_by(RuleValue.in_force_from, RuleValue.id)
    ).all()
    latest = {(row.key, row.unit_id): row for row in rows}
    if planned is not None and planned.in_force_from <= on:
        place = planned.key, planned.unit_id
        if place not in latest or latest[place].in_force_from <= planned.in_force_from:
            latest[place] = planned
    return {unit.id: Rulebook(unit, on, _rulings(latest, lines[unit.id])) for unit in units}


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
    session: Session,
    unit: Unit,
    key: str,
    text: str,
    *,
    in_force_from: date,
    source: str,
    source_on: date | None = None,
    because: str | None = None,
    actor: Actor,
    at: datetime,
) -> RuleValue:
    """Set the value of a rule for a unit and all below it from a day on; `at` is a time of the office.

    A day that has passed needs a reason: decisions keep the rules they were made by, yet what held on a day in the past
    reads otherwise from now on. So does another value by the same paper for the same day: one of both was typed
    wrongly. Raises NotYourRules, BadRuleValue, BeforeItsSource, PastDayWithoutReason, SamePaperOtherValue, or
    LooserThanAbove where what holds above the unit on that day is stricter.
    """
    row = planned_rule(
        session, unit, key, text, in_force_from=in_force_from, source=source, source_on=source_on, because=because,
        actor=actor, at=at,
    )  # fmt: skip
    session.add(row)
    audit.record(
        session, actor.name, "rule.set", row, rule=key, value=row.value, in_force_from=in_force_from, source=source,
        source_on=source_on, reason=row.because,
    )  # fmt: skip
    return row


def planned_rule(
    session: Session,
    unit: Unit,
    key: str,
    text: str,
    *,
    in_force_from: date,
    source: str,
    source_on: date | None = None,
    because: str | None = None,
    actor: Actor,
    at: datetime,
) -> RuleValue:
    """The value as `set_rule` would enter it, to see what it would change; raises what that raises.

    `at` is in the office's zone.
    """
    value = check_rule(session, unit, key, text, in_force_from=in_force_from, actor=actor)
    if source_on is not None and in_force_from < source_on:
        raise BeforeItsSource(source_on=source_on)
    is_past = in_force_from < at.date()
    if is_past and not because:
        raise PastDayWithoutReason(day=in_force_from)
    definition = rule_definition(key)
    other = _other_by_this_paper(session, unit, key, definition.write(value), in_force_from, source)
    if other is not None and not because:
        spoken = definition.spoken(definition.read(other.value))
        raise SamePaperOtherValue(source=source, day=in_force_from, value=spoken)
    return RuleValue(
        unit=unit,
        unit_id=unit.id,
        key=key,
        value=definition.write(value),
        in_force_from=in_force_from,
        source=source,
        source_on=source_on,
        because=because if is_past or other is not None else None,
        set_by=actor.name,
        set_at=at,
    )


def _other_by_this_paper(
    session: Session, unit: Unit, key: str, value: str, in_force_from: date, source: str
) -> RuleValue | None:
    """What the same paper set for a unit from the same day on last, where that is another value."""
    last = session.scalar(
        select(RuleValue)
        .where(
            RuleValue.unit_id == unit.id,
            RuleValue.key == key,
            RuleValue.in_force_from == in_force_from,
            RuleValue.source == source,
        )
        .order_by(RuleValue.id.desc())
        .limit(1)
    )
    return last if last is not None and last.value != value else None


def check_rule(session: Session, unit: Unit, key: str, text: str, *, in_force_from: date, actor: Actor) -> Value:
    """The value that could be set; raises what `set_rule` raises."""
    if not actor.may(Permission.APPROVE, unit.path):
        raise NotYourRules(unit=unit.name)
    definition = rule_definition(key)
    try:
        value = definition.read(text)
    except BadValue as error:
        raise BadRuleValue(rule=definition.label, reason=error.reason) from error
    if isinstance(value, date) and value > in_force_from:
        raise BadRuleValue(rule=definition.label, reason=NOT_AHEAD)
    above = _above(session, unit, definition, in_force_from)
    if above is not None and definition.loosens(value, above.value):
        raise LooserThanAbove(rule=definition.label, above=above.spoken, unit=unit.name)
    if above is None and unit.parent is not None and definition.loosens_unset(value):
        raise LooserThanAbove(rule=definition.label, above=definition.unset, unit=unit.name)
    if bound := _bounds.get(key):
        bound(session, unit, value)
    return value


def _line(unit_path: str) -> list[int]:
    """The ids of the units from the root down to one."""
    return [int(part) for part in unit_path.strip("/").split("/")]


def _rulings(latest: Mapping[tuple[str, int], RuleValue], line: Sequence[int]) -> dict[str, Ruling]:
    rulings = {}
    for key, definition in RULES.items():
        own = [latest[key, unit_id] for unit_id in line if (key, unit_id) in latest]
        if ruling := _ruling(definition, own):
            rulings[key] = ruling
    return rulings


def _above(session: Session, unit: Unit, definition: RuleDefinition, on: date) -> Ruling | None:
    """What holds above a unit; above the root the default."""
    if unit.parent is None:
        return _ruling(definition, [])
    return rulebook(session, unit.parent, on).rulings.get(definition.key)


def _ruling(definition: RuleDefinition, line: list[RuleValue]) -> Ruling | None:
    """Of the values set from the root down to a unit, and the default, the one that holds."""
    candidates: list[tuple[Value, RuleValue | None]] = [(definition.read(row.value), row) for row in line]
    if definition.default is not None:
        candidates.insert(0, (definition.default, None))
    if not candidates:
        return None
    value = definition.strictest([each for each, _ in candidates])
    # of equal values the one set nearest; a list put together from several is that of the nearest unit that added
    row = next((row for each, row in reversed(candidates) if each == value or isinstance(value, frozenset)), None)
    return Ruling(definition, value, row)
