"""Paper that still lies with the giving unit, and boxes that are taken over whole (art. 14, PEERS 4.7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload

from accounts.models import User
from accounts.roles import Actor, Permission, Scope
from accounts.scope import within
from records.closing.errors import BoxNotYours, BoxStillShared, GiverFetches
from records.closing.models import ClosingState, FileTransfer, TransferState, UnitClosing
from records.closing.transfers import FETCHED
from records.files.access import in_sight
from records.files.models import Custody, File, Item
from records.holdings.boxes import lock_standing, take_over_box
from records.holdings.models import Box, PaperCopy, Place
from units.models import Unit
from web.rules import NotVisible

_THERE = PaperCopy.missing_since.is_(None)


@dataclass(frozen=True)
class BoxToFetch:
    """A box of another unit; `own` of its `copies` are of files that have passed to the actor's unit."""

    box: Box
    copies: int
    own: int

    @property
    def whole(self) -> bool:
        """Whether the box can be taken over as it is."""
        return self.copies == self.own


def paper_elsewhere(actor: Actor, permission: Permission = Permission.READ) -> Select[PaperCopy]:
    """Paper of files in the actor's units that lies in a box or on a place of another unit; every list begins here.

    What is missing lies nowhere: there is nothing to fetch before it is found.
    """
    in_box, on_place = aliased(Box), aliased(Place)
    return (
        select(PaperCopy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .outerjoin(in_box, in_box.id == PaperCopy.box_id)
        .outerjoin(on_place, on_place.id == PaperCopy.place_id)
        .where(
            in_sight(actor, permission),
            _THERE,
            or_(in_box.unit_id != File.unit_id, on_place.unit_id != File.unit_id),
        )
        .options(
            contains_eager(PaperCopy.item).contains_eager(Item.file).contains_eager(File.unit),
            contains_eager(PaperCopy.box.of_type(in_box)),
            contains_eager(PaperCopy.place.of_type(on_place)),
        )
    )


_ENDING = select(UnitClosing.unit_id).where(UnitClosing.state == ClosingState.OPEN)


def boxes_to_fetch(session: Session, actor: Actor) -> list[BoxToFetch]:
    """Boxes of other units with paper of the actor's own files, and empty ones of units that gave files and end."""
    here = actor.scope(Permission.FILE)
    own_files = select(File.id).join(File.unit).where(within(Unit.path, here))
    own = func.count(PaperCopy.id).filter(Item.file_id.in_(own_files))
    rows = session.execute(
        select(Box.id, func.count(PaperCopy.id), own)
        .join(Unit, Unit.id == Box.unit_id)
        .outerjoin(PaperCopy, (PaperCopy.box_id == Box.id) & _THERE)
        .outerjoin(Item, Item.id == PaperCopy.item_id)
        .where(~within(Unit.path, here), Box.unit_id.in_(_givers(here)), Box.place_id.is_not(None))
        .group_by(Box.id)
        .having(or_(own > 0, and_(func.count(PaperCopy.id) == 0, Box.unit_id.in_(_ENDING))))
        .order_by(Box.id)
    ).all()
    boxes = {box.id: box for box in session.scalars(select(Box).where(Box.id.in_([row[0] for row in rows])))}
    return [BoxToFetch(boxes[box_id], copies, mine) for box_id, copies, mine in rows]


def box_to_fetch(session: Session, box_id: int, actor: Actor) -> Box:
    """A box of a unit that has given files to one of the actor's; raises NotVisible."""
    box = session.scalar(
        select(Box).where(
            Box.id == box_id, Box.place_id.is_not(None), Box.unit_id.in_(_givers(actor.scope(Permission.FILE)))
        )
    )
    if box is None:
        raise NotVisible
    return box


def fetch_box(
    session: Session, box: Box, to: Place, *, keeper: User, actor: Actor, at: datetime, on: date
) -> None:  # fmt: skip
    """Take a box over whole into the place of a unit that has received everything in it (art. 14).

    An empty one of a unit that ends is taken over by any unit that received files from there. What is missing from it
    is in nobody's way: it goes on being on record where it was last. Raises BoxNotYours,
    BoxIsOut, BoxRetired, BoxStillShared, GiverFetches, NotTheKeepersUnit, UnitClosed or PlaceFull.
    """
    lock_standing(session, box)  # what is put into it meanwhile comes before, or waits
    received = select(FileTransfer.id).where(
        FileTransfer.from_unit_id == box.unit_id,
        FileTransfer.to_unit_id == to.unit_id,
        FileTransfer.state == TransferState.ACCEPTED,
    )
    if box.unit_id == to.unit_id or session.scalar(received.limit(1)) is None:
        raise BoxNotYours(barcode=box.barcode, unit=box.unit.name)
    other = session.scalar(
        select(Unit.name)
        .join(File, File.unit_id == Unit.id)
        .join(Item, Item.file_id == File.id)
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .where(PaperCopy.box_id == box.id, _THERE, File.unit_id != to.unit_id)
        .limit(1)
    )
    if other is not None:
        raise BoxStillShared(barcode=box.barcode, unit=other)
    holds_paper = session.scalar(select(PaperCopy.id).where(PaperCopy.box_id == box.id, _THERE).limit(1)) is not None
    if not holds_paper and session.scalar(_ENDING.where(UnitClosing.unit_id == box.unit_id)) is None:
        raise BoxNotYours(barcode=box.barcode, unit=box.unit.name)
    _check_taker(session, box, to.unit, {keeper.id, actor.user_id})
    take_over_box(session, box, to, keeper=keeper, actor=actor, at=at, on=on, reason=FETCHED)


def _check_taker(session: Session, box: Box, unit: Unit, takers: set[int | None]) -> None:
    """Raise GiverFetches where one of the takers gave the unit what lies in the box, or kept it until it passed."""
    received = aliased(Custody)
    first_there = (
        select(func.min(received.id))
        .where(
            received.file_id == FileTransfer.file_id,
            received.keeper_id == FileTransfer.keeper_id,
            received.from_on == FileTransfer.passed_on,
        )
        .scalar_subquery()
    )
    kept = exists().where(
        Custody.file_id == FileTransfer.file_id,
        Custody.keeper_id == User.id,
        Custody.until_on == FileTransfer.passed_on,
        Custody.id < first_there,
    )
    giver = session.scalar(
        select(User.display_name)
        .join(FileTransfer, or_(FileTransfer.giver_id == User.id, kept))
        .join(Item, Item.file_id == FileTransfer.file_id)
        .join(PaperCopy, PaperCopy.item_id == Item.id)
        .where(
            PaperCopy.box_id == box.id,
            FileTransfer.from_unit_id == box.unit_id,
            FileTransfer.to_unit_id == unit.id,
            FileTransfer.state == TransferState.ACCEPTED,
            User.id.in_([taker for taker in takers if taker is not None]),
        )
        .limit(1)
    )
    if giver is not None:
        raise GiverFetches(name=giver, barcode=box.barcode, unit=unit.name)


def paper_left_of(session: Session, transfer: FileTransfer) -> Sequence[PaperCopy]:
    """Paper of an accepted file that lies in a box or on a place of the giving unit still."""
    return session.scalars(
        select(PaperCopy)
        .join(PaperCopy.item)
        .outerjoin(Box, Box.id == PaperCopy.box_id)
        .outerjoin(Place, Place.id == PaperCopy.place_id)
        .where(
            Item.file_id == transfer.file_id,
            _THERE,
            or_(Box.unit_id == transfer.from_unit_id, Place.unit_id == transfer.from_unit_id),
        )
        .options(contains_eager(PaperCopy.item), joinedload(PaperCopy.box), joinedload(PaperCopy.place))
        .order_by(PaperCopy.barcode)
    ).all()


def _givers(scope: Scope) -> Select[int]:
    """The units that have given files to units of a scope."""
    receiving = aliased(Unit)
    return (
        select(FileTransfer.from_unit_id)
        .join(receiving, receiving.id == FileTransfer.to_unit_id)
        .where(within(receiving.path, scope), FileTransfer.state == TransferState.ACCEPTED)
    )
