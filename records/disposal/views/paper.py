"""The appraisal opinion and the destruction list on paper."""

from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from records.disposal.batches import group_of, lines_of, noted_by, sees_all, signatures_of, visible_batch
from records.disposal.holds import named_in
from records.disposal.knowing import owners_in
from records.disposal.models import BatchState, Verdict
from records.disposal.sheet import destruction_sheet, opinion_sheet
from records.disposal.views.blueprint import disposal
from records.holdings.printed import filed_print
from records.holdings.views.filed import sent_filed
from web.rules import NotVisible
from web.transaction import now, reading


@disposal.get("/disposals/<int:batch_id>/opinion.pdf")
@requires(Permission.READ)
def print_opinion(batch_id: int) -> ResponseReturnValue:
    """The appraisal opinion as PDF/A: the one that was filed, or one to be signed by the group.

    Who is only named to watch signs the list, not the opinion: NotVisible.
    """
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if not sees_all(batch, current_actor()):
        raise NotVisible
    if filed := filed_print(session, batch.opinion_item_id):
        return sent_filed(filed)
    lines = lines_of(session, batch)
    printed = opinion_sheet(
        batch, lines, group_of(session, batch), named_in(session, [line.id for line in lines]),
        noted_by(session, batch), owners=owners_in(session, lines), made_at=now(), language=paper_language(),
        draft=batch.state is BatchState.APPRAISAL,
    )  # fmt: skip
    return sent(printed, batch, f"{batch.number}-opinion")


@disposal.get("/disposals/<int:batch_id>/list.pdf")
@requires(Permission.READ)
def print_list(batch_id: int) -> ResponseReturnValue:
    """The destruction list as PDF/A: the one that was filed, or a draft to count by."""
    session = reading()
    batch = visible_batch(session, batch_id, current_actor())
    if filed := filed_print(session, batch.list_item_id):
        return sent_filed(filed)
    lines = [
        line for line in lines_of(session, batch) if line.verdict is Verdict.DESTROY or sees_all(batch, current_actor())
    ]
    printed = destruction_sheet(
        batch, lines, signatures_of(session, batch), named_in(session, [line.id for line in lines]),
        owners=owners_in(session, lines), made_at=now(), language=paper_language(), draft=True,
    )  # fmt: skip
    return sent(printed, batch, f"{batch.number}-draft")
