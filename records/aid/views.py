"""Pages of help received: all of it, that of one household, and the households a voucher covers."""

from datetime import date

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export, note_use
from classification.categories import Category
from records.aid import words as chain_words  # noqa: F401 - they register themselves
from records.aid.errors import NotAHousehold
from records.aid.forms import FUNDS, AidForm, StrikingForm
from records.aid.models import AidKind, AidRecord, yuan
from records.aid.services import (
    AidEntry,
    aid_of_file,
    aid_of_voucher,
    give_aid,
    may_change,
    strike_aid,
    visible_aid,
    visible_line,
    voucher_coded,
)
from records.files.access import check_not_destroyed
from records.files.models import File
from records.files.services import visible_file, visible_item
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.numbers import year_number
from web.shown import words
from web.transaction import begin, now, reading, today

aid = Blueprint("aid", __name__)

STATES = {"": N_("All that counts"), "without_voucher": N_("Without a voucher"), "struck": N_("Struck out")}


def _voucher_words(record: AidRecord) -> str:
    """The code of the voucher where the reader may see it, otherwise the unit that keeps it."""
    if record.voucher is None:
        return ""
    if current_actor().may(Permission.READ, record.voucher.unit_path):
        return record.voucher.code or record.voucher.title
    return gettext("kept by %(unit)s", unit=record.voucher.file.unit.name)


AID_COLUMNS: tuple[Column[AidRecord], ...] = (
    Column("given", N_("Given on"), lambda record: record.given_on, AidRecord.given_on),
    Column("household", N_("Household"), lambda record: record.file.title, File.title),
    Column("code", N_("Reference code"), lambda record: record.file.code, File.code),
    Column("unit", N_("Unit"), lambda record: record.file.unit.name, Unit.path),
    Column("kind", N_("Kind of help"), lambda record: words(record.kind), AidRecord.kind),
    Column("amount", N_("Amount (yuan)"), lambda record: float(record.amount_yuan), AidRecord.amount_fen, True),
    Column("fund", N_("Source of the money"), lambda record: record.fund, AidRecord.fund),
    Column("voucher", N_("Voucher"), _voucher_words),
)


@aid.get("/aid")
@requires(Permission.READ)
def list_aid() -> ResponseReturnValue:
    """All help to the households in reach 帮扶记录, by kind, year, state and words, with its sum."""
    session, state = reading(), request.args.get("state", "")
    query = _filtered(visible_aid(current_actor()), state)
    listing: Listing[AidRecord] = Listing(session, query, AID_COLUMNS, default="-given", tie=AidRecord.id)
    if listing.wants_export():
        note_export("aid_record", listing.count)
        return listing.export(gettext("Help received"))
    total = session.scalar(query.with_only_columns(func.coalesce(func.sum(AidRecord.amount_fen), 0)).order_by(None))
    return render_template(
        "records/aid/list.html",
        listing=listing,
        total_yuan=yuan(int(total or 0)),
        kinds=list(AidKind),
        states=STATES,
        state=state,
        voucher_words=_voucher_words,
    )


