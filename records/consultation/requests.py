"""Requests for consultation 查档: filed, narrowed by the keeper, decided by another, opened, ended (art. 17)."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.roles import Actor, Permission
from accounts.services import names_of
from classification.identity import BadResidentNumber, resident_number
from classification.text import Label
from records.consultation.errors import (
    BadIdentity,
    BadPages,
    BodyAsksForOwnFile,
    DecidesOwnScope,
    IdentityNotSeen,
    ItemClosed,
    LetterMissing,
    NameDiffers,
    NobodySent,
    NoReasonForLeavingOut,
    NotEndedYet,
    NotGivenBack,
    NothingPicked,
    NotTheApprover,
    OpenTooLong,
    OutsideWhatWasAsked,
    OwnFileClosed,
    RequestedAlready,
    ScopeChanged,
    ScreenNeedsAccount,
    WrongState,
)
from records.consultation.letters import Letter
from records.consultation.models import Consultation, ConsultationItem, Inquirer, State, UseEffect, Way
from records.consultation.registration import check_in_force, receives
from records.consultation.scope import (
    MOVED,
    black_parts,
    candidates,
    covered_parts,
    outside_request,
    page_numbers,
    pages_of_items,
    paper_here,
    picked_pages,
)
from records.consultation.seeing import check_own, in_state, still_given
from records.consultation.undertaking import TEXT, VERSION
from records.files.codes import next_in_series
from records.files.models import File, Item
from records.files.services import visible_items
from records.holdings.being_read import being_read
from records.holdings.locking import lock
from records.holdings.models import PaperCopy
from records.lending.needed_here import needs_here
from rules.services import Rulebook, rulebook
from storage.sealing import vault_of
from units.models import Unit
from web.rules import NotVisible

NUMBER_WIDTH = 4


@dataclass(frozen=True)
class Request:
    """What is asked: for what purpose, which records in words, and whose file, by name and number where known."""

    way: Way
    purpose: str
    asked: str
    subject_name: str | None = None
    subject_number: str | None = None
    own_file: bool = False
    letter_number: str | None = None


def file_request(
    session: Session,
    inquirer: Inquirer,
    request: Request,
    letter: Letter | None,
    *,
    actor: Actor,
    at: datetime,
    on: date,
) -> Consultation:
    """File a request with the unit the inquirer is registered with; by the inquirer, or by the keeper for them.

    A person's own file (PIPL art. 45) needs no letter, and is of the person whose identity was confirmed. Sent twice it
    is filed once. Raises NotConfirmed, ReceivedElsewhere, ScreenNeedsAccount, LetterMissing, BodyAsksForOwnFile,
    NobodySent, OwnFileClosed, BadIdentity or RequestedAlready.
    """
    unit = inquirer.unit
    if inquirer.user_id is None or actor.user_id != inquirer.user_id:
        receives(unit, actor)
    lock(session, inquirer)
    check_in_force(inquirer)
    _check_sender(session, inquirer, request, letter, on)
    _check_filed_once(session, inquirer, request)
    vault = vault_of(session)
    if request.own_file:
        sealed, blind = inquirer.number_sealed, inquirer.number_blind
    else:
        number = _checked_number(request, on)
        sealed, blind = (vault.seal(number), vault.blind(number)) if number else (None, None)
    made = Consultation(
        number=next_in_series(session, f"CD-{on.year}-", NUMBER_WIDTH),
        unit=unit,
        inquirer=inquirer,
        way=request.way,
        own_file=request.own_file,
        purpose=request.purpose,
        asked=request.asked,
        subject_name=inquirer.name if request.own_file else request.subject_name,
        subject_number_sealed=sealed,
        subject_number_blind=blind,
        letter_number=request.letter_number,
        letter_key=letter.key if letter else None,
        letter_sha256=letter.sha256 if letter else None,
        letter_size_bytes=letter.size_bytes if letter else None,
        letter_media_type=letter.media_type if letter else None,
        state=State.FILED,
        filed_at=at,
        filed_by=actor.name,
    )
    session.add(made)
    session.flush()
    audit.record(
        session, actor.name, "consultation.filed", made, number=made.number, way=made.way,
        letter_sha256=made.letter_sha256,
    )  # fmt: skip
    return made


def narrow(
    session: Session,
    consultation: Consultation,
    picked: Mapping[int, str | None],
    left_out: str | None,
    *,
    identity_seen: bool,
    actor: Actor,
    at: datetime,
    on: date,
) -> None:
    """Settle which items and pages of what was asked can be shown; until the decision it may be settled anew.

    `picked` maps items to their pages, None for all; without any the request can only be refused. Raises
    ReceivedElsewhere, WrongState, NotConfirmed, IdentityNotSeen, OutsideWhatWasAsked, ItemClosed, BadPages or
    NoReasonForLeavingOut.
    """
    receives(consultation.unit, actor)
    _locked(session, consultation, State.FILED, State.NARROWED, at=at)
    check_in_force(consultation.inquirer)
    if not identity_seen:
        raise IdentityNotSeen
    if not left_out:
        raise NoReasonForLeavingOut
    _check_picked(session, consultation, picked, actor, on)
    for earlier in scope_of(session, consultation):
        session.delete(earlier)
    session.flush()
    session.add_all(
        ConsultationItem(consultation_id=consultation.id, item_id=item_id, pages=pages)
        for item_id, pages in sorted(picked.items())
    )
    consultation.state, consultation.left_out = State.NARROWED, left_out
    consultation.narrowed_at, consultation.narrowed_by, consultation.identity_seen_on = at, actor.name, on
    session.flush()
    audit.record(
        session, actor.name, "consultation.narrowed", consultation, number=consultation.number, items=len(picked)
    )


def decide(
    session: Session,
    consultation: Consultation,
    reason: str,
    *,
    until: datetime | None,
    seen_sha256: str,
    actor: Actor,
    at: datetime,
    on: date,
) -> None:
    """Approve a settled request until a day and hour, or with `until` None refuse it; with the reason.

    Whoever settled the scope does not decide. What is decided is the scope that was seen, by its `scope_digest`. It is
    looked at anew: what was closed meanwhile is not approved. What is black on it then stays so for this reader.
    `until` is a time of the office. Raises NotTheApprover, WrongState, DecidesOwnScope, ScopeChanged, NotConfirmed,
    OwnFileClosed, OpenTooLong, NothingPicked or ItemClosed.
    """
    unit = consultation.unit
    if not actor.may(Permission.APPROVE, unit.path):
        raise NotTheApprover(unit=unit.name)
    _locked(session, consultation, State.NARROWED, at=at)
    if actor.name == consultation.narrowed_by:
        raise DecidesOwnScope(name=actor.display_name, unit=unit.name)
    if scope_digest(session, consultation) != seen_sha256:
        raise ScopeChanged(number=consultation.number)
    if until is not None:
        check_in_force(consultation.inquirer)
        book = rulebook(session, unit, on)
        if consultation.own_file:
            check_own_files_shown(book, unit)
        days = book.whole("consultation_days")
        last = on + timedelta(days=days)
        if until <= at or until.date() > last:
            raise OpenTooLong(last=last, days=days, unit=unit.name)
        _check_still_open(session, consultation, book, on)
        _keep_covered(session, consultation)
    consultation.state = State.REFUSED if until is None else State.APPROVED
    consultation.decided_at, consultation.decided_by, consultation.decision_reason = at, actor.name, reason
    consultation.lapses_at = until
    action = "consultation.refused" if until is None else "consultation.approved"
    audit.record(session, actor.name, action, consultation, number=consultation.number, reason=reason, until=until)


def accept_undertaking(
    session: Session, consultation: Consultation, name: str, *, language: str, actor: Actor, at: datetime
) -> None:
    """Accept the undertaking by name; its text is kept as it was shown, and the reading is open from now on.

    On screen the inquirer accepts it; at the counter the keeper notes that it was signed on paper. Raises WrongState,
    NotVisible, NotConfirmed or NameDiffers.
    """
    if consultation.way is Way.SCREEN:
        check_own(consultation, actor)
    else:
        receives(consultation.unit, actor)
    _locked(session, consultation, State.APPROVED, at=at)
    check_in_force(consultation.inquirer)
    if "".join(name.split()) != "".join(consultation.inquirer.name.split()):
        raise NameDiffers
    consultation.state = State.OPEN
    consultation.undertaking_at, consultation.undertaking_name = at, name
    consultation.undertaking_version, consultation.undertaking_text = VERSION, TEXT.in_language(language)
    audit.record(
        session, actor.name, "consultation.opened", consultation, number=consultation.number, version=VERSION,
        until=consultation.lapses_at,
    )  # fmt: skip


def withdraw_request(session: Session, consultation: Consultation, *, actor: Actor, at: datetime, reason: str) -> None:
    """Take a request back before it was decided; by the inquirer. Raises NotVisible or WrongState."""
    check_own(consultation, actor)
    _locked(session, consultation, State.FILED, State.NARROWED, at=at)
    _end(session, consultation, State.WITHDRAWN, reason, "consultation.withdrawn", actor, at)


def close(session: Session, consultation: Consultation, reason: str, *, actor: Actor, at: datetime) -> None:
    """End a reading before its hour because it has served its purpose; by the inquirer or the keeper, at once.

    Raises ReceivedElsewhere, WrongState, or NotGivenBack while the reader has paper in hand.
    """
    if actor.user_id is None or actor.user_id != consultation.inquirer.user_id:
        receives(consultation.unit, actor)
    _locked(session, consultation, State.APPROVED, State.OPEN, at=at)
    if given := still_given(session, Consultation.id == consultation.id):
        raise NotGivenBack(barcodes="、".join(given))
    _end(session, consultation, State.CLOSED, reason, "consultation.closed", actor, at)


def revoke(session: Session, consultation: Consultation, reason: str, *, actor: Actor, at: datetime) -> None:
    """Take an approval back, at once; by the keeper or an approver of the unit. Raises NotTheApprover or WrongState."""
    unit = consultation.unit
    if not (actor.may(Permission.APPROVE, unit.path) or actor.may(Permission.RECEIVE, unit.path)):
        raise NotTheApprover(unit=unit.name)
    _locked(session, consultation, State.APPROVED, State.OPEN, at=at)
    _end(session, consultation, State.REVOKED, reason, "consultation.revoked", actor, at)


def note_effect(
    session: Session, consultation: Consultation, effect: str, *, actor: Actor, at: datetime, on: date
) -> None:
    """Record what use was made of what was read 利用效果; by the inquirer or the keeper, once the reading is over.

    What was told before stays beside it. Raises ReceivedElsewhere or NotEndedYet.
    """
    if actor.user_id is None or actor.user_id != consultation.inquirer.user_id:
        receives(consultation.unit, actor)
    lock(session, consultation)
    if consultation.undertaking_at is None or not consultation.state_at(at).ended:
        raise NotEndedYet
    session.add(UseEffect(consultation_id=consultation.id, told=effect, told_on=on, told_by=actor.name))
    audit.record(session, actor.name, "consultation.effect_noted", consultation, number=consultation.number)


def scope_of(session: Session, consultation: Consultation) -> Sequence[ConsultationItem]:
    """The items left in the scope, in the order of their codes."""
    return session.scalars(
        select(ConsultationItem)
        .join(ConsultationItem.item)
        .where(ConsultationItem.consultation_id == consultation.id)
        .order_by(Item.code, Item.id)
        .options(contains_eager(ConsultationItem.item).joinedload(Item.file).joinedload(File.unit))
    ).all()


def effects_of(session: Session, consultation: Consultation) -> Sequence[UseEffect]:
    """What was told of the effect of a use, the earliest first."""
    mine = select(UseEffect).where(UseEffect.consultation_id == consultation.id)
    return session.scalars(mine.order_by(UseEffect.id)).all()


def scope_digest(session: Session, consultation: Consultation) -> str:
    """SHA-256 in hex over the scope as an approver sees it: items, pages, what is black on them, what is left out."""
    lines = scope_of(session, consultation)
    parts = black_parts(session, [line.item_id for line in lines])
    content = [[line.item_id, line.pages, parts.get(line.item_id, [])] for line in lines]
    return hashlib.sha256(json.dumps([consultation.left_out, content]).encode()).hexdigest()


def people_of(session: Session, consultation: Consultation) -> dict[str, str]:
    """The names of those who acted in a consultation, by their sign-in names."""
    return names_of(
        session, consultation.filed_by, consultation.narrowed_by, consultation.decided_by, consultation.ended_by
    )


@needs_here
def case_at_counter(session: Session, copy: PaperCopy, at: datetime) -> str | None:
    """The case under which a copy is with its reader, or which is approved and has it for its only paper here.

    A copy that the reader was given is needed until it is given back, whatever became of the case: art. 17.
    """
    if one := being_read(session, [copy.id]).get(copy.id):
        return one.case
    if [each.id for each in paper_here(session, copy.item_id)] != [copy.id]:
        return None
    return session.scalar(
        select(Consultation.number)
        .join(ConsultationItem, ConsultationItem.consultation_id == Consultation.id)
        .where(
            ConsultationItem.item_id == copy.item_id,
            Consultation.way == Way.COUNTER,
            or_(in_state(State.APPROVED, at), in_state(State.OPEN, at)),
        )
        .order_by(Consultation.id)
        .limit(1)
    )


def _locked(session: Session, consultation: Consultation, *states: State, at: datetime) -> None:
    lock(session, consultation)
    state = consultation.state_at(at)
    if state not in states:
        raise WrongState(number=consultation.number, state=state.label)


def _end(
    session: Session, consultation: Consultation, state: State, reason: str, action: str, actor: Actor, at: datetime
) -> None:
    consultation.state = state
    consultation.ended_at, consultation.ended_by, consultation.end_reason = at, actor.name, reason
    session.flush()
    audit.record(session, actor.name, action, consultation, number=consultation.number, reason=reason)


def _check_sender(
    session: Session, inquirer: Inquirer, request: Request, letter: Letter | None, on: date
) -> None:  # fmt: skip
    if request.way is Way.SCREEN and inquirer.user_id is None:
        raise ScreenNeedsAccount(name=inquirer.name)
    if request.own_file and inquirer.body_name is not None:
        raise BodyAsksForOwnFile
    if request.own_file:
        check_own_files_shown(rulebook(session, inquirer.unit, on), inquirer.unit)
    if not request.own_file and inquirer.body_name is None:
        raise NobodySent
    if not request.own_file and letter is None:
        raise LetterMissing


def _check_filed_once(session: Session, inquirer: Inquirer, request: Request) -> None:
    """Raise RequestedAlready where the same inquirer's same request waits to be settled."""
    same = select(Consultation.number).where(
        Consultation.inquirer_id == inquirer.id,
        Consultation.state == State.FILED,
        Consultation.way == request.way,
        Consultation.own_file == request.own_file,
        Consultation.purpose == request.purpose,
        Consultation.asked == request.asked,
    )
    if not request.own_file:
        same = same.where(
            Consultation.subject_name.is_not_distinct_from(request.subject_name),
            Consultation.letter_number.is_not_distinct_from(request.letter_number),
        )
    if number := session.scalar(same.limit(1)):
        raise RequestedAlready(number=number)


