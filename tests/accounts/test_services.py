"""Accounts, grants and sessions: who may do what with whom."""

from contextlib import nullcontext
from datetime import timedelta
from itertools import product

import pytest
from sqlalchemy import select
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
from accounts.models import Grant, User, UserSession
from accounts.roles import ADMINISTRATORS, OPERATOR, Actor, Permission, Role
from accounts.services import (
    WRONG_FOR_A_NAME,
    WRONG_FROM_AN_ADDRESS,
    check_password,
    close_account,
    confirm_password,
    end_role,
    failed_sign_ins,
    grant_role,
    note_failed_sign_in,
    open_account,
    open_sessions,
    person_named,
    revoke_sessions,
    session_of,
    set_password,
    start_session,
    visible_account,
    visible_accounts,
)
from audit import AuditEntry
from records.holdings.work import WORKER
from tests.cast import NOON, PASSWORD, Cast
from web.rules import NotVisible

LATER = NOON + timedelta(minutes=15)


def person(session: Session, cast: Cast, name: str = "newcomer", unit_path: str = "") -> User:
    user = open_account(
        session, name, "新人", PASSWORD, unit_path or cast.district.path, actor=OPERATOR, at=NOON, card_number=name
    )
    session.flush()
    return user


def actor(session: Session, cast: Cast, role: Role, unit_path: str, name: str = "officer") -> Actor:
    """Somebody who holds one role in a unit."""
    user = person(session, cast, name, unit_path)
    grant_role(session, user, role, unit_path, actor=OPERATOR, at=NOON)
    return user.actor


def entries(session: Session) -> list[tuple[str, str]]:
    audit.seal(session)
    return [(row.actor, row.action) for row in session.scalars(select(AuditEntry).order_by(AuditEntry.number))]


@pytest.mark.parametrize("name", [OPERATOR.name, WORKER])
def test_nobody_signs_in_under_a_name_that_the_chain_uses_for_the_system(session: Session, name: str) -> None:
    with pytest.raises(NameReserved):
        open_account(session, name, "王", PASSWORD, "/1/", actor=OPERATOR, at=NOON)


def test_a_sign_in_name_is_plain(session: Session) -> None:
    for name in ("", "a", "Wang", "王维", "-wang", "wang wei", "a" * 41, "wang\n", "a_b"):
        with pytest.raises(BadName):
            open_account(session, name, "王", PASSWORD, "/1/", actor=OPERATOR, at=NOON)


def test_a_sign_in_name_belongs_to_one_person_for_ever(session: Session, cast: Cast) -> None:
    close_account(session, cast.reader, actor=OPERATOR, at=NOON)
    with pytest.raises(NameTaken, match="reader is taken"):
        open_account(session, "reader", "李", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON)


def test_a_card_belongs_to_one_person(session: Session, cast: Cast) -> None:
    person(session, cast)
    with pytest.raises(CardTaken, match="The card newcomer belongs to 新人"):
        open_account(
            session, "another", "李", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON, card_number="newcomer"
        )


def test_a_password_is_long_and_not_the_name(session: Session) -> None:
    for password in ("", "1234567", "Newcomer"):
        with pytest.raises(WeakPassword):
            open_account(session, "newcomer", "新人", password, "/1/", actor=OPERATOR, at=NOON)


def test_only_the_system_administrator_of_a_unit_opens_accounts_there(session: Session, cast: Cast) -> None:
    system = actor(session, cast, Role.SYSTEM_ADMINISTRATOR, cast.district.path)
    open_account(session, "below", "下", PASSWORD, cast.workplace.path, actor=system, at=NOON)
    for path in (cast.city.path, cast.other_district.path):
        with pytest.raises(OutsideReach):
            open_account(session, "beside", "旁", PASSWORD, path, actor=system, at=NOON)
    for other in (cast.security_administrator, cast.audit_administrator, cast.keeper, cast.approver):
        with pytest.raises(OutsideReach):
            open_account(session, "beside", "旁", PASSWORD, cast.district.path, actor=other.actor, at=NOON)


