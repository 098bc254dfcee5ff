"""One part of a keeper's custody on its way to another keeper (art. 16)."""

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from demonstration.material import office_hour
from demonstration.tree import DISTRICT, UNITS, keeper_name
from records.handover.checking import confirm, note_difference, note_extra
from records.handover.extent import Extent
from records.handover.models import Difference, HandoverLine, LineKind
from records.handover.services import lines_of, start
from units.models import Unit

RECEIVER, WITNESS = "keeper2", "approver"


def add_handing_over(session: Session, today: date, time_zone: ZoneInfo) -> None:
    """The accounting archives of the district pass to its second keeper: half counted, one missing, one not listed."""
    people = {user.name: user for user in session.scalars(select(User))}
    name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
    unit = session.scalars(select(Unit).where(Unit.name == name)).one()
    leaver, receiver = people[keeper_name(DISTRICT, today, today)], people[RECEIVER]
    at = office_hour(today, time_zone, 9)
    handover = start(
        session, unit, leaver, receiver, people[WITNESS], reason="分工调整，会计档案改由专人保管", actor=leaver.actor,
        at=at, on=today, extent=Extent(categories=(Category.ACCOUNTING,)),
    )  # fmt: skip
    listed = [line for line in lines_of(session, handover) if line.kind in (LineKind.FILE, LineKind.COPY)]
    half = [line.position for line in listed[: len(listed) // 2]]
    last = listed[-1]
    note_difference(session, handover, last, Difference.MISSING, "架上未见。", actor=receiver.actor, at=at)
    confirm(session, handover, HandoverLine.position.in_(half), actor=receiver.actor, at=at)
    note_extra(
        session, handover, "无条码", "旧式账页一册", "会计档案柜底层发现。", actor=receiver.actor, at=at
    )  # fmt: skip
