"""The page on which what was collected by mistake is taken out again 取消收集."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.files.errors import AlreadyFiled
from records.files.services import visible_item
from records.holdings.cancelling import cancel_collecting
from records.holdings.forms import CancelForm
from records.holdings.views.blueprint import holdings
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, reading, store


@holdings.get("/items/<int:item_id>/cancelling")
@requires(Permission.FILE)
def ask_to_cancel(item_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    """What follows from cancelling, and the question why."""
    item = visible_item(reading(), item_id, current_actor(), Permission.FILE)
    if item.filed_on is not None:
        raise AlreadyFiled(code=item.code)
    return render_template("records/holdings/cancelling.html", item=item, form=form or CancelForm.blank())


@holdings.post("/items/<int:item_id>/cancelling")
@requires(Permission.FILE)
@shows_again(ask_to_cancel)
def cancel_item(item_id: int) -> ResponseReturnValue:
    """Cancel the collecting of an item that is not filed; its digital files are kept aside."""
    actor = current_actor()
    visible_item(reading(), item_id, actor, Permission.FILE)
    form = CancelForm.read()
    with begin() as session:
        item = visible_item(session, item_id, actor, Permission.FILE)
        title, file_id = item.title, item.file_id
        cancelled = cancel_collecting(session, item, form.reason.data, actor=actor)
    for key in cancelled.originals:
        store().set_aside(key)
    for key in cancelled.pictures:
        store().discard(key)
    flash(gettext("The collecting of “%(title)s” is cancelled.", title=title))
    return redirect(url_for("browse.show_file", file_id=file_id), 303)