def test_only_the_security_administrator_of_a_unit_grants_roles_there(session: Session, cast: Cast) -> None:
    security = actor(session, cast, Role.SECURITY_ADMINISTRATOR, cast.district.path)
    user = person(session, cast)
    grant_role(session, user, Role.READER, cast.street.path, actor=security, at=NOON)
    assert user.actor.scope(Permission.READ).covers(cast.workplace.path)
    for path in (cast.city.path, cast.other_district.path):
        with pytest.raises(OutsideReach):
            grant_role(session, user, Role.READER, path, actor=security, at=NOON)
    for other in (cast.system_administrator, cast.audit_administrator, cast.keeper, cast.approver):
        with pytest.raises(OutsideReach):
            grant_role(session, user, Role.READER, cast.district.path, actor=other.actor, at=NOON)


def test_the_three_administrators_are_three_people_without_other_roles(session: Session) -> None:
    user = open_account(session, "newcomer", "新人", PASSWORD, "/1/", actor=OPERATOR, at=NOON)
    session.flush()
    for first, second in product([role for role in Role if role is not Role.INQUIRER], repeat=2):
        with session.begin_nested() as trial:
            grant_role(session, user, first, "/1/", actor=OPERATOR, at=NOON)
            session.flush()
            apart = first is not second and bool({first, second} & ADMINISTRATORS)
            with pytest.raises(RolesKeptApart, match="three different people") if apart else nullcontext():
                grant_role(session, user, second, "/1/2/", actor=OPERATOR, at=NOON)
            trial.rollback()


def test_no_administrator_reads_the_archives(session: Session, cast: Cast) -> None:
    for user in (cast.system_administrator, cast.security_administrator, cast.audit_administrator):
        assert not any(user.actor.may(permission) for permission in (Permission.READ, Permission.FILE, Permission.LEND))


def test_a_role_is_held_once_in_a_unit_and_can_be_given_again(session: Session, cast: Cast) -> None:
    user, path = person(session, cast), cast.district.path
    grant = grant_role(session, user, Role.READER, path, actor=OPERATOR, at=NOON)
    with pytest.raises(RoleAlreadyHeld):
        grant_role(session, user, Role.READER, path, actor=OPERATOR, at=NOON)
    session.flush()
    end_role(session, user, grant, actor=OPERATOR, at=NOON)
    assert not user.actor.may(Permission.READ)
    session.flush()
    grant_role(session, user, Role.READER, path, actor=OPERATOR, at=LATER)
    assert user.actor.may(Permission.READ, path)


def test_a_role_that_has_ended_keeps_its_day(session: Session, cast: Cast) -> None:
    (grant,) = cast.reader.grants
    end_role(session, cast.reader, grant, actor=OPERATOR, at=NOON)
    session.flush()
    noted = len(entries(session))
    end_role(session, cast.reader, grant, actor=OPERATOR, at=LATER)
    assert grant.ended_at == NOON
    assert len(entries(session)) == noted


def test_nobody_changes_their_own_rights(session: Session, cast: Cast) -> None:
    own = cast.security_administrator
    with pytest.raises(OwnRights):
        grant_role(session, own, Role.READER, cast.city.path, actor=own.actor, at=NOON)
    with pytest.raises(OwnRights):
        end_role(session, own, own.grants[0], actor=own.actor, at=NOON)
    with pytest.raises(OwnRights):
        close_account(session, cast.system_administrator, actor=cast.system_administrator.actor, at=NOON)


def test_a_closed_account_stays_as_it_was(session: Session, cast: Cast) -> None:
    user, system = cast.reader, cast.system_administrator.actor
    _, token = start_session(session, user, address="", browser="", at=NOON, minutes=60)
    session.flush()
    close_account(session, user, actor=system, at=NOON)
    session.flush()
    assert user.active_grants == []
    assert session_of(session, token, at=NOON) is None
    for again in (
        lambda: close_account(session, user, actor=system, at=LATER),
        lambda: set_password(session, user, "another-password", actor=system, at=LATER),
        lambda: grant_role(
            session, user, Role.READER, cast.city.path, actor=cast.security_administrator.actor, at=LATER
        ),
    ):
        with pytest.raises(AccountClosed):
            again()
    assert user.closed_at == NOON


def test_no_administrator_can_become_another_by_setting_a_password(session: Session, cast: Cast) -> None:
    system = cast.system_administrator.actor
    for other in (cast.security_administrator, cast.audit_administrator):
        with pytest.raises(AdministratorsPassword):
            set_password(session, other, "another-password", actor=system, at=NOON)
        set_password(session, other, "another-password", actor=OPERATOR, at=NOON)
        set_password(session, other, "yet-another-one", actor=other.actor, at=NOON)
    set_password(session, cast.keeper, "another-password", actor=system, at=NOON)


