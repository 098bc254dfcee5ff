"""Stocktakes, the places they cover, what is expected there, every scan, and who signed the report."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table
from sqlalchemy.orm import Mapped, mapped_column, relationship

from accounts.models import User
from classification.text import LabelledEnum
from records.files.models import Item
from records.holdings.models import Box, PaperCopy, Place
from storage.database import Base, append_only, named, where
from units.models import Unit


class StocktakeState(LabelledEnum):
    """A stocktake is counted, then its differences are settled; it may go back to counting until it is signed."""

    COUNTING = "counting", "盘点中", "Counting"
    SETTLING = "settling", "处理差异", "Settling differences"
    CLOSED = "closed", "已办结", "Closed"
    CANCELLED = "cancelled", "已取消", "Cancelled"


class Finding(LabelledEnum):
    """What the count says of a box or paper copy."""

    FOUND = "found", "在位", "Found"
    MISPLACED = "misplaced", "错位", "Misplaced"
    EXTRA = "extra", "账外", "Extra"
    SHELVED = "shelved", "在架未还", "On the shelf though on loan"
    RECOVERED = "recovered", "报失在架", "On the shelf though missing"
    MISSING = "missing", "缺失", "Missing"
    ON_LOAN = "on_loan", "借出", "On loan"
    FOREIGN = "foreign", "外单位", "Of another unit"
    STRUCK = "struck", "误扫作废", "Scanned by mistake"
    MOVED = "moved", "盘点期间移动", "Moved during the stocktake"


DIFFERENCES = (
    Finding.MISPLACED,
    Finding.FOREIGN,
    Finding.EXTRA,
    Finding.SHELVED,
    Finding.RECOVERED,
    Finding.MISSING,
)


class Outcome(LabelledEnum):
    """How a difference is settled."""

    PUT_BACK = "put_back", "放回原位", "Put back where it belongs"
    REGISTERED = "registered", "按实际位置登记", "Registered where it lies"
    TAKEN_BACK = "taken_back", "补办归还", "Loan closed"
    NOTED_FOUND = "noted_found", "报失销案", "Noted as found in its case"
    REPORTED = "reported", "报档案事故", "Reported as an incident"
    EXPLAINED = "explained", "查明原因", "Explained"


OUTCOMES: dict[Finding, tuple[Outcome, ...]] = {
    Finding.MISPLACED: (Outcome.PUT_BACK, Outcome.REGISTERED, Outcome.EXPLAINED),
    Finding.FOREIGN: (Outcome.PUT_BACK, Outcome.EXPLAINED),
    Finding.EXTRA: (Outcome.EXPLAINED,),
    Finding.SHELVED: (Outcome.TAKEN_BACK, Outcome.EXPLAINED),
    Finding.RECOVERED: (Outcome.NOTED_FOUND, Outcome.EXPLAINED),
    Finding.MISSING: (Outcome.REPORTED, Outcome.EXPLAINED),
}


class ScanResult(LabelledEnum):
    """What one scan did."""

    SPOT = "spot", "已定位", "Now counting here"
    OUTSIDE = "outside", "不在盘点范围", "Outside this stocktake"
    NO_SPOT = "no_spot", "请先扫库位或盒", "Scan a place or box first"
    AGAIN = "again", "已盘过", "Counted already"
    FOUND = "found", "在位", "Found"
    MISPLACED = "misplaced", "错位", "Misplaced"
    EXTRA = "extra", "账外", "Extra"
    SHELVED = "shelved", "在架未还", "On the shelf though on loan"
    RECOVERED = "recovered", "报失在架", "On the shelf though missing"
    FOREIGN = "foreign", "外单位", "Of another unit"
    UNKNOWN = "unknown", "查无此条码", "No such barcode"
    UNDONE = "undone", "已撤销上一次扫描", "Last scan taken back"
    NOTHING = "nothing", "没有可撤销的扫描", "No scan to take back"
    KEPT = "kept", "已处理，不能撤销", "Settled already, not taken back"


class Part(LabelledEnum):
    """The two who sign the report."""

    COUNTER = "counter", "盘点人", "Counted by"
    SECOND = "second", "监盘人", "Witnessed by"


class Stocktake(Base):
    """A count of a place and all below it against the register (art. 16: a keeper answers for the archives).

    `counted_at` is when counting ended last; `report_item_id` the signed report as filed.
    """

    __tablename__ = "stocktake"
    __table_args__ = (
        CheckConstraint("counter_id <> second_id", name="two_people"),
        CheckConstraint("(state = 'closed') = (report_item_id IS NOT NULL)", name="closed_with_report"),
        CheckConstraint("(state = 'cancelled') = (cancel_reason IS NOT NULL)", name="cancelled_with_reason"),
        CheckConstraint("(state IN ('closed', 'cancelled')) = (ended_on IS NOT NULL)", name="ended_when_over"),
        CheckConstraint("state <> 'settling' OR counted_at IS NOT NULL", name="settling_after_count"),
        Index("ix_stocktake_unit", "unit_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"), index=True)
    counter_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    second_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    state: Mapped[StocktakeState] = mapped_column(named(StocktakeState), default=StocktakeState.COUNTING)
    started_at: Mapped[datetime]
    counted_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]
    cancel_reason: Mapped[str | None]
    report_item_id: Mapped[int | None] = mapped_column(ForeignKey("item.id"))
    unit: Mapped[Unit] = relationship(lazy="joined")
    place: Mapped[Place] = relationship(lazy="joined")
    counter: Mapped[User] = relationship(foreign_keys=[counter_id], lazy="joined")
    second: Mapped[User] = relationship(foreign_keys=[second_id], lazy="joined")
    report_item: Mapped[Item | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.unit.path

    @property
    def is_open(self) -> bool:
        return self.state in {StocktakeState.COUNTING, StocktakeState.SETTLING}

    @property
    def parties(self) -> dict[Part, User]:
        """Who signs as what."""
        return {Part.COUNTER: self.counter, Part.SECOND: self.second}

    def part_of(self, user_id: int | None) -> Part | None:
        """As what a person signs, None for everyone else."""
        return next((part for part, user in self.parties.items() if user.id == user_id), None)


class StocktakePlace(Base):
    """A place that a stocktake covers, in the order of the shelves; no place is in two open stocktakes."""

    __tablename__ = "stocktake_place"
    __table_args__ = (
        Index("uq_stocktake_place", "stocktake_id", "place_id", unique=True),
        Index("uq_stocktake_place_open", "place_id", unique=True, **where("is_open")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    place_id: Mapped[int] = mapped_column(ForeignKey("place.id"))
    position: Mapped[int]
    is_open: Mapped[bool] = mapped_column(default=True)
    visited_at: Mapped[datetime | None]
    place: Mapped[Place] = relationship(lazy="joined")


class StocktakeLine(Base):
    """A box or paper copy that was expected when the stocktake began, or that turned up and was not.

    `place_id` and `in_box_id` are where the register had it then, `holder_id` who had it on loan. `listed_address` and
    `found_address` are where it should have lain and where it was seen, in the words of that moment, which are what is
    signed: what moves or is renamed later changes nothing of them. A line without `is_listed` came by a scan, and may
    be struck out, with the reason as `outcome_text`; one with neither box nor copy is a code that no unit has an entry
    for. `of_unit_id` is whose it is where that is another unit, `of_unit_name` what that unit was called.
    `put_right_at` is when a misplaced one was seen in its place again, or registered where it lies.
    """

    __tablename__ = "stocktake_line"
    __table_args__ = (
        CheckConstraint("box_id IS NULL OR copy_id IS NULL", name="of_box_or_copy"),
        CheckConstraint("(outcome IS NULL) = (settled_at IS NULL)", name="settled_with_outcome"),
        CheckConstraint("outcome IS NULL OR finding IS NOT NULL", name="outcome_of_a_finding"),
        CheckConstraint("outcome <> 'explained' OR outcome_text IS NOT NULL", name="explained_in_words"),
        CheckConstraint("outcome <> 'reported' OR case_number IS NOT NULL", name="reported_under_case"),
        CheckConstraint("put_right_at IS NULL OR outcome IS NOT NULL", name="put_right_with_outcome"),
        CheckConstraint(
            "finding <> 'struck' OR (outcome_text IS NOT NULL AND NOT is_listed)", name="struck_with_reason"
        ),
        CheckConstraint("finding <> 'foreign' OR of_unit_id IS NOT NULL", name="foreign_of_a_unit"),
        CheckConstraint("(of_unit_id IS NULL) = (of_unit_name IS NULL)", name="foreign_by_name"),
        CheckConstraint("(listed_address IS NULL) = (place_id IS NULL AND in_box_id IS NULL)", name="listed_in_words"),
        CheckConstraint("(found_at IS NULL) = (found_address IS NULL)", name="found_in_words"),
        Index("uq_stocktake_line_barcode", "stocktake_id", "barcode", unique=True),
        Index("uq_stocktake_line_position", "stocktake_id", "position", unique=True),
        Index("ix_stocktake_line_copy", "copy_id"),
        Index("ix_stocktake_line_box", "box_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    position: Mapped[int]
    barcode: Mapped[str]
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("paper_copy.id"))
    is_listed: Mapped[bool]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    in_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    listed_address: Mapped[str | None]
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    of_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    of_unit_name: Mapped[str | None]
    finding: Mapped[Finding | None] = mapped_column(named(Finding))
    found_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    found_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    found_address: Mapped[str | None]
    found_at: Mapped[datetime | None]
    found_by_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    outcome: Mapped[Outcome | None] = mapped_column(named(Outcome))
    outcome_text: Mapped[str | None]
    case_number: Mapped[str | None]
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None]
    put_right_at: Mapped[datetime | None]
    box: Mapped[Box | None] = relationship(foreign_keys=[box_id])
    copy: Mapped[PaperCopy | None] = relationship()
    in_box: Mapped[Box | None] = relationship(foreign_keys=[in_box_id])
    holder: Mapped[User | None] = relationship(foreign_keys=[holder_id])
    of_unit: Mapped[Unit | None] = relationship()
    owner: Mapped[User | None] = relationship(foreign_keys=[owner_id])

    @property
    def is_difference(self) -> bool:
        return self.finding in DIFFERENCES

    @property
    def to_put_back(self) -> bool:
        """Whether somebody still has to carry it back to its place."""
        return self.outcome is Outcome.PUT_BACK and self.put_right_at is None


class StocktakeScan(Base):
    """One scan, as a phone or scanner sent it: taken once, however often it is sent. Rows are only ever added.

    `key` is the scan's own, made where it was scanned; `counter` names the page it came from and `sequence` its order
    there, so that what follows a place or box is counted there whatever others scan meanwhile. `scanned_at` is by the
    clock of the phone. A scan with `undoes_id` takes that one back.
    """

    __tablename__ = "stocktake_scan"
    __table_args__ = (
        Index("uq_stocktake_scan_key", "stocktake_id", "key", unique=True),
        Index("ix_stocktake_scan_order", "stocktake_id", "counter", "sequence"),
        Index("uq_stocktake_scan_undone", "undoes_id", unique=True, **where("undoes_id IS NOT NULL")),
        CheckConstraint("box_id IS NULL OR place_id IS NULL", name="names_box_or_place"),
        CheckConstraint("(result = 'undone') = (undoes_id IS NOT NULL)", name="undone_names_scan"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"))
    key: Mapped[str]
    counter: Mapped[str]
    sequence: Mapped[int]
    barcode: Mapped[str]
    scanned_at: Mapped[datetime]
    received_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    result: Mapped[ScanResult] = mapped_column(named(ScanResult))
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    line_id: Mapped[int | None] = mapped_column(ForeignKey("stocktake_line.id"))
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("stocktake_scan.id"))
    undoes: Mapped["StocktakeScan | None"] = relationship(remote_side=[id], lazy="joined", join_depth=1)


class StocktakeSignature(Base):
    """A signature by password under one state of the report, known by its digest; lapsed where it changed since."""

    __tablename__ = "stocktake_signature"
    __table_args__ = (
        CheckConstraint("length(report_sha256) = 64", name="digest_form"),
        Index("uq_stocktake_signature", "stocktake_id", "part", unique=True, **where("lapsed_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    stocktake_id: Mapped[int] = mapped_column(ForeignKey("stocktake.id"), index=True)
    part: Mapped[Part] = mapped_column(named(Part))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    signed_at: Mapped[datetime]
    report_sha256: Mapped[str]
    lapsed_at: Mapped[datetime | None]
    user: Mapped[User] = relationship(lazy="joined")


_scans = StocktakeScan.__table__
assert isinstance(_scans, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_scans)
