"""A district with some household files, and its clean-up begun."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.files.models import File
from records.upkeep.clean_up import start_clean_up
from records.upkeep.models import CleanUp, CleanUpLine, CleanUpPart
from tests.cast import MONDAY, NUMBERS, Cast, make_file

DUE = date(2026, 12, 31)
NAMES = ("周大河", "陈平", "吴兰", "郑山")


@dataclass(frozen=True)
class Campaign:
    """The clean-up of the district in 2026."""

    clean_up: CleanUp
    part: CleanUpPart
    files: list[File]
    lines: list[CleanUpLine]


def make_campaign(session: Session, cast: Cast) -> Campaign:
    """Four households of the district, of whom two are in the sample."""
    files = [
        make_file(session, cast, number=number, name=name, on=date(2024, 5, 6))
        for number, name in zip(NUMBERS, NAMES, strict=True)
    ]
    clean_up = start_clean_up(
        session, cast.city, 2026, due_on=DUE, actor=cast.supervisor.actor, on=MONDAY, seed="2026"
    )  # fmt: skip
    session.flush()
    part = session.scalars(select(CleanUpPart)).one()
    lines = session.scalars(select(CleanUpLine).order_by(CleanUpLine.file_id)).all()
    return Campaign(clean_up, part, files, list(lines))
