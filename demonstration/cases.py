"""Loans of the demonstration: running, due, overdue, renewed, returned."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from demonstration.material import office_hour
from demonstration.tree import DISTRICT, STREET, UNITS, keeper_name
from records.files.models import File, Item
from records.holdings.models import Condition, PaperCopy
from records.lending.services import lend, renew, take_back
from units.models import Unit

LOAN_DAYS = 7
SETTLED = timedelta(days=60)  # paper is lent that has lain in its box for some time
EVERY = 4  # every so many copies one is lent


@dataclass(frozen=True)
class LoanEntry:
    """A loan opened some days ago; `renewed` and `returned` say how many days ago that happened."""

    unit: str
    borrower: str
    purpose: str
    days_ago: int
    renewed: int | None = None
    returned: int | None = None
    condition: Condition | None = None
    remarks: str | None = None


LOANS = (
    LoanEntry(DISTRICT, "reader", "核对帮扶资金发放名单", 2),
    LoanEntry(DISTRICT, "approver", "审批助医申请", 6),
    LoanEntry(DISTRICT, "centre", "复核备案材料", 7),
    LoanEntry(DISTRICT, "reader", "编写年度总结", 16),
    LoanEntry(DISTRICT, "reviewer", "核实家庭收入", 10),
    LoanEntry(DISTRICT, "approver", "接受监督检查", 12, renewed=6),
    LoanEntry(DISTRICT, "reader", "集中清理核对", 40, returned=35),
    LoanEntry(DISTRICT, "centre", "备案复印", 90, returned=86),
    LoanEntry(
        DISTRICT, "reviewer", "入户复查", 120, returned=108, condition=Condition.WORN, remarks="首页边角磨损，已修整。"
    ),
    LoanEntry(STREET, "verifier", "核实申请材料", 3),
    LoanEntry(STREET, "reviewer", "复核公示情况", 11),
    LoanEntry(STREET, "verifier", "补充签字", 30, returned=28),
)


def add_loans(session: Session, *, today: date, time_zone: ZoneInfo) -> None:
    """Lend, renew and take back, in the order in which it happened."""
    people = {user.name: user for user in session.scalars(select(User))}
    copies = {unit: _lendable(session, unit, today) for unit in {entry.unit for entry in LOANS}}
    for entry in sorted(LOANS, key=lambda loan: -loan.days_ago):
        keeper: User = people[keeper_name(entry.unit, today, today)]
        on = today - timedelta(days=entry.days_ago)
        loan = lend(
            session, next(copies[entry.unit]), people[entry.borrower], purpose=entry.purpose, days=LOAN_DAYS,
            actor=keeper.actor, at=office_hour(on, time_zone), on=on,
        )  # fmt: skip
        if entry.renewed is not None:
            renew(session, loan, days=LOAN_DAYS, actor=keeper.actor, on=today - timedelta(days=entry.renewed))
        if entry.returned is not None:
            on = today - timedelta(days=entry.returned)
            take_back(
                session, loan, actor=keeper.actor, at=office_hour(on, time_zone, 15), on=on,
                condition=entry.condition, remarks=entry.remarks,
            )  # fmt: skip


def _lendable(session: Session, unit: str, today: date) -> Iterator[PaperCopy]:
    name = next(entry.name for entry in UNITS if entry.key == unit)
    copies = session.scalars(
        select(PaperCopy)
        .join(PaperCopy.item)
        .join(Item.file)
        .join(Unit, File.unit_id == Unit.id)
        .where(
            Unit.name == name,
            Item.filed_on.is_not(None),
            File.withdrawn_on.is_(None),
            File.opened_on < today - SETTLED,
        )
        .order_by(PaperCopy.id)
    ).all()
    return iter(copies[::EVERY])
