"""The digest of a day by mail: how much of which kind waits in the inbox, and nothing else.

A mail crosses other people's servers: it holds no name, no code and no title, only counts, kinds and the address of the
inbox (PIPL art. 51). A row stands for each person and day before anything is sent, and is claimed before sending, so
that no digest goes twice whatever dies in between; one that the server refuses is tried again later.
"""

import re
import smtplib
import ssl
from datetime import date, datetime, timedelta
from email.message import EmailMessage
from typing import Any, cast

from sqlalchemy import CursorResult, select, update
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from classification.text import Label
from config import MailServer
from records.notices.errors import NoAddress
from records.notices.models import DigestState, MailDigest, MailWish, Notice, NoticeKind
from records.notices.services import unread_by_kind
from storage.database import Database

ADDRESS = re.compile(r"[^@\s<>,;:]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", re.ASCII)
ATTEMPTS = 6
FIRST_WAIT = timedelta(minutes=2)  # doubled after each refusal
TIMEOUT_SECONDS = 20
SUBJECT = Label("安卷：您有待阅消息", "Anjuan: notices for you")
GREETING = Label("您的消息中有以下未读事项：", "Unread in your inbox:")
LINE = Label("{kind}：{count} 项", "{kind}: {count}")
LINK = Label("请登录查看：{address}", "Sign in to read them: {address}")
WHY = Label("您已开启每日邮件提醒，可随时在“消息”中取消。", "You asked for a daily mail; end it beside your notices.")


def wish_mail(session: Session, address: str, language: str, *, actor: Actor, at: datetime) -> MailWish:
    """Have a digest sent to an address, in a language; the former wish is replaced. Raises NoAddress."""
    if not ADDRESS.fullmatch(address):
        raise NoAddress(address=address)
    user = session.get_one(User, actor.user_id)
    wish = session.get(MailWish, user.id)
    if wish is None:
        wish = MailWish(user_id=user.id, user=user, address=address, language=language, wished_at=at)
        session.add(wish)
    wish.address, wish.language, wish.wished_at = address, language, at
    audit.record(session, actor.name, "mail.wished", user, unit=user.unit_path)
    return wish


def end_mail(session: Session, *, actor: Actor) -> None:
    """Send no digests any more."""
    wish = session.get(MailWish, actor.user_id)
    if wish is None:
        return
    user = wish.user
    session.delete(wish)
    audit.record(session, actor.name, "mail.ended", user, unit=user.unit_path)


def send_digests(database: Database, server: MailServer | None, *, at: datetime) -> int:
    """Order the digests of the day once its hour has come, and send those that wait; how many were sent.

    `at` is in the office's zone. Without a server nothing is done.
    """
    if server is None:
        return 0
    if at.hour >= server.hour:
        _order(database, at.date(), at)
    with database.reading() as looking:
        waiting = MailDigest.state == DigestState.WAITING
        ids = looking.scalars(select(MailDigest.id).where(waiting, MailDigest.next_at <= at)).all()
    return sum(_send(database, server, digest_id, at) for digest_id in ids)


def message_of(wish: MailWish, counts: dict[str, int], server: MailServer, on: date, at: datetime) -> EmailMessage:
    """The mail of a day, sent at a moment: counts by kind and the address of the inbox."""

    def said(label: Label) -> str:
        return label.in_language(wish.language)

    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = server.sender, wish.address, said(SUBJECT)
    message["Message-ID"] = f"<digest-{wish.user_id}-{on.isoformat()}@{server.sender.rpartition('@')[2]}>"
    message["Date"] = at  # RFC 5322 asks for it, and not every server puts it in
    message["Auto-Submitted"] = "auto-generated"
    kinds = [(NoticeKind(kind), count) for kind, count in counts.items()]
    lines = [said(LINE).format(kind=said(kind.label), count=count) for kind, count in kinds]
    link = said(LINK).format(address=f"{server.pages}/notices")
    message.set_content("\n".join([said(GREETING), "", *lines, "", link, "", said(WHY), ""]))
    return message


def _order(database: Database, on: date, at: datetime) -> None:
    """Put a row for everybody who wishes a digest and has something unread; nobody gets two for one day."""
    had = select(MailDigest.user_id).where(MailDigest.on == on)
    unread = select(Notice.user_id).where(Notice.read_at.is_(None))
    lacking = (
        select(MailWish.user_id)
        .join(User, User.id == MailWish.user_id)
        .where(User.closed_at.is_(None), MailWish.user_id.not_in(had), MailWish.user_id.in_(unread))
    )
    with database.reading() as looking:
        if not looking.scalars(lacking.limit(1)).first():
            return
    with database.begin() as session:
        for user_id in session.scalars(lacking.with_for_update(of=MailWish)).all():
            counts = {kind.value: count for kind, count in unread_by_kind(session, user_id).items()}
            session.add(MailDigest(user_id=user_id, on=on, counts=counts, next_at=at))


def _send(database: Database, server: MailServer, digest_id: int, at: datetime) -> int:
    """Send one digest that waits; 1 if it went. Another process that claimed it first leaves nothing to do."""
    with database.begin() as session:
        claimed = session.execute(
            update(MailDigest)
            .where(MailDigest.id == digest_id, MailDigest.state == DigestState.WAITING)
            .values(state=DigestState.SENDING, attempts=MailDigest.attempts + 1)
            .execution_options(synchronize_session=False)
        )
        if not cast("CursorResult[Any]", claimed).rowcount:
            return 0
        digest = session.get_one(MailDigest, digest_id)
        wish, counts, attempts, on = session.get(MailWish, digest.user_id), digest.counts, digest.attempts, digest.on
        if wish is None:
            digest.state, digest.trouble = DigestState.GIVEN_UP, "unwished"
            return 0
    state, trouble = _deliver(server, message_of(wish, counts, server, on, at))
    with database.begin() as session:
        digest = session.get_one(MailDigest, digest_id)
        digest.trouble = trouble
        if state is DigestState.SENT:
            digest.state, digest.sent_at = state, at
        elif state is DigestState.WAITING and attempts >= ATTEMPTS:
            digest.state = DigestState.GIVEN_UP
        elif state is DigestState.WAITING:
            digest.state, digest.next_at = state, at + FIRST_WAIT * 2 ** (attempts - 1)
    return int(state is DigestState.SENT)


def _deliver(server: MailServer, message: EmailMessage) -> tuple[DigestState, str | None]:
    """Hand a mail to the server: sent, to be tried again, or still in sending where nobody knows; with the trouble.

    The trouble is told by its kind, without addresses. What breaks off while the mail is on the wire may have arrived.
    """
    state = DigestState.WAITING
    secured = ssl.create_default_context() if server.security != "none" else None
    try:
        if server.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=secured
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        with connection:
            if server.security == "starttls":
                connection.starttls(context=secured)
            if server.user:
                connection.login(server.user, server.password)
            state = DigestState.SENDING
            connection.send_message(message)
            state = DigestState.SENT
    except (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused) as error:
        if state is not DigestState.SENT:
            return DigestState.WAITING, f"{type(error).__name__} {getattr(error, 'smtp_code', '')}".strip()
    except (OSError, smtplib.SMTPException) as error:
        if state is not DigestState.SENT:
            return state, type(error).__name__
    return state, None
