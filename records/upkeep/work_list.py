"""The work list of a clean-up 清理清单: which files are on it, what marks them out, and the sample (art. 13, 21)."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, tzinfo

from sqlalchemy import and_, exists, insert, or_, select, update
from sqlalchemy.orm import Session

from classification.articles import PUBLISHED_ON
from classification.categories import Category
from classification.checklists import missing
from classification.periods import anniversary
from records.files.models import File, Item
from records.files.services import unchanged_since
from records.upkeep.models import CleanUpLine, CleanUpPart, CleanUpResult
from rules.services import Rulebook

SAMPLING, DOCUMENTS = "clean_up_sampling", "required_documents"
AT_ONCE = 1_000
NO_RESULT = CleanUpLine.result.is_(None)
UNCHECKED = and_(CleanUpLine.sampled, CleanUpLine.checked_by.is_(None))
ACTIVE_HOUSEHOLD = and_(File.category == Category.ORIGINAL, File.withdrawn_on.is_(None))
# What has to be looked at, of an active file beside its line, if it has one: none yet, or withdrawn and back since.
NOT_LISTED = or_(CleanUpLine.id.is_(None), CleanUpLine.result == CleanUpResult.WITHDRAW)
# Of lines with part and file: the file was withdrawn, before or after it was looked at, and the list does not say so.
LEFT = and_(
    or_(NO_RESULT, CleanUpLine.result != CleanUpResult.WITHDRAW),
    File.withdrawn_on.is_not(None),
    File.unit_id == CleanUpPart.unit_id,
)


def list_files(
    session: Session,
    parts: Sequence[CleanUpPart],
    books: Mapping[int, Rulebook],
    *,
    on: date,
    zone: tzinfo,
) -> int:
    """Put the active household files of the parts into their lists that are not there yet; how many.

    The parts are of one campaign. The sample is drawn anew over what a list has by now. The queries do not grow with
    the files.
    """
    by_unit = {part.unit_id: part for part in parts}
    listed = exists().where(
        CleanUpLine.file_id == File.id,
        CleanUpPart.id == CleanUpLine.part_id,
        CleanUpPart.id.in_([part.id for part in parts]),
        CleanUpPart.unit_id == File.unit_id,
    )
    here = and_(File.unit_id.in_(by_unit), ACTIVE_HOUSEHOLD, File.opened_on <= on, ~listed)
    unchanged = unchanged_since(anniversary(on, -1), zone)
    rows = session.execute(
        select(File.id, File.unit_id, File.opened_on, unchanged.label("unchanged")).where(here).order_by(File.id)
    ).all()
    present: dict[int, set[str]] = defaultdict(set)
    for file_id, kind in session.execute(
        select(Item.file_id, Item.document_type).join(Item.file).where(here).distinct()
    ):  # fmt: skip
        present[file_id].add(kind)
    added = {unit_id: books[unit_id].names(DOCUMENTS) for unit_id in by_unit}
    lines = [
        {
            "part_id": by_unit[row.unit_id].id,
            "file_id": row.id,
            "unchanged": row.unchanged,
            "older_rules": row.opened_on < PUBLISHED_ON,
            "missing_count": len(missing(Category.ORIGINAL, present[row.id], added=added[row.unit_id])),
            "sampled": False,
        }
        for row in rows
    ]
    for first in range(0, len(lines), AT_ONCE):
        session.execute(insert(CleanUpLine), lines[first : first + AT_ONCE])
    _draw(session, parts)
    return len(lines)


def _draw(session: Session, parts: Sequence[CleanUpPart]) -> None:
    """Draw the sample of each list by the seed of the campaign; what is in the sample already stays in it."""
    codes: dict[CleanUpPart, dict[str, int]] = {part: {} for part in parts}
    by_id = {part.id: part for part in parts}
    rows = session.execute(
        select(CleanUpLine.part_id, CleanUpLine.id, File.code)
        .join_from(CleanUpLine, File)
        .join(CleanUpPart, CleanUpPart.id == CleanUpLine.part_id)
        .where(CleanUpLine.part_id.in_(by_id), ACTIVE_HOUSEHOLD, File.unit_id == CleanUpPart.unit_id)
    )
    for part_id, line_id, code in rows:
        codes[by_id[part_id]][code] = line_id
    sample = [
        own[code] for part, own in codes.items() for code in drawn(part.clean_up.seed, list(own), part.sampling_percent)
    ]
    for first in range(0, len(sample), AT_ONCE):
        session.execute(
            update(CleanUpLine)
            .where(CleanUpLine.id.in_(sample[first : first + AT_ONCE]))
            .values(sampled=True)
            .execution_options(synchronize_session=False)
        )


def drawn(seed: str, codes: Sequence[str], percent: int) -> set[str]:
    """The codes in the sample: `percent` of them, rounded up, in the order of their digests with the seed."""
    ordered = sorted(codes, key=lambda code: hashlib.sha256(f"{seed}:{code}".encode()).hexdigest())
    return set(ordered[: -(-len(codes) * percent // 100)])
