"""Appraisal 鉴定: the group, its opinion on every line, and asking for approval."""

from flask import flash, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.services import person_named
from classification.periods import Period
from records.disposal.appraisal import appraise, drop_member, name_member, submit
from records.disposal.batches import visible_batch
from records.disposal.forms import MemberForm, OpinionForm, group_roles, hold_kinds, periods, verdicts
from records.disposal.models import GroupRole, HoldKind, Verdict
from records.disposal.views.batches import show_batch
from records.disposal.views.blueprint import disposal, to_batch
from web.forms import shows_again
from web.language import gettext
from web.numbers import row_number
from web.transaction import begin, now, today


@disposal.post("/disposals/<int:batch_id>/group")
@requires(Permission.FILE)
@shows_again(show_batch)
def add_member(batch_id: int) -> ResponseReturnValue:
    """Name one of the appraisal group."""
    form = MemberForm.read(role=group_roles())
    with begin() as session:
        person = form.person.text
        name_member(
            session, visible_batch(session, batch_id, current_actor()), GroupRole(form.role.data), form.name.data,
            form.position.data, user=person_named(session, person, field="person") if person else None,
            actor=current_actor(),
        )  # fmt: skip
    return to_batch(batch_id, "group")


@disposal.post("/disposals/<int:batch_id>/group/<int:member_id>/removal")
@requires(Permission.FILE)
@shows_again(lambda batch_id, member_id, form=None: show_batch(batch_id, form))
def remove_member(batch_id: int, member_id: int) -> ResponseReturnValue:
    """Take somebody out of the appraisal group."""
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        drop_member(session, batch, member_id, actor=current_actor(), on=today())
    return to_batch(batch_id, "group")


@disposal.post("/disposals/<int:batch_id>/opinions")
@requires(Permission.FILE)
@shows_again(show_batch)
def note_opinion(batch_id: int) -> ResponseReturnValue:
    """Note the opinion of the group on the ticked lines, or on all without one."""
    form = OpinionForm.read(verdict=verdicts(), keep=periods(), hold_kind=hold_kinds(first="—"))
    ids = None if "all" in request.form else request.form.getlist("line", type=row_number)
    with begin() as session:
        done = appraise(
            session,
            visible_batch(session, batch_id, current_actor()),
            ids,
            Verdict(form.verdict.data),
            form.opinion_reason.data,
            keep=Period.of_letter(form.keep.data) if form.keep.data else None,
            hold_kind=HoldKind(form.hold_kind.data) if form.hold_kind.data else None,
            separate_file=form.separate_file.text,
            actor=current_actor(),
            on=today(),
        )
    flash(gettext("The opinion is noted on %(number)s entries.", number=done))
    return to_batch(batch_id, "lines")


@disposal.post("/disposals/<int:batch_id>/submission")
@requires(Permission.FILE)
@shows_again(show_batch)
def submit_batch(batch_id: int) -> ResponseReturnValue:
    """Ask for approval."""
    with begin() as session:
        submit(session, visible_batch(session, batch_id, current_actor()), actor=current_actor(), at=now(), on=today())
    flash(gettext("An approver of the unit decides now."))
    return to_batch(batch_id)
