"""By what decision the household of a file is of its class 现行认定: the last one that found it (art. 3)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.models import File
from records.upkeep.determining import found_for
from records.upkeep.models import Determination
from records.workflow.assessed import Assessed, assessed
from records.workflow.models import Application, LodgedCopy


@dataclass(frozen=True)
class Standing:
    """A decision on the class, the day it was made, and where the page of it is."""

    on: date
    assessed: Assessed
    line: str
    source: str
    endpoint: str
    arguments: Mapping[str, int]


def standing_of(session: Session, file: File) -> Standing | None:
    """The last decision on the class of a household: a determination or the application it came from.

    None where it came by import, was entered from paper, or parted from another one; two queries.
    """
    found = [each for each in (_determined(session, file), _applied(session, file)) if each]
    return max(found, key=lambda each: each.on, default=None)


def _determined(session: Session, file: File) -> Standing | None:
    row = session.scalar(select(Determination).where(found_for(file)).order_by(Determination.id.desc()).limit(1))
    if row is None or row.answered_on is None:
        return None
    page = "upkeep.show_determination", {"determination_id": row.id}
    return _standing(row.answered_on, row.assessment, row.rules, *page)


def _applied(session: Session, file: File) -> Standing | None:
    row = session.scalar(
        select(Application)
        .join(LodgedCopy, LodgedCopy.application_id == Application.id)
        .where(LodgedCopy.file_id == file.id)
        .order_by(LodgedCopy.id.desc())
        .limit(1)
    )
    if row is None or row.decided_on is None:
        return None
    page = "workflow.show_application", {"application_id": row.id}
    return _standing(row.decided_on, row.assessment or {}, row.rules or {}, *page)


def _standing(
    on: date, assessment: Mapping[str, Any], rules: Mapping[str, Any], endpoint: str, arguments: Mapping[str, int]
) -> Standing:
    line = rules.get("subsistence_line", {})
    return Standing(on, assessed(assessment, rules), line.get("value", ""), line.get("source", ""), endpoint, arguments)
