"""Pages that open files, describe empty ones anew, and withdraw them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.roles import Permission
from classification.categories import Category
from classification.periods import anniversary
from records.files.codes import HOUSEHOLD_PERIOD
from records.files.errors import NotAHouseholdFile, NotEmptyYearly
from records.files.forms import (
    AccountingFileForm,
    AccountingForm,
    FromBeforeForm,
    WithdrawalForm,
    YearlyFileForm,
    YearlyForm,
)
from records.files.from_before import enter_from_before
from records.files.grounds import last_helped, nobody_decides_days, plain_since
from records.files.locking import kept_by, lock_file
from records.files.models import File, WithdrawalReason
from records.files.services import answerable, open_yearly_file, takes_material, visible_file, withdraw
from records.files.views.blueprint import files
from records.files.withdrawals import undecided_reviews
from records.files.yearly import YearlyEntry, describe_empty_file, is_empty_yearly
from records.households.errors import AlreadyInActiveFile
from units.choices import filing_units
from units.services import visible_unit
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, reading, today


@files.get("/files/new/household")
@requires(Permission.FILE)
def new_household_file(form: FromBeforeForm | None = None) -> ResponseReturnValue:
    """The form of a household file from before: how it was established, the worker, any number of members."""
    form = (form or FromBeforeForm.blank()).offer(unit_id=filing_units())
    return render_template("records/households/new.html", form=form)


@files.post("/files/new/household")
@requires(Permission.FILE)
@shows_again(new_household_file)
def open_for_household() -> ResponseReturnValue:
    """Enter the file 补录; where a person is in an active file already, the page says who has it (art. 11)."""
    if "add_line" in request.form:  # asked for without the script of the page
        unread = FromBeforeForm(request.form)
        unread.add_line()
        return new_household_file(unread)
    form = FromBeforeForm.read(unit_id=filing_units())
    actor = current_actor()
    try:
        with begin() as session:
            unit = visible_unit(session, int(form.unit_id.data), actor, Permission.FILE)
            keeper = session.get_one(User, actor.user_id)
            file = enter_from_before(session, unit, form.entry, form.before, keeper=keeper, actor=actor, on=today())
            reviewed = undecided_reviews(session, file) > 0
    except AlreadyInActiveFile as conflict:
        form.conflict = conflict
        raise
    flash(gettext("The file of %(name)s is opened as %(code)s.", name=file.title, code=file.code))
    if reviewed:
        flash(gettext("A review of withdrawal is opened: find out whether the household stays in help."))
    return redirect(url_for("browse.show_file", file_id=file.id), 303)


@files.get("/files/new/yearly")
@requires(Permission.FILE)
def new_yearly_file(form: YearlyFileForm | None = None) -> ResponseReturnValue:
    """The form of a new yearly file of the part `category`: the financial or the daily one."""
    category = _yearly_category()
    form = form or _form_of(category).blank(values={"year": today().year})
    return render_template(
        "records/files/yearly.html", form=form.offer(**_yearly_choices(category)), category=category, file=None
    )


@files.post("/files/new/yearly")
@requires(Permission.FILE)
@shows_again(new_yearly_file)
def open_for_year() -> ResponseReturnValue:
    """Open a yearly file; an accounting file with the class and the kind that its code will carry."""
    category = _yearly_category()
    form = _form_of(category).read(**_yearly_choices(category))
    entry, actor = form.entry, current_actor()
    with begin() as session:
        file = open_yearly_file(
            session,
            visible_unit(session, int(form.unit_id.data), actor, Permission.FILE),
            category,
            entry.year,
            entry.title,
            keeper=session.get_one(User, actor.user_id),
            actor=actor,
            on=today(),
            retention_key=entry.retention_class,
            sub_code=entry.sub_code,
        )
    flash(gettext("The file %(name)s is opened as %(code)s.", name=file.title, code=file.code))
    return redirect(url_for("browse.show_file", file_id=file.id), 303)


@files.get("/files/<int:file_id>/description")
@requires(Permission.FILE)
def edit_empty_file(file_id: int, form: YearlyForm | None = None) -> ResponseReturnValue:
    """The form that describes an empty yearly file anew."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    if not is_empty_yearly(reading(), file):
        raise NotEmptyYearly(code=file.code)
    form = form or _description_of(file).blank(obj=YearlyEntry.of(file))
    return render_template(
        "records/files/yearly.html", form=form.offer(**_class_choices(file.category)), category=file.category, file=file
    )


