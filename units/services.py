"""The union tree: founding units, and finding them."""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission, Scope
from accounts.scope import AFTER_EVERY_PATH, within
from classification import identity
from classification.codes import Layout
from units.errors import (
    BadCreditCode,
    BadFondsNumber,
    CreditCodeTaken,
    FondsNumberTaken,
    KindNotBelow,
    NoFonds,
    OutsideUnits,
    UnitClosed,
    UnitNameTaken,
    UnitsBelowOpen,
)
from units.models import Unit, UnitKind
from web.rules import NotVisible

FONDS_NUMBER = re.compile(r"[A-Z]\d{3,4}")

ClosingRule = Callable[[Session, Unit, datetime], None]
_closing_rules: list[ClosingRule] = []


def closing_rule(rule: ClosingRule) -> ClosingRule:
    """Register a rule of a later room that may refuse to close a unit (art. 14)."""
    _closing_rules.append(rule)
    return rule


def found_unit(
    session: Session,
    parent: Unit | None,
    name: str,
    kind: UnitKind,
    *,
    actor: Actor,
    fonds_number: str | None = None,
    code_layout: Layout = Layout.DAT13_2022,
    credit_code: str | None = None,
) -> Unit:
    """Add a unit below `parent`, or the root of the tree.

    Raises OutsideUnits, KindNotBelow, UnitNameTaken, BadFondsNumber, FondsNumberTaken, BadCreditCode or
    CreditCodeTaken.
    """
    if not actor.may(Permission.MANAGE_UNITS, parent.path if parent else "/"):
        raise OutsideUnits(unit=parent.name if parent else "/")
    if parent is not None and not kind.may_be_below(parent.kind):
        raise KindNotBelow(kind=kind.label, parent=parent.kind.label)
    parent_id = parent.id if parent else None
    if session.scalar(select(Unit.id).where(Unit.parent_id.is_not_distinct_from(parent_id), Unit.name == name)):
        raise UnitNameTaken(name=name)
    check_fonds_number(session, fonds_number)
    credit_code = checked_credit_code(session, credit_code)
    unit = Unit(
        parent=parent,
        path="/-/",
        name=name,
        kind=kind,
        fonds_number=fonds_number,
        code_layout=code_layout,
        credit_code=credit_code,
    )
    session.add(unit)
    session.flush()
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
    audit.record(session, actor.name, "unit.founded", unit, name=name, kind=kind, fonds_number=fonds_number)
    return unit


def change_unit(
    session: Session, unit: Unit, *, name: str, fonds_number: str | None, code_layout: Layout, credit_code: str | None,
    actor: Actor,
) -> None:  # fmt: skip
    """Change the name, fonds number, code layout or credit code; codes already given stay as they are.

    Raises OutsideUnits, UnitNameTaken, BadFondsNumber, FondsNumberTaken, BadCreditCode or CreditCodeTaken.
    """
    if not actor.may(Permission.MANAGE_UNITS, unit.path):
        raise OutsideUnits(unit=unit.name)
    sister = select(Unit.id).where(
        Unit.parent_id.is_not_distinct_from(unit.parent_id), Unit.name == name, Unit.id != unit.id
    )
    if session.scalar(sister):
        raise UnitNameTaken(name=name)
    if fonds_number != unit.fonds_number:
        check_fonds_number(session, fonds_number)
    credit_code = checked_credit_code(session, credit_code, of=unit)
    before = _described(unit)
    unit.name, unit.fonds_number, unit.code_layout, unit.credit_code = name, fonds_number, code_layout, credit_code
    after = _described(unit)
    if after != before:
        audit.record(session, actor.name, "unit.changed", unit, before=before, after=after)


def close_unit(session: Session, unit: Unit, *, actor: Actor, at: datetime, on: date) -> None:
    """Close a unit 撤销: it stays in the tree as a closed node, its codes stay as they are (art. 14).

    Whoever calls this has checked that the actor may. Raises UnitClosed, UnitsBelowOpen, or the refusal of a closing
    rule where the unit still keeps something. Nothing is opened in the unit meanwhile.
    """
    hold_alone(session, unit)
    below = session.scalars(
        select(Unit.name)
        .where(Unit.path > unit.path, Unit.path < unit.path + AFTER_EVERY_PATH, Unit.closed_on.is_(None))
        .order_by(Unit.path)
    ).all()
    if below:
        raise UnitsBelowOpen(unit=unit.name, units="、".join(below))
    for rule in _closing_rules:
        rule(session, unit, at)
    unit.closed_on = on
    audit.record(session, actor.name, "unit.closed", unit, name=unit.name, on=on)


