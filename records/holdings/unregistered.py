"""Paper that is on record and registered nowhere 纸质未登记: nobody could count it, lend it or destroy it (art. 15)."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, exists, not_, or_, select
from sqlalchemy.orm import Session

from classification.categories import Carrier, Category
from records.files.models import File, FileFromBefore, Item
from records.holdings.models import PaperCopy


def paper_unregistered() -> ColumnElement[bool]:
    """True for household files with paper on record of which no copy is registered.

    They are those from before 补录, whose paper lies where it was said to (存放处), as long as no piece of it is
    registered, and those with an item described as paper that has no copy.
    """
    mine = and_(Item.file_id == File.id, Item.destroyed_on.is_(None))
    of_item = exists().where(PaperCopy.item_id == Item.id, PaperCopy.destroyed_on.is_(None))
    from_before = exists().where(FileFromBefore.file_id == File.id)
    any_piece = select(Item.id).where(mine, of_item).correlate(File).exists()
    item_without = select(Item.id).where(mine, Item.carrier == Carrier.PAPER, not_(of_item)).correlate(File).exists()
    return and_(File.category == Category.ORIGINAL, or_(and_(from_before, not_(any_piece)), item_without))


def lacking_registered_paper(session: Session, file_ids: Collection[int]) -> frozenset[int]:
    """Which of some files have paper on record of which no copy is registered, by their ids; one query."""
    return frozenset(session.scalars(select(File.id).where(File.id.in_(file_ids), paper_unregistered())))
