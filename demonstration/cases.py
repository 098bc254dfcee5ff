"""Loans and handovers of the demonstration, told in the order in which they happened."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import close_account, grant_role
from accounts.views import DEMONSTRATION_PASSWORD
from demonstration.material import office_hour
from demonstration.shelves import CABINET
from demonstration.tree import (
    DISTRICT,
    FORMER_KEEPER,
    HANDED_OVER_DAYS_AGO,
    REPLACED_DAYS_AGO,
    REPLACED_KEEPER,
    SOUTH,
    STREET,
    UNITS,
    keeper_name,
)
from records.files.models import File, Item
from records.handover.checking import confirm, note_difference
from records.handover.models import Difference, Handover, HandoverLine, LineKind
from records.handover.services import Absence, lines_of, start
from records.handover.sheet import list_digest
from records.handover.signing import deed_of, sign
from records.holdings.models import Condition, PaperCopy, Place, PlaceKind
from records.lending.approving import decide
from records.lending.models import Loan
from records.lending.renewing import renew
from records.lending.requests import ask, hand_out, prospect
from records.lending.services import lend, take_back
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

LOAN_DAYS = 7
SETTLED = timedelta(days=130)  # paper is lent that lay in its box before the first loan
EVERY = 3  # every so many copies one is lent
SEEN_ON_PAPER = "需核对原件签字和印章"
OPINION = "同意借阅，注意保护原件。"
LEADER = "approver"  # who borrows below is somebody else: nobody approves their own request
STARTED_DAYS_AGO = 1
CONFIRMED_LINES = 9
GRANTED_DAYS_AGO = 150
READERS_OF_DISTRICT = ("centre", "reviewer")


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
    LoanEntry(DISTRICT, "keeper2", "核对助医发放明细", 6),
    LoanEntry(DISTRICT, "centre", "复核备案材料", 7),
    LoanEntry(DISTRICT, "reader", "编写年度总结", 16),
    LoanEntry(DISTRICT, "reviewer", "核实家庭收入", 10),
    LoanEntry(DISTRICT, "keeper2", "接受监督检查", 12, renewed=6),
    LoanEntry(DISTRICT, "reader", "集中清理核对", 40, returned=35),
    LoanEntry(DISTRICT, "centre", "备案复印", 90, returned=86),
    LoanEntry(
        DISTRICT, "reviewer", "入户复查", 120, returned=108, condition=Condition.WORN, remarks="首页边角磨损，已修整。"
    ),
    LoanEntry(STREET, "reviewer", "核实申请材料", 3),
    LoanEntry(STREET, "reviewer", "复核公示情况", 11),
    LoanEntry(STREET, "street.keeper", "补充签字", 30, returned=28),
)


@dataclass
class Cases:
    """What happens to paper and people after filing, as of a day."""

    session: Session
    store: ObjectStore
    workshop: Workshop
    today: date
    time_zone: ZoneInfo

    def add(self) -> None:
        """Let everything happen, the oldest first."""
        self._people = {user.name: user for user in self.session.scalars(select(User))}
        self._let_read()
        events: list[tuple[int, Callable[[], None]]] = [
            (REPLACED_DAYS_AGO, self._replace_keeper),
            (HANDED_OVER_DAYS_AGO, self._complete_handover),
            (STARTED_DAYS_AGO, self._begin_handover),
        ]
        lendable = {unit: self._lendable(unit) for unit in (DISTRICT, STREET)}
        for entry in LOANS:
            events += self._loan(entry, next(lendable[entry.unit]))
        for _days_ago, happen in sorted(events, key=lambda event: -event[0]):
            happen()

    def _let_read(self) -> None:
        """Who works with archives of the district from another unit may read them there, and so borrow them."""
        on = self._day(GRANTED_DAYS_AGO)
        for name in READERS_OF_DISTRICT:
            grant_role(
                self.session, self._people[name], Role.READER, self._unit(DISTRICT).path, actor=OPERATOR,
                at=office_hour(on, self.time_zone, 9),
            )  # fmt: skip
        self.session.flush()

    def _loan(self, entry: LoanEntry, copy: PaperCopy) -> Iterator[tuple[int, Callable[[], None]]]:
        def open_loan() -> Loan:
            return self.session.scalars(select(Loan).where(Loan.copy_id == copy.id)).one()

        def begin() -> None:
            self._lend(entry, copy, self._day(entry.days_ago))

        yield entry.days_ago, begin
        if entry.renewed is not None:
            on = self._day(entry.renewed)
            keeper = self._keeper(entry.unit, on)
            yield (
                entry.renewed,
                lambda: renew(self.session, open_loan(), days=LOAN_DAYS, actor=keeper.actor, on=on),
            )
        if entry.returned is not None:
            back_on = self._day(entry.returned)

            def end() -> None:
                take_back(
                    self.session, open_loan(), actor=self._keeper(entry.unit, back_on).actor, on=back_on,
                    at=office_hour(back_on, self.time_zone, 15), condition=entry.condition, remarks=entry.remarks,
                )  # fmt: skip

            yield entry.returned, end

    def _lend(self, entry: LoanEntry, copy: PaperCopy, on: date) -> None:
        """Lend a copy at the desk; what needs the leader's approval was asked for and approved before (art. 17)."""
        borrower, keeper = self._people[entry.borrower], self._keeper(entry.unit, on).actor
        at = office_hour(on, self.time_zone)
        if not prospect(self.session, copy.item, borrower, on=on).needs:
            lend(
                self.session, copy, borrower, purpose=entry.purpose, days=LOAN_DAYS, actor=keeper, at=at, on=on
            )  # fmt: skip
            return
        request = ask(
            self.session, copy.item, entry.purpose, days=LOAN_DAYS, actor=borrower.actor,
            at=office_hour(on, self.time_zone, 8), on=on, paper_reason=SEEN_ON_PAPER,
        )  # fmt: skip
        decide(
            self.session, request, approved=True, reason=OPINION, actor=self._people[LEADER].actor,
            at=office_hour(on, self.time_zone, 9), on=on,
        )  # fmt: skip
        hand_out(self.session, request, actor=keeper, at=at, on=on)

    def _complete_handover(self) -> None:
        """The district's former keeper hands over to the present one, and the account is closed."""
        leaver, receiver, witness = (
            self._people[name] for name in (FORMER_KEEPER, keeper_name(DISTRICT, self.today, self.today), "approver")
        )
        on = self._day(HANDED_OVER_DAYS_AGO)
        at = office_hour(on, self.time_zone, 16)
        handover = start(
            self.session, self._unit(DISTRICT), leaver, receiver, witness, reason="工作调动", actor=leaver.actor,
            at=office_hour(on, self.time_zone, 9), on=on,
        )  # fmt: skip
        copy = next(line for line in lines_of(self.session, handover) if line.kind is LineKind.COPY)
        note_difference(
            self.session,
            handover,
            copy,
            Difference.DAMAGED,
            "首页左下角破损，已登记待修复。",
            actor=receiver.actor,
            at=at,
        )
        for lost in lines_of(self.session, handover):
            if lost.missing_case is not None:
                note_difference(
                    self.session, handover, lost, Difference.MISSING, "移交前已报失。", actor=receiver.actor, at=at
                )
        confirm(self.session, handover, actor=receiver.actor, at=at)
        cabinet = self.session.scalars(select(Place).where(Place.name == CABINET)).one()
        self._sign(handover, cabinet, at=at, on=on)
        close_account(self.session, leaver, actor=OPERATOR, at=at)

    def _replace_keeper(self) -> None:
        """The other district's keeper cannot be reached: its leader hands over before two witnesses; one copy lacks."""
        leaver, receiver, leader, witness, second = (
            self._people[name]
            for name in (REPLACED_KEEPER, "south.keeper", "south.approver", "supervisor", "south.reader")
        )
        on = self._day(REPLACED_DAYS_AGO)
        at = office_hour(on, self.time_zone, 16)
        unit = self._unit(SOUTH)
        handover = start(
            self.session, unit, leaver, receiver, witness, reason="原保管人离岗失联", actor=leader.actor,
            at=office_hour(on, self.time_zone, 9), on=on,
            absence=Absence("汀南区总工会办公室三次联系未果的记录", second),
        )  # fmt: skip
        copies = [line for line in lines_of(self.session, handover) if line.kind is LineKind.COPY]
        note_difference(
            self.session, handover, copies[-1], Difference.MISSING, "盒内未见，待查。", actor=receiver.actor, at=at
        )
        confirm(self.session, handover, actor=receiver.actor, at=at)
        shelf = self.session.scalars(
            select(Place).where(Place.unit_id == unit.id, Place.kind == PlaceKind.LEVEL).order_by(Place.id).limit(1)
        ).one()
        self._sign(handover, shelf, at=at, on=on)
        close_account(self.session, leaver, actor=OPERATOR, at=at)

    def _sign(self, handover: Handover, spot: Place, *, at: datetime, on: date) -> None:
        """All three sign, one after the other; the printed list goes to a place."""
        for user in handover.parties.values():
            seen = list_digest(handover, lines_of(self.session, handover))
            deed = deed_of(
                self.session, handover, user, seen_sha256=seen, store=self.store, workshop=self.workshop, at=at
            )
            sign(
                self.session, handover, user, DEMONSTRATION_PASSWORD, seen_sha256=seen, spot=spot.barcode, deed=deed,
                store=self.store, workshop=self.workshop, at=at, on=on,
            )  # fmt: skip

    def _begin_handover(self) -> None:
        """The street's keeper has begun to hand over; the receiver has checked the first lines."""
        on = self._day(STARTED_DAYS_AGO)
        at = office_hour(on, self.time_zone, 14)
        leaver, receiver, witness = (self._people[name] for name in ("street.keeper", "street.keeper2", "reviewer"))
        handover = start(
            self.session, self._unit(STREET), leaver, receiver, witness, reason="岗位轮换", actor=leaver.actor, at=at,
            on=on,
        )  # fmt: skip
        confirm(self.session, handover, HandoverLine.position <= CONFIRMED_LINES, actor=receiver.actor, at=at)
        shelved = (line for line in lines_of(self.session, handover) if line.kind is LineKind.COPY and not line.holder)
        line = next(shelved)
        note_difference(
            self.session, handover, line, Difference.MISSING, "不在盒内，正在查找。", actor=receiver.actor, at=at
        )

    def _lendable(self, unit: str) -> Iterator[PaperCopy]:
        copies = self.session.scalars(
            select(PaperCopy)
            .join(PaperCopy.item)
            .join(Item.file)
            .where(
                File.unit_id == self._unit(unit).id,
                File.withdrawn_on.is_(None),
                Item.filed_on < self.today - SETTLED,
            )
            .order_by(PaperCopy.id)
        ).all()
        return iter(copies[::EVERY])

    def _unit(self, key: str) -> Unit:
        name = next(entry.name for entry in UNITS if entry.key == key)
        return self.session.scalars(select(Unit).where(Unit.name == name)).one()

    def _keeper(self, unit: str, on: date) -> User:
        return self._people[keeper_name(unit, on, self.today)]

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)