def test_only_the_system_administrator_sets_passwords_closes_accounts_and_ends_sessions_of_others(
    session: Session, cast: Cast
) -> None:
    for person in (cast.security_administrator, cast.audit_administrator, cast.keeper, cast.approver):
        with pytest.raises(OutsideReach):
            set_password(session, cast.reader, "another-password", actor=person.actor, at=NOON)
        with pytest.raises(OutsideReach):
            close_account(session, cast.reader, actor=person.actor, at=NOON)
        with pytest.raises(OutsideReach):
            revoke_sessions(session, cast.reader, actor=person.actor, at=NOON)


def test_a_session_lets_in_until_it_lapses_or_is_revoked(session: Session, cast: Cast) -> None:
    _, token = start_session(session, cast.keeper, address="", browser="", at=NOON, minutes=60)
    _, other = start_session(session, cast.keeper, address="", browser="", at=NOON, minutes=60)
    session.flush()
    found = session_of(session, token, at=NOON + timedelta(minutes=59))
    assert found is not None
    assert found.user is cast.keeper
    assert session_of(session, token, at=NOON + timedelta(minutes=60)) is None
    revoke_sessions(session, cast.keeper, actor=cast.keeper.actor, at=NOON, only=found.id)
    session.flush()
    assert session_of(session, token, at=NOON) is None
    assert session_of(session, other, at=NOON) is not None
    assert session_of(session, "", at=NOON) is None


def test_the_token_of_a_session_is_not_in_the_database(session: Session, cast: Cast) -> None:
    started, token = start_session(session, cast.keeper, address="", browser="", at=NOON, minutes=60)
    assert token not in {str(value) for value in vars(started).values()}


def test_a_new_password_revokes_every_session(session: Session, cast: Cast) -> None:
    tokens = [start_session(session, cast.keeper, address="", browser="", at=NOON, minutes=60)[1] for _ in range(2)]
    session.flush()
    set_password(session, cast.keeper, "another-password", actor=cast.keeper.actor, at=NOON)
    session.flush()
    assert [session_of(session, token, at=NOON) for token in tokens] == [None, None]
    assert open_sessions(session, cast.keeper.id, at=NOON) == []
    assert check_password(session, "keeper", "another-password") is cast.keeper
    confirm_password(cast.keeper, "another-password")
    with pytest.raises(WrongPassword):
        confirm_password(cast.keeper, PASSWORD)


def test_only_what_was_revoked_is_noted(session: Session, cast: Cast) -> None:
    started, _ = start_session(session, cast.keeper, address="", browser="", at=NOON, minutes=60)
    session.flush()
    revoke_sessions(session, cast.second_keeper, actor=cast.second_keeper.actor, at=NOON, only=started.id)
    revoke_sessions(session, cast.keeper, actor=cast.keeper.actor, at=NOON)
    revoke_sessions(session, cast.keeper, actor=cast.keeper.actor, at=NOON)
    assert entries(session).count(("keeper", "session.revoked")) == 1
    assert ("keeper2", "session.revoked") not in entries(session)


def test_unknown_wrong_and_closed_are_refused_alike(session: Session, cast: Cast) -> None:
    close_account(session, cast.reader, actor=OPERATOR, at=NOON)
    said = set()
    for name, password in (("nobody", PASSWORD), ("keeper", "wrong-password"), ("reader", PASSWORD)):
        with pytest.raises(SignInRefused) as refused:
            check_password(session, name, password)
        said.add((str(refused.value), refused.value.field, refused.value.status))
    assert len(said) == 1


def test_the_chain_keeps_no_name_that_is_nobodys(session: Session, cast: Cast) -> None:
    note_failed_sign_in(session, "my-secret-password", "10.0.0.1", at=NOON)
    note_failed_sign_in(session, "keeper", "10.0.0.1", at=NOON)
    assert entries(session)[-2:] == [("?", "sign_in.refused"), ("keeper", "sign_in.refused")]


