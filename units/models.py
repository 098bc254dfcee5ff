"""Units 单位 of the union tree."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classification.codes import Layout
from classification.text import LabelledEnum
from storage.database import Base, PathText, named


class UnitKind(LabelledEnum):
    """What a unit is within the trade-union organisation."""

    MUNICIPAL = "municipal", "市总工会", "Municipal federation"
    DISTRICT = "district", "区县总工会", "District federation"
    INDUSTRY = "industry", "产业工会", "Industrial union"
    AID_CENTRE = "aid_centre", "帮扶（服务）中心", "Aid (service) centre"
    STREET = "street", "街道（社区）工会", "Street or community union"
    WORKPLACE = "workplace", "用人单位工会", "Workplace union"

    def may_be_below(self, superior: "UnitKind") -> bool:
        """Whether a unit of this kind may have such a superior; communities and branches of employers may be nested."""
        order = list(UnitKind)
        nested = self is superior and self in {UnitKind.STREET, UnitKind.WORKPLACE}
        return nested or order.index(self) > order.index(superior)


class Unit(Base):
    """A node of the union tree (art. 2). `path` lists the ids from the root, as in `/1/4/17/`; scope compares it.

    `fonds_number` 全宗号 is set where the unit is a creating unit 立档单位 of its own; others file under the nearest
    superior that has one.
    """

    __tablename__ = "unit"
    __table_args__ = (
        CheckConstraint("path LIKE '/%/'", name="path_form"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="not_its_own_parent"),
        Index("uq_unit_name", text("coalesce(parent_id, 0)"), "name", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(PathText, unique=True)
    name: Mapped[str]
    kind: Mapped[UnitKind] = mapped_column(named(UnitKind))
    fonds_number: Mapped[str | None] = mapped_column(unique=True)
    code_layout: Mapped[Layout] = mapped_column(named(Layout), default=Layout.DAT13_2022)
    credit_code: Mapped[str | None] = mapped_column(unique=True)
    closed_on: Mapped[date | None]
    parent: Mapped["Unit | None"] = relationship(remote_side="Unit.id")

    @property
    def unit_path(self) -> str:
        """The path under which the chain files what concerns this unit."""
        return self.path

    @property
    def depth(self) -> int:
        """0 for the root."""
        return self.path.count("/") - 2
