"""Accounts, sign-in and grants."""

import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, delete, func, or_, select
from sqlalchemy.orm import Session

import audit
from accounts.errors import (
    AccountClosed,
    AdministratorsPassword,
    BadCard,
    BadName,
    CardTaken,
    InquirerKeptApart,
    NameReserved,
    NameTaken,
    OutsideReach,
    OwnRights,
    RoleAlreadyHeld,
    RolesKeptApart,
    SignInRefused,
    TooManyAttempts,
    UnknownPerson,
    WeakPassword,
    WrongPassword,
)
from accounts.models import FailedSignIn, Grant, User, UserSession
from accounts.passwords import digests
from accounts.roles import ADMINISTRATORS, OPERATOR, Actor, Operator, Permission, Role, Scope
from accounts.scope import within
from classification.codes import as_scanned
from web.rules import NotVisible

NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,39}")
CARD_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,39}")
RESERVED_NAMES = {OPERATOR.name, "worker"}  # who acts in the chain without an account
SHORTEST_PASSWORD = 8
WINDOW = timedelta(minutes=15)
WRONG_FOR_A_NAME = 10
WRONG_FROM_AN_ADDRESS = 50
UNKNOWN = "?"  # no sign-in name, hence nobody's

ClosingRule = Callable[[Session, User], None]
_closing_rules: list[ClosingRule] = []
_leaving_rules: list[ClosingRule] = []
EndingStep = Callable[[Session, User, Actor, datetime], None]
_ending_steps: list[EndingStep] = []


def closing_rule(rule: ClosingRule) -> ClosingRule:
    """Register a rule of a later room that may refuse to close an account or to end a keeper's role (art. 16)."""
    _closing_rules.append(rule)
    return rule


def leaving_rule(rule: ClosingRule) -> ClosingRule:
    """Register a rule of a later room that may refuse to close an account altogether, whatever its roles."""
    _leaving_rules.append(rule)
    return rule


def ends_with_account(step: EndingStep) -> EndingStep:
    """Register what of a later room ends when an account is closed or the role of an inquirer is taken back.

    It is done first, as what a step locks comes before the account everywhere, and once more when the account is held,
    for what somebody joined to it in between.
    """
    _ending_steps.append(step)
    return step


def open_account(
    session: Session,
    name: str,
    display_name: str,
    password: str,
    unit_path: str,
    *,
    actor: Actor,
    at: datetime,
    position: str | None = None,
    card_number: str | None = None,
) -> User:
    """Make an account in a unit; it may do nothing until a role is granted.

    Raises BadName, NameReserved, NameTaken, BadCard, CardTaken, WeakPassword, or OutsideReach where the actor does not
    manage accounts of that unit.
    """
    if not actor.may(Permission.MANAGE_ACCOUNTS, unit_path):
        raise OutsideReach
    return _make_account(session, name, display_name, password, unit_path, actor, at, position, card_number)


def open_inquirer(
    session: Session,
    name: str,
    display_name: str,
    password: str,
    unit_path: str,
    *,
    position: str | None,
    actor: Actor,
    at: datetime,
) -> User:
    """An account for somebody from outside 外单位查档人, opened by the keeper who receives them in a unit.

    It may do nothing but consult there. Raises OutsideReach where the actor receives nobody in the unit, and what
    opening an account raises.
    """
    if not actor.may(Permission.RECEIVE, unit_path):
        raise OutsideReach
    user = _make_account(session, name, display_name, password, unit_path, actor, at, position, None)
    session.flush()
    made = Grant(user_id=user.id, role=Role.INQUIRER, unit_path=unit_path, granted_at=at)
    session.add(made)
    user.grants.append(made)
    audit.record(session, actor.name, "role.granted", user, unit=unit_path, role=Role.INQUIRER)
    return user


def close_inquirer(session: Session, user: User, *, actor: Actor, at: datetime) -> None:
    """Close the account of somebody from outside, whose sessions end at once; of a closed one nothing changes.

    Raises OutsideReach where the actor does not receive in the unit of the account, or it is more than an inquirer's.
    """
    inquires = all(grant.role is Role.INQUIRER for grant in user.active_grants)
    if not (inquires and actor.may(Permission.RECEIVE, user.unit_path)):
        raise OutsideReach
    session.refresh(user, with_for_update={"of": User})
    if user.closed_at is None:
        _close(session, user, actor, at)


def forget_inquirer(session: Session, user: User, nameless: str, *, actor: Actor, at: datetime) -> None:
    """Close the account of somebody from outside and forget whose it was, because nothing they came for is left."""
    if user.closed_at is None:
        _close(session, user, actor, at)
    user.display_name = nameless
    session.flush()


