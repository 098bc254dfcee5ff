"""Pages of the people in the units: their accounts and their roles.

The system administrator opens and closes accounts, the security administrator grants roles; both see one list and one
page per account, with only their own tools on it (三员分立). They stand here, not in accounts, because they name units.
"""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.models import Grant, User
from accounts.roles import Permission, Role, Scope
from accounts.scope import within
from accounts.services import (
    close_account,
    end_role,
    grant_role,
    open_account,
    open_sessions,
    revoke_sessions,
    set_password,
    visible_account,
    visible_accounts,
)
from accounts.uses import note_export
from units.forms import AccountForm, GrantForm, NewPasswordForm, roles, tree
from units.services import unit_names, units_within, visible_unit, visible_units
from web.forms import Form, shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.shown import words
from web.transaction import begin, now, reading

people = Blueprint("people", __name__)
OVERSEERS = (Permission.MANAGE_ACCOUNTS, Permission.GRANT_ROLES)


@people.get("/accounts")
@requires(*OVERSEERS)
def list_accounts() -> ResponseReturnValue:
    """Accounts in the administrator's units, by unit, role and state."""
    actor, names = current_actor(), unit_names(reading())
    offered = units_within(reading(), actor.scope(OVERSEERS[0]) | actor.scope(OVERSEERS[1]))
    query = visible_accounts(actor, *OVERSEERS)
    chosen = request.args.get("unit", type=row_number)
    if unit := next((unit for unit in offered if unit.id == chosen), None):
        query = query.where(within(User.unit_path, Scope(subtrees=frozenset({unit.path}))))
    if (role := request.args.get("role")) in set(Role):
        query = query.where(User.grants.any((Grant.role == role) & Grant.ended_at.is_(None)))
    state = request.args.get("state", "open")
    if state in {"open", "closed"}:
        query = query.where(User.closed_at.is_(None) if state == "open" else User.closed_at.is_not(None))
    columns: tuple[Column[User], ...] = (
        Column("person", N_("Person's name"), lambda user: user.display_name, User.display_name),
        Column("name", N_("Sign-in name"), lambda user: user.name, User.name),
        Column("unit", N_("Unit"), lambda user: names.get(user.unit_path), User.unit_path),
        Column("position", N_("Position"), lambda user: user.position, User.position),
        Column("roles", N_("Roles"), _roles_in_words),
        Column("opened", N_("Opened"), lambda user: user.created_at, User.created_at),
        Column("closed", N_("Closed"), lambda user: user.closed_at, User.closed_at),
    )
    listing = Listing(reading(), query, columns, default="unit", tie=User.id)
    if listing.wants_export():
        note_export("user_account", listing.count)
        return listing.export(gettext("Accounts"))
    return render_template(
        "units/accounts.html",
        listing=listing,
        names=names,
        units=tree(offered),
        chosen=chosen,
        roles=roles(),
        state=state,
        roles_in_words=_roles_in_words,
    )


@people.get("/accounts/new")
@requires(Permission.MANAGE_ACCOUNTS)
def new_account(form: AccountForm | None = None) -> ResponseReturnValue:
    """The form of a new account."""
    form = form or AccountForm.blank()
    return render_template("units/new_account.html", form=form.offer(unit=_units(Permission.MANAGE_ACCOUNTS)))


@people.post("/accounts/new")
@requires(Permission.MANAGE_ACCOUNTS)
@shows_again(new_account)
def start_account() -> ResponseReturnValue:
    """Open an account; roles are granted by the security administrator."""
    form, actor = AccountForm.read(unit=_units(Permission.MANAGE_ACCOUNTS)), current_actor()
    with begin() as session:
        user = open_account(
            session,
            form.name.data,
            form.display_name.data,
            form.password.data,
            visible_unit(session, form.unit.data, actor, Permission.MANAGE_ACCOUNTS).path,
            actor=actor,
            at=now(),
            position=form.position.text,
            card_number=form.card_number.text,
        )
    flash(gettext("The account is open. The security administrator grants its roles."))
    return redirect(url_for(".show_account", account_id=user.id), 303)


