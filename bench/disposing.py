"""Kill -9 of server and worker at random moments of a destruction: has every line one result, and are the bytes gone?

As in: python bench/disposing.py --lines 1000 --times 12
"""

import argparse
import os
import random
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from bench.parts.office import PASSWORD, Measured, measured_office
from classification.categories import Carrier, Category, RecordForm
from records.disposal.appraisal import appraise, draw, name_member, submit
from records.disposal.approval import approve
from records.disposal.batches import decided_digest, lines_of
from records.disposal.destruction import start
from records.disposal.due import DueFilter
from records.disposal.holds import place_hold
from records.disposal.models import DisposalBatch, DisposalLine, DisposalPart, GroupRole, HoldKind, LineState, Verdict
from records.disposal.signing import count, name_party
from records.files.models import File, Item, WithdrawalReason
from records.files.services import Description, collect, open_household_file, withdraw
from records.holdings.copies import register_copy
from records.holdings.filing import file_item
from records.holdings.intake import attach, receive_bytes
from records.holdings.models import ByteRemoval, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.households.models import Cause, Employment, Relation
from records.households.services import HouseholdEntry, MemberEntry
from storage.objects import ObjectStore

LONG_AGO, BEGUN = date(2014, 3, 3), date(2025, 1, 6)
AT = datetime(2025, 1, 6, 2, tzinfo=UTC)
HELD_EVERY = 100
LONGEST_SECONDS = 600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--lines", type=int, default=1_000)
    parser.add_argument("--times", type=int, default=12)
    parser.add_argument("--seed", type=int, default=15)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with measured_office() as measured:
        database, store = measured.office.database, measured.office.store
        with database.begin() as session:
            prepare(session, measured, store, options.lines)
        with database.begin() as session:
            begin(session, measured)
        begun, kills = time.monotonic(), 0
        while waiting(measured):
            before = waiting(measured)
            measured.start()
            until = time.monotonic() + LONGEST_SECONDS
            while waiting(measured) == before and time.monotonic() < until:
                time.sleep(0.01)  # the worker takes a while to begin
            time.sleep(chance.uniform(0.0, 0.8))
            if kills < options.times:
                if kills == options.times // 2:
                    hold_some(measured)
                measured.kill()
                kills += 1
                print(f"kill {kills}: {waiting(measured)} lines or bytes wait still", flush=True)
                continue
            until = time.monotonic() + LONGEST_SECONDS
            while waiting(measured) and time.monotonic() < until:
                time.sleep(0.5)
            measured.kill()
            break
        say(measured, kills, time.monotonic() - begun)


def prepare(session: Session, measured: Measured, store: ObjectStore, lines: int) -> None:
    """So many withdrawn households, each with one filed item on paper and its bytes."""
    keeper = session.merge(measured.keeper)
    district = session.merge(measured.district)
    for name, role in (("approver", Role.APPROVER), ("one", Role.READER), ("two", Role.READER)):
        user = open_account(session, name, name, PASSWORD, district.path, actor=OPERATOR, at=AT)
        session.flush()
        grant_role(session, user, role, district.path, actor=OPERATOR, at=AT)
    place = add_place(session, district, PlaceKind.REPOSITORY, "库房", actor=keeper.actor)
    for number in range(lines):
        file = household(session, measured, keeper, number)
        file_paper(session, file, keeper, place, store, number)
        left = LONG_AGO + timedelta(days=30)
        withdraw(session, file, WithdrawalReason.LIFTED, actor=keeper.actor, on=left, today=left)


def household(session: Session, measured: Measured, keeper: User, number: int) -> File:
    entry = HouseholdEntry(
        address="—", employment=Employment.EMPLOYED, employer="—", main_cause=Cause.ILLNESS,
        monthly_income_per_head=None, members=[MemberEntry(f"户主{number}", Relation.WORKER, resident(number))],
    )  # fmt: skip
    unit = session.merge(measured.district)
    return open_household_file(session, unit, entry, keeper=keeper, actor=keeper.actor, on=LONG_AGO)


