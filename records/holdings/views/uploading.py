"""Uploading into a file: many at once by the page's script, each as the raw body of a request, or by a plain form."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO, cast

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.files.models import File, Item
from records.files.services import takes_items, visible_file, visible_item
from records.holdings.errors import FieldsWrong, NoFileSent
from records.holdings.filing import Readiness, awaiting, finding_words, readiness
from records.holdings.forms import UploadForm, upload_choices
from records.holdings.intake import (
    Arrived,
    Common,
    aside_if_refused,
    attach,
    check_takes_bytes,
    looked_through,
    receive_bytes,
    take_in,
)
from records.holdings.models import DigitalObject
from records.holdings.objects import kinds_of_pictures
from records.holdings.views.blueprint import holdings, workshop
from web.forms import cited, shows_again
from web.language import ngettext
from web.numbers import row_number
from web.rules import RuleViolation
from web.transaction import begin, now, reading, settings, store, today

SHOWN = 100


@dataclass(frozen=True)
class Target:
    """Where a file goes: into an item that is there, or into one of its own; checked before its first byte is read."""

    file: File
    item: Item | None

    @property
    def item_id(self) -> int | None:
        return self.item.id if self.item else None


@holdings.get("/files/<int:file_id>/upload")
@requires(Permission.FILE)
def upload(file_id: int, form: UploadForm | None = None, refused: Sequence[str] = ()) -> ResponseReturnValue:
    """Choose files, follow each on its way, and find again what has arrived."""
    target = _target(file_id)
    offered = upload_choices(target.file, today())
    if form is None:
        form = UploadForm.blank(
            values={
                "dated": today().isoformat(),
                "responsible_body": target.file.unit.name,
                "document_type": request.args.get("document_type"),
            },
            **offered,
        )
    waiting = _arrived(target)
    return render_template(
        "records/holdings/upload.html",
        target=target,
        form=form.offer(**offered),
        refused=refused,
        waiting=waiting[:SHOWN],
        more=len(waiting) > SHOWN,
        pictures=kinds_of_pictures(reading(), [row.id for found in waiting for row in found.objects]),
        finding_words=finding_words,
        limit_bytes=settings().upload_limit_bytes,
    )


@holdings.post("/files/<int:file_id>/objects")
@requires(Permission.FILE)
def receive(file_id: int) -> ResponseReturnValue:
    """One file as the raw body, its name and description in the query; answers 201 when it is safe, or the reason."""
    target = _target(file_id)
    common = None if target.item else _common(target.file)
    name = request.args.get("name", "")
    made = _keep(target, cast(BinaryIO, request.stream), name, common, expected_bytes=request.content_length)
    return jsonify(
        id=made.id,
        name=made.name,
        size_bytes=made.size_bytes,
        sha256=made.sha256,
        item_id=made.item_id,
        title=made.item.title,
        url=url_for(".show_object", object_id=made.id),
    ), 201


@holdings.post("/files/<int:file_id>/upload")
@requires(Permission.FILE)
@shows_again(upload)
def receive_form(file_id: int) -> ResponseReturnValue:
    """The same from a plain form with one or more files, for browsers without our script."""
    target = _target(file_id)
    common = None
    if target.item is None:
        common = UploadForm.read(**upload_choices(target.file, today())).common
    sent = [one for one in request.files.getlist("files") if one.filename]
    if not sent:
        raise NoFileSent
    refused = []
    for one in sent:
        try:
            _keep(target, cast(BinaryIO, one.stream), one.filename or "", common)
        except RuleViolation as refusal:
            refused.append(cited(refusal))
    if kept := len(sent) - len(refused):
        flash(ngettext("%(num)s file has arrived.", "%(num)s files have arrived.", kept))
    if kept and target.item is not None and target.item.filed_on is not None:  # its scan is there, and takes no other
        for reason in refused:
            flash(reason, "refusal")
        return redirect(url_for("browse.show_item", item_id=target.item.id), 303)
    if refused:
        page = upload(file_id, refused=refused)
        return (page, 422) if isinstance(page, str) else page
    return redirect(url_for(".upload", file_id=target.file.id, item=target.item_id), 303)


def _target(file_id: int) -> Target:
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    if (item_id := request.args.get("item", type=row_number)) is None:
        takes_items(reading(), file)
        return Target(file, None)
    item = visible_item(reading(), item_id, current_actor(), Permission.FILE)
    check_takes_bytes(reading(), item)
    return Target(item.file, item)


def _common(file: File) -> Common:
    form = UploadForm(request.args).offer(**upload_choices(file, today()))
    if not form.validate():
        reasons = [f"{form[name].label.text}: {' '.join(errors)}" for name, errors in form.errors.items() if name]
        raise FieldsWrong(reasons=" ".join(reasons))
    return form.common


def _keep(
    target: Target, stream: BinaryIO, name: str, common: Common | None, *, expected_bytes: int | None = None
) -> DigitalObject:
    """Bytes first, then their row, in one transaction with their item; acknowledged by returning."""
    arrived: Arrived = receive_bytes(
        store(), stream, name, limit_bytes=settings().upload_limit_bytes, expected_bytes=expected_bytes
    )
    actor = current_actor()
    if target.item is not None and target.item.filed_on is not None:
        arrived = looked_through(store(), workshop(), arrived)
    with aside_if_refused(store(), arrived), begin() as session:
        if target.item is not None:
            item = visible_item(session, target.item.id, actor, Permission.FILE)
            return attach(session, item, arrived, actor=actor, at=now())
        assert common is not None  # noqa: S101 - read wherever there is no item
        file = visible_file(session, target.file.id, actor, Permission.FILE)
        return take_in(session, file, arrived, common, actor=actor, at=now(), on=today())


def _arrived(target: Target) -> list[Readiness]:
    """What is collected in the file, or in the item, and not yet filed; the latest first, one more than is shown."""
    query = awaiting(target.file).options(joinedload(Item.file).joinedload(File.unit))
    if target.item is not None:
        query = query.where(Item.id == target.item.id)
    items = reading().scalars(query.order_by(None).order_by(Item.id.desc()).limit(SHOWN + 1)).all()
    return readiness(reading(), items)