def _make_account(
    session: Session,
    name: str,
    display_name: str,
    password: str,
    unit_path: str,
    actor: Actor,
    at: datetime,
    position: str | None,
    card_number: str | None,
) -> User:
    """A new account; raises BadName, NameReserved, NameTaken, BadCard, CardTaken or WeakPassword."""
    if not NAME.fullmatch(name):
        raise BadName
    if name in RESERVED_NAMES:
        raise NameReserved(name=name)
    if session.scalar(select(User.id).where(User.name == name)):
        raise NameTaken(name=name)
    if card_number and not CARD_NUMBER.fullmatch(card_number):
        raise BadCard
    if card_number and (holder := session.scalar(select(User).where(User.card_number == card_number))):
        raise CardTaken(number=card_number, name=holder.display_name)
    user = User(
        name=name,
        display_name=display_name,
        unit_path=unit_path,
        position=position,
        card_number=card_number,
        password_digest=_digest_password(name, password),
        password_given=not isinstance(actor, Operator),
        created_at=at,
        grants=[],
    )
    session.add(user)
    audit.record(session, actor.name, "account.opened", user, unit=unit_path, name=name, display_name=display_name)
    return user


def grant_role(session: Session, user: User, role: Role, unit_path: str, *, actor: Actor, at: datetime) -> Grant:
    """Give a role in a unit.

    Raises OutsideReach, OwnRights, AccountClosed, RoleAlreadyHeld, InquirerKeptApart, or RolesKeptApart where the
    three administrators
    would meet in one person or with archive work (三员分立).
    """
    if not actor.may(Permission.GRANT_ROLES, unit_path):
        raise OutsideReach
    if actor.user_id == user.id:
        raise OwnRights
    _lock_open(session, user)
    for grant in user.active_grants:
        if grant.role is role and grant.unit_path == unit_path:
            raise RoleAlreadyHeld(name=user.display_name)
        if grant.role is not role and ADMINISTRATORS & {grant.role, role}:
            raise RolesKeptApart(name=user.display_name, held=grant.role.label)
        if Role.INQUIRER in {grant.role, role} and grant.role is not role:
            raise InquirerKeptApart(name=user.display_name, held=grant.role.label)
    made = Grant(user_id=user.id, role=role, unit_path=unit_path, granted_at=at)
    session.add(made)
    user.grants.append(made)
    audit.record(session, actor.name, "role.granted", user, unit=unit_path, role=role)
    return made


def end_role(session: Session, user: User, grant: Grant, *, actor: Actor, at: datetime) -> None:
    """Take a role back; whatever is open in other browsers loses it at once. An ended one stays as it was.

    Raises OutsideReach, OwnRights, or the refusal of a closing rule where a keeper's custody is unsigned (art. 16).
    """
    if not actor.may(Permission.GRANT_ROLES, grant.unit_path):
        raise OutsideReach
    if actor.user_id == user.id:
        raise OwnRights
    if grant.role is Role.INQUIRER and grant.ended_at is None:
        _end_with(session, user, actor, at)
    session.refresh(user, with_for_update={"of": User})  # whoever gives this keeper something is done, or waits
    session.refresh(grant, with_for_update={"of": Grant})
    if grant.ended_at is not None:
        return
    if grant.role is Role.INQUIRER:
        _end_with(session, user, actor, at)
    if grant.role is Role.KEEPER:
        for rule in _closing_rules:
            rule(session, user)
    grant.ended_at = at
    audit.record(session, actor.name, "role.ended", user, unit=grant.unit_path, role=grant.role)


def end_roles_of_unit(session: Session, unit_path: str, *, actor: Actor, at: datetime) -> int:
    """End every role held in a unit that was closed; how many there were. Whoever calls this has closed the unit."""
    grants = session.scalars(select(Grant).where(Grant.unit_path == unit_path, Grant.ended_at.is_(None))).all()
    for grant in grants:
        grant.ended_at = at
        audit.record(
            session, actor.name, "role.ended", session.get_one(User, grant.user_id), unit=unit_path, role=grant.role
        )
    return len(grants)


def close_account(session: Session, user: User, *, actor: Actor, at: datetime) -> None:
    """Close an account: its roles end, its sessions are revoked, its name is never given again.

    Raises OutsideReach, OwnRights, AccountClosed, or the refusal of a closing rule where custody is unsigned (art. 16),
    of a leaving rule where paper is still out (art. 17).
    """
    if not actor.may(Permission.MANAGE_ACCOUNTS, user.unit_path):
        raise OutsideReach
    if actor.user_id == user.id:
        raise OwnRights
    _end_with(session, user, actor, at)
    _lock_open(session, user)
    _end_with(session, user, actor, at)
    for rule in (*_closing_rules, *_leaving_rules):
        rule(session, user)
    _close(session, user, actor, at)


