"""What comes after a withdrawal or before it: return to help 返困, corrections, and reviews that a keeper decides."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date

from sqlalchemy import ColumnElement, Select, case, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from accounts.services import approvers_of
from records.files.altering import check_alterable
from records.files.applying import check_nobody_applies
from records.files.duties import Change, note_changes
from records.files.errors import (
    FileActive,
    FileJoined,
    KeptBySecondPerson,
    MadeDue,
    NothingCorrected,
    RetireeKeptByApprover,
    ReturnedBeforeWithdrawn,
    ReturnOfSecondPerson,
    ReviewDecided,
    WorkerDied,
    WorkerGone,
)
from records.files.grounds import check_backdating, check_day_of_approver, check_said, plainly_corrected_since
from records.files.living import (
    EXCLUDING,
    ReviewDecision,
    ReviewGround,
    TwinCause,
    TwinSide,
    Withdrawal,
    WithdrawalReview,
)
from records.files.locking import Question, check_held, household_of, kept_by, lock_file, lock_household
from records.files.models import Custody, File, WithdrawalReason
from records.files.services import (
    already_active,
    answerable,
    changeable,
    check_chosen,
    check_withdrawal_day,
    in_sight,
    last_day_if_withdrawn,
    retention_of_file,
    takes_material,
    withdraw,
)
from records.households.models import Anew, Relation
from records.households.services import PersonAlreadyActive, activate, determine_anew
from units.services import keep_open
from web.rules import NotVisible

JoinedTo = Callable[[Session, File], File]
_joined_to: list[JoinedTo] = []


def joined_to(rule: JoinedTo) -> JoinedTo:
    """Register how a later room finds the file that goes on for one that was joined to it 并户."""
    _joined_to.append(rule)
    return rule


def check_not_joined(session: Session, file: File) -> None:
    """Raise FileJoined, naming the file that goes on, where a file was joined to another one (art. 11)."""
    if file.withdrawal_reason is WithdrawalReason.MERGED:
        lasting = _joined_to[0](session, file)
        raise FileJoined(code=file.code, other=lasting.code, unit=lasting.unit.name)


def active_on(day: date) -> ColumnElement[bool]:
    """True for household files that were active at the end of a day, also where they left help or returned later."""
    gone = exists().where(
        Withdrawal.file_id == File.id,
        Withdrawal.corrected_on.is_(None),
        Withdrawal.withdrawn_on <= day,
        or_(Withdrawal.returned_on.is_(None), Withdrawal.returned_on > day),
    )
    return (File.opened_on <= day) & ~gone


def return_to_help(
    session: Session, file: File, reason: str, *, actor: Actor, on: date, today: date
) -> Withdrawal:  # fmt: skip
    """Decide that a household is taken back into help on the same file 返困, without a new application (art. 12, 13).

    A second person decides it: an approver of the unit, and not who withdrew the file. Raises ReturnOfSecondPerson,
    UnitClosed, SaidTooLittle, AlreadyApplying, or what `restore` raises.
    """
    household = lock_household(session, file, lambda each: _check_second_person(session, each, actor))
    keep_open(session, file.unit)  # nor is its clean-up closed meanwhile, without this file
    check_said(reason, "reason")
    check_nobody_applies(session, {member.person_id: "reason" for member in household.present_members})
    return restore(session, file, reason, actor=actor, on=on, today=today)


def may_return(session: Session, file: File, actor: Actor) -> bool:
    """Whether the actor approves in the unit of a file, and had no hand in its present withdrawal."""
    return actor.may(Permission.APPROVE, file.unit.path) and actor.name not in _who_withdrew(session, file)


def nobody_returns(session: Session, file: File) -> bool:
    """Whether the unit of a file has no approver who had no hand in its withdrawal: the role is to be granted first."""
    others = approvers_of(file.unit.path).where(User.name.not_in(_who_withdrew(session, file)))
    return session.scalar(others.limit(1)) is None


def _who_withdrew(session: Session, file: File) -> set[str]:
    """The sign-in names of everybody who had a hand in the present withdrawal of a file."""
    rows = withdrawals_of(session, file)
    ended = [number for number, row in enumerate(rows, 1) if row.returned_on is not None]
    return {row.noted_by for row in rows[max(ended, default=0) :]}


def _check_second_person(session: Session, file: File, actor: Actor) -> None:
    if not may_return(session, file, actor):
        raise ReturnOfSecondPerson(unit=file.unit.name)


def restore(session: Session, file: File, reason: str, *, actor: Actor, on: date, today: date) -> Withdrawal:
    """Take a household back into help on the same file: the clock stops, and the earlier one stays on record.

    Whoever calls has seen to it that it was decided: by an approver, or by the procedure of a new application.
    Reviews that the withdrawal ended without an answer are opened again, and its class is to be determined anew.
    Raises FileActive, FileJoined, WorkerGone, WorkerDied, ReturnedBeforeWithdrawn, NotAHouseholdFile, or
    AlreadyInActiveFile naming the file that has one of the present members by now (art. 11).
    """
    household = household_of(session, file)
    row = open_withdrawal(session, file)
    check_not_joined(session, file)
    if all(member.relation is not Relation.WORKER for member in household.present_members):
        raise WorkerGone(code=file.code)
    if row.reason is WithdrawalReason.DEATH:
        raise WorkerDied(code=file.code, name=household.worker.person.name)
    if not row.withdrawn_on <= on <= today:
        raise ReturnedBeforeWithdrawn(withdrawn_on=row.withdrawn_on)
    try:
        activate(session, household)
    except PersonAlreadyActive as refused:
        raise already_active(session, refused, field="reason") from refused
    row.returned_on, row.return_reason, row.returned_by = on, reason, actor.name
    file.withdrawn_on = file.withdrawal_reason = None
    file.changed_on = max(on, file.changed_on)
    determine_anew(household, Anew.RETURNED, today)
    audit.record(session, actor.name, "file.returned", file, on=on, reason=reason, kept_through=row.kept_through)
    note_changes(session, file, TwinSide.PAPER, [Change(TwinCause.RETURN, reason)], actor=actor, on=today)
    _reopen_reviews(session, file, actor=actor, on=today)
    return row


def _reopen_reviews(session: Session, file: File, *, actor: Actor, on: date) -> None:
    """Open again what a withdrawal ended without an answer: of each ground the last review, as it stood."""
    last = select(func.max(WithdrawalReview.id)).where(WithdrawalReview.file_id == file.id)
    unanswered = select(WithdrawalReview).where(
        WithdrawalReview.id.in_(last.group_by(WithdrawalReview.ground)),
        WithdrawalReview.decision == ReviewDecision.WITHDRAWN,
        WithdrawalReview.decision_reason.in_([reason.value for reason in WithdrawalReason]),
    )
    for review in session.scalars(unanswered.order_by(WithdrawalReview.id)).all():
        open_review(
            session, file, review.ground, review.found, proposed_by=review.found_by, actor=actor, on=on
        )  # fmt: skip


def correct_withdrawal(
    session: Session,
    file: File,
    withdrawn_on: date,
    reason: WithdrawalReason,
    correction: str,
    *,
    actor: Actor,
    today: date,
) -> Withdrawal:
    """Put the day or the reason of a withdrawal right; what was noted first stays beside it.

    The keeper puts it right; what lets the ten years end sooner than the keeper could have noted it is backdated,
    and an approver's who never kept the file, as is every other day once an approver decided on it. A file that was
    joined to another keeps its day and reason, as the other one has its members since. Raises ReasonOfJoining,
    FileActive, FileJoined, NothingCorrected, WithdrawnBeforeOpened, WithdrawnBeforeReturn, WithdrawnBeforeHelp,
    MadeDue, Backdated, DayOfApprover, SaidTooLittle, NotAHouseholdFile or NotTheKeepersUnit.
    """
    check_chosen(reason)
    lock_household(session, file, lambda each: answerable(each, actor))
    wrong = open_withdrawal(session, file)
    check_not_joined(session, file)
    if (wrong.withdrawn_on, wrong.reason) == (withdrawn_on, reason):
        raise NothingCorrected(code=file.code, on=withdrawn_on)
    check_withdrawal_day(session, file, withdrawn_on, today=today)
    _check_not_made_due(file, withdrawn_on, today)
    check_alterable(session, file)
    since = plainly_corrected_since(session, file, wrong)
    moved, back = withdrawn_on != wrong.withdrawn_on, withdrawn_on < min(since, wrong.withdrawn_on)
    if back:
        check_backdating(session, file, since, withdrawn_on, correction, actor, said_in="correction")
    elif moved and wrong.backdated:
        check_day_of_approver(session, file, wrong, correction, actor)
    else:
        changeable(file, actor, Permission.FILE)
    wrong.corrected_on, wrong.correction_reason, wrong.corrected_by = today, correction, actor.name
    session.flush()
    right = Withdrawal(
        file=file,
        file_id=file.id,
        withdrawn_on=withdrawn_on,
        reason=reason,
        remarks=correction,
        noted_by=actor.name,
        noted_on=today,
        backdated=back or wrong.backdated,
    )
    session.add(right)
    file.withdrawn_on, file.withdrawal_reason = withdrawn_on, reason
    audit.record(
        session, actor.name, "file.withdrawal_corrected", file,
        before={"withdrawn_on": wrong.withdrawn_on, "reason": wrong.reason},
        after={"withdrawn_on": withdrawn_on, "reason": reason}, remarks=correction,
    )  # fmt: skip
    change = Change(TwinCause.WITHDRAWAL, correction)
    note_changes(session, file, TwinSide.PAPER, [change], actor=actor, on=today)
    return right


def open_withdrawal(session: Session, file: File) -> Withdrawal:
    """The withdrawal that counts now; raises FileActive."""
    row = session.scalar(
        select(Withdrawal).where(
            Withdrawal.file_id == file.id, Withdrawal.returned_on.is_(None), Withdrawal.corrected_on.is_(None)
        )
    )
    if row is None:
        raise FileActive(code=file.code)
    return row


def withdrawals_of(session: Session, file: File) -> list[Withdrawal]:
    """Every withdrawal of a file, those corrected too, the earliest entry first."""
    return list(session.scalars(select(Withdrawal).where(Withdrawal.file_id == file.id).order_by(Withdrawal.id)))


def day_decided_by(session: Session, row: Withdrawal) -> str | None:
    """The sign-in name of who decided on the day of a withdrawal that is backdated; None of another one.

    A correction of the reason alone leaves the day to who decided on it.
    """
    same_day = select(Withdrawal.noted_by).where(
        Withdrawal.file_id == row.file_id,
        Withdrawal.withdrawn_on == row.withdrawn_on,
        Withdrawal.backdated,
        Withdrawal.id <= row.id,
    )
    return session.scalar(same_day.order_by(Withdrawal.id).limit(1)) if row.backdated else None


def day_backdated_by(name: str) -> ColumnElement[bool]:
    """True for files whose day of withdrawal, as it counts now, somebody backdated 倒签, known by the sign-in name.

    A correction of the reason alone leaves the day to who decided on it.
    """
    first = select(func.min(Withdrawal.id)).where(
        Withdrawal.file_id == File.id, Withdrawal.withdrawn_on == File.withdrawn_on, Withdrawal.backdated
    )
    decided = select(Withdrawal.id).where(
        Withdrawal.id == first.correlate(File).scalar_subquery(), Withdrawal.noted_by == name
    )
    return decided.correlate(File).exists()


def answered_for(session: Session, file: File, on: date) -> User | None:
    """The keeper who answered for a file on a day (art. 16)."""
    kept = select(User).join(Custody, Custody.keeper_id == User.id).where(
        Custody.file_id == file.id, Custody.from_on <= on, or_(Custody.until_on.is_(None), Custody.until_on >= on)
    )  # fmt: skip
    return session.scalar(kept.order_by(Custody.id.desc()).limit(1))


def visible_withdrawal(session: Session, withdrawal_id: int, actor: Actor) -> Withdrawal:
    """One withdrawal of a file in the reader's sight; raises NotVisible."""
    row = session.scalar(
        select(Withdrawal).join(Withdrawal.file).join(File.unit).where(Withdrawal.id == withdrawal_id, in_sight(actor))
    )
    if row is None:
        raise NotVisible
    return row


