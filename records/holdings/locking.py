"""Waiting for one's turn with a row."""

from sqlalchemy.orm import Session

from storage.database import Base


def lock(session: Session, row: Base) -> None:
    """Read a row anew and keep others from changing it until commit.

    What is not written yet is written first, for refreshing would forget it. The lock is PostgreSQL's weaker one, for
    which rows that refer to this one need not wait: two uploads into one file, each having added its item, would wait
    for each other otherwise.
    """
    session.flush()
    session.refresh(row, with_for_update={"of": type(row), "key_share": True})
