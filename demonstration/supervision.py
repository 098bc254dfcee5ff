"""An inspection with three findings, and two incidents of the demonstration, told as they happened (art. 7, 19)."""

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from demonstration.material import office_hour
from demonstration.tree import DISTRICT, UNITS, keeper_name
from records.files.models import File, Item
from records.holdings.models import PaperCopy
from records.supervision.incidents import add_step, close_incident, note_recovered, report_incident
from records.supervision.inspections import add_finding, conclude, decide, enter_inspection, reply
from records.supervision.models import Decision, Incident, IncidentKind, InspectingBody, Outcome, StepKind
from records.supervision.sheet import file_record
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

SUPERVISOR = "supervisor"
INSPECTED_DAYS_AGO = 40
EARLIER_DAYS_AGO = 200
DEADLINE_DAYS = 15
LOST_DAYS_AGO = 60


def add_supervision(
    session: Session, store: ObjectStore, workshop: Workshop, today: date, time_zone: ZoneInfo
) -> None:  # fmt: skip
    """An inspection concluded and filed, one under way with findings closed, late and answered; three incidents."""
    people = {user.name: user for user in session.scalars(select(User))}
    unit_name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
    unit = session.scalars(select(Unit).where(Unit.name == unit_name)).one()
    Told(session, unit, people, today, time_zone).tell(store, workshop)


