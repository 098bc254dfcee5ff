"""One answer for every refusal and every error, as a page or, for scripts, as JSON."""

from contextlib import suppress

from flask import Flask, current_app, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from storage.database import gave_way
from web.language import N_, gettext
from web.rules import NotVisible, RuleViolation

ERRORS = {
    400: (N_("The request could not be read"), N_("Go back, check what was entered and try again.")),
    401: (N_("Not signed in"), N_("The session has lapsed. Sign in and try again.")),
    403: (N_("Not allowed"), N_("Your roles do not include this. Ask the security administrator of your unit.")),
    404: (N_("Nothing here"), N_("It does not exist, or it is not among the units you may see.")),
    405: (
        N_("Not possible this way"),
        N_("This address only takes what the form of a page sends. Open the page and use its buttons."),
    ),
    409: (
        N_("Somebody else was writing at this moment"),
        N_("Nothing was saved of what you sent. Go back and send it again."),
    ),
    413: (N_("Too large"), N_("The file is larger than this system takes.")),
    500: (
        N_("Something went wrong"),
        N_("Nothing was changed. Try again; if it stays, tell the system administrator."),
    ),
}
EXPIRED = (N_("The page was open too long"), N_("Nothing was changed. Go back, reload the page and send it again."))


def use_error_pages(app: Flask) -> None:
    """Answer refusals with 422 and their article, invisible rows with 404, everything else with its page."""

    @app.errorhandler(RuleViolation)
    def refused(refusal: RuleViolation) -> ResponseReturnValue:
        if wants_json():
            return jsonify(reason=refusal.text(), article=refusal.article), refusal.status
        return render_template(
            "web/error.html",
            title=gettext("Refused"),
            advice=refusal.text(),
            article=refusal.article,
            status=refusal.status,
            back=None,
        ), refusal.status

    @app.errorhandler(NotVisible)
    def not_visible(_error: NotVisible) -> ResponseReturnValue:
        return _page(404, *ERRORS[404])

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> ResponseReturnValue:
        if error.code is None or error.code < 400:
            return error
        if error.code == 405:
            return _page(405, *ERRORS[405], back=_page_above())
        return _page(error.code, *ERRORS.get(error.code, ERRORS[400]))

    @app.errorhandler(DBAPIError)
    def database_failed(error: DBAPIError) -> ResponseReturnValue:
        if not gave_way(error):
            return unexpected(error)
        app.logger.warning("Gave way to another transaction at %s: %s", request.path, error.orig)
        answer = make_response(_page(409, *ERRORS[409]))
        answer.headers["Retry-After"] = "1"  # seconds; tells our scripts that the same may be sent again
        return answer

    @app.errorhandler(Exception)
    def unexpected(error: Exception) -> ResponseReturnValue:
        app.logger.exception("Unexpected error at %s", request.path, exc_info=error)
        return _page(500, *ERRORS[500])


def page_too_old() -> ResponseReturnValue:
    """The answer to a form of an earlier session that nobody can be said to have typed."""
    return _page(400, *EXPIRED)


def wants_json() -> bool:
    """Whether a script of ours asked, which shows the reason itself."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


def _page_above() -> str | None:
    """The nearest address above the one asked for that is a page, as what a form concerns; None is the workbench.

    A refused form is shown at an address that takes forms alone: loaded again, it leads here.
    """
    routes, path = current_app.create_url_adapter(request), request.path
    while routes is not None and (path := path.rpartition("/")[0]):
        with suppress(HTTPException):
            routes.match(path, method="GET")
            return request.script_root + path
    return None


def _page(status: int, title: str, advice: str, *, back: str | None = None) -> ResponseReturnValue:
    if wants_json():
        return jsonify(reason=gettext("%(title)s. %(advice)s", title=gettext(title), advice=gettext(advice))), status
    page = render_template(
        "web/error.html", title=gettext(title), advice=gettext(advice), article=None, status=status, back=back
    )
    return page, status
