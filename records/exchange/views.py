"""Pages of imports: upload, what the check found, order, and everything that was imported before."""

from io import BytesIO

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from accounts.uses import note_export, note_use
from classification.categories import Category
from records.exchange import words as chain_words  # noqa: F401 - they register themselves
from records.exchange.clearing import LEFT_LIES
from records.exchange.columns import LEFT_OUT, columns_of
from records.exchange.forms import ItemSheetForm, SheetForm
from records.exchange.models import ImportKind, ImportReason, ImportRun, RunState
from records.exchange.reasons import said
from records.exchange.services import (
    LEFT,
    columns_for,
    content_of,
    discard_run,
    order_run,
    receive_sheet,
    start_run,
    taken_in,
    visible_run,
    visible_runs,
)
from records.exchange.template import template
from records.files.models import File
from records.files.services import takes_items, visible_file
from storage.sealing import vault_of
from units.choices import filing_units
from units.models import Unit
from units.services import visible_unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import XLSX, Column, Listing
from web.numbers import row_number
from web.rules import NotVisible
from web.security import LARGEST_SHEET_BYTES
from web.shown import size, words
from web.transaction import begin, now, reading, settings, store, today

exchange = Blueprint("exchange", __name__)

LOOK_AGAIN_SECONDS = 3
RUN_COLUMNS: tuple[Column[ImportRun], ...] = (
    Column("started", N_("Uploaded"), lambda run: run.started_at, ImportRun.started_at),
    Column("kind", N_("What the sheet holds"), lambda run: words(run.kind), ImportRun.kind),
    Column("name", N_("Name of the file"), lambda run: run.name, ImportRun.name),
    Column("unit", N_("Unit"), lambda run: run.unit.name, Unit.path),
    Column("starter", N_("Uploaded by"), lambda run: run.starter.display_name),
    Column("state", N_("State"), lambda run: words(run.state), ImportRun.state),
    Column("examined", N_("Rows"), lambda run: run.examined, ImportRun.examined, True),
    Column("new", N_("New"), lambda run: run.new, ImportRun.new, True),
    Column("known", N_("On record already"), lambda run: run.known, ImportRun.known, True),
    Column("faults", N_("Faults found"), lambda run: run.faults, ImportRun.faults, True),
)


@exchange.get("/imports")
@requires(Permission.FILE)
def list_runs() -> ResponseReturnValue:
    """Every import of the actor's units, the latest first."""
    query = visible_runs(current_actor())
    state = request.args.get("state")
    if state in list(RunState):
        query = query.where(ImportRun.state == RunState(state))
    listing: Listing[ImportRun] = Listing(reading(), query, RUN_COLUMNS, default="-started", tie=ImportRun.id)
    if listing.wants_export():
        note_export("import_run", listing.count)
        return listing.export(gettext("Imports"))
    return render_template("records/exchange/runs.html", listing=listing, states=list(RunState), state=state)


@exchange.get("/imports/new")
@requires(Permission.FILE)
def new_run(form: ItemSheetForm | None = None) -> ResponseReturnValue:
    """Choose what to import; templates to fill stand beside the form. With `file`, items for that file."""
    file = _file()
    if form is None:
        form = ItemSheetForm.blank() if file else SheetForm.blank(values={"kind": request.args.get("kind")})
    if isinstance(form, SheetForm):
        form.offer(unit_id=filing_units())
    return render_template(
        "records/exchange/new.html",
        form=form,
        file=file,
        kinds=list(ImportKind),
        left_out=LEFT_OUT,
        limit=size(LARGEST_SHEET_BYTES),
    )


@exchange.post("/imports/new")
@requires(Permission.FILE)
@shows_again(new_run)
def upload() -> ResponseReturnValue:
    """Take a sheet in; the worker checks it, and the page of the import follows that."""
    file = _file()
    form = None if file else SheetForm.read(unit_id=filing_units())
    content, name = (form or ItemSheetForm.read()).upload
    actor = current_actor()
    received = receive_sheet(store(), vault_of(reading()), content, name)
    with taken_in(store(), received), begin() as session:
        own = visible_file(session, file.id, actor, Permission.FILE) if file else None
        unit_id, kind = (int(form.unit_id.data), ImportKind(form.kind.data)) if form else (0, ImportKind.ITEMS)
        run = start_run(
            session,
            own.unit if own else visible_unit(session, unit_id, actor, Permission.FILE),
            kind,
            received,
            file=own,
            keeper=session.get_one(User, actor.user_id),
            actor=actor,
            at=now(),
        )
    return redirect(url_for(".show_run", import_run_id=run.id), 303)


