"""Determining the class of a living household 重新认定: a keeper proposes, a second person confirms (art. 3, 13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.roles import Actor, Permission
from classification.checklists import PROOF_OF_CAUSE, unproven
from classification.eligibility import Assessment, Circumstances, Exclusion, Outcome, against_class, assess
from classification.hardship import Cause, HardshipClass
from classification.text import Label
from records.files.access import in_sight
from records.files.duties import Change, household_changed
from records.files.grounds import check_said, confirms_in_help
from records.files.leaving import ends_with_help
from records.files.living import ReviewGround, TwinCause, WithdrawalReview
from records.files.locking import Question, household_of, kept_by, lock_file, lock_household
from records.files.models import File, Item
from records.files.services import answerable, takes_material
from records.files.stubs import empty, reduces
from records.files.withdrawals import decide_to_keep, open_review
from records.holdings.cases import in_doubt
from records.holdings.twins import is_at_hand
from records.households.models import Employment, Household
from records.households.services import determine, meets_no_class
from records.upkeep.errors import (
    ConfirmedBySecondPerson,
    DeterminationAnswered,
    DeterminationWaits,
    FiguresChanged,
    FiguresSettle,
    IncomeUnknown,
    NoIncomeProof,
    ProofGone,
    ProofInDoubt,
    ProofNotAtHand,
)
from records.upkeep.models import Determination, DeterminationAnswer
from records.workflow.deciding import conditions_of, together
from records.workflow.drafting import check_recent
from records.workflow.errors import CauseUnproven, ConditionNotMet, NotEligible
from records.workflow.models import LodgedCopy
from rules.services import BOUNDS, Rulebook, rulebook
from web.rules import NotVisible

NO_CLASS = Label("不符合任何一类困难类型", "no class is met")
INCOME_PROOF = "income_proof"  # 收入证明材料, of the checklist


@dataclass(frozen=True)
class Found:
    """What the keeper found out of a household beside what is on record of it, as `Circumstances` explains it."""

    months_below: int
    relieved: bool
    still_hard: bool
    exclusions: Mapping[Exclusion, bool]
    other_causes: frozenset[Cause] = frozenset()
    union_member: bool = False


def propose(
    session: Session,
    file: File,
    found: Found,
    proof_id: int,
    grounds: str,
    *,
    judged: HardshipClass | None = None,
    actor: Actor,
    on: date,
) -> Determination:
    """Propose the class of an active household by the figures on record and the rules of the day (art. 3, 13).

    `proof_id` names what the income rests on, an income proof at hand in the file. Where figures settle nothing the
    keeper says in `judged` which class it is, None for none. How a retiree is managed, a review of its own finds out
    (art. 10). Raises NotAHouseholdFile, FileWithdrawn, NotTheKeepersUnit, DeterminationWaits, IncomeUnknown,
    RuleNotSet, SaidTooLittle, ProofGone, NoIncomeProof, ProofNotAtHand, ProofInDoubt, ProofTooOld, CauseUnproven,
    FiguresSettle, NotEligible or ConditionNotMet.
    """
    household = lock_household(session, file, kept_by(actor))
    takes_material(file)
    if waiting := open_determination(session, file):
        raise DeterminationWaits(on=waiting.proposed_on)
    check_said(grounds, "grounds")
    book = rulebook(session, file.unit, on)
    proof = _income_proof(session, file, proof_id, book)
    circumstances = _circumstances(household, found)
    assessment = assess(circumstances, book.bounds, on)
    proposed = _class(assessment, household, judged)
    inputs = _inputs(household, found, proof, rests_on=assessment.met or proposed)
    inputs["reviews"] = _asked(session, file)
    _check_cause(session, file, inputs)
    row = Determination(
        file=file,
        file_id=file.id,
        hardship_class=proposed,
        assessment={**assessment.frozen(), "inputs": inputs},
        rules=dict(book.frozen(*BOUNDS)),
        grounds=grounds,
        proposed_on=on,
        proposed_by=actor.name,
    )
    session.add(row)
    session.flush()
    audit.record(
        session, actor.name, "determination.proposed", row, unit=file.unit.path, file=file.code,
        outcome=assessment.outcome, hardship_class=row.hardship_class, rule_set=assessment.rule_set, remarks=grounds,
    )  # fmt: skip
    return row


def confirm(session: Session, row: Determination, *, actor: Actor, on: date) -> WithdrawalReview | None:
    """Confirm a determination as a second person: the class of the household follows, and the paper has to.

    Reviews that were open as it was proposed are answered by it, save that of how a retiree is managed. Where no class
    is met the class stays, to be determined until one is met, and a review of withdrawal is given, opened by it or
    added to (art. 4, 13). What it rests on is read anew. Raises DeterminationAnswered, ConfirmedBySecondPerson,
    FiguresChanged, ProofGone, NoIncomeProof, ProofNotAtHand, ProofInDoubt, ProofTooOld or CauseUnproven.
    """
    file = _lock_open(session, row, lambda each: _check_second_person(row, each, actor))
    household = household_of(session, file)
    book = rulebook(session, file.unit, on)
    proof = _income_proof(session, file, row.assessment["inputs"]["item"], book)
    if not _as_proposed(row, household, proof, book):
        raise FiguresChanged
    _check_cause(session, file, row.assessment["inputs"])
    row.answered_on, row.answered_by, row.answer = on, actor.name, DeterminationAnswer.CONFIRMED
    if row.hardship_class is None:
        meets_no_class(household, on)
    elif determine(session, household, row.hardship_class, unit_path=file.unit.path, actor=actor, on=on):
        household_changed(session, file, Change(TwinCause.HOUSEHOLD, "hardship_class"), actor=actor, on=on)
    audit.record(
        session, actor.name, "determination.confirmed", row, unit=file.unit.path, file=file.code,
        hardship_class=row.hardship_class,
    )  # fmt: skip
    if row.hardship_class is not None:
        _answer_reviews(session, row, actor=actor, on=on)
        return None
    ground = next((ReviewGround(each.value) for each in Exclusion if _excluded(row, each)), ReviewGround.UNMET)
    return open_review(session, file, ground, _why_not(row), proposed_by=row.proposed_by, actor=actor, on=on)


def refuse(session: Session, row: Determination, reason: str, *, actor: Actor, on: date) -> None:
    """Not confirm a determination, as an approver, or take it back as a keeper of the unit, with the reason.

    Raises DeterminationAnswered, NotTheKeepersUnit or SaidTooLittle.
    """
    file = _lock_open(session, row, lambda each: answerable(each, actor))
    check_said(reason, "reason")
    refused = may_confirm(row, actor)
    row.answer = DeterminationAnswer.REFUSED if refused else DeterminationAnswer.TAKEN_BACK
    row.answered_on, row.answered_by, row.answer_reason = on, actor.name, reason
    audit.record(
        session, actor.name, "determination.refused" if refused else "determination.taken_back", row,
        unit=file.unit.path, file=file.code, reason=reason,
    )  # fmt: skip


def may_confirm(row: Determination, actor: Actor) -> bool:
    """Whether the actor approves in the unit of the file, and did not propose the class."""
    return actor.may(Permission.APPROVE, row.unit_path) and actor.name != row.proposed_by


def open_determination(session: Session, file: File) -> Determination | None:
    """The determination of a file that waits for its answer."""
    return session.scalar(
        select(Determination).where(Determination.file_id == file.id, Determination.answered_on.is_(None))
    )


def determinations_of(session: Session, file: File) -> Sequence[Determination]:
    """The determinations of a file, the newest first."""
    return session.scalars(
        select(Determination).where(Determination.file_id == file.id).order_by(Determination.id.desc())
    ).all()


def found_for(file: File) -> ColumnElement[bool]:
    """True for the determinations of a file by which two people found a class."""
    return and_(
        Determination.file_id == file.id,
        Determination.answer == DeterminationAnswer.CONFIRMED,
        Determination.hardship_class.is_not(None),
    )


@confirms_in_help
def determined_last(session: Session, file: File) -> date | None:
    """The day on which two people last confirmed a class of the household of a file (art. 3)."""
    return session.scalar(select(func.max(Determination.answered_on)).where(found_for(file)))


def rests_on(session: Session, file: File, items: Sequence[Item]) -> bool:
    """Whether the class of a household may rest on one of some items of its file (art. 1, 3).

    A determination names its income proof; any other decision, and the cause, may rest on every document of the kind.
    """
    if any(item.document_type in PROOF_OF_CAUSE.values() for item in items):
        return True
    row = session.scalar(
        select(Determination)
        .where(
            found_for(file),
            ~exists().where(LodgedCopy.file_id == file.id, LodgedCopy.lodged_on > Determination.answered_on),
        )
        .order_by(Determination.id.desc())
        .limit(1)
    )
    proofs = [item.id for item in items if item.document_type == INCOME_PROOF]
    return bool(proofs) if row is None else row.assessment["inputs"]["item"] in proofs


def waits() -> ColumnElement[bool]:
    """True for determinations that wait for the second person."""
    return Determination.answered_on.is_(None)


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """True for determinations that the actor may confirm, in a query that joins them with file and unit."""
    return waits() & in_sight(actor, Permission.APPROVE) & (Determination.proposed_by != actor.name)


def visible_determinations(actor: Actor) -> Select[Determination]:
    """Determinations of files in the actor's sight, with file and unit."""
    return (
        select(Determination)
        .join(Determination.file)
        .join(File.unit)
        .where(in_sight(actor))
        .options(joinedload(Determination.file).joinedload(File.unit))
    )


