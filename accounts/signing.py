"""Signing with the password: guessing it there is counted as at the sign-in."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import request
from sqlalchemy.orm import Session

from accounts.errors import WrongPassword
from accounts.guard import current_actor
from accounts.services import failed_sign_ins, note_failed_sign_in
from web.transaction import begin, now, reading


@contextmanager
def signing() -> Iterator[Session]:
    """A transaction in which whoever is signed in gives the password once more.

    Raises TooManyAttempts before it begins, and WrongPassword once the guess is counted.
    """
    name, address = current_actor().name, request.remote_addr or ""
    failed_sign_ins(reading(), name, address, at=now())
    try:
        with begin() as session:
            yield session
    except WrongPassword:
        with begin() as session:
            note_failed_sign_in(session, name, address, at=now())
        raise
