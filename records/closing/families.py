"""Households that part 分户 and join 并户, each person active once at every moment (art. 11)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import case, select, update
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.eligibility import Circumstances, Exclusion, Outcome, assess
from classification.text import Label
from records.closing.errors import (
    FindingOpen,
    NobodyLeaves,
    NotEligibleApart,
    OnTheWay,
    PartedBySecondPerson,
    SameFile,
    UnknownFile,
)
from records.closing.models import CodeAlias, FamilyChange, FileLink, LinkKind
from records.closing.transfers import open_transfer
from records.files.access import in_sight
from records.files.applying import first_day_of_help
from records.files.duties import Change, household_changed
from records.files.grounds import check_said, decides_days
from records.files.living import TwinCause
from records.files.locking import Question, kept_by, lock_files, lock_household
from records.files.membership import state_income
from records.files.models import File, WithdrawalReason
from records.files.services import (
    end_help,
    keeper_of,
    open_file_for,
    takes_material,
    visible_files,
)
from records.files.withdrawals import excluded_since, joined_to
from records.households.errors import OneWorker
from records.households.models import Anew, Cause, Employment, Household, Member, Relation
from records.households.services import determine_anew, move_members
from records.workflow.errors import AppliedTooEarly
from rules.services import BOUNDS, rulebook
from storage.sealing import vault_of


@dataclass(frozen=True)
class NewHousehold:
    """What is said of the household that parts from another; income in yuan per head and month.

    `months_below` to `exclusions` are what an application states (art. 3, 4, 10), as `Circumstances` explains them.
    """

    address: str
    employment: Employment
    main_cause: Cause
    monthly_income_per_head: Decimal
    months_below: int
    relieved: bool
    still_hard: bool
    exclusions: Mapping[Exclusion, bool]
    union_member: bool = False
    socialised: bool = False
    employer: str | None = None
    phone: str | None = None

    @property
    def circumstances(self) -> Circumstances:
        """What it is assessed by."""
        return Circumstances(
            income_per_head=self.monthly_income_per_head,
            months_below=self.months_below,
            relieved=self.relieved,
            still_hard=self.still_hard,
            causes=frozenset({self.main_cause}),
            union_member=self.union_member,
            migrant=self.employment is Employment.MIGRANT,
            exclusions=self.exclusions,
            socialised_retiree=self.socialised,
        )


@dataclass(frozen=True)
class Linked:
    """How a file belongs together with another one; where that is out of the reader's sight, its code alone is told."""

    link: FileLink
    other: File
    in_sight: bool

    @property
    def came_from_it(self) -> bool:
        """Whether the other is the newer one: it parted from the file, or was joined to it."""
        return self.link.file_id == self.other.id


def split(
    session: Session,
    file: File,
    relations: Mapping[int, Relation],
    household: NewHousehold,
    why: FamilyChange,
    *,
    grounds: str,
    actor: Actor,
    on: date,
) -> File:
    """Let members leave with a new file of their own in the same unit, which refers to the old one 分户.

    `relations` says by membership what each who leaves is to the worker of the new household; one of them is that
    worker. It is opened without an application, so that a second person decides it, with grounds, and the figures of
    the day say that it qualifies; whatever people have to judge goes through the procedure (art. 3, 4, 10, 12). What is
    said here rests on no document in the new file yet, so that it is of no class until one is determined there; that of
    those who stay is to be determined anew. Who keeps the old file keeps the new one. Raises PartedBySecondPerson,
    SaidTooLittle, NotEligibleApart, RuleNotSet, NotAHouseholdFile, FileWithdrawn, OnTheWay, FindingOpen, NobodyLeaves,
    OneWorker, NoFonds, NoKeeperAnyMore or AppliedTooEarly.
    """
    leaving = _settled(session, file, lambda each: _check_second_person(session, each, actor))
    check_said(grounds, "grounds")
    present = {member.id: member for member in leaving.present_members}
    if not relations or not relations.keys() <= present.keys():
        raise NobodyLeaves
    one_worker = list(relations.values()).count(Relation.WORKER) == 1
    if not one_worker or any(present[number].relation is Relation.WORKER for number in relations):
        raise OneWorker
    worker = next(present[number].person for number, relation in relations.items() if relation is Relation.WORKER)
    if on < (first := first_day_of_help(worker.born_on)):
        raise AppliedTooEarly(name=worker.name, first=first)
    book = rulebook(session, file.unit, on)
    assessment = assess(household.circumstances, book.bounds, on)
    if assessment.outcome is not Outcome.ELIGIBLE:
        raise NotEligibleApart(why=_together([each.text for each in assessment.reasons]))
    made = Household(
        address=household.address,
        phone_sealed=vault_of(session).seal(household.phone) if household.phone else None,
        employment=household.employment,
        employer=household.employer,
        main_cause=household.main_cause,
        monthly_income_per_head=household.monthly_income_per_head,
        members=[],
    )
    session.add(made)
    session.flush()
    moved = _moving(present, relations)
    move_members(session, leaving, made, relations, unit_path=file.unit.path, actor=actor, on=on)
    determine_anew(leaving, Anew.MEMBERS, on)
    keeper = keeper_of(session, file)
    assert keeper is not None  # noqa: S101 - custody is open as long as the file is there
    new = open_file_for(session, file.unit, made, keeper=keeper, actor=actor, on=on)
    for each in (file, new):
        household_changed(session, each, *moved, actor=actor, on=on)
    session.add(
        FileLink(
            kind=LinkKind.SPLIT,
            file=new,
            other=file,
            why=why,
            remarks=grounds,
            on=on,
            assessment={**assessment.frozen(), "rules": dict(book.frozen(*BOUNDS))},
            decided_by_id=actor.user_id,
        )
    )
    audit.record(
        session, actor.name, "file.split", file, code=new.code, why=why, members=len(relations), remarks=grounds,
        outcome=assessment.outcome, rule_set=assessment.rule_set,
    )  # fmt: skip
    return new