def visible_determination(session: Session, determination_id: int, actor: Actor) -> Determination:
    """One determination in the actor's sight; raises NotVisible."""
    row = session.scalar(visible_determinations(actor).where(Determination.id == determination_id))
    if row is None:
        raise NotVisible
    return row


def _asked(session: Session, file: File) -> list[int]:
    """The open reviews that ask whether a household qualifies; how a retiree is managed is no such question."""
    asked = select(WithdrawalReview.id).where(
        WithdrawalReview.file_id == file.id,
        WithdrawalReview.decided_on.is_(None),
        WithdrawalReview.ground != ReviewGround.RETIRED,
    )
    return list(session.scalars(asked))


@ends_with_help
def _end_determination(session: Session, file: File, why: str, actor: Actor, on: date) -> None:
    """A household that has left help, or the unit, is not determined by what was proposed of it there."""
    if row := open_determination(session, file):
        row.answer, row.answer_reason = DeterminationAnswer.ENDED, why
        row.answered_on, row.answered_by = on, actor.name
        audit.record(
            session, actor.name, "determination.ended", row, unit=file.unit.path, file=file.code, reason=why
        )  # fmt: skip


def _answer_reviews(session: Session, row: Determination, *, actor: Actor, on: date) -> None:
    """A class that was found answers whether the household qualifies, as far as that was asked when it was proposed."""
    asked = select(WithdrawalReview).where(
        WithdrawalReview.id.in_(row.assessment["inputs"]["reviews"]), WithdrawalReview.decided_on.is_(None)
    )
    assert row.hardship_class is not None  # noqa: S101 - no other one answers
    found = f"{row.proposed_on:%Y-%m-%d}重新认定：{row.hardship_class.label.zh}"
    for review in session.scalars(asked).all():
        decide_to_keep(session, review, found, actor=actor, on=on)


