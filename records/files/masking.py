"""What a text about a household says only to those who work on its file: minors' names, and illnesses (art. 17)."""

import re
from collections.abc import Collection, Mapping
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.roles import Actor, works_on
from classification.identity import NOTHING, Withheld, of_age
from records.files.models import File
from records.households.models import Member, Person

_PARTS = re.compile(r"[\s，,、；;。/（）()]+")
_TELLS_NOTHING = frozenset({"健康", "良好", "一般", "正常"})


def withheld(session: Session, files: Collection[File], actor: Actor, on: date) -> Mapping[int | None, Withheld]:
    """What texts about the households of some files do not say to the actor, by household; one query."""
    households = {file.household_id for file in files if not works_on(actor, file.unit.path)}
    rows = session.execute(
        select(Member.household_id, Person.name, Person.born_on, Member.health)
        .join(Person, Person.id == Member.person_id)
        .where(Member.household_id.in_(households))
    )
    found: dict[int | None, Withheld] = {}
    for household, name, born_on, health in rows:
        names = (name,) if born_on is not None and not of_age(born_on, on) else ()
        words = tuple(part for part in _PARTS.split(health or "") if len(part) > 1 and part not in _TELLS_NOTHING)
        known = found.get(household, NOTHING)
        found[household] = Withheld(known.names + names, known.words + words)
    return found
