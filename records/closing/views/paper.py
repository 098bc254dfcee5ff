"""Pages of paper that still lies with the giving unit, and of boxes that are taken over."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.uses import note_export
from records.closing.forms import BoxForm
from records.closing.paper import box_to_fetch, boxes_to_fetch, fetch_box, paper_elsewhere
from records.closing.views.blueprint import closing
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.holdings.scanned import place_named
from records.holdings.whereabouts import address_of
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.transaction import begin, now, reading, today

COLUMNS: tuple[Column[PaperCopy], ...] = (
    Column("barcode", N_("Barcode"), lambda copy: copy.barcode, PaperCopy.barcode.expression),
    Column("title", N_("Title"), lambda copy: copy.item.title, Item.title.expression),
    Column("file", N_("File"), lambda copy: copy.item.file.code, File.code.expression),
    Column("unit", N_("Unit"), lambda copy: copy.item.file.unit.name, Unit.path.expression),
    Column("giver", N_("Lies with"), lambda copy: _unit_of(copy).name),
    Column("where", N_("Where it lies"), address_of),
)


@closing.get("/paper-to-fetch")
@requires(Permission.READ)
def list_paper() -> ResponseReturnValue:
    """Paper of our files that lies with other units, and the boxes that can be taken over whole."""
    session, actor = reading(), current_actor()
    listing: Listing[PaperCopy] = Listing(session, paper_elsewhere(actor), COLUMNS, default="barcode", tie=PaperCopy.id)
    if listing.wants_export():
        note_export("paper_copy", listing.count)
        return listing.export(gettext("Paper to fetch"))
    files = actor.may(Permission.FILE)
    return render_template(
        "records/closing/paper.html",
        listing=listing,
        boxes=boxes_to_fetch(session, actor) if files else [],
        address_of=address_of,
        unit_of=_unit_of,
        fileable=actor.scope(Permission.FILE),
    )


@closing.get("/paper-to-fetch/boxes/<int:box_id>")
@requires(Permission.FILE)
def show_box_to_fetch(box_id: int, form: BoxForm | None = None) -> ResponseReturnValue:
    """A box that can be taken over, and where it will stand."""
    box = box_to_fetch(reading(), box_id, current_actor())
    return render_template("records/closing/box.html", box=box, form=form or BoxForm.blank())


@closing.post("/paper-to-fetch/boxes/<int:box_id>")
@requires(Permission.FILE)
@shows_again(show_box_to_fetch)
def take_over(box_id: int) -> ResponseReturnValue:
    """Take a box over whole into one's own place."""
    actor = current_actor()
    box_to_fetch(reading(), box_id, actor)
    form = BoxForm.read()
    with begin() as session:
        box = box_to_fetch(session, box_id, actor)
        place = place_named(session, form.spot.data, actor, Permission.FILE)
        keeper = session.get_one(User, actor.user_id)
        fetch_box(session, box, place, keeper=keeper, actor=actor, at=now(), on=today())
    flash(gettext("Box %(barcode)s now stands at %(place)s.", barcode=box.barcode, place=place.address))
    return redirect(url_for(".list_paper"), 303)


def _unit_of(copy: PaperCopy) -> Unit:
    """The unit in whose box or place a copy lies."""
    if copy.box is not None:
        return copy.box.unit
    assert copy.place is not None  # noqa: S101 - the list has only what lies in a box or on a place
    return copy.place.unit
