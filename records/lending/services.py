"""Lending, renewing, recalling, taking back; and who has what."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission, Role
from accounts.scope import within
from accounts.services import leaving_rule
from classification.codes import as_scanned
from classification.rulebook import LENDING_KINDS
from classification.text import Label
from records.files.access import sees
from records.files.models import File, Item
from records.files.services import in_sight, visible_files, visible_items
from records.files.stubs import reduces, strike
from records.holdings.away import Away, away_of
from records.holdings.being_read import check_not_being_read
from records.holdings.condition import note_returned
from records.holdings.copies import check_there, fits, last_spot, lock_copy, put
from records.holdings.errors import UnknownBarcode
from records.holdings.models import Box, Condition, PaperCopy, Spot
from records.holdings.scanned import box_named, copy_named, place_named
from records.lending.containment import approval_needs, undecided
from records.lending.errors import (
    UNION_USE_ONLY,
    AccountClosed,
    AlreadyRenewed,
    AlreadyReturned,
    ApprovalNeeded,
    BorrowerSeesNot,
    BoxIsOut,
    BoxScanned,
    CopyMissing,
    CopyOnLoan,
    FileScanned,
    ItemScanned,
    JustLent,
    JustReturned,
    LoanTooLong,
    LongerThanApproved,
    LongerThanGranted,
    MayNotBorrow,
    NobodyNamed,
    OtherUnitsCopy,
    OutsideBorrower,
    PaperStillOut,
    PassedOn,
    PassedToYou,
    PlaceScanned,
    PutAsideForAnother,
    RecalledAlready,
    SomebodyWaits,
    TooLateToRenew,
    UnknownPerson,
    WithSomebodyElse,
)
from records.lending.models import Loan, LoanRequest, RequestState
from records.lending.needed_here import check_not_needed_here
from records.lending.overdue import not_renewed_before, reason_to_lend
from records.lending.queue import aside_of, lock_queue, offer, put_aside_for, settle
from rules.calendar import working_calendar
from rules.services import rulebook
from units.models import Unit
from web.language import N_
from web.rules import NotVisible, RuleViolation

JUST_NOW = timedelta(minutes=1)
DUE_SOON = timedelta(days=3)
LENT = N_("Lent")
TAKEN_BACK = N_("Taken back")
FOUND_DAMAGED = "借阅归还时发现破损"  # in the case, which is kept in Chinese


def lend(
    session: Session,
    copy: PaperCopy,
    to: User,
    *,
    purpose: str,
    days: int,
    actor: Actor,
    at: datetime,
    on: date,
    as_asked: bool = False,
    despite: str | None = None,
) -> Loan:
    """Lend a paper copy for `days` calendar days, the day of lending not counted (art. 17).

    Where it serves a request the purpose is that of the request, and the days are at most those approved; with
    `as_asked` they are just those, and `days` is for what nobody had asked for. `despite` says why somebody is lent
    to who has something of the unit overdue for longer than its rule bears.

    Who lends may be who borrows: what counts is that the copy is known to be with them. Raises CopyOnLoan, CopyMissing,
    CopyDestroyed, OutsideBorrower, MayNotBorrow, AccountClosed, LoanTooLong, LongerThanApproved, BorrowerSeesNot,
    PutAsideForAnother, ApprovalNeeded, NeededHere, OverdueFirst, SaidTooLittle, or NotTheKeepersUnit where the actor
    does not keep it.
    The due day is an open one: where the days end on a free day it is the next working day. What the borrower had asked
    for is served by it.
    """
    unit = copy.item.file.unit
    check_own(copy, actor)
    check_borrower(to)
    lock_queue(session, unit)
    lock_copy(session, copy)  # two desks, one copy: the second one waits
    check_there(copy)
    if earlier := open_loan(session, copy):
        raise CopyOnLoan(barcode=copy.barcode, borrower=earlier.borrower.display_name, due_on=earlier.due_on)
    check_found(copy)
    check_not_needed_here(session, copy, at=at)
    settle(session, unit, at=at, on=on)
    request = _request_served(session, copy, to, on)
    if request is not None:
        purpose, days = request.purpose, request.days_allowed if as_asked else days
        if days > request.days_allowed:
            raise LongerThanApproved(number=request.number, days=request.days_allowed)
    check_days(session, unit, days, on)
    lent_despite = reason_to_lend(session, to, unit, despite, on)
    loan = Loan(
        copy=copy,
        borrower=to,
        request=request,
        from_box_id=copy.box_id,
        purpose=purpose,
        lent_despite=lent_despite,
        lent_on=on,
        due_on=working_calendar(session).open_day(on + timedelta(days=days)),
        renewals_count=0,
        lent_by=actor.name,
        moved_at=at,
        condition_on_lending=copy.condition,
    )
    session.add(loan)
    session.flush()
    put(session, copy, to, actor=actor, at=at, reason=LENT)
    audit.record(
        session, actor.name, "loan.opened", loan, barcode=copy.barcode, borrower=to.name, due_on=loan.due_on,
        purpose=purpose, lent_despite=loan.lent_despite,
    )  # fmt: skip
    if request is not None:
        _serve(session, request, copy, at=at, on=on)
    return loan


def renew(session: Session, loan: Loan, *, days: int, actor: Actor, on: date) -> None:
    """Renew a loan as often as the rule allows, by `days` calendar days from the day it is due, up to an open day.

    Where the leader granted fewer days than were asked for it does not lead past them, see `granted_until`. Raises
    AlreadyReturned, AlreadyRenewed, TooLateToRenew, RecalledAlready, OverdueNotRenewed, SomebodyWaits, LoanTooLong,
    LongerThanGranted or NotTheKeepersUnit.
    """
    lock_open(session, loan, actor)
    check_days(session, loan.copy.item.file.unit, days, on)
    if refusal := why_not_renewed(session, loan, on):
        raise refusal
    before, due_on = loan.due_on, working_calendar(session).open_day(loan.due_on + timedelta(days=days))
    until = granted_until(session, loan)
    if until is not None and due_on > until and loan.request is not None:
        raise LongerThanGranted(number=loan.request.number, days=loan.request.days_allowed, until=until)
    loan.due_on = due_on
    loan.renewals_count += 1
    audit.record(session, actor.name, "loan.renewed", loan, before=before, due_on=loan.due_on)


def take_back(
    session: Session,
    loan: Loan,
    *,
    actor: Actor,
    at: datetime,
    on: date,
    condition: Condition | None = None,
    remarks: str | None = None,
    to: Spot | None = None,
) -> Spot:
    """Take a copy back: it returns to the box or place it was taken from, which is the answer.

    Where its file has passed to another unit meanwhile, that unit says `to` which of its own boxes or places.

    Without `condition` the copy came back as it is on record; one that comes back damaged, and was not on record so, is
    reported as an incident at once, whose number the loan has then (art. 19). A repair is noted apart. Where somebody
    waits for it, it is put aside for them there, as `aside_of` says. Raises AlreadyReturned, NotTheKeepersUnit,
    DamagedBefore, PassedToYou, OtherUnitsPlace, BoxMixed, BoxRetired, or what reporting an incident raises.
    """
    lock_open(session, loan, actor)
    copy = loan.copy
    happened = FOUND_DAMAGED + (f"：{remarks}" if remarks else "")
    case = note_returned(session, copy, condition, happened, reason=TAKEN_BACK, actor=actor, at=at, on=on)
    loan.case_number = case or loan.case_number
    spot = last_spot(session, copy)
    if spot.unit_id != copy.item.file.unit_id:
        if to is None:
            raise PassedToYou(barcode=copy.barcode, giver=spot.unit.name, unit=copy.item.file.unit.name)
        spot = fits(session, copy.item, to)
    put(session, copy, spot, actor=actor, at=at, reason=TAKEN_BACK)
    loan.returned_on, loan.taken_back_by, loan.moved_at = on, actor.name, at
    loan.condition_on_return, loan.remarks = copy.condition, remarks
    audit.record(
        session, actor.name, "loan.closed", loan, barcode=copy.barcode, borrower=loan.borrower.name,
        condition=copy.condition, remarks=remarks, case=loan.case_number,
    )  # fmt: skip
    settle(session, copy.item.file.unit, at=at, on=on)
    offer(session, [copy], at=at, on=on)
    return spot


@dataclass(frozen=True)
class Scanned:
    """What a scan at the desk did: `spot` is where a copy taken back belongs, None where it was lent.

    `aside` is the request for which a copy taken back is put aside at once; `box_out` says who has the box it belongs
    in, and until when, where that is out itself.
    """

    loan: Loan
    spot: Spot | None
    aside: LoanRequest | None = None
    box_out: Away | None = None


def came_back(session: Session, loan: Loan, spot: Spot) -> Scanned:
    """What is to be said of a copy just taken back: where it belongs, for whom it is kept, who has its box."""
    aside = aside_of(session, loan.copy)
    away = away_of(session, [spot.id]).get(spot.id) if isinstance(spot, Box) else None
    return Scanned(loan, spot, aside.request if aside else None, away)


def scan(
    session: Session,
    barcode: str,
    borrower: User | None,
    *,
    purpose: str,
    days: int,
    condition: Condition | None,
    actor: Actor,
    at: datetime,
    on: date,
    seen_at: datetime | None = None,
    as_asked: bool = False,
    despite: str | None = None,
    to: Spot | None = None,
) -> Scanned:
    """Take the copy with this barcode back if it is out, lend it to `borrower` if it is in.

    `seen_at` is when the page was made from which the scan came: a copy that changed hands a moment ago, after that, is
    left where it is, or the second of two desks, or of two scans in a row, would undo what the first one did. A copy
    out with somebody else than the person named stays out too. Raises JustLent, JustReturned, WithSomebodyElse,
    CopyMissing, CopyBeingRead, NobodyNamed, what `copy_scanned` raises, and what `lend` and `take_back` raise.
    """
    copy = copy_scanned(session, barcode, actor)
    lock_queue(session, copy.item.file.unit)
    lock_copy(session, copy)
    _unchanged(session, copy, seen_at, at)
    if loan := open_loan(session, copy):
        if borrower is not None and borrower.id != loan.borrower_id:
            raise WithSomebodyElse(barcode=copy.barcode, borrower=loan.borrower.display_name, due_on=loan.due_on)
        spot = take_back(session, loan, condition=condition, actor=actor, at=at, on=on, to=to)
        return came_back(session, loan, spot)
    check_found(copy)
    check_not_being_read(session, copy)
    if borrower is None:
        raise NobodyNamed(barcode=copy.barcode)
    loan = lend(
        session, copy, borrower, purpose=purpose, days=days, actor=actor, at=at, on=on, as_asked=as_asked,
        despite=despite,
    )  # fmt: skip
    return Scanned(loan, None)


def _unchanged(session: Session, copy: PaperCopy, seen_at: datetime | None, at: datetime) -> None:
    """Raise JustLent or JustReturned where the copy changed hands within the last minute, after `seen_at`."""
    if seen_at is None:
        return
    last = session.scalar(
        select(Loan)
        .where(Loan.copy_id == copy.id, Loan.moved_at > max(seen_at, at - JUST_NOW))
        .order_by(Loan.id.desc())
        .limit(1)
        .options(joinedload(Loan.borrower))
    )
    if last is not None:
        refusal = JustLent if last.returned_on is None else JustReturned
        raise refusal(barcode=copy.barcode, borrower=last.borrower.display_name)


def copy_scanned(session: Session, text: str, actor: Actor) -> PaperCopy:
    """The copy with this barcode; what else the text may be is said in words.

    Raises BoxIsOut, BoxScanned, PlaceScanned, FileScanned, ItemScanned, PassedOn or UnknownBarcode.
    """
    try:
        return copy_named(session, text, actor)
    except UnknownBarcode:
        _explain(session, as_scanned(text), actor)
        raise


def person_named(session: Session, text: str, *, field: str = "borrower") -> User:
    """The person with this card number or sign-in name; raises UnknownPerson beside the field that names it."""
    known_as = or_(User.card_number == as_scanned(text), User.name == as_scanned(text).lower())
    found = session.scalar(select(User).where(known_as))
    if found is None:
        refusal = UnknownPerson(text=text)
        refusal.field = field
        raise refusal
    return found


def open_loan(session: Session, copy: PaperCopy) -> Loan | None:
    """The loan a copy is out on, or None while it is in its place."""
    return session.scalar(
        select(Loan)
        .where(Loan.copy_id == copy.id, Loan.returned_on.is_(None))
        .options(joinedload(Loan.copy), joinedload(Loan.borrower))
    )


def due_soon(on: date) -> ColumnElement[bool]:
    """True for loans that fall due today or within three days."""
    return Loan.returned_on.is_(None) & Loan.due_on.between(on, on + DUE_SOON)


def most_renewals(session: Session, loan: Loan, on: date) -> int:
    """How often a loan may be renewed by the rule of the keeping unit."""
    return rulebook(session, loan.copy.item.file.unit, on).whole("loan_renewals")


def granted_until(session: Session, loan: Loan) -> date | None:
    """Until when a loan may last at most where the leader granted fewer days than were asked for; None elsewhere.

    It is an open day: where the days end on a free one, the next.
    """
    request = loan.request
    if request is None or request.granted_days is None or request.granted_days >= request.days:
        return None
    return working_calendar(session).open_day(loan.lent_on + timedelta(days=request.granted_days))


def why_not_renewed(session: Session, loan: Loan, on: date) -> RuleViolation | None:
    """Why no renewal of an open loan would be granted today, however short: the page says it, and `renew` asks anew."""
    barcode, unit, until = loan.copy.barcode, loan.copy.item.file.unit, granted_until(session, loan)
    if until is not None and loan.due_on >= until and loan.request is not None:
        return LongerThanGranted(number=loan.request.number, days=loan.request.days_allowed, until=until)
    if loan.renewals_count >= most_renewals(session, loan, on):
        return AlreadyRenewed(barcode=barcode, count=loan.renewals_count)
    if loan.late(on):
        return TooLateToRenew(barcode=barcode, due_on=loan.due_on)
    if loan.recalled_on is not None:
        return RecalledAlready(barcode=barcode, on=loan.recalled_on, due_on=loan.due_on)
    if refusal := not_renewed_before(session, loan.borrower, unit, on):
        return refusal
    if waiting := first_waiting(session, loan):
        return SomebodyWaits(barcode=barcode, name=waiting.requester.display_name, due_on=loan.due_on)
    return None


def first_waiting(session: Session, loan: Loan) -> LoanRequest | None:
    """Who in the queue has the copy next once it is back."""
    return next(iter(all_waiting(session, loan)), None)


def all_waiting(session: Session, loan: Loan) -> Sequence[LoanRequest]:
    """Everybody in the queue who waits for the copy, who has it next first."""
    copy = loan.copy
    in_box = and_(LoanRequest.box_id.is_not(None), LoanRequest.box_id == loan.from_box_id)
    return session.scalars(
        select(LoanRequest)
        .where(
            LoanRequest.state == RequestState.QUEUED,
            LoanRequest.requester_id != loan.borrower_id,
            or_(LoanRequest.item_id == copy.item_id, LoanRequest.file_id == copy.item.file_id, in_box),
        )
        .order_by(LoanRequest.queue_number)
        .options(joinedload(LoanRequest.requester))
    ).all()


def _request_served(session: Session, copy: PaperCopy, to: User, on: date) -> LoanRequest | None:
    """The request that lending a copy to somebody serves, None where nobody had asked.

    Raises BorrowerSeesNot, asked for or not, PutAsideForAnother, and ApprovalNeeded where the rule of the unit wants
    the leader's and nobody gave it.
    """
    file = copy.item.file
    if not sees(to.actor, file):
        raise BorrowerSeesNot(barcode=copy.barcode, name=to.display_name, code=file.code)
    aside = aside_of(session, copy)
    if aside is not None and aside.request.requester_id != to.id:
        raise PutAsideForAnother(
            barcode=copy.barcode, name=aside.request.requester.display_name, number=aside.request.number
        )
    request = aside.request if aside else session.scalar(
        select(LoanRequest).where(
            LoanRequest.requester_id == to.id,
            LoanRequest.item_id == copy.item_id,
            LoanRequest.state.in_((RequestState.QUEUED, RequestState.READY)),
        )
    )  # fmt: skip
    rule = rulebook(session, file.unit, on).names("loan_approval")
    needs = undecided(request, [copy.item], rule) if request else approval_needs([copy.item], file.unit, to, rule)
    if needs:
        raise ApprovalNeeded(barcode=copy.barcode, name=to.display_name, needs=needs_in_words(needs))
    return request


def needs_in_words(needs: Sequence[str]) -> Label:
    """Why the leader is asked, in words."""
    named = [label for key, label in LENDING_KINDS if key in needs]
    return Label("、".join(label.zh for label in named), ", ".join(label.en for label in named))


def _serve(session: Session, request: LoanRequest, copy: PaperCopy, *, at: datetime, on: date) -> None:
    """Note that a copy was lent for a request, which is served with the last one put aside for it.

    Of a file or box that is still being put together the reader may take a part; the rest is waited for.
    """
    freed = []
    for row in put_aside_for(session, request):
        if row.copy_id == copy.id or request.item_id is not None:
            row.until_at = at
            freed.append(row.copy)
    session.flush()
    whole = request.item_id is not None or request.state is RequestState.READY
    if whole and not put_aside_for(session, request):
        request.state, request.ended_at = RequestState.LENT, at
        session.flush()
    offer(session, freed, at=at, on=on)


def overdue(on: date) -> ColumnElement[bool]:
    """True for loans that are open after their due day 逾期."""
    return Loan.returned_on.is_(None) & (Loan.due_on < on)


def late_loans(session: Session, borrower: User, actor: Actor, on: date) -> Sequence[Loan]:
    """What a borrower should have brought back by now, as far as the actor sees it, the latest first."""
    query = visible_loans(actor).where(Loan.borrower_id == borrower.id, overdue(on))
    return session.scalars(query.order_by(Loan.due_on, Loan.id)).all()


def visible_loans(actor: Actor) -> Select[Loan]:
    """Loans of copies in the actor's sight, and the actor's own; every list of loans begins here.

    Of one's own, whoever has no role any more sees what is still to be brought back, and nothing of what was read.
    """
    own = Loan.borrower_id == actor.user_id
    if not actor.may(Permission.READ):
        own &= Loan.returned_on.is_(None)
    return (
        select(Loan)
        .join(Loan.copy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .join(Loan.borrower)
        .where(in_sight(actor) | own)
        .options(
            contains_eager(Loan.copy)
            .contains_eager(PaperCopy.item)
            .contains_eager(Item.file)
            .contains_eager(File.unit),
            contains_eager(Loan.borrower),
        )
    )  # fmt: skip


def names_borrower(actor: Actor) -> ColumnElement[bool]:
    """True for loans of which the actor is told who borrowed and for what: at the desk, who decides, who inspects.

    Others who may read a file are told that it is on loan, and until when. The query joins the Unit that keeps it.
    """
    return within(Unit.path, actor.told_of_borrowers) | (Loan.borrower_id == (actor.user_id or 0))


def knows_borrower(loan: Loan, actor: Actor) -> bool:
    """Whether `names_borrower` holds for a loan."""
    return loan.borrower_id == actor.user_id or actor.told_of_borrowers.covers(loan.unit_path)


def visible_loan(session: Session, loan_id: int, actor: Actor) -> Loan:
    """One loan in the actor's scope; raises NotVisible."""
    loan = session.scalar(visible_loans(actor).where(Loan.id == loan_id))
    if loan is None:
        raise NotVisible
    return loan


