"""Sheets as people fill them, and imports carried through as the worker does."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from classification.categories import Category
from records.exchange.columns import columns_of
from records.exchange.models import ImportKind, ImportReason, ImportRun
from records.exchange.services import order_run, receive_sheet, run_next, start_run
from records.files.models import File
from storage.database import Base, Database
from storage.objects import FolderStore, ObjectStore
from storage.sealing import Vault
from tests.cast import MONDAY, NOON, make_cast, work_with_system
from units.models import Unit

Cells = dict[str, Any]
OPENED = date(2026, 2, 2)  # before the unions worked with the system


def number(sequence: int) -> str:
    """A synthetic resident number with a valid check sign (GB 11643), another one for every sequence."""
    body = f"500103{1950 + sequence // 1000 % 50}0101{sequence % 1000:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


def worker_row(sequence: int, **changes: Any) -> Cells:
    """A household of one worker in a row, with some cells changed."""
    cells = {
        "household": str(sequence),
        "relation": "本人",
        "name": f"职工{sequence}",
        "number": number(sequence),
        "address": f"幸福路 {sequence} 号",
        "employment": "在职",
        "main_cause": "患病",
        "income": "520.00",
        "opened_on": OPENED,
        "paper_place": "档案室 2 柜",
    }
    return {**cells, **changes}


def sheet(
    kind: ImportKind, rows: Sequence[Cells], *, category: Category = Category.ORIGINAL, on: date = MONDAY
) -> bytes:
    """A workbook with the headings of a kind and these rows, cells by the key of their column."""
    columns = columns_of(kind, on, category)
    book = Workbook(write_only=True)
    made = book.create_sheet("导入数据")
    made.append([column.heading.zh for column in columns])
    for row in rows:
        made.append([row.get(column.key) for column in columns])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


@dataclass
class Desk:
    """A keeper at work: the database, the store, and who uploads into which unit."""

    database: Database
    store: ObjectStore
    vault: Vault
    keeper: str
    unit: str

    def upload(self, content: bytes, kind: ImportKind = ImportKind.HOUSEHOLDS, file: File | None = None) -> ImportRun:
        """Upload a sheet and have it checked."""
        received = receive_sheet(self.store, self.vault, content, "名单.xlsx")
        with self.database.begin() as session:
            keeper = session.scalars(select(User).where(User.name == self.keeper)).one()
            run = start_run(
                session,
                session.scalars(select(Unit).where(Unit.name == self.unit)).one(),
                kind,
                received,
                file=session.get_one(File, file.id) if file else None,
                keeper=keeper,
                actor=keeper.actor,
                at=NOON,
            )
        self.work()
        return self.run(run.id)

    def order(self, run: ImportRun) -> ImportRun:
        """Have a checked import written."""
        with self.database.begin() as session:
            found = session.get_one(ImportRun, run.id)
            order_run(session, found, actor=found.starter.actor)
        self.work()
        return self.run(run.id)

    def work(self, at: datetime = NOON) -> None:
        """What the worker does."""
        while run_next(self.database, self.store, today=lambda: MONDAY, now=lambda: at):
            pass

    def run(self, run_id: int) -> ImportRun:
        with self.database.reading() as session:
            return session.get_one(ImportRun, run_id)

    def reasons(self, run: ImportRun) -> list[tuple[int, str | None, str]]:
        """What stands against an import: row, column, and the sentence as msgid."""
        with self.database.reading() as session:
            found = session.scalars(
                select(ImportReason).where(ImportReason.run_id == run.id).order_by(ImportReason.row, ImportReason.id)
            )
            return [(each.row, each.column, each.message) for each in found]

    def count(self, model: type[Base]) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0


def desk_of(database: Database, vault: Vault, folder: Path, keeper: str = "keeper", unit: str = "东区总工会") -> Desk:
    return Desk(database, FolderStore(folder), vault, keeper, unit)


def begun_desk(database: Database, vault: Vault, folder: Path) -> Desk:
    """The desk of the district's keeper in a database that is empty yet; the unions work with the system."""
    with database.begin() as session:
        work_with_system(session, make_cast(session))
    return desk_of(database, vault, folder)


def titles(session: Session) -> list[str]:
    return list(session.scalars(select(File.title).order_by(File.id)))
