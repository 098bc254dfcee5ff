"""What part of a keeper's custody passes 移交范围: everything, or some categories, years, files, or a place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from classification.codes import as_scanned
from classification.text import Label
from records.files.models import Custody, File, Item
from records.handover.errors import NotAPlace, NotInCustody
from records.holdings.models import Box, BoxCustody, PaperCopy, Place
from records.holdings.whereabouts import belongings
from units.models import Unit


@dataclass(frozen=True)
class Extent:
    """Files and boxes of these categories and years, files with these codes, what lies on a place or below it.

    All that is said holds together; nothing said is everything. `years` are the first and the last one; `place` is the
    path and the address of a place. A file belongs to a place where some of its paper lies there, or goes back to when
    its borrower returns it; with codes only the files named pass, their boxes stay.
    """

    categories: tuple[Category, ...] = ()
    years: tuple[int, int] | None = None
    codes: tuple[str, ...] = ()
    place: tuple[str, str] | None = None

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Extent":
        """As it was kept with a handover."""
        return cls(
            tuple(Category(one) for one in kept.get("categories", ())),
            tuple(kept["years"]) if "years" in kept else None,
            tuple(kept.get("codes", ())),
            tuple(kept["place"]) if "place" in kept else None,
        )

    def __bool__(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.categories or self.years or self.codes or self.place)

    def kept(self) -> dict[str, Any]:
        """As it is kept with a handover."""
        said: dict[str, Any] = {
            "categories": [one.value for one in self.categories],
            "years": list(self.years or ()),
            "codes": list(self.codes),
            "place": list(self.place or ()),
        }
        return {name: value for name, value in said.items() if value}

    @property
    def label(self) -> Label:
        """In words, as pages and prints say it."""
        if not self:
            return Label("全部", "Everything")
        zh, en = [], []
        if self.categories:
            zh.append("、".join(one.label.zh for one in self.categories))
            en.append(", ".join(one.label.en for one in self.categories))
        if self.years:
            first, last = self.years
            zh.append(f"{first} 年" if first == last else f"{first}—{last} 年")
            en.append(f"{first}" if first == last else f"{first} to {last}")
        if self.codes:
            zh.append("案卷 " + "、".join(self.codes))
            en.append("files " + ", ".join(self.codes))
        if self.place:
            zh.append(f"存放于 {self.place[1]}")
            en.append(f"kept at {self.place[1]}")
        return Label("；".join(zh), "; ".join(en))

    def files(self, keeper_id: int, unit_id: int) -> Select[int]:
        """The ids of the files of a unit that a keeper answers for now and that belong to it."""
        return (
            select(Custody.file_id)
            .join(File, File.id == Custody.file_id)
            .where(Custody.keeper_id == keeper_id, Custody.until_on.is_(None), File.unit_id == unit_id)
            .where(*self._of_files())
        )

    def boxes(self, keeper_id: int, unit_id: int) -> Select[int]:
        """The ids of the boxes of a unit that a keeper answers for now and that belong to it."""
        return (
            select(BoxCustody.box_id)
            .join(Box, Box.id == BoxCustody.box_id)
            .where(BoxCustody.keeper_id == keeper_id, BoxCustody.until_on.is_(None), Box.unit_id == unit_id)
            .where(*self._of_boxes())
        )

    def _of_files(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = []
        if self.categories:
            conditions.append(File.category.in_(self.categories))
        if self.years:
            conditions.append(File.year.between(*self.years))
        if self.codes:
            conditions.append(File.code.in_(self.codes))
        if self.place:
            here, home = self._places(), belongings()
            boxes = select(Box.id).where(Box.place_id.in_(here))
            out = select(home.c.copy_id).where(or_(home.c.place_id.in_(here), home.c.box_id.in_(boxes)))
            there = or_(PaperCopy.place_id.in_(here), PaperCopy.box_id.in_(boxes), PaperCopy.id.in_(out))
            conditions.append(
                File.id.in_(select(Item.file_id).join(PaperCopy, PaperCopy.item_id == Item.id).where(there))
            )
        return conditions

    def _of_boxes(self) -> list[ColumnElement[bool]]:
        if self.codes:
            return [false()]
        conditions: list[ColumnElement[bool]] = []
        if self.categories:
            conditions.append(Box.category.in_(self.categories))
        if self.years:
            conditions.append(Box.year.between(*self.years))
        if self.place:
            conditions.append(Box.place_id.in_(self._places()))
        return conditions

    def _places(self) -> Select[int]:
        assert self.place is not None  # noqa: S101 - asked only where there is one
        return select(Place.id).where(Place.path.startswith(self.place[0], autoescape=True))


EVERYTHING = Extent()


def extent_named(
    session: Session,
    unit: Unit,
    leaver: User,
    *,
    categories: Sequence[Category] = (),
    years: tuple[int, int] | None = None,
    codes: Sequence[str] = (),
    place: str | None = None,
) -> Extent:
    """The extent that somebody has described: files by their codes, a place by its barcode.

    Raises NotInCustody for a code of a file that the leaver does not keep, NotAPlace for a barcode that is no place.
    """
    wanted = tuple(dict.fromkeys(as_scanned(code) for code in codes))
    known = set(session.scalars(select(File.code).where(File.id.in_(EVERYTHING.files(leaver.id, unit.id)))))
    for code in wanted:
        if code not in known:
            raise NotInCustody(code=code, name=leaver.display_name)
    here = None
    if place:
        here = session.scalar(select(Place).where(Place.unit_id == unit.id, Place.barcode == as_scanned(place)))
        if here is None:
            raise NotAPlace(code=place, unit=unit.name)
    return Extent(tuple(categories), years, wanted, (here.path, here.address) if here else None)
