"""The versions of a household 变更记录: what stood when, told by a room that can put the chain into words."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from accounts.roles import Actor
from records.files.models import File


@dataclass(frozen=True)
class Changed:
    """One field of a version: what stood there before, empty where nothing did, and what stands there since."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class Version:
    """What one entry of the chain made of a household; the first version has the number 1."""

    number: int
    at: datetime
    who: str
    action: str
    changes: Sequence[Changed]


Teller = Callable[[Session, File, Actor, date], Sequence[Version]]
_tellers: list[Teller] = []


def version_teller(teller: Teller) -> Teller:
    """Register the function of a higher room that reads the versions of a household."""
    _tellers.append(teller)
    return teller


def versions_of(session: Session, file: File, reader: Actor, on: date) -> Sequence[Version]:
    """The versions of the household of a file, the newest first, as the reader is told them on a day."""
    return [version for teller in _tellers for version in teller(session, file, reader, on)]
