"""Who takes part in a transfer: the receiving unit as it is named, its keepers, the witness."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from accounts.models import User
from accounts.roles import Held, Role
from records.closing.errors import (
    KeeperOfOtherUnit,
    SeveralUnits,
    UnitEnds,
    UnknownUnit,
    WitnessIsAParty,
    WitnessOutside,
)
from records.closing.models import ClosingState, UnitClosing
from records.workflow.drafting import drafting_rule
from units.models import Unit, UnitKind
from units.services import upward

UNITS_OFFERED = 300
HIGHER_UNIONS = frozenset({UnitKind.MUNICIPAL, UnitKind.DISTRICT, UnitKind.INDUSTRY, UnitKind.AID_CENTRE})
BETWEEN = " / "


def unit_named(session: Session, text: str) -> Unit:
    """The open unit with this name, or with this superior and name as in `东区总工会 / 河街道总工会`.

    Raises UnknownUnit or SeveralUnits.
    """
    superior, _, name = text.strip().rpartition("/")
    query = select(Unit).where(Unit.name == name.strip(), Unit.closed_on.is_(None)).options(joinedload(Unit.parent))
    found = [
        unit
        for unit in session.scalars(query.order_by(Unit.path))
        if not superior.strip() or (unit.parent and unit.parent.name == superior.strip())
    ]
    if not found:
        raise UnknownUnit(text=text)
    if len(found) > 1:
        raise SeveralUnits(names="、".join(full_name(unit) for unit in found))
    return found[0]


def full_name(unit: Unit) -> str:
    """The name with that of the superior before it, for units that share a name."""
    return f"{unit.parent.name}{BETWEEN}{unit.name}" if unit.parent else unit.name


def units_offered(session: Session, *, but: Unit) -> Sequence[str]:
    """Names to choose a receiving unit from, in the order of the tree; whoever is not among them is typed."""
    query = select(Unit.name).where(Unit.closed_on.is_(None), Unit.id != but.id).order_by(Unit.path)
    return session.scalars(query.limit(UNITS_OFFERED)).all()


def keepers_on_behalf(session: Session, owner: Unit) -> Sequence[Unit]:
    """Who may keep files of a unit that ends on its behalf: the open union next above it and its aid centres (art. 14).

    Its aid centres are those below a union above it. Nobody keeps on behalf of a unit that goes on.
    """
    if not ends(session, owner):
        return []
    line = select(Unit.id, Unit.path).where(
        Unit.path.in_(upward(owner.path)), Unit.id != owner.id, Unit.closed_on.is_(None)
    )
    above = [row.id for row in session.execute(line.order_by(Unit.path))]
    return session.scalars(
        select(Unit)
        .where(
            or_(Unit.id.in_(above[-1:]), (Unit.kind == UnitKind.AID_CENTRE) & Unit.parent_id.in_(above)),
            Unit.id != owner.id,
            Unit.closed_on.is_(None),
        )
        .order_by(Unit.path)
    ).all()


def ends(session: Session, unit: Unit) -> bool:
    """Whether a unit is being closed or has been: what it cannot hand over is kept on its behalf (art. 14)."""
    under_way = select(UnitClosing.id).where(UnitClosing.unit_id == unit.id, UnitClosing.state == ClosingState.OPEN)
    return unit.closed_on is not None or session.scalar(under_way) is not None


@drafting_rule
def check_goes_on(session: Session, unit: Unit) -> None:
    """Raise UnitEnds where a unit is being closed: what it has gets a destination, and nothing is added (art. 14)."""
    under_way = select(UnitClosing).where(UnitClosing.unit_id == unit.id, UnitClosing.state == ClosingState.OPEN)
    if closing := session.scalar(under_way):
        raise UnitEnds(unit=unit.name, number=closing.number)


def check_keeper(keeper: User, unit: Unit) -> None:
    """Raise KeeperOfOtherUnit unless the person is archive keeper of the unit."""
    if keeper.closed_at is not None or Held(Role.KEEPER, unit.path) not in keeper.actor.held:
        raise KeeperOfOtherUnit(name=keeper.display_name, unit=unit.name)


def check_witness(witness: User, giving: Unit, *others: User) -> None:
    """Raise WitnessIsAParty or WitnessOutside unless the person may witness what others do with a file of a unit."""
    if witness.id in {other.id for other in others}:
        raise WitnessIsAParty(name=witness.display_name)
    if not witness.signs_for(giving.path):
        raise WitnessOutside(name=witness.display_name, unit=giving.name)
