"""Forgetting a household whose file was destroyed: rows stay, what they say of people goes (art. 15)."""

import json
from collections.abc import Collection, Iterator

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from audit import AuditEntry
from records.households.models import NAMELESS, Household, Member, Person
from records.households.services import unsealed_number, unsealed_phone


def telling_words(session: Session, household: Household) -> list[str]:
    """The words that tell whose household it is: names, ID numbers, telephone, address; the longest first.

    So do the names and addresses that it had before, which the chain knows. An employer is that of many households, and
    a unit may be named after it: to strike it would take words out of what is said of others.
    """
    members = session.scalars(select(Member).where(Member.household_id == household.id)).all()
    words = {household.address, unsealed_phone(session, household)}
    for member in members:
        words |= {member.person.name, unsealed_number(session, member.person)}
    words.update(_former_words(session, household, {member.person_id for member in members}))
    return sorted((word for word in words if len(word) > 1), key=len, reverse=True)


def _former_words(session: Session, household: Household, persons: Collection[int]) -> Iterator[str]:
    """Every name and address that the chain says of a household and its people."""
    of_household = (AuditEntry.subject_kind == "household") & (AuditEntry.subject_id == household.id)
    of_person = (AuditEntry.subject_kind == "person") & AuditEntry.subject_id.in_(persons)
    for details in session.scalars(select(AuditEntry.details).where(of_household | of_person)):
        written = json.loads(details)
        for said in (written, written.get("before"), written.get("after")):
            told = (said.get("name"), said.get("address")) if isinstance(said, dict) else (said,)
            yield from (word for word in told if isinstance(word, str))


def forget_household(session: Session, household: Household) -> None:
    """Forget address, income and health, and the people who are in no other household.

    Who is in another household as well keeps the own row there; the member here is told to be nobody. Class, main cause
    and employment stay: the statistics of past years (art. 11) count them, and they name nobody.
    """
    household.address, household.phone_sealed, household.employer = NAMELESS, None, None
    household.monthly_income_per_head = None
    for member in session.scalars(select(Member).where(Member.household_id == household.id)):
        member.health = None
        elsewhere = exists().where(Member.person_id == member.person_id, Member.household_id != household.id)
        if session.scalar(select(elsewhere)):
            nobody = Person(name=NAMELESS)
            session.add(nobody)
            session.flush()
            member.person, member.person_id = nobody, nobody.id
        else:
            person = member.person
            person.name, person.born_on, person.sex = NAMELESS, None, None
            person.number_sealed = person.number_blind = None
    session.flush()
