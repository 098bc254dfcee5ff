"""Registering inquirers 查档人登记: by themselves or at the counter, confirmed by the keeper, ended at any time."""

import hashlib
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, contains_eager

import audit
from accounts.models import User
from accounts.roles import Actor, Permission, Role
from accounts.scope import within
from accounts.services import close_inquirer, ends_with_account, open_inquirer
from accounts.told import Told, entries_about
from classification.identity import (
    BadCreditCode,
    BadResidentNumber,
    Masks,
    credit_code,
    mask,
    mask_phone,
    resident_number,
)
from records.consultation.errors import (
    BadCode,
    BadIdentity,
    BodyIncomplete,
    DecidedAlready,
    NotAnInquirersAccount,
    NotConfirmed,
    NothingCorrected,
    ReceivedElsewhere,
    RegisteredAlready,
    RegistrationChanged,
)
from records.consultation.models import Consultation, Inquirer, Standing, State
from records.holdings.locking import lock
from storage.sealing import vault_of
from units.models import Unit
from units.services import check_open
from web.language import N_
from web.rules import NotVisible

UNANSWERED = Inquirer.decided_at.is_(None)
FIRST_CHINESE = "\u2e80"  # what comes before it in Unicode is no Chinese writing
# Why a registration ended by itself, in the register of inquirers, which is kept in Chinese.
ACCOUNT_ENDED = "账号或其查档人角色已由管理员停用"
UNIT_ENDED = "受理单位已撤销"
PUBLIC = "?"  # who registers without an account acts under no name


@dataclass(frozen=True)
class InquirerEntry:
    """What a registration says; `body_name` and `credit_code` are None for a private person."""

    name: str
    number: str
    phone: str
    body_name: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True)
class Corrected:
    """What a registration is to say; `number` and `phone` are None where they stay as they are."""

    name: str
    number: str | None = None
    phone: str | None = None
    body_name: str | None = None
    credit_code: str | None = None


def register(
    session: Session, unit: Unit, entry: InquirerEntry, *, actor: Actor | None, at: datetime, on: date
) -> Inquirer:
    """Register somebody with the unit whose archives they want to consult; `actor` is None where they do it themselves.

    The body's code and the person's number are checked (GB 32100-2015, GB 11643-1999). Raises BodyIncomplete, BadCode,
    BadIdentity, RegisteredAlready, UnitClosed, or ReceivedElsewhere where the actor does not receive in that unit.
    """
    if actor is not None:
        receives(unit, actor)
    check_open(unit)
    code, number = _checked_code(entry.body_name, entry.credit_code), _checked_number(entry.number, on)
    vault = vault_of(session)
    blind = vault.blind(number)
    same = _same_person(unit.id, blind, code)
    if session.scalar(same):
        raise RegisteredAlready(name=entry.name, unit=unit.name)
    made = Inquirer(
        unit=unit,
        body_name=entry.body_name,
        credit_code=code,
        name=_name(entry.name),
        number_sealed=vault.seal(number),
        number_blind=blind,
        phone_sealed=vault.seal(entry.phone),
        registered_at=at,
        registered_by=actor.name if actor else None,
    )
    try:
        with session.begin_nested():
            session.add(made)
            session.flush()
    except IntegrityError as error:  # somebody clicked twice; whatever else the database refuses is a fault
        if not session.scalar(same):
            raise
        raise RegisteredAlready(name=entry.name, unit=unit.name) from error
    audit.record(session, actor.name if actor else PUBLIC, "inquirer.registered", made, body_name=entry.body_name)
    return made


