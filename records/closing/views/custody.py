"""Pages of custody on behalf 代管, and of the custodians of units (art. 14b, 16a)."""

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from records.closing.behalf import kept_together, visible_custodies_on_behalf, visible_custody_on_behalf
from records.closing.custodians import Custodians, Custodianship, custodians
from records.closing.models import CustodyOnBehalf
from records.closing.sheets import custody_deed
from records.closing.views.blueprint import closing
from records.closing.views.shared import paper_language, sent
from records.files.models import File, Item
from web.language import N_, gettext
from web.listing import Column, Listing, spreadsheet
from web.shown import words
from web.transaction import now, reading

COLUMNS: tuple[Column[CustodyOnBehalf], ...] = (
    Column("code", N_("Reference code"), lambda one: one.file.code, File.code.expression),
    Column("title", N_("Title"), lambda one: one.file.title, File.title.expression),
    Column("owner", N_("Owner of record"), lambda one: one.owner.name),
    Column("keeper", N_("Unit that keeps it"), lambda one: one.keeper_unit.name),
    Column("reason", N_("Why it is kept on behalf"), lambda one: one.reason),
    Column("from", N_("From"), lambda one: one.from_on, CustodyOnBehalf.from_on.expression),
    Column("until", N_("Until"), lambda one: one.until_on, CustodyOnBehalf.until_on.expression),
)
CUSTODIAN_HEADINGS = (N_("Unit"), N_("Files"), N_("Custodians"), N_("State"), N_("Files without a custodian"))


@closing.get("/custody-on-behalf")
@requires(Permission.READ)
def list_custody() -> ResponseReturnValue:
    """What is kept on behalf of other units, and what was."""
    session, actor = reading(), current_actor()
    ended = request.args.get("ended") == "yes"
    query = visible_custodies_on_behalf(actor)
    if not ended:
        query = query.where(CustodyOnBehalf.until_on.is_(None))
    listing: Listing[CustodyOnBehalf] = Listing(session, query, COLUMNS, default="-from", tie=CustodyOnBehalf.id)
    if listing.wants_export():
        note_export("custody_on_behalf", listing.count)
        return listing.export(gettext("Custody on behalf"))
    return render_template("records/closing/custody.html", listing=listing, ended=ended)


@closing.get("/custody-on-behalf/<int:custody_on_behalf_id>/deed.pdf")
@requires(Permission.READ_WITHDRAWN)
def print_deed(custody_on_behalf_id: int) -> ResponseReturnValue:
    """The deed 代管协议 on paper, with the list of everything kept from the same day for the same owner.

    For custodians: the list names households that were withdrawn since (PIPL art. 47).
    """
    session, actor = reading(), current_actor()
    one = visible_custody_on_behalf(session, custody_on_behalf_id, actor)
    kept = kept_together(session, one, actor)
    counted = (
        select(Item.file_id, func.count(Item.id))
        .where(Item.file_id.in_([each.file_id for each in kept]))
        .group_by(Item.file_id)
    )
    items = {row[0]: row[1] for row in session.execute(counted)}
    printed = custody_deed(kept, items, made_at=now(), language=paper_language())
    return sent(printed, one, f"{gettext('Deed')} {one.owner.name}")


@closing.get("/custodians")
@requires(Permission.READ)
def list_custodians() -> ResponseReturnValue:
    """Who answers for the files of each unit; where it is nobody or several, the superior sees it (art. 16a)."""
    found = custodians(reading(), current_actor())
    amiss = request.args.get("amiss") == "yes"
    shown = [one for one in found if not amiss or one.state is not Custodianship.ONE]
    if request.args.get("format") == "xlsx":
        note_export("unit", len(shown))
        headings = [gettext(heading) for heading in CUSTODIAN_HEADINGS]
        return spreadsheet(gettext("Custodians"), headings, (_row(one) for one in shown))
    return render_template(
        "records/closing/custodians.html",
        units=shown,
        amiss=amiss,
        faults=sum(one.state is not Custodianship.ONE for one in found),
    )


def _row(one: Custodians) -> list[object]:
    return [one.unit.name, one.files, "、".join(one.people), words(one.state), one.unattended]
