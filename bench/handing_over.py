"""A handover of 2,000 files with three differences, counted by a sample and in full: seconds for each step.

While the third party signs, another desk writes again and again; its longest wait is told, for the list is printed
before the transaction that signs.

As in: python bench/handing_over.py --files 2000
"""

import argparse
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

import audit
from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from classification.categories import Category
from commands.schema import upgrade
from records.files.models import Custody, File
from records.handover.checking import confirm, note_difference
from records.handover.models import Difference, Handover, HandoverCase, HandoverLine, HandoverState, LineKind
from records.handover.services import lines_of, start
from records.handover.sheet import list_digest
from records.handover.signing import deed_of, sign
from records.holdings.models import PlaceKind
from records.holdings.places import add_place
from rules.services import set_rule
from storage.database import Database
from storage.media import Workshop
from storage.objects import FolderStore
from storage.sealing import Vault
from units.models import Unit, UnitKind
from units.services import found_unit

TODAY, AT = date(2026, 3, 2), datetime(2026, 3, 2, 4, tzinfo=UTC)
PASSWORD = "measure-twice"
DIFFERENCES = 3
SHARE = 10  # per cent, where a sample is counted


@dataclass(frozen=True)
class Bench:
    """An office in a passing folder, whose keepers hand the same files to and fro."""

    database: Database
    store: FolderStore
    workshop: Workshop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder, Workshop() as workshop:
        vault = Vault.open_or_create(Path(folder) / "secrets.json")
        database = Database(f"sqlite:///{folder}/anjuan.db", info={"vault": vault})
        upgrade(database)
        bench = Bench(database, FolderStore(Path(folder) / "objects"), workshop)
        with measured("prepare"), database.begin() as session:
            prepare(session, options.files)
        hand_over(bench, "keeper", "second", "in full")
        with database.begin() as session:
            unit, approver = session.scalars(select(Unit)).one(), person(session, "approver")
            set_rule(
                session, unit, "handover_sample_percent", str(SHARE), in_force_from=TODAY, source="示例",
                actor=approver.actor, at=AT,
            )  # fmt: skip
        hand_over(bench, "second", "keeper", f"by a sample of {SHARE} %")
        database.close()


@contextmanager
def measured(step: str) -> Iterator[None]:
    """Say how long a step took."""
    begun = time.perf_counter()
    yield
    print(f"{step:<44} {time.perf_counter() - begun:8.2f} s", flush=True)


def prepare(session: Session, files: int) -> None:
    """A unit with two keepers, a leader and so many files of the first keeper."""
    unit = found_unit(session, None, "总工会", UnitKind.MUNICIPAL, actor=OPERATOR, fonds_number="C001")
    for name, role in (("keeper", Role.KEEPER), ("second", Role.KEEPER), ("approver", Role.APPROVER)):
        user = open_account(session, name, name, PASSWORD, unit.path, actor=OPERATOR, at=AT)
        session.flush()
        grant_role(session, user, role, unit.path, actor=OPERATOR, at=AT)
    session.flush()
    keeper = person(session, "keeper")
    add_place(session, unit, PlaceKind.REPOSITORY, "库房", actor=keeper.actor, barcode="K-1")
    rows = [
        {
            "id": number, "code": f"C001-KU·2026·D30-{number:05}", "category": Category.ACCOUNTING, "year": 2026,
            "unit_id": unit.id, "title": f"会计凭证第 {number} 册", "opened_on": TODAY, "changed_on": TODAY,
            "retention_class": "enterprise.bookkeeping_vouchers",
        }
        for number in range(1, files + 1)
    ]  # fmt: skip
    session.execute(insert(File), rows)
    kept = [{"file_id": row["id"], "keeper_id": keeper.id, "from_on": TODAY} for row in rows]
    session.execute(insert(Custody), kept)


def person(session: Session, name: str) -> User:
    return session.scalars(select(User).where(User.name == name)).one()


def hand_over(bench: Bench, leaver: str, receiver: str, way: str) -> None:
    """Begin, count with three differences, sign, and file; every step in a transaction of its own."""
    print(f"counted {way}")
    database = bench.database
    with measured("  begin"), database.begin() as session:
        unit = session.scalars(select(Unit)).one()
        made = start(
            session, unit, person(session, leaver), person(session, receiver), person(session, "approver"),
            reason="轮岗", actor=person(session, leaver).actor, at=AT, on=TODAY,
        )  # fmt: skip
        handover_id = made.id
    with measured("  count, with three differences"), database.begin() as session:
        one, actor = session.get_one(Handover, handover_id), person(session, receiver).actor
        counted = [line for line in lines_of(session, one) if line.kind is LineKind.FILE and line.counted]
        for line, found in zip(counted, (Difference.MISSING, Difference.DAMAGED, Difference.MISPLACED), strict=False):
            note_difference(session, one, line, found, "清点时发现", actor=actor, at=AT)
        confirm(session, one, actor=actor, at=AT)
        lines = session.scalar(select(func.count(HandoverLine.id)).where(HandoverLine.handover_id == handover_id))
    for name in (leaver, receiver):
        with measured(f"  sign as {name}"):
            signature(bench, handover_id, name)
    with busy_desk(database) as waits, measured("  third signature, the list printed and filed"):
        signature(bench, handover_id, "approver")
    with database.reading() as session:
        one = session.get_one(Handover, handover_id)
        cases = session.scalar(select(func.count(HandoverCase.id)).where(HandoverCase.handover_id == handover_id))
        assert one.state is HandoverState.SIGNED  # noqa: S101 - a bench checks what it has measured
        print(f"  {lines} lines, {len(counted)} files counted, {cases} differences to settle")
    print(f"  longest wait of another desk meanwhile       {max(waits):8.2f} s over {len(waits)} writes", flush=True)


def signature(bench: Bench, handover_id: int, name: str) -> None:
    """Sign as the page does: printing first, where it is the last signature."""
    tools = {"store": bench.store, "workshop": bench.workshop, "at": AT}
    with bench.database.reading() as session:
        one = session.get_one(Handover, handover_id)
        seen = list_digest(one, lines_of(session, one))
        begun = time.perf_counter()
        deed = deed_of(session, one, person(session, name), seen_sha256=seen, **tools)  # type: ignore[arg-type]
        if deed:
            print(f"    of which printing before the transaction   {time.perf_counter() - begun:8.2f} s")
    with bench.database.begin() as session:
        one = session.get_one(Handover, handover_id)
        sign(
            session, one, person(session, name), PASSWORD, seen_sha256=seen, spot="K-1", deed=deed, on=TODAY, **tools,
        )  # type: ignore[arg-type]  # fmt: skip


@contextmanager
def busy_desk(database: Database) -> Iterator[list[float]]:
    """Another desk that writes ten times a second; how long each write waited, in seconds."""
    waits: list[float] = []
    ending = threading.Event()

    def work() -> None:
        while not ending.wait(0.1):
            begun = time.perf_counter()
            with database.begin() as session:
                audit.record(session, OPERATOR.name, "unit.changed", session.scalars(select(Unit)).one())
            waits.append(time.perf_counter() - begun)

    desk = threading.Thread(target=work)
    desk.start()
    try:
        yield waits
    finally:
        ending.set()
        desk.join()


if __name__ == "__main__":
    main()
