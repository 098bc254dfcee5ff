"""Records at the end of their life: due, held, and in batches of every state, told in the order in which it happened.

They are of the years before the regulation: paper that was entered and scanned when the unit began to work with the
system (art. 21), so that both carriers have been in step since then (art. 13).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.views import DEMONSTRATION_PASSWORD
from classification.articles import PUBLISHED_ON
from classification.categories import Carrier, Category, RecordForm
from classification.periods import Period, anniversary
from demonstration.chance import chance
from demonstration.household_files import specimen
from demonstration.local_rules import SYSTEM_SINCE
from demonstration.material import FIRST_DAY, office_day, office_hour
from demonstration.people import invented_number
from demonstration.shelves import REPOSITORIES
from demonstration.tree import DISTRICT, UNITS
from records.disposal.appraisal import appraise, draw, name_member, submit
from records.disposal.approval import approve, cancel, refuse, send_back
from records.disposal.batches import decided_digest, lines_of
from records.disposal.closing import sign_destroyed
from records.disposal.destruction import destroy_line, start
from records.disposal.due import DueFilter
from records.disposal.holds import lift_hold, place_hold
from records.disposal.models import DisposalBatch, DisposalPart, GroupRole, HoldKind, Verdict
from records.disposal.signing import count, name_party
from records.files.duties import close_duty, open_duty
from records.files.from_before import Before, enter_from_before
from records.files.living import TwinSide
from records.files.models import File, Item, WithdrawalReason
from records.files.services import Description, collect, open_household_file, open_yearly_file, withdraw
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import ByteRemoval, DigitalObject, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.households.models import Cause, Employment, Relation
from records.households.services import HouseholdEntry, MemberEntry
from records.lending.services import lend
from storage.media import Workshop
from storage.objects import ObjectStore
from units.models import Unit

SEED = "anjuan"
CUPBOARD = "待鉴定档案柜"
NAMES = (
    "石远山", "方秋水", "孔繁星", "严松鹤", "邓云舒", "潘晓岚", "戴长河", "易安然", "常青松", "龚雨田", "段晴川",
    "侯雁秋", "贺春生",
)  # fmt: skip
STATEMENTS_KEPT = 10
LARGEST_BYTES = 4 * 1024**2
ENTERED_ON = office_day(FIRST_DAY + timedelta(days=20))
FOLLOWED_AFTER = timedelta(days=12)
FOLLOWED = {
    TwinSide.ELECTRONIC: "既有纸质案卷已逐页扫描挂接，与原件核对无误。",
    TwinSide.PAPER: "撤档审批表已在卷内，目录已补记。",
}
GROUP = (
    (GroupRole.ARCHIVES, "靳闻笛", "青屿区总工会办公室"),
    (GroupRole.ACCOUNTING, "白晓棠", "青屿区总工会财务部"),
    (GroupRole.AUDIT, "尤明理", "青屿区总工会经审办"),
    (GroupRole.DISCIPLINE, "庄守正", "驻区总工会纪检监察组"),
)
EXPIRED = "保管期满，无继续保存价值。"


@dataclass
class Disposals:
    """What became due, and what was done with it, as of a day."""

    session: Session
    store: ObjectStore
    workshop: Workshop
    today: date
    time_zone: ZoneInfo

    def add(self) -> None:
        """Let everything happen."""
        people = {user.name: user for user in self.session.scalars(select(User))}
        self._keeper, self._approver = people["keeper"], people["approver"]
        self._other_approver = people["approver2"]
        self._witnesses = (people["reader"], people["reviewer"])
        self._borrower = people["keeper2"]
        name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
        self._unit = self.session.scalars(select(Unit).where(Unit.name == name)).one()
        self._place = self._cupboard()
        self._files = [self._household(number, each) for number, each in enumerate(NAMES)]
        years = (self.today.year - STATEMENTS_KEPT - 2, self.today.year - STATEMENTS_KEPT - 3)
        self._statements = [self._yearly(year) for year in years]
        files = iter(self._files)
        self._completed(self._some(files, 2))
        self._destroying(self._some(files, 3))
        self._ended(next(files), next(files))
        self._approved(self._some(files, 2))
        self._in_appraisal(self._some(files, 2))
        self._submitted()
        self._held(next(files))

    def _completed(self, files: Sequence[File]) -> None:
        """Destroyed before two witnesses, with its list and what is left of the files."""
        batch = self._to_approval(files, 75)
        self._approve(batch, 70)
        self._destroy(batch, 20)
        at = self._at(20)
        for user in self._witnesses:
            sign_destroyed(
                self.session, batch, user, DEMONSTRATION_PASSWORD, seen_sha256=batch.list_sha256 or "",
                spot=self._place.barcode, store=self.store, workshop=self.workshop, at=at, on=self._day(20),
            )  # fmt: skip

    def _destroying(self, files: Sequence[File]) -> None:
        """Begun: one is destroyed, one was pulled out by a hold, one could not be destroyed as it is on loan."""
        batch = self._to_approval(files, 48)
        self._approve(batch, 45)
        _, held, lent = files
        copy = self.session.scalars(select(PaperCopy).join(PaperCopy.item).where(Item.file_id == lent.id)).first()
        assert copy is not None  # noqa: S101 - every file of the demonstration has paper
        lend(
            self.session, copy, self._borrower, purpose="信访答复核对", days=7, actor=self._keeper.actor,
            at=self._at(3), on=self._day(3),
        )  # fmt: skip
        place_hold(
            self.session, held, HoldKind.LITIGATION, "劳动争议二审，法院来函要求保留", actor=self._approver.actor,
            at=self._at(5),
        )  # fmt: skip
        self._destroy(batch, 2)

    def _ended(self, refused: File, cancelled: File) -> None:
        """One batch was refused, one cancelled; their files are due as before."""
        batch = self._to_approval([refused], 40)
        refuse(
            self.session, batch, "该户近期申请再次帮扶，暂不销毁。", actor=self._approver.actor, at=self._at(38),
            on=self._day(38),
        )  # fmt: skip
        batch = self._draw([cancelled], 36)
        cancel(self.session, batch, "卷内文件待补充整理。", actor=self._keeper.actor, at=self._at(35), on=self._day(35))

    def _approved(self, files: Sequence[File]) -> None:
        """Approved and waiting; one of its files is kept on for thirty years, the witnesses are named."""
        batch = self._draw(files, 14)
        first = lines_of(self.session, batch)[0]
        self._appraise(batch, [first.id], Verdict.KEEP, "历年帮扶典型案例，有查考价值。", keep=Period(30), days_ago=13)
        self._appraise(batch, None, Verdict.DESTROY, EXPIRED, days_ago=13)
        submit(self.session, batch, actor=self._keeper.actor, at=self._at(13), on=self._day(13))
        self._approve(batch, 10)
        for user in self._witnesses:
            name_party(self.session, batch, DisposalPart.WITNESS, user, actor=self._keeper.actor)

    def _in_appraisal(self, files: Sequence[File]) -> None:
        """Returned once by the approver, and in appraisal again."""
        batch = self._to_approval(files, 9)
        send_back(self.session, batch, "请逐户写明鉴定理由。", actor=self._approver.actor)

    def _submitted(self) -> None:
        """Bank statements, appraised by the four bodies of order 79 and awaiting approval."""
        batch = self._draw(self._statements, 6, Category.ACCOUNTING)
        self._appraise(batch, None, Verdict.DESTROY, EXPIRED, days_ago=5)
        submit(self.session, batch, actor=self._keeper.actor, at=self._at(5), on=self._day(5))

    def _held(self, file: File) -> None:
        """Two holds on one file at once, and one that was lifted."""
        for kind, reason, days_ago in (
            (HoldKind.OTHER, "信访事项未办结", 60),
            (HoldKind.AUDIT, "帮扶资金专项审计", 30),
            (HoldKind.INSPECTION, "区委巡察组调阅", 12),
        ):
            hold = place_hold(self.session, file, kind, reason, actor=self._keeper.actor, at=self._at(days_ago))
            if kind is HoldKind.OTHER:
                lift_hold(self.session, hold, "信访事项已答复办结", actor=self._approver.actor, at=self._at(33))

    def _to_approval(self, files: Sequence[File], days_ago: int) -> DisposalBatch:
        batch = self._draw(files, days_ago)
        self._appraise(batch, None, Verdict.DESTROY, EXPIRED, days_ago=days_ago - 1)
        submit(self.session, batch, actor=self._keeper.actor, at=self._at(days_ago - 1), on=self._day(days_ago - 1))
        return batch

    def _draw(
        self, records: Sequence[File | Item], days_ago: int, category: Category = Category.ORIGINAL
    ) -> DisposalBatch:
        keys = [f"{'file' if isinstance(each, File) else 'item'}-{each.id}" for each in records]
        batch = draw(
            self.session, self._unit, DueFilter(category, keys=keys), actor=self._keeper.actor, at=self._at(days_ago),
            on=self._day(days_ago),
        )  # fmt: skip
        members = GROUP if category is Category.ACCOUNTING else GROUP[:2]
        for role, name, body in members:
            name_member(self.session, batch, role, name, body, actor=self._keeper.actor)
        return batch

    def _appraise(
        self,
        batch: DisposalBatch,
        line_ids: Sequence[int] | None,
        verdict: Verdict,
        reason: str,
        *,
        days_ago: int,
        keep: Period | None = None,
    ) -> None:
        appraise(
            self.session, batch, line_ids, verdict, reason, keep=keep, actor=self._keeper.actor,
            on=self._day(days_ago),
        )  # fmt: skip

    def _approve(self, batch: DisposalBatch, days_ago: int) -> None:
        on = self._day(days_ago)
        seen = decided_digest(lines_of(self.session, batch))
        approve(self.session, batch, seen_sha256=seen, actor=self._approver.actor, at=self._at(days_ago), on=on)

    def _destroy(self, batch: DisposalBatch, days_ago: int) -> None:
        """Named, counted, begun, and every line gone through."""
        on, at = self._day(days_ago), self._at(days_ago)
        for user in self._witnesses:
            name_party(self.session, batch, DisposalPart.WITNESS, user, actor=self._keeper.actor)
            count(
                self.session, batch, user, DEMONSTRATION_PASSWORD, seen_sha256=batch.list_sha256 or "", at=at
            )  # fmt: skip
        start(self.session, batch, actor=self._keeper.actor, on=on)
        for line in lines_of(self.session, batch):
            destroy_line(self.session, line, at=at, on=on)
        self.session.flush()
        for removal in self.session.scalars(select(ByteRemoval).where(ByteRemoval.removed_at.is_(None))):
            self.store.destroy(removal.key)
            removal.removed_at = at
        gone = select(DigitalObject).where(DigitalObject.destroyed_at.is_not(None), DigitalObject.prepared_at.is_(None))
        for scan in self.session.scalars(gone):
            scan.prepared_at = scan.stored_at  # the worker looked at it long before, and at the others in a moment

    def _household(self, number: int, name: str) -> File:
        """A household that left help more than ten years and some months ago."""
        withdrawn_on = anniversary(self.today, -10) - timedelta(days=90 + 9 * number)
        opened_on = withdrawn_on - timedelta(days=700)
        born_on = date(1958 + number % 7, 1 + number % 12, 3 + number)
        member = MemberEntry(name, Relation.WORKER, invented_number(chance(SEED, "expired", number), born_on))
        entry = HouseholdEntry(
            address=f"榕溪路 {30 + number} 号",
            employment=Employment.EMPLOYED,
            employer="岚江第九齿轮厂",
            main_cause=Cause.ILLNESS,
            monthly_income_per_head=None,
            members=[member],
        )
        file = self._entered(entry, opened_on)
        for kind, label, dated in (
            ("application", "困难职工帮扶申请书", opened_on),
            ("withdrawal_form", "撤档审批表", withdrawn_on),
        ):
            item = self._file(file, kind, "original.file", f"{label}（{name}）", dated)
            self._scan(item, f"{label}（{name}）.jpg", specimen(kind))
        today = max(ENTERED_ON, withdrawn_on)
        withdraw(
            self.session,
            file,
            WithdrawalReason.LIFTED,
            actor=(self._keeper if today == withdrawn_on else self._other_approver).actor,
            on=withdrawn_on,
            today=today,
            remarks="纸质撤档审批表所载日期，随案卷补录。",
        )
        for side in TwinSide:
            self._follow(file, side)
        return file

    def _entered(self, entry: HouseholdEntry, established_on: date) -> File:
        """A file from before the system is entered as of its establishment; a younger one was opened on that day."""
        actor = self._keeper.actor
        if established_on >= SYSTEM_SINCE:
            return open_household_file(
                self.session, self._unit, entry, keeper=self._keeper, actor=actor, on=established_on
            )
        before = Before(established_on, CUPBOARD, "系统启用，补录既有案卷。")
        return enter_from_before(
            self.session, self._unit, entry, before, keeper=self._keeper, actor=actor, on=ENTERED_ON
        )

    def _scan(self, item: Item, name: str, page: bytes) -> None:
        """Take the scan of a filed paper."""
        assert item.filed_on is not None  # noqa: S101 - filed on the line before
        at = office_hour(item.filed_on + FOLLOWED_AFTER, self.time_zone)
        arrived = receive_bytes(self.store, BytesIO(page), name, limit_bytes=LARGEST_BYTES)
        attach(self.session, item, arrived, actor=self._keeper.actor, at=at)

    def _follow(self, file: File, side: TwinSide) -> None:
        """Say that a carrier has followed, in time."""
        duty = open_duty(self.session, file, side)
        assert duty is not None  # noqa: S101 - filed on paper, and withdrawn
        on = max(change.changed_on for change in duty.changes) + FOLLOWED_AFTER
        close_duty(self.session, duty, FOLLOWED[side], done_on=on, actor=self._keeper.actor, on=on)

    def _yearly(self, year: int) -> Item:
        file = open_yearly_file(
            self.session, self._unit, Category.ACCOUNTING, year, f"{year}年银行对账单", keeper=self._keeper,
            actor=self._keeper.actor, on=max(PUBLISHED_ON, date(year, 12, 31)),
            retention_key="enterprise.bank_statements", sub_code="04",
        )  # fmt: skip
        title = f"{year}年1—12月银行对账单"
        return self._file(file, "bank_statements", "enterprise.bank_statements", title, date(year, 12, 31))

    def _file(self, file: File, kind: str, retention_class: str, title: str, dated: date) -> Item:
        """An item on paper, filed when older records were entered, or later where it is younger."""
        on, actor = max(ENTERED_ON, dated), self._keeper.actor
        at = office_hour(on, self.time_zone)
        described = Description(
            document_type=kind, retention_class=retention_class, form=RecordForm.TEXT, carrier=Carrier.PAPER,
            title=title, dated=dated.isoformat(), responsible_body=self._unit.name,
        )  # fmt: skip
        item = collect(self.session, file, described, actor=actor, at=at, on=on)
        self.session.flush()
        register_copy(self.session, item, self._place, pages_count=2, actor=actor, at=at, on=on)
        file_item(self.session, item, actor=actor, on=on)
        return item

    def _cupboard(self) -> Place:
        repository = self.session.scalars(
            select(Place).where(Place.unit_id == self._unit.id, Place.name == REPOSITORIES[DISTRICT][0])
        ).one()
        return add_place(
            self.session, self._unit, PlaceKind.CABINET, CUPBOARD, actor=self._keeper.actor, parent=repository
        )  # fmt: skip

    def _some(self, files: Iterator[File], number: int) -> list[File]:
        return [next(files) for _ in range(number)]

    def _day(self, days_ago: int) -> date:
        return self.today - timedelta(days=days_ago)

    def _at(self, days_ago: int) -> datetime:
        return office_hour(self._day(days_ago), self.time_zone)
