"""Items: one item, those that wait to be filed, and all in reach."""

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export, note_use
from audit import AuditEntry
from classification.articles import REGULATION
from classification.categories import Category
from records.aid.services import aid_of_voucher
from records.browse.awaiting import AWAITING_COLUMNS, file_chosen, remedy_of
from records.browse.contents import ITEM_COLUMNS, ItemFilter, media_words
from records.browse.figures import waiting
from records.browse.files import carriers_of, loans_of, path_of, previews, texts_of, with_text
from records.browse.history import of_item, tell
from records.browse.views.asked import choice, page_asked, unit_asked
from records.browse.views.blueprint import browse
from records.browse.views.files import AID_ROWS, HISTORY_ROWS
from records.files.models import File, Item
from records.files.services import holds_unentered, retention_of, visible_item
from records.files.words import described
from records.holdings.filing import finding_words, readiness
from records.supervision.incidents import incidents_about
from units.services import visible_units
from web.forms import cited
from web.language import N_, gettext, ngettext
from web.listing import Listing
from web.numbers import row_number
from web.transaction import begin, reading, today

ITEM_STATES = {"waiting": N_("Awaiting filing"), "filed": N_("Filed")}


@browse.get("/items/<int:item_id>")
@requires(Permission.READ)
def show_item(item_id: int) -> ResponseReturnValue:
    """One item: its description, bytes, paper, retention and history; its text only when asked for, and then noted."""
    session, actor = reading(), current_actor()
    item = visible_item(session, item_id, actor)
    [found] = readiness(session, [item]) if item.filed_on is None else [None]
    own = carriers_of(session, [item])[item.id]
    texts = texts_of(session, item, own.objects, actor, today()) if "text" in request.args else {}
    if texts:
        note_use("content.viewed", item, what="text")
    history = page_asked(AuditEntry, select(AuditEntry).where(of_item(item)), size=HISTORY_ROWS)
    pays = item.file.category is Category.ACCOUNTING
    return render_template(
        "records/browse/item.html",
        item=item,
        cases=incidents_about(session, item=item),
        facts=described(item),
        carriers=own,
        loans=loans_of(session, [item]),
        previews=previews(session, own.objects),
        with_text=with_text(session, own.objects),
        texts=texts,
        paths=path_of(session, own.copies),
        kept=retention_of(item),
        found=found,
        covered=aid_of_voucher(session, item, actor, most=AID_ROWS) if pays else None,
        remedy=remedy_of(found.obstacle) if found else None,
        finding_words=finding_words,
        media_words=media_words,
        told=tell(
            session,
            history.entries,
            actor,
            on=today(),
            admitted=True,
            kept_by=item.file.unit.path,
            destroyed=item.destroyed_on is not None,
            of=item.file,
        ),
        page=history,
        regulation=REGULATION,
        may_file=actor.may(Permission.FILE, item.unit_path),
        takes_bytes=item.file.active or holds_unentered(session, item.file),
    )


@browse.get("/awaiting")
@requires(Permission.FILE)
def list_awaiting() -> ResponseReturnValue:
    """What is collected and not yet filed 待归档, with what stands in the way of each."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.FILE)
    category, unit_id = choice(Category, "category"), request.args.get("unit", type=row_number)
    query = waiting(actor)
    if category:
        query = query.where(File.category == category)
    if unit_id is not None:
        query = query.where(File.unit_id == unit_id)
    listing: Listing[Item] = Listing(session, query, AWAITING_COLUMNS, default="collected", tie=Item.id)
    if listing.wants_export():
        note_export("item", listing.count)
        return listing.export(gettext("Awaiting filing"))
    return render_template(
        "records/browse/awaiting.html",
        listing=listing,
        found={each.item.id: each for each in readiness(session, listing.rows)},
        category=category,
        unit_id=unit_id,
        units=units,
        categories=list(Category),
        media_words=media_words,
        remedy_of=remedy_of,
    )


@browse.post("/awaiting")
@requires(Permission.FILE)
def file_awaiting() -> ResponseReturnValue:
    """File those of the chosen items that nothing stands against 归档."""
    with begin() as session:
        ids = request.form.getlist("item", type=row_number)
        filed, refused = file_chosen(session, ids, actor=current_actor(), on=today())
    if filed:
        flash(ngettext("%(count)s item is filed.", "%(count)s items are filed.", len(filed), count=len(filed)))
    for refusal in refused:
        flash(cited(refusal), "refusal")
    if not filed and not refused:
        flash(gettext("Nothing was chosen that can be filed."), "refusal")
    return redirect(request.full_path, 303)


@browse.get("/items")
@requires(Permission.READ)
def list_items() -> ResponseReturnValue:
    """Items in reach: awaiting filing, filed, without the paper that article 15 wants."""
    session, actor = reading(), current_actor()
    state, paper = request.args.get("state"), request.args.get("paper")
    chosen = ItemFilter(
        state=state if state in ITEM_STATES else None,
        paper=paper if paper == "wanted" else None,
        category=choice(Category, "category"),
        unit=unit_asked(),
        own="own" in request.args,
    )
    listing: Listing[Item] = Listing(session, chosen.items(actor), ITEM_COLUMNS, default="code", tie=Item.id)
    if listing.wants_export():
        note_export("item", listing.count)
        return listing.export(gettext("Items"))
    return render_template(
        "records/browse/items.html",
        listing=listing,
        chosen=chosen,
        states=ITEM_STATES,
        units=visible_units(session, actor, Permission.READ),
        categories=list(Category),
    )
