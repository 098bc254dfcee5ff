"""Pages of households that part 分户 and join 并户 (art. 11)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.closing.errors import UnknownFile
from records.closing.families import file_to_join, may_part, merge, split
from records.closing.forms import STAYS, MergeForm, SplitForm, relations_typed
from records.closing.models import FamilyChange
from records.closing.views.blueprint import closing
from records.files.errors import NotAHouseholdFile
from records.files.grounds import nobody_decides_days
from records.files.models import File
from records.files.services import takes_material, visible_file
from records.households.models import Household, Relation
from web.forms import cited, shows_again
from web.language import gettext
from web.transaction import begin, reading, today


@closing.get("/files/<int:file_id>/split")
@requires(Permission.FILE, Permission.APPROVE)
def new_split(file_id: int, form: SplitForm | None = None) -> ResponseReturnValue:
    """Who leaves with a file of their own; to others than those who may decide it the page says who does."""
    file, household = _household_file(file_id, Permission.READ)
    blank = SplitForm.blank(values={"address": household.address, "main_cause": household.main_cause.value})
    return render_template(
        "records/closing/split.html",
        form=form or blank,
        file=file,
        decides=may_part(reading(), file, current_actor()),
        nobody_decides=nobody_decides_days(reading(), file),
        members=[member for member in household.present_members if member.relation is not Relation.WORKER],
        relations=list(Relation),
        stays=STAYS,
    )


@closing.post("/files/<int:file_id>/split")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(new_split)
def split_file(file_id: int) -> ResponseReturnValue:
    """Let members leave with a new file that refers to the old one."""
    _household_file(file_id, Permission.READ)
    form, actor = SplitForm.read(), current_actor()
    with begin() as session:
        file = visible_file(session, file_id, actor)
        new = split(
            session,
            file,
            relations_typed(file.household.present_members if file.household else []),
            form.household,
            FamilyChange(form.why.data),
            grounds=form.grounds.data,
            actor=actor,
            on=today(),
        )
    flash(gettext("The file of %(name)s is opened as %(code)s.", name=new.title, code=new.code))
    return redirect(url_for("browse.show_file", file_id=new.id), 303)


@closing.get("/files/<int:file_id>/merge")
@requires(Permission.FILE)
def new_merge(file_id: int, form: MergeForm | None = None) -> ResponseReturnValue:
    """Which file is joined to this one, and what its members become; `?code=` is the other file's."""
    actor = current_actor()
    file, _household = _household_file(file_id)
    code = request.values.get("code", "").strip()
    other: File | None = None
    refused = ""
    if code:
        try:
            other = file_to_join(reading(), code, actor)
        except UnknownFile as refusal:
            refused = cited(refusal)
    return render_template(
        "records/closing/merge.html",
        form=form or MergeForm.blank(),
        file=file,
        other=other,
        code=code,
        refused=refused,
        relations=[relation for relation in Relation if relation is not Relation.WORKER],
    )


@closing.post("/files/<int:file_id>/merge")
@requires(Permission.FILE)
@shows_again(new_merge)
def merge_files(file_id: int) -> ResponseReturnValue:
    """Join the file with the code to this one; its code goes on finding this one."""
    _household_file(file_id)
    form, actor = MergeForm.read(), current_actor()
    assert form.monthly_income_per_head.data is not None  # noqa: S101 - it is required
    income = form.monthly_income_per_head.data
    with begin() as session:
        lasting = visible_file(session, file_id, actor, Permission.FILE)
        joined = file_to_join(session, request.form.get("code", ""), actor)
        merge(
            session,
            joined,
            lasting,
            relations_typed(joined.household.present_members if joined.household else []),
            FamilyChange(form.why.data),
            monthly_income_per_head=income,
            remarks=form.remarks.text,
            actor=actor,
            on=today(),
        )
    flash(
        gettext(
            "%(joined)s is joined to %(lasting)s; its code now finds this file.",
            joined=joined.code,
            lasting=lasting.code,
        )
    )
    return redirect(url_for("browse.show_file", file_id=file_id), 303)


def _household_file(file_id: int, permission: Permission = Permission.FILE) -> tuple[File, Household]:
    """An active household file in the actor's scope; raises NotVisible, NotAHouseholdFile or FileWithdrawn."""
    file = visible_file(reading(), file_id, current_actor(), permission)
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    takes_material(file)
    return file, file.household
