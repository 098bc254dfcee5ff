"""How long pages take in a district's office of its true size, over HTTP, and how many queries each of them asks.

The rows are entered in bulk: files of households in a tree of units, most of them withdrawn, their items filed with
paper, loans, findings and incidents. What is measured is the whole page as the keeper and a supervisor get it.
As in: python bench/pages.py --files 15000 --items 200000 --path /files --path /statistics
"""

import argparse
import random
import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import event, insert
from sqlalchemy.orm import Session

from accounts.roles import OPERATOR, Role
from accounts.services import grant_role, open_account
from app import create_app
from bench.parts.office import PASSWORD, Browser, Measured, measured_office
from classification.categories import AccessStatus, Carrier, Category, RecordForm, SecrecyLevel
from classification.checklists import document_types
from classification.hardship import HardshipClass
from records.files.living import Withdrawal
from records.files.models import Custody, File, Item, WithdrawalReason
from records.holdings.models import Barcode, Condition, PaperCopy, Place, PlaceKind
from records.holdings.places import add_place
from records.households.models import Cause, Employment, FormerHousehold, Household, Member, Person, Relation
from records.lending.models import Loan
from records.supervision.models import Finding, FindingState, InspectingBody, Inspection
from units.models import Unit, UnitKind
from units.services import found_unit

PATHS = (
    "/",
    "/files",
    "/files?category=original&state=active",
    "/items",
    "/statistics",
    "/statistics?from=2020-01-01&until=2020-12-31",
    "/regulation",
    "/regulation/6",
)
PEOPLE = ("keeper", "supervisor")
AT_ONCE = 5_000
STREETS, WORKPLACES = 12, 8  # streets of the district, workplaces of each
FIRST_DAY = date(2016, 12, 26)
KINDS = [kind.key for kind in document_types(Category.ORIGINAL)]
LENT_EVERY, FINDINGS, ACTIVE_SHARE = 400, 60, 0.3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=15_000)
    parser.add_argument("--items", type=int, default=200_000)
    parser.add_argument("--requests", type=int, default=40, help="How often each page is asked for.")
    parser.add_argument("--path", action="append", help="A page to measure; the usual ones without it.")
    options = parser.parse_args()
    paths = tuple(options.path or PATHS)
    with measured_office() as measured:
        started = time.perf_counter()
        with measured.office.database.begin() as session:
            enter_office(session, measured, options.files, options.items)
        print(f"{options.files:,} files and {options.items:,} items in {time.perf_counter() - started:.0f} s")
        asked = queries(measured, paths)
        measured.start()
        for person in PEOPLE:
            browser = Browser(measured.port).sign_in(person)
            for path in paths:
                print(f"{person:<11}{path:<44}{spread(browser, path, options.requests)}, {asked[person, path]} queries")
        print(f"memory of all processes: {measured.memory_mb()['pss']:.0f} MB (shared pages counted once)")


def enter_office(session: Session, measured: Measured, files: int, items: int) -> None:
    """Enter everything in bulk; the same rows for the same numbers."""
    chance = random.Random(7)
    at = datetime.now(UTC)
    district = session.merge(measured.district)
    supervisor = open_account(session, "supervisor", "监督员", PASSWORD, district.path, actor=OPERATOR, at=at)
    session.flush()
    grant_role(session, supervisor, Role.SUPERVISOR, "/1/", actor=OPERATOR, at=at)
    units = [district, *_streets(session, district)]
    place = add_place(session, district, PlaceKind.REPOSITORY, "一库", actor=OPERATOR, capacity_boxes=500)
    session.flush()
    _insert(session, Household, _households(files, chance))
    _insert(session, FormerHousehold, _former(files, chance))
    _insert(session, Person, (_person(number) for number in range(1, files + 1)))
    withdrawn = [chance.random() > ACTIVE_SHARE for _ in range(files)]
    _insert(session, Member, _members(withdrawn))
    entered = list(_files(units, withdrawn, chance))
    _insert(session, File, entered)
    _insert(session, Withdrawal, _withdrawals(entered))
    keeper_id = measured.keeper.id
    _insert(
        session, Custody, ({"file_id": n, "keeper_id": keeper_id, "from_on": FIRST_DAY} for n in range(1, files + 1))
    )
    _insert(session, Item, _items(files, items, at))
    _insert(session, Barcode, ({"text": f"P-{n:08}"} for n in range(1, items + 1)))
    _insert(session, PaperCopy, _copies(items, place))
    _insert(session, Loan, _loans(items, keeper_id, at))
    _insert(session, Inspection, [_inspection(unit, n, at) for n, unit in enumerate(units, 1)])
    _insert(session, Finding, _findings(len(units), at))


