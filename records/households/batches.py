"""Many households at once: the checks of `services.register_household`, with one look-up for all.

A test holds the two ways together: what one refuses the other refuses, and both leave the same rows and entries.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from audit.chain import Row
from classification.identity import birth_date, sex
from records.households.errors import OneWorker, TwiceInHousehold
from records.households.models import Household, Member, Person, Relation
from records.households.services import HouseholdEntry, checked_number
from storage.database import insert_many, write_many
from storage.sealing import Vault, vault_of
from web.rules import RuleViolation


@dataclass(frozen=True)
class Prepared:
    """A household as it would be entered: each member's number in its normal form, and its mark.

    Both are empty where a newborn child has none; `faults` tells by place of the member what stands against it.
    """

    entry: HouseholdEntry
    numbers: tuple[str, ...]
    marks: tuple[str, ...]
    faults: tuple[tuple[int, RuleViolation], ...]

    @property
    def worker(self) -> int:
        """The place of the worker among the members."""
        return next(at for at, member in enumerate(self.entry.members) if member.relation is Relation.WORKER)


@dataclass(frozen=True)
class KnownPerson:
    """A person who is on record: the row, and in which household the person is active as what, if in any."""

    id: int
    name: str
    household_id: int | None
    relation: Relation | None


def prepared(vault: Vault, entry: HouseholdEntry, on: date) -> Prepared:
    """Check an entry as far as it says itself: one worker, right numbers, nobody twice."""
    faults: list[tuple[int, RuleViolation]] = []
    if [member.relation for member in entry.members].count(Relation.WORKER) != 1:
        faults.append((0, OneWorker()))
    numbers: list[str] = []
    for at, member in enumerate(entry.members):
        try:
            number = checked_number(member, on)
        except RuleViolation as refusal:
            faults.append((at, refusal))
            number = ""
        if number and number in numbers:
            faults.append((at, TwiceInHousehold(name=member.name, field=member.field)))
        numbers.append(number)
    marks = tuple(vault.blind(number) if number else "" for number in numbers)
    return Prepared(entry, tuple(numbers), marks, tuple(faults))


def known_persons(session: Session, marks: Sequence[str]) -> Mapping[str, KnownPerson]:
    """The persons on record with these marks, by mark; one query."""
    rows = session.execute(
        select(Person.number_blind, Person.id, Person.name, Member.household_id, Member.relation)
        .outerjoin(Member, (Member.person_id == Person.id) & Member.active)
        .where(Person.number_blind.in_({mark for mark in marks if mark}))
    )
    return {row[0]: KnownPerson(*row[1:]) for row in rows if row[0]}


def register_many(
    session: Session,
    households: Sequence[tuple[Prepared, date]],
    known: Mapping[str, KnownPerson],
    *,
    unit_path: str,
    actor: Actor,
) -> list[int]:
    """Enter households without faults, each on its day, with their members active; their ids.

    `known` are the persons of them on record, under the same names and none active anywhere. The database refuses with
    an IntegrityError what another desk has entered meanwhile.
    """
    vault = vault_of(session)
    ids = insert_many(session, Household, [_household(vault, each.entry) for each, _ in households])
    persons = _persons(session, [each for each, _ in households], known)
    members, noted = [], []
    for (each, on), household_id in zip(households, ids, strict=True):
        for member, mark in zip(each.entry.members, each.marks, strict=True):
            members.append({
                "household_id": household_id,
                "person_id": persons[mark] if mark else None,
                "relation": member.relation,
                "health": member.health,
                "joined_on": on,
                "active": True,
            })  # fmt: skip
            if not mark:
                noted.append((len(members) - 1, member.name))
    unnumbered = insert_many(session, Person, [{"name": name} for _, name in noted])
    for (at, _name), person_id in zip(noted, unnumbered, strict=True):
        members[at]["person_id"] = person_id
    write_many(session, Member, members)
    for (each, _), household_id in zip(households, ids, strict=True):
        audit.record(
            session,
            actor.name,
            "household.registered",
            Row("household", household_id),
            unit=unit_path,
            members=len(each.entry.members),
            employment=each.entry.employment,
            main_cause=each.entry.main_cause,
        )
    return ids


def _household(vault: Vault, entry: HouseholdEntry) -> dict[str, object]:
    return {
        "address": entry.address,
        "phone_sealed": vault.seal(entry.phone) if entry.phone else None,
        "employment": entry.employment,
        "employer": entry.employer,
        "main_cause": entry.main_cause,
        "monthly_income_per_head": entry.monthly_income_per_head,
    }


def _persons(session: Session, households: Sequence[Prepared], known: Mapping[str, KnownPerson]) -> dict[str, int]:
    """The id of every person with a number, by mark; those not on record are entered."""
    found = {mark: person.id for mark, person in known.items()}
    vault = vault_of(session)
    fresh: dict[str, dict[str, object]] = {}
    for each in households:
        for member, number, mark in zip(each.entry.members, each.numbers, each.marks, strict=True):
            if mark and mark not in known:
                fresh[mark] = {
                    "name": member.name,
                    "number_sealed": vault.seal(number),
                    "number_blind": mark,
                    "born_on": birth_date(number),
                    "sex": sex(number),
                }
    # In one order at every desk, or two desks with the same two persons could wait for each other for ever.
    marks = sorted(fresh)
    found.update(zip(marks, insert_many(session, Person, [fresh[mark] for mark in marks]), strict=True))
    return found
