"""The worker of a withdrawn household who belongs to another household now: right by law, and said (art. 11, 15).

The old file goes on to its end as that of the earlier household; who looks at either file is told of the other one.
"""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, aliased

from accounts.roles import Actor
from records.files.access import in_sight
from records.files.models import File
from records.households.models import Member, Relation
from units.models import Unit

_own, _now = aliased(Member), aliased(Member)


@dataclass(frozen=True)
class Elsewhere:
    """A worker of a withdrawn file, and the active file in which they stand now, `relation` to its worker."""

    name: str
    relation: Relation
    file: File


@dataclass(frozen=True)
class EarlierFile:
    """A present member of a household who is the worker of a withdrawn file."""

    name: str
    file: File


def _workers() -> Select[int, Member]:
    """The household of each worker, with where that person stands now."""
    return (
        select(_own.household_id, _now)
        .join(_now, (_now.person_id == _own.person_id) & (_now.household_id != _own.household_id))
        .where(_own.relation == Relation.WORKER, _own.left_on.is_(None), _now.left_on.is_(None))
    )


def now_elsewhere(session: Session, file_ids: Collection[int]) -> dict[int, Elsewhere]:
    """Where the workers of withdrawn files stand in an active file now, by the id of the withdrawn one; one query."""
    earlier = aliased(File)
    rows = session.execute(
        _workers()
        .join(earlier, earlier.household_id == _own.household_id)
        .join(File, File.household_id == _now.household_id)
        .where(earlier.id.in_(file_ids), earlier.withdrawn_on.is_not(None), _now.active)
        .with_only_columns(earlier.id, _now, File)
    )
    return {file_id: Elsewhere(member.person.name, member.relation, file) for file_id, member, file in rows}


def earlier_files(session: Session, household_id: int, reader: Actor) -> list[EarlierFile]:
    """The withdrawn files whose workers belong to a household now, in the reader's sight; one query."""
    rows = session.execute(
        _workers()
        .join(File, File.household_id == _own.household_id)
        .join(Unit, Unit.id == File.unit_id)
        .where(
            _now.household_id == household_id,
            File.withdrawn_on.is_not(None),
            File.destroyed_on.is_(None),
            in_sight(reader),
        )
        .order_by(File.id)
        .with_only_columns(_now, File)
    )
    return [EarlierFile(member.person.name, file) for member, file in rows]
