"""Making notices from the chain and from the day, and reading them."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, tzinfo
from functools import cache
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, false, func, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

import records.notices.rules  # noqa: F401 - they register themselves
from accounts.models import User
from accounts.roles import Actor
from audit import AuditEntry, ChainHead
from records.notices.models import Notice, NoticeKind, NoticeProgress
from records.notices.registry import (
    DailyRule,
    EventRule,
    daily_rules,
    event_rules,
    every_action,
    waiting_rules,
)
from storage.database import Database, dialect_of
from web.rules import NotVisible

ENTRIES_AT_ONCE = 500
ONLY = 1


def read_on(database: Database, *, at: datetime) -> int:
    """Tell of the next stretch of the audit chain; how many entries were read, 0 when there is nothing new.

    `at` is in the office's zone, whose days count where a thing is told once a day.
    Notices and the number read so far are written in one transaction: a process that dies in between loses nothing.
    """
    with database.reading() as looking:
        end = looking.scalar(select(ChainHead.number).where(ChainHead.chain == "changes")) or 0
        known = looking.get(NoticeProgress, ONLY)
        if known is not None and known.chain_number >= end:
            return 0
    if not end:
        return 0
    with database.begin() as session:
        progress = _progress(session)
        last = min(end, progress.chain_number + ENTRIES_AT_ONCE)
        read = last - progress.chain_number
        entries = session.scalars(
            select(AuditEntry)
            .where(
                AuditEntry.number > progress.chain_number,
                AuditEntry.number <= last,
                AuditEntry.action.in_(every_action()),
            )
            .order_by(AuditEntry.number)
        ).all()
        for entry in entries:
            tell_of_entry(session, entry, zone=at.tzinfo or UTC)
        progress.chain_number = last
    return max(read, 0)


def tell_of_day(database: Database, *, on: date, at: datetime) -> bool:
    """Tell what is due or late on a day, once a day for all; whether that was done now."""
    with database.reading() as looking:
        known = looking.get(NoticeProgress, ONLY)
        if known is not None and known.day is not None and known.day >= on:
            return False
    with database.begin() as session:
        progress = _progress(session)
        if progress.day is not None and progress.day >= on:
            return False
        tell_what_is_due(session, on=on, at=at)
        progress.day = on
    return True


def settle_done(database: Database, *, at: datetime) -> int:
    """Mark as read what asks for something that is done by now; how many notices. One query where there is none."""
    with database.reading() as looking:
        ids = looking.scalars(_asking_for_what_is_done()).all()
    if ids:
        with database.begin() as session:
            session.execute(update(Notice).where(Notice.id.in_(ids), Notice.read_at.is_(None)).values(read_at=at))
    return len(ids)


@cache
def _asking_for_what_is_done() -> Select[int]:
    """Unread notices of every rule whose notices settle by themselves; asked for in every round, hence made once."""
    done = (and_(Notice.rule == rule, Notice.subject_id.not_in(one.still)) for rule, one in waiting_rules().items())
    return select(Notice.id).where(Notice.read_at.is_(None), or_(false(), *done))


def visible_notices(actor: Actor) -> Select[Notice]:
    """A person's own notices; every list begins here."""
    return select(Notice).where(Notice.user_id == actor.user_id)


def unread_count(session: Session, user_id: int) -> int:
    """How many notices a person has not read."""
    return session.scalar(select(func.count(Notice.id)).where(Notice.user_id == user_id, Notice.read_at.is_(None))) or 0


def unread_by_kind(session: Session, user_id: int) -> dict[NoticeKind, int]:
    """How many unread notices of each kind a person has, in the order of the kinds."""
    rows = session.execute(
        select(Notice.kind, func.count(Notice.id))
        .where(Notice.user_id == user_id, Notice.read_at.is_(None))
        .group_by(Notice.kind)
    ).all()
    counted = dict(rows)
    return {kind: counted[kind] for kind in NoticeKind if kind in counted}


def mark_read(session: Session, notice_id: int, *, actor: Actor, at: datetime) -> Notice:
    """Mark one of one's own notices as read; raises NotVisible. One read before stays as it was."""
    notice = session.scalar(visible_notices(actor).where(Notice.id == notice_id))
    if notice is None:
        raise NotVisible
    notice.read_at = notice.read_at or at
    return notice


def mark_all_read(session: Session, *, actor: Actor, at: datetime, kind: NoticeKind | None = None) -> int:
    """Mark all of one's own notices as read, or all of one kind; how many were not."""
    mine = (Notice.user_id == actor.user_id, Notice.read_at.is_(None), *([Notice.kind == kind] if kind else []))
    done = session.execute(update(Notice).where(*mine).values(read_at=at))
    return cast("CursorResult[Any]", done).rowcount


def _progress(session: Session) -> NoticeProgress:
    """How far notices have been made, locked against other workers."""
    locked = select(NoticeProgress).where(NoticeProgress.id == ONLY).with_for_update()
    found = session.scalar(locked)
    if found is None:  # the first of all; two workers may both find that out
        insert = postgresql.insert if dialect_of(session) == "postgresql" else sqlite.insert
        session.execute(insert(NoticeProgress).values(id=ONLY, chain_number=0).on_conflict_do_nothing())
        found = session.scalars(locked).one()
    return found


def tell_what_is_due(session: Session, *, on: date, at: datetime) -> None:
    """Tell everybody what is due or late on a day; nobody is told the same twice. `at` is in the office's zone.

    What the digests of a day before told is told by those of this day, as far as it is true still.
    """
    rows = [
        row
        for rule in daily_rules()
        for told in rule.what(session, on, at.tzinfo or UTC)
        for row in _notices(
            told.people,
            f"{rule.key}:{told.subject_id}:{on.isoformat() if rule.digest else told.stage}",
            rule,
            told.subject_id,
            told.facts,
            at=at,
        )
    ]
    digests = [rule.key for rule in daily_rules() if rule.digest]
    session.execute(update(Notice).where(Notice.rule.in_(digests), Notice.read_at.is_(None)).values(read_at=at))
    _tell(session, rows)


def tell_of_entry(session: Session, entry: AuditEntry, *, zone: tzinfo = UTC) -> None:
    """Tell of one entry of the chain those whom it concerns, who did it aside; days are those of `zone`."""
    if entry.subject_id is None:
        return
    details = json.loads(entry.details)
    doer = session.scalar(select(User.id).where(User.name == entry.actor))
    for rule in event_rules(entry.action):
        people = [who for who in rule.who(session, entry, details) if who != doer]
        facts = {name: details.get(name, "") for name in rule.facts}
        key = f"{rule.key}:{entry.at.astimezone(zone).date() if rule.once_a_day else entry.number}"
        _tell(session, _notices(people, key, rule, entry.subject_id, facts, at=entry.at))


def _notices(
    people: Iterable[int | None],
    key: str,
    rule: EventRule | DailyRule,
    subject_id: int,
    facts: Mapping[str, Any],
    *,
    at: datetime,
) -> list[dict[str, Any]]:
    """The rows of a notice, one for everybody it is meant for."""
    return [
        {
            "user_id": who, "key": key, "rule": rule.key, "kind": rule.kind, "subject_id": subject_id,
            "facts": dict(facts), "told_at": at,
        }
        for who in dict.fromkeys(people)
        if who is not None
    ]  # fmt: skip


def _tell(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    """Put notices into the inboxes, all at once; what was told before is not told again."""
    insert = postgresql.insert if dialect_of(session) == "postgresql" else sqlite.insert
    if rows:
        session.execute(insert(Notice.__table__).on_conflict_do_nothing(), rows)  # type: ignore[arg-type]
