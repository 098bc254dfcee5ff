"""Paper to lend: copies in a box of the district's repository."""

from sqlalchemy.orm import Session

from classification.categories import Category
from records.files.models import File
from records.files.services import HOUSEHOLD_PERIOD
from records.holdings.boxes import add_box
from records.holdings.copies import register_copy
from records.holdings.models import Box, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from tests.cast import MONDAY, NOON, Cast, make_file, make_item


def make_place(session: Session, cast: Cast, name: str = "一库") -> Place:
    """A repository of the district."""
    return add_place(session, cast.district, PlaceKind.REPOSITORY, name, actor=cast.keeper.actor)


def make_box(session: Session, cast: Cast, place: Place, barcode: str | None = None) -> Box:
    """A box for household files of the year of the cast."""
    return add_box(
        session,
        place,
        Category.ORIGINAL,
        MONDAY.year,
        HOUSEHOLD_PERIOD,
        keeper=cast.keeper,
        actor=cast.keeper.actor,
        at=NOON,
        on=MONDAY,
        barcode=barcode,
    )


def make_copy(
    session: Session, cast: Cast, barcode: str = "P-0001", *, file: File | None = None, box: Box | None = None
) -> PaperCopy:
    """A paper copy of an application, in a box of the district."""
    box = box or make_box(session, cast, make_place(session, cast))
    item = make_item(session, file or make_file(session, cast), cast.keeper.actor)
    return register_copy(
        session, item, box, pages_count=3, actor=cast.keeper.actor, at=NOON, on=MONDAY, barcode=barcode
    )