@aid.get("/files/<int:file_id>/aid")
@requires(Permission.READ)
def show_aid(file_id: int) -> ResponseReturnValue:
    """The help one household received; what was struck out stands there too."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    query = visible_aid(actor).where(AidRecord.file_id == file.id)
    listing: Listing[AidRecord] = Listing(session, query, AID_COLUMNS, default="-given", tie=AidRecord.id)
    if listing.wants_export():
        note_use("content.exported", file, rows=listing.count)
        return listing.export(f"{file.code} {gettext('Help received')}")
    return render_template(
        "records/aid/household.html",
        file=file,
        listing=listing,
        covered=aid_of_file(session, file, actor, most=0),
        may_enter=actor.may(Permission.FILE) and file.category is Category.ORIGINAL and file.destroyed_on is None,
        may_change=lambda record: may_change(record, actor),
        voucher_words=_voucher_words,
    )


@aid.get("/items/<int:item_id>/aid")
@requires(Permission.READ)
def show_covered(item_id: int) -> ResponseReturnValue:
    """The households that a voucher covers: those in reach by name, the others as a count."""
    session, actor = reading(), current_actor()
    item = visible_item(session, item_id, actor)
    query = visible_aid(actor).where(AidRecord.voucher_id == item.id, AidRecord.struck_on.is_(None))
    listing: Listing[AidRecord] = Listing(session, query, AID_COLUMNS, default="household", tie=AidRecord.id)
    if listing.wants_export():
        note_use("content.exported", item, rows=listing.count)
        return listing.export(f"{item.code or item.title} {gettext('Households covered')}")
    return render_template(
        "records/aid/voucher.html",
        item=item,
        listing=listing,
        covered=aid_of_voucher(session, item, actor, most=0),
        voucher_words=_voucher_words,
    )


@aid.get("/files/<int:file_id>/aid/new")
@requires(Permission.FILE)
def new_aid(file_id: int, form: AidForm | None = None) -> ResponseReturnValue:
    """The form of one line of help."""
    file = _household_file(file_id)
    return render_template(
        "records/aid/new.html",
        form=form or AidForm.blank(values={"given_on": today(), "fund": FUNDS[0]}),
        file=file,
        funds=FUNDS,
    )


@aid.post("/files/<int:file_id>/aid/new")
@requires(Permission.FILE)
@shows_again(new_aid)
def enter_aid(file_id: int) -> ResponseReturnValue:
    """Enter one line of help by hand."""
    _household_file(file_id)
    form = AidForm.read()
    actor = current_actor()
    with begin() as session:
        file = visible_file(session, file_id, actor)
        entry = AidEntry(
            given_on=form.given_on.data or today(),
            kind=AidKind(form.kind.data),
            amount_yuan=form.amount_yuan,
            fund=form.fund.data,
            voucher=voucher_coded(session, form.voucher.data, file, actor) if form.voucher.data else None,
            remarks=form.remarks.text,
        )
        give_aid(session, file, entry, actor=actor, at=now(), on=today())
    flash(gettext("Help of %(amount)s yuan is entered for %(name)s.", amount=entry.amount_yuan, name=file.title))
    return redirect(url_for(".show_aid", file_id=file_id), 303)


@aid.get("/aid/<int:aid_record_id>/strike")
@requires(Permission.FILE)
def show_striking(aid_record_id: int, form: StrikingForm | None = None) -> ResponseReturnValue:
    """Ask why a line is struck out."""
    record = visible_line(reading(), aid_record_id, current_actor())
    check_not_destroyed(record.file)
    return render_template("records/aid/strike.html", form=form or StrikingForm.blank(), record=record)


@aid.post("/aid/<int:aid_record_id>/strike")
@requires(Permission.FILE)
@shows_again(show_striking)
def strike(aid_record_id: int) -> ResponseReturnValue:
    """Strike out a line that was entered by mistake."""
    visible_line(reading(), aid_record_id, current_actor())
    form = StrikingForm.read()
    with begin() as session:
        record = visible_line(session, aid_record_id, current_actor())
        strike_aid(session, record, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("The line is struck out; it counts no more."))
    return redirect(url_for(".show_aid", file_id=record.file_id), 303)


def _household_file(file_id: int) -> File:
    """A file in reach that is of a household; raises NotVisible, NotAHousehold or RecordDestroyed."""
    file = visible_file(reading(), file_id, current_actor())
    if file.category is not Category.ORIGINAL:
        raise NotAHousehold(code=file.code)
    check_not_destroyed(file)
    return file


def _filtered(query: Select[AidRecord], state: str) -> Select[AidRecord]:
    query = query.where(AidRecord.struck_on.is_not(None) if state == "struck" else AidRecord.struck_on.is_(None))
    if state == "without_voucher":
        query = query.where(AidRecord.voucher_id.is_(None))
    if (kind := request.args.get("kind")) in list(AidKind):
        query = query.where(AidRecord.kind == AidKind(kind))
    if (year := request.args.get("year", type=year_number)) is not None:
        query = query.where(AidRecord.given_on.between(date(year, 1, 1), date(year, 12, 31)))
    if text := request.args.get("text", "").strip():
        query = query.where(File.title.icontains(text, autoescape=True) | File.code.icontains(text, autoescape=True))
    return query
