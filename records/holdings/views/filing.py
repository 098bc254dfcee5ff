"""Filing 归档: what is ready, what stands against the rest, and filing it."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.files.models import File, Item
from records.files.services import visible_file, visible_item
from records.holdings.filing import awaiting, file_item, file_ready, readiness
from records.holdings.objects import kinds_of_pictures
from records.holdings.views.blueprint import holdings
from web.forms import cited
from web.language import gettext, ngettext
from web.rules import RuleViolation
from web.transaction import begin, reading, today

SHOWN = 300


@holdings.get("/files/<int:file_id>/filing")
@requires(Permission.FILE)
def show_readiness(file_id: int) -> ResponseReturnValue:
    """Every item of a file that waits, with what stands between it and its filing; and what was filed today."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    query = awaiting(file).options(joinedload(Item.file).joinedload(File.unit)).limit(SHOWN + 1)
    waiting = readiness(reading(), reading().scalars(query).all())
    return render_template(
        "records/holdings/filing.html",
        file=file,
        waiting=waiting[:SHOWN],
        more=len(waiting) > SHOWN,
        ready=sum(found.obstacle is None for found in waiting),
        pictures=kinds_of_pictures(reading(), [row.id for found in waiting for row in found.objects]),
        filed=_filed_today(file),
    )


@holdings.post("/files/<int:file_id>/filing")
@requires(Permission.FILE)
def file_items(file_id: int) -> ResponseReturnValue:
    """File all that is ready; the page that follows says why the rest is not."""
    with begin() as session:
        file = visible_file(session, file_id, current_actor(), Permission.FILE)
        filed = file_ready(session, file, actor=current_actor(), on=today())
    if filed:
        flash(ngettext("%(num)s item was filed.", "%(num)s items were filed.", len(filed)))
    else:
        flash(gettext("Nothing was ready. The reasons stand beside the items."), "refusal")
    return redirect(url_for(".show_readiness", file_id=file_id), 303)


@holdings.post("/items/<int:item_id>/filing")
@requires(Permission.FILE)
def file_one(item_id: int) -> ResponseReturnValue:
    """File one item; a refusal is told on the item's page, with its article."""
    try:
        with begin() as session:
            item = visible_item(session, item_id, current_actor(), Permission.FILE)
            file_item(session, item, actor=current_actor(), on=today())
        flash(gettext("Filed as %(code)s.", code=item.code))
    except RuleViolation as refusal:
        visible_item(reading(), item_id, current_actor())
        flash(cited(refusal), "refusal")
    return redirect(url_for("browse.show_item", item_id=item_id), 303)


def _filed_today(file: File) -> Sequence[Item]:
    query = select(Item).where(Item.file_id == file.id, Item.filed_on == today()).order_by(Item.number.desc())
    return reading().scalars(query.limit(SHOWN)).all()
