"""Writing the chains. An entry waits in its session and is numbered at the very end of the transaction.

The head row is therefore the last lock a transaction takes, held only until its commit: numbers are gap-free and in the
order of commits, and no two transactions can wait for each other over it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, Protocol
from weakref import WeakKeyDictionary

from sqlalchemy import event, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session, SessionTransaction

from audit.models import AuditEntry, ChainHead, UseEntry
from storage.database import dialect_of, write_many

CHAINS: dict[str, type[AuditEntry] | type[UseEntry]] = {"changes": AuditEntry, "uses": UseEntry}
GENESIS = "0" * 64


class Subject(Protocol):
    """What an entry is about: any row with a table and an id."""

    __tablename__: str
    id: int


@dataclass
class Row:
    """A row known by its table and id alone: where many are written at once, or its key has another name."""

    __tablename__: str
    id: int


@dataclass
class _Pending:
    chain: str
    at: datetime
    actor: str
    action: str
    subject: Subject | str
    unit_path: str | None
    details: dict[str, object]


def record(
    session: Session, actor: str, action: str, subject: Subject | str, *, unit: str | None = None, **details: object
) -> None:
    """Note a change in the chain; it commits or vanishes with the change itself.

    `action` reads `noun.verb`; `subject` is a row, or the name of a kind where there is no row (`session`).
    `unit` is the path of the unit concerned, by default the subject's own `unit_path`.
    """
    _note(session, "changes", actor, action, subject, unit, details)


def record_use(
    session: Session, actor: str, action: str, subject: Subject | str, *, unit: str | None = None, **details: object
) -> None:
    """Note a look at content in the use register 利用登记 (art. 17)."""
    _note(session, "uses", actor, action, subject, unit, details)


def seal(session: Session) -> None:
    """Number and write the waiting entries now; happens by itself as the transaction commits."""
    waiting: list[_Pending] = session.info.pop(_KEY, [])
    if not waiting:
        return
    session.flush()
    for chain in sorted({entry.chain for entry in waiting}):
        _append(session, chain, [entry for entry in waiting if entry.chain == chain])


def digest_of(previous: str, number: int, parts: Iterable[str]) -> str:
    """SHA-256 of the digest before, the number and every column, as a JSON list: no text can pose as two."""
    return hashlib.sha256(json.dumps([previous, number, *parts], ensure_ascii=False).encode()).hexdigest()


def columns_of(entry: AuditEntry | UseEntry) -> tuple[str, ...]:
    """The columns a digest covers, as text."""
    return _covered(
        entry.at, entry.actor, entry.action, entry.subject_kind, entry.subject_id, entry.unit_path, entry.details
    )


def _covered(
    at: datetime, actor: str, action: str, subject_kind: str, subject_id: int | None, unit_path: str, details: str
) -> tuple[str, ...]:
    subject = "" if subject_id is None else str(subject_id)
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    return moment, actor, action, subject_kind, subject, unit_path, details


ROWS_AT_ONCE = 5_000
_KEY = "audit.waiting"
_MARKS = "audit.marks"  # how many entries waited as each savepoint began


def _note(
    session: Session,
    chain: str,
    actor: str,
    action: str,
    subject: Subject | str,
    unit: str | None,
    details: dict[str, object],
) -> None:
    entry = _Pending(chain, datetime.now(UTC), actor, action, subject, unit, details)
    session.info.setdefault(_KEY, []).append(entry)


def _append(session: Session, chain: str, waiting: list[_Pending]) -> None:
    model = CHAINS[chain]
    head = _locked_head(session, chain)
    number, digest = head.number, head.digest
    for start in range(0, len(waiting), ROWS_AT_ONCE):
        rows = []
        for entry in waiting[start : start + ROWS_AT_ONCE]:
            number += 1
            row = _row(entry)
            digest = digest_of(digest, number, _covered(**row))
            rows.append({"number": number, "digest": digest, **row})
        write_many(session, model, rows)
    head.number, head.digest = number, digest
    session.flush()


def _row(entry: _Pending) -> dict[str, Any]:
    """The columns of an entry that its digest covers."""
    named = isinstance(entry.subject, str)
    subject_id = None if isinstance(entry.subject, str) else entry.subject.id
    if not named and subject_id is None:
        raise ValueError(f"{entry.action}: the subject has no id; was it added to the session?")
    return {
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject_kind": entry.subject if isinstance(entry.subject, str) else entry.subject.__tablename__,
        "subject_id": subject_id,
        "unit_path": _unit_path(entry),
        "details": json.dumps(entry.details, ensure_ascii=False, default=_plain, separators=(",", ":")),
    }


def _locked_head(session: Session, chain: str) -> ChainHead:
    locked = (
        select(ChainHead).where(ChainHead.chain == chain).with_for_update().execution_options(populate_existing=True)
    )
    head = session.scalar(locked)
    if head is None:  # the first entry of all; two transactions may both find that out
        first = postgresql.insert if dialect_of(session) == "postgresql" else sqlite.insert
        session.execute(first(ChainHead).values(chain=chain, number=0, digest=GENESIS).on_conflict_do_nothing())
        head = session.scalars(locked).one()
    return head


def _unit_path(entry: _Pending) -> str:
    return entry.unit_path if entry.unit_path is not None else getattr(entry.subject, "unit_path", "")


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case date() | datetime():
            return value.isoformat()
        case Decimal():
            return str(value)
        case set() | frozenset():
            return sorted(value)
    text = getattr(value, "zh", None)
    return text if isinstance(text, str) else str(value)


@event.listens_for(Session, "before_commit")
def _seal_before_commit(session: Session) -> None:
    if not session.in_nested_transaction():  # a released savepoint is no commit: the head would be locked too early
        seal(session)


@event.listens_for(Session, "after_transaction_create")
def _mark(session: Session, transaction: SessionTransaction) -> None:
    if transaction.nested:
        session.info.setdefault(_MARKS, WeakKeyDictionary())[transaction] = len(session.info.get(_KEY, []))


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    """A savepoint that is undone takes its own entries along, also where a flush within it failed and undid it."""
    marks, undone = session.info.get(_MARKS, {}), previous
    while undone not in marks and undone.parent is not None:
        undone = undone.parent
    del session.info.get(_KEY, [])[marks.get(undone, 0) :]


@event.listens_for(Session, "after_transaction_end")
def _forget_all(session: Session, transaction: SessionTransaction) -> None:
    if transaction.parent is None:
        session.info.pop(_KEY, None)