def check_own_files_shown(book: Rulebook, unit: Unit) -> None:
    """Raise OwnFileClosed where by the rules of a unit people do not see their own files on application."""
    if not book.whole("own_file_shown"):
        raise OwnFileClosed(unit=unit.name)


def _checked_number(request: Request, on: date) -> str | None:
    if not request.subject_number:
        return None
    try:
        return resident_number(request.subject_number, on=on)
    except BadResidentNumber as error:
        refusal = BadIdentity(why=error.reason)
        refusal.field = "subject_number"
        raise refusal from error


def _check_picked(
    session: Session, consultation: Consultation, picked: Mapping[int, str | None], actor: Actor, on: date
) -> None:
    items = session.scalars(visible_items(actor, Permission.RECEIVE).where(Item.id.in_(picked))).all()
    if len(items) != len(picked):
        raise NotVisible
    for stray in outside_request(session, consultation, items):
        raise OutsideWhatWasAsked(item_id=stray.id, code=stray.code or stray.title)
    book = rulebook(session, consultation.unit, on)
    for candidate in candidates(session, consultation, items, book, on, picked):
        item = candidate.item
        code = item.code or item.title
        if why := candidate.closed:
            raise ItemClosed(item_id=item.id, code=code, why=why)
        last = candidate.pages_count if consultation.way is Way.SCREEN else item.pages_count or 9_999
        try:
            page_numbers(picked[item.id], last)
        except ValueError:
            raise BadPages(item_id=item.id, code=code, last=last) from None


