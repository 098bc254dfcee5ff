"""Files of households that apply again: they leave a batch once the application is submitted (art. 11, 13, 15)."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor
from records.disposal.due import IN_OPEN_BATCH
from records.disposal.models import Cause, DisposalBatch, DisposalLine, LineState
from records.files.locking import asked_below, lock_file
from records.workflow.deciding import submission_step
from records.workflow.earlier import awaited, earlier_file
from records.workflow.models import Application


def awaited_by(session: Session, file_ids: Collection[int]) -> dict[int, list[str]]:
    """The numbers of the applications under way that will take withdrawn files up, by file; one query."""
    if not file_ids:
        return {}
    query = awaited()
    file_id, number = query.selected_columns
    rows = session.execute(query.where(file_id.in_(file_ids)).order_by(file_id, number))
    found: dict[int, list[str]] = defaultdict(list)
    for taken_up, of_application in rows:
        found[taken_up].append(of_application)
    return dict(found)


@submission_step
def leave_batch(session: Session, application: Application, actor: Actor, at: datetime) -> None:
    """Let the file that an application will take up leave the batch it was drawn into; its line says why."""
    file = earlier_file(session, application)
    if file is None:
        return
    lock_file(session, file, asked_below)
    if earlier_file(session, application) is not file:
        return  # it was withdrawn, destroyed or joined otherwise meanwhile
    lines = session.scalars(
        select(DisposalLine)
        .join(DisposalBatch, DisposalBatch.id == DisposalLine.batch_id)
        .where(DisposalLine.file_id == file.id, IN_OPEN_BATCH)
        .execution_options(populate_existing=True)
    )
    for line in lines.all():
        line.state, line.cause, line.outcome, line.done_at = LineState.RELEASED, Cause.APPLIES, application.number, at
        audit.record(
            session, actor.name, "disposal.line_released", line.batch, number=line.batch.number, line=line.position,
            code=line.code, reason=Cause.APPLIES.label.zh, application=application.number,
        )  # fmt: skip