def suggest_withdrawal(
    session: Session, file: File, ground: ReviewGround, found: str, *, actor: Actor, on: date
) -> WithdrawalReview:
    """Note what came up of an active household, for its keeper to decide (art. 4, 10).

    Raises NotAHouseholdFile, FileWithdrawn or NotTheKeepersUnit.
    """
    lock_household(session, file, kept_by(actor))
    takes_material(file)
    return open_review(session, file, ground, found, actor=actor, on=on)


def open_review(
    session: Session,
    file: File,
    ground: ReviewGround,
    found: str,
    *,
    proposed_by: str | None = None,
    actor: Actor,
    on: date,
) -> WithdrawalReview:
    """Open a review of a file, or add what was found to the one open on the same ground; the caller has it locked.

    The one of a household that moved begins anew where it moves again: what was found of the place before is not asked.
    `proposed_by` is who proposed the determination that found it, where there is one.
    """
    check_held(session, file)
    review = undecided_review(session, file, ground)
    if review is None or ground is ReviewGround.MOVED:
        review = review or WithdrawalReview(file=file, file_id=file.id, ground=ground)
        session.add(review)
        review.found, review.opened_on, review.opened_by = found, on, actor.name
    elif found not in review.found:
        review.found = f"{review.found}；{found}"
    review.proposed_by = proposed_by or review.proposed_by
    session.flush()
    audit.record(session, actor.name, "review.opened", review, file=file.code, ground=ground, found=found)
    return review


