"""A form whose session had ended on the way: kept for the person who typed it, and for nobody else.

It travels through the sign-in page, signed, with the person who typed it. After signing in the browser sends it once
more to be shown only (`web.transaction.ONLY_SHOW`): the page of the form comes back as it was filled, nothing is done.
Passwords and files stay out. Whose form it is says its CSRF token, which carries the person it was made for.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, current_app, g, redirect, render_template, request, session
from flask import flash as say
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from itsdangerous import BadData, URLSafeSerializer, URLSafeTimedSerializer

from accounts.services import person_of_session
from web.errors import page_too_old, wants_json
from web.forms import back_again
from web.language import page_address
from web.security import local_path
from web.transaction import ONLY_SHOW, NothingDone, reading


@dataclass(frozen=True)
class Resumable:
    """What `user_id` had typed, as pairs of field name and value, for the page at `path`.

    `page` is where the form stood; `has_files` says that files were chosen, which are not kept.
    """

    user_id: int
    path: str
    page: str
    has_files: bool
    fields: list[tuple[str, str]]


def bind_forms(user_id: int) -> None:
    """Have the forms of the session that begins say whose they are."""
    session["csrf_token"] = f"{user_id}.{secrets.token_hex(20)}"
    g.pop("csrf_token", None)


def lapsed() -> ResponseReturnValue:
    """The page that asks to sign in again, with the form that was sent too late."""
    token = session.get("token")
    typist = _typist() or (person_of_session(reading(), token) if isinstance(token, str) else None)
    return render_template("accounts/lapsed.html", resume=_kept_for(typist), another=False), 401


def bring_back(typed: Resumable) -> str:
    """The page that has the browser ask for the form as it was filled."""
    return render_template("accounts/resume.html", typed=typed, path=local_path(typed.path))


def kept(text: str | None) -> Resumable | None:
    """What was signed for the way through the sign-in page, or None where it was not signed here."""
    try:
        user_id, path, page, has_files, fields = _signer().loads(text or "")
    except BadData:
        return None
    return Resumable(user_id, path, page, has_files, fields)


def use_resuming(app: Flask, present_user_id: Callable[[], int | None]) -> None:
    """Answer forms of an earlier session, and those that were only to be shown and have no page of their own.

    `present_user_id` says who is signed in, or None.
    """

    @app.errorhandler(CSRFError)
    def of_an_earlier_session(_error: CSRFError) -> ResponseReturnValue:
        typist, present = _typist(), present_user_id()
        if wants_json() or typist is None:
            return page_too_old()
        text = _kept_for(typist)
        if typist == present and (typed := kept(text)):
            return bring_back(typed), 400
        return render_template("accounts/lapsed.html", resume=text, another=present is not None), 401

    @app.errorhandler(NothingDone)
    def only_shown(_nothing: NothingDone) -> ResponseReturnValue:
        say(back_again(filled=False))
        return redirect(local_path(request.form.get(ONLY_SHOW)), 303)


def _typist() -> int | None:
    """The person for whom the page was made that this form stood on, or None where it does not say."""
    # As Flask-WTF signs it; a token of another session still says whose it was.
    signer = URLSafeTimedSerializer(current_app.secret_key or "", salt="wtf-csrf-token")
    try:
        made_for, _, _ = str(signer.loads(request.form.get("csrf_token", ""))).partition(".")
    except BadData:
        return None
    return int(made_for) if made_for.isdecimal() else None


def _kept_for(user_id: int | None) -> str | None:
    """The form of this request, signed for that person; None where that is nobody."""
    if user_id is None:
        return None
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name not in {"csrf_token", ONLY_SHOW, "files_again"} and "password" not in name.lower()
    ]
    has_files = "files_again" in request.form or any(file.filename for file in request.files.values())
    return _signer().dumps([user_id, request.full_path.rstrip("?"), page_address(), has_files, typed])


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="anjuan.resume")