def confirm(
    session: Session,
    inquirer: Inquirer,
    *,
    account: str | None,
    password: str | None,
    seen_sha256: str,
    actor: Actor,
    at: datetime,
) -> None:
    """Confirm a registration, the identity card in hand 核对身份证.

    What is confirmed is what was compared with the card, by its `registration_digest`: who was corrected meanwhile is
    looked at again.
    With `account` the inquirer gets an account of that name, whose password has to be changed at the first sign-in; an
    inquirer's account of the unit that belongs to nobody yet is taken. Without, they read at the counter alone. Raises
    DecidedAlready, ReceivedElsewhere, RegistrationChanged, NotAnInquirersAccount, and what opening an account raises.
    """
    receives(inquirer.unit, actor)
    lock(session, inquirer)
    if inquirer.standing is not Standing.WAITING:
        raise DecidedAlready(name=inquirer.name)
    _is_as_seen(inquirer, seen_sha256)
    if account:
        inquirer.user = _account(session, inquirer, account, password or "", actor, at)
    inquirer.decided_at, inquirer.decided_by = at, actor.name
    session.flush()
    audit.record(session, actor.name, "inquirer.confirmed", inquirer, name=account)


def registration_digest(inquirer: Inquirer) -> str:
    """SHA-256 in hex over what a registration says, as the keeper compares it with the identity card and the letter."""
    content = [
        inquirer.name, inquirer.body_name, inquirer.credit_code, inquirer.number_blind, inquirer.phone_sealed,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def correct_registration(
    session: Session, inquirer: Inquirer, entry: Corrected, reason: str, *, actor: Actor, at: datetime, on: date
) -> None:
    """Correct what was mistyped in a registration, letter and identity card in hand, before it is confirmed.

    What it said before stays in the chain: of a private person with the name masked, of numbers that they were
    corrected. Afterwards who was registered wrongly is registered anew and checked again. Raises DecidedAlready,
    ReceivedElsewhere, NothingCorrected, BodyIncomplete, BadCode, BadIdentity or RegisteredAlready.
    """
    receives(inquirer.unit, actor)
    lock(session, inquirer)
    if inquirer.standing is not Standing.WAITING:
        raise DecidedAlready(name=inquirer.name)
    code, vault = _checked_code(entry.body_name, entry.credit_code), vault_of(session)
    number = _checked_number(entry.number, on) if entry.number else None
    blind = vault.blind(number) if number else inquirer.number_blind
    others = _same_person(inquirer.unit_id, blind, code).where(Inquirer.id != inquirer.id)
    if session.scalar(others):
        raise RegisteredAlready(name=entry.name, unit=inquirer.unit.name)
    before = (inquirer.reader, inquirer.body_name, inquirer.credit_code)
    corrected = _what_is_corrected(inquirer, entry, code)
    if not corrected:
        raise NothingCorrected
    try:
        with session.begin_nested():
            inquirer.name, inquirer.body_name, inquirer.credit_code = _name(entry.name), entry.body_name, code
            if entry.phone:
                inquirer.phone_sealed = vault.seal(entry.phone)
            if number:
                inquirer.number_sealed, inquirer.number_blind = vault.seal(number), blind
            session.flush()
    except IntegrityError as error:  # somebody registered the same person for the same body at that moment
        if not session.scalar(others):
            raise
        raise RegisteredAlready(name=entry.name, unit=inquirer.unit.name) from error
    after = (inquirer.reader, inquirer.body_name, inquirer.credit_code)
    changed = [(was, becomes) for was, becomes in zip(before, after, strict=True) if was != becomes]
    audit.record(
        session, actor.name, "inquirer.corrected", inquirer, corrected=corrected,
        before=[was or "—" for was, _ in changed], after=[becomes or "—" for _, becomes in changed], reason=reason,
    )  # fmt: skip


def corrections_of(session: Session, inquirer: Inquirer) -> Sequence[Told]:
    """How a registration was corrected, from the chain, in order."""
    return entries_about(session, "inquirer", inquirer.id, "inquirer.corrected")


def refuse_registration(
    session: Session, inquirer: Inquirer, reason: str, *, seen_sha256: str, actor: Actor, at: datetime
) -> None:
    """Refuse a registration as it was seen, with the reason.

    Raises DecidedAlready, ReceivedElsewhere or RegistrationChanged.
    """
    receives(inquirer.unit, actor)
    lock(session, inquirer)
    if inquirer.standing is not Standing.WAITING:
        raise DecidedAlready(name=inquirer.name)
    _is_as_seen(inquirer, seen_sha256)
    inquirer.decided_at, inquirer.decided_by, inquirer.refusal = at, actor.name, reason
    audit.record(session, actor.name, "inquirer.refused", inquirer, reason=reason)


def end_registration(session: Session, inquirer: Inquirer, reason: str, *, actor: Actor, at: datetime) -> None:
    """End a registration: the account is closed, and with it everything that was open or asked for, at once.

    Raises DecidedAlready where it is not in force, or ReceivedElsewhere.
    """
    receives(inquirer.unit, actor)
    lock(session, inquirer)
    if inquirer.standing is not Standing.CONFIRMED:
        raise DecidedAlready(name=inquirer.name)
    _end(session, inquirer, reason, actor, at)
    if inquirer.user is not None:
        close_inquirer(session, inquirer.user, actor=actor, at=at)


@ends_with_account
def registration_ends(session: Session, user: User, actor: Actor, at: datetime) -> None:
    """End the registration of an account, and everything that was open or asked for under it."""
    inquirer = session.scalar(select(Inquirer).where(Inquirer.user_id == user.id))
    if inquirer is not None:
        lock(session, inquirer)
        if inquirer.standing is Standing.CONFIRMED:
            _end(session, inquirer, ACCOUNT_ENDED, actor, at)


def end_registrations_of(session: Session, unit: Unit, *, actor: Actor, at: datetime) -> None:
    """End the registrations in force with a unit that was closed, also of those who read at the counter alone."""
    in_force = Inquirer.decided_at.is_not(None) & Inquirer.refusal.is_(None) & Inquirer.ended_at.is_(None)
    here = select(Inquirer).where(Inquirer.unit_id == unit.id, in_force).order_by(Inquirer.id)
    for inquirer in session.scalars(here.with_for_update(of=Inquirer).execution_options(populate_existing=True)).all():
        _end(session, inquirer, UNIT_ENDED, actor, at)


def _end(session: Session, inquirer: Inquirer, reason: str, actor: Actor, at: datetime) -> None:
    inquirer.ended_at, inquirer.end_reason = at, reason
    running = select(Consultation).where(
        Consultation.inquirer_id == inquirer.id, Consultation.state.in_([state for state in State if not state.ended])
    )
    for each in session.scalars(running.with_for_update().execution_options(populate_existing=True)).all():
        asked = each.state.before_decision
        each.state = State.WITHDRAWN if asked else State.REVOKED
        each.ended_at, each.ended_by, each.end_reason = at, actor.name, reason
        action = "consultation.withdrawn" if asked else "consultation.revoked"
        audit.record(session, actor.name, action, each, number=each.number, reason=reason)
    audit.record(session, actor.name, "inquirer.ended", inquirer, reason=reason)


def visible_inquirers(actor: Actor) -> Select[Inquirer]:
    """Inquirers of the units whose custodians the actor belongs to; every list of them begins here."""
    return (
        select(Inquirer)
        .join(Inquirer.unit)
        .where(within(Unit.path, actor.scope(Permission.READ_WITHDRAWN)))
        .options(contains_eager(Inquirer.unit))
    )


def visible_inquirer(session: Session, inquirer_id: int, actor: Actor) -> Inquirer:
    """One of them; raises NotVisible."""
    found = session.scalar(visible_inquirers(actor).where(Inquirer.id == inquirer_id))
    if found is None:
        raise NotVisible
    return found


def own_registrations(session: Session, actor: Actor) -> list[Inquirer]:
    """The registrations in force whose account the actor has: one, or none."""
    mine = select(Inquirer).where(Inquirer.user_id == actor.user_id, Inquirer.ended_at.is_(None))
    return list(session.scalars(mine))


def masked_identity(session: Session, inquirer: Inquirer, masks: Masks) -> str:
    """The inquirer's ID number as the unit's rules let it be seen."""
    sealed = inquirer.number_sealed
    return mask(vault_of(session).unseal(sealed), masks.id_signs) if sealed else "—"


def masked_telephone(session: Session, inquirer: Inquirer, masks: Masks) -> str:
    """The inquirer's telephone number as the unit's rules let it be seen."""
    return mask_phone(vault_of(session).unseal(inquirer.phone_sealed), masks.phone_signs)


def other_names_of(session: Session, inquirer: Inquirer) -> Sequence[str]:
    """Other names under which the same credit code is registered in the unit, for the keeper to compare."""
    if inquirer.credit_code is None:
        return []
    names = select(Inquirer.body_name).where(
        Inquirer.unit_id == inquirer.unit_id,
        Inquirer.credit_code == inquirer.credit_code,
        Inquirer.body_name != inquirer.body_name,
        Inquirer.refusal.is_(None),
    )
    return [name for name in session.scalars(names.distinct().order_by(Inquirer.body_name)) if name]


def receives(unit: Unit, actor: Actor) -> None:
    """Raise ReceivedElsewhere where the actor does not receive inquirers in a unit."""
    if not actor.may(Permission.RECEIVE, unit.path):
        raise ReceivedElsewhere(unit=unit.name)


def check_in_force(inquirer: Inquirer) -> None:
    """Raise NotConfirmed where a registration is not confirmed, or ended since."""
    if inquirer.standing is not Standing.CONFIRMED:
        raise NotConfirmed(name=inquirer.name)


def _is_as_seen(inquirer: Inquirer, seen_sha256: str) -> None:
    if registration_digest(inquirer) != seen_sha256:
        raise RegistrationChanged(name=inquirer.name)


def _name(text: str) -> str:
    """A full name as it is registered: Chinese names have no blanks in them, others one between two words."""
    words = text.split()
    return ("" if any(sign >= FIRST_CHINESE for sign in text) else " ").join(words)


def _account(session: Session, inquirer: Inquirer, name: str, password: str, actor: Actor, at: datetime) -> User:
    unit = inquirer.unit
    found = session.scalar(select(User).where(User.name == name).with_for_update())
    if found is None:
        return open_inquirer(
            session, name, inquirer.name, password, unit.path, position=inquirer.body_name, actor=actor, at=at
        )
    inquires = any(grant.role is Role.INQUIRER and grant.unit_path == unit.path for grant in found.active_grants)
    taken = session.scalar(select(Inquirer.id).where(Inquirer.user_id == found.id))
    if not inquires or taken or found.closed_at is not None or found.display_name != inquirer.name:
        raise NotAnInquirersAccount(name=name)
    return found


def _same_person(unit_id: int, blind: str | None, code: str | None) -> Select[int]:
    """The ids of registrations in force, or waiting to be, of a person for a body, as uq_inquirer_person has it."""
    return select(Inquirer.id).where(
        Inquirer.unit_id == unit_id,
        Inquirer.number_blind == blind,
        func.coalesce(Inquirer.credit_code, "") == (code or ""),
        Inquirer.refusal.is_(None),
        Inquirer.ended_at.is_(None),
    )


def _what_is_corrected(inquirer: Inquirer, entry: Corrected, code: str | None) -> list[str]:
    """What of a registration a correction changes, in words."""
    told = (
        (N_("Full name of the inquirer"), inquirer.name != _name(entry.name)),
        (N_("Sending unit"), inquirer.body_name != entry.body_name),
        (N_("Unified social credit code of the sending unit"), inquirer.credit_code != code),
        (N_("Contact telephone"), bool(entry.phone)),
        (N_("ID number of the inquirer"), bool(entry.number)),
    )
    return [word for word, changes in told if changes]


def _checked_code(body_name: str | None, code: str | None) -> str | None:
    if bool(body_name) != bool(code):
        raise BodyIncomplete
    if not code:
        return None
    try:
        return credit_code(code)
    except BadCreditCode as error:
        raise BadCode(why=error.reason) from error


def _checked_number(text: str, on: date) -> str:
    try:
        return resident_number(unicodedata.normalize("NFKC", text), on=on)
    except BadResidentNumber as error:
        raise BadIdentity(why=error.reason) from error
