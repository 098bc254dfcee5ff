"""Twenty desks at once: how many scans a second they get done, whether every refusal says why, and what is true after.

Each desk is a signed-in keeper with a browser of its own; all of them scan the same copies for the same borrowers and
look into lists, over HTTP. Afterwards the invariants are checked: each copy is in exactly one place or with one holder,
where its last movement took it; a copy is with a holder as long as its loan is open, and no longer; the audit chain is
whole.

As in: python bench/desks.py --desks 20 --seconds 60
"""

import argparse
import random
import re
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import unescape

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from audit.verification import verify
from bench.parts.office import PASSWORD, Browser, Measured, measured_office
from classification.categories import Carrier, Category, RecordForm
from records.files.services import Description, collect, open_yearly_file
from records.holdings.copies import register_copy
from records.holdings.models import Movement, PaperCopy, PlaceKind
from records.holdings.places import add_place
from records.lending.models import Loan

COPIES, BORROWERS = 200, 10
SHOWN_AT = re.compile(r'name="shown_at"[^>]*value="([^"]*)"')
SAID = re.compile(r'(?:-error"|role="alert")[^>]*>\s*(?:<[^>]+>\s*)*([^<]+?)\s*<')


@dataclass
class Desk:
    """What one desk did: answers by kind, refusals by what they said, and seconds a scan took."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=int, default=20)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), action="append")
    options = parser.parse_args()
    for database in options.database or ("postgresql", "sqlite"):
        with measured_office(database) as measured:
            with measured.office.database.begin() as session:
                prepare(session, measured, options.desks)
            measured.start()
            desks = work(measured, options.desks, options.seconds)
            told = report(desks, options.seconds)
            wrong = invariants(measured)
        print(f"{database}: {told}; {len(wrong)} invariants broken", flush=True)
        for line in wrong:
            print(f"  {line}")


def prepare(session: Session, measured: Measured, desks: int) -> None:
    """Keepers for the desks, borrowers with cards, and copies on a shelf."""
    at, district = datetime.now(UTC), session.merge(measured.district)
    keeper = session.merge(measured.keeper)
    people = [(f"desk{number}", Role.KEEPER) for number in range(desks)]
    people += [(f"reader{number}", Role.READER) for number in range(BORROWERS)]
    for name, role in people:
        user = open_account(session, name, name, PASSWORD, district.path, actor=OPERATOR, at=at)
        session.flush()
        grant_role(session, user, role, district.path, actor=OPERATOR, at=at)
    place = add_place(session, district, PlaceKind.REPOSITORY, "一库", actor=keeper.actor)
    file = open_yearly_file(
        session,
        district,
        Category.DOCUMENTARY,
        at.year,
        "日常帮扶工作",
        keeper=keeper,
        actor=keeper.actor,
        on=at.date(),
    )
    for number in range(COPIES):
        described = Description(
            document_type="notices", retention_class="documentary.notices", form=RecordForm.TEXT, carrier=Carrier.PAPER,
            title=f"通知{number}", dated=str(at.year), responsible_body="东区总工会",
        )  # fmt: skip
        item = collect(session, file, described, actor=keeper.actor, at=at, on=at.date())
        register_copy(
            session, item, place, pages_count=1, actor=keeper.actor, at=at, on=at.date(), barcode=f"P-{number:04}"
        )


def work(measured: Measured, count: int, seconds: int) -> list[Desk]:
    """Let all desks scan at once for some seconds."""
    desks = [Desk() for _ in range(count)]
    browsers = [Browser(measured.port).sign_in(f"desk{number}") for number in range(count)]
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=serve, args=(desk, browser, random.Random(number), until))
        for number, (desk, browser) in enumerate(zip(desks, browsers, strict=True))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return desks


def serve(desk: Desk, browser: Browser, chance: random.Random, until: float) -> None:
    """One desk: look at the page, scan a copy for a borrower, now and then look into a list."""
    while time.monotonic() < until:
        if chance.random() < 0.1:
            status, _ = browser.get("/loans")
            desk.done[f"list {status}"] += 1
            continue
        _, page = browser.get("/desk")
        shown = SHOWN_AT.search(page)
        borrower = f"reader{chance.randrange(BORROWERS)}" if chance.random() < 0.6 else ""
        fields = {
            "barcode": f"P-{chance.randrange(COPIES):04}", "borrower": borrower, "days": "7", "purpose": "复核",
            "condition": "", "shown_at": unescape(shown[1]) if shown else "",
        }  # fmt: skip
        started = time.perf_counter()
        status, answer = browser.post("/desk", fields)
        desk.seconds.append(time.perf_counter() - started)
        if status in (302, 303):
            desk.done["scan"] += 1
        elif status in (409, 422) and (said := SAID.search(answer)):
            desk.refused[re.sub(r"[A-Z]-\d+|desk\d+|reader\d+|\d{4}-\d{2}-\d{2}|\d+", "…", unescape(said[1]))] += 1
        else:
            desk.unexplained.append(f"{status}: {answer[:200]}")


def report(desks: list[Desk], seconds: int) -> str:
    """What all desks did, in a line; the refusals below it."""
    done, refused = sum((desk.done for desk in desks), Counter()), sum((desk.refused for desk in desks), Counter())
    unexplained = [line for desk in desks for line in desk.unexplained]
    taken = sorted(one for desk in desks for one in desk.seconds)
    for text, number in refused.most_common():
        print(f"  refused {number} times: {text}")
    for line in unexplained[:5]:
        print(f"  unexplained: {line}")
    scans = done["scan"] + refused.total()
    median, late = taken[len(taken) // 2] * 1000, taken[int(len(taken) * 0.95)] * 1000
    return (
        f"{len(desks)} desks, {seconds} s: {scans / seconds:.0f} scans a second ({done['scan']} done, "
        f"{refused.total()} refused with the reason, {len(unexplained)} unexplained), "
        f"p50 {median:.0f} ms, p95 {late:.0f} ms"
    )


def invariants(measured: Measured) -> list[str]:
    """What is not as it must be, in words."""
    wrong = []
    with measured.office.database.reading() as session:
        moved = select(Movement.copy_id, func.max(Movement.id)).where(Movement.copy_id.is_not(None))
        last = {row[0]: row[1] for row in session.execute(moved.group_by(Movement.copy_id))}
        steps = {step.id: step for step in session.scalars(select(Movement).where(Movement.id.in_(last.values())))}
        open_loans = Counter(session.scalars(select(Loan.copy_id).where(Loan.returned_on.is_(None))))
        for copy in session.scalars(select(PaperCopy)):
            spots = copy.box_id, copy.place_id, copy.holder_id
            step = steps[last[copy.id]]
            if sum(spot is not None for spot in spots) != 1:
                wrong.append(f"{copy.barcode} is in {spots}")
            if spots != (step.to_box_id, step.to_place_id, step.to_holder_id):
                wrong.append(f"{copy.barcode} is not where its last movement took it")
            if open_loans[copy.id] != (copy.holder_id is not None):
                wrong.append(f"{copy.barcode} has {open_loans[copy.id]} open loans and holder {copy.holder_id}")
        if fault := verify(session, "changes").fault:
            wrong.append(fault)
    return wrong


if __name__ == "__main__":
    main()
