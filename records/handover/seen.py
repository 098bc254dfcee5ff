"""What a handover lists as missing and a stocktake has seen meanwhile."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.handover.models import Difference, Handover, HandoverLine, LineKind
from records.stocktake.models import Finding, Stocktake, StocktakeLine

SEEN = (Finding.FOUND, Finding.MISPLACED, Finding.SHELVED, Finding.RECOVERED)


def seen_since(session: Session, handover: Handover, lines: Sequence[HandoverLine]) -> dict[int, Stocktake]:
    """The stocktake that saw a box or copy since the handover began, by the line that calls it missing 缺失."""
    missing: dict[tuple[LineKind, int | None], int] = {
        (line.kind, line.subject_id): line.id
        for line in lines
        if line.difference is Difference.MISSING and line.kind in (LineKind.BOX, LineKind.COPY)
    }
    boxes = [subject for kind, subject in missing if kind is LineKind.BOX]
    copies = [subject for kind, subject in missing if kind is LineKind.COPY]
    rows = session.execute(
        select(StocktakeLine.box_id, StocktakeLine.copy_id, Stocktake)
        .join(Stocktake, Stocktake.id == StocktakeLine.stocktake_id)
        .where(
            StocktakeLine.box_id.in_(boxes) | StocktakeLine.copy_id.in_(copies),
            StocktakeLine.finding.in_(SEEN),
            StocktakeLine.found_at >= handover.started_at,
        )
        .order_by(StocktakeLine.id)
    )
    return {
        missing[(LineKind.COPY, copy_id) if copy_id is not None else (LineKind.BOX, box_id)]: stocktake
        for box_id, copy_id, stocktake in rows
    }
