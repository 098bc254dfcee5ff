"""Items that have one side only when they are filed, or whose paper comes later: the other side follows (art. 13).

`records.files.duties` says which change opens a duty.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from classification.categories import Category
from records.files.duties import Change, has_twin, note_changes
from records.files.living import TwinCause, TwinSide
from records.files.models import File, Item
from records.holdings.models import DigitalObject, PaperCopy


def follow_filed(session: Session, file: File, items: Iterable[Item], *, actor: Actor, on: date) -> None:
    """Open the duties of items of one file that were just filed with one side only."""
    if file.category is not Category.ORIGINAL:
        return
    items = list(items)
    ids = [item.id for item in items]
    on_paper = set(session.scalars(select(PaperCopy.item_id).where(PaperCopy.item_id.in_(ids))))
    stored = set(session.scalars(select(DigitalObject.item_id).where(DigitalObject.item_id.in_(ids))))
    single = [item for item in items if (item.id in on_paper) != (item.id in stored) and not has_twin(session, item)]
    for side, cause, present in (
        (TwinSide.ELECTRONIC, TwinCause.PAPER_ONLY, on_paper),
        (TwinSide.PAPER, TwinCause.ELECTRONIC_ONLY, stored),
    ):
        changes = [Change(cause, item.title, item.id) for item in single if item.id in present]
        note_changes(session, file, side, changes, actor=actor, on=on)


def follow_copy(session: Session, item: Item, *, actor: Actor, on: date) -> None:
    """Open the duty of a filed item that got paper and has no digital file."""
    if item.filed_on is None or item.file.category is not Category.ORIGINAL:
        return
    if session.scalar(select(exists().where(DigitalObject.item_id == item.id))) or has_twin(session, item):
        return
    change = Change(TwinCause.PAPER_ONLY, item.title, item.id)
    note_changes(session, item.file, TwinSide.ELECTRONIC, [change], actor=actor, on=on)