@dataclass(frozen=True)
class Holding:
    """What one person has: how many copies, how many of them late, and the day the first is due."""

    borrower: User
    unit_name: str
    copies_count: int
    late_count: int
    first_due_on: date


def holders(session: Session, actor: Actor, on: date) -> list[Holding]:
    """Who has what, who is latest first, as far as the actor is told."""
    visible = visible_loans(actor).where(Loan.returned_on.is_(None), names_borrower(actor)).with_only_columns(Loan.id)
    rows = session.execute(
        select(
            User,
            Unit.name,
            func.count(Loan.id),
            func.count(Loan.id).filter(overdue(on)),
            func.min(Loan.due_on),
        )
        .join(Loan, Loan.borrower_id == User.id)
        .join(Unit, Unit.path == User.unit_path)
        .where(Loan.id.in_(visible))
        .group_by(User.id, Unit.name)
        .order_by(func.min(Loan.due_on), User.id)
    )
    return [Holding(*row) for row in rows]


def check_own(copy: PaperCopy, actor: Actor) -> None:
    """Raise OtherUnitsCopy unless the actor lends for the unit that keeps a copy."""
    file = copy.item.file
    if not actor.may(Permission.LEND, file.unit.path):
        raise OtherUnitsCopy(barcode=copy.barcode, unit=file.unit.name)