@pytest.mark.parametrize(("same", "limit"), [("name", WRONG_FOR_A_NAME), ("address", WRONG_FROM_AN_ADDRESS)])
def test_guessing_a_name_or_from_an_address_is_slowed_down(session: Session, same: str, limit: int) -> None:
    def attempt(turn: int) -> tuple[str, str]:
        return ("keeper", f"10.0.0.{turn}") if same == "name" else (f"name{turn}", "10.0.0.1")

    for turn in range(limit):
        failed_sign_ins(session, *attempt(turn), at=NOON)
        note_failed_sign_in(session, *attempt(turn), at=NOON)
    with pytest.raises(TooManyAttempts, match="Try again in 5 minutes"):
        failed_sign_ins(session, *attempt(limit), at=NOON + timedelta(minutes=10))
    failed_sign_ins(session, "somebody", "10.1.1.1", at=NOON)
    failed_sign_ins(session, *attempt(limit), at=LATER)


def names(session: Session, actor: Actor, *permissions: Permission) -> set[str]:
    return {user.name for user in session.scalars(visible_accounts(actor, *permissions))}


def test_accounts_are_visible_to_the_administrators_of_their_units(session: Session, cast: Cast) -> None:
    system = actor(session, cast, Role.SYSTEM_ADMINISTRATOR, cast.district.path)
    seen = names(session, system, Permission.MANAGE_ACCOUNTS)
    assert seen == {"keeper", "keeper2", "street.keeper", "reader", "approver", "inquirer", "officer"}
    assert names(session, system, Permission.GRANT_ROLES) == set()
    with pytest.raises(NotVisible):
        visible_account(session, cast.other_keeper.id, system, Permission.MANAGE_ACCOUNTS)
    assert visible_account(session, cast.street_keeper.id, system, Permission.MANAGE_ACCOUNTS) is cast.street_keeper


def test_who_holds_a_role_in_a_unit_is_visible_to_its_administrators(session: Session, cast: Cast) -> None:
    security = actor(session, cast, Role.SECURITY_ADMINISTRATOR, cast.district.path)
    assert "west.keeper" not in names(session, security, Permission.GRANT_ROLES)
    grant = grant_role(session, cast.other_keeper, Role.READER, cast.street.path, actor=OPERATOR, at=NOON)
    session.flush()
    assert "west.keeper" in names(session, security, Permission.GRANT_ROLES)
    end_role(session, cast.other_keeper, grant, actor=security, at=NOON)
    session.flush()
    assert "west.keeper" not in names(session, security, Permission.GRANT_ROLES)


def test_every_change_of_accounts_is_in_the_chain(session: Session, cast: Cast) -> None:
    before = len(entries(session))
    user = person(session, cast)
    grant = grant_role(session, user, Role.READER, cast.street.path, actor=OPERATOR, at=NOON)
    session.flush()
    start_session(session, user, address="", browser="", at=NOON, minutes=60)
    session.flush()
    set_password(session, user, "another-password", actor=user.actor, at=NOON)
    end_role(session, user, grant, actor=OPERATOR, at=NOON)
    close_account(session, user, actor=OPERATOR, at=NOON)
    assert entries(session)[before:] == [
        ("operator", "account.opened"),
        ("operator", "role.granted"),
        ("newcomer", "session.started"),
        ("newcomer", "session.revoked"),
        ("newcomer", "password.set"),
        ("operator", "role.ended"),
        ("operator", "account.closed"),
    ]
    assert session.scalars(select(Grant).where(Grant.user_id == user.id)).one().ended_at == NOON
    assert session.scalars(select(UserSession).where(UserSession.user_id == user.id)).one().revoked_at == NOON


def test_an_outside_inquirer_holds_no_other_role(session: Session, cast: Cast) -> None:
    for person, role in ((cast.inquirer, Role.READER), (cast.reader, Role.INQUIRER)):
        with pytest.raises(InquirerKeptApart):
            grant_role(session, person, role, cast.district.path, actor=OPERATOR, at=NOON)


@pytest.mark.parametrize("number", ["卡片", "A B", "=1+1", "-7", "A" * 41])
def test_a_card_number_is_what_readers_can_type(session: Session, cast: Cast, number: str) -> None:
    with pytest.raises(BadCard):
        open_account(
            session, "newcomer", "新人", PASSWORD, cast.district.path, actor=OPERATOR, at=NOON, card_number=number
        )


def test_a_person_is_known_by_card_and_by_name(session: Session, cast: Cast) -> None:
    cast.reader.card_number = "CARD-77"
    session.flush()
    assert person_named(session, " CARD-77 ", field="witness") is cast.reader
    assert person_named(session, "Reader", field="witness") is cast.reader
    with pytest.raises(UnknownPerson, match="CARD-78") as refused:
        person_named(session, "CARD-78", field="witness")
    assert refused.value.field == "witness"
