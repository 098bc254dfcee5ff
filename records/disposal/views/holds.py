"""Holds 暂缓销毁: the list, those on a file or an item, and lifting one."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission, answers_for
from accounts.services import names_of
from accounts.uses import note_export
from records.disposal.forms import HoldForm, ReasonForm, hold_kinds
from records.disposal.holds import holds_on, lift_hold, may_lift, place_hold, visible_hold, visible_holds
from records.disposal.models import Hold, HoldKind
from records.disposal.views.blueprint import disposal
from records.files.models import File, Item
from records.files.services import visible_file, visible_item
from records.files.views.masks import discreet
from units.models import Unit
from web.forms import Form, shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading

HOLD_STATES = {"open": N_("In force"), "lifted": N_("Lifted"), "all": N_("All")}


@disposal.get("/holds")
@requires(Permission.READ)
def list_holds() -> ResponseReturnValue:
    """Holds in force, and those that were lifted."""
    state = request.args.get("state", "open")
    query = visible_holds(current_actor())
    if state == "open":
        query = query.where(Hold.lifted_at.is_(None))
    if state == "lifted":
        query = query.where(Hold.lifted_at.is_not(None))
    columns: tuple[Column[Hold], ...] = (
        Column("code", N_("Reference code"), lambda one: _code_of(one.subject)),
        Column("title", N_("Title"), lambda one: one.subject.title),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("kind", N_("Kind of hold"), lambda one: words(one.kind), Hold.kind),
        Column("reason", N_("Reason"), lambda one: discreet(one.reason, one)),
        Column("placed", N_("Placed"), lambda one: one.placed_at, Hold.placed_at),
        Column("by", N_("By"), lambda one: one.placer or one.placed_by, Hold.placed_by),
        Column("lifted", N_("Lifted"), lambda one: one.lifted_at, Hold.lifted_at),
        Column("why", N_("Why it was lifted"), lambda one: discreet(one.lift_reason, one)),
    )
    listing = Listing(reading(), query, columns, default="-placed", tie=Hold.id)
    if listing.wants_export():
        note_export("disposal_hold", listing.count)
        return listing.export(gettext("Holds"))
    return render_template("records/disposal/holds.html", listing=listing, states=HOLD_STATES, state=state)


@disposal.get("/files/<int:file_id>/holds")
@requires(Permission.READ)
def file_holds(file_id: int, form: Form | None = None) -> ResponseReturnValue:
    """The holds on a file, and one more."""
    return _holds_page(visible_file(reading(), file_id, current_actor()), form)


@disposal.post("/files/<int:file_id>/holds")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(file_holds)
def hold_file(file_id: int) -> ResponseReturnValue:
    """Place a hold on a file."""
    with begin() as session:
        _place(session, visible_file(session, file_id, current_actor()))
    return redirect(url_for(".file_holds", file_id=file_id), 303)


@disposal.get("/items/<int:item_id>/holds")
@requires(Permission.READ)
def item_holds(item_id: int, form: Form | None = None) -> ResponseReturnValue:
    """The holds on an item, and one more."""
    return _holds_page(visible_item(reading(), item_id, current_actor()), form)


@disposal.post("/items/<int:item_id>/holds")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(item_holds)
def hold_item(item_id: int) -> ResponseReturnValue:
    """Place a hold on an item."""
    with begin() as session:
        _place(session, visible_item(session, item_id, current_actor()))
    return redirect(url_for(".item_holds", item_id=item_id), 303)


@disposal.get("/holds/<int:hold_id>/lifting")
@requires(Permission.READ)
def lifting_page(hold_id: int, form: Form | None = None) -> ResponseReturnValue:
    """Lift one hold, with the reason."""
    hold = visible_hold(reading(), hold_id, current_actor())
    return render_template(
        "records/disposal/lifting.html",
        hold=hold,
        people=names_of(reading(), hold.lifted_by),
        form=form or ReasonForm.blank(),
        may_lift=hold.lifted_at is None and may_lift(hold, current_actor()),
    )


@disposal.post("/holds/<int:hold_id>/lifting")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(lifting_page)
def lift(hold_id: int) -> ResponseReturnValue:
    """Lift it; it stays on record."""
    form = ReasonForm.read()
    with begin() as session:
        hold = visible_hold(session, hold_id, current_actor())
        lift_hold(session, hold, form.reason.data, actor=current_actor(), at=now())
        of_item = hold.item_id
        of_file = hold.file_id
    flash(gettext("The hold is lifted."))
    if of_item is not None:
        return redirect(url_for(".item_holds", item_id=of_item), 303)
    return redirect(url_for(".file_holds", file_id=of_file), 303)


def _holds_page(subject: File | Item, form: Form | None) -> ResponseReturnValue:
    return render_template(
        "records/disposal/holding.html",
        subject=subject,
        file=_file_of(subject),
        item=subject if isinstance(subject, Item) else None,
        holds=holds_on(reading(), subject),
        form=(form or HoldForm.blank()).offer(kind=hold_kinds()),
        may_hold=subject.destroyed_on is None and answers_for(current_actor(), _file_of(subject).unit.path),
    )


def _place(session: Session, subject: File | Item) -> None:
    form = HoldForm.read(kind=hold_kinds())
    place_hold(
        session, subject, HoldKind(form.kind.data), form.reason.data, actor=current_actor(), at=now(),
        separate_file=form.separate_file.text,
    )  # fmt: skip
    flash(gettext("The hold is in force; no batch destroys it."))


def _file_of(subject: File | Item) -> File:
    return subject if isinstance(subject, File) else subject.file


def _code_of(subject: File | Item) -> str:
    return subject.code or _file_of(subject).code