def file_paper(session: Session, file: File, keeper: User, place: Place, store: ObjectStore, number: int) -> None:
    described = Description(
        document_type="application", retention_class="original.file", form=RecordForm.TEXT, carrier=Carrier.PAPER,
        title="申请书", dated="2014-03", responsible_body="—",
    )  # fmt: skip
    item = collect(session, file, described, actor=keeper.actor, at=AT, on=BEGUN)
    session.flush()
    arrived = receive_bytes(store, BytesIO(f"申请书 {number}".encode()), "申请书.txt", limit_bytes=1_000)
    attach(session, item, arrived, actor=keeper.actor, at=AT).prepared_at = AT
    register_copy(session, item, place, pages_count=1, actor=keeper.actor, at=AT, on=BEGUN)
    file_item(session, item, actor=keeper.actor, on=BEGUN)


def begin(session: Session, measured: Measured) -> None:
    """Draw, appraise, approve, count, and begin."""
    people = {user.name: user for user in session.scalars(select(User))}
    actor = people["keeper"].actor
    unit = session.merge(measured.district)
    batch = draw(session, unit, DueFilter(Category.ORIGINAL), actor=actor, at=AT, on=BEGUN)
    for role in (GroupRole.ARCHIVES, GroupRole.MEMBER):
        name_member(session, batch, role, role.value, "—", actor=actor)
    appraise(session, batch, None, Verdict.DESTROY, "期满", actor=actor, on=BEGUN)
    submit(session, batch, actor=actor, at=AT, on=BEGUN)
    seen = decided_digest(lines_of(session, batch))
    approve(session, batch, seen_sha256=seen, actor=people["approver"].actor, at=AT, on=BEGUN)
    for name in ("one", "two"):
        name_party(session, batch, DisposalPart.WITNESS, people[name], actor=actor)
        count(session, batch, people[name], PASSWORD, seen_sha256=batch.list_sha256 or "", at=AT)
    start(session, batch, actor=actor, on=BEGUN + timedelta(days=60))


def hold_some(measured: Measured) -> None:
    """Holds set while the destruction runs, on every so manieth file that is there still."""
    with measured.office.database.begin() as session:
        keeper = session.scalars(select(User).where(User.name == "keeper")).one()
        left = session.scalars(select(File).where(File.destroyed_on.is_(None)).order_by(File.id)).all()
        for file in left[::HELD_EVERY]:
            place_hold(session, file, HoldKind.AUDIT, "审计", actor=keeper.actor, at=datetime.now(UTC))


def waiting(measured: Measured) -> int:
    """Lines without a result, and keys that are to go."""
    with measured.office.database.reading() as session:
        lines = select(func.count()).where(DisposalLine.state == LineState.PENDING)
        keys = select(func.count()).where(ByteRemoval.removed_at.is_(None))
        return (session.scalar(lines) or 0) + (session.scalar(keys) or 0)


def say(measured: Measured, kills: int, seconds: float) -> None:
    """What became of the lines; ends with an error where anything is half done."""
    with measured.office.database.reading() as session:
        results = Counter(session.scalars(select(DisposalLine.state)))
        files = Counter(bool(on) for on in session.scalars(select(File.destroyed_on)))
        items = session.scalar(select(func.count()).where(Item.destroyed_on.is_not(None)))
        copies = session.scalar(select(func.count()).where(PaperCopy.destroyed_on.is_not(None)))
        number = session.scalars(select(DisposalBatch.number)).one()
    kept = sum(1 for _ in measured.office.store.keys("objects"))
    verified = subprocess.run(
        [sys.executable, "-m", "commands", "verify"],
        env={**os.environ, "ANJUAN_DATA_FOLDER": str(measured.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    print(
        f"{number}: {kills} kills, {seconds:.0f} s; " + ", ".join(f"{each} {state}" for state, each in results.items())
    )
    print(f"{files[True]} files, {items} items, {copies} copies destroyed; {kept} objects stored, {files[False]} kept")
    print(verified.stdout + verified.stderr)
    whole = files[True] == items == copies == results[LineState.DESTROYED] and kept == files[False]
    if verified.returncode or not whole or results[LineState.PENDING]:
        raise SystemExit("Something is half done.")


def resident(sequence: int) -> str:
    """A synthetic resident number of a region that does not exist, with its check sign."""
    body = f"990103{1950 + sequence // 900:04d}0101{100 + sequence % 900:03d}"
    total = sum(int(digit) * 2 ** (17 - place) for place, digit in enumerate(body))
    return body + "10X98765432"[total % 11]


if __name__ == "__main__":
    main()