def may_part(session: Session, file: File, actor: Actor) -> bool:
    """Whether the actor approves in the unit of a file, and never kept it."""
    return decides_days(session, file, actor)


def _check_second_person(session: Session, file: File, actor: Actor) -> None:
    if not may_part(session, file, actor):
        raise PartedBySecondPerson(unit=file.unit.name)


def merge(
    session: Session,
    joined: File,
    lasting: File,
    relations: Mapping[int, Relation],
    why: FamilyChange,
    *,
    monthly_income_per_head: Decimal,
    remarks: str | None,
    actor: Actor,
    on: date,
) -> None:
    """Join one household file to another 并户: its members move over, it is withdrawn, its code finds the other.

    `relations` says by membership what each is to the worker of the file that goes on; everybody present moves. The
    income per head in yuan is that of all of them together, from which its class is to be determined anew (art. 3, 13).
    Raises SameFile, NotTheKeepersUnit, NotAHouseholdFile, FileWithdrawn, OnTheWay, FindingOpen, NobodyLeaves,
    OneWorker or EmployerMissing.
    """
    if joined.id == lasting.id:
        raise SameFile(code=joined.code)
    lock_files(session, [joined.id, lasting.id], kept_by(actor))  # both at once, in one order at every desk
    leaving, lasting_household = (_settled(session, file, kept_by(actor)) for file in (joined, lasting))
    if relations.keys() != {member.id for member in leaving.present_members}:
        raise NobodyLeaves
    if Relation.WORKER in relations.values():
        raise OneWorker
    moved = _moving({member.id: member for member in leaving.present_members}, relations)
    move_members(session, leaving, lasting_household, relations, unit_path=lasting.unit.path, actor=actor, on=on)
    determine_anew(lasting_household, Anew.MEMBERS, on)
    for each in (joined, lasting):
        household_changed(session, each, *moved, actor=actor, on=on)
    end_help(session, joined, WithdrawalReason.MERGED, actor=actor, on=on)
    state_income(session, lasting, monthly_income_per_head, actor=actor, on=on)
    session.execute(update(CodeAlias).where(CodeAlias.file_id == joined.id).values(file_id=lasting.id))
    session.add(CodeAlias(code=joined.code, file=lasting))
    session.add(FileLink(kind=LinkKind.MERGE, file=joined, other=lasting, why=why, remarks=remarks, on=on))
    session.flush()
    audit.record(session, actor.name, "file.merged", lasting, code=joined.code, why=why, members=len(relations))


def file_to_join(session: Session, code: str, actor: Actor) -> File:
    """The household file with this code, or with this code as an alias, that the actor changes; raises UnknownFile."""
    own = visible_files(actor, Permission.FILE).where(File.household_id.is_not(None))
    code = code.strip()
    alias = session.get(CodeAlias, code)
    found = session.scalar(own.where(File.id == alias.file_id) if alias else own.where(File.code == code))
    if found is None:
        raise UnknownFile(code=code)
    return found


def file_of_alias(session: Session, code: str) -> int | None:
    """The id of the file that goes on under a code of one that was joined to it; None for every other code."""
    return session.scalar(select(CodeAlias.file_id).where(CodeAlias.code == code))


@joined_to
def file_that_goes_on(session: Session, file: File) -> File:
    """The file to which one was joined, or the one to which that was joined in its turn (art. 11c)."""
    return session.get_one(CodeAlias, file.code).file


def links_of(session: Session, file: File, reader: Actor) -> list[Linked]:
    """How a file belongs together with others, in the order in which it came about; one query."""
    other = case((FileLink.file_id == file.id, FileLink.other_id), else_=FileLink.file_id)
    rows = session.execute(
        select(FileLink, File, in_sight(reader))
        .join(File, File.id == other)
        .join(File.unit)
        .where((FileLink.file_id == file.id) | (FileLink.other_id == file.id))
        .order_by(FileLink.id)
    )
    return [Linked(link, with_file, seen) for link, with_file, seen in rows]


def _moving(present: Mapping[int, Member], relations: Mapping[int, Relation]) -> list[Change]:
    """Who moves from one household to the other, as changes of both files."""
    return [Change(TwinCause.MEMBERS, present[number].person.name) for number in relations]


def _together(labels: Sequence[Label]) -> Label:
    return Label("；".join(each.zh for each in labels), "; ".join(each.en for each in labels))


def _settled(session: Session, file: File, may: Question) -> Household:
    """The household of an active file that is neither on its way to another unit nor under review for article 4.

    The file is locked.
    """
    household = lock_household(session, file, may)
    takes_material(file)
    if pending := open_transfer(session, file):
        raise OnTheWay(code=file.code, unit=pending.to_unit.name, number=pending.number)
    if since := excluded_since(session, [file.id]).get(file.id):
        raise FindingOpen(code=file.code, on=since)
    return household
