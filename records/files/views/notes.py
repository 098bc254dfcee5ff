"""Pages of the note in a file 备考表."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from records.files.forms import NoteForm
from records.files.notes import check_note, last_note, may_check, notes_of, write_note
from records.files.services import visible_file
from records.files.views.blueprint import files
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, reading, today


@files.get("/files/<int:file_id>/note")
@requires(Permission.READ)
def show_note(file_id: int, form: NoteForm | None = None) -> ResponseReturnValue:
    """The note as it holds, its earlier versions, and for the keeper the form of the next one."""
    session, actor = reading(), current_actor()
    file = visible_file(session, file_id, actor)
    note = last_note(session, file)
    return render_template(
        "records/files/note.html",
        file=file,
        note=note,
        notes=notes_of(session, file),
        form=form or NoteForm.blank(obj=note),
        keeps=actor.may(Permission.FILE, file.unit.path),
        checks=note is not None
        and note.checked_on is None
        and may_check(file, actor)
        and note.arranged_by != actor.user_id,
    )


@files.post("/files/<int:file_id>/note")
@requires(Permission.FILE)
@shows_again(show_note)
def change_note(file_id: int) -> ResponseReturnValue:
    """Write the next version of the note."""
    visible_file(reading(), file_id, current_actor(), Permission.FILE)
    form = NoteForm.read()
    actor = current_actor()
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        note = write_note(
            session, file, form.entry, keeper=session.get_one(User, actor.user_id), actor=actor, on=today()
        )
    flash(gettext("The note is kept as version %(version)s.", version=note.version))
    return redirect(url_for(".show_note", file_id=file_id), 303)


@files.post("/files/<int:file_id>/note/check")
@requires(Permission.FILE, Permission.VERIFY, Permission.APPROVE)
@shows_again(show_note)
def check_this_note(file_id: int) -> ResponseReturnValue:
    """Check the note of somebody else."""
    actor = current_actor()
    with begin() as session:
        file = visible_file(session, file_id, actor)
        check_note(session, file, checker=session.get_one(User, actor.user_id), actor=actor, on=today())
    flash(gettext("The note is checked."))
    return redirect(url_for(".show_note", file_id=file_id), 303)
