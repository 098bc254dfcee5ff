"""Pages of the household behind a file: its members, their sealed numbers, and what is said of it."""

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission, works_on
from accounts.uses import note_use
from classification.identity import name_shown
from records.files.elsewhere import earlier_files, now_elsewhere
from records.files.errors import NotTheKeepersUnit
from records.files.locking import kept_by, lock_household
from records.files.membership import (
    adjust_household,
    change_member,
    join_household,
    leave_household,
    member_of,
    note_refused_unmasking,
    unmask_number,
    unmask_phone,
)
from records.files.models import File
from records.files.services import takes_material, visible_file
from records.files.versions import versions_of
from records.files.views.blueprint import files
from records.files.withdrawals import undecided_reviews
from records.households.forms import (
    AdjustmentForm,
    LeavingForm,
    MemberChangeForm,
    MemberForm,
    UnmaskForm,
    shown_person,
)
from records.households.models import Cause, Employment, Household, Member
from records.households.services import masked_number, masked_phone
from rules.services import rulebook
from web.forms import shows_again
from web.language import gettext
from web.rules import NotVisible
from web.transaction import begin, reading, today


@dataclass(frozen=True)
class Line:
    """A member as the page shows one: the number masked, the age in whole years."""

    member: Member
    number: str
    age_years: int | None
    name: str


@files.get("/files/<int:file_id>/household")
@requires(Permission.READ)
def show_household(file_id: int) -> ResponseReturnValue:
    """The household of a file: members with masked numbers, and what is said of it."""
    actor = current_actor()
    file = visible_file(reading(), file_id, actor)
    household = _household_of(file)
    masks = rulebook(reading(), file.unit, today()).masks
    keeps, works = actor.may(Permission.FILE, file.unit.path), works_on(actor, file.unit.path)
    lines = [
        Line(
            member,
            masked_number(reading(), member.person, masks),
            _age(member.person.born_on, today()),
            name_shown(member.person.name, member.person.born_on, whole=works, on=today()),
        )
        for member in household.members
    ]
    note_use("content.viewed", file, what="household")
    return render_template(
        "records/households/household.html",
        file=file,
        household=household,
        present=[line for line in lines if line.member.left_on is None],
        former=[line for line in lines if line.member.left_on is not None],
        phone=masked_phone(reading(), household, masks),
        versions=versions_of(reading(), file, actor, today()),
        earlier=earlier_files(reading(), household.id, actor) if file.active else [],
        elsewhere=now_elsewhere(reading(), [file.id]).get(file.id),
        keeps=keeps,
        approves=actor.may(Permission.APPROVE, file.unit.path),
        changes=keeps and file.active,
    )


@files.get("/files/<int:file_id>/household/members/new")
@requires(Permission.FILE)
def new_member(file_id: int, form: MemberForm | None = None) -> ResponseReturnValue:
    """The form of a new member."""
    file = _changeable_file(file_id)
    return render_template("records/households/member.html", form=form or MemberForm.blank(), file=file, member=None)


@files.post("/files/<int:file_id>/household/members/new")
@requires(Permission.FILE)
@shows_again(new_member)
def add_member(file_id: int) -> ResponseReturnValue:
    """Add a member to the household (art. 13); nobody is in two active files (art. 11)."""
    form = MemberForm.read()
    with begin() as session:
        file = visible_file(session, file_id, current_actor(), Permission.FILE)
        join_household(session, file, form.entry, actor=current_actor(), on=today())
    flash(gettext("%(name)s now belongs to the household.", name=form.name.data))
    return redirect(url_for(".show_household", file_id=file_id), 303)


@files.get("/files/<int:file_id>/household/members/<int:member_id>/edit")
@requires(Permission.FILE)
def edit_member(file_id: int, member_id: int, form: MemberChangeForm | None = None) -> ResponseReturnValue:
    """The form of what is said of a member."""
    file = _changeable_file(file_id)
    member = member_of(_household_of(file), member_id)
    form = form or MemberChangeForm.blank(obj=shown_person(member))
    return render_template("records/households/member.html", form=form, file=file, member=member)


@files.post("/files/<int:file_id>/household/members/<int:member_id>/edit")
@requires(Permission.FILE)
@shows_again(edit_member)
def correct_member(file_id: int, member_id: int) -> ResponseReturnValue:
    """Change what is said of a member; before and after stay in the chain."""
    form = MemberChangeForm.read()
    with begin() as session:
        file = visible_file(session, file_id, current_actor(), Permission.FILE)
        household = lock_household(session, file, kept_by(current_actor()))
        form.check_unchanged(shown_person(member_of(household, member_id)))
        changed = change_member(session, file, member_id, form.entry, actor=current_actor(), on=today())
    flash(gettext("The member is changed.") if changed else gettext("Nothing was changed."))
    return redirect(url_for(".show_household", file_id=file_id), 303)


