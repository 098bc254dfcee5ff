"""The appraisal opinion and the destruction list on paper."""

from io import BytesIO

from flask import send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_use
from records.disposal.batches import group_of, lines_of, signatures_of, visible_batch
from records.disposal.holds import named_in
from records.disposal.models import BatchState
from records.disposal.sheet import destruction_sheet, opinion_sheet
from records.disposal.views.blueprint import disposal
from records.files.models import Item
from records.holdings.deeds import deed_of
from web.language import language
from web.transaction import now, reading, store


@disposal.get("/disposals/<int:batch_id>/opinion.pdf")
@requires(Permission.READ)
def print_opinion(batch_id: int) -> ResponseReturnValue:
    """The appraisal opinion as PDF/A: the one that was filed, or one to be signed by the group."""
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if batch.opinion_item_id is not None:
        return _filed(session, batch.opinion_item_id)
    lines = lines_of(session, batch)
    printed = opinion_sheet(
        batch, lines, group_of(session, batch), named_in(session, [line.id for line in lines]), made_at=now(),
        language="en" if language() == "en" else "zh", draft=batch.state is BatchState.APPRAISAL,
    )  # fmt: skip
    note_use("content.printed", batch, number=batch.number)
    name = f"{batch.number}-opinion.pdf"
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=name)


@disposal.get("/disposals/<int:batch_id>/list.pdf")
@requires(Permission.READ)
def print_list(batch_id: int) -> ResponseReturnValue:
    """The destruction list as PDF/A: the one that was filed, or a draft to count by."""
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if batch.list_item_id is not None:
        return _filed(session, batch.list_item_id)
    lines = lines_of(session, batch)
    printed = destruction_sheet(
        batch, lines, signatures_of(session, batch), named_in(session, [line.id for line in lines]), made_at=now(),
        language="en" if language() == "en" else "zh", draft=True,
    )  # fmt: skip
    note_use("content.printed", batch, number=batch.number)
    name = f"{batch.number}-draft.pdf"
    return send_file(BytesIO(printed.pdf), mimetype="application/pdf", download_name=name)


def _filed(session: Session, item_id: int) -> ResponseReturnValue:
    filed = deed_of(session, session.get_one(Item, item_id))
    note_use("content.exported", filed, name=filed.name)
    return send_file(store().open(filed.key), mimetype=filed.media_type, download_name=filed.name)
