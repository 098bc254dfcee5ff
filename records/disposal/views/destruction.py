"""Destroying what was approved, and closing a batch of which nothing is left to be destroyed."""

import logging
import time

from flask import flash
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.disposal.batches import visible_batch
from records.disposal.closing import close_without_destruction
from records.disposal.destruction import destroy_some, start
from records.disposal.forms import CloseForm
from records.disposal.views.batches import show_batch
from records.disposal.views.blueprint import disposal, to_batch
from records.holdings.removal import remove_ordered
from records.holdings.views.blueprint import workshop
from web.forms import shows_again
from web.language import gettext
from web.transaction import begin, database, now, store, today

log = logging.getLogger("anjuan")
AT_ONCE_SECONDS = 3.0
AT_ONCE_LINES = 20


@disposal.post("/disposals/<int:batch_id>/destruction")
@requires(Permission.FILE)
@shows_again(show_batch)
def destroy_batch(batch_id: int) -> ResponseReturnValue:
    """Begin or carry on: the first lines at once, the rest by the worker."""
    with begin() as session:
        start(session, visible_batch(session, batch_id, current_actor()), actor=current_actor(), on=today())
    until = time.monotonic() + AT_ONCE_SECONDS
    while destroy_some(database(), limit=AT_ONCE_LINES, at=now(), on=today(), batch_id=batch_id):
        if time.monotonic() > until:
            break
    _remove()
    flash(gettext("The lines are gone through one by one; what is left is carried on by the system itself."))
    return to_batch(batch_id, "lines")


def _remove() -> None:
    """Remove what was destroyed from the store; where it cannot delete now, the worker tries again."""
    try:
        remove_ordered(database(), store())
    except OSError as error:
        log.warning("Bytes that are to go cannot be removed yet: %s", error)


@disposal.post("/disposals/<int:batch_id>/closing")
@requires(Permission.FILE)
@shows_again(show_batch)
def close_batch(batch_id: int) -> ResponseReturnValue:
    """Close a batch of which nothing is left to be destroyed."""
    form = CloseForm.read()
    with begin() as session:
        close_without_destruction(
            session, visible_batch(session, batch_id, current_actor()), form.close_spot.data, actor=current_actor(),
            store=store(), workshop=workshop(), at=now(), on=today(),
        )  # fmt: skip
    flash(gettext("The opinion is filed for ever; nothing was destroyed."))
    return to_batch(batch_id)
