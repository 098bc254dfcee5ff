"""The course of a household file: its duties, withdrawals and reviews; return to help, corrections, the form."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.services import names_of
from records.files.duties import visible_duties
from records.files.errors import NotAHouseholdFile, ReturnOfSecondPerson
from records.files.grounds import decides_days, nobody_decides_days
from records.files.held import as_withdrawn
from records.files.living import TwinDuty, WithdrawalReview
from records.files.models import File, WithdrawalReason
from records.files.services import answerable, visible_file
from records.files.withdrawals import (
    answered_for,
    check_not_joined,
    correct_withdrawal,
    day_decided_by,
    may_return,
    nobody_returns,
    open_withdrawal,
    return_to_help,
    visible_withdrawal,
    withdrawals_of,
)
from records.households.services import masked_number
from records.upkeep.determining import determinations_of
from records.upkeep.forms import CorrectionForm, ReturnForm, day_of
from records.upkeep.sheets import withdrawal_form
from records.upkeep.views.blueprint import upkeep
from records.upkeep.views.determinations import class_words
from records.upkeep.words import change_words
from rules.services import rulebook
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, reading, today


@upkeep.get("/files/<int:file_id>/course")
@requires(Permission.READ)
def show_course(file_id: int) -> ResponseReturnValue:
    """How a household file has lived: withdrawn and returned, reviewed, and what had to follow on the other side."""
    session, actor = reading(), current_actor()
    file = _household_file(visible_file(session, file_id, actor))
    withdrawals = withdrawals_of(session, file)
    duties = session.scalars(
        visible_duties(actor).where(TwinDuty.file_id == file.id).order_by(TwinDuty.id.desc())
    ).all()  # fmt: skip
    reviews = session.scalars(
        select(WithdrawalReview).where(WithdrawalReview.file_id == file.id).order_by(WithdrawalReview.id.desc())
    ).all()
    return render_template(
        "records/upkeep/course.html",
        file=file,
        withdrawals=withdrawals,
        duties=duties,
        reviews=reviews,
        determinations=determinations_of(session, file),
        people=names_of(
            session, *(name for row in withdrawals for name in (row.noted_by, row.returned_by, row.corrected_by))
        ),
        keeps=actor.may(Permission.FILE, file.unit.path),
        withdraws=any(actor.may(each, file.unit.path) for each in (Permission.FILE, Permission.APPROVE)),
        returns=may_return(session, file, actor),
        nobody_returns=not file.active and nobody_returns(session, file),
        change_words=change_words,
        class_words=class_words,
    )


@upkeep.get("/files/<int:file_id>/return")
@requires(Permission.APPROVE, Permission.FILE)
def new_return(file_id: int, form: ReturnForm | None = None) -> ResponseReturnValue:
    """The form of a household that needs help again, for an approver; the keeper is told of the way by application."""
    file = _household_file(visible_file(reading(), file_id, current_actor()))
    check_not_joined(reading(), file)
    if not may_return(reading(), file, current_actor()):
        raise ReturnOfSecondPerson(unit=file.unit.name)
    return render_template(
        "records/upkeep/return.html",
        form=form or ReturnForm.blank(values={"on": today()}),
        file=file,
        withdrawal=open_withdrawal(reading(), file),
        members=file.household.present_members if file.household else [],
    )


@upkeep.post("/files/<int:file_id>/return")
@requires(Permission.APPROVE, Permission.FILE)
@shows_again(new_return)
def take_back(file_id: int) -> ResponseReturnValue:
    """Take the household back into help on its own file 返困; the clock stops (art. 11, 13, 15)."""
    actor = current_actor()
    visible_file(reading(), file_id, actor)
    form = ReturnForm.read()
    with begin() as session:
        file = visible_file(session, file_id, actor)
        return_to_help(session, file, form.reason.data, actor=actor, on=day_of(form.on), today=today())
    flash(gettext("%(code)s is active again.", code=file.code))
    return redirect(url_for(".show_course", file_id=file_id), 303)


@upkeep.get("/files/<int:file_id>/withdrawal/correction")
@requires(Permission.APPROVE, Permission.FILE)
def new_correction(file_id: int, form: CorrectionForm | None = None) -> ResponseReturnValue:
    """The form that puts a withdrawal right, for its keeper, or an approver where the day is put far back."""
    file = _household_file(answerable(visible_file(reading(), file_id, current_actor()), current_actor()))
    check_not_joined(reading(), file)
    withdrawal = open_withdrawal(reading(), file)
    noted = {"on": withdrawal.withdrawn_on, "reason": withdrawal.reason}
    return render_template(
        "records/upkeep/correction.html",
        form=form or CorrectionForm.blank(values=noted),
        file=file,
        withdrawal=withdrawal,
        nobody_decides=nobody_decides_days(reading(), file),
        day_decided=withdrawal.backdated and not decides_days(reading(), file, current_actor()),
    )


@upkeep.post("/files/<int:file_id>/withdrawal/correction")
@requires(Permission.APPROVE, Permission.FILE)
@shows_again(new_correction)
def correct(file_id: int) -> ResponseReturnValue:
    """Put the day or the reason of a withdrawal right; both entries stay."""
    actor = current_actor()
    visible_file(reading(), file_id, actor)
    form = CorrectionForm.read()
    with begin() as session:
        file = visible_file(session, file_id, actor)
        correct_withdrawal(
            session,
            file,
            day_of(form.on),
            WithdrawalReason(form.reason.data),
            form.correction.data,
            actor=actor,
            today=today(),
        )
    flash(gettext("The withdrawal is corrected; the earlier entry stays on record."))
    return redirect(url_for(".show_course", file_id=file_id), 303)


@upkeep.get("/withdrawals/<int:withdrawal_id>/form.pdf")
@requires(Permission.READ)
def print_withdrawal(withdrawal_id: int) -> ResponseReturnValue:
    """The withdrawal form 撤档审批表; printing it is noted (art. 17)."""
    session = reading()
    row = visible_withdrawal(session, withdrawal_id, current_actor())
    household = row.file.household
    masks = rulebook(session, row.file.unit, today()).masks
    approver = day_decided_by(session, row)
    keeper = answered_for(session, row.file, row.noted_on) if approver == row.noted_by else None
    people = names_of(session, row.noted_by, row.returned_by, approver)
    printed = withdrawal_form(
        row,
        as_withdrawn(session, row),
        number=masked_number(session, household.worker.person, masks) if household else "",
        keeper=keeper.display_name if keeper else people.get(row.noted_by, row.noted_by),
        approver=people.get(approver, approver) if approver else "",
        people=people,
        made_at=now(),
        language=paper_language(),
    )
    return sent(printed, row.file, f"{row.file.code} {gettext('Withdrawal form')}")


def _household_file(file: File) -> File:
    if file.household is None:
        raise NotAHouseholdFile(code=file.code)
    return file
