"""A factory union that is being closed, files on their way, a household that parted and two that joined."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.eligibility import Exclusion
from demonstration.material import office_hour
from demonstration.tree import BEARINGS, CENTRE, DISTRICT, FACTORY, INDUSTRY, SOUTH, SOUTH_STREET, STREET, UNITS
from records.closing.behalf import custody_on_behalf
from records.closing.closings import begin_closing, give_destination
from records.closing.determined import Reemployment
from records.closing.families import NewHousehold, merge, split
from records.closing.filing import file_custody_deed, file_transfer_list
from records.closing.models import FamilyChange, FileTransfer, TransferReason
from records.closing.transfers import accept, propose, refuse
from records.files.models import File
from records.holdings.models import Place
from records.holdings.printed import Filing
from records.households.models import Cause, Employment, Household, Relation
from records.upkeep.clean_up import check_line, note_result
from records.upkeep.models import CleanUpLine, CleanUpPart, CleanUpResult
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

WITNESS = "supervisor"
BEGUN_DAYS_AGO, OFFERED_DAYS_AGO, ANSWERED_DAYS_AGO = 20, 15, 9
WAITING_DAYS = 2


class Passages:
    """What happens to files between units, as of a day; the last files of a unit are taken, the first ones stay."""

    def __init__(
        self, session: Session, store: ObjectStore, workshop: Workshop, today: date, time_zone: ZoneInfo
    ) -> None:
        self.session, self.today, self.time_zone = session, today, time_zone
        self.store, self.workshop = store, workshop
        self.people = {user.name: user for user in session.scalars(select(User))}
        names = {entry.key: entry.name for entry in UNITS}
        by_name = {unit.name: unit for unit in session.scalars(select(Unit))}
        self.units = {key: by_name[name] for key, name in names.items()}

    def close_factory(self) -> None:
        """The bearing works are wound up: one file accepted, one kept on behalf, one refused, one waiting.

        The leader of the industry's union gives the files away. Its first keeper has those of the works too, so the
        second one receives what is kept on behalf.
        """
        leader, unit = self.people["industry.approver"], self.units[BEARINGS]
        case = begin_closing(
            self.session, unit, f"机械工发〔{self.today.year}〕12 号《关于撤销岚江轴承三厂工会的批复》",
            actor=leader.actor, at=office_hour(self._day(BEGUN_DAYS_AGO), self.time_zone),
        )  # fmt: skip
        files = self.session.scalars(select(File).where(File.unit_id == unit.id).order_by(File.id)).all()
        taken, refused, kept, _waiting = (
            give_destination(
                self.session, case, [file], self.units[to], reason, grounds=grounds, witness=self.people[WITNESS],
                actor=leader.actor, giver=leader, at=office_hour(self._day(days_ago), self.time_zone, 10),
            )[0]
            for file, to, reason, grounds, days_ago in (
                (files[0], SOUTH_STREET, TransferReason.ABOLISHED, "职工户籍在望汀街道。", OFFERED_DAYS_AGO),
                (files[1], STREET, TransferReason.ABOLISHED, "职工现居榕溪街道。", OFFERED_DAYS_AGO),
                (files[2], INDUSTRY, TransferReason.ON_BEHALF, "工厂撤销后暂无接收单位。", OFFERED_DAYS_AGO),
                (files[3], SOUTH, TransferReason.ABOLISHED, "职工已迁往汀南区。", WAITING_DAYS),
            )
        )  # fmt: skip
        self._accept(taken, "south.keeper")
        self._accept(kept, "industry.keeper2")
        self._file_deed(kept, "industry.keeper2")
        refuse(
            self.session, refused, "经核查，该户已不在本街道居住。", actor=self.people["street.keeper2"].actor,
            at=office_hour(self._day(ANSWERED_DAYS_AGO), self.time_zone, 11),
        )  # fmt: skip

    def re_employ(self) -> None:
        """One re-employed worker's file has passed to the union of the new employer, another waits for it."""
        done = self._offer(
            CENTRE,
            FACTORY,
            "centre.keeper",
            TransferReason.REEMPLOYED,
            "职工已被岚江第九齿轮厂录用。",
            OFFERED_DAYS_AGO,
        )
        on = self._day(ANSWERED_DAYS_AGO)
        found = Reemployment(
            "岚江第九齿轮厂", self._day(BEGUN_DAYS_AGO),
            "本人月工资计入后家庭人均收入仍低于当地标准，经重新认定继续符合建档条件。", on,
        )  # fmt: skip
        self._accept(done, "street.keeper", reemployment=found)
        self._offer(SOUTH, DISTRICT, "south.keeper", TransferReason.MOVED, "该户已迁入青屿区，申请转入。", WAITING_DAYS)

    def part_and_join(self) -> None:
        """A couple of the district has parted; a worker of the district has married another."""
        keeper, leader, on = self.people["keeper"], self.people["approver"], self._day(WAITING_DAYS)
        files = self._active(DISTRICT)
        parting = next(file for file in files if Relation.SPOUSE in _relations(file))
        household = _household(parting)
        spouse = next(member for member in household.present_members if member.relation is Relation.SPOUSE)
        new = NewHousehold(
            address=f"{household.address}（东侧）",
            employment=Employment.FLEXIBLE,
            main_cause=Cause.SINGLE_PARENT,
            monthly_income_per_head=Decimal("560.00"),
            months_below=8,
            relieved=False,
            still_hard=True,
            exclusions=dict.fromkeys(Exclusion, False),
        )
        split(
            self.session, parting, {spouse.id: Relation.WORKER}, new, FamilyChange.DIVORCE,
            grounds="查验离婚证、收入证明，离婚后单独生活，生活困难。", actor=leader.actor, on=on,
        )  # fmt: skip
        single = [file for file in files if file is not parting and Relation.SPOUSE not in _relations(file)]
        lasting, joined = single[:2]
        relations = {
            member.id: Relation.SPOUSE if member.relation is Relation.WORKER else Relation.OTHER
            for member in _household(joined).present_members
        }
        merge(
            self.session, joined, lasting, relations, FamilyChange.MARRIAGE,
            monthly_income_per_head=Decimal("610.00"), remarks="登记结婚，并为一户。", actor=keeper.actor, on=on,
        )  # fmt: skip

    def _offer(
        self, key: str, to: str, giver: str, reason: TransferReason, grounds: str, days_ago: int
    ) -> FileTransfer:  # fmt: skip
        file = self._active(key)[0]
        self._look_at(file, self.people[giver])
        return propose(
            self.session, file, self.units[to], reason, grounds=grounds, giver=self.people[giver],
            witness=self.people[WITNESS], at=office_hour(self._day(days_ago), self.time_zone, 10),
        )  # fmt: skip

    def _look_at(self, file: File, keeper: User) -> None:
        """Note what came of a file in the clean-up of its unit, and have that checked, before it passes (art. 13)."""
        lines = select(CleanUpLine).join(CleanUpLine.part).where(
            CleanUpLine.file_id == file.id, CleanUpPart.closed_on.is_(None)
        )  # fmt: skip
        for line in self.session.scalars(lines).all():
            note_result(self.session, line, CleanUpResult.KEEP, None, actor=keeper.actor, today=self.today)
            if line.sampled:
                check_line(self.session, line, True, None, actor=self.people["supervisor"].actor, on=self.today)

    def _accept(self, transfer: FileTransfer, name: str, *, reemployment: Reemployment | None = None) -> None:
        keeper, on = self.people[name], self._day(ANSWERED_DAYS_AGO)
        accept(
            self.session, transfer, keeper=keeper, spot=None, actor=keeper.actor, on=on,
            at=office_hour(on, self.time_zone, 14), reemployment=reemployment,
        )  # fmt: skip

    def _file_deed(self, transfer: FileTransfer, name: str) -> None:
        """List and deed of a file kept on behalf are signed and filed on the day on which it was taken over."""
        on = self._day(ANSWERED_DAYS_AGO)
        place = self.session.scalars(
            select(Place).where(Place.unit_id == transfer.to_unit_id).order_by(Place.id.desc()).limit(1)
        ).one()
        at = office_hour(on, self.time_zone, 16)
        filing = Filing(self.people[name], self.store, self.workshop, at, on, place)
        file_transfer_list(self.session, transfer, filing)
        kept = custody_on_behalf(self.session, transfer.file)
        assert kept is not None  # noqa: S101 - it began with the acceptance
        file_custody_deed(self.session, kept, filing)

    def _active(self, key: str) -> Sequence[File]:
        """The household files in force of a unit that were open long enough, the last one first."""
        return self.session.scalars(
            select(File)
            .where(
                File.unit_id == self.units[key].id,
                File.household_id.is_not(None),
                File.withdrawn_on.is_(None),
                File.opened_on < self._day(BEGUN_DAYS_AGO),
            )
            .order_by(File.id.desc())
        ).all()

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)


def add_passages(session: Session, store: ObjectStore, workshop: Workshop, today: date, time_zone: ZoneInfo) -> None:
    """Add the states of transfers, of a unit that ends, and of households that part and join."""
    passages = Passages(session, store, workshop, today, time_zone)
    passages.close_factory()
    passages.re_employ()
    passages.part_and_join()
    session.flush()


def _household(file: File) -> Household:
    assert file.household is not None  # noqa: S101 - only files of households are asked for
    return file.household


def _relations(file: File) -> set[Relation]:
    return {member.relation for member in _household(file).present_members}