def undecided_review(session: Session, file: File, ground: ReviewGround) -> WithdrawalReview | None:
    """The review of a file on a ground that waits for a decision, if there is one."""
    return session.scalar(
        select(WithdrawalReview).where(
            WithdrawalReview.file_id == file.id,
            WithdrawalReview.ground == ground,
            WithdrawalReview.decided_on.is_(None),
        )
    )


def undecided_reviews(session: Session, file: File) -> int:
    """How many reviews of a file wait for a decision."""
    waiting = (WithdrawalReview.file_id == file.id) & WithdrawalReview.decided_on.is_(None)
    return session.scalar(select(func.count(WithdrawalReview.id)).where(waiting)) or 0


def keep_after_review(session: Session, review: WithdrawalReview, reason: str, *, actor: Actor, on: date) -> None:
    """Decide that the household stays in help, with the reason.

    What two people have found is set aside by an approver of the unit who did not propose it, as by a determination
    that finds otherwise; that a retiree is helped on, by an approver who did not note it (art. 10). Raises
    ReviewDecided, NotTheKeepersUnit, KeptBySecondPerson or RetireeKeptByApprover.
    """
    _lock_undecided(session, review, lambda file: answerable(file, actor))
    if review.found_by is None:
        changeable(review.file, actor, Permission.FILE)
    elif not may_keep(review, actor):
        refusal = RetireeKeptByApprover if review.ground is ReviewGround.RETIRED else KeptBySecondPerson
        raise refusal(unit=review.file.unit.name)
    decide_to_keep(session, review, reason, actor=actor, on=on)