def check_found(copy: PaperCopy) -> None:
    """Raise CopyMissing where a copy is on record as lost, also when it is brought to the desk (art. 19)."""
    if copy.missing_since is not None:
        raise CopyMissing(barcode=copy.barcode, since=copy.missing_since, case=copy.missing_case)


def lock_open(session: Session, loan: Loan, actor: Actor) -> None:
    """Take the unit's turn and hold an open loan until commit; raises AlreadyReturned or NotTheKeepersUnit."""
    check_own(loan.copy, actor)
    lock_queue(session, loan.copy.item.file.unit)
    lock_copy(session, loan.copy)
    session.refresh(loan, ["returned_on", "renewals_count", "due_on", "recalled_on"])
    if loan.returned_on is not None:
        raise AlreadyReturned(barcode=loan.copy.barcode, on=loan.returned_on)


@leaving_rule
def paper_is_back(session: Session, user: User) -> None:
    """Raise PaperStillOut while the person has paper on loan, of whichever unit (art. 17)."""
    open_loans = select(Loan).where(Loan.borrower_id == user.id, Loan.returned_on.is_(None))
    out = session.scalars(open_loans.order_by(Loan.due_on, Loan.id).options(joinedload(Loan.copy))).all()
    if out:
        barcodes = "、".join(loan.copy.barcode for loan in out[:5])
        raise PaperStillOut(name=user.display_name, count=len(out), barcodes=barcodes)


