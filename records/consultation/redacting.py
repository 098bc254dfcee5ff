"""Blacking out 遮盖: rectangles on pages of an item, with their reason; the bytes themselves are never touched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from records.consultation.errors import BadRectangle, NoSuchPage
from records.consultation.models import WHOLE_PERMILLE, Redaction
from records.consultation.scope import drawable_pages
from records.files.services import changeable
from records.holdings.locking import lock
from records.holdings.models import DigitalObject
from records.holdings.objects import visible_object
from web.rules import NotVisible


@dataclass(frozen=True)
class Rectangle:
    """A part of a page in thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def lies_on_page(self) -> bool:
        return (
            min(self.left, self.top) >= 0
            and min(self.width, self.height) > 0
            and max(self.left + self.width, self.top + self.height) <= WHOLE_PERMILLE
        )


def black_out(
    session: Session, row: DigitalObject, page: int, part: Rectangle, reason: str, *, actor: Actor, at: datetime
) -> Redaction:
    """Mark a part of a page that outside readers see black from now on.

    Raises NotTheKeepersUnit, NoSuchPage or BadRectangle.
    """
    changeable(row.item.file, actor, Permission.RECEIVE)
    lock(session, row)
    if not 1 <= page <= drawable_pages(row):
        raise NoSuchPage(name=row.name, page=page)
    if not part.lies_on_page:
        raise BadRectangle(page=page)
    made = Redaction(
        object=row,
        page=page,
        left_permille=part.left,
        top_permille=part.top,
        width_permille=part.width,
        height_permille=part.height,
        reason=reason,
        marked_by=actor.name,
        marked_at=at,
    )
    session.add(made)
    session.flush()
    audit.record(session, actor.name, "redaction.marked", row.item, page=page, reason=reason, name=row.name)
    return made


def uncover(session: Session, redaction: Redaction, *, actor: Actor) -> None:
    """Take a black part away again; the chain keeps that it was there. Raises NotTheKeepersUnit.

    Readings approved with it are shut for the item until the part is black again or a new request is approved.
    """
    row = redaction.object
    changeable(row.item.file, actor, Permission.RECEIVE)
    audit.record(
        session, actor.name, "redaction.removed", row.item, page=redaction.page, reason=redaction.reason, name=row.name
    )
    session.delete(redaction)


def redactions_of(session: Session, row: DigitalObject) -> Sequence[Redaction]:
    """Everything blacked out on an object, page by page."""
    mine = select(Redaction).where(Redaction.object_id == row.id)
    return session.scalars(mine.order_by(Redaction.page, Redaction.id)).all()


def visible_redaction(session: Session, redaction_id: int, actor: Actor) -> Redaction:
    """One black part on an object the actor may look at; raises NotVisible or NotTheKeepersUnit."""
    found = session.get(Redaction, redaction_id)
    if found is None:
        raise NotVisible
    visible_object(session, found.object_id, actor, Permission.RECEIVE)
    return found
