"""Cancelling what was collected by mistake 取消收集: before filing it has no code, so nothing refers to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.files.altering import check_alterable
from records.files.errors import AlreadyFiled
from records.files.locking import kept_by, lock_file
from records.files.models import Item
from records.holdings.errors import PaperHasItsPath
from records.holdings.models import DigitalObject, PaperCopy
from records.holdings.objects import forget_object


@dataclass(frozen=True)
class Cancelled:
    """What the caller does in the store after the commit: set the originals aside, discard the pictures."""

    originals: Sequence[str]
    pictures: Sequence[str]


def cancel_collecting(session: Session, item: Item, reason: str, *, actor: Actor) -> Cancelled:
    """Take an item not yet filed out of its file again; title and reason stay in the history of the file.

    Its digital files are set aside as `forget_object` does. Raises NotTheKeepersUnit, AlreadyFiled, what an altering
    rule raises, or PaperHasItsPath where a paper copy is registered: its movements are never erased, and it is filed
    with the item it belongs to.
    """
    file = item.file
    lock_file(session, item, kept_by(actor))  # a filing, an upload or a registration comes first, or finds nothing
    if item.filed_on is not None:
        raise AlreadyFiled(code=item.code)
    check_alterable(session, file, item)
    if copy := session.scalar(select(PaperCopy).where(PaperCopy.item_id == item.id).limit(1)):
        raise PaperHasItsPath(barcode=copy.barcode)
    objects = session.scalars(select(DigitalObject).where(DigitalObject.item_id == item.id)).all()
    pictures = [key for row in objects for key in forget_object(session, row, actor=actor)]
    audit.record(session, actor.name, "item.cancelled", file, title=item.title, reason=reason, item_id=item.id)
    session.flush()
    session.delete(item)
    return Cancelled([row.key for row in objects], pictures)
