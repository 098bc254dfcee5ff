"""Requests for paper of the demonstration: waiting for the leader, queued, ready, lent together, declined, lapsed."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from demonstration.cases import EVERY, SEEN_ON_PAPER
from demonstration.material import office_hour
from demonstration.tree import DISTRICT, UNITS
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.lending.approving import decide, name_deputy
from records.lending.calling_back import recall, remind
from records.lending.containment import contained
from records.lending.loans import overdue
from records.lending.models import Loan, LoanRequest
from records.lending.requests import ask, hand_out
from records.lending.services import lend
from rules.calendar import working_calendar
from units.models import Unit

DAYS = 7


def add_requests(session: Session, today: date, time_zone: ZoneInfo) -> None:
    """What readers of the district asked for these days, and what its keeper called back."""
    Asked(session, today, time_zone).add()


class Asked:
    """Requests of the district; vouchers, and whoever is of another unit, need its leader's approval."""

    def __init__(self, session: Session, today: date, time_zone: ZoneInfo) -> None:
        self.session, self.today, self.time_zone = session, today, time_zone
        name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
        self.unit = session.scalars(select(Unit).where(Unit.name == name)).one()
        self.people = {user.name: user for user in session.scalars(select(User))}
        self.keeper, self.leader = self.people["keeper"].actor, self.people["approver"].actor

    def add(self) -> None:
        """Let everything happen, the oldest first."""
        self._call_back()
        vouchers, households = self._free(Category.ACCOUNTING), self._free(Category.ORIGINAL)
        declined = self._ask("reader", vouchers[0].item, "个人学习参考", 4)
        self._decide(declined, 3, approved=False, reason="与本人职责无关，不予借阅。")
        self._waiting(vouchers[1], households[0])
        ready = self._ask("centre", households[1].item, "复核备案材料", 1)
        self._decide(ready, 0, approved=True, reason="同意，三日内归还。", granted_days=3)
        self._file_lent()
        self._queue(households[2])
        name_deputy(
            self.session, self.unit, self.people["keeper2"], from_on=self.today + timedelta(days=3),
            until_on=self.today + timedelta(days=7), reason="外出培训期间代批借阅", actor=self.leader,
            at=self._at(0, 11), on=self.today,
        )  # fmt: skip

    def _waiting(self, voucher: PaperCopy, copy: PaperCopy) -> None:
        """Two requests that the leader has not decided yet."""
        self._ask("reader", voucher.item, "核对慰问金发放凭证", 1)
        self._ask("reviewer", copy.item, "复核家庭收入", 0)

    def _file_lent(self) -> None:
        """A file was lent as a whole; the copies of it come back together or one by one."""
        for file in self.session.scalars(
            select(File)
            .where(
                File.unit_id == self.unit.id, File.category == Category.ORIGINAL, File.withdrawn_on.is_(None),
                File.opened_on < self.today - timedelta(days=400),
            )
            .order_by(File.id)
        ):  # fmt: skip
            inside = contained(self.session, file)
            if len(inside) > 1 and all(one.free for one in inside):
                request = self._ask("reader", file, "编写帮扶典型案例", 2)
                hand_out(self.session, request, actor=self.keeper, at=self._at(2, 15), on=self._day(2))
                return

    def _queue(self, copy: PaperCopy) -> None:
        """What is out is waited for by two, wherefore the keeper recalled it."""
        loan = lend(
            self.session, copy, self.people["approver"], purpose="审核救助申请", days=DAYS, actor=self.keeper,
            at=self._at(3, 10), on=self._day(3),
        )  # fmt: skip
        self._ask("reader", copy.item, "核对家庭成员", 1)
        self._ask("keeper2", copy.item, "补充扫描", 1)
        recall(self.session, loan, "他人排队等候", actor=self.keeper, at=self._at(0, 10), on=self.today)

    def _call_back(self) -> None:
        """What is overdue longest was reminded of as often as the days allowed."""
        loan = self.session.scalars(
            select(Loan)
            .join(Loan.copy)
            .join(PaperCopy.item)
            .join(Item.file)
            .where(overdue(self.today), File.unit_id == self.unit.id)
            .order_by(Loan.due_on, Loan.id)
            .limit(1)
        ).one()
        calendar, on = working_calendar(self.session), loan.due_on + timedelta(days=1)
        while on <= self.today:
            remind(self.session, loan, actor=self.keeper, on=on)
            on = calendar.after(on, 4).on

    def _free(self, category: Category) -> Sequence[PaperCopy]:
        """Copies of active files that lie in their place and that nobody was lent."""
        copies = self.session.scalars(
            select(PaperCopy)
            .join(PaperCopy.item)
            .join(Item.file)
            .where(
                File.unit_id == self.unit.id, File.category == category, File.withdrawn_on.is_(None),
                PaperCopy.holder_id.is_(None), PaperCopy.missing_since.is_(None), PaperCopy.destroyed_on.is_(None),
                Item.filed_on.is_not(None), Item.filed_on < self.today - timedelta(days=30),
            )
            .order_by(PaperCopy.id.desc())
        ).all()  # fmt: skip
        return copies[::EVERY]

    def _ask(self, name: str, thing: Item | File, purpose: str, days_ago: int) -> LoanRequest:
        return ask(
            self.session, thing, purpose, days=DAYS, actor=self.people[name].actor, at=self._at(days_ago, 9),
            on=self._day(days_ago), paper_reason=SEEN_ON_PAPER,
        )  # fmt: skip

    def _decide(
        self, request: LoanRequest, days_ago: int, *, approved: bool, reason: str, granted_days: int | None = None
    ) -> None:
        decide(
            self.session, request, approved=approved, reason=reason, granted_days=granted_days, actor=self.leader,
            at=self._at(days_ago, 14), on=self._day(days_ago),
        )  # fmt: skip

    def _at(self, days_ago: int, hour: int) -> datetime:
        return office_hour(self._day(days_ago), self.time_zone, hour)

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)
