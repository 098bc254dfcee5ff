"""The chain of custody of a file, on the page and on paper."""

from flask import render_template
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.prints import sent
from accounts.roles import Permission
from accounts.uses import note_use
from records.browse.custody import chain_of, chain_sheet
from records.browse.views.blueprint import browse
from records.files.models import File
from records.files.services import visible_file
from web.language import gettext
from web.rules import NotVisible
from web.transaction import now, reading, settings


@browse.get("/files/<int:file_id>/custody")
@requires(Permission.READ_WITHDRAWN)
def custody_chain(file_id: int) -> ResponseReturnValue:
    """Who kept a file, where, and through which hands it went, since its beginning."""
    file = _file_of(file_id)
    note_use("content.viewed", file, part="custody")
    steps = chain_of(reading(), file, settings().time_zone)
    return render_template("records/browse/custody.html", file=file, steps=steps)


@browse.get("/files/<int:file_id>/custody.pdf")
@requires(Permission.READ_WITHDRAWN)
def custody_sheet(file_id: int) -> ResponseReturnValue:
    """The same as PDF/A."""
    file = _file_of(file_id)
    printed = chain_sheet(file, chain_of(reading(), file, settings().time_zone), made_at=now())
    return sent(printed, file, f"{file.code} {gettext('Chain of custody')}")


def _file_of(file_id: int) -> File:
    """The file, for those who keep archives or supervise there: it names everybody who has borrowed from it."""
    file = visible_file(reading(), file_id, current_actor())
    if not current_actor().may(Permission.READ_WITHDRAWN, file.unit.path):
        raise NotVisible
    return file