@files.get("/files/<int:file_id>/household/members/<int:member_id>/leaving")
@requires(Permission.FILE)
def show_leaving(file_id: int, member_id: int, form: LeavingForm | None = None) -> ResponseReturnValue:
    """The form for a member who has left."""
    file = _changeable_file(file_id)
    member = member_of(_household_of(file), member_id)
    form = form or LeavingForm.blank(values={"left_on": today()})
    return render_template("records/households/leaving.html", form=form, file=file, member=member)


@files.post("/files/<int:file_id>/household/members/<int:member_id>/leaving")
@requires(Permission.FILE)
@shows_again(show_leaving)
def remove_member(file_id: int, member_id: int) -> ResponseReturnValue:
    """Note that a member has left; the membership stays readable."""
    form = LeavingForm.read()
    with begin() as session:
        file = visible_file(session, file_id, current_actor(), Permission.FILE)
        member = leave_household(session, file, member_id, actor=current_actor(), on=form.day, today=today())
    flash(gettext("%(name)s no longer belongs to the household.", name=member.person.name))
    return redirect(url_for(".show_household", file_id=file_id), 303)


@files.get("/files/<int:file_id>/household/edit")
@requires(Permission.FILE)
def edit_household(file_id: int, form: AdjustmentForm | None = None) -> ResponseReturnValue:
    """The form of what is said of a household."""
    file = _changeable_file(file_id)
    household = _household_of(file)
    return render_template(
        "records/households/edit.html",
        form=form or AdjustmentForm.blank(obj=household),
        file=file,
        phone=masked_phone(reading(), household, rulebook(reading(), file.unit, today()).masks),
    )


@files.post("/files/<int:file_id>/household/edit")
@requires(Permission.FILE)
@shows_again(edit_household)
def change_household(file_id: int) -> ResponseReturnValue:
    """Change what is said of a household; before and after stay in the chain."""
    form = AdjustmentForm.read()
    with begin() as session:
        file = visible_file(session, file_id, current_actor(), Permission.FILE)
        form.check_unchanged(lock_household(session, file, kept_by(current_actor())))
        before = undecided_reviews(session, file)
        changed = adjust_household(
            session,
            file,
            address=form.address.data,
            employment=Employment(form.employment.data),
            employer=form.employer.text,
            main_cause=Cause(form.main_cause.data),
            monthly_income_per_head=form.monthly_income_per_head.data,
            phone=form.new_phone,
            actor=current_actor(),
            on=today(),
        )
        opened = undecided_reviews(session, file) > before
    flash(gettext("The household is changed.") if changed else gettext("Nothing was changed."))
    if opened:
        flash(gettext("A review of withdrawal is opened: find out whether the household stays in help."))
    return redirect(url_for(".show_household", file_id=file_id), 303)


@files.get("/files/<int:file_id>/household/phone", defaults={"member_id": None})
@files.get("/files/<int:file_id>/household/members/<int:member_id>/number")
@requires(Permission.READ)
def ask_reason(file_id: int, member_id: int | None, form: UnmaskForm | None = None) -> ResponseReturnValue:
    """Ask what a sealed number is needed for, before it is shown."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    member = _member(file, member_id)
    return render_template(
        "records/households/unmask.html", form=form or UnmaskForm.blank(), file=file, member=member, number=None
    )


@files.post("/files/<int:file_id>/household/phone", defaults={"member_id": None})
@files.post("/files/<int:file_id>/household/members/<int:member_id>/number")
@requires(Permission.READ)
@shows_again(ask_reason)
def unmask(file_id: int, member_id: int | None) -> ResponseReturnValue:
    """Show a sealed number once; who asked, and why, stands in the use register (art. 17).

    The page is the answer itself: after a redirect the number would have to travel in the address or a cookie.
    """
    form = UnmaskForm.read()
    actor, reason = current_actor(), form.reason.data
    try:
        with begin() as session:
            file = visible_file(session, file_id, actor)
            member = _member(file, member_id)
            number = _unmasked(session, file, member, reason)
    except NotTheKeepersUnit:
        with begin() as session:
            note_refused_unmasking(session, visible_file(session, file_id, actor), reason, actor=actor)
        raise
    return render_template("records/households/unmask.html", form=form, file=file, member=member, number=number)


def _unmasked(session: Session, file: File, member: Member | None, reason: str) -> str:
    if member is None:
        return unmask_phone(session, file, _household_of(file), reason, actor=current_actor())
    return unmask_number(session, file, member, reason, actor=current_actor())


def _member(file: File, member_id: int | None) -> Member | None:
    household = _household_of(file)
    return member_of(household, member_id) if member_id is not None else None


def _household_of(file: File) -> Household:
    """The household of a file; raises NotVisible where it is a yearly one."""
    if file.household is None:
        raise NotVisible
    return file.household


def _changeable_file(file_id: int) -> File:
    """A household file the actor may change now; raises NotVisible, NotTheKeepersUnit or FileWithdrawn."""
    file = visible_file(reading(), file_id, current_actor(), Permission.FILE)
    _household_of(file)
    takes_material(file)
    return file


def _age(born_on: date | None, on: date) -> int | None:
    if born_on is None:
        return None
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))
