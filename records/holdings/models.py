"""Where paper lies and which bytes there are: places, boxes, paper copies, movements, digital objects."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Table, Text
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from accounts.models import User
from classification.categories import Category
from classification.text import LabelledEnum
from records.files.models import Item
from storage.database import Base, JSONValue, PathText, append_only, named, where
from units.models import Unit

SPINES_MM = (20, 30, 40, 50)


class PlaceKind(LabelledEnum):
    """A level of the place address, from the repository down."""

    REPOSITORY = "repository", "库房", "Repository"
    ROW = "row", "列", "Row"
    BAY = "bay", "节", "Bay"
    LEVEL = "level", "层", "Level"
    CABINET = "cabinet", "柜", "Cabinet"


class Condition(LabelledEnum):
    """The state a paper copy is in."""

    GOOD = "good", "完好", "Good"
    WORN = "worn", "磨损", "Worn"
    DAMAGED = "damaged", "破损", "Damaged"


class Barcode(Base):
    """Every barcode in use, on places, boxes and copies alike, so that a scan means one thing."""

    __tablename__ = "barcode"

    text: Mapped[str] = mapped_column(primary_key=True)


class Place(Base):
    """A place 库位 in a tree of any depth; `path` lists the ids from the root, `address` the names.

    `width_mm` is the usable width of a shelf, which the spines of its boxes fill; `closed_reason` says why it takes no
    further boxes 停用, None where it does.
    """

    __tablename__ = "place"
    __table_args__ = (
        CheckConstraint("capacity_boxes IS NULL OR capacity_boxes > 0", name="capacity_positive"),
        CheckConstraint("width_mm IS NULL OR width_mm BETWEEN 50 AND 20000", name="width_of_a_shelf"),
        CheckConstraint("closed_reason IS NULL OR closed_reason <> ''", name="closed_with_reason"),
        Index("ix_place_unit", "unit_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    path: Mapped[str] = mapped_column(PathText, unique=True)
    kind: Mapped[PlaceKind] = mapped_column(named(PlaceKind))
    name: Mapped[str]
    address: Mapped[str]
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.text"), unique=True)
    capacity_boxes: Mapped[int | None]
    width_mm: Mapped[int | None]
    closed_reason: Mapped[str | None]
    unit: Mapped[Unit] = relationship(lazy="joined")
    parent: Mapped["Place | None"] = relationship(remote_side="Place.id")

    @property
    def unit_path(self) -> str:
        return self.unit.path


class Box(Base):
    """A box 盒 on a place. One category, year and period in one box; never mixed.

    One whose papers were put into another 并盒 is retired: it stands nowhere, takes nothing, and `merged_into` is the
    box that took them. Its number and barcode are never given again.
    """

    __tablename__ = "box"
    __table_args__ = (
        CheckConstraint(f"spine_mm IN {SPINES_MM}", name="spine_of_standard"),
        CheckConstraint("(place_id IS NULL) = (merged_into_id IS NOT NULL)", name="stands_unless_merged"),
        CheckConstraint("(merged_into_id IS NULL) = (merged_on IS NULL)", name="merged_on_a_day"),
        CheckConstraint("merged_into_id <> id", name="merged_into_another"),
        Index("uq_box_number", "unit_id", "category", "year", "period_letter", "number", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.text"), unique=True)
    number: Mapped[int]
    category: Mapped[Category] = mapped_column(named(Category))
    year: Mapped[int]
    period_letter: Mapped[str]
    spine_mm: Mapped[int]
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"), index=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"), index=True)
    merged_on: Mapped[date | None]
    unit: Mapped[Unit] = relationship(lazy="joined")
    place: Mapped[Place | None] = relationship(lazy="joined")
    merged_into: Mapped["Box | None"] = relationship(remote_side="Box.id")
    copies_count: Mapped[int | None] = query_expression()  # filled by lists that show it
    lent_to: Mapped[str | None] = query_expression()  # these two as well, see `with_away`
    due_on: Mapped[date | None] = query_expression()

    @property
    def in_use(self) -> "Box":
        """The box itself, or where its papers are now."""
        box = self
        while box.merged_into is not None:
            box = box.merged_into
        return box

    @property
    def address(self) -> str:
        """Where it stands; of a retired one which box took its papers."""
        return self.place.address if self.place is not None else f"→ {self.in_use.barcode}"

    @property
    def unit_path(self) -> str:
        return self.unit.path


class BoxCustody(Base):
    """A keeper answers for a box from one day until another (art. 16)."""

    __tablename__ = "box_custody"
    __table_args__ = (
        Index("uq_box_custody_open", "box_id", unique=True, **where("until_on IS NULL")),
        Index("ix_box_custody_keeper_open", "keeper_id", **where("until_on IS NULL")),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    box_id: Mapped[int] = mapped_column(ForeignKey("box.id"))
    keeper_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    keeper: Mapped[User] = relationship()


def _exactly_one(*columns: str) -> str:
    return " + ".join(f"(CASE WHEN {column} IS NULL THEN 0 ELSE 1 END)" for column in columns) + " = 1"


class PaperCopy(Base):
    """A paper copy of an item: in a box, directly on a place, with a holder, or destroyed; exactly one at any moment.

    A destroyed copy is nowhere, and says since when and under which list; its barcode is never used again. One that is
    missing (art. 19) has `missing_since` and the number of the case; where it should be stays.
    """

    __tablename__ = "paper_copy"
    __table_args__ = (
        CheckConstraint(
            _exactly_one("box_id", "place_id", "holder_id", "destroyed_on"), name="in_one_place_or_hand_or_destroyed"
        ),
        CheckConstraint("(destroyed_on IS NULL) = (destroyed_under IS NULL)", name="destroyed_under_a_list"),
        CheckConstraint("pages_count > 0", name="pages_positive"),
        CheckConstraint("(missing_since IS NULL) = (missing_case IS NULL)", name="missing_under_case"),
        Index("ix_paper_copy_box", "box_id", "item_id", **where("box_id IS NOT NULL")),
        Index("ix_paper_copy_place", "place_id", "item_id", **where("place_id IS NOT NULL")),
        Index("ix_paper_copy_missing", "item_id", **where("missing_since IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    barcode: Mapped[str] = mapped_column(ForeignKey("barcode.text"), unique=True)
    pages_count: Mapped[int]
    condition: Mapped[Condition] = mapped_column(named(Condition), default=Condition.GOOD)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    holder_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"), index=True)
    registered_on: Mapped[date]
    missing_since: Mapped[date | None]
    missing_case: Mapped[str | None]
    destroyed_on: Mapped[date | None]
    destroyed_under: Mapped[str | None]
    item: Mapped[Item] = relationship(lazy="joined")
    box: Mapped[Box | None] = relationship()
    place: Mapped[Place | None] = relationship()
    holder: Mapped[User | None] = relationship()

    @property
    def unit_path(self) -> str:
        return self.item.file.unit.path


Spot = Box | Place  # where paper lies


class Movement(Base):
    """One step in the path of a copy or a box: from, to, by whom, why. Rows are only ever added.

    `reason` may be emptied, never rewritten: it goes with the household it names. The last step of a copy may lead to
    its destruction; `to_destruction` is the number of the list then.
    """

    __tablename__ = "movement"
    __table_args__ = (
        CheckConstraint("(copy_id IS NULL) <> (box_id IS NULL)", name="of_copy_or_box"),
        CheckConstraint(
            _exactly_one("to_box_id", "to_place_id", "to_holder_id", "to_destruction"),
            name="to_one_place_or_hand_or_destruction",
        ),
        CheckConstraint("to_destruction IS NULL OR copy_id IS NOT NULL", name="only_copies_are_destroyed"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    copy_id: Mapped[int | None] = mapped_column(ForeignKey("paper_copy.id"), index=True)
    box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"), index=True)
    at: Mapped[datetime]
    actor: Mapped[str]
    reason: Mapped[str]
    from_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    from_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    from_holder_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    to_box_id: Mapped[int | None] = mapped_column(ForeignKey("box.id"))
    to_place_id: Mapped[int | None] = mapped_column(ForeignKey("place.id"))
    to_holder_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    to_destruction: Mapped[str | None]
    from_box: Mapped[Box | None] = relationship(foreign_keys=[from_box_id])
    from_place: Mapped[Place | None] = relationship(foreign_keys=[from_place_id])
    from_holder: Mapped[User | None] = relationship(foreign_keys=[from_holder_id])
    to_box: Mapped[Box | None] = relationship(foreign_keys=[to_box_id])
    to_place: Mapped[Place | None] = relationship(foreign_keys=[to_place_id])
    to_holder: Mapped[User | None] = relationship(foreign_keys=[to_holder_id])


class DigitalObject(Base):
    """The bytes of an item: digested while they streamed in, read back before this row committed.

    The worker prepares it: media type by content, technical facts, findings, text and pictures. `facts` maps names to
    plain values; `findings` lists `{code, detail}`. Of destroyed bytes the row stays, with their digest and nothing of
    what they said.
    """

    __tablename__ = "digital_object"
    __table_args__ = (
        CheckConstraint("size_bytes > 0", name="not_empty"),
        CheckConstraint("length(sha256) = 64", name="digest_form"),
        Index("uq_digital_object_bytes", "file_id", "sha256", unique=True),
        Index("ix_digital_object_unprepared", "id", **where("prepared_at IS NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("item.id"), index=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id"))
    name: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    sha256: Mapped[str]
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str]
    facts: Mapped[dict[str, Any]] = mapped_column(JSONValue, default=dict)
    findings: Mapped[list[Any]] = mapped_column(JSONValue, default=list)
    text_note: Mapped[str | None]
    stored_at: Mapped[datetime]
    prepared_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]
    item: Mapped[Item] = relationship(lazy="joined")

    @property
    def unit_path(self) -> str:
        return self.item.file.unit.path


class Rendition(Base):
    """A picture made of an object: thumbnail, poster, waveform, page image. Thrown away and made anew at will."""

    __tablename__ = "rendition"
    __table_args__ = (Index("uq_rendition", "object_id", "kind", unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    object_id: Mapped[int] = mapped_column(ForeignKey("digital_object.id"))
    kind: Mapped[str]
    key: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    width: Mapped[int | None]
    height: Mapped[int | None]


class ByteRemoval(Base):
    """Bytes that are to be gone: ordered in the transaction that says so, carried out after its commit.

    The key stays for ever, so that whether it is gone can be checked at any time. What the store refused goes behind
    what was not tried yet.
    """

    __tablename__ = "byte_removal"
    __table_args__ = (Index("ix_byte_removal_waiting", "tried_at", "id", **where("removed_at IS NULL")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    object_id: Mapped[int] = mapped_column(ForeignKey("digital_object.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)
    ordered_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class ObjectText(Base):
    """The text in an object, for the index; thrown away and read anew at will."""

    __tablename__ = "object_text"

    object_id: Mapped[int] = mapped_column(ForeignKey("digital_object.id"), primary_key=True)
    text: Mapped[str] = mapped_column(Text)


_movements = Movement.__table__
assert isinstance(_movements, Table)  # noqa: S101 - narrows SQLAlchemy's declared type
append_only(_movements, {"reason": "—"})
