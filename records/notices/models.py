"""Notices in the inboxes of people, how far the chain and the days were read, and the digests sent by mail."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from storage.database import Base, named, where


class NoticeKind(LabelledEnum):
    """Why a person is told."""

    WAITS = "waits", "待办", "Waiting for you"
    DUE = "due", "将到期", "Falling due"
    LATE = "late", "逾期", "Late"
    APPROVED = "approved", "已通过", "Approved or done"
    REFUSED = "refused", "未通过", "Refused, returned or cancelled"


class DigestState(LabelledEnum):
    """A digest waits to be sent, is in the hands of the mail server, has been taken by it, or was given up.

    One that a dying process left in sending is not sent again: nobody knows whether it went.
    """

    WAITING = "waiting", "待发送", "Waiting"
    SENDING = "sending", "发送中", "Being sent"
    SENT = "sent", "已发送", "Sent"
    GIVEN_UP = "given_up", "已放弃", "Given up"


class Notice(Base):
    """One thing that one person is told once; what it says is made of `rule` and `facts` when it is shown.

    `key` says what it is about, so that the same thing is never told twice. Facts are numbers and days, no names and no
    titles: a notice outlives the file it speaks of.
    """

    __tablename__ = "notice"
    __table_args__ = (
        Index("uq_notice_once", "user_id", "key", unique=True),
        Index("ix_notice_unread", "user_id", **where("read_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    key: Mapped[str]
    rule: Mapped[str]
    kind: Mapped[NoticeKind] = mapped_column(named(NoticeKind))
    subject_id: Mapped[int]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    told_at: Mapped[datetime]
    read_at: Mapped[datetime | None]


class NoticeProgress(Base):
    """How far notices have been made: the last number read in the audit chain, the last day that was gone through."""

    __tablename__ = "notice_progress"
    __table_args__ = (CheckConstraint("id = 1", name="only_one"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    chain_number: Mapped[int] = mapped_column(default=0)
    day: Mapped[date | None]


class MailWish(Base):
    """That a person wants a digest by mail, at which address and in which language."""

    __tablename__ = "mail_wish"
    __table_args__ = (CheckConstraint("language IN ('zh', 'en')", name="language_known"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True, autoincrement=False)
    address: Mapped[str]
    language: Mapped[str]
    wished_at: Mapped[datetime]
    user: Mapped[User] = relationship(lazy="joined")


class MailDigest(Base):
    """The digest of one person for one day: the row is there before anything is sent, so that none goes twice.

    `counts` are the unread notices by kind. After a refusal it waits until `next_at`.
    """

    __tablename__ = "mail_digest"
    __table_args__ = (
        Index("uq_mail_digest_day", "user_id", "on", unique=True),
        Index("ix_mail_digest_waiting", "next_at", **where("state = 'waiting'")),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_at_a_moment"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    on: Mapped[date]
    state: Mapped[DigestState] = mapped_column(named(DigestState), default=DigestState.WAITING)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    attempts: Mapped[int] = mapped_column(default=0)
    next_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    trouble: Mapped[str | None]
