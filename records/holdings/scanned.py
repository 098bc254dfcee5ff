"""What a scanned barcode 条码 names among what the actor sees or keeps: a box, a place, a copy, a spot for paper."""

from sqlalchemy.orm import Session

from accounts.roles import Actor, Permission
from classification.codes import as_scanned
from records.holdings.boxes import visible_boxes
from records.holdings.copies import visible_copies
from records.holdings.errors import BoxOnAPlace, UnknownBarcode, UnknownMoved, UnknownSpot
from records.holdings.models import Box, PaperCopy, Place, Spot
from records.holdings.places import visible_places


def box_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> Box:
    """The box with this barcode in the actor's scope; raises UnknownBarcode."""
    found = session.scalar(visible_boxes(actor, permission).where(Box.barcode == as_scanned(barcode)))
    if found is None:
        raise UnknownBarcode(barcode=barcode)
    return found


def place_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> Place:
    """The place with this barcode in the actor's scope; raises UnknownSpot, or BoxOnAPlace for that of a box."""
    found = session.scalar(visible_places(actor, permission).where(Place.barcode == as_scanned(barcode)))
    if found is None:
        if session.scalar(visible_boxes(actor, permission).where(Box.barcode == as_scanned(barcode))):
            raise BoxOnAPlace(barcode=barcode)
        raise UnknownSpot(barcode=barcode)
    return found


def copy_named(session: Session, barcode: str, actor: Actor, permission: Permission = Permission.READ) -> PaperCopy:
    """The paper copy with this barcode in the actor's scope; raises UnknownBarcode."""
    found = session.scalar(visible_copies(actor, permission).where(PaperCopy.barcode == as_scanned(barcode)))
    if found is None:
        raise UnknownBarcode(barcode=barcode)
    return found


def moved_named(session: Session, barcode: str, actor: Actor) -> Box | PaperCopy:
    """The box or paper copy with this barcode that the actor may move; raises UnknownMoved."""
    box = session.scalar(visible_boxes(actor, Permission.FILE).where(Box.barcode == as_scanned(barcode)))
    if box is not None:
        return box
    copy = session.scalar(visible_copies(actor, Permission.FILE).where(PaperCopy.barcode == as_scanned(barcode)))
    if copy is None:
        raise UnknownMoved(barcode=barcode)
    return copy


def spot_named(session: Session, barcode: str | None, actor: Actor) -> Spot | None:
    """The box or place with this barcode that the actor may put paper into; None for an empty one.

    The barcode of a box that was merged leads to the one that took its papers. Raises UnknownSpot.
    """
    if not barcode or not barcode.strip():
        return None
    box = session.scalar(visible_boxes(actor, Permission.FILE).where(Box.barcode == as_scanned(barcode)))
    return box.in_use if box else place_named(session, barcode, actor, Permission.FILE)