def queries(measured: Measured, paths: Sequence[str]) -> dict[tuple[str, str], int]:
    """How many statements each page sends to the database, the session's own included."""
    app = create_app(measured.office.settings, measured.office.database)
    app.config.update(WTF_CSRF_ENABLED=False)
    said: list[str] = []
    event.listen(measured.office.database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    counts = {}
    for person in PEOPLE:
        client = app.test_client()
        client.post("/sign-in", data={"name": person, "password": PASSWORD})
        for path in paths:
            said.clear()
            if client.get(path).status_code != 200:
                raise RuntimeError(f"{path} was not answered.")
            counts[person, path] = len(said)
    return counts


def spread(browser: Browser, path: str, requests: int) -> str:
    """Milliseconds of one page, asked for again and again."""
    taken = []
    for _ in range(requests):
        started = time.perf_counter()
        status, _body = browser.request("GET", path)
        if status != 200:
            raise RuntimeError(f"{path} was answered with {status}.")
        taken.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(taken, n=20)[-1]
    return f"p50 {statistics.median(taken):.0f} ms, p95 {p95:.0f} ms"


def _streets(session: Session, district: Unit) -> Iterator[Unit]:
    for number in range(STREETS):
        street = found_unit(session, district, f"街道{number}总工会", UnitKind.STREET, actor=OPERATOR)
        yield street
        for place in range(WORKPLACES):
            yield found_unit(session, street, f"企业{number}-{place}工会", UnitKind.WORKPLACE, actor=OPERATOR)


def _households(files: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    for number in range(1, files + 1):
        yield {
            "id": number, "address": f"某路{number}号", "employment": chance.choice(list(Employment)),
            "main_cause": chance.choice(list(Cause)), "hardship_class": chance.choice([None, *HardshipClass]),
        }  # fmt: skip


def _former(files: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """What every household was before it changed once in 2018, and again in 2022."""
    for number in range(1, files + 1):
        for year in (2018, 2022):
            yield {
                "household_id": number, "changed_on": date(year, chance.randint(1, 12), 1),
                "employment": chance.choice(list(Employment)), "main_cause": chance.choice(list(Cause)),
                "hardship_class": chance.choice([None, *HardshipClass]),
            }  # fmt: skip


def _person(number: int) -> dict[str, Any]:
    known = number % 500 != 0
    return {
        "id": number, "name": f"人{number}", "number_sealed": "sealed" if known else None,
        "number_blind": f"blind{number}" if known else None,
    }  # fmt: skip


def _members(withdrawn: Sequence[bool]) -> Iterator[dict[str, Any]]:
    for number, gone in enumerate(withdrawn, 1):
        yield {
            "id": number, "household_id": number, "person_id": number, "relation": Relation.WORKER,
            "joined_on": FIRST_DAY, "active": not gone,
        }  # fmt: skip


def _files(units: Sequence[Unit], withdrawn: Sequence[bool], chance: random.Random) -> Iterator[dict[str, Any]]:
    for number, gone in enumerate(withdrawn, 1):
        opened_on = FIRST_DAY + timedelta(days=chance.randrange(3_000))
        yield {
            "id": number, "code": f"C038-ZY·KN·{opened_on.year}·D10-{number:06}", "category": Category.ORIGINAL,
            "year": opened_on.year, "unit_id": chance.choice(units).id, "household_id": number, "title": f"人{number}",
            "secrecy": SecrecyLevel.INTERNAL, "opened_on": opened_on, "changed_on": opened_on,
            "withdrawn_on": opened_on + timedelta(days=chance.randrange(500)) if gone else None,
            "withdrawal_reason": chance.choice(list(WithdrawalReason)) if gone else None, "last_item_number": 12,
        }  # fmt: skip


def _withdrawals(files: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    for file in files:
        if file["withdrawn_on"] is not None:
            yield {
                "file_id": file["id"], "withdrawn_on": file["withdrawn_on"], "reason": file["withdrawal_reason"],
                "noted_by": "keeper", "noted_on": file["withdrawn_on"],
            }  # fmt: skip


def _items(files: int, items: int, at: datetime) -> Iterator[dict[str, Any]]:
    for number in range(1, items + 1):
        file_id, place = (number - 1) % files + 1, (number - 1) // files
        filed = number % 50 != 0
        yield {
            "id": number, "file_id": file_id, "number": place + 1 if filed else None,
            "code": f"C038-{file_id:06}-{place + 1:03}" if filed else None, "document_type": KINDS[place % len(KINDS)],
            "retention_class": "original.file", "form": RecordForm.PHOTO if place == 7 else RecordForm.TEXT,
            "carrier": Carrier.PAPER, "title": f"材料{number}", "dated": "2024-05-06", "responsible_body": "某工会",
            "secrecy": SecrecyLevel.INTERNAL, "access": AccessStatus.CONTROLLED, "collected_at": at,
            "filed_on": date(2024, 5, 7) if filed else None,
        }  # fmt: skip


def _copies(items: int, place: Place) -> Iterator[dict[str, Any]]:
    for number in range(1, items + 1):
        yield {
            "id": number, "item_id": number, "barcode": f"P-{number:08}", "pages_count": 3,
            "condition": Condition.GOOD, "place_id": place.id, "registered_on": date(2024, 5, 7),
        }  # fmt: skip


def _loans(items: int, borrower_id: int, at: datetime) -> Iterator[dict[str, Any]]:
    for number in range(LENT_EVERY, items + 1, LENT_EVERY):
        lent_on = at.date() - timedelta(days=number // LENT_EVERY % 20)
        yield {
            "copy_id": number, "borrower_id": borrower_id, "purpose": "核对", "lent_on": lent_on,
            "due_on": lent_on + timedelta(days=7), "renewals_count": 0, "lent_by": "keeper", "moved_at": at,
            "condition_on_lending": Condition.GOOD,
        }  # fmt: skip


def _inspection(unit: Unit, number: int, at: datetime) -> dict[str, Any]:
    return {
        "id": number, "number": f"JC-2026-{number:04}", "unit_id": unit.id, "body": InspectingBody.SUPERIOR,
        "body_name": "市总工会", "people": "监督员", "extent": "原始档案", "inspected_on": date(2026, 1, 5),
        "entered_at": at, "entered_by": "supervisor",
    }  # fmt: skip


def _findings(inspections: int, at: datetime) -> Iterator[dict[str, Any]]:
    for number in range(1, FINDINGS + 1):
        yield {
            "inspection_id": number % inspections + 1, "position": number, "text": "缺公示证明材料", "article": 6,
            "due_on": at.date() + timedelta(days=number - 30), "state": FindingState.OPEN,
        }  # fmt: skip


def _insert(session: Session, model: type[Any], rows: Any) -> None:
    left = iter(rows)
    while some := list(islice(left, AT_ONCE)):
        session.execute(insert(model), some)


if __name__ == "__main__":
    main()
