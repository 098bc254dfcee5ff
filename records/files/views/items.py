"""Pages that describe items."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from classification.categories import AccessStatus, Carrier, RecordForm, SecrecyLevel
from records.files.forms import DescriptionForm, FiledItemForm, ItemForm, classes_in, kinds_in
from records.files.locking import kept_by, lock_file
from records.files.models import File, Item
from records.files.services import (
    collect,
    describe,
    retention_of,
    takes_items,
    visible_file,
    visible_item,
)
from records.files.views.blueprint import files
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, today


@files.get("/files/<int:file_id>/items/new")
@requires(Permission.FILE)
def new_item(file_id: int, form: ItemForm | None = None) -> ResponseReturnValue:
    """The form of a new item; `document_type` in the address proposes title, form and retention class."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    takes_items(reading(), file)
    if form is None:
        usual = {
            "responsible_body": file.unit.name,
            "form": RecordForm.TEXT,
            "carrier": Carrier.PAPER,
            "secrecy": SecrecyLevel.INTERNAL,
            "access": AccessStatus.CONTROLLED,
        }
        form = ItemForm.proposed(request.args.get("document_type"), usual)
    return render_template("records/files/item.html", form=form.offer(**_choices(file)), file=file, item=None)


@files.post("/files/<int:file_id>/items/new")
@requires(Permission.FILE)
@shows_again(new_item)
def collect_item(file_id: int) -> ResponseReturnValue:
    """Take the described item into the file 收集."""
    actor = current_actor()
    file = visible_file(reading(), file_id, actor, Permission.FILE)
    if "propose" in request.form:  # asked for without the script of the page
        typed = {field.name: field.data for field in ItemForm(request.form) if field.data}
        return new_item(file_id, ItemForm.proposed(request.form.get("document_type"), typed))
    form = ItemForm.read(**_choices(file))
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        item = collect(session, file, form.description, actor=actor, at=now(), on=today())
    flash(gettext("“%(title)s” is taken into %(code)s.", title=item.title, code=file.code))
    return redirect(url_for("browse.show_item", item_id=item.id), 303)


@files.get("/items/<int:item_id>/edit")
@requires(Permission.FILE)
def edit_item(item_id: int, form: DescriptionForm | None = None) -> ResponseReturnValue:
    """The form of an item's description; of a filed item, code, form, carrier and class are shown and stay."""
    item = visible_item(reading(), item_id, current_actor(), Permission.FILE)
    form = form or _form_of(item).blank(obj=item)
    return render_template(
        "records/files/item.html",
        form=form.offer(**_choices(item.file, item)),
        file=item.file,
        item=item,
        period=retention_of(item).period,
    )


@files.post("/items/<int:item_id>/edit")
@requires(Permission.FILE)
@shows_again(edit_item)
def describe_item(item_id: int) -> ResponseReturnValue:
    """Change the description of an item; before and after stay in the chain."""
    actor = current_actor()
    item = visible_item(reading(), item_id, actor, Permission.FILE)
    form = _form_of(item).read(**_choices(item.file, item))
    with begin() as session:
        item = visible_item(session, item_id, actor, Permission.FILE)
        lock_file(session, item, kept_by(actor))
        form.check_unchanged(item)
        if isinstance(form, ItemForm):
            description = form.description
        else:
            description = form.described(retention_class=item.retention_class, form=item.form, carrier=item.carrier)
        describe(session, item, description, actor=actor, on=today())
    flash(gettext("The description is changed."))
    return redirect(url_for("browse.show_item", item_id=item_id), 303)


def _form_of(item: Item) -> type[DescriptionForm]:
    return ItemForm if item.filed_on is None else FiledItemForm


def _choices(file: File, item: Item | None = None) -> dict[str, Any]:
    """What may be chosen in this file."""
    choices: dict[str, Any] = {"document_type": kinds_in(file)}
    if item is None or item.filed_on is None:
        choices["retention_class"] = classes_in(file, today(), present=item.retention_class if item else None)
    return choices
