"""Transfers of files between units, custody on behalf, units being closed, files that parted or were joined."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from records.files.models import File, Item
from storage.database import Base, PathText, named, where
from units.models import Unit


class TransferReason(LabelledEnum):
    """Why a file passes to another unit."""

    REEMPLOYED = "reemployed", "再就业", "Re-employment"
    MOVED = "moved", "转移", "Moved to another district or home"
    ABOLISHED = "abolished", "单位撤销", "Unit abolished"
    ON_BEHALF = "on_behalf", "代管", "Custody on behalf"
    OWNER_FOUND = "owner_found", "代管结束", "Custody on behalf ends"


class TransferState(LabelledEnum):
    """A transfer waits for the receiving unit until that accepts or refuses it, or the giving unit takes it back."""

    PROPOSED = "proposed", "待接收", "Waiting"
    ACCEPTED = "accepted", "已接收", "Accepted"
    REFUSED = "refused", "已拒收", "Refused"
    RECALLED = "recalled", "已撤回", "Taken back"


class ClosingState(LabelledEnum):
    """The closing of a unit runs until the unit owns nothing and is closed, or until it is given up."""

    OPEN = "open", "办理中", "Under way"
    CLOSED = "closed", "已撤销", "Unit closed"
    GIVEN_UP = "given_up", "已中止", "Given up"


class LinkKind(LabelledEnum):
    """How two household files belong together."""

    SPLIT = "split", "分户", "Parted from"
    MERGE = "merge", "并户", "Joined to"


class FamilyChange(LabelledEnum):
    """Why a household parts, or two become one."""

    DIVORCE = "divorce", "离婚", "Divorce"
    GROWN_UP = "grown_up", "子女成年自立", "A child grown up and on its own"
    MARRIAGE = "marriage", "结婚", "Marriage"
    OTHER = "other", "其他", "Other"


class UnitClosing(Base):
    """The guided case in which an abolished unit 撤销单位 gives away everything it keeps (art. 14).

    `decision` is the paper that abolishes the unit, as it is cited; `list_item_id` is the list of everything that was
    accepted, as the superior filed it once the unit was closed. `sets_to_id` is the unit that is asked to take the sets
    lodged at a centre 副本移存, until it answers, with the reason and who asks; `sets_refusing_id` the one that refused
    them last, until they are taken.
    """

    __tablename__ = "unit_closing"
    __table_args__ = (
        CheckConstraint("(state = 'open') = (ended_on IS NULL)", name="ended_unless_open"),
        CheckConstraint("(state = 'given_up') = (given_up_reason IS NOT NULL)", name="given_up_with_reason"),
        CheckConstraint("list_item_id IS NULL OR state = 'closed'", name="filed_when_closed"),
        CheckConstraint(
            "(sets_to_id IS NULL) = (sets_reason IS NULL) AND (sets_to_id IS NULL) = (sets_offered_by IS NULL)",
            name="sets_offered_with_reason",
        ),
        CheckConstraint(
            "sets_to_id IS NULL OR (state = 'open' AND sets_to_id <> unit_id)", name="sets_offered_while_open"
        ),
        CheckConstraint(
            "(sets_refusing_id IS NULL) = (sets_refused_on IS NULL)"
            " AND (sets_refusing_id IS NULL) = (sets_refused_reason IS NULL)",
            name="sets_refused_with_reason",
        ),
        Index("uq_unit_closing_open", "unit_id", unique=True, **where("state <> 'given_up'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    decision: Mapped[str]
    state: Mapped[ClosingState] = mapped_column(named(ClosingState), default=ClosingState.OPEN)
    begun_at: Mapped[datetime]
    begun_by: Mapped[str]
    ended_on: Mapped[date | None]
    ended_by: Mapped[str | None]
    given_up_reason: Mapped[str | None]
    list_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    sets_to_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    sets_reason: Mapped[str | None]
    sets_offered_by: Mapped[str | None]
    sets_refusing_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    sets_refused_on: Mapped[date | None]
    sets_refused_reason: Mapped[str | None]
    unit: Mapped[Unit] = relationship(foreign_keys=[unit_id], lazy="joined")
    sets_to: Mapped[Unit | None] = relationship(foreign_keys=[sets_to_id], lazy="joined")
    sets_refusing: Mapped[Unit | None] = relationship(foreign_keys=[sets_refusing_id], lazy="joined")
    list_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    def offer_no_sets(self) -> None:
        """Forget to whom the lodged sets are offered, once that is answered or taken back."""
        self.sets_to = self.sets_to_id = self.sets_reason = self.sets_offered_by = None


class FileTransfer(Base):
    """A file on its way 移交 from the unit that keeps it to another, file by file.

    `code`, `title` and `carried` say what passed, as the list 移交清册 prints it, when the giving unit sees the file no
    more; `carried` is written with the acceptance. `paper_spot` is the barcode of the box or place where the paper lies
    with the receiver, None where it waits at the giving unit to be fetched. Re-employment is accepted with the new
    unit's own determination 重新认定, made on or after the day `reemployed_on` (art. 9). `list_item_id` is the list as
    the receiver filed it.
    """

    __tablename__ = "file_transfer"
    __table_args__ = (
        CheckConstraint("from_unit_id <> to_unit_id", name="between_two_units"),
        CheckConstraint("keeper_id <> giver_id", name="received_by_another"),
        CheckConstraint("(state = 'proposed') = (answered_at IS NULL)", name="answered_unless_proposed"),
        CheckConstraint("(state IN ('refused', 'recalled')) = (ended_reason IS NOT NULL)", name="ended_with_reason"),
        CheckConstraint("(state = 'accepted') = (keeper_id IS NOT NULL)", name="accepted_by_keeper"),
        CheckConstraint("(state = 'accepted') = (carried IS NOT NULL)", name="accepted_with_list"),
        CheckConstraint("(state = 'accepted') = (passed_on IS NOT NULL)", name="passed_on_a_day"),
        CheckConstraint(
            "(state = 'accepted' AND reason = 'reemployed') = (determination IS NOT NULL)", name="determined_anew"
        ),
        CheckConstraint("list_item_id IS NULL OR state = 'accepted'", name="filed_when_accepted"),
        CheckConstraint(
            "(determination IS NULL) = (determined_on IS NULL) AND (determination IS NULL) = (reemployed_on IS NULL)",
            name="determined_on_a_day",
        ),
        CheckConstraint("determined_on >= reemployed_on", name="determined_after_reemployed"),
        Index("uq_file_transfer_open", "file_id", unique=True, **where("state = 'proposed'")),
        Index("ix_file_transfer_from", "from_unit_id", "state"),
        Index("ix_file_transfer_to", "to_unit_id", "state"),
        Index("ix_file_transfer_file", "file_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    from_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    to_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    closing_id: Mapped[int | None] = mapped_column(ForeignKey("unit_closing.id"), index=True)
    reason: Mapped[TransferReason] = mapped_column(named(TransferReason))
    grounds: Mapped[str]
    code: Mapped[str]
    title: Mapped[str]
    witness_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    giver_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    state: Mapped[TransferState] = mapped_column(named(TransferState), default=TransferState.PROPOSED)
    proposed_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[str | None]
    ended_reason: Mapped[str | None]
    keeper_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    passed_on: Mapped[date | None]
    paper_spot: Mapped[str | None]
    determination: Mapped[str | None]
    determined_on: Mapped[date | None]
    reemployed_on: Mapped[date | None]
    carried: Mapped[list[Any] | None]
    list_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    file: Mapped[File] = relationship()
    from_unit: Mapped[Unit] = relationship(foreign_keys=[from_unit_id], lazy="joined")
    to_unit: Mapped[Unit] = relationship(foreign_keys=[to_unit_id], lazy="joined")
    witness: Mapped[User] = relationship(foreign_keys=[witness_id], lazy="joined")
    giver: Mapped[User] = relationship(foreign_keys=[giver_id], lazy="joined")
    keeper: Mapped[User | None] = relationship(foreign_keys=[keeper_id], lazy="joined")
    closing: Mapped[UnitClosing | None] = relationship()
    list_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        """The giving unit's, for it began the transfer."""
        return self.from_unit.path


