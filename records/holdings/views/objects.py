"""Looking at digital objects: the viewer, pictures of them, and the bytes themselves."""

import re
from typing import Final

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, current_session, requires
from accounts.roles import Permission
from records.files.views.masks import discreet
from records.holdings.facts import described_facts
from records.holdings.filing import finding_words
from records.holdings.models import DigitalObject, ObjectText
from records.holdings.objects import (
    StoredPicture,
    forget_object,
    keep_rendition,
    kinds_of_pictures,
    note_look,
    on_disk,
    rendition,
    store_picture,
    visible_object,
)
from records.holdings.views.blueprint import holdings, workshop
from records.holdings.views.ranges import serve
from storage.media import Picture
from storage.objects import ObjectMissing
from web.language import gettext
from web.transaction import begin, database, reading, store

# What a browser shows without running anything; all else is only ever handed over as a file.
IMAGES: Final = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp"})
SOUNDS: Final = frozenset({"audio/mpeg", "audio/wav", "audio/mp4", "audio/aac", "audio/flac", "audio/ogg"})
FILMS: Final = frozenset({"video/mp4", "video/webm", "video/ogg", "video/quicktime"})
INLINE: Final = IMAGES | SOUNDS | FILMS

PAGE_WIDTH = 1_400
DISPLAY_EDGE = 2_400
TEXT_SHOWN = 200_000
VIEWED, EXPORTED = "content.viewed", "content.exported"
PAGE = re.compile(r"page-([1-9][0-9]{0,5})", re.ASCII)
# Pictures that are asked for by their kind, and pages; what was drawn for one outside reader is none of them.
PICTURES = {"thumbnail", "poster", "waveform", "display"}


@holdings.get("/objects/<int:object_id>")
@requires(Permission.READ)
def show_object(object_id: int) -> ResponseReturnValue:
    """The viewer: picture, pages, sound, film or text, whichever the bytes are."""
    row = visible_object(reading(), object_id, current_actor())
    _note(row, VIEWED)
    pages = _pages(row)
    page = min(max(1, request.args.get("page", 1, type=int) or 1), max(pages, 1))
    found = reading().get(ObjectText, row.id)
    return render_template(
        "records/holdings/object.html",
        row=row,
        shown_as=_shown_as(row),
        page=page,
        pages=pages,
        pictures=kinds_of_pictures(reading(), [row.id]).get(row.id, set()),
        text=discreet(found.text[:TEXT_SHOWN], row.item.file) if found else "",
        text_cut=bool(found and len(found.text) > TEXT_SHOWN),
        facts=described_facts(row.facts),
        finding_words=finding_words,
        may_change=current_actor().may(Permission.FILE, row.unit_path) and row.item.filed_on is None,
    )


@holdings.get("/objects/<int:object_id>/content")
@requires(Permission.READ)
def content(object_id: int) -> ResponseReturnValue:
    """The original bytes, whole or in ranges: as a file, or to be shown where nothing in them can run."""
    row = visible_object(reading(), object_id, current_actor())
    inline = row.media_type in INLINE and "download" not in request.args
    if request.method != "HEAD":
        _note(row, VIEWED if inline else EXPORTED)
    return serve(
        store(),
        row.key,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        media_type=row.media_type,
        name=row.name,
        inline=inline,
    )


@holdings.get("/objects/<int:object_id>/pictures/<kind>")
@requires(Permission.READ)
def picture(object_id: int, kind: str) -> ResponseReturnValue:
    """A picture made of an object; `display` and `page-N` are made when they are first asked for."""
    row = visible_object(reading(), object_id, current_actor())
    if kind not in PICTURES and not PAGE.fullmatch(kind):
        abort(404)
    made = rendition(reading(), row, kind)
    if PAGE.fullmatch(kind) or kind == "display":
        _note(row, VIEWED)
        if made is None:
            drawn = _draw(row, kind)
            if drawn is None:
                abort(404)
            return _picture(drawn.content, drawn.media_type)
    if made is None:
        abort(404)
    try:
        with store().open(made.key) as stream:
            return _picture(stream.read(), made.media_type)
    except ObjectMissing:
        abort(404)


@holdings.post("/objects/<int:object_id>/removal")
@requires(Permission.FILE)
def set_aside(object_id: int) -> ResponseReturnValue:
    """Take a file from an item that is not filed yet; its bytes are kept aside."""
    with begin() as session:
        row = visible_object(session, object_id, current_actor(), Permission.FILE)
        pictures = forget_object(session, row, actor=current_actor())
    store().set_aside(row.key)
    for key in pictures:
        store().discard(key)
    flash(gettext("%(name)s was set aside.", name=row.name))
    return redirect(url_for("browse.show_item", item_id=row.item_id), 303)


def _note(row: DigitalObject, action: str) -> None:
    browser = current_session()
    note_look(database(), row, current_actor(), action, browser_session=browser.id if browser else 0)


def _shown_as(row: DigitalObject) -> str:
    """Which part of the viewer is for an object; empty if there is nothing to show but its text and facts."""
    if row.media_type in IMAGES and _pages(row) <= 1:
        return "image"
    if row.media_type == "application/pdf" or row.media_type.startswith("image/"):
        return "pages" if _pages(row) else ""
    if row.media_type in SOUNDS:
        return "sound"
    if row.media_type in FILMS:
        return "film"
    return "still" if row.media_type.startswith(("audio/", "video/")) else ""


def _pages(row: DigitalObject) -> int:
    """How many pages can be drawn: of a PDF, or frames of a picture that browsers do not show themselves."""
    if any(finding["code"] in {"damaged", "encrypted", "too-large"} for finding in row.findings):
        return 0
    count = row.facts.get("frames" if row.media_type.startswith("image/") else "pages", 0)
    return count if isinstance(count, int) else 0


def _draw(row: DigitalObject, kind: str) -> Picture | None:
    """Draw a page, or the whole picture as browsers show it, and keep it for the next time."""
    page = PAGE.fullmatch(kind)
    with on_disk(store(), row.key) as path:
        if page:
            made = workshop().page_image(path, row.media_type, int(page[1]), PAGE_WIDTH)
        else:
            made = workshop().display_image(path, row.media_type, DISPLAY_EDGE)
    if made is not None:
        kept: StoredPicture = store_picture(store(), kind, made)
        keep_rendition(database(), store(), row, kept)
    return made


def _picture(content: bytes, media_type: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Cache-Control"] = "private, no-cache"  # the next person at this desk is asked for their rights
    response.add_etag()
    response.make_conditional(request)
    return response
