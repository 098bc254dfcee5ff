"""Registering the set 副本 of a file that no application here opened."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.files.services import visible_file
from records.workflow.forms import LodgeForm
from records.workflow.lodging import lodged_set, register_set
from records.workflow.views.blueprint import workflow
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, reading, today


@workflow.get("/files/<int:file_id>/lodged-copy")
@requires(Permission.LODGE)
def new_set(file_id: int, form: LodgeForm | None = None) -> ResponseReturnValue:
    """Where the set of a file lies at the centre (art. 12)."""
    file = visible_file(reading(), file_id, current_actor())
    return render_template(
        "records/workflow/new_set.html", file=file, there=lodged_set(reading(), file), form=form or LodgeForm.blank()
    )


@workflow.post("/files/<int:file_id>/lodged-copy")
@requires(Permission.LODGE)
@shows_again(new_set)
def add_set(file_id: int) -> ResponseReturnValue:
    """Register the set."""
    form, actor = LodgeForm.read(), current_actor()
    with begin() as session:
        copy = register_set(
            session, visible_file(session, file_id, actor), place=form.place.data, actor=actor, on=today()
        )
        code = copy.file.code
    flash(gettext("The set of %(code)s is registered.", code=code))
    return redirect(url_for(".list_lodged"), 303)
