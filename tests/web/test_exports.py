"""Whoever takes a list away stands in the use register, whatever the list (art. 17)."""

from flask import Flask
from sqlalchemy import func, select

from audit import UseEntry
from storage.database import Database
from tests.conftest import SignedIn
from web.listing import XLSX

EVERYBODY = ("keeper", "system", "security", "audit")
LISTS = {
    "aid.list_aid",
    "browse.audit_trail",
    "browse.list_awaiting",
    "browse.list_files",
    "browse.use_register",
    "exchange.list_runs",
    "handover.list_handovers",
    "holdings.list_boxes",
    "holdings.list_places",
    "lending.list_borrowers",
    "lending.list_loans",
    "people.list_accounts",
    "stocktake.list_stocktakes",
    "units.list_units",
}


def uses(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(UseEntry)) or 0


def test_every_list_that_is_taken_away_is_in_the_use_register(
    app: Flask, database: Database, signed_in: SignedIn
) -> None:
    pages = [rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments]
    taken, unnoted = [], []
    for name in EVERYBODY:
        client = signed_in(name)
        for rule in sorted(pages, key=lambda rule: rule.rule):
            before = uses(database)
            if client.get(f"{rule.rule}?format=xlsx").mimetype == XLSX:
                taken.append(rule.endpoint)
                unnoted += [rule.endpoint] if uses(database) == before else []
    assert set(taken) >= LISTS
    assert unnoted == []
