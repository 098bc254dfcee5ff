"""What an appraisal group has to know of the files it judges: corrected days, custody on behalf, other households."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.services import names_of
from records.closing.behalf import owners_of_record
from records.disposal.awaited import awaited_by
from records.files.elsewhere import Elsewhere, now_elsewhere
from records.files.living import Withdrawal


@dataclass(frozen=True)
class CorrectedDay:
    """A day of withdrawal that was changed, when, by whom and why; the ten years count from `after` (art. 15)."""

    before: date
    after: date
    on: date
    name: str
    reason: str


@dataclass(frozen=True)
class Known:
    """What is told of one withdrawn file beside its line."""

    corrected: tuple[CorrectedDay, ...]
    elsewhere: Elsewhere | None
    owner: str | None  # of record, where the file is kept on behalf 代管 (art. 14)
    applications: tuple[str, ...]  # under way, by their numbers: lodgement takes the file up


def known_of(session: Session, file_ids: Collection[int]) -> dict[int, Known]:
    """What the group is told, by file; nothing of a file where there is nothing to tell. Five queries."""
    if not file_ids:
        return {}
    corrected, elsewhere = _corrected(session, file_ids), now_elsewhere(session, file_ids)
    owners, applications = owners_of_record(session, file_ids), awaited_by(session, file_ids)
    return {
        file_id: Known(
            tuple(corrected.get(file_id, ())),
            elsewhere.get(file_id),
            owners.get(file_id),
            tuple(applications.get(file_id, ())),
        )
        for file_id in corrected.keys() | elsewhere.keys() | owners.keys() | applications.keys()
    }


def _corrected(session: Session, file_ids: Collection[int]) -> dict[int, list[CorrectedDay]]:
    """The days changed since the household returned to help last, the earliest first."""
    rows: dict[int, list[Withdrawal]] = defaultdict(list)
    for row in session.scalars(
        select(Withdrawal).where(Withdrawal.file_id.in_(file_ids)).order_by(Withdrawal.file_id, Withdrawal.id)
    ):
        rows[row.file_id] = [] if row.returned_on else [*rows[row.file_id], row]
    people = names_of(session, *(row.corrected_by for each in rows.values() for row in each))
    return {
        file_id: days
        for file_id, each in rows.items()
        if (
            days := [
                CorrectedDay(
                    wrong.withdrawn_on,
                    right.withdrawn_on,
                    wrong.corrected_on,
                    people.get(wrong.corrected_by or "", wrong.corrected_by or ""),
                    wrong.correction_reason or "",
                )
                for wrong, right in pairwise(each)
                if wrong.corrected_on is not None and wrong.withdrawn_on != right.withdrawn_on
            ]
        )
    }