def check_borrower(to: User) -> None:
    """Raise AccountClosed, OutsideBorrower or MayNotBorrow unless the person may be lent to (art. 17)."""
    if to.closed_at is not None:
        raise AccountClosed(name=to.display_name)
    if to.actor.may(Permission.BORROW):
        return
    if to.actor.holds(Role.INQUIRER):
        raise OutsideBorrower(name=to.display_name, quote=UNION_USE_ONLY.quote)
    raise MayNotBorrow(name=to.display_name)


def longest_days(session: Session, unit: Unit, on: date) -> int:
    """For how many calendar days a unit lends at most, by its rule; each renewal adds as many at most."""
    return rulebook(session, unit, on).whole("loan_days")


def check_days(session: Session, unit: Unit, days: int, on: date) -> None:
    """Raise LoanTooLong unless a loan of the unit may run for so many calendar days."""
    longest = longest_days(session, unit, on)
    if not 1 <= days <= longest:
        raise LoanTooLong(longest=longest)


def _explain(session: Session, text: str, actor: Actor) -> None:
    """Raise the refusal that says what a text is that is no barcode of a copy; nothing where it is unknown."""
    if file := session.scalar(visible_files(actor).where(File.code == text)):
        raise FileScanned(code=file.code, title=file.title)
    if item := session.scalar(visible_items(actor).where(Item.code == text)):
        barcodes = session.scalars(select(PaperCopy.barcode).where(PaperCopy.item_id == item.id).order_by(PaperCopy.id))
        raise ItemScanned(code=item.code, title=item.title, barcodes=", ".join(barcodes) or "—")
    with suppress(UnknownBarcode):
        box = box_named(session, text, actor)
        _explain_box_out(session, box)
        raise BoxScanned(barcode=box.barcode, address=box.address)
    with suppress(UnknownBarcode):
        place = place_named(session, text, actor)
        raise PlaceScanned(barcode=place.barcode, address=place.address)
    copy = session.scalar(select(PaperCopy).where(PaperCopy.barcode == text))
    if copy and actor.may(Permission.LEND, last_spot(session, copy).unit.path):
        raise PassedOn(barcode=copy.barcode, unit=copy.item.file.unit.name)


def _explain_box_out(session: Session, box: Box) -> None:
    """Raise BoxIsOut where something is out still that was lent with the whole box."""
    loan = session.scalar(
        select(Loan)
        .join(Loan.request)
        .where(Loan.returned_on.is_(None), Loan.from_box_id == box.id, LoanRequest.box_id == box.id)
        .order_by(Loan.id)
        .limit(1)
        .options(joinedload(Loan.borrower), contains_eager(Loan.request))
    )
    if loan is not None and loan.request is not None:
        raise BoxIsOut(barcode=box.barcode, borrower=loan.borrower.display_name, number=loan.request.number)


@reduces
def _forget_loans(session: Session, file: File, words: Sequence[str]) -> None:
    """Who had what and when stays on record; the words that name the household go."""
    copies = select(PaperCopy.id).join(PaperCopy.item).where(Item.file_id == file.id)
    strike(session, Loan.copy_id.in_(copies), words, Loan.purpose, Loan.lent_despite, Loan.remarks, Loan.recall_reason)
