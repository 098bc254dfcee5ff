"""Households: registering members, matching them by sealed number, and keeping each active only once (art. 11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from classification.identity import BadResidentNumber, birth_date, mask, resident_number, sex
from records.households.errors import BadIdNumber, OneWorker, TwiceInHousehold
from records.households.models import Cause, Employment, Household, Member, Person, Relation
from storage.sealing import vault_of


@dataclass(frozen=True)
class MemberEntry:
    """One line of the form: who, and what they are to the worker. `number` may be empty only for a newborn child."""

    name: str
    relation: Relation
    number: str
    health: str | None = None


@dataclass(frozen=True)
class HouseholdEntry:
    """What the form says of a household; income in yuan per head and month."""

    address: str
    employment: Employment
    main_cause: Cause
    members: Sequence[MemberEntry]
    employer: str | None = None
    phone: str | None = None
    monthly_income_per_head: Decimal | None = None


class PersonAlreadyActive(Exception):
    """The database refused a second active membership; `person` is who it is about."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


def register_household(session: Session, entry: HouseholdEntry, *, unit_path: str, actor: Actor, on: date) -> Household:
    """Enter a household and its members, known persons matched by their number; nobody is active yet.

    Raises OneWorker, BadIdNumber or TwiceInHousehold.
    """
    if [member.relation for member in entry.members].count(Relation.WORKER) != 1:
        raise OneWorker
    vault = vault_of(session)
    household = Household(
        address=entry.address,
        phone_sealed=vault.seal(entry.phone) if entry.phone else None,
        employment=entry.employment,
        employer=entry.employer,
        main_cause=entry.main_cause,
        monthly_income_per_head=entry.monthly_income_per_head,
        members=[],
    )
    session.add(household)
    session.flush()
    for member in entry.members:
        _join(session, household, member, on=on)
    audit.record(
        session,
        actor.name,
        "household.registered",
        household,
        unit=unit_path,
        members=len(entry.members),
        employment=entry.employment,
        main_cause=entry.main_cause,
    )
    return household


def add_member(
    session: Session, household: Household, entry: MemberEntry, *, active: bool, unit_path: str, actor: Actor, on: date
) -> Member:
    """Add a member; `active` where the household's file is.

    Raises OneWorker, BadIdNumber, TwiceInHousehold, or PersonAlreadyActive where another active file has the person.
    """
    if entry.relation is Relation.WORKER:
        raise OneWorker
    member = _join(session, household, entry, on=on)
    if active:
        _activate(session, member)
    audit.record(
        session, actor.name, "member.joined", household, unit=unit_path, name=entry.name, relation=entry.relation
    )
    return member


def remove_member(
    session: Session, household: Household, member: Member, *, unit_path: str, actor: Actor, on: date
) -> None:
    """Note that a member has left; the worker stays as long as the file. Raises OneWorker."""
    if member.relation is Relation.WORKER:
        raise OneWorker
    member.left_on = on
    member.active = False
    audit.record(session, actor.name, "member.left", household, unit=unit_path, name=member.person.name)


def activate(session: Session, household: Household) -> None:
    """Count every present member as active; raises PersonAlreadyActive, held by the database under concurrency."""
    for member in household.present_members:
        _activate(session, member)


def deactivate(household: Household) -> None:
    """Count no member as active any more."""
    for member in household.members:
        member.active = False


def person_with_number(session: Session, number: str) -> Person | None:
    """The person with this normalised number, found by the blind index alone."""
    return session.scalar(select(Person).where(Person.number_blind == vault_of(session).blind(number)))


def active_membership(session: Session, person: Person) -> Member | None:
    """The one active membership of a person, if there is one."""
    return session.scalar(select(Member).where(Member.person_id == person.id, Member.active))


def masked_number(session: Session, person: Person) -> str:
    """The number as it may be shown, `5001••••••••4517`; empty where there is none."""
    return mask(unsealed_number(session, person)) if person.number_sealed else ""


def unsealed_number(session: Session, person: Person) -> str:
    """The whole number; whoever shows it notes the reason in the use register. Empty where there is none."""
    return vault_of(session).unseal(person.number_sealed) if person.number_sealed else ""


def _join(session: Session, household: Household, entry: MemberEntry, *, on: date) -> Member:
    person = _person(session, entry)
    if any(member.person_id == person.id for member in household.present_members):
        raise TwiceInHousehold(name=entry.name)
    member = Member(
        household_id=household.id,
        person_id=person.id,
        person=person,
        relation=entry.relation,
        health=entry.health,
        joined_on=on,
        active=False,
    )
    household.members.append(member)
    session.flush()
    return member


def _person(session: Session, entry: MemberEntry) -> Person:
    if not entry.number and entry.relation is not Relation.WORKER:
        person = Person(name=entry.name)
        session.add(person)
        session.flush()
        return person
    try:
        number = resident_number(entry.number)
    except BadResidentNumber as error:
        raise BadIdNumber(name=entry.name, reason=error.reason) from error
    if known := person_with_number(session, number):
        return known
    vault = vault_of(session)
    person = Person(
        name=entry.name,
        number_sealed=vault.seal(number),
        number_blind=vault.blind(number),
        born_on=birth_date(number),
        sex=sex(number),
    )
    try:
        with session.begin_nested():
            session.add(person)
    except IntegrityError:
        # Two desks entered the same new person at once; the other one committed first.
        known = person_with_number(session, number)
        if known is None:
            raise
        return known
    return person


def _activate(session: Session, member: Member) -> None:
    if member.active:
        return
    if active_membership(session, member.person):
        raise PersonAlreadyActive(member.person)
    try:
        with session.begin_nested():
            member.active = True
            session.flush()
    except IntegrityError as error:
        session.refresh(member)
        raise PersonAlreadyActive(member.person) from error