def may_keep(review: WithdrawalReview, actor: Actor) -> bool:
    """Whether the actor may decide that the household stays: a keeper, or an approver over what another has found."""
    needed = Permission.FILE if review.found_by is None else Permission.APPROVE
    return actor.may(needed, review.unit_path) and actor.name != review.found_by


def waits_for(actor: Actor) -> ColumnElement[bool]:
    """True for reviews that the actor may decide, as `may_keep` or the keeper who withdraws, beside file and unit."""
    of_retired = case((WithdrawalReview.ground == ReviewGround.RETIRED, WithdrawalReview.opened_by))
    found_by = func.coalesce(WithdrawalReview.proposed_by, of_retired)  # as `WithdrawalReview.found_by`
    keeps = found_by.is_not(None) & (found_by != actor.name) & in_sight(actor, Permission.APPROVE)
    return WithdrawalReview.decided_on.is_(None) & (in_sight(actor, Permission.FILE) | keeps)


def excluded_since(session: Session, file_ids: Collection[int]) -> Mapping[int, date]:
    """Since when the households of some files are reviewed for what two people found of article 4, by file."""
    rows = session.execute(
        select(WithdrawalReview.file_id, func.min(WithdrawalReview.opened_on).label("since"))
        .where(
            WithdrawalReview.file_id.in_(file_ids),
            WithdrawalReview.ground.in_(EXCLUDING),
            WithdrawalReview.proposed_by.is_not(None),
            WithdrawalReview.decided_on.is_(None),
        )
        .group_by(WithdrawalReview.file_id)
    )
    return {row.file_id: row.since for row in rows}


