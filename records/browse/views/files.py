"""Files: the list of those in reach, and one file."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import lazyload

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export, note_use
from audit import AuditEntry
from classification.articles import REGULATION
from classification.categories import Category
from classification.hardship import HardshipClass
from records.aid.services import aid_of_file
from records.browse.contents import CONTENTS_COLUMNS, items_of, media_words
from records.browse.files import (
    FILE_COLUMNS,
    FILE_LISTS,
    UNDETERMINED,
    Days,
    FileFilter,
    carriers_of,
    classes_in,
    custody_of,
    end_words,
    household_of,
    keepers,
    kept_of,
    lacking,
    loans_of,
    narrowings,
    period_of,
    twins,
    unfiled,
    way_of,
)
from records.browse.flaws import FLAWS, is_to_be_determined
from records.browse.history import of_file, tell
from records.browse.standing import standing_of
from records.browse.views.asked import choice, day, page_asked, unit_asked
from records.browse.views.blueprint import browse
from records.files.models import File, FileFromBefore, Item, WithdrawalReason
from records.files.services import visible_file
from records.households.models import Cause, Employment
from records.households.services import masked_number
from records.supervision.incidents import incidents_about
from rules.services import rulebook
from units.services import fonds_of, visible_units
from web.language import gettext
from web.listing import Listing
from web.numbers import year_number
from web.transaction import reading, today

STATES = ("active", "withdrawn", "destroyed")
HISTORY_ROWS = 20
AID_ROWS = 6


@browse.get("/files")
@requires(Permission.READ)
def list_files() -> ResponseReturnValue:
    """The files in reach, of one part of the archives or of all."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.READ)
    chosen = _file_filter()
    columns = [column for column in FILE_COLUMNS if column.key != "category" or chosen.category is None]
    listing: Listing[File] = Listing(session, chosen.files(actor), columns, default="code", tie=File.id)
    title = gettext(FILE_LISTS[chosen.category])
    if listing.wants_export():
        note_export("file", listing.count)
        return listing.export(title)
    return render_template(
        "records/browse/files.html",
        title=title,
        listing=listing,
        chosen=chosen,
        narrowings=narrowings(chosen),
        units=units,
        categories=list(Category),
        keepers=keepers(session, listing.rows),
        kept_of=kept_of,
    )


@browse.get("/files/<int:file_id>")
@requires(Permission.READ)
def show_file(file_id: int) -> ResponseReturnValue:
    """One file: what it contains and lacks, on which carriers, how long it is kept, and what happened to it."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    destroyed = file.destroyed_on is not None
    household = None if destroyed else household_of(session, file)
    book = rulebook(session, file.unit, today())
    way = way_of(session, file, actor)
    listing: Listing[Item] = Listing(
        session, items_of(file), CONTENTS_COLUMNS, default="number", tie=Item.id, options=[lazyload(Item.file)]
    )
    if listing.wants_export():
        note_use("content.exported", file, rows=listing.count)
        return listing.export(f"{file.code} {gettext('Contents')}")
    history = page_asked(AuditEntry, select(AuditEntry).where(of_file(file)), size=HISTORY_ROWS)
    return render_template(
        "records/browse/file.html",
        file=file,
        household=household,
        number=masked_number(session, household.worker.person, book.masks) if household else "",
        cases=incidents_about(session, file=file),
        standing=standing_of(session, file) if household else None,
        anew=household is not None and file.active and is_to_be_determined(session, file, today()),
        fonds=fonds_of(session, way.opened_in(file)),
        custody=custody_of(session, file),
        way=way,
        from_before=None if destroyed else session.get(FileFromBefore, file.id),
        listing=listing,
        carriers=carriers_of(session, listing.rows),
        loans=loans_of(session, listing.rows),
        media_words=media_words,
        end_words=end_words,
        lacking=() if destroyed else lacking(session, file, book),
        twins=twins(session, file),
        kept=period_of(file),
        classes=classes_in(session, file) if file.category is Category.DOCUMENTARY else [],
        told=tell(
            session,
            history.entries,
            actor,
            on=today(),
            admitted=True,
            kept_by=file.unit.path,
            destroyed=destroyed,
            of=file,
        ),
        page=history,
        regulation=REGULATION,
        unfiled=unfiled(session, file),
        aid=aid_of_file(session, file, actor, most=AID_ROWS) if household else None,
        may_file=actor.may(Permission.FILE, file.unit.path),
        may_approve=actor.may(Permission.APPROVE, file.unit.path),
    )


def _file_filter() -> FileFilter:
    """The filter asked for; raises NotVisible for a unit out of reach."""
    asked = request.args
    hardship, flaw = asked.get("hardship"), asked.get("flaw")
    return FileFilter(
        category=choice(Category, "category"),
        unit=unit_asked(),
        own="own" in asked,
        mine="mine" in asked,
        year=asked.get("year", type=year_number),
        state=asked.get("state") if asked.get("state") in STATES else None,
        ends=asked.get("ends", type=year_number),
        text=asked.get("text", "").strip(),
        hardship=hardship if hardship == UNDETERMINED or hardship in list(HardshipClass) else None,
        cause=choice(Cause, "cause"),
        employment=choice(Employment, "employment"),
        held=day("held"),
        reason=choice(WithdrawalReason, "reason"),
        opened=Days(day("opened_from"), day("opened_until")),
        withdrawn=Days(day("withdrawn_from"), day("withdrawn_until")),
        returned=Days(day("returned_from"), day("returned_until")),
        active=day("active"),
        flaw=flaw if flaw in FLAWS else None,
        on=today(),
    )
