"""Who is told of what, once, in an inbox; and by a digest that says nothing of anybody."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, make_transient

from accounts.models import User
from accounts.roles import Permission
from audit import AuditEntry
from audit.words import known_actions
from config import MailServer, read
from records.handover.models import Handover, Part
from records.handover.services import cancel
from records.handover.witnesses import replace_witness
from records.lending.calling_back import remind
from records.lending.services import lend, take_back
from records.notices.errors import NoAddress
from records.notices.mailing import ATTEMPTS, end_mail, send_digests, wish_mail
from records.notices.models import DigestState, MailDigest, Notice, NoticeKind, NoticeProgress
from records.notices.registry import daily_rules, every_action, those_with, waiting_rules, words_of
from records.notices.services import read_on, settle_done, tell_of_day, tell_of_entry, unread_by_kind
from storage.database import Database
from tests.cast import MONDAY, NOON, Cast, make_cast
from tests.conftest import SignedIn
from tests.records.handover.office import begin, make_office, people
from tests.records.handover.test_views import found_cast, merged, text
from tests.records.lending.shelf import make_copy
from tests.records.notices.sink import Sink, mail_sink

EVENING = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)


def told(database: Database, name: str) -> list[tuple[str, NoticeKind]]:
    with database.reading() as session:
        rows = session.execute(
            select(Notice.rule, Notice.kind).join(User, User.id == Notice.user_id).where(User.name == name)
            .order_by(Notice.id)
        )  # fmt: skip
        return [(rule, kind) for rule, kind in rows]


def level(database: Database) -> None:
    """Read the whole chain on."""
    while read_on(database, at=NOON):
        pass


def in_office(database: Database, deed: Callable[[Session, Cast], object]) -> None:
    with database.begin() as session:
        deed(session, merged(database, session, found_cast(database)))


@pytest.fixture
def handing_over(database: Database) -> Database:
    """A handover has begun, as number 1."""
    in_office(database, make_office)
    in_office(database, begin)
    return database


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as made:
        yield made


def server(sink: Sink) -> MailServer:
    return MailServer("127.0.0.1", sink.port, "none", "", "", "anjuan@example.org", 8, "https://anjuan.example")


def wish(database: Database, name: str, language: str = "en") -> None:
    with database.begin() as session:
        wish_mail(session, f"{name}@example.org", language, actor=people(session)[name].actor, at=NOON)


def test_every_action_that_is_told_is_one_of_the_chain_and_every_rule_has_words() -> None:
    assert every_action() <= known_actions().keys()
    assert all(words_of(rule.key) for rule in daily_rules())


def test_the_others_are_told_of_an_event_and_who_did_it_is_not(handing_over: Database) -> None:
    level(handing_over)
    assert told(handing_over, "keeper2") == [("handover.started", NoticeKind.WAITS)]
    assert told(handing_over, "approver") == [("handover.started", NoticeKind.WAITS)]
    assert told(handing_over, "keeper") == []
    assert told(handing_over, "reader") == []


def test_the_chain_is_read_on_and_nothing_is_told_twice(handing_over: Database) -> None:
    level(handing_over)
    assert read_on(handing_over, at=NOON) == 0

    def give_up(session: Session, cast: Cast) -> None:
        cancel(session, session.scalars(select(Handover)).one(), "日期有误", actor=cast.keeper.actor, on=MONDAY)

    in_office(handing_over, give_up)
    level(handing_over)
    assert told(handing_over, "keeper2") == [
        ("handover.started", NoticeKind.WAITS), ("handover.cancelled", NoticeKind.REFUSED),
    ]  # fmt: skip
    with handing_over.begin() as session:
        session.get_one(NoticeProgress, 1).chain_number = 0  # as after a restore of this row from yesterday
    level(handing_over)
    assert len(told(handing_over, "keeper2")) == 2


def test_what_asks_for_something_that_is_done_settles_by_itself(handing_over: Database) -> None:
    level(handing_over)
    assert settle_done(handing_over, at=NOON) == 0

    def give_up(session: Session, cast: Cast) -> None:
        cancel(session, session.scalars(select(Handover)).one(), "日期有误", actor=cast.keeper.actor, on=MONDAY)

    in_office(handing_over, give_up)
    level(handing_over)
    assert settle_done(handing_over, at=NOON) == 2
    with handing_over.reading() as session:
        unread = session.scalars(select(Notice.rule).where(Notice.read_at.is_(None)).distinct()).all()
    assert unread == ["handover.cancelled"]


def test_a_witness_who_is_replaced_is_asked_for_nothing_and_the_new_one_is_told_of_the_part(
    handing_over: Database,
) -> None:
    level(handing_over)

    def another_witness(session: Session, cast: Cast) -> None:
        replace_witness(
            session, session.scalars(select(Handover)).one(), Part.WITNESS, cast.supervisor, "监交人外出",
            actor=cast.keeper.actor, at=NOON,
        )  # fmt: skip

    in_office(handing_over, another_witness)
    level(handing_over)
    assert settle_done(handing_over, at=NOON) == 1
    with handing_over.reading() as session:
        unread = session.execute(
            select(User.name, Notice.rule).join(User, User.id == Notice.user_id).where(Notice.read_at.is_(None))
        ).all()
    assert sorted(tuple(row) for row in unread) == [
        ("keeper2", "handover.started"), ("keeper2", "handover.witness_replaced"),
        ("supervisor", "handover.witness_named"),
    ]  # fmt: skip


def test_what_is_due_and_late_is_told_once_to_whom_it_concerns(handing_over: Database) -> None:
    def on(day_count: int) -> None:
        tell_of_day(handing_over, on=MONDAY + timedelta(days=day_count), at=NOON)

    on(0)
    assert told(handing_over, "reader") == []
    on(5)
    on(6)
    assert told(handing_over, "reader") == [("loan.due", NoticeKind.DUE)]
    on(8)
    on(9)
    assert told(handing_over, "reader")[1:] == [("loan.overdue_mine", NoticeKind.LATE)] * 2
    assert ("loan.overdue_of_mine", NoticeKind.LATE) in told(handing_over, "keeper")
    with handing_over.reading() as session:
        of_the_day = select(func.count()).where(Notice.rule == "loan.overdue_mine", Notice.read_at.is_(None))
        assert session.scalar(of_the_day) == 1  # what was told the day before is told by it
    on(60)
    on(61)
    for name in ("keeper", "approver"):
        assert [rule for rule, _ in told(handing_over, name)].count("duty.late") == 2  # once for each duty
    assert tell_of_day(handing_over, on=MONDAY + timedelta(days=61), at=NOON) is False


def test_who_is_reminded_of_several_papers_on_a_day_is_told_once(session: Session, cast: Cast) -> None:
    first = make_copy(session, cast)
    copies = [first, make_copy(session, cast, "P-0002", file=first.item.file, box=first.box)]
    desk = {"purpose": "复核", "days": 1, "actor": cast.keeper.actor, "at": NOON, "on": MONDAY}
    loans = [lend(session, copy, cast.reader, **desk) for copy in copies]
    for loan in loans:
        remind(session, loan, actor=cast.keeper.actor, on=MONDAY + timedelta(days=7))
    session.commit()
    reminded = session.scalars(select(AuditEntry).where(AuditEntry.action == "loan.reminded")).all()
    for entry in reminded:
        tell_of_entry(session, entry)
    told_of = select(Notice.subject_id).where(Notice.rule == "loan.reminded").order_by(Notice.id)
    assert (len(reminded), session.scalars(told_of).all()) == (2, [loans[0].id])
    earlier = reminded[0].at.astimezone(UTC)
    midnight = timezone(timedelta(hours=23) - timedelta(hours=earlier.hour, minutes=earlier.minute))
    for entry in reminded:
        make_transient(entry)
    reminded[1].at = earlier + timedelta(hours=1)  # the next day of an office where it was eleven at night
    tell_of_entry(session, reminded[1], zone=midnight)
    assert session.scalars(told_of).all() == [loan.id for loan in loans]


def test_a_reminder_of_several_papers_settles_when_the_last_is_back(session: Session, cast: Cast) -> None:
    first = make_copy(session, cast)
    copies = [first, make_copy(session, cast, "P-0002", file=first.item.file, box=first.box)]
    desk = {"actor": cast.keeper.actor, "at": NOON}
    loans = [lend(session, copy, cast.reader, purpose="复核", days=1, on=MONDAY, **desk) for copy in copies]
    later = MONDAY + timedelta(days=7)
    for loan in loans:
        remind(session, loan, actor=cast.keeper.actor, on=later)
    waits = []
    for loan in loans:
        take_back(session, loan, on=later, **desk)
        waits.append(bool(session.scalars(waiting_rules()["loan.reminded"].still).all()))
    assert waits == [True, False]


def test_two_workers_tell_everything_once(both_databases: Database) -> None:
    with both_databases.begin() as session:
        make_office(session, cast := make_cast(session))
        begin(session, cast)
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda _: level(both_databases), range(2)):
            pass
        late = MONDAY + timedelta(days=30)
        assert sorted(pool.map(lambda _: tell_of_day(both_databases, on=late, at=NOON), range(2))) == [False, True]
    assert told(both_databases, "keeper2") == [
        ("handover.started", NoticeKind.WAITS), ("handover.unfinished", NoticeKind.LATE),
    ]  # fmt: skip
    with both_databases.reading() as session:
        overdue = Notice.rule.startswith("loan.overdue_")
        assert session.scalar(select(func.count(Notice.id)).where(overdue)) == 2  # borrower and keeper


def test_roles_are_found_in_exactly_one_unit(session: Session, cast: Cast) -> None:
    assert those_with(session, Permission.FILE, cast.district.path) == [cast.keeper.id, cast.second_keeper.id]
    assert those_with(session, Permission.APPROVE, cast.street.path) == []


def test_the_head_counts_and_the_inbox_is_read(handing_over: Database, signed_in: SignedIn) -> None:
    level(handing_over)
    receiver = signed_in("keeper2")
    assert '<span class="tag due">1</span>' in receiver.get("/").text
    page = receiver.get("/notices?show=unread")
    assert "Handover YJ-2026-0001 has begun; you have a part in it." in text(page)
    assert "There is no notice here." in text(receiver.get("/notices?show=late"))
    assert signed_in("reader").post("/notices/1/read").status_code == 404
    opened = receiver.post("/notices/1/read", data={"open": "1"})
    assert opened.location == "/handovers/1"
    assert '<span class="tag due">1</span>' not in receiver.get("/").text
    receiver.post("/language/zh")
    assert "交接 YJ-2026-0001 已开始" in text(receiver.get("/notices"))
    leader = signed_in("approver")
    assert "1 notices marked as read." in text(leader.post("/notices/read", follow_redirects=True))
    assert leader.get("/notices?export=xlsx").status_code == 200


def test_a_digest_tells_counts_and_kinds_and_nothing_of_anybody(handing_over: Database, sink: Sink) -> None:
    level(handing_over)
    wish(handing_over, "keeper2", "zh")
    wish(handing_over, "approver", "en")
    assert send_digests(handing_over, None, at=EVENING) == 0
    assert send_digests(handing_over, server(sink), at=EVENING.replace(hour=7)) == 0
    assert send_digests(handing_over, server(sink), at=EVENING) == 2
    assert sink.recipients == ["keeper2@example.org", "approver@example.org"]
    assert {mail["Date"] for mail in sink.mails} == {"Mon, 02 Mar 2026 18:00:00 +0000"}
    chinese, english = (mail.get_content() for mail in sink.mails)  # type: ignore[attr-defined]
    assert "待办：1 项" in chinese
    assert "Waiting for you: 1" in english
    for body in (chinese, english):
        assert "https://anjuan.example/notices" in body
        for secret in ("YJ-2026-0001", "王维", "赵敏", "周大河", "东区"):
            assert secret not in body


def test_no_digest_goes_twice_for_a_day_and_none_where_all_is_read(handing_over: Database, sink: Sink) -> None:
    level(handing_over)
    wish(handing_over, "keeper2")
    wish(handing_over, "reader")
    for hours in range(3):
        send_digests(handing_over, server(sink), at=EVENING + timedelta(hours=hours))
    assert sink.recipients == ["keeper2@example.org"]
    send_digests(handing_over, server(sink), at=EVENING + timedelta(days=1))
    assert len(sink.mails) == 2


def test_a_mail_that_is_refused_is_tried_again_and_one_that_breaks_off_is_not(
    handing_over: Database, sink: Sink
) -> None:
    level(handing_over)
    wish(handing_over, "keeper2")
    sink.refuse = 1
    assert send_digests(handing_over, server(sink), at=EVENING) == 0
    assert send_digests(handing_over, server(sink), at=EVENING + timedelta(seconds=30)) == 0
    assert send_digests(handing_over, server(sink), at=EVENING + timedelta(minutes=3)) == 1
    sink.hang_up = 1
    tomorrow = EVENING + timedelta(days=1)
    assert send_digests(handing_over, server(sink), at=tomorrow) == 0
    assert send_digests(handing_over, server(sink), at=tomorrow + timedelta(hours=2)) == 0
    assert len(sink.mails) == 2
    with handing_over.reading() as session:
        states = session.scalars(select(MailDigest.state).order_by(MailDigest.id)).all()
    assert states == [DigestState.SENT, DigestState.SENDING]


def test_a_server_that_is_away_is_given_up_after_some_attempts(handing_over: Database, sink: Sink) -> None:
    level(handing_over)
    wish(handing_over, "keeper2")
    away = server(Sink(port=1))
    for attempt in range(ATTEMPTS + 2):
        send_digests(handing_over, away, at=EVENING + timedelta(hours=attempt / 2))
    with handing_over.reading() as session:
        digest = session.scalars(select(MailDigest).where(MailDigest.on == EVENING.date())).one()
    assert digest.trouble == "ConnectionRefusedError"
    assert digest.attempts <= ATTEMPTS
    assert send_digests(handing_over, server(sink), at=EVENING + timedelta(days=2)) == 1  # the next day goes on


def test_a_digest_is_wished_for_and_ended(handing_over: Database, signed_in: SignedIn, sink: Sink) -> None:
    level(handing_over)
    client = signed_in("keeper2")
    assert "No mail server is set up here" in text(client.get("/notices/mail"))
    wrong = client.post("/notices/mail", data={"address": "nowhere", "language": "zh"})
    assert wrong.status_code == 422
    assert "is no mail address" in text(wrong)
    client.post("/notices/mail", data={"address": "a@example.org", "language": "zh"})
    assert 'value="a@example.org"' in client.get("/notices/mail").text
    client.post("/notices/mail", data={"end": "1"})
    assert send_digests(handing_over, server(sink), at=EVENING) == 0


@pytest.mark.parametrize("address", ["", "a", "a@b", "a b@example.org", "a@example.org\nBcc: b@example.org"])
def test_what_is_no_address_is_refused(session: Session, cast: Cast, address: str) -> None:
    with pytest.raises(NoAddress):
        wish_mail(session, address, "zh", actor=cast.keeper.actor, at=NOON)
    end_mail(session, actor=cast.keeper.actor)
    assert unread_by_kind(session, cast.keeper.id) == {}


def test_a_mail_server_needs_a_sender_and_the_address_of_the_pages() -> None:
    named = {"ANJUAN_SMTP_HOST": "mail.example.org"}
    with pytest.raises(ValueError, match="ANJUAN_MAIL_FROM"):
        read(named)
    with pytest.raises(ValueError, match="ANJUAN_MAIL_PAGES"):
        read({**named, "ANJUAN_MAIL_FROM": "a@example.org"})
    with pytest.raises(ValueError, match="ANJUAN_MAIL_HOUR"):
        read({"ANJUAN_MAIL_HOUR": "24"})
    with pytest.raises(ValueError, match="ANJUAN_SMTP_SECURITY"):
        read({"ANJUAN_SMTP_SECURITY": "maybe"})
    server_read = read({**named, "ANJUAN_MAIL_FROM": "a@example.org", "ANJUAN_MAIL_PAGES": "https://x.example/"}).mail
    assert server_read is not None
    assert (server_read.port, server_read.hour, server_read.pages) == (587, 8, "https://x.example")