@exchange.get("/imports/templates/<kind>.xlsx")
@requires(Permission.FILE)
def get_template(kind: str) -> ResponseReturnValue:
    """A workbook to fill: headings, an example row, and a sheet that explains every column."""
    if kind not in list(ImportKind):
        raise NotVisible
    asked = request.args.get("category")
    category = Category(asked) if asked in list(Category) else Category.ORIGINAL
    content = template(columns_of(ImportKind(kind), today(), category), LEFT_OUT.get(ImportKind(kind)))
    return send_file(
        BytesIO(content), mimetype=XLSX, as_attachment=True, download_name=f"{ImportKind(kind).label.zh}导入模板.xlsx"
    )


@exchange.get("/imports/<int:import_run_id>")
@requires(Permission.FILE)
def show_run(import_run_id: int) -> ResponseReturnValue:
    """How far an import is, and every reason against it by row and column; the page looks again by itself."""
    session = reading()
    run = visible_run(session, import_run_id, current_actor())
    headings = {column.key: words(column.heading) for column in columns_for(run, today())}
    listing: Listing[ImportReason] = Listing(
        session,
        select(ImportReason).where(ImportReason.run_id == run.id),
        _reason_columns(headings),
        default="row",
        tie=ImportReason.id,
    )
    if listing.wants_export():
        note_use("content.exported", run, rows=listing.count)
        return listing.export(f"{gettext('Report')} {run.name.rpartition('.')[0]}")
    ends = (run.started_at + LEFT_LIES).astimezone(settings().time_zone).date() if run.state in LEFT else None
    page = render_template("records/exchange/run.html", run=run, listing=listing, ends=ends)
    return _looking_again(page) if run.running else page


@exchange.get("/imports/<int:import_run_id>/sheet")
@requires(Permission.FILE)
def get_sheet(import_run_id: int) -> ResponseReturnValue:
    """The sheet as it was uploaded, for the keeper; taking it is noted (art. 17)."""
    run = visible_run(reading(), import_run_id, current_actor())
    content = content_of(store(), vault_of(reading()), run)
    note_use("content.exported", run, sha256=run.sha256)
    return send_file(
        BytesIO(content), mimetype="application/octet-stream", as_attachment=True, download_name=run.name
    )  # fmt: skip


@exchange.post("/imports/<int:import_run_id>/order")
@requires(Permission.FILE)
@shows_again(lambda import_run_id, form=None: show_run(import_run_id))
def order(import_run_id: int) -> ResponseReturnValue:
    """Have a checked import written: all of it, or nothing."""
    with begin() as session:
        order_run(session, _run(session, import_run_id), actor=current_actor())
    return redirect(url_for(".show_run", import_run_id=import_run_id), 303)


@exchange.post("/imports/<int:import_run_id>/discard")
@requires(Permission.FILE)
@shows_again(lambda import_run_id, form=None: show_run(import_run_id))
def discard(import_run_id: int) -> ResponseReturnValue:
    """Give an import up; nothing of it was written."""
    with begin() as session:
        discard_run(session, _run(session, import_run_id), actor=current_actor(), at=now())
    flash(gettext("The import is given up; nothing of it was written."))
    return redirect(url_for(".list_runs"), 303)


def _run(session: Session, import_run_id: int) -> ImportRun:
    return visible_run(session, import_run_id, current_actor())


def _reason_columns(headings: dict[str, str]) -> tuple[Column[ImportReason], ...]:
    return (
        Column("row", N_("Row"), lambda each: each.row or "", ImportReason.row, True),
        Column("column", N_("Column"), lambda each: headings.get(each.column or "", ""), ImportReason.column),
        Column("reason", N_("Reason"), lambda each: said(each.message, each.facts)),
        Column("article", N_("Article"), lambda each: each.article or "", ImportReason.article, True),
    )


def _looking_again(page: str) -> Response:
    answer = make_response(page)
    answer.headers["Refresh"] = str(LOOK_AGAIN_SECONDS)
    return answer


def _file() -> File | None:
    """The file that items go into, where one is named; raises NotVisible, NotTheKeepersUnit or FileWithdrawn."""
    file_id = request.args.get("file", type=row_number)
    if file_id is None:
        return None
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    takes_items(reading(), file)
    return file
