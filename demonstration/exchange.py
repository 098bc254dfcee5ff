"""Help received, sheets imported and refused, and notes in files, through the services of the pages."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from demonstration.chance import chance
from demonstration.local_rules import SYSTEM_SINCE
from demonstration.material import office_hour
from demonstration.people import household, names
from demonstration.tree import DISTRICT, UNITS, keeper_name
from records.aid.models import AidKind, AidRecord
from records.aid.services import strike_aid
from records.exchange.columns import columns_of
from records.exchange.models import ImportKind, ImportRun
from records.exchange.services import (
    end_check,
    end_import,
    examine,
    order_run,
    receive_sheet,
    start_run,
)
from records.files.models import File, Item
from records.files.notes import NoteEntry, check_note, write_note
from records.households.models import Person, Relation
from storage.objects import ObjectStore
from storage.sealing import vault_of
from units.models import Unit

SETTLED = timedelta(days=40)
FUNDS = ("中央财政专项帮扶资金", "地方财政配套资金", "工会经费")
WITHOUT_HELP_EVERY = 4  # so that the list of households without help is not empty
NEW_HOUSEHOLDS = 8
Cells = dict[str, Any]
_WRONG: tuple[Cells, ...] = (
    {},
    {"amount": "三千元"},
    {"given_on": "2026-02-30"},
    {"kind": "借款"},
    {"name": "张冠"},
    {"file": "C999-ZY·KN·2026·D10-0001"},
    {"file": None, "number": 990103198503074511},
    {"voucher": "C999-KU·01·2026·D30-001-001"},
)


def exchange_sheets(session: Session, store: ObjectStore, *, today: date, time_zone: ZoneInfo) -> None:
    """Import a summary of help with shared vouchers and a sheet of households, have one refused, write two notes."""
    desk = _Desk(session, store, today, time_zone)
    desk.import_sheet(ImportKind.AID, "春节送温暖实名制汇总表.xlsx", list(desk.help_by_vouchers()), days_ago=6)
    desk.import_sheet(
        ImportKind.HOUSEHOLDS, "既有困难职工案卷补录.xlsx", list(desk.households_from_before()), days_ago=4
    )
    desk.refuse_sheet("助学救助实名制汇总表.xlsx", list(desk.bad_lines()), days_ago=3)
    desk.strike_one(days_ago=5)
    desk.write_notes(days_ago=2)


@dataclass
class _Desk:
    """The desk of the district's keeper."""

    session: Session
    store: ObjectStore
    today: date
    time_zone: ZoneInfo

    def __post_init__(self) -> None:
        self.people = {user.name: user for user in self.session.scalars(select(User))}
        name = next(entry.name for entry in UNITS if entry.key == DISTRICT)
        self.unit = self.session.scalars(select(Unit).where(Unit.name == name)).one()

    def import_sheet(self, kind: ImportKind, name: str, rows: Sequence[Cells], *, days_ago: int) -> None:
        """Upload a sheet, have it checked, order it and have it written."""
        on = self.today - timedelta(days=days_ago)
        run, content = self._uploaded(kind, name, rows, on)
        at = office_hour(on, self.time_zone, 15)
        checked = examine(self.session, run, content, at=at, on=on, writes=False)
        end_check(self.session, run, checked)
        order_run(self.session, run, actor=run.starter.actor)
        end_import(self.session, run, examine(self.session, run, content, at=at, on=on, writes=True), at=at)

    def refuse_sheet(self, name: str, rows: Sequence[Cells], *, days_ago: int) -> None:
        """Upload a sheet that the check refuses."""
        on = self.today - timedelta(days=days_ago)
        run, content = self._uploaded(ImportKind.AID, name, rows, on)
        at = office_hour(on, self.time_zone, 11)
        end_check(self.session, run, examine(self.session, run, content, at=at, on=on, writes=False))

    def help_by_vouchers(self) -> Iterator[Cells]:
        """Two vouchers for many households each, and some help whose voucher is not filed yet."""
        on = self.today - SETTLED
        vouchers = self._vouchers()
        for at, file in enumerate(self._households(on, below=True)):
            if at % WITHOUT_HELP_EVERY == 0:
                continue
            yield self._line(file, on, AidKind.FESTIVAL, 1000, FUNDS[0], vouchers[0])
            if at % 3 == 1:
                yield self._line(file, on - timedelta(days=30), AidKind.MEDICAL, 2600.5, FUNDS[1], vouchers[-1])
            if file.unit_id == self.unit.id:
                yield self._line(file, on - timedelta(days=5), AidKind.SCHOOLING, 3000, FUNDS[2], None)

    def households_from_before(self) -> Iterator[Cells]:
        """Households established on paper that nobody has entered yet, a row for each member."""
        random = chance("exchange")
        taken = set(self.session.scalars(select(Person.name)))
        fresh = (name for name in names(random) if name not in taken)
        for number in range(1, NEW_HOUSEHOLDS + 1):
            made = household(
                random, next(fresh), employer="望汀纺织厂", district=self.unit.name[:2], on=self.today
            ).entry
            for member in made.members:
                cells: Cells = {
                    "household": str(number),
                    "relation": member.relation.label.zh,
                    "name": member.name,
                    "number": member.number,
                    "health": member.health,
                }
                if member.relation is Relation.WORKER:
                    cells |= {
                        "address": made.address,
                        "phone": made.phone,
                        "employment": made.employment.label.zh,
                        "employer": made.employer,
                        "main_cause": made.main_cause.label.zh,
                        "income": made.monthly_income_per_head,
                        "opened_on": SYSTEM_SINCE - timedelta(days=30 * number),
                        "paper_place": f"档案室 3 柜 {number} 格",
                    }
                yield cells

    def bad_lines(self) -> Iterator[Cells]:
        """Lines of a summary as they come from a careless hand, each wrong in another way."""
        on = self.today - timedelta(days=10)
        files, voucher = self._households(on, below=True), self._vouchers()[0]
        right = [self._line(file, on, AidKind.SCHOOLING, 3000, FUNDS[1], voucher) for file in files]
        for line, wrong in zip(right, _WRONG, strict=False):
            yield {**line, **wrong}

    def strike_one(self, *, days_ago: int) -> None:
        """Strike out a line that was entered by mistake."""
        on = self.today - timedelta(days=days_ago)
        line = self.session.scalars(
            select(AidRecord).where(AidRecord.voucher_id.is_not(None)).order_by(AidRecord.id.desc()).limit(1)
        ).one()
        strike_aid(self.session, line, "金额录入有误，重新登记。", actor=self._keeper(on).actor, on=on)

    def write_notes(self, *, days_ago: int) -> None:
        """A note that somebody else has checked, and one that waits for it."""
        on = self.today - timedelta(days=days_ago)
        keeper, checker = self._keeper(on), self.people["approver"]
        first, second = self._households(on)[:2]
        write_note(
            self.session, first, NoteEntry(missing="缺配偶收入证明一份，已通知补交。"), keeper=keeper,
            actor=keeper.actor, on=on,
        )  # fmt: skip
        write_note(
            self.session, first, NoteEntry(added="补入配偶收入证明一份，本卷齐全。"), keeper=keeper,
            actor=keeper.actor, on=on,
        )  # fmt: skip
        check_note(self.session, first, checker=checker, actor=checker.actor, on=on)
        write_note(
            self.session, second, NoteEntry(amended="信息表中联系电话已更正，旧页保留。"), keeper=keeper,
            actor=keeper.actor, on=on,
        )  # fmt: skip

    def _uploaded(self, kind: ImportKind, name: str, rows: Sequence[Cells], on: date) -> tuple[ImportRun, bytes]:
        keeper = self._keeper(on)
        content = _sheet(kind, rows, on, office_hour(on, self.time_zone, 10))
        run = start_run(
            self.session, self.unit, kind, receive_sheet(self.store, vault_of(self.session), content, name), file=None,
            keeper=keeper, actor=keeper.actor, at=office_hour(on, self.time_zone, 10),
        )  # fmt: skip
        return run, content

    def _line(self, file: File, on: date, kind: AidKind, amount: float, fund: str, voucher: Item | None) -> Cells:
        return {
            "name": file.title,
            "file": file.code,
            "given_on": on,
            "kind": kind.label.zh,
            "amount": amount,
            "fund": fund,
            "voucher": voucher.code if voucher else None,
        }

    def _households(self, on: date, *, below: bool = False) -> Sequence[File]:
        """The district's active households that were opened well before a day; with those of the unions below it."""
        return self.session.scalars(
            select(File)
            .join(File.unit)
            .where(
                Unit.path.startswith(self.unit.path) if below else File.unit_id == self.unit.id,
                File.category == Category.ORIGINAL,
                File.withdrawn_on.is_(None),
                File.opened_on < on - SETTLED,
            )
            .order_by(File.code)
        ).all()

    def _vouchers(self) -> Sequence[Item]:
        """The named-recipient summaries that are filed, the newest first."""
        return self.session.scalars(
            select(Item)
            .join(Item.file)
            .where(File.unit_id == self.unit.id, Item.document_type == "recipient_summary", Item.filed_on.is_not(None))
            .order_by(Item.filed_on.desc(), Item.id)
            .limit(2)
        ).all()

    def _keeper(self, on: date) -> User:
        return self.people[keeper_name(DISTRICT, on, self.today)]  # since the handover, whose giver is gone


def _sheet(kind: ImportKind, rows: Sequence[Cells], on: date, at: datetime) -> bytes:
    """A workbook with the headings of a kind and these rows, the same bytes every time."""
    columns = columns_of(kind, on)
    book = Workbook(write_only=True)
    book.properties.created = book.properties.modified = at.replace(tzinfo=None)
    made = book.create_sheet("导入数据")
    made.append([column.heading.zh for column in columns])
    for row in rows:
        made.append([row.get(column.key) for column in columns])
    content = BytesIO()
    book.save(content)
    return content.getvalue()
