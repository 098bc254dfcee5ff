"""Every route has a guard: it is public, or needs a signed-in person, or needs a permission."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, abort, flash, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue

from accounts.models import UserSession
from accounts.resuming import lapsed, use_resuming
from accounts.roles import Actor, Permission, Role
from accounts.services import session_of
from web.errors import wants_json
from web.language import gettext
from web.transaction import now, reading

WITH_GIVEN_PASSWORD = {"accounts.show_account", "accounts.change_password", "accounts.sign_out"}
P = ParamSpec("P")
R = TypeVar("R")
View = Callable[P, ResponseReturnValue]


def requires(*permissions: Permission) -> Callable[[View[P]], View[P]]:
    """The view needs a signed-in person who holds one of the permissions somewhere; the loader limits where."""
    return _letting_in(lambda actor: not permissions or any(map(actor.may, permissions)), permissions or "signed in")


def not_for_inquirers(view: View[P]) -> View[P]:
    """The view needs a signed-in person who does not come from outside: those reach their own consultations alone."""
    return _letting_in(lambda actor: not actor.holds(Role.INQUIRER), "from inside")(view)


def _letting_in(may_enter: Callable[[Actor], bool], guard: object) -> Callable[[View[P]], View[P]]:
    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
            if current_session() is None:
                return _ask_to_sign_in()
            if own_session().user.password_given and request.endpoint not in WITH_GIVEN_PASSWORD:
                return _ask_for_own_password()
            if not may_enter(current_actor()):
                abort(403)
            return view(*args, **kwargs)

        guarded.guard = guard  # type: ignore[attr-defined]
        return guarded

    return decorate


signed_in = requires()


def public(view: View[P]) -> View[P]:
    """The view shows nothing of the archive and is open to everyone."""
    view.guard = "public"  # type: ignore[attr-defined]
    return view


def current_session() -> UserSession | None:
    """The living session of this request, or None."""
    if "user_session" not in g:
        token = session.get("token")
        g.user_session = session_of(reading(), token, at=now()) if isinstance(token, str) else None
        g.actor = g.user_session.user.actor if g.user_session else None
    return cast(UserSession | None, g.user_session)


def own_session() -> UserSession:
    """The living session of this request; answers 401 where there is none."""
    return current_session() or abort(401)


def current_actor() -> Actor:
    """The signed-in person; answers 401 where there is none."""
    own_session()
    return cast(Actor, g.actor)


def use_guards(app: Flask) -> None:
    """Give templates the actor, and refuse to start with a route nobody guards."""
    unguarded = [rule.endpoint for rule in app.url_map.iter_rules() if not guard_of(app, rule.endpoint)]
    if unguarded:
        raise RuntimeError(f"Routes without a guard: {', '.join(sorted(unguarded))}")
    use_resuming(app, lambda: current_actor().user_id if current_session() else None)

    @app.context_processor
    def offer() -> dict[str, object]:
        return {"actor": current_actor() if current_session() else None, "Permission": Permission}


def guard_of(app: Flask, endpoint: str) -> object:
    """The guard of a route: `public`, `signed in`, `from inside`, or the permissions; None where there is none."""
    if endpoint == "static" or endpoint.endswith(".static"):
        return "public"
    return getattr(app.view_functions[endpoint], "guard", None)


def _ask_for_own_password() -> ResponseReturnValue:
    """Lead to the page where the password given by an administrator is changed."""
    if wants_json():
        abort(403)
    flash(gettext("Your password was chosen by an administrator. Choose one of your own first."), "refusal")
    return redirect(url_for("accounts.show_account"), 303)


def _ask_to_sign_in() -> ResponseReturnValue:
    """Lead to the sign-in page; a form that its person sent too late comes along, so that nothing typed is lost."""
    if wants_json():
        abort(401)
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")), 303)
    return lapsed()
