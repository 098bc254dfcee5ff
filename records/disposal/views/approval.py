"""Approval 审批 of a batch, its return, refusal and cancellation."""

from flask import flash
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.disposal.approval import approve, bring_up_to_date, cancel, refuse, send_back
from records.disposal.batches import visible_batch
from records.disposal.errors import DecidedUnseen
from records.disposal.forms import ApproveForm, ReasonForm
from records.disposal.views.batches import show_batch
from records.disposal.views.blueprint import disposal, to_batch
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, now, today


@disposal.post("/disposals/<int:batch_id>/approval")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def approve_batch(batch_id: int) -> ResponseReturnValue:
    """Approve; the waiting period begins.

    What came or went since the list was counted is on it from then on, also where the approval is refused for it.
    """
    form, actor = ApproveForm.read(), current_actor()
    with begin() as session:
        batch = visible_batch(session, batch_id, actor)
        if not (differed := bring_up_to_date(session, batch, actor=actor, at=now(), on=today())):
            approve(session, batch, seen_sha256=form.seen.data or "", actor=actor, at=now(), on=today())
    if differed:
        raise DecidedUnseen
    flash(gettext("Approved. Nothing is destroyed through %(day)s.", day=batch.waits_until))
    return to_batch(batch_id)


@disposal.post("/disposals/<int:batch_id>/return")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def return_batch(batch_id: int) -> ResponseReturnValue:
    """Return it to the appraisal, with the reason."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        send_back(session, batch, form.reason.data, actor=current_actor())
    flash(gettext("Returned to the appraisal."))
    return to_batch(batch_id)


@disposal.post("/disposals/<int:batch_id>/refusal")
@requires(Permission.APPROVE)
@shows_again(show_batch)
def refuse_batch(batch_id: int) -> ResponseReturnValue:
    """Refuse it for good, with the reason."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        refuse(session, batch, form.reason.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("Refused. Its records are due as before."))
    return to_batch(batch_id)


@disposal.post("/disposals/<int:batch_id>/cancellation")
@requires(Permission.FILE, Permission.APPROVE)
@shows_again(show_batch)
def cancel_batch(batch_id: int) -> ResponseReturnValue:
    """Give it up before anything is destroyed."""
    form = ReasonForm.read()
    with begin() as session:
        batch = visible_batch(session, batch_id, current_actor())
        cancel(session, batch, form.reason.data, actor=current_actor(), at=now(), on=today())
    flash(gettext("The batch is cancelled. Its records are due as before."))
    return to_batch(batch_id)
