"""Bringing a household up to what a newer form says of it, where that one applies again 返困 (art. 11, 13)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.households.models import NAMELESS, Household, Member, Relation
from records.households.services import change_household, forget_unnumbered, same_name, unsealed_phone


@dataclass(frozen=True)
class Renewed:
    """What became of a household: its member for each one of the form, the fields changed, who joined and who left."""

    members: Mapping[int, Member]
    fields: tuple[str, ...]
    names: tuple[str, ...]


def renew(
    session: Session, standing: Household, applied: Household, *, unit_path: str, actor: Actor, on: date
) -> Renewed:
    """Let a household say what the form of the same worker says: its facts, who belongs to it, and who has left.

    Nobody of either is active. A telephone that the form leaves out stays. What stood there before stays in the chain.
    """
    fields = change_household(
        session,
        standing,
        address=applied.address,
        employment=applied.employment,
        employer=applied.employer,
        main_cause=applied.main_cause,
        monthly_income_per_head=applied.monthly_income_per_head,
        phone=unsealed_phone(session, applied) or None,
        unit_path=unit_path,
        actor=actor,
        on=on,
    )
    present = list(standing.present_members)
    members = {member.id: _same(present, member) for member in applied.present_members}
    staying = {found.id for found in members.values() if found is not None}
    names = []
    for member in present:
        if member.id not in staying:
            member.left_on = on
            names.append(member.person.name)
            audit.record(
                session, actor.name, "member.left", standing, unit=unit_path, name=member.person.name, on=on
            )  # fmt: skip
    session.flush()
    # The worker comes last: in one household only one is (uq_member_one_worker), also where two change places.
    for member in sorted(applied.present_members, key=lambda one: one.relation is Relation.WORKER):
        session.flush()
        found = members[member.id]
        if found is not None:
            _follow(session, standing, found, member, unit_path, actor)
            continue
        members[member.id] = joined = Member(
            household_id=standing.id,
            person_id=member.person_id,
            person=member.person,
            relation=member.relation,
            health=member.health,
            joined_on=on,
            active=False,
        )
        standing.members.append(joined)
        names.append(member.person.name)
        audit.record(
            session, actor.name, "member.joined", standing, unit=unit_path, name=member.person.name,
            relation=member.relation,
        )  # fmt: skip
    session.flush()
    return Renewed({of: found for of, found in members.items() if found is not None}, tuple(fields), tuple(names))


def dissolve(session: Session, household: Household) -> None:
    """Leave nothing in a household whose people and facts are those of another one now; its row stays for the chain."""
    household.address, household.phone_sealed, household.employer = NAMELESS, None, None
    household.monthly_income_per_head, household.hardship_class = None, None
    for member in list(household.members):
        household.members.remove(member)
        session.delete(member)
    session.flush()


def _same(present: list[Member], applied: Member) -> Member | None:
    """The member of the household who is this person; a child without a number yet is known by its name."""
    for member in present:
        unnumbered = member.person.number_blind is None and member.relation is applied.relation
        if member.person_id == applied.person_id or (unnumbered and same_name(member.person.name, applied.person.name)):
            return member
    return None


def _follow(
    session: Session, standing: Household, member: Member, applied: Member, unit_path: str, actor: Actor
) -> None:
    """Let a member be who and what the form says."""
    if member.person_id != applied.person_id:
        before = member.person
        member.person, member.person_id = applied.person, applied.person_id
        session.flush()
        forget_unnumbered(session, before)
    if (member.relation, member.health) != (applied.relation, applied.health):
        before_and_after = [
            {"name": member.person.name, "relation": each.relation} for each in (member, applied)
        ]  # fmt: skip
        member.relation, member.health = applied.relation, applied.health
        audit.record(
            session, actor.name, "household.changed", standing, unit=unit_path,
            before=before_and_after[0], after=before_and_after[1],
        )  # fmt: skip
