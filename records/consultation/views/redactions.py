"""Marking what outside readers see black: rectangles drawn with the pointer or typed, and how it looks to them."""

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_use
from printing.marking import Watermark
from records.consultation.forms import RedactionForm
from records.consultation.reading import redacted_picture
from records.consultation.redacting import black_out, redactions_of, uncover, visible_redaction
from records.consultation.scope import drawable_pages
from records.consultation.views.blueprint import consultation, tools
from records.holdings.objects import visible_object
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, settings

PREVIEW = "预览"  # where the number of the request stands for a reader


@consultation.get("/objects/<int:object_id>/redactions")
@requires(Permission.RECEIVE)
def show_redactions(object_id: int, form: RedactionForm | None = None) -> ResponseReturnValue:
    """One page of an object with its black parts, and the form for another one."""
    session = reading()
    row = visible_object(session, object_id, current_actor(), Permission.RECEIVE)
    count = drawable_pages(row)
    asked = form.page.data if form else request.args.get("page", 1, type=int)
    page = min(max(1, asked or 1), max(count, 1))
    note_use("content.viewed", row, page=page)
    return render_template(
        "records/consultation/redactions.html",
        row=row,
        page=page,
        count=count,
        marked=redactions_of(session, row),
        form=form or RedactionForm.blank(values={"page": page}),
    )


@consultation.post("/objects/<int:object_id>/redactions")
@requires(Permission.RECEIVE)
@shows_again(show_redactions)
def mark_redaction(object_id: int) -> ResponseReturnValue:
    """Black out a part of a page."""
    form = RedactionForm.read()
    actor, page = current_actor(), form.page.data or 1
    with begin() as session:
        row = visible_object(session, object_id, actor, Permission.RECEIVE)
        black_out(session, row, page, form.rectangle, form.reason.data, actor=actor, at=now())
    flash(gettext("Blacked out on page %(number)s. Look at the preview.", number=page))
    return redirect(url_for(".show_redactions", object_id=object_id, page=page), 303)


@consultation.post("/redactions/<int:redaction_id>/removal")
@requires(Permission.RECEIVE)
def remove_redaction(redaction_id: int) -> ResponseReturnValue:
    """Take a black part away."""
    with begin() as session:
        one = visible_redaction(session, redaction_id, current_actor())
        object_id, page = one.object_id, one.page
        uncover(session, one, actor=current_actor())
    flash(gettext("The black part is taken away."))
    return redirect(url_for(".show_redactions", object_id=object_id, page=page), 303)


@consultation.get("/objects/<int:object_id>/redactions/<int:page>.jpg")
@requires(Permission.RECEIVE)
def preview_redactions(object_id: int, page: int) -> ResponseReturnValue:
    """A page as an outside reader sees it, with the keeper's own name in the watermark."""
    actor, zone = current_actor(), settings().time_zone
    row = visible_object(reading(), object_id, actor, Permission.RECEIVE)
    if not 1 <= page <= drawable_pages(row):
        abort(404)
    note_use("content.viewed", row, page=page)
    mark = Watermark(actor.display_name, row.item.file.unit.name, f"{now().astimezone(zone):%Y-%m-%d %H:%M}", PREVIEW)
    content = redacted_picture(reading(), row, page, mark, tools())
    if content is None:
        abort(404)
    return Response(content, mimetype="image/jpeg", headers={"Cache-Control": "no-store"})
