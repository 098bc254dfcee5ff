"""Closing the clean-up of a unit: what it reports upward 清理报告 becomes a record of the unit (art. 13)."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import Actor
from classification.text import Label
from printing.forms import Language, Printed
from records.files.models import File, Item
from records.holdings.printed import REPORTS, Document, Filing, file_printed
from records.upkeep.clean_up import active_files, figures_by_part, lines_of, lock_part
from records.upkeep.errors import CleanUpUnfinished
from records.upkeep.models import CleanUpLine, CleanUpPart, CleanUpResult
from records.upkeep.sheets import REPORT, clean_up_report
from records.upkeep.work_list import LEFT, NO_RESULT, UNCHECKED
from storage.media import Workshop
from storage.objects import ObjectStore
from units.services import hold_alone


def close_part(
    session: Session,
    part: CleanUpPart,
    summary: str,
    *,
    actor: Actor,
    store: ObjectStore,
    workshop: Workshop,
    at: datetime,
    on: date,
) -> Item:
    """Close the clean-up of a unit; its report upward is filed among the daily work of the unit.

    Raises NotYourPart, PartClosed, CleanUpUnfinished while a file has no result or a sampled one no second look, an
    active one of the unit is not on the list or one that was withdrawn is not on it as such, or what filing raises.
    """
    lock_part(session, part, actor)
    hold_alone(session, part.unit)  # no file becomes active in it meanwhile
    left, undecided, unchecked = session.execute(
        select(func.count().filter(LEFT), func.count().filter(NO_RESULT, ~LEFT), func.count().filter(UNCHECKED))
        .join_from(CleanUpLine, File)
        .join(CleanUpLine.part)
        .where(CleanUpLine.part_id == part.id)
    ).one()
    counted = session.execute(active_files([part.id], File.opened_on <= on)).one_or_none()
    active, unlisted = (counted[1], counted[2]) if counted else (0, 0)
    if undecided or unchecked or unlisted or left:
        raise CleanUpUnfinished(what=_still_open(undecided, unchecked, unlisted, left))
    part.closed_on, part.closed_by, part.summary, part.active_files = on, actor.name, summary, active
    session.flush()
    keeper = session.get_one(User, actor.user_id)
    document = Document(
        unit=part.unit,
        document_type="clean_up_report",
        title=f"{part.unit.name}{part.year}年度{REPORT.zh}（{part.clean_up.number}）",
        number=part.clean_up.number,
        name=f"{part.clean_up.number}-{part.unit.name}.pdf",
        printed=part_report(session, part, actor, made_at=at),
        people=keeper.display_name,
        retention_class=REPORTS,
    )
    item = file_printed(session, document, Filing(keeper, store, workshop, at, on))
    part.report_item, part.report_item_id = item, item.id
    audit.record(
        session, actor.name, "clean_up.part_closed", part, year=part.year, note=summary, code=item.code,
        sha256=document.printed.sha256,
    )  # fmt: skip
    return item


def part_report(
    session: Session, part: CleanUpPart, reader: Actor, *, made_at: datetime, language: Language = "zh"
) -> Printed:
    """The report of one unit, with every file in the reader's sight that was more than kept."""
    return clean_up_report(
        part.clean_up, [part], figures_by_part(session, [part]), _more_than_kept(session, part, reader),
        made_at=made_at, language=language, of=part.unit.name,
    )  # fmt: skip


def _more_than_kept(session: Session, part: CleanUpPart, reader: Actor) -> Sequence[CleanUpLine]:
    found = lines_of(part, reader).where(
        CleanUpLine.result.is_not(None), CleanUpLine.result != CleanUpResult.KEEP
    )  # fmt: skip
    return session.scalars(found.order_by(File.code)).all()


def _still_open(undecided: int, unchecked: int, unlisted: int, left: int) -> Label:
    """What keeps a part from being closed; what is settled is not named."""
    named = (
        (unlisted, "户在档未列入清单（请先更新清单）", "active and not on the list, which is to be renewed"),
        (left, "户已撤档而清单未反映（请先更新清单）", "withdrawn and not on the list as such, which is to be renewed"),
        (undecided, "户无清理结果", "without a result"),
        (unchecked, "户未抽查", "of the sample not checked"),
    )
    said = [Label(f"{count} {zh}", f"{_files(count)} {en}") for count, zh, en in named if count]
    return Label("、".join(each.zh for each in said), ", ".join(each.en for each in said))


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