def closed_now(session: Session, consultation: Consultation, line: ConsultationItem, on: date) -> Label | None:
    """Why an item of an approved scope is not shown any more, if so; raises OwnFileClosed."""
    book = rulebook(session, consultation.unit, on)
    if consultation.own_file:
        check_own_files_shown(book, consultation.unit)
    return next((why for _, why in _closed(session, consultation, [line], book, on)), None)


def _check_still_open(session: Session, consultation: Consultation, book: Rulebook, on: date) -> None:
    lines = scope_of(session, consultation)
    if not lines:
        raise NothingPicked
    for line, why in _closed(session, consultation, lines, book, on):
        raise ItemClosed(item_id=line.item_id, code=line.item.code, why=why)


def _closed(
    session: Session, consultation: Consultation, lines: Sequence[ConsultationItem], book: Rulebook, on: date
) -> Iterator[tuple[ConsultationItem, Label]]:
    """The lines of a scope that cannot be shown now, each with the reason."""
    picked = {line.item_id: line.pages for line in lines}
    found = candidates(session, consultation, [line.item for line in lines], book, on, picked)
    for line, candidate in zip(lines, found, strict=True):
        if why := candidate.closed:
            yield line, why
        elif line.item.file.unit_id != consultation.unit_id:
            yield line, MOVED


def _keep_covered(session: Session, consultation: Consultation) -> None:
    """Note with each line what is black on its pages; paper has none of it."""
    if consultation.way is Way.COUNTER:
        return
    lines = scope_of(session, consultation)
    ids = [line.item_id for line in lines]
    refs, parts = pages_of_items(session, ids), black_parts(session, ids)
    for line in lines:
        shown = picked_pages(refs.get(line.item_id, ()), line.pages)
        line.covered = covered_parts(shown, parts.get(line.item_id, ()))


def line_of(session: Session, consultation: Consultation, consultation_item_id: int) -> ConsultationItem:
    """One item of the scope; raises NotVisible."""
    line = session.scalar(
        select(ConsultationItem)
        .where(ConsultationItem.id == consultation_item_id, ConsultationItem.consultation_id == consultation.id)
        .options(joinedload(ConsultationItem.item).joinedload(Item.file).joinedload(File.unit))
    )
    if line is None:
        raise NotVisible
    return line
