"""Accounts, their roles in units, and their sessions."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.roles import Actor, Held, Permission, Role
from storage.database import Base, PathText, named, where


class User(Base):
    """A person with an account. Accounts are closed, never deleted: the chain names them for ever.

    `password_given` is true while the password is one that an administrator chose: it opens nothing but the page where
    it is changed.
    """

    __tablename__ = "user_account"
    __table_args__ = (
        CheckConstraint("name = lower(name)", name="name_is_lower"),
        Index("ix_user_account_unit_path", "unit_path"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str]
    unit_path: Mapped[str] = mapped_column(PathText)
    position: Mapped[str | None]
    password_digest: Mapped[str]
    password_given: Mapped[bool] = mapped_column(default=False)
    card_number: Mapped[str | None] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    grants: Mapped[list["Grant"]] = relationship(order_by="Grant.id", lazy="selectin")

    @property
    def active_grants(self) -> list["Grant"]:
        return [grant for grant in self.grants if grant.ended_at is None]

    @property
    def actor(self) -> Actor:
        """This user as one who acts."""
        held = tuple(Held(grant.role, grant.unit_path) for grant in self.active_grants)
        return Actor(self.id, self.name, self.display_name, self.unit_path, held)

    def signs_for(self, unit_path: str) -> bool:
        """Whether the person may sign or witness what a unit does with its records: no stranger learns whose they are.

        That is who reads archives by a role in the unit or in one above it (art. 7), as long as the account is open.
        """
        return self.closed_at is None and self.actor.may(Permission.READ, unit_path)


class Grant(Base):
    """A role given to a user in a unit, from one moment until another."""

    __tablename__ = "role_grant"
    __table_args__ = (
        Index("uq_role_grant_active", "user_id", "role", "unit_path", unique=True, **where("ended_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    role: Mapped[Role] = mapped_column(named(Role))
    unit_path: Mapped[str] = mapped_column(PathText)
    granted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class UserSession(Base):
    """A signed-in browser, known by the digest of its token; revoked or lapsed ones let nobody in."""

    __tablename__ = "user_session"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(unique=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    address: Mapped[str]
    browser: Mapped[str]
    started_at: Mapped[datetime]
    lapses_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


class FailedSignIn(Base):
    """A wrong password, counted to slow down guessing; rows older than the window are dropped."""

    __tablename__ = "failed_sign_in"
    __table_args__ = (
        Index("ix_failed_sign_in_name_at", "name", "at"),
        Index("ix_failed_sign_in_address_at", "address", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    address: Mapped[str]
    at: Mapped[datetime]