def _end_with(session: Session, user: User, actor: Actor, at: datetime) -> None:
    for step in _ending_steps:
        step(session, user, actor, at)


def _close(session: Session, user: User, actor: Actor, at: datetime) -> None:
    user.closed_at = at
    for grant in user.active_grants:
        grant.ended_at = at
    _revoke(session, user, actor, at)
    audit.record(session, actor.name, "account.closed", user, unit=user.unit_path)


def set_password(session: Session, user: User, password: str, *, actor: Actor, at: datetime) -> None:
    """Set a new password and revoke every session of the account; one set by an administrator has to be changed.

    Raises WeakPassword, AccountClosed, OutsideReach, or AdministratorsPassword.
    """
    if actor.user_id != user.id and not actor.may(Permission.MANAGE_ACCOUNTS, user.unit_path):
        raise OutsideReach
    _lock_open(session, user)
    administers = next((grant.role for grant in user.active_grants if grant.role in ADMINISTRATORS), None)
    if administers and actor.user_id != user.id and not isinstance(actor, Operator):
        raise AdministratorsPassword(name=user.display_name, held=administers.label)
    user.password_digest = _digest_password(user.name, password)
    user.password_given = actor.user_id != user.id and not isinstance(actor, Operator)
    revoke_sessions(session, user, actor=actor, at=at)
    audit.record(session, actor.name, "password.set", user, unit=user.unit_path)


def confirm_password(user: User, password: str) -> None:
    """Check a password given as a signature; raises WrongPassword."""
    if not digests.matches(user.password_digest, password):
        raise WrongPassword


def failed_sign_ins(session: Session, name: str, address: str, *, at: datetime) -> None:
    """Raise TooManyAttempts where a name or an address has been guessed at too often within the window."""
    since = at - WINDOW
    for column, value, limit in (
        (FailedSignIn.name, name, WRONG_FOR_A_NAME),
        (FailedSignIn.address, address, WRONG_FROM_AN_ADDRESS),
    ):
        count, first = session.execute(
            select(func.count(), func.min(FailedSignIn.at)).where(column == value, FailedSignIn.at > since)
        ).one()
        if count >= limit:
            raise TooManyAttempts(minutes=max(1, round((first + WINDOW - at).total_seconds() / 60)))


def names_of(session: Session, *names: str | None) -> dict[str, str]:
    """The names of people by their sign-in names."""
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_({name for name in names if name})))
    return {row.name: row.display_name for row in rows}


def person_named(session: Session, text: str, *, field: str) -> User:
    """The person with this card number or sign-in name; raises UnknownPerson beside the field that names it."""
    known_as = or_(User.card_number == as_scanned(text), User.name == as_scanned(text).lower())
    found = session.scalar(select(User).where(known_as))
    if found is None:
        raise UnknownPerson(text=text, field=field)
    return found


def keepers_in(session: Session, path: str) -> Sequence[User]:
    """The archive keepers of the unit with this path, by their role."""
    return session.scalars(
        select(User)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == Role.KEEPER, Grant.unit_path == path, Grant.ended_at.is_(None), User.closed_at.is_(None))
        .order_by(User.id)
    ).all()


def approvers_of(path: str) -> Select[int]:
    """The ids of people with an open account who are approvers of exactly the unit with this path."""
    return (
        select(User.id)
        .join(Grant, Grant.user_id == User.id)
        .where(Grant.role == Role.APPROVER, Grant.unit_path == path, Grant.ended_at.is_(None), User.closed_at.is_(None))
    )


def check_password(session: Session, name: str, password: str) -> User:
    """The open account with this name and password; raises SignInRefused. Takes as long for unknown names."""
    user = session.scalar(select(User).where(User.name == name))
    matches = digests.matches(user.password_digest if user else digests.nobody, password)
    if user is None or not matches or user.closed_at is not None:
        raise SignInRefused
    return user


def note_failed_sign_in(session: Session, name: str, address: str, *, at: datetime) -> None:
    """Count a wrong password and note it in the chain.

    The chain keeps the names of accounts only: people type their password into the field of the name, and the chain
    never forgets.
    """
    session.execute(delete(FailedSignIn).where(FailedSignIn.at <= at - WINDOW))
    session.add(FailedSignIn(name=name, address=address, at=at))
    meant = session.scalar(select(User).where(User.name == name))
    actor, unit = (meant.name, meant.unit_path) if meant else (UNKNOWN, "")
    audit.record(session, actor, "sign_in.refused", "session", unit=unit, address=address)