def returns_of(session: Session, file_ids: Collection[int]) -> Mapping[int, Sequence[Withdrawal]]:
    """The withdrawals of some files that a return ended, by file."""
    ended = select(Withdrawal).where(Withdrawal.file_id.in_(file_ids), Withdrawal.returned_on.is_not(None))
    rows: dict[int, list[Withdrawal]] = {}
    for row in session.scalars(ended.order_by(Withdrawal.id)):
        rows.setdefault(row.file_id, []).append(row)
    return rows


def asked_of_article_4() -> ColumnElement[bool]:
    """True for files whose household is under review for what article 4 excludes."""
    return exists().where(
        WithdrawalReview.file_id == File.id,
        WithdrawalReview.ground.in_(EXCLUDING),
        WithdrawalReview.decided_on.is_(None),
    )


def decide_to_keep(session: Session, review: WithdrawalReview, reason: str, *, actor: Actor, on: date) -> None:
    """Decide an open review of a file that is locked: the household stays."""
    check_held(session, review.file)
    review.decided_on, review.decision, review.decided_by = on, ReviewDecision.KEPT, actor.name
    review.decision_reason = reason
    audit.record(
        session, actor.name, "review.decided", review, file=review.file.code, decision=review.decision, reason=reason
    )


def withdraw_after_review(
    session: Session, review: WithdrawalReview, reason: str, *, actor: Actor, on: date, today: date
) -> Withdrawal:
    """Decide that the household is withdrawn, and withdraw it as of a day.

    Raises ReviewDecided, or what `withdraw` raises.
    """
    _lock_undecided(session, review, kept_by(actor))
    row = withdraw(session, review.file, review.ground.reason, actor=actor, on=on, today=today, remarks=reason)
    review.decision_reason = reason
    return row


def visible_reviews(actor: Actor, permission: Permission = Permission.READ) -> Select[WithdrawalReview]:
    """Reviews of files in the actor's sight, with file and unit."""
    return (
        select(WithdrawalReview)
        .join(WithdrawalReview.file)
        .join(File.unit)
        .where(in_sight(actor, permission))
        .options(joinedload(WithdrawalReview.file).joinedload(File.unit))
    )


def visible_review(
    session: Session, review_id: int, actor: Actor, permission: Permission = Permission.READ
) -> WithdrawalReview:
    """One review in the actor's scope; raises NotVisible or NotTheKeepersUnit."""
    review = session.scalar(visible_reviews(actor).where(WithdrawalReview.id == review_id))
    if review is None:
        raise NotVisible
    changeable(review.file, actor, permission)
    return review


def _check_not_made_due(file: File, withdrawn_on: date, today: date) -> None:
    """Raise MadeDue where a day so corrected would end a period that runs still, and has ended it already (art. 15)."""
    now, then = retention_of_file(file).last_day_kept, last_day_if_withdrawn(file, withdrawn_on)
    if now is not None and then is not None and then < min(now, today):
        raise MadeDue(code=file.code, until=now, then=then)


def _lock_undecided(session: Session, review: WithdrawalReview, may: Question) -> None:
    lock_file(session, review.file, may)
    session.refresh(review, with_for_update={"of": WithdrawalReview})
    if review.decided_on is not None:
        raise ReviewDecided(on=review.decided_on)