def _check_second_person(row: Determination, file: File, actor: Actor) -> None:
    if not may_confirm(row, actor):
        raise ConfirmedBySecondPerson(unit=file.unit.name)


def _lock_open(session: Session, row: Determination, may: Question) -> File:
    file = lock_file(session, row.file, may)
    session.refresh(row, with_for_update={"of": Determination})
    if row.answered_on is not None:
        raise DeterminationAnswered(on=row.answered_on)
    return file


def _circumstances(household: Household, found: Found) -> Circumstances:
    if household.monthly_income_per_head is None:
        raise IncomeUnknown
    return Circumstances(
        income_per_head=household.monthly_income_per_head,
        months_below=found.months_below,
        relieved=found.relieved,
        still_hard=found.still_hard,
        causes=frozenset({household.main_cause}) | found.other_causes,
        union_member=found.union_member,
        migrant=household.employment is Employment.MIGRANT,
        exclusions=found.exclusions,
    )


def _class(assessment: Assessment, household: Household, judged: HardshipClass | None) -> HardshipClass | None:
    """The class that is proposed: that of the figures, or where people judge the one they say."""
    if judged is None or judged is assessment.hardship_class:
        return assessment.hardship_class
    if assessment.outcome is not Outcome.MANUAL_REVIEW:
        raise FiguresSettle(found=assessment.hardship_class.label if assessment.hardship_class else NO_CLASS)
    if (judged is HardshipClass.MIGRANT) != (household.employment is Employment.MIGRANT):
        raise NotEligible
    if failing := against_class(assessment.frozen()["conditions"], judged):
        raise ConditionNotMet(admitted=judged.label, failing=conditions_of(failing))
    return judged


