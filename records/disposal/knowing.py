"""What an appraisal group has to know of the files it judges: corrected days, custody on behalf, paper unregistered."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.services import names_of
from records.closing.behalf import owners_of_record
from records.disposal.awaited import awaited_by
from records.disposal.models import DisposalLine
from records.files.elsewhere import Elsewhere, now_elsewhere
from records.files.living import Withdrawal
from records.holdings.unregistered import lacking_registered_paper


@dataclass(frozen=True)
class CorrectedDay:
    """A day of withdrawal that was changed, when, by whom and why; the ten years count from `after` (art. 15)."""

    before: date
    after: date
    on: date
    name: str
    reason: str


@dataclass(frozen=True)
class BackdatedDay:
    """A withdrawal that was backdated 倒签: as of which day, decided on when, by whom, on what grounds (art. 13)."""

    day: date
    on: date
    name: str
    grounds: str


@dataclass(frozen=True)
class Known:
    """What is told of one withdrawn file beside its line."""

    corrected: tuple[CorrectedDay, ...]
    backdated: BackdatedDay | None
    elsewhere: Elsewhere | None
    owner: str | None  # of record, where the file is kept on behalf 代管 (art. 14)
    applications: tuple[str, ...]  # under way, by their numbers: lodgement takes the file up
    unregistered: bool  # paper is on record of it that nobody registered: it could not be destroyed (art. 15)


def known_of(session: Session, file_ids: Collection[int]) -> dict[int, Known]:
    """What the group is told, by file; nothing of a file where there is nothing to tell. Seven queries."""
    if not file_ids:
        return {}
    rows, elsewhere = _withdrawals(session, file_ids), now_elsewhere(session, file_ids)
    corrected, backdated = _corrected(session, rows), _backdated(session, rows)
    owners, applications = owners_of_record(session, file_ids), awaited_by(session, file_ids)
    unregistered = lacking_registered_paper(session, file_ids)
    told = (corrected, backdated, elsewhere, owners, applications, unregistered)
    return {
        file_id: Known(
            tuple(corrected.get(file_id, ())),
            backdated.get(file_id),
            elsewhere.get(file_id),
            owners.get(file_id),
            tuple(applications.get(file_id, ())),
            file_id in unregistered,
        )
        for file_id in set().union(*told)
    }


def owners_in(session: Session, lines: Sequence[DisposalLine]) -> dict[int, str]:
    """The units for which files on a list are kept on behalf 代管, by file (art. 14)."""
    return owners_of_record(session, [line.file_id for line in lines if line.file_id is not None])


def _withdrawals(session: Session, file_ids: Collection[int]) -> dict[int, list[Withdrawal]]:
    """The withdrawals since the household returned to help last, corrected ones too, the earliest entry first."""
    rows: dict[int, list[Withdrawal]] = defaultdict(list)
    for row in session.scalars(
        select(Withdrawal).where(Withdrawal.file_id.in_(file_ids)).order_by(Withdrawal.file_id, Withdrawal.id)
    ):
        rows[row.file_id] = [] if row.returned_on else [*rows[row.file_id], row]
    return rows


def _backdated(session: Session, rows: Mapping[int, Sequence[Withdrawal]]) -> dict[int, BackdatedDay]:
    """The days that were decided on when they were long past; a correction of the reason alone decided on none."""
    found = {
        file_id: next(row for row in each if row.backdated and row.withdrawn_on == each[-1].withdrawn_on)
        for file_id, each in rows.items()
        if each and each[-1].backdated
    }
    people = names_of(session, *(row.noted_by for row in found.values()))
    return {
        file_id: BackdatedDay(row.withdrawn_on, row.noted_on, people.get(row.noted_by, row.noted_by), row.remarks or "")
        for file_id, row in found.items()
    }


def _corrected(session: Session, rows: Mapping[int, Sequence[Withdrawal]]) -> dict[int, list[CorrectedDay]]:
    """The days that were changed, the earliest first."""
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
