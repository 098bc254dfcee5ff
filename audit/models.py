"""Two chains: what was changed (审计链) and what was looked at (利用登记). No row is ever changed or deleted."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Table, Text
from sqlalchemy.orm import Mapped, mapped_column

from storage.database import Base, PathText, append_only


class _Entry:
    """One link: the digest covers every column and the digest before it."""

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    actor: Mapped[str]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[int | None]
    unit_path: Mapped[str] = mapped_column(PathText)
    details: Mapped[str] = mapped_column(Text)
    digest: Mapped[str]


class AuditEntry(_Entry, Base):
    """A change, numbered without gaps in the order of commits."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_subject", "subject_kind", "subject_id"),
        Index("ix_audit_entry_unit_path", "unit_path", "number"),
    )


class UseEntry(_Entry, Base):
    """A look at content: viewed, printed, exported, unmasked or refused (利用登记, art. 17)."""

    __tablename__ = "use_entry"
    __table_args__ = (
        Index("ix_use_entry_subject", "subject_kind", "subject_id"),
        Index("ix_use_entry_unit_path", "unit_path", "number"),
    )


class ChainHead(Base):
    """The last number and digest of a chain; locked from numbering until commit."""

    __tablename__ = "chain_head"

    chain: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
    digest: Mapped[str]


def _table(model: type[Base]) -> Table:
    table: Any = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
    return table


append_only(_table(AuditEntry))
append_only(_table(UseEntry))
