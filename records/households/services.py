"""Households: registering members, matching them by sealed number, and keeping each active only once (art. 11)."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import exists, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from classification.hardship import HardshipClass
from classification.identity import (
    BadResidentNumber,
    Masks,
    birth_date,
    mask,
    mask_phone,
    resident_number,
    sex,
)
from records.households.errors import (
    BadIdNumber,
    EmployerMissing,
    IdNumberMissing,
    LeftBeforeJoined,
    NamedOtherwise,
    OneWorker,
    TwiceInHousehold,
)
from records.households.models import (
    NAMELESS,
    Anew,
    Cause,
    Employment,
    FormerHousehold,
    Household,
    Member,
    Person,
    Relation,
)
from rules.services import strictest_masks
from storage.sealing import vault_of


@dataclass(frozen=True)
class MemberEntry:
    """One line of the form: who, and what they are to the worker. `number` may be empty only for a newborn child.

    `renamed` says that a person on record has another name now, and that the identity card was seen. `field` names the
    input of the number, `tick` that of `renamed`: beside them a refusal is shown.
    """

    name: str
    relation: Relation
    number: str
    health: str | None = None
    field: str = "number"
    renamed: bool = False
    tick: str = "renamed"


@dataclass(frozen=True)
class HouseholdEntry:
    """What the form says of a household; income in yuan per head and month.

    `hardship_class` is the class it was found to be in, where a decision came before the file.
    """

    address: str
    employment: Employment
    main_cause: Cause
    members: Sequence[MemberEntry]
    employer: str | None = None
    phone: str | None = None
    monthly_income_per_head: Decimal | None = None
    hardship_class: HardshipClass | None = None


class PersonAlreadyActive(Exception):
    """The database refused a second active membership; `person` is who it is about."""

    def __init__(self, person: Person) -> None:
        super().__init__()
        self.person = person


def register_household(session: Session, entry: HouseholdEntry, *, unit_path: str, actor: Actor, on: date) -> Household:
    """Enter a household and its members, known persons matched by their number; nobody is active yet.

    Raises OneWorker, EmployerMissing, BadIdNumber, IdNumberMissing, NamedOtherwise or TwiceInHousehold.
    """
    if [member.relation for member in entry.members].count(Relation.WORKER) != 1:
        raise OneWorker
    _names_employer(entry.employment, entry.employer)
    household = Household(
        address=entry.address,
        phone_sealed=vault_of(session).seal(entry.phone) if entry.phone else None,
        employment=entry.employment,
        employer=entry.employer,
        main_cause=entry.main_cause,
        monthly_income_per_head=entry.monthly_income_per_head,
        hardship_class=entry.hardship_class,
        members=[],
    )
    session.add(household)
    session.flush()
    for member, person in zip(entry.members, _persons(session, entry.members, unit_path, actor, on), strict=True):
        _join(session, household, member, person, on=on)
    audit.record(
        session,
        actor.name,
        "household.registered",
        household,
        unit=unit_path,
        members=len(entry.members),
        employment=entry.employment,
        main_cause=entry.main_cause,
        **({"hardship_class": entry.hardship_class} if entry.hardship_class else {}),
    )
    return household


def change_household(
    session: Session,
    household: Household,
    *,
    address: str,
    employment: Employment,
    employer: str | None,
    main_cause: Cause,
    monthly_income_per_head: Decimal | None,
    phone: str | None,
    unit_path: str,
    actor: Actor,
    on: date,
) -> list[str]:
    """Change what is said of a household, and name the fields that changed; what stood there before stays in the chain.

    `phone` None keeps the sealed number that is there, an empty text takes it away; the chain sees it masked. Raises
    EmployerMissing.
    """
    _names_employer(employment, employer)
    if (household.employment, household.main_cause) != (employment, main_cause):
        _keep_former(session, household, on)
    after: dict[str, object] = {
        "address": address,
        "employment": employment,
        "employer": employer,
        "main_cause": main_cause,
        "monthly_income_per_head": monthly_income_per_head,
    }
    before = {name: getattr(household, name) for name in after}
    for name, value in after.items():
        setattr(household, name, value)
    if phone is not None and phone != unsealed_phone(session, household):
        masks = strictest_masks(session, unit_path)
        before["phone"] = masked_phone(session, household, masks)
        household.phone_sealed = vault_of(session).seal(phone) if phone else None
        after["phone"] = masked_phone(session, household, masks)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        audit.record(
            session,
            actor.name,
            "household.changed",
            household,
            unit=unit_path,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return changed


def determine_anew(household: Household, because: Anew, on: date) -> None:
    """Note that the class of a household is to be determined anew since a day; what was noted before stays."""
    if household.anew_since is None:
        household.anew_since, household.anew_because = on, because


def meets_no_class(household: Household, on: date) -> None:
    """Note that a household was found to meet no class: it stays to be determined until it leaves or meets one."""
    household.anew_since, household.anew_because = on, Anew.NONE_MET


def determine(
    session: Session, household: Household, found: HardshipClass | None, *, unit_path: str, actor: Actor, on: date
) -> bool:
    """Let a household be of the class it was found to be in, None for none; whether that is another one than before."""
    household.anew_since = household.anew_because = None
    before = household.hardship_class
    if before is found:
        return False
    _keep_former(session, household, on)
    household.hardship_class = found
    audit.record(
        session, actor.name, "household.changed", household, unit=unit_path,
        before={"hardship_class": before}, after={"hardship_class": found},
    )  # fmt: skip
    return True


def _keep_former(session: Session, household: Household, on: date) -> None:
    """Keep what a household was until a day, before the first change of that day."""
    if session.get(FormerHousehold, (household.id, on)) is None:
        session.add(
            FormerHousehold(
                household_id=household.id,
                changed_on=on,
                hardship_class=household.hardship_class,
                main_cause=household.main_cause,
                employment=household.employment,
            )
        )
        session.flush()


def add_member(
    session: Session, household: Household, entry: MemberEntry, *, active: bool, unit_path: str, actor: Actor, on: date
) -> Member:
    """Add a member; `active` where the household's file is.

    Raises OneWorker, BadIdNumber, IdNumberMissing, NamedOtherwise, TwiceInHousehold, or PersonAlreadyActive where
    another active file has the person.
    """
    if entry.relation is Relation.WORKER:
        raise OneWorker
    (person,) = _persons(session, [entry], unit_path, actor, on)
    if any(member.person_id == person.id for member in household.present_members):
        raise TwiceInHousehold(name=entry.name, field=entry.field)
    member = _join(session, household, entry, person, on=on)
    if active:
        _activate(session, member)
    audit.record(
        session, actor.name, "member.joined", household, unit=unit_path, name=entry.name, relation=entry.relation
    )
    return member


def remove_member(
    session: Session, household: Household, member: Member, *, unit_path: str, actor: Actor, on: date, today: date
) -> None:
    """Note that a member left on a day; the worker stays as long as the file. Raises OneWorker or LeftBeforeJoined."""
    if member.relation is Relation.WORKER:
        raise OneWorker
    if not member.joined_on <= on <= today:
        raise LeftBeforeJoined(joined_on=member.joined_on, name=member.person.name)
    member.left_on = on
    member.active = False
    audit.record(session, actor.name, "member.left", household, unit=unit_path, name=member.person.name, on=on)


def move_members(
    session: Session,
    leaving: Household,
    joining: Household,
    relations: Mapping[int, Relation],
    *,
    unit_path: str,
    actor: Actor,
    on: date,
) -> None:
    """Let present members leave one household and belong to another at once; the memberships that end stay readable.

    `relations` says by the id of the membership what each is to the worker there. In no moment is anybody active twice.
    """
    moved = [member for member in leaving.present_members if member.id in relations]
    was_active = {member.id for member in moved if member.active}
    for member in moved:
        member.left_on, member.active = on, False
        audit.record(session, actor.name, "member.left", leaving, unit=unit_path, name=member.person.name, on=on)
    session.flush()
    for member in moved:
        relation = relations[member.id]
        made = Member(
            household_id=joining.id,
            person_id=member.person_id,
            person=member.person,
            relation=relation,
            health=member.health,
            joined_on=on,
            active=member.id in was_active,
        )
        joining.members.append(made)
        audit.record(
            session, actor.name, "member.joined", joining, unit=unit_path, name=member.person.name, relation=relation
        )
    session.flush()


def activate(session: Session, household: Household) -> None:
    """Count every present member as active; raises PersonAlreadyActive, held by the database under concurrency."""
    for member in sorted(household.present_members, key=lambda member: member.person_id):
        _activate(session, member)


def deactivate(household: Household) -> None:
    """Count no member as active any more."""
    for member in household.members:
        member.active = False


def claim(session: Session, household: Household) -> None:
    """Count every present member as applying; raises PersonAlreadyActive where a person is active or applying already.

    `PersonAlreadyActive.person` is told apart by `active_membership` and `applying_membership`.
    """
    for member in sorted(household.present_members, key=lambda member: member.person_id):
        if member.applying:
            continue
        if active_membership(session, member.person) or applying_membership(session, member.person):
            raise PersonAlreadyActive(member.person)
        try:
            with session.begin_nested():
                member.applying = True
                session.flush()
        except IntegrityError as error:
            session.refresh(member)
            raise PersonAlreadyActive(member.person) from error


def release(session: Session, household: Household) -> None:
    """Count no member as applying any more."""
    for member in household.members:
        member.applying = False
    session.flush()


def correct_member(
    session: Session,
    household: Household,
    member: Member,
    entry: MemberEntry,
    *,
    unit_path: str,
    actor: Actor,
    on: date,
) -> list[str]:
    """Put another person, name, relation or health in the place of a member, and name the fields that changed.

    What stood there before stays in the chain, the number masked; who was active is so still. An empty number keeps the
    person and corrects the name; whoever calls has seen to it that this may be. Raises OneWorker, BadIdNumber,
    IdNumberMissing, NamedOtherwise, TwiceInHousehold, or PersonAlreadyActive where another active file has the person.
    """
    if (member.relation is Relation.WORKER) is not (entry.relation is Relation.WORKER):
        raise OneWorker
    masks = strictest_masks(session, unit_path)
    before = _said_of(session, member, masks)
    if entry.number.strip():
        (person,) = _persons(session, [entry], unit_path, actor, on)
        if any(other.person_id == person.id and other is not member for other in household.present_members):
            raise TwiceInHousehold(name=entry.name, field=entry.field)
        _be(session, member, person)
    elif member.person.number_blind is None and entry.relation is not Relation.CHILD:
        raise IdNumberMissing(name=entry.name, field=entry.field)
    else:
        _rename(session, member.person, entry.name, unit_path, actor)
    member.relation, member.health = entry.relation, entry.health
    session.flush()
    after = _said_of(session, member, masks)
    changed = [name for name in after if before[name] != after[name]]
    if changed:
        audit.record(
            session,
            actor.name,
            "member.corrected",
            household,
            unit=unit_path,
            name=before["name"],
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )
    return changed


def _said_of(session: Session, member: Member, masks: Masks) -> dict[str, object]:
    """What is said of a member, as the chain sees it."""
    return {
        "name": member.person.name,
        "relation": member.relation,
        "id_number": masked_number(session, member.person, masks),
        "health": member.health,
    }


def _be(session: Session, member: Member, person: Person) -> None:
    """Let a member be a person, active where the one before was; raises PersonAlreadyActive."""
    if member.person_id == person.id:
        return
    before, active = member.person, member.active
    member.active = member.applying = False
    member.person, member.person_id = person, person.id
    session.flush()
    forget_unnumbered(session, before)
    if active:
        _activate(session, member)


def forget_unnumbered(session: Session, person: Person) -> None:
    """Leave no name of a child that is entered under its number now, where no other household has the row."""
    if person.number_blind is None and not session.scalar(select(exists().where(Member.person_id == person.id))):
        person.name = NAMELESS
        session.flush()


def drop_member(session: Session, household: Household, member: Member, *, unit_path: str, actor: Actor) -> None:
    """Take a member out of a household that has no file yet; raises OneWorker."""
    if member.relation is Relation.WORKER:
        raise OneWorker
    household.members.remove(member)
    session.delete(member)
    session.flush()
    audit.record(
        session, actor.name, "member.left", household, unit=unit_path, name=member.person.name, relation=member.relation
    )


def person_with_number(session: Session, number: str) -> Person | None:
    """The person with this normalised number, found by the blind index alone."""
    return session.scalar(select(Person).where(Person.number_blind == vault_of(session).blind(number)))


def active_membership(session: Session, person: Person) -> Member | None:
    """The one active membership of a person, if there is one."""
    return session.scalar(select(Member).where(Member.person_id == person.id, Member.active))


def masked_number(session: Session, person: Person, masks: Masks) -> str:
    """The number as it may be shown by the rules of the keeping unit, `5001••••••••4517`; empty where there is none."""
    return mask(unsealed_number(session, person), masks.id_signs) if person.number_sealed else ""


def applying_membership(session: Session, person: Person) -> Member | None:
    """The one membership of a person in a household with an application under way, if there is one."""
    return session.scalar(select(Member).where(Member.person_id == person.id, Member.applying))


def unsealed_number(session: Session, person: Person) -> str:
    """The whole number; whoever shows it notes the reason in the use register. Empty where there is none."""
    return vault_of(session).unseal(person.number_sealed) if person.number_sealed else ""


def masked_phone(session: Session, household: Household, masks: Masks) -> str:
    """The telephone as it may be shown by the rules of the keeping unit, `138••••4517`; empty where there is none."""
    phone = unsealed_phone(session, household)
    return mask_phone(phone, masks.phone_signs) if phone else ""


def unsealed_phone(session: Session, household: Household) -> str:
    """The whole telephone number; whoever shows it notes the reason in the use register. Empty where there is none."""
    return vault_of(session).unseal(household.phone_sealed) if household.phone_sealed else ""


def _persons(session: Session, entries: Sequence[MemberEntry], unit_path: str, actor: Actor, on: date) -> list[Person]:
    """The person of each entry, known or entered now."""
    numbers = [checked_number(entry, on) for entry in entries]
    for at, number in enumerate(numbers):
        if number and number in numbers[:at]:
            raise TwiceInHousehold(name=entries[at].name, field=entries[at].field)
    found: dict[int, Person] = {}
    # In one order at every desk, or two desks with the same two persons could wait for each other for ever.
    for at in sorted(range(len(entries)), key=lambda at: numbers[at]):
        found[at] = _person(session, entries[at], numbers[at], unit_path, actor)
    return [found[at] for at in range(len(entries))]


def checked_number(entry: MemberEntry, on: date) -> str:
    """The number of a member in its normal form, empty for a newborn; raises IdNumberMissing or BadIdNumber."""
    if not entry.number.strip():
        if entry.relation is not Relation.CHILD:
            raise IdNumberMissing(name=entry.name, field=entry.field)
        return ""
    try:
        return resident_number(entry.number, on=on)
    except BadResidentNumber as error:
        raise BadIdNumber(name=entry.name, reason=error.reason, field=entry.field) from error


def same_name(one: str, other: str) -> bool:
    """Whether two ways of writing are one name."""
    return bare_name(one) == bare_name(other)


def bare_name(name: str) -> str:
    """A name as it is compared: blanks, as in 李　平, and the width of signs say nothing."""
    return "".join(unicodedata.normalize("NFKC", name).split())


def _person(session: Session, entry: MemberEntry, number: str, unit_path: str, actor: Actor) -> Person:
    if not number:
        person = Person(name=entry.name)
        session.add(person)
        session.flush()
        return person
    if known := person_with_number(session, number):
        return _named(session, known, entry, unit_path, actor)
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
        return _named(session, known, entry, unit_path, actor)
    return person


def _named(session: Session, person: Person, entry: MemberEntry, unit_path: str, actor: Actor) -> Person:
    """The person of a number, renamed where the entry says that the name was changed; raises NamedOtherwise.

    The number is the person, in files of other units too: a slip of the pen must not rename anybody there.
    """
    if not same_name(person.name, entry.name):
        if not entry.renamed:
            raise NamedOtherwise(name=entry.name, field=entry.tick)
        _rename(session, person, entry.name, unit_path, actor)
    return person


def _rename(session: Session, person: Person, name: str, unit_path: str, actor: Actor) -> None:
    """Put down the name that the identity card says now; the one before stays in the chain."""
    if person.name != name:
        audit.record(session, actor.name, "person.renamed", person, unit=unit_path, before=person.name, after=name)
        person.name = name


def _join(session: Session, household: Household, entry: MemberEntry, person: Person, *, on: date) -> Member:
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


def _activate(session: Session, member: Member) -> None:
    if active_membership(session, member.person):
        raise PersonAlreadyActive(member.person)
    try:
        with session.begin_nested():
            member.active, member.applying = True, False
            session.flush()
    except IntegrityError as error:
        session.refresh(member)
        raise PersonAlreadyActive(member.person) from error


def _names_employer(employment: Employment, employer: str | None) -> None:
    if employment is Employment.EMPLOYED and not employer:
        raise EmployerMissing
