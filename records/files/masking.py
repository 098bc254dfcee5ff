"""What a text about a household says only to those who work on its file: minors' names, and illnesses (art. 17)."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain, islice
from typing import Any

from sqlalchemy import Select, Subquery, event, select
from sqlalchemy.orm import Session, object_session

from accounts.roles import Actor, works_on
from classification.identity import Withheld, masked_text, of_age
from records.files.models import File
from records.households.models import Member, Person
from storage.database import Base
from units.models import Unit

_PARTS = re.compile(r"[\s，,、；;。/（）()]+")
_TELLS_NOTHING = frozenset({"健康", "良好", "一般", "正常"})
_KNOWN = "people spoken of"  # in the info of a session, until something is written
_MOST_AT_ONCE = 10_000  # rows of a kind asked for at once; either database takes more values in a query
_SPEAKING: dict[type[Base], Subquery] = {}


@dataclass(frozen=True)
class _Spoken:
    """Somebody of a household of which a row speaks; `unit_path` is where its file is worked on."""

    unit_path: str
    name: str
    born_on: date | None
    illnesses: tuple[str, ...]


def speaks_of(kind: type[Base], households: Select[*tuple[Any, ...]]) -> None:
    """Have rows of a kind speak of households: a query for the row's id, the household's and the path of its unit."""
    _SPEAKING[kind] = households.subquery()


def speaks_of_files(kind: type[Base], files: Select[*tuple[Any, ...]]) -> None:
    """Have rows of a kind speak of the households of files: a query for the row's id and that of a file."""
    row_id, file_id = files.subquery().c
    of_files = select(row_id, File.household_id, Unit.path).join(File, File.id == file_id)
    speaks_of(kind, of_files.join(Unit, Unit.id == File.unit_id))


speaks_of(File, select(File.id, File.household_id, Unit.path).join(Unit, Unit.id == File.unit_id))


def masked(text: str | None, actor: Actor, on: date, *rows: Base | None, under: str = "") -> str:
    """A typed text as the actor is told it: long numbers masked for everybody, the rest as `withheld` says.

    The text belongs to rows of kinds that `speaks_of` names; without any, numbers alone are masked. The label that it
    stands `under` tells document numbers 文号 from others.
    """
    return masked_text(f"{under} {text}", withheld(actor, on, *rows))[len(under) + 1 :] if text else ""


def unnamed(text: str | None, *rows: Base | None, names: Iterable[str] = ()) -> str:
    """A typed text as it stands on a sheet that is filed: nobody of a household is named in full, and no illness.

    Such sheets outlive the household's file and travel without it. `names` are others to be masked.
    """
    if not text:
        return ""
    spoken = _spoken_of(rows)
    every = {name for name in chain(names, (each.name for each in spoken)) if len(name) > 1}
    return masked_text(text, Withheld(tuple(every), _illnesses(spoken)))


def withheld(actor: Actor, on: date, *rows: Base | None) -> Withheld:
    """What texts do not say to the actor: minors' names and illnesses, of households that they do not work on.

    One query for each kind, and for all rows of the kind that the session holds.
    """
    spoken = [each for each in _spoken_of(rows) if not works_on(actor, each.unit_path)]
    minors = tuple(each.name for each in spoken if each.born_on is not None and not of_age(each.born_on, on))
    return Withheld(minors, _illnesses(spoken))


def _illnesses(spoken: Iterable[_Spoken]) -> tuple[str, ...]:
    return tuple(chain.from_iterable(each.illnesses for each in spoken))


def _spoken_of(rows: Iterable[Base | None]) -> Sequence[_Spoken]:
    return [each for row in rows if row is not None for each in _spoken_of_row(row)]


def _spoken_of_row(row: Base) -> Sequence[_Spoken]:
    """Everybody who is or was of a household of which a row speaks; looked up once for all such rows in the session."""
    kind, session = type(row), object_session(row)
    row_id: int = row.id  # type: ignore[attr-defined] # of every kind that speaks of households
    if session is None:
        return ()
    known: dict[int, Sequence[_Spoken]] = session.info.setdefault(_KNOWN, {}).setdefault(kind, {})
    if row_id not in known:
        held = (key[1][0] for key in session.identity_map.keys() if key[0] is kind)  # noqa: SIM118
        ids = {row_id, *islice((each for each in held if each not in known), _MOST_AT_ONCE)}
        known.update(_look_up(session, _SPEAKING[kind], ids))
    return known[row_id]


def _look_up(session: Session, speaking: Subquery, ids: Collection[int]) -> dict[int, list[_Spoken]]:
    found: dict[int, list[_Spoken]] = {row_id: [] for row_id in ids}
    row_id, household_id, unit_path = speaking.c
    rows = session.execute(
        select(row_id, unit_path, Person.name, Person.born_on, Member.health)
        .join(Member, Member.household_id == household_id)
        .join(Person, Person.id == Member.person_id)
        .where(row_id.in_(ids))
    )
    for of, path, name, born_on, health in rows:
        parts = (part for part in _PARTS.split(health or "") if len(part) > 1 and part not in _TELLS_NOTHING)
        found[of].append(_Spoken(path, name, born_on, tuple(parts)))
    return found


@event.listens_for(Session, "after_flush")
def _look_anew(session: Session, _context: object) -> None:
    """Forget who is spoken of once something is written."""
    session.info.pop(_KNOWN, None)
