"""The electronic records of the aid system: taking in an export, and comparing a form with one."""

from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.uses import note_export, note_use
from records.workflow.aid_sheet import HEADINGS, read_sheet, take_in_sheet
from records.workflow.comparing import (
    FIELDS,
    compare,
    comparisons_of,
    electronic_form,
    form_digest,
    pairs,
    paper_form,
    record_of,
    visible_imports,
)
from records.workflow.course import part_of, visible_application
from records.workflow.errors import BadSheet
from records.workflow.forms import SheetForm
from records.workflow.models import UNDER_WAY, AidSystemImport, Part
from records.workflow.views.blueprint import workflow
from rules.services import rulebook
from units.choices import filing_units
from units.models import Unit
from units.services import visible_unit
from web.forms import Form, shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.security import LARGEST_SHEET_BYTES
from web.transaction import begin, now, reading, today

FAULTS_SHOWN = 500


@workflow.get("/aid-system")
@requires(Permission.READ)
def list_imports(form: SheetForm | None = None) -> ResponseReturnValue:
    """The exports taken in, and the form for the next one."""
    columns: tuple[Column[AidSystemImport], ...] = (
        Column("at", N_("Taken in"), lambda one: one.imported_at, AidSystemImport.imported_at),
        Column("name", N_("Name of the file"), lambda one: one.name, AidSystemImport.name),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("rows", N_("Rows"), lambda one: one.rows_count, AidSystemImport.rows_count, numeric=True),
        Column("by", N_("By"), lambda one: names.get(one.imported_by, one.imported_by)),
        Column("digest", N_("SHA-256"), lambda one: one.sha256),
    )
    session, actor = reading(), current_actor()
    listing = Listing(session, visible_imports(actor), columns, default="-at", tie=AidSystemImport.id)
    by = {one.imported_by for one in listing.rows}
    names: dict[str, str] = {
        user.name: user.display_name for user in session.scalars(select(User).where(User.name.in_(by)))
    }
    if listing.wants_export():
        note_export("aid_system_import", listing.count)
        return listing.export(gettext("Exports taken in"))
    offered = filing_units() if actor.may(Permission.FILE) else []
    faults = form.faults if form else ()
    return render_template(
        "records/workflow/imports.html",
        listing=listing,
        form=(form or SheetForm.blank()).offer(unit_id=offered),
        faults=faults[:FAULTS_SHOWN],
        faults_count=len(faults),
        headings=HEADINGS,
        names=names,
    )


@workflow.post("/aid-system")
@requires(Permission.FILE)
@shows_again(list_imports)
def take_in_export() -> ResponseReturnValue:
    """Take an export in as a whole, or say of every cell what is wrong with it."""
    form = SheetForm.read(unit_id=filing_units())
    sent = form.sheet.data
    visible_unit(reading(), int(form.unit_id.data), current_actor(), Permission.FILE)
    try:
        export = read_sheet(sent.stream.read(LARGEST_SHEET_BYTES + 1), sent.filename or "export")
    except BadSheet as refused:
        form.faults = refused.faults
        raise
    with begin() as session:
        unit = visible_unit(session, int(form.unit_id.data), current_actor(), Permission.FILE)
        row = take_in_sheet(session, unit, export, actor=current_actor(), at=now())
    flash(gettext("%(rows)s rows of “%(name)s” are taken in.", rows=row.rows_count, name=row.name))
    return redirect(url_for(".list_imports"), 303)


@workflow.get("/aid-system/template.csv")
@requires(Permission.FILE)
def sheet_template() -> ResponseReturnValue:
    """An empty sheet with the headings that are understood."""
    content = "\ufeff" + ",".join(HEADINGS.values()) + "\r\n"
    return send_file(
        BytesIO(content.encode()), mimetype="text/csv", as_attachment=True, download_name="aid-system-template.csv"
    )


@workflow.get("/applications/<int:application_id>/comparison")
@requires(Permission.READ)
def show_comparison(application_id: int, form: Form | None = None, **_rest: Any) -> ResponseReturnValue:
    """Form and electronic record field by field as they are now, and the comparisons made before."""
    session, actor = reading(), current_actor()
    application = visible_application(session, application_id, actor)
    note_use("content.viewed", application, number=application.number, what="comparison")
    record = record_of(session, application)
    paper = paper_form(session, application)
    masks = rulebook(session, application.keeping_unit, today()).masks
    made = comparisons_of(session, application)
    latest = made[-1] if made else None
    stands = bool(latest and record and latest.record_id == record.id and latest.paper_sha256 == form_digest(paper))
    return render_template(
        "records/workflow/comparison.html",
        application=application,
        record=record,
        pairs=pairs(paper, electronic_form(session, record), masks) if record else [],
        comparisons=list(reversed(made)),
        stands=stands,
        fields=FIELDS,
        may_compare=actor.may(Permission.FILE, application.unit.path)
        and application.state in UNDER_WAY
        and part_of(session, application, actor.user_id) in (None, Part.MAKER),
    )


@workflow.post("/applications/<int:application_id>/comparison")
@requires(Permission.FILE)
@shows_again(show_comparison)
def make_comparison(application_id: int) -> ResponseReturnValue:
    """Compare, and keep what differs."""
    with begin() as session:
        application = visible_application(session, application_id, current_actor(), Permission.FILE)
        made = compare(session, application, actor=current_actor(), at=now())
    if made.differences_count:
        told = gettext(
            "%(number)s fields differ. Correct what is wrong, then compare again.", number=made.differences_count
        )
        flash(told, "refusal")
    else:
        flash(gettext("All %(number)s fields are equal.", number=made.fields_count))
    return redirect(url_for(".show_comparison", application_id=application_id), 303)