def start_session(
    session: Session, user: User, *, address: str, browser: str, at: datetime, minutes: int
) -> tuple[UserSession, str]:
    """A new session and its token; the token is shown once, only its digest is kept."""
    token = secrets.token_urlsafe(32)
    started = UserSession(
        token_digest=_digest_token(token),
        user_id=user.id,
        address=address,
        browser=browser[:200],
        started_at=at,
        lapses_at=at + timedelta(minutes=minutes),
    )
    session.add(started)
    audit.record(session, user.name, "session.started", started, unit=user.unit_path, address=address)
    return started, token


def session_of(session: Session, token: str, *, at: datetime) -> UserSession | None:
    """The living session with this token, with its user and grants, or None."""
    found = session.scalar(select(UserSession).where(UserSession.token_digest == _digest_token(token)))
    if found is None or found.revoked_at is not None or found.lapses_at <= at or found.user.closed_at is not None:
        return None
    return found


def person_of_session(session: Session, token: str) -> int | None:
    """The user whose session has or had this token, be it lapsed or revoked, or None."""
    return session.scalar(select(UserSession.user_id).where(UserSession.token_digest == _digest_token(token)))


def revoke_sessions(
    session: Session, user: User, *, actor: Actor, at: datetime, only: int | None = None, keep: int | None = None
) -> None:
    """Revoke one session (`only`), or every one of the user but `keep`; the next click there asks to sign in.

    Raises OutsideReach unless the sessions are the actor's own or the actor manages the account.
    """
    if actor.user_id != user.id and not actor.may(Permission.MANAGE_ACCOUNTS, user.unit_path):
        raise OutsideReach
    _revoke(session, user, actor, at, only, keep)


def _revoke(
    session: Session, user: User, actor: Actor, at: datetime, only: int | None = None, keep: int | None = None
) -> None:  # fmt: skip
    living = select(UserSession).where(
        UserSession.user_id == user.id, UserSession.revoked_at.is_(None), UserSession.lapses_at > at
    )
    if only is not None:
        living = living.where(UserSession.id == only)
    if keep is not None:
        living = living.where(UserSession.id != keep)
    for ending in session.scalars(living.with_for_update(of=UserSession)).all():
        ending.revoked_at = at
        audit.record(session, actor.name, "session.revoked", ending, unit=user.unit_path, name=user.name)


def visible_accounts(actor: Actor, *permissions: Permission) -> Select[User]:
    """Accounts of the units where the actor holds one of the permissions, and of whoever holds a role there."""
    scope = Scope()
    for permission in permissions:
        scope |= actor.scope(permission)
    holds_a_role = User.grants.any(within(Grant.unit_path, scope) & Grant.ended_at.is_(None))
    return select(User).where(or_(within(User.unit_path, scope), holds_a_role))


def visible_account(session: Session, user_id: int, actor: Actor, *permissions: Permission) -> User:
    """One of the visible accounts; raises NotVisible."""
    user = session.scalar(visible_accounts(actor, *permissions).where(User.id == user_id))
    if user is None:
        raise NotVisible
    return user


def open_sessions(session: Session, user_id: int, *, at: datetime) -> Sequence[UserSession]:
    """The sessions of a user that let somebody in, the newest first."""
    living = (UserSession.user_id == user_id, UserSession.revoked_at.is_(None), UserSession.lapses_at > at)
    return session.scalars(select(UserSession).where(*living).order_by(UserSession.started_at.desc())).all()


def last_sign_ins(session: Session, user_ids: Sequence[int]) -> dict[int, datetime]:
    """When some people last signed in, by their ids; who never did is not among them."""
    latest = select(UserSession.user_id, func.max(UserSession.started_at)).where(UserSession.user_id.in_(user_ids))
    rows = session.execute(latest.group_by(UserSession.user_id)).all()
    return dict(rows)


def _lock_open(session: Session, user: User) -> None:
    session.refresh(user, with_for_update={"of": User})
    if user.closed_at is not None:
        raise AccountClosed(name=user.display_name)


def _digest_password(name: str, password: str) -> str:
    if len(password) < SHORTEST_PASSWORD or password.lower() == name:
        raise WeakPassword(length=SHORTEST_PASSWORD)
    return digests.make(password)


def _digest_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
