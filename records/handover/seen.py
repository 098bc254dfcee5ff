"""What a handover lists otherwise than it was seen: missing, or on loan by the books."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.models import Item
from records.handover.models import Difference, Handover, HandoverLine, LineKind
from records.holdings.models import PaperCopy
from records.lending.models import Loan
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


def here_after_all(session: Session, handover: Handover) -> set[int]:
    """The lines of loans, and of files whose paper is all out, of which a copy was seen though on loan 在架未还.

    What they say of the register of loans follows what was found of the copy. One query.
    """
    seen = (
        select(HandoverLine.subject_id)
        .where(
            HandoverLine.handover_id == handover.id,
            HandoverLine.kind == LineKind.COPY,
            HandoverLine.difference == Difference.SHELVED,
            HandoverLine.left_at.is_(None),
        )
        .scalar_subquery()
    )
    loans = select(Loan.id).where(Loan.copy_id.in_(seen))
    files = select(Item.file_id).join(PaperCopy, PaperCopy.item_id == Item.id).where(PaperCopy.id.in_(seen))
    of_loan = (HandoverLine.kind == LineKind.LOAN) & HandoverLine.subject_id.in_(loans)
    of_file = (HandoverLine.kind == LineKind.FILE) & HandoverLine.subject_id.in_(files)
    follows = of_loan | (of_file & HandoverLine.holder.is_not(None))
    return set(session.scalars(select(HandoverLine.id).where(HandoverLine.handover_id == handover.id, follows)))
