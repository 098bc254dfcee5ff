"""Paper copies 纸质件: where each lies, who has it, and every step it took (art. 15, 16)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, contains_eager, joinedload

import audit
from accounts.models import User
from accounts.roles import Actor, Permission
from classification.categories import Category
from records.files.access import check_not_destroyed
from records.files.altering import check_alterable
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import in_sight, retention_of
from records.holdings.barcodes import take_barcode
from records.holdings.being_read import check_not_being_read
from records.holdings.boxes import MOVED, check_takes_more, standing
from records.holdings.errors import BoxMixed, CopyDestroyed, CopyIsOut, NotFoundYet, NowhereToPut, OtherUnitsPlace
from records.holdings.locking import lock
from records.holdings.models import Box, Condition, Movement, PaperCopy, Place, Spot
from records.holdings.places import check_keeps
from records.holdings.twins import follow_copy
from web.language import N_
from web.rules import NotVisible

COPY_BARCODES = "P"
REGISTERED = N_("Registered")
DESTROYED = N_("Destroyed")
WRITTEN_OFF = N_("Not found, written off with the list")


def register_copy(
    session: Session,
    item: Item,
    spot: Spot | None,
    *,
    pages_count: int,
    actor: Actor,
    at: datetime,
    on: date,
    barcode: str | None = None,
    condition: Condition = Condition.GOOD,
) -> PaperCopy:
    """Register a paper copy 纸质件 of an item where it lies.

    Raises RecordDestroyed, NowhereToPut, BoxMixed, BoxRetired, OtherUnitsPlace, PlaceClosed, BadBarcode,
    BarcodeTaken, NotTheKeepersUnit, or what an altering rule raises.
    """
    lock_file(session, item, kept_by(actor))  # a destruction comes before, or waits and finds this copy
    check_not_destroyed(item)
    check_alterable(session, item.file, item)
    spot = fits(session, item, spot)
    if isinstance(spot, Place):
        check_takes_more(spot)
    copy = PaperCopy(
        item=item,
        item_id=item.id,
        barcode=take_barcode(session, barcode, COPY_BARCODES),
        pages_count=pages_count,
        condition=condition,
        registered_on=on,
        **_at(spot),
    )
    session.add(copy)
    session.flush()
    session.add(Movement(copy_id=copy.id, at=at, actor=actor.name, reason=REGISTERED, **_to(spot)))
    audit.record(session, actor.name, "copy.registered", copy, barcode=copy.barcode, item=item.title, at=spot.barcode)
    follow_copy(session, item, actor=actor, on=on)
    return copy


def move_copy(
    session: Session,
    copy: PaperCopy,
    spot: Spot | None,
    *,
    actor: Actor,
    at: datetime,
    reason: str | None = None,
    with_others: bool = False,
) -> None:
    """Move a copy to another box or place, for the keeper's reason, or for none that is told.

    What is missing moves only `with_others`, all that is on record where it should be. Raises NowhereToPut, BoxMixed,
    BoxRetired, OtherUnitsPlace, PlaceClosed, CopyIsOut, CopyBeingRead, NotFoundYet or NotTheKeepersUnit.
    """
    lock_file(session, copy.item, kept_by(actor))
    to = fits(session, copy.item, spot)
    if isinstance(to, Place) and to.id != copy.place_id:
        check_takes_more(to)
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    check_not_being_read(session, copy)
    if copy.missing_since is not None and not with_others:
        raise NotFoundYet(barcode=copy.barcode, case=copy.missing_case)
    put(session, copy, to, actor=actor, at=at, reason=reason or MOVED)


def lock_copy(session: Session, copy: PaperCopy) -> None:
    """Read the copy anew and keep others from moving or lending it until commit."""
    lock(session, copy)


def check_there(copy: PaperCopy) -> None:
    """Raise CopyDestroyed where there is nothing left to move or lend (art. 15)."""
    if copy.destroyed_on is not None:
        raise CopyDestroyed(barcode=copy.barcode, on=copy.destroyed_on, list=copy.destroyed_under)


def destroy_copy(session: Session, copy: PaperCopy, list_number: str, *, actor: str, at: datetime, on: date) -> None:
    """Note that a copy in its place was destroyed under a list: the last step of its path.

    What was missing is written off under the list, which is not said to have destroyed it.

    Raises CopyIsOut or CopyBeingRead where somebody has it, CopyDestroyed where there is nothing left of it.
    """
    lock_copy(session, copy)
    check_there(copy)
    if copy.holder is not None:
        raise CopyIsOut(barcode=copy.barcode, holder=copy.holder.display_name)
    check_not_being_read(session, copy)
    before = {"from_box_id": copy.box_id, "from_place_id": copy.place_id}
    reason = DESTROYED if copy.missing_since is None else WRITTEN_OFF
    session.add(Movement(copy_id=copy.id, at=at, actor=actor, reason=reason, to_destruction=list_number, **before))
    copy.box_id = copy.place_id = None
    copy.box = copy.place = None
    copy.destroyed_on, copy.destroyed_under = on, list_number
    audit.record(session, actor, "copy.destroyed", copy, barcode=copy.barcode, destruction_list=list_number)


def surviving_paper(session: Session) -> Sequence[PaperCopy]:
    """Paper copies on record as there although their item was destroyed; there should be none (art. 15)."""
    return session.scalars(
        select(PaperCopy)
        .join(PaperCopy.item)
        .where(Item.destroyed_on.is_not(None), PaperCopy.destroyed_on.is_(None))
        .order_by(PaperCopy.id)
        .options(contains_eager(PaperCopy.item))
    ).all()


def put(session: Session, copy: PaperCopy, to: Spot | User, *, actor: Actor, at: datetime, reason: str) -> None:
    """Note one step in the path of a copy; the caller has locked it and checked that it may go there."""
    before = {"from_box_id": copy.box_id, "from_place_id": copy.place_id, "from_holder_id": copy.holder_id}
    session.add(Movement(copy_id=copy.id, at=at, actor=actor.name, reason=reason, **before, **_to(to)))
    copy.box_id = copy.place_id = copy.holder_id = None
    copy.box = copy.place = copy.holder = None
    for name, value in _at(to).items():
        setattr(copy, name, value)
    audit.record(session, actor.name, "copy.moved", copy, barcode=copy.barcode, to=_named(to), reason=reason)


def last_spot(session: Session, copy: PaperCopy) -> Spot:
    """The box or place a copy was in last: where it goes back to from a loan, or lay when it was destroyed."""
    step = session.scalars(
        select(Movement)
        .where(Movement.copy_id == copy.id, Movement.to_box_id.is_not(None) | Movement.to_place_id.is_not(None))
        .order_by(Movement.id.desc())
        .limit(1)
        .options(joinedload(Movement.to_box), joinedload(Movement.to_place))
    ).one()
    spot = step.to_box or step.to_place
    assert spot is not None  # noqa: S101 - such a movement leads to a box or a place
    return spot


def visible_copies(actor: Actor, permission: Permission = Permission.READ) -> Select[PaperCopy]:
    """Paper copies in the actor's sight, with what they are of and where they are; every list of copies begins here."""
    return (
        select(PaperCopy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(File.unit)
        .where(in_sight(actor, permission))
        .options(
            contains_eager(PaperCopy.item).contains_eager(Item.file).contains_eager(File.unit),
            joinedload(PaperCopy.box),
            joinedload(PaperCopy.place),
            joinedload(PaperCopy.holder),
        )
    )


def visible_copy(session: Session, copy_id: int, actor: Actor, permission: Permission = Permission.READ) -> PaperCopy:
    """One paper copy in the actor's scope; raises NotVisible, or NotTheKeepersUnit where it may only be read."""
    found = session.scalar(visible_copies(actor).where(PaperCopy.id == copy_id))
    if found is None:
        raise NotVisible
    check_keeps(found.item.file.unit, actor, permission)
    return found


def misfit(item: Item, box: Box) -> BoxMixed | None:
    """Why the paper of an item does not belong in a box, or None."""
    held = (box.category, box.year, box.period_letter)
    own = (item.file.category, item.file.year, retention_of(item).period.letter)
    return None if held == own else BoxMixed(barcode=box.barcode, box=sorted_as(*held), item=sorted_as(*own))


def sorted_as(category: Category, year: int, letter: str) -> str:
    return f"{category.letters}·{year}·{letter}"


def fits(session: Session, item: Item, spot: Spot | None) -> Spot:
    """The spot, if the paper of an item belongs there; of a box until commit, for it could be merged meanwhile."""
    if spot is None:
        raise NowhereToPut
    if spot.unit_id != item.file.unit_id:
        raise OtherUnitsPlace(address=spot.address, unit=spot.unit.name)
    if isinstance(spot, Box):
        lock(session, spot)
        standing(spot)
        if mixed := misfit(item, spot):
            raise mixed
    return spot


def _at(spot: Spot | User) -> dict[str, object]:
    match spot:
        case Box():
            return {"box_id": spot.id, "box": spot}
        case Place():
            return {"place_id": spot.id, "place": spot}
    return {"holder_id": spot.id, "holder": spot}


def _to(spot: Spot | User) -> dict[str, int]:
    match spot:
        case Box():
            return {"to_box_id": spot.id}
        case Place():
            return {"to_place_id": spot.id}
    return {"to_holder_id": spot.id}


def _named(spot: Spot | User) -> str:
    return spot.name if isinstance(spot, User) else spot.barcode
