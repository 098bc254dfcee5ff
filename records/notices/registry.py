"""Who is told of what, in which words, with which link: rules that every room may add to.

An event rule speaks of an action of the audit chain, a daily rule of what is true on a day. Both name people by the ids
of their accounts, and facts by the names that stand in their sentence.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, tzinfo
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, inspect, select
from sqlalchemy.orm import Session

from accounts.models import Grant, User
from accounts.roles import Permission, Role
from audit import AuditEntry
from records.notices.models import NoticeKind
from storage.database import Base

WhoOf = Callable[[Session, AuditEntry, Mapping[str, Any]], Iterable[int | None]]


@dataclass(frozen=True)
class Daily:
    """One thing to be told on a day: to whom, of which row, with which facts; told once for each `stage`."""

    people: Iterable[int | None]
    subject_id: int
    facts: Mapping[str, Any]
    stage: str = ""


@dataclass(frozen=True)
class Concern:
    """One thing that a digest counts: whose it is, and since when."""

    people: Iterable[int | None]
    since: date


WhatOf = Callable[[Session, date, tzinfo], Iterable[Daily]]
AllOf = Callable[[Session, date, tzinfo], Iterable[Concern]]


@dataclass(frozen=True)
class Words:
    """How a notice of a rule is shown: its sentence (a msgid with named facts), and the page it leads to.

    `argument` is what that page calls the subject, None where it is a list of more; `shown` is what of the list.
    """

    sentence: str
    endpoint: str
    argument: str | None
    shown: Mapping[str, str]


@dataclass(frozen=True)
class EventRule:
    """Who is told of an action; `facts` are the details of the entry that the sentence names."""

    key: str
    action: str
    kind: NoticeKind
    facts: tuple[str, ...]
    who: WhoOf
    once_a_day: bool = False


@dataclass(frozen=True)
class DailyRule:
    """What is told on a day; a `digest` is told anew on each day, and that of the day before counts as read then."""

    key: str
    kind: NoticeKind
    what: WhatOf
    digest: bool = False


@dataclass(frozen=True)
class Waiting:
    """Of which rows a notice speaks, and what is true of one while it waits: for anybody, or for who was told of it.

    The condition may name the Notice, whose `user_id` is the one told.
    """

    model: type[Base]
    condition: ColumnElement[bool]

    @property
    def still(self) -> Select[Any]:
        """The ids of the rows that wait."""
        return select(inspect(self.model).primary_key[0]).where(self.condition)


_waiting: dict[str, Waiting] = {}
_words: dict[str, Words] = {}
_events: dict[str, list[EventRule]] = {}
_days: dict[str, DailyRule] = {}


def told_of(
    action: str,
    kind: NoticeKind,
    sentence: str,
    endpoint: str,
    argument: str,
    *,
    facts: tuple[str, ...] = ("number",),
    key: str | None = None,
    once_a_day: bool = False,
) -> Callable[[WhoOf], WhoOf]:
    """Register who is told of an action; who has done it is never told. `key` sets apart two rules for one action.

    With `once_a_day` a person is told of the first of a day of the office alone.
    """

    def register(who: WhoOf) -> WhoOf:
        rule = EventRule(key or action, action, kind, facts, who, once_a_day)
        _words[rule.key] = Words(sentence, endpoint, argument, {})
        _events.setdefault(action, []).append(rule)
        return who

    return register


def told_daily(
    key: str, kind: NoticeKind, sentence: str, endpoint: str, argument: str
) -> Callable[[WhatOf], WhatOf]:  # fmt: skip
    """Register what is told on the days on which it is true, each person once for each row and stage.

    A rule is asked about a day of the zone of the office.
    """

    def register(what: WhatOf) -> WhatOf:
        _words[key] = Words(sentence, endpoint, argument, {})
        _days[key] = DailyRule(key, kind, what)
        return what

    return register


def digest_daily(
    key: str, kind: NoticeKind, sentence: str, endpoint: str, argument: str | None = None, **shown: str
) -> Callable[[AllOf], AllOf]:
    """Register what everybody is told in one notice a day, anew on each: the sentence names their `count` and `day`.

    `argument` is what the page calls the person told, `shown` what the list is asked for.
    """

    def register(every: AllOf) -> AllOf:
        _words[key] = Words(sentence, endpoint, argument, shown)
        _days[key] = DailyRule(key, kind, lambda *asked: _by_person(every(*asked)), digest=True)
        return every

    return register


def _by_person(every: Iterable[Concern]) -> Iterator[Daily]:
    """How many things are each person's, and the earliest day since when."""
    days: dict[int, list[date]] = defaultdict(list)
    for one in every:
        for who in set(one.people) - {None}:
            days[cast(int, who)].append(one.since)
    for who, since in sorted(days.items()):
        yield Daily([who], who, {"count": len(since), "day": min(since).isoformat()})


def waits_while(model: type[Base], condition: ColumnElement[bool], *rules: str) -> None:
    """Register how long what notices of some rules ask for waits: while it is true of the row they are about."""
    for rule in rules:
        _waiting[rule] = Waiting(model, condition)


def waiting_rules() -> Mapping[str, Waiting]:
    """The rules whose notices settle by themselves."""
    return _waiting


def event_rules(action: str) -> list[EventRule]:
    """The rules about an action."""
    return _events.get(action, [])


def daily_rules() -> list[DailyRule]:
    """Every rule about days."""
    return list(_days.values())


def every_action() -> set[str]:
    """Every action that somebody is told of."""
    return set(_events)


def words_of(rule: str) -> Words | None:
    """How a notice of a rule is shown; None where there is no such rule any more."""
    return _words.get(rule)


class Holders:
    """Who holds which permission in which unit, read once with one query: for rules that tell of many rows."""

    def __init__(self, session: Session) -> None:
        self._held: dict[str, list[tuple[Role, int]]] = {}
        for path, role, user_id in session.execute(_held(Grant.unit_path, Grant.role, Grant.user_id)):
            self._held.setdefault(path, []).append((role, user_id))

    def those_with(self, permission: Permission, unit_path: str) -> list[int]:
        """As the function of this name."""
        held = self._held.get(unit_path, [])
        return list(dict.fromkeys(user_id for role, user_id in held if permission in role.permissions))


def those_with(session: Session, permission: Permission, unit_path: str) -> list[int]:
    """The ids of people with an open account who hold the permission by a role in exactly this unit; one query."""
    roles = [role for role in Role if permission in role.permissions]
    held = _held(Grant.user_id).where(Grant.unit_path == unit_path, Grant.role.in_(roles))
    return list(session.scalars(held.distinct()))


def _held(*columns: Any) -> Select[Any]:
    """Columns of the roles that open accounts hold, by person."""
    in_force = Grant.ended_at.is_(None), User.closed_at.is_(None)
    return select(*columns).join(User, User.id == Grant.user_id).where(*in_force).order_by(Grant.user_id)