class CustodyOnBehalf(Base):
    """A file that one unit keeps on behalf 代管 of another, the owner of record, from a day on (art. 14b).

    `reason` is why the owner cannot keep it; it ends when the file passes to a unit of its own. `deed_item_id` is the
    deed 代管协议 as the keeping unit filed it, for everything it took over from the owner on that day.
    """

    __tablename__ = "custody_on_behalf"
    __table_args__ = (
        CheckConstraint("owner_id <> keeper_unit_id", name="of_another_unit"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),
        Index("uq_custody_on_behalf_open", "file_id", unique=True, **where("until_on IS NULL")),
        Index("ix_custody_on_behalf_keeper", "keeper_unit_id", **where("until_on IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    owner_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    keeper_unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    begun_by_id: Mapped[int] = mapped_column(ForeignKey("file_transfer.id"))
    reason: Mapped[str]
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    deed_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    file: Mapped[File] = relationship()
    owner: Mapped[Unit] = relationship(foreign_keys=[owner_id], lazy="joined")
    keeper_unit: Mapped[Unit] = relationship(foreign_keys=[keeper_unit_id], lazy="joined")
    begun_by: Mapped[FileTransfer] = relationship()
    deed_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.keeper_unit.path


class FileLink(Base):
    """That one household file came from another: the new one of a split from the old one, or the one joined to another.

    For a split, `file_id` is the new file and `other_id` the one it came from; for a merge `file_id` is the file that
    was joined and `other_id` the one that goes on. `assessment` is what the figures of the day said of the new
    household of a split, and by which rules; `decided_by_id` is the approver who decided it, and `remarks` are the
    grounds. Destroying the file empties the assessment.
    """

    __tablename__ = "file_link"
    __table_args__ = (
        CheckConstraint("file_id <> other_id", name="of_two_files"),
        CheckConstraint(
            "kind <> 'split' OR (assessment IS NOT NULL AND decided_by_id IS NOT NULL AND remarks IS NOT NULL)",
            name="parted_on_grounds",
        ),
        Index("uq_file_link", "file_id", "kind", unique=True),
        Index("ix_file_link_other", "other_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[LinkKind] = mapped_column(named(LinkKind))
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    why: Mapped[FamilyChange] = mapped_column(named(FamilyChange))
    remarks: Mapped[str | None]
    on: Mapped[date]
    assessment: Mapped[dict[str, Any] | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    file: Mapped[File] = relationship(foreign_keys=[file_id])
    other: Mapped[File] = relationship(foreign_keys=[other_id])
    decided_by: Mapped[User | None] = relationship(lazy="joined")


class CodeAlias(Base):
    """A reference code whose file was joined to another: it goes on finding the file that goes on (art. 11c)."""

    __tablename__ = "code_alias"

    code: Mapped[str] = mapped_column(PathText, ForeignKey("given_code.code"), primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"), index=True)
    file: Mapped[File] = relationship()
