"""Waiting for one's turn with a row that is no file: files have `records.files.locking`, which asks who may."""

from sqlalchemy.orm import Session

from records.files.models import File
from storage.database import Base


def lock(session: Session, row: Base) -> None:
    """Read a row anew and keep others from changing it until commit.

    What is not written yet is written first, for refreshing would forget it. The lock is PostgreSQL's weaker one, for
    which rows that refer to this one need not wait: two who each add a row that refers to it would wait for each other
    otherwise. Raises TypeError for a file: nobody locks one without asking who may change it.
    """
    if isinstance(row, File):
        raise TypeError("A file is locked by records.files.locking, which asks who may change it.")
    session.flush()
    session.refresh(row, with_for_update={"of": type(row), "key_share": True})