def check_open(unit: Unit) -> None:
    """Raise UnitClosed where the unit was closed."""
    if unit.closed_on is not None:
        raise UnitClosed(unit=unit.name, on=unit.closed_on)


def hold_alone(session: Session, unit: Unit) -> None:
    """Wait until nobody keeps a unit open, and let nobody do so until commit; raises UnitClosed."""
    session.flush()
    session.refresh(unit, with_for_update={"of": Unit})
    check_open(unit)


def keep_open(session: Session, unit: Unit) -> None:
    """Keep a unit from being closed until commit, for what it is about to get; raises UnitClosed.

    Nor does its closing begin meanwhile: one that has begun is known from now on.
    """
    session.flush()
    session.refresh(unit, with_for_update={"of": Unit, "read": True, "key_share": True})
    check_open(unit)


def check_fonds_number(session: Session, number: str | None) -> None:
    """Raise BadFondsNumber or FondsNumberTaken unless the number is free, or None."""
    if number is None:
        return
    if not FONDS_NUMBER.fullmatch(number):
        raise BadFondsNumber
    if holder := session.scalar(select(Unit).where(Unit.fonds_number == number)):
        raise FondsNumberTaken(number=number, unit=holder.name)


def checked_credit_code(session: Session, text: str | None, *, of: Unit | None = None) -> str | None:
    """The code in its normal form, or None.

    Raises BadCreditCode, or CreditCodeTaken if another unit than `of` has it.
    """
    if text is None:
        return None
    try:
        code = identity.credit_code(text)
    except identity.BadCreditCode as error:
        raise BadCreditCode(reason=error.reason) from error
    holder = session.scalar(select(Unit).where(Unit.credit_code == code))
    if holder is not None and holder is not of:
        raise CreditCodeTaken(code=code, unit=holder.name)
    return code


def line_of(session: Session, unit: Unit) -> Sequence[Unit]:
    """The unit and its superiors, from the root down."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    return session.scalars(select(Unit).where(Unit.id.in_(ids)).order_by(Unit.path)).all()


def fonds_of(session: Session, unit: Unit) -> Unit:
    """The creating unit 立档单位: the unit itself or the nearest superior with a fonds number; raises NoFonds."""
    for candidate in reversed(line_of(session, unit)):
        if candidate.fonds_number:
            return candidate
    raise NoFonds(unit=unit.name)


def visible_units(session: Session, actor: Actor, permission: Permission) -> Sequence[Unit]:
    """The units where the actor may do a thing, in the order of the tree."""
    return units_within(session, actor.scope(permission))


def units_within(session: Session, scope: Scope) -> Sequence[Unit]:
    """The units of a scope that are not closed, in the order of the tree."""
    return session.scalars(
        select(Unit).where(within(Unit.path, scope), Unit.closed_on.is_(None)).order_by(Unit.path)
    ).all()


def under(unit: Unit, *, alone: bool = False) -> ColumnElement[bool]:
    """True for rows of a unit and those below it, or of the unit alone."""
    paths = frozenset({unit.path})
    return within(Unit.path, Scope(singles=paths) if alone else Scope(subtrees=paths))


def unit_names(session: Session) -> dict[str, str]:
    """The name of every unit by its path, for what is known by path alone."""
    return dict(session.execute(select(Unit.path, Unit.name)).all())


def visible_unit(session: Session, unit_id: int, actor: Actor, permission: Permission) -> Unit:
    """One unit where the actor may do a thing; raises NotVisible."""
    unit = session.scalar(select(Unit).where(Unit.id == unit_id, within(Unit.path, actor.scope(permission))))
    if unit is None:
        raise NotVisible
    return unit


def _described(unit: Unit) -> dict[str, str | None]:
    return {name: getattr(unit, name) for name in ("name", "fonds_number", "code_layout", "credit_code")}


def upward(path: str) -> list[str]:
    """The paths of a unit and of those above it, the nearest first."""
    ids = path.strip("/").split("/")
    return ["/" + "".join(f"{each}/" for each in ids[:count]) for count in range(len(ids), 0, -1)]
