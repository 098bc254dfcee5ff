"""Pages of custody on behalf 代管, and of the custodians of units (art. 14b, 16a)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.uses import note_export
from records.closing.behalf import items_kept, kept_together, visible_custodies_on_behalf, visible_custody_on_behalf
from records.closing.custodians import Custodians, Custodianship, custodians
from records.closing.filing import file_custody_deed
from records.closing.forms import FilingForm
from records.closing.models import CustodyOnBehalf
from records.closing.sheets import custody_deed
from records.closing.views.blueprint import closing
from records.files.models import File
from records.files.views.masks import discreet
from records.holdings.printed import filed_print
from records.holdings.views.filed import filing_now, sent_filed
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing, spreadsheet
from web.shown import words
from web.transaction import begin, now, reading, today

COLUMNS: tuple[Column[CustodyOnBehalf], ...] = (
    Column("code", N_("Reference code"), lambda one: one.file.code, File.code.expression),
    Column("title", N_("Title"), lambda one: one.file.title, File.title.expression),
    Column("owner", N_("Owner of record"), lambda one: one.owner.name),
    Column("keeper", N_("Unit that keeps it"), lambda one: one.keeper_unit.name),
    Column("reason", N_("Why it is kept on behalf"), lambda one: discreet(one.reason, one.file)),
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


@closing.get("/custody-on-behalf/<int:custody_on_behalf_id>")
@requires(Permission.READ)
def show_custody(custody_on_behalf_id: int, filing: FilingForm | None = None) -> ResponseReturnValue:
    """One custody on behalf: the owner, the keeping unit, why and since when, and the deed."""
    session, actor = reading(), current_actor()
    one = visible_custody_on_behalf(session, custody_on_behalf_id, actor)
    return render_template(
        "records/closing/kept.html",
        kept=one,
        together=len(kept_together(session, one, actor)),
        may_read=actor.may(Permission.READ, one.keeper_unit.path),
        filing=filing or FilingForm.blank(),
        filed=filed_print(session, one.deed_item_id),
        files=one.deed_item_id is None and actor.may(Permission.FILE, one.keeper_unit.path),
        year=today().year,
    )


@closing.get("/custody-on-behalf/<int:custody_on_behalf_id>/deed.pdf")
@requires(Permission.READ_WITHDRAWN)
def print_deed(custody_on_behalf_id: int) -> ResponseReturnValue:
    """The deed 代管协议 on paper, with the list of everything kept from the same day for the same owner.

    It is the one that was filed, or one to sign; for custodians, as it lists households that were withdrawn since
    (PIPL art. 47).
    """
    session, actor = reading(), current_actor()
    one = visible_custody_on_behalf(session, custody_on_behalf_id, actor)
    if filed := filed_print(session, one.deed_item_id):
        return sent_filed(filed)
    kept = kept_together(session, one, actor)
    printed = custody_deed(kept, items_kept(session, kept), made_at=now(), language=paper_language())
    return sent(printed, one, f"{gettext('Deed')} {one.owner.name}")


def _not_filed(custody_on_behalf_id: int, form: FilingForm | None = None) -> ResponseReturnValue:
    return show_custody(custody_on_behalf_id, form)


@closing.post("/custody-on-behalf/<int:custody_on_behalf_id>/filing")
@requires(Permission.FILE)
@shows_again(_not_filed)
def file_deed(custody_on_behalf_id: int) -> ResponseReturnValue:
    """File the deed in the unit that keeps the files, with its paper (art. 15)."""
    actor = current_actor()
    visible_custody_on_behalf(reading(), custody_on_behalf_id, actor)
    form = FilingForm.read()
    with begin() as session:
        one = visible_custody_on_behalf(session, custody_on_behalf_id, actor)
        item = file_custody_deed(session, one, filing_now(session, form.spot.data))
    flash(gettext("The deed is filed as %(code)s.", code=item.code))
    return redirect(url_for(".show_custody", custody_on_behalf_id=custody_on_behalf_id), 303)


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
