"""The transaction of a request: one for writing where the view says so, one for looking otherwise."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import cast

from flask import Flask, current_app, g, has_request_context, request
from sqlalchemy.orm import Session

from config import Settings
from storage.database import Database
from storage.objects import ObjectStore

ONLY_SHOW = "only_show"  # a field beside those of a form: show it as it was typed; its value is the page it stood on


class NothingDone(Exception):
    """The form was to be shown only: whatever the view has written is rolled back."""


@contextmanager
def begin() -> Iterator[Session]:
    """One writing transaction; commits as the block ends, rolls back if it raises or the form is only shown."""
    with database().begin() as session:
        yield session
        if only_showing():
            raise NothingDone


def only_showing() -> bool:
    """Whether the form of this request is to be shown as it was typed, and nothing to be done."""
    if not has_request_context():
        return False
    if "only_showing" not in g:
        g.only_showing = request.method == "POST" and ONLY_SHOW in request.form
    return bool(g.only_showing)


def reading() -> Session:
    """The request's session for looking; closed when the answer has been made."""
    if "reading" not in g:
        g.reading = database().reader()
    return cast(Session, g.reading)


def refresh_reading() -> None:
    """Look anew: what this request has just written is seen by what it shows next."""
    if (session := g.pop("reading", None)) is not None:
        session.close()


def database() -> Database:
    """The database this application was made with."""
    return cast(Database, current_app.extensions["anjuan.database"])


def store() -> ObjectStore:
    """The object store this application was made with."""
    return cast(ObjectStore, current_app.extensions["anjuan.store"])


def settings() -> Settings:
    """The settings this application was made with."""
    return cast(Settings, current_app.extensions["anjuan.settings"])


def today() -> date:
    """The present day where the office is."""
    return settings().today()


def now() -> datetime:
    """The present moment, aware."""
    return settings().now()


def join_parts(app: Flask, database: Database, store: ObjectStore, settings: Settings) -> None:
    """Let the application work on this database, with these objects and settings."""
    app.extensions["anjuan.database"] = database
    app.extensions["anjuan.store"] = store
    app.extensions["anjuan.settings"] = settings


def use_transactions(app: Flask, database: Database, store: ObjectStore, settings: Settings) -> None:
    """Join database, objects and settings to the application, and close what a request has looked at."""
    join_parts(app, database, store, settings)

    @app.teardown_appcontext
    def close(_error: BaseException | None) -> None:
        refresh_reading()
