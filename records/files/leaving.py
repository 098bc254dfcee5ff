"""What ends where a household leaves help or its unit 撤档、并户、转出: later rooms say what of theirs is open."""

from collections.abc import Callable
from datetime import date

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.models import File

Ending = Callable[[Session, File, str, Actor, date], None]
_endings: list[Ending] = []


def ends_with_help(ending: Ending) -> Ending:
    """Register how a later room ends what is open of a household; it is given the locked file, and why it leaves."""
    _endings.append(ending)
    return ending


def end_what_is_open(session: Session, file: File, why: str, *, actor: Actor, on: date) -> None:
    """End what later rooms have open of a household that leaves; only who leaves help is ever destroyed (art. 15)."""
    for ending in _endings:
        ending(session, file, why, actor, on)
