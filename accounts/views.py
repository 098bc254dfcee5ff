"""Signing in and out, one's own sessions, and the language."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from accounts import words as chain_words  # noqa: F401 - they register themselves
from accounts.errors import SignInRefused, WeakPassword
from accounts.forms import PasswordForm, SignInForm
from accounts.guard import current_actor, own_session, public, signed_in
from accounts.models import User
from accounts.own import own_pages
from accounts.resuming import bind_forms, bring_back, kept
from accounts.roles import Role
from accounts.services import (
    check_password,
    confirm_password,
    failed_sign_ins,
    note_failed_sign_in,
    open_sessions,
    revoke_sessions,
    set_password,
    start_session,
)
from audit import AuditEntry
from web.forms import shows_again
from web.language import LANGUAGES, gettext
from web.security import local_path
from web.transaction import begin, now, reading, settings

accounts = Blueprint("accounts", __name__)

DEMONSTRATION_PASSWORD = "anjuan-demo"  # noqa: S105 - of the demonstration, printed on its sign-in page


@accounts.get("/sign-in")
@public
def sign_in(form: SignInForm | None = None) -> ResponseReturnValue:
    """The sign-in page; in the demonstration every role account is one click away."""
    people: list[User] = []
    if settings().demonstration:
        built = select(func.max(AuditEntry.at)).where(AuditEntry.action == "demonstration.finished").scalar_subquery()
        open_then = (User.closed_at.is_(None), User.created_at <= func.coalesce(built, User.created_at))
        everyone = reading().scalars(select(User).where(*open_then).order_by(User.id))
        people = [user for user in everyone if user.active_grants and user.position]
    return render_template(
        "accounts/sign_in.html", form=form or SignInForm.blank(), people=people, password=DEMONSTRATION_PASSWORD
    )


@accounts.post("/sign-in")
@public
@shows_again(sign_in)
def start() -> ResponseReturnValue:
    """Sign in; a form that the same person sent after the session had lapsed is offered again, filled."""
    form = SignInForm.read()
    name, address, at = form.name.data.lower(), request.remote_addr or "", now()
    failed_sign_ins(reading(), name, address, at=at)
    try:
        user = check_password(reading(), name, form.password.data)
    except SignInRefused:
        with begin() as database:
            note_failed_sign_in(database, name, address, at=at)
        raise
    with begin() as database:
        _, token = start_session(
            database,
            user,
            address=address,
            browser=request.user_agent.string,
            at=at,
            minutes=settings().session_minutes,
        )
    chosen = session.get("language")
    session.clear()
    session["token"] = token
    bind_forms(user.id)
    if chosen:
        session["language"] = chosen
    if typed := kept(form.resume.data):
        if typed.user_id == user.id:
            return bring_back(typed)
        flash(gettext("What somebody else had typed in this browser was discarded. Nothing of it was saved."))
    return redirect(local_path(request.args.get("next")), 303)


@accounts.post("/sign-out")
@signed_in
def sign_out() -> ResponseReturnValue:
    """End this session."""
    ending = own_session()
    with begin() as database:
        revoke_sessions(database, ending.user, actor=current_actor(), at=now(), only=ending.id)
    session.pop("token", None)
    return redirect(url_for(".sign_in"), 303)


@accounts.get("/account")
@signed_in
def show_account(form: PasswordForm | None = None) -> ResponseReturnValue:
    """One's own account: roles, open sessions, password."""
    own = own_session()
    return render_template(
        "accounts/account.html",
        form=form or PasswordForm.blank(),
        own=own,
        sessions=open_sessions(reading(), own.user_id, at=now()),
        pages=() if current_actor().holds(Role.INQUIRER) else own_pages(),
    )


@accounts.post("/account/password")
@signed_in
@shows_again(show_account)
def change_password() -> ResponseReturnValue:
    """Change one's own password; every session ends, this one too."""
    form = PasswordForm.read()
    with begin() as database:
        user = database.get_one(User, current_actor().user_id)
        confirm_password(user, form.password.data)
        try:
            set_password(database, user, form.new_password.data, actor=current_actor(), at=now())
        except WeakPassword as refusal:
            refusal.field = "new_password"
            raise
    session.pop("token", None)
    flash(gettext("The password is changed. Sign in with the new one."))
    return redirect(url_for(".sign_in"), 303)


@accounts.post("/account/sessions/<int:session_id>/revoke")
@signed_in
def revoke(session_id: int) -> ResponseReturnValue:
    """Revoke one of one's own sessions."""
    with begin() as database:
        revoke_sessions(database, own_session().user, actor=current_actor(), at=now(), only=session_id)
    flash(gettext("The session is revoked."))
    return redirect(url_for(".show_account"), 303)


@accounts.post("/language/<any(zh, en):language>")
@public
def choose_language(language: str) -> ResponseReturnValue:
    """Change the language of this browser."""
    session["language"] = language if language in LANGUAGES else "zh"
    return redirect(local_path(request.form.get("back")), 303)
