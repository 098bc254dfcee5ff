"""Taking the steps of an application, one address for each."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.workflow.course import visible_application
from records.workflow.deciding import decide, override, submit
from records.workflow.drafting import documents_of
from records.workflow.forms import (
    DecisionForm,
    LodgeForm,
    ObjectionForm,
    OpinionForm,
    PostForm,
    ReasonForm,
    ResolutionForm,
    ReturnForm,
    steps_offered,
)
from records.workflow.models import Application, State
from records.workflow.notice import close_notice, note_objection, objection_of, post_notice, resolve_objection
from records.workflow.procedure import lodge, review, verify
from records.workflow.returning import refuse, returnable, send_back, withdraw_application
from records.workflow.views.blueprint import workflow
from records.workflow.views.show import show_application
from web.forms import Form, shows_again
from web.language import gettext
from web.shown import words
from web.transaction import begin, now, reading, store, today

Take = Callable[[Session, Application], object]


def again(which: str) -> Callable[..., ResponseReturnValue]:
    """The page of the application, with the form of one step as it was sent."""

    def page(application_id: int, form: Form | None = None, **_rest: Any) -> ResponseReturnValue:
        return show_application(application_id, form=form, which=which)

    return page


def take(application_id: int, step: Take) -> ResponseReturnValue:
    """Take a step in one transaction, say where the application stands now, and go back to its page."""
    with begin() as session:
        application = visible_application(session, application_id, current_actor())
        step(session, application)
        state, number = application.state, application.number
    flash(gettext("%(number)s: %(state)s.", number=number, state=words(state)))
    return redirect(url_for(".show_application", application_id=application_id), 303)


@workflow.post("/applications/<int:application_id>/submission")
@requires(Permission.FILE)
@shows_again(again(""))
def submit_application(application_id: int) -> ResponseReturnValue:
    """Submit a draft; it is assessed by the rules of the day."""
    return take(
        application_id,
        lambda session, one: submit(session, one, actor=current_actor(), at=now(), on=today()),
    )


@workflow.post("/applications/<int:application_id>/decision")
@requires(Permission.APPROVE)
@shows_again(again("decision"))
def decide_application(application_id: int) -> ResponseReturnValue:
    """Decide what figures do not settle."""
    form = DecisionForm.read()
    return take(
        application_id,
        lambda session, one: decide(
            session, one, admitted=form.admitted, reason=form.reason.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/override")
@requires(Permission.APPROVE)
@shows_again(again("override"))
def override_refusal(application_id: int) -> ResponseReturnValue:
    """Admit a retiree all the same."""
    form = ReasonForm.read()
    return take(
        application_id,
        lambda session, one: override(
            session, one, reason=form.reason.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/notice")
@requires(Permission.FILE)
@shows_again(again("post"))
def post(application_id: int) -> ResponseReturnValue:
    """Note that the notice was posted today."""
    form = PostForm.read()
    return take(
        application_id,
        lambda session, one: post_notice(
            session, one, place=form.place.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/objections")
@requires(Permission.FILE)
@shows_again(again("objection"))
def record_objection(application_id: int) -> ResponseReturnValue:
    """Record an objection against the public notice."""
    form = ObjectionForm.read()
    assert form.raised_on.data is not None  # noqa: S101 - it is required
    raised_on = form.raised_on.data
    return take(
        application_id,
        lambda session, one: note_objection(
            session,
            one,
            raised_on=raised_on,
            raised_by=form.raised_by.text,
            text=form.text.data,
            actor=current_actor(),
            on=today(),
        ),
    )


@workflow.post("/applications/<int:application_id>/objections/<int:objection_id>/resolution")
@requires(Permission.VERIFY, Permission.APPROVE)
@shows_again(again("resolution"))
def resolve(application_id: int, objection_id: int) -> ResponseReturnValue:
    """Resolve an objection; one that is upheld sends the application back."""
    form = ResolutionForm.read()
    return take(
        application_id,
        lambda session, one: resolve_objection(
            session,
            one,
            objection_of(session, one, objection_id),
            upheld=form.upheld.data == "yes",
            resolution=form.resolution.data,
            actor=current_actor(),
            at=now(),
            on=today(),
        ),
    )


@workflow.post("/applications/<int:application_id>/notice/closing")
@requires(Permission.FILE)
@shows_again(again(""))
def close(application_id: int) -> ResponseReturnValue:
    """Close the notice; verification is next."""
    return take(
        application_id,
        lambda session, one: close_notice(session, one, actor=current_actor(), at=now(), on=today()),
    )


@workflow.post("/applications/<int:application_id>/verification")
@requires(Permission.VERIFY)
@shows_again(again("opinion"))
def verify_application(application_id: int) -> ResponseReturnValue:
    """Verify."""
    form = OpinionForm.read()
    return take(
        application_id,
        lambda session, one: verify(
            session, one, opinion=form.opinion.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/review")
@requires(Permission.REVIEW)
@shows_again(again("opinion"))
def review_application(application_id: int) -> ResponseReturnValue:
    """Review from above."""
    form = OpinionForm.read()
    return take(
        application_id,
        lambda session, one: review(
            session, one, opinion=form.opinion.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/lodgement")
@requires(Permission.LODGE)
@shows_again(again("lodge"))
def lodge_application(application_id: int) -> ResponseReturnValue:
    """Lodge: the file is opened and the copy registered. Bytes that it kept already are set aside the second time."""
    form, spare = LodgeForm.read(), set[str | None]()

    def lodged(session: Session, one: Application) -> None:
        before = {row.key for row in documents_of(session, one)}
        lodge(session, one, place=form.place.data, actor=current_actor(), at=now(), on=today())
        spare.update(before - {row.key for row in documents_of(session, one)})

    answer = take(application_id, lodged)
    for key in filter(None, spare):
        store().set_aside(key)
    return answer


@workflow.post("/applications/<int:application_id>/return")
@requires(Permission.FILE, Permission.VERIFY, Permission.REVIEW, Permission.LODGE, Permission.APPROVE)
@shows_again(again("back"))
def return_application(application_id: int) -> ResponseReturnValue:
    """Return to the step named, with the reason."""
    application = visible_application(reading(), application_id, current_actor())
    form = ReturnForm.read(to=steps_offered(returnable(application)))
    return take(
        application_id,
        lambda session, one: send_back(
            session, one, State(form.to.data), reason=form.reason.data, actor=current_actor(), at=now(), on=today()
        ),
    )


@workflow.post("/applications/<int:application_id>/refusal")
@requires(Permission.VERIFY, Permission.REVIEW, Permission.LODGE)
@shows_again(again("refusal"))
def refuse_application(application_id: int) -> ResponseReturnValue:
    """Refuse in the procedure; the reason goes into the refusal register."""
    form = ReasonForm.read()
    return take(
        application_id,
        lambda session, one: refuse(session, one, reason=form.reason.data, actor=current_actor(), at=now(), on=today()),
    )


@workflow.post("/applications/<int:application_id>/withdrawal")
@requires(Permission.FILE)
@shows_again(again("withdrawal"))
def withdraw(application_id: int) -> ResponseReturnValue:
    """Note that the applicant takes the application back."""
    form = ReasonForm.read()
    return take(
        application_id,
        lambda session, one: withdraw_application(
            session, one, reason=form.reason.data, actor=current_actor(), at=now(), on=today()
        ),
    )
