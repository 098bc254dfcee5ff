"""Forgetting a household whose file was destroyed: rows stay, what they say of people goes (art. 15)."""

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from records.households.models import NAMELESS, Household, Member, Person
from records.households.services import unsealed_number, unsealed_phone


def telling_words(session: Session, household: Household) -> list[str]:
    """The words that tell whose household it is: names, ID numbers, telephone, address; the longest first."""
    words = {household.address, unsealed_phone(session, household)}
    for member in session.scalars(select(Member).where(Member.household_id == household.id)):
        words |= {member.person.name, unsealed_number(session, member.person)}
    return sorted((word for word in words if len(word) > 1), key=len, reverse=True)


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
