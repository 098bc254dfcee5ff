"""Who belongs to the household of an active file, and whole numbers shown with a reason (art. 11, 13, 17)."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.eligibility import Outcome, assess_income
from classification.hardship import HardshipClass
from records.files.applying import check_nobody_applies
from records.files.duties import Change, household_changed
from records.files.living import ReviewGround, TwinCause
from records.files.locking import kept_by, lock_household
from records.files.models import File
from records.files.services import already_active, changeable, retitle, takes_material
from records.files.withdrawals import open_review
from records.households.errors import NameNotCompared, NumberOnRecord
from records.households.models import Anew, Cause, Employment, Household, Member, Relation
from records.households.services import (
    HouseholdEntry,
    MemberEntry,
    PersonAlreadyActive,
    add_member,
    change_household,
    correct_member,
    determine_anew,
    remove_member,
    same_name,
    unsealed_number,
    unsealed_phone,
)
from rules.services import BOUNDS, Rulebook, rulebook
from web.rules import NotVisible

DETERMINING = frozenset({"employment", "main_cause", "monthly_income_per_head"})  # what a class rests on (art. 3)
TOLD_BY = {
    "health": frozenset({Cause.ILLNESS, Cause.SERIOUS_ILLNESS, Cause.DISABILITY, Cause.ACCIDENT}),
    "relation": frozenset({Cause.SCHOOLING, Cause.SINGLE_PARENT}),
}  # the causes of which something that is said of a member tells


def member_of(household: Household, member_id: int) -> Member:
    """A present member of this household; raises NotVisible."""
    found = next((member for member in household.present_members if member.id == member_id), None)
    if found is None:
        raise NotVisible
    return found


def join_household(session: Session, file: File, entry: MemberEntry, *, actor: Actor, on: date) -> Member:
    """Add a member to the household of an active file; its income is per head, so its class is to be determined anew.

    Raises AlreadyInActiveFile, AlreadyApplying, BadIdNumber, IdNumberMissing, TwiceInHousehold, OneWorker,
    FileWithdrawn, NotAHouseholdFile or NotTheKeepersUnit.
    """
    household = _active_household(session, file, actor)
    try:
        member = add_member(session, household, entry, active=True, unit_path=file.unit.path, actor=actor, on=on)
    except PersonAlreadyActive as refused:
        raise already_active(session, refused, field=entry.field) from refused
    check_nobody_applies(session, {member.person_id: entry.field})
    determine_anew(household, Anew.MEMBERS, on)
    household_changed(session, file, Change(TwinCause.MEMBERS, entry.name), actor=actor, on=on)
    return member


def leave_household(session: Session, file: File, member_id: int, *, actor: Actor, on: date, today: date) -> Member:
    """Note that a member has left the household of an active file; another file may take the person from now on.

    Its income is per head, so its class is to be determined anew.
    Raises OneWorker, LeftBeforeJoined, FileWithdrawn, NotAHouseholdFile, NotTheKeepersUnit or NotVisible.
    """
    household = _active_household(session, file, actor)
    member = member_of(household, member_id)
    remove_member(session, household, member, unit_path=file.unit.path, actor=actor, on=on, today=today)
    determine_anew(household, Anew.MEMBERS, today)
    household_changed(session, file, Change(TwinCause.MEMBERS, member.person.name), actor=actor, on=today)
    return member


def change_member(
    session: Session, file: File, member_id: int, entry: MemberEntry, *, actor: Actor, on: date
) -> Sequence[str]:
    """Change what is said of a member of an active file, and name the fields that changed (art. 11, 13).

    A number is given to whom none was known of; whoever has one keeps it. Another name was compared with the identity
    card. The paper has to follow, and where the cause of the household tells of what changed, its class is to be
    determined anew. Raises NumberOnRecord, NameNotCompared, FileWithdrawn, NotAHouseholdFile, NotTheKeepersUnit,
    NotVisible, AlreadyInActiveFile, AlreadyApplying, or what `correct_member` raises.
    """
    household = _active_household(session, file, actor)
    member = member_of(household, member_id)
    if entry.number.strip() and member.person.number_blind is not None:
        raise NumberOnRecord(name=member.person.name, field=entry.field)
    if not (entry.renamed or same_name(member.person.name, entry.name)):
        raise NameNotCompared(name=member.person.name, field=entry.tick)
    try:
        changed = correct_member(session, household, member, entry, unit_path=file.unit.path, actor=actor, on=on)
    except PersonAlreadyActive as refused:
        raise already_active(session, refused, field=entry.field) from refused
    if not changed:
        return changed
    check_nobody_applies(session, {member.person_id: entry.field})
    if member.relation is Relation.WORKER:
        retitle(session, file, member.person.name, actor=actor)
    if any(household.main_cause in TOLD_BY.get(name, ()) for name in changed):
        determine_anew(household, Anew.MEMBERS, on)
    household_changed(session, file, Change(TwinCause.MEMBERS, member.person.name), actor=actor, on=on)
    return changed


def adjust_household(
    session: Session,
    file: File,
    *,
    address: str,
    employment: Employment,
    employer: str | None,
    main_cause: Cause,
    monthly_income_per_head: Decimal | None,
    phone: str | None,
    actor: Actor,
    on: date,
) -> bool:
    """Change what is said of the household of an active file, as in `change_household` (art. 13); whether it differs.

    The paper has to follow, and where income, cause or employment differ the class is to be determined anew. A worker
    who retires while the file is active opens a review, and so does an income by which the household no longer
    qualifies; neither is a withdrawal (art. 3, 10).
    Raises FileWithdrawn, NotAHouseholdFile or NotTheKeepersUnit.
    """
    household = _active_household(session, file, actor)
    was, income = household.employment, household.monthly_income_per_head
    changed = change_household(
        session,
        household,
        address=address,
        employment=employment,
        employer=employer,
        main_cause=main_cause,
        monthly_income_per_head=monthly_income_per_head,
        phone=phone,
        unit_path=file.unit.path,
        actor=actor,
        on=on,
    )
    if DETERMINING.intersection(changed):
        determine_anew(household, Anew.FACTS, on)
    if changed:
        household_changed(session, file, Change(TwinCause.HOUSEHOLD, ",".join(changed)), actor=actor, on=on)
    if employment is Employment.RETIRED and was is not Employment.RETIRED:
        found = f"就业状况由“{was.label.zh}”变更为“{employment.label.zh}”"
        open_review(session, file, ReviewGround.RETIRED, found, actor=actor, on=on)
    if "monthly_income_per_head" in changed:
        before = f"由 {income:.2f} 元" if income is not None else ""
        lead, book = f"家庭月人均收入{before}变更为", rulebook(session, file.unit, on)
        if said := _beyond_every_class(
            lead, monthly_income_per_head, main_cause, household.hardship_class, book, on
        ):  # fmt: skip
            open_review(session, file, ReviewGround.INCOME, said, actor=actor, on=on)
    return bool(changed)


def state_income(session: Session, file: File, monthly_income_per_head: Decimal, *, actor: Actor, on: date) -> bool:
    """Change the income per head of the household of an active file, in yuan, and nothing else: `adjust_household`."""
    household = _active_household(session, file, actor)
    return adjust_household(
        session,
        file,
        address=household.address,
        employment=household.employment,
        employer=household.employer,
        main_cause=household.main_cause,
        monthly_income_per_head=monthly_income_per_head,
        phone=None,
        actor=actor,
        on=on,
    )


def speaks_against(entry: HouseholdEntry, book: Rulebook, on: date) -> Mapping[ReviewGround, str]:
    """What of a household entered from before asks for a review, with what was found: what a change to it would open.

    A worker who has retired may be under socialised management 社会化管理, which nothing in the file says (art. 10); an
    income may lie beyond every class (art. 3).
    """
    found: dict[ReviewGround, str] = {}
    if entry.employment is Employment.RETIRED:
        found[ReviewGround.RETIRED] = f"补录时就业状况为“{entry.employment.label.zh}”，须核实是否已纳入社会化管理"
    if said := _beyond_every_class(
        "补录时家庭月人均收入为", entry.monthly_income_per_head, entry.main_cause, None, book, on
    ):  # fmt: skip
        found[ReviewGround.INCOME] = said
    return found


def _beyond_every_class(
    lead: str, income: Decimal | None, cause: Cause, found: HardshipClass | None, book: Rulebook, on: date
) -> str:
    """What is found of an income beyond every class, also where all else speaks for the household; else nothing.

    Where the line of the unit is not set, nothing can be compared (art. 3).
    """
    if income is None or not book.rulings.keys() >= set(BOUNDS):
        return ""
    if assess_income(income, cause, found, book.bounds, on).outcome is not Outcome.NOT_ELIGIBLE:
        return ""
    return f"{lead} {income:.2f} 元，按低保标准 {book.bounds.line:.2f} 元已不符合任何一类建档条件"


def unmask_number(session: Session, file: File, member: Member, reason: str, *, actor: Actor) -> str:
    """The whole ID number of a member, its reason noted in the use register (art. 17); raises NotTheKeepersUnit."""
    changeable(file, actor, Permission.FILE)
    audit.record_use(
        session, actor.name, "content.unmasked", file, what="id_number", name=member.person.name, reason=reason
    )
    return unsealed_number(session, member.person)


def unmask_phone(session: Session, file: File, household: Household, reason: str, *, actor: Actor) -> str:
    """The whole telephone number, its reason noted in the use register (art. 17); raises NotTheKeepersUnit."""
    changeable(file, actor, Permission.FILE)
    audit.record_use(session, actor.name, "content.unmasked", file, what="phone", name=file.title, reason=reason)
    return unsealed_phone(session, household)


def note_refused_unmasking(session: Session, file: File, reason: str, *, actor: Actor) -> None:
    """Note in the use register that somebody asked for a sealed number in vain."""
    audit.record_use(session, actor.name, "content.refused", file, wanted="unmasking", reason=reason)


def _active_household(session: Session, file: File, actor: Actor) -> Household:
    household = lock_household(session, file, kept_by(actor))
    takes_material(file)
    return household