@people.get("/accounts/<int:account_id>")
@requires(*OVERSEERS)
def show_account(account_id: int, form: Form | None = None) -> ResponseReturnValue:
    """One account: its roles, its sessions, and the tools of the administrator who looks."""
    actor = current_actor()
    user = visible_account(reading(), account_id, actor, *OVERSEERS)
    open_to_others = user.closed_at is None and user.id != actor.user_id
    manages = open_to_others and actor.may(Permission.MANAGE_ACCOUNTS, user.unit_path)
    grants = open_to_others and actor.may(Permission.GRANT_ROLES)
    offered = visible_units(reading(), actor, Permission.GRANT_ROLES) if grants else []
    own_unit = next((unit.id for unit in offered if unit.path == user.unit_path), None)
    grant_form = form if isinstance(form, GrantForm) else GrantForm.blank(values={"unit": own_unit})
    password_form = form if isinstance(form, NewPasswordForm) else NewPasswordForm.blank()
    return render_template(
        "units/account.html",
        user=user,
        names=unit_names(reading()),
        sessions=open_sessions(reading(), user.id, at=now()),
        manages=manages,
        grants=grants,
        grant_form=grant_form.offer(role=roles(), unit=tree(offered)) if grants else None,
        password_form=password_form if manages else None,
    )


@people.post("/accounts/<int:account_id>/roles")
@requires(Permission.GRANT_ROLES)
@shows_again(show_account)
def give_role(account_id: int) -> ResponseReturnValue:
    """Grant a role in a unit."""
    form, actor = GrantForm.read(role=roles(), unit=_units(Permission.GRANT_ROLES)), current_actor()
    with begin() as session:
        user = visible_account(session, account_id, actor, Permission.GRANT_ROLES)
        unit = visible_unit(session, form.unit.data, actor, Permission.GRANT_ROLES)
        grant_role(session, user, Role(form.role.data), unit.path, actor=actor, at=now())
    flash(gettext("The role is granted."))
    return redirect(url_for(".show_account", account_id=account_id), 303)


@people.post("/accounts/<int:account_id>/roles/end")
@requires(Permission.GRANT_ROLES)
@shows_again(show_account)
def take_role(account_id: int) -> ResponseReturnValue:
    """End the role that the field `grant` names."""
    actor, grant_id = current_actor(), request.form.get("grant", type=row_number)
    with begin() as session:
        user = visible_account(session, account_id, actor, Permission.GRANT_ROLES)
        grant = next((grant for grant in user.grants if grant.id == grant_id), None)
        if grant is None:
            raise NotVisible
        end_role(session, user, grant, actor=actor, at=now())
    flash(gettext("The role has ended."))
    return redirect(url_for(".show_account", account_id=account_id), 303)


@people.post("/accounts/<int:account_id>/close")
@requires(Permission.MANAGE_ACCOUNTS)
@shows_again(show_account)
def close(account_id: int) -> ResponseReturnValue:
    """Close an account for good."""
    with begin() as session:
        user = visible_account(session, account_id, current_actor(), Permission.MANAGE_ACCOUNTS)
        close_account(session, user, actor=current_actor(), at=now())
    flash(gettext("The account is closed."))
    return redirect(url_for(".show_account", account_id=account_id), 303)


@people.post("/accounts/<int:account_id>/password")
@requires(Permission.MANAGE_ACCOUNTS)
@shows_again(show_account)
def give_password(account_id: int) -> ResponseReturnValue:
    """Set a new password for somebody who forgot theirs."""
    form = NewPasswordForm.read()
    with begin() as session:
        user = visible_account(session, account_id, current_actor(), Permission.MANAGE_ACCOUNTS)
        set_password(session, user, form.password.data, actor=current_actor(), at=now())
    flash(gettext("The new password is set; every session of the account has ended."))
    return redirect(url_for(".show_account", account_id=account_id), 303)


@people.post("/accounts/<int:account_id>/sessions/revoke")
@requires(Permission.MANAGE_ACCOUNTS)
@shows_again(show_account)
def revoke(account_id: int) -> ResponseReturnValue:
    """Sign the person out everywhere."""
    with begin() as session:
        user = visible_account(session, account_id, current_actor(), Permission.MANAGE_ACCOUNTS)
        revoke_sessions(session, user, actor=current_actor(), at=now())
    flash(gettext("Every session of the account has ended."))
    return redirect(url_for(".show_account", account_id=account_id), 303)


def _units(permission: Permission) -> list[tuple[int | str, str]]:
    return tree(visible_units(reading(), current_actor(), permission))


def _roles_in_words(user: User) -> str:
    return " · ".join(dict.fromkeys(words(grant.role) for grant in user.active_grants))
