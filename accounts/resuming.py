"""A form that was sent after its session had lapsed: kept for the person who typed it, and for nobody else.

It travels through the sign-in page, signed, with the person of the lapsed session. Passwords stay out.
"""

from dataclasses import dataclass

from flask import current_app, request
from itsdangerous import BadData, URLSafeSerializer

from accounts.services import person_of_session
from web.transaction import reading


@dataclass(frozen=True)
class Resumable:
    """What `user_id` had typed, as pairs of field name and value, for the page at `path`."""

    user_id: int
    path: str
    fields: list[tuple[str, str]]


def keep(token: object) -> str | None:
    """The form of this request, signed for the person of the lapsed session; None where that is nobody."""
    user_id = person_of_session(reading(), token) if isinstance(token, str) else None
    if user_id is None:
        return None
    typed = [
        (name, value)
        for name, value in request.form.items(multi=True)
        if name != "csrf_token" and "password" not in name.lower()
    ]
    return _signer().dumps([user_id, request.full_path.rstrip("?"), typed])


def kept(text: str | None) -> Resumable | None:
    """What `keep` signed, or None where it did not."""
    try:
        user_id, path, fields = _signer().loads(text or "")
    except BadData:
        return None
    return Resumable(user_id, path, fields)


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.secret_key or "", salt="anjuan.resume")