@files.post("/files/<int:file_id>/description")
@requires(Permission.FILE)
@shows_again(edit_empty_file)
def describe_file(file_id: int) -> ResponseReturnValue:
    """Describe it; before and after stay in the chain."""
    actor = current_actor()
    file = visible_file(reading(), file_id, actor, Permission.FILE)
    form = _description_of(file).read(**_class_choices(file.category))
    with begin() as session:
        file = visible_file(session, file_id, actor, Permission.FILE)
        lock_file(session, file, kept_by(actor))
        form.check_unchanged(YearlyEntry.of(file))
        describe_empty_file(session, file, form.entry, actor=actor, on=today())
    flash(gettext("%(name)s is described anew, as %(code)s.", name=file.title, code=file.code))
    return redirect(url_for("browse.show_file", file_id=file_id), 303)


@files.get("/files/<int:file_id>/withdrawal")
@requires(Permission.FILE, Permission.APPROVE)
def show_withdrawal(file_id: int, form: WithdrawalForm | None = None) -> ResponseReturnValue:
    """The form of a withdrawal, and what follows from it (art. 13, 15)."""
    file = answerable(visible_file(reading(), file_id, current_actor()), current_actor())
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    takes_material(file)
    keeps = current_actor().may(Permission.FILE, file.unit.path)
    return render_template(
        "records/files/withdrawal.html",
        form=form or WithdrawalForm.blank(values={"on": today()} if keeps else {}),
        file=file,
        keeps=keeps,
        since=plain_since(file, today()),
        helped_on=last_helped(reading(), file),
        nobody_decides=nobody_decides_days(reading(), file),
        members=file.household.present_members,
        years=HOUSEHOLD_PERIOD.years,
        kept_through=anniversary(today(), HOUSEHOLD_PERIOD.years or 0),
    )


@files.post("/files/<int:file_id>/withdrawal")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(show_withdrawal)
def withdraw_file(file_id: int) -> ResponseReturnValue:
    """Withdraw a household file 撤档."""
    form = WithdrawalForm.read()
    with begin() as session:
        file = answerable(visible_file(session, file_id, current_actor()), current_actor())
        withdraw(
            session,
            file,
            WithdrawalReason(form.reason.data),
            actor=current_actor(),
            on=form.day,
            today=today(),
            remarks=form.remarks.text,
        )
    flash(gettext("%(code)s is withdrawn as of %(day)s.", code=file.code, day=form.day.isoformat()))
    return redirect(url_for("browse.show_file", file_id=file_id), 303)


def _yearly_category() -> Category:
    category = request.args.get("category")
    if category not in (Category.ACCOUNTING, Category.DOCUMENTARY):
        abort(404)
    return Category(category)


def _form_of(category: Category) -> type[YearlyFileForm]:
    return AccountingFileForm if category is Category.ACCOUNTING else YearlyFileForm


def _description_of(file: File) -> type[YearlyForm]:
    return AccountingForm if file.category is Category.ACCOUNTING else YearlyForm


def _yearly_choices(category: Category) -> dict[str, object]:
    return {"unit_id": filing_units(), **_class_choices(category)}


def _class_choices(category: Category) -> dict[str, object]:
    return {"retention_class": AccountingForm.classes(today())} if category is Category.ACCOUNTING else {}
