"""Items that have one side only when they are filed, or whose paper comes later: the other side follows (art. 13).

`records.files.duties` says which change opens a duty. It is closed once the side that was missing is there.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session

from accounts.roles import Actor
from classification.categories import Category
from records.files.duties import Change, closing_rule, has_twin, is_twin_of, note_changes
from records.files.living import TwinCause, TwinChange, TwinDuty, TwinSide
from records.files.models import File, Item
from records.files.services import holds_unentered
from records.holdings.errors import ElectronicMissing, LentProof, PaperIsOut, PaperNotThere
from records.holdings.models import DigitalObject, PaperCopy

TITLES_SAID = BARCODES_SAID = 5


def follow_filed(session: Session, file: File, items: Iterable[Item], *, actor: Actor, on: date) -> None:
    """Open the duties of items of one file that were just filed with one side only."""
    if file.category is not Category.ORIGINAL or holds_unentered(session, file):
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
    if item.filed_on is None or item.file.category is not Category.ORIGINAL or holds_unentered(session, item.file):
        return
    if session.scalar(select(exists().where(DigitalObject.item_id == item.id))) or has_twin(session, item):
        return
    change = Change(TwinCause.PAPER_ONLY, item.title, item.id)
    note_changes(session, item.file, TwinSide.ELECTRONIC, [change], actor=actor, on=on)


@closing_rule
def check_followed(session: Session, duty: TwinDuty, _code: str | None) -> None:
    """See that every item that was filed on one side only has the other one, itself or in its twin 参见号.

    Raises ElectronicMissing or PaperNotThere.
    """
    electronic = duty.side is TwinSide.ELECTRONIC
    cause, there = (TwinCause.PAPER_ONLY, _stored()) if electronic else (TwinCause.ELECTRONIC_ONLY, _on_paper())
    named = select(TwinChange.item_id).where(TwinChange.duty_id == duty.id, TwinChange.cause == cause)
    single = session.scalars(
        select(Item).where(Item.id.in_(named), Item.destroyed_on.is_(None), ~there).order_by(Item.id)
    ).all()
    absent = [item for item in single if session.scalar(select(Item.id).where(is_twin_of(item), there)) is None]
    if absent:
        titles = [item.title for item in absent[:TITLES_SAID]]
        more = ["…"] if len(absent) > TITLES_SAID else []
        raise (ElectronicMissing if electronic else PaperNotThere)(titles="; ".join([*titles, *more]))


@closing_rule
def check_not_out(session: Session, duty: TwinDuty, code: str | None) -> None:
    """See that paper which has to follow is in the house, and that what proves it is no copy that is lent.

    Raises PaperIsOut or LentProof.
    """
    out = select(PaperCopy.barcode).join(PaperCopy.item).where(PaperCopy.holder_id.is_not(None))
    lent = list(session.scalars(out.where(Item.file_id == duty.file_id).order_by(PaperCopy.id)))
    if lent and duty.side is TwinSide.PAPER:
        raise PaperIsOut(barcodes=", ".join(lent[:BARCODES_SAID]))
    if code in lent:
        raise LentProof(barcode=code)


def owes_scan(session: Session, item: Item) -> bool:
    """Whether an item was filed on paper alone, so that its scan may still be added to it (art. 13)."""
    stored = exists().where(DigitalObject.item_id == Item.id)
    owing = select(Item.id).where(
        Item.id == item.id, Item.filed_on.is_not(None), Item.destroyed_on.is_(None), _on_paper(), ~stored
    )
    return session.scalar(owing) is not None


def is_at_hand() -> ColumnElement[bool]:
    """True for items of which bytes are stored, or a paper copy is there that nobody misses 实有 (art. 1, 19)."""
    there = PaperCopy.destroyed_on.is_(None), PaperCopy.missing_since.is_(None)
    return or_(_stored(), exists().where(PaperCopy.item_id == Item.id, *there))


def _stored() -> ColumnElement[bool]:
    return exists().where(DigitalObject.item_id == Item.id, DigitalObject.destroyed_at.is_(None))


def _on_paper() -> ColumnElement[bool]:
    return exists().where(PaperCopy.item_id == Item.id, PaperCopy.destroyed_on.is_(None))
