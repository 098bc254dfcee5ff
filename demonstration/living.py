"""Living files of the demonstration: duties in every state, a household that returned, and two yearly clean-ups."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor
from classification.categories import Carrier, Category, RecordForm
from classification.eligibility import Exclusion
from demonstration.chance import chance
from demonstration.material import office_hour
from demonstration.tree import CENTRE, CITY, DISTRICT, LEADERS, SOUTH, SOUTH_STREET, STREET, UNITS, keeper_name
from records.files.descriptions import Description
from records.files.duties import close_duty, note_by_hand
from records.files.living import ReviewGround, TwinDuty, TwinSide
from records.files.membership import adjust_household
from records.files.models import File, WithdrawalReason
from records.files.services import collect, withdraw
from records.files.withdrawals import correct_withdrawal, keep_after_review, return_to_help, suggest_withdrawal
from records.holdings.copies import register_copy
from records.holdings.errors import ElectronicMissing
from records.holdings.models import Place, PlaceKind
from records.households.models import Anew, Employment
from records.upkeep.clean_up import (
    Withdrawing,
    check_line,
    keep_all,
    note_result,
    renew_list,
    start_clean_up,
)
from records.upkeep.determining import Found, confirm, propose
from records.upkeep.models import CleanUp, CleanUpLine, CleanUpPart, CleanUpResult, Determination
from records.upkeep.reporting import close_part
from rules.calendar import working_calendar
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

FOLLOWED_AFTER, CLOSED_AFTER = timedelta(days=12), timedelta(days=75)
LEFT_DAYS_AGO, RETURNED_DAYS_AGO, LATE_DAYS_AGO = 130, 60, 70
SOON = timedelta(days=4)
NOTICE_DAYS = timedelta(days=20)
WORKING_DAYS = 30
CORRECTED_INCOME = Decimal("590.00")
GROUNDS = "家庭情况变化后重新核对收入证明，逐项询问认定条件，与入户了解情况一致。"
RESULTS = ((CleanUpResult.CHANGE, "家庭月收入已更正"), (CleanUpResult.ASK, "补交本年度收入证明"))
FOLLOWED = {
    TwinSide.PAPER: "纸质材料已更换，目录和备考表已补记。",
    TwinSide.ELECTRONIC: "已按纸质材料核对并更新帮扶系统电子档案。",
}


@dataclass
class LivingFiles:
    """What article 13 asks for, as of a day; told in two parts, before and after the handovers."""

    session: Session
    store: ObjectStore
    workshop: Workshop
    today: date
    time_zone: ZoneInfo

    def __post_init__(self) -> None:
        self._people = {user.name: user for user in self.session.scalars(select(User))}
        self._units = {
            entry.key: self.session.scalars(select(Unit).where(Unit.name == entry.name)).one() for entry in UNITS
        }
        self._keys = {unit.id: key for key, unit in self._units.items()}

    def add_past(self) -> None:
        """The clean-up of last year, a household that left and returned, and what has to be followed since long."""
        self._last_year()
        self._leave_and_return(self._households(DISTRICT)[0])
        self._correct()
        self._follow()
        self._change(self._households(DISTRICT)[1], self._day(LATE_DAYS_AGO), address="永安路88号")
        self._change(self._households(CENTRE)[0], self._day_due(self.today + SOON), address="滨河新村6幢302")

    def add_present(self) -> None:
        """Changes of the last days, reviews, and the clean-up of this year, half done."""
        by_hand, kept = self._households(CENTRE)[1], self._households(DISTRICT)[-1]
        on = self._day(5)
        centre, district = self._actor(CENTRE, on), self._actor(DISTRICT, on)
        note_by_hand(self.session, by_hand, "户口簿换发，复印件已更换。", actor=centre, on=on, today=self.today)
        self._change(self._households(SOUTH)[0], self._day(3), employment=Employment.RETIRED)
        found = "不动产登记查询显示名下两处房产，其一为危房。"
        review = suggest_withdrawal(self.session, kept, ReviewGround.HOMES, found, actor=district, on=on)
        keep_after_review(
            self.session, review, "其中一处已鉴定为D级危房且无人居住，报区总工会同意继续帮扶。",
            actor=self._actor(DISTRICT, self._day(1)), on=self._day(1),
        )  # fmt: skip
        self._this_year()
        self._determine()

    def _last_year(self) -> None:
        year = self.today.year - 1
        on = date(year, 3, 9)
        for part in self._start(year, on):
            if part.unit_id == self._units[SOUTH_STREET].id:
                continue  # the unit in breach
            keeper = self._actor(self._keys[part.unit_id], on)
            closed_on = on + CLOSED_AFTER
            self._keep_every(part, keeper, closed_on)
            summary = f"在档{len(self._lines(part))}户，逐户核对，全部保留。"
            self._close(part, summary, keeper, closed_on)

    def _this_year(self) -> None:
        on = max(date(self.today.year, 1, 1), self.today - NOTICE_DAYS)
        parts = {self._keys[part.unit_id]: part for part in self._start(self.today.year, on)}
        for key, part in parts.items():
            lines, keeper = self._lines(part), self._actor(key, self.today)
            if key == DISTRICT:
                self._half(lines, keeper)
            elif key not in (STREET, SOUTH, SOUTH_STREET):
                if key == CENTRE:
                    self._lift(next(line for line in lines if not line.sampled), keeper)
                self._keep_every(part, keeper, self.today)

    def close_clean_ups(self) -> None:
        """Close the clean-ups that are done, once every file has come into its unit that is to come."""
        done = (
            select(CleanUpPart)
            .where(CleanUpPart.year == self.today.year, CleanUpPart.closed_on.is_(None))
            .order_by(CleanUpPart.id)
        )
        for part in self.session.scalars(done).all():
            key = self._keys[part.unit_id]
            if key not in (DISTRICT, STREET, SOUTH, SOUTH_STREET):
                keeper = self._actor(key, self.today)
                self._keep_every(part, keeper, self.today)
                self._close(part, f"列入清单{len(self._lines(part))}户，已逐户核对。", keeper, self.today)

    def _keep_every(self, part: CleanUpPart, keeper: Actor, on: date) -> None:
        """Keep what the unit has in help on a day, and what came since its list was drawn up, and look at it again."""
        renew_list(self.session, part, actor=keeper, on=on, zone=self.time_zone)
        keep_all(self.session, part, true(), actor=keeper, today=on)
        for line in self._lines(part):
            if line.sampled and line.checked_on is None:
                check_line(self.session, line, True, None, actor=self._people["supervisor"].actor, on=on)

    def _close(self, part: CleanUpPart, summary: str, keeper: Actor, on: date) -> None:
        close_part(
            self.session, part, summary, actor=keeper, store=self.store, workshop=self.workshop,
            at=office_hour(on, self.time_zone, 16), on=on,
        )  # fmt: skip

    def _determine(self) -> None:
        """The class of two households after their change: one is confirmed, one waits for the approver."""
        at = self._day(2)
        confirmed = self._propose(self._households(SOUTH)[0], at)
        confirm(self.session, confirmed, actor=self._people[LEADERS[SOUTH]].actor, on=self._day(1))
        changed = (
            file for file in self._households(DISTRICT) if file.household and file.household.anew_because is Anew.FACTS
        )
        self._propose(next(changed), self.today)

    def _propose(self, file: File, on: date) -> Determination:
        keeper = self._actor(self._keys[file.unit_id], on)
        described = Description(
            document_type="income_proof", retention_class="original.file", form=RecordForm.TEXT, carrier=Carrier.PAPER,
            title=f"收入证明材料（{on.year}年{on.month}月）", dated=on.isoformat(), responsible_body=file.unit.name,
        )  # fmt: skip
        at = office_hour(on, self.time_zone)
        proof = collect(self.session, file, described, actor=keeper, at=at, on=on)
        self.session.flush()
        shelves = select(Place).where(Place.unit_id == file.unit_id, Place.kind == PlaceKind.LEVEL)
        shelf = self.session.scalars(shelves.order_by(Place.id.desc()).limit(1)).one()
        register_copy(self.session, proof, shelf, pages_count=1, actor=keeper, at=at, on=on)
        nothing = dict.fromkeys(Exclusion, False)
        found = Found(months_below=12, relieved=False, still_hard=True, exclusions=nothing)
        return propose(self.session, file, found, proof.id, GROUNDS, actor=keeper, on=on)

    def _lift(self, line: CleanUpLine, keeper: Actor) -> None:
        note_result(
            self.session, line, CleanUpResult.WITHDRAW, "子女就业，人均收入已超过标准", actor=keeper, today=self.today,
            withdrawing=Withdrawing(WithdrawalReason.LIFTED, self.today),
        )  # fmt: skip

    def _half(self, lines: Sequence[CleanUpLine], keeper: Actor) -> None:
        """Every result once, one of the sample checked, one sent back; the last file is still to be looked at."""
        sampled = [line for line in lines if line.sampled]
        others = [line for line in lines if not line.sampled]
        supervisor = self._people["supervisor"].actor
        for line in sampled:
            note_result(self.session, line, CleanUpResult.KEEP, None, actor=keeper, today=self.today)
        for line, (result, note) in zip(others[:-1], RESULTS, strict=False):
            if result is CleanUpResult.CHANGE:
                self._change(line.file, self.today, monthly_income_per_head=CORRECTED_INCOME)
            note_result(self.session, line, result, note, actor=keeper, today=self.today)
        check_line(self.session, sampled[0], True, "入户核对一致", actor=supervisor, on=self.today)
        check_line(self.session, sampled[-1], False, "公示照片看不清，请重拍", actor=supervisor, on=self.today)

    def _start(self, year: int, on: date) -> Sequence[CleanUpPart]:
        seed = f"{chance('clean-up', year).getrandbits(64):016x}"  # as the system draws it
        clean_up: CleanUp = start_clean_up(
            self.session, self._units[CITY], year, due_on=date(year, 12, 31),
            actor=self._people["supervisor"].actor, on=on, zone=self.time_zone, seed=seed,
        )  # fmt: skip
        self.session.flush()
        return self.session.scalars(
            select(CleanUpPart).where(CleanUpPart.clean_up_id == clean_up.id).order_by(CleanUpPart.id)
        ).all()

    def _leave_and_return(self, file: File) -> None:
        left, back = self._day(LEFT_DAYS_AGO), self._day(RETURNED_DAYS_AGO)
        withdraw(
            self.session, file, WithdrawalReason.LIFTED, actor=self._actor(DISTRICT, left), on=left, today=left,
            remarks="子女大学毕业就业，家庭人均收入超过标准。",
        )  # fmt: skip
        self._follow()
        return_to_help(
            self.session, file, "主要劳动力确诊重大疾病，医疗支出过大。", actor=self._people[LEADERS[DISTRICT]].actor,
            on=back, today=back,
        )  # fmt: skip

    def _correct(self) -> None:
        """One withdrawal was noted with a wrong day."""
        file = self.session.scalars(
            select(File)
            .where(File.unit_id == self._units[DISTRICT].id, File.withdrawn_on.is_not(None))
            .order_by(File.id.desc())
            .limit(1)
        ).one()
        assert file.withdrawn_on is not None  # noqa: S101 - chosen so
        assert file.withdrawal_reason is not None  # noqa: S101 - withdrawn with reason
        on = max(file.withdrawn_on + timedelta(days=10), self._day(80))
        correct_withdrawal(
            self.session, file, file.withdrawn_on - timedelta(days=3), file.withdrawal_reason,
            "审批表落款日期早于登记日期，按审批表更正。", actor=self._actor(DISTRICT, on), today=min(on, self.today),
        )  # fmt: skip

    def _follow(self) -> None:
        """Close every duty that is open, in time; where scans are still owed it stays open."""
        for duty in self.session.scalars(select(TwinDuty).where(TwinDuty.closed_on.is_(None)).order_by(TwinDuty.id)):
            last = max(change.changed_on for change in duty.changes)
            on = min(max(duty.opened_on + FOLLOWED_AFTER, last), self.today)
            actor = self._actor(self._keys[duty.file.unit_id], on)
            with suppress(ElectronicMissing):
                close_duty(self.session, duty, FOLLOWED[duty.side], done_on=on, actor=actor, on=on)
        self.session.flush()

    def _change(self, file: File, on: date, **changes: Any) -> None:
        household = file.household
        assert household is not None  # noqa: S101 - chosen so
        names = ("address", "employment", "employer", "main_cause", "monthly_income_per_head")
        said = {name: getattr(household, name) for name in names}
        actor = self._actor(self._keys[file.unit_id], on)
        adjust_household(self.session, file, **{**said, **changes}, phone=None, actor=actor, on=on)

    def _households(self, unit: str) -> Sequence[File]:
        """Active households of a unit that have been in help for a while, the longest first."""
        settled = self._day(LEFT_DAYS_AGO + 10)
        return self.session.scalars(
            select(File)
            .where(
                File.category == Category.ORIGINAL,
                File.unit_id == self._units[unit].id,
                File.withdrawn_on.is_(None),
                File.opened_on < settled,
            )
            .order_by(File.opened_on, File.id)
        ).all()

    def _lines(self, part: CleanUpPart) -> Sequence[CleanUpLine]:
        query = select(CleanUpLine).where(CleanUpLine.part_id == part.id).order_by(CleanUpLine.id)
        return self.session.scalars(query.execution_options(populate_existing=True)).all()

    def _day_due(self, due: date) -> date:
        """The last day from which the time of the rule is over by a day."""
        calendar, day = working_calendar(self.session), due
        while calendar.after(day, WORKING_DAYS).on > due:
            day -= timedelta(days=1)
        return day

    def _actor(self, unit: str, on: date) -> Actor:
        return self._people[keeper_name(unit, on, self.today)].actor

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)