def _income_proof(session: Session, file: File, item_id: int, book: Rulebook) -> Item:
    """The income proof that a class rests on, as it is now: in the file, at hand, beyond doubt, and of late (art. 1).

    Raises ProofGone, NoIncomeProof, ProofNotAtHand, ProofInDoubt or ProofTooOld.
    """
    named = select(Item).where(Item.id == item_id, Item.file_id == file.id)
    proof = session.scalar(named.execution_options(populate_existing=True))
    if proof is None:
        raise ProofGone
    if proof.document_type != INCOME_PROOF:
        raise NoIncomeProof(title=proof.title)
    if session.scalar(select(Item.id).where(Item.id == item_id, is_at_hand())) is None:
        raise ProofNotAtHand(title=proof.title)
    if proof.id in in_doubt(session, file):
        raise ProofInDoubt(title=proof.title)
    check_recent(proof.title, proof.dated, book)
    return proof


def _check_cause(session: Session, file: File, inputs: Mapping[str, Any]) -> None:
    """Raise CauseUnproven where the class rests on a cause of which no document is at hand in the file (art. 1, 3)."""
    if inputs["rests_on"] is None:
        return
    found = HardshipClass(inputs["rests_on"])
    causes = {Cause(each) for each in (inputs["main_cause"], *inputs["other_causes"])}
    sound = Item.file_id == file.id, is_at_hand(), Item.id.not_in(in_doubt(session, file))
    present = session.scalars(select(Item.document_type).where(*sound)).all()
    if absent := unproven(found, causes, present):
        raise CauseUnproven(found=found.label, missing=together([kind.label for kind in absent]))


def _inputs(
    household: Household, found: Found, proof: Item, *, rests_on: HardshipClass | None
) -> dict[str, Any]:  # fmt: skip
    """What the class was determined by, as plain values; `rests_on` is the class whose causes are to be proven."""
    return {
        **_facts(household, proof),
        "other_causes": sorted(found.other_causes),
        "rests_on": rests_on,
        "months_below": found.months_below,
        "relief": found.relieved,
        "still_hard": found.still_hard,
        "union_member": found.union_member,
        "exclusions": {each.value: found.exclusions[each] for each in Exclusion},
        "document": proof.title,
        "item": proof.id,
    }


def _facts(household: Household, proof: Item) -> dict[str, Any]:
    income = household.monthly_income_per_head
    return {
        "monthly_income_per_head": None if income is None else f"{income:.2f}",
        "members": sorted(member.person_id for member in household.present_members),
        "main_cause": household.main_cause.value,
        "employment": household.employment.value,
        "dated": proof.dated,
    }


def _as_proposed(row: Determination, household: Household, proof: Item, book: Rulebook) -> bool:
    """Whether figures and rules are those of the proposal."""
    same = all(row.assessment["inputs"][key] == value for key, value in _facts(household, proof).items())
    return same and row.rules == book.frozen(*BOUNDS)


def _excluded(row: Determination, exclusion: Exclusion) -> bool:
    return bool(row.assessment["inputs"]["exclusions"][exclusion.value])


def _why_not(row: Determination) -> str:
    reasons = "；".join(each["text"]["zh"] for each in row.assessment["reasons"])
    return f"{row.proposed_on:%Y-%m-%d}重新认定：{reasons}"


@reduces
def _forget_determinations(session: Session, file: File, _words: Sequence[str]) -> None:
    of_file = Determination.file_id == file.id
    empty(session, of_file, Determination.grounds, Determination.answer_reason)
    for row in determinations_of(session, file):
        row.hardship_class, row.assessment, row.rules = None, {}, {}