class Told:
    """What the supervisor and the keeper of the district did, by days before today."""

    def __init__(self, session: Session, unit: Unit, people: dict[str, User], today: date, time_zone: ZoneInfo) -> None:
        self.session, self.unit, self.people, self.today, self.time_zone = session, unit, people, today, time_zone
        self.supervisor = people[SUPERVISOR].actor

    def tell(self, store: ObjectStore, workshop: Workshop) -> None:
        """Let everything happen, the oldest first."""
        self._concluded_inspection(store, workshop)
        self._found_again()
        self._inspection_under_way()
        self._wet()
        self._missing()

    def _concluded_inspection(self, store: ObjectStore, workshop: Workshop) -> None:
        on = self._day(EARLIER_DAYS_AGO)
        inspection = enter_inspection(
            self.session, self.unit, InspectingBody.ARCHIVES_AUTHORITY, "青屿区档案局（示例）", people="沈静、范辰",
            extent="档案库房温湿度、防火、防虫设施及保管制度。", inspected_on=on, actor=self.supervisor,
            at=office_hour(on, self.time_zone), on=on,
        )  # fmt: skip
        conclude(
            self.session, inspection, "库房设施齐全，制度健全，未发现问题。", actor=self.supervisor, on=self._day(198)
        )
        filed_on = self._day(197)
        file_record(
            self.session, inspection, actor=self._keeper(filed_on).actor, store=store, workshop=workshop,
            at=office_hour(filed_on, self.time_zone, 10), on=filed_on,
        )  # fmt: skip

    def _inspection_under_way(self) -> None:
        on = self._day(INSPECTED_DAYS_AGO)
        inspection = enter_inspection(
            self.session, self.unit, InspectingBody.SUPERIOR, "岚江市总工会", people="陈岁宁",
            extent="抽查本年度困难职工原始档案二十份，重点检查必备材料、纸电一致和借阅登记。", inspected_on=on,
            actor=self.supervisor, at=office_hour(on, self.time_zone, 15), on=on,
        )  # fmt: skip
        files = self.session.scalars(
            select(File)
            .where(File.unit_id == self.unit.id, File.household_id.is_not(None), File.withdrawn_on.is_(None))
            .order_by(File.id)
            .limit(3)
        ).all()
        due_on, at = on + timedelta(days=DEADLINE_DAYS), office_hour(on, self.time_zone, 16)
        closed = add_finding(
            self.session, inspection, "一份档案的收入证明未加盖单位公章。", 6, due_on=due_on, codes=[files[0].code],
            actor=self.supervisor, at=at, on=on,
        )  # fmt: skip
        add_finding(
            self.session,
            inspection,
            "借出的纸质件逾期未还，催还没有记录。",
            17,
            due_on=due_on,
            actor=self.supervisor,
            at=at,
            on=on,
        )
        answered = add_finding(
            self.session, inspection, "两份档案家庭成员变动后，电子信息未同步更新。", 13,
            due_on=self.today + timedelta(days=5), codes=[file.code for file in files[1:]], actor=self.supervisor,
            at=at, on=on,
        )  # fmt: skip
        for finding, measures, days_ago in (
            (closed, "已补盖公章。", 35),
            (answered, "已逐项核对。", 30),
            (answered, "已更新两户成员信息，并附核对记录。", 6),
        ):
            replied_on = self._day(days_ago)
            answered_at = office_hour(replied_on, self.time_zone, 11)
            reply(self.session, finding, measures, actor=self._keeper(replied_on).actor, at=answered_at, on=replied_on)
            self.session.flush()
            if days_ago == 6:  # waits for the supervisor
                continue
            decided_on = self._day(days_ago - 2)
            accepted = finding is closed
            decide(
                self.session, finding, Decision.ACCEPTED if accepted else Decision.RETURNED,
                None if accepted else "请附核对记录。", actor=self.supervisor,
                at=office_hour(decided_on, self.time_zone, 16), on=decided_on,
            )  # fmt: skip

    def _found_again(self) -> None:
        """A copy that had slipped into another box is found again, which closes the case."""
        copy, lost_on, found_on = self._resting(0), self._day(LOST_DAYS_AGO), self._day(LOST_DAYS_AGO - 9)
        keeper = self._keeper(lost_on).actor
        incident = self._report(IncidentKind.LOSS, "盘点时该件不在登记的盒内。", copy, on=lost_on, hour=17)
        add_step(
            self.session, incident, StepKind.MEASURE, "逐盒查找相邻各盒，在隔壁盒内找到，系归还时放错。",
            actor=keeper, on=found_on,
        )  # fmt: skip
        note_recovered(self.session, incident, copy, actor=keeper, on=found_on)

    def _wet(self) -> None:
        """A copy that got wet is repaired, and the approver closes the case."""
        copy, on = self._resting(1), self._day(25)
        keeper = self._keeper(on).actor
        incident = self._report(IncidentKind.DAMAGE, "空调滴水，首页边缘受潮起皱。", copy, on=on, hour=9)
        add_step(self.session, incident, StepKind.MEASURE, "压平晾干，字迹完整；空调已检修。", actor=keeper, on=on)
        close_incident(
            self.session, incident, Outcome.REPAIRED, "已修复，字迹无损；责成管理员每周检查库房。",
            actor=self.people["approver"].actor, at=office_hour(self._day(18), self.time_zone, 10), on=self._day(18),
        )  # fmt: skip

    def _missing(self) -> None:
        """A copy is missing now, the authority has been told."""
        copy, on = self._resting(2), self._day(4)
        keeper = self._keeper(on).actor
        incident = self._report(IncidentKind.LOSS, "复核时发现盒内缺该件，正在查找。", copy, on=on, hour=14)
        add_step(
            self.session,
            incident,
            StepKind.MEASURE,
            "该件未借出，正在清查同排各盒。",
            actor=keeper,
            on=on,
        )
        add_step(
            self.session, incident, StepKind.REPORT, "已书面报告丢失情况。", addressee="青屿区档案局（示例）",
            actor=keeper, on=self._day(3),
        )  # fmt: skip

    def _report(self, kind: IncidentKind, happened: str, copy: PaperCopy, *, on: date, hour: int) -> Incident:
        """The keeper of the day reports what happened to a copy; the chain says by then all that was done before."""
        audit.seal(self.session)
        keeper = self._keeper(on).actor
        return report_incident(
            self.session, self.unit, kind, happened, found_on=on, found_by=keeper.display_name, codes=[copy.barcode],
            actor=keeper, at=office_hour(on, self.time_zone, hour), on=on,
        )  # fmt: skip

    def _resting(self, place: int) -> PaperCopy:
        """A paper copy of the district that lies in its box; one of the last, for the first ones are lent."""
        return self.session.scalars(
            select(PaperCopy)
            .join(PaperCopy.item)
            .join(Item.file)
            .where(File.unit_id == self.unit.id, File.household_id.is_not(None), PaperCopy.box_id.is_not(None))
            .where(Item.filed_on < self._day(EARLIER_DAYS_AGO), PaperCopy.missing_since.is_(None))
            .order_by(PaperCopy.id.desc())
            .offset(7 * place)
            .limit(1)
        ).one()

    def _keeper(self, on: date) -> User:
        return self.people[keeper_name(DISTRICT, on, self.today)]

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)
