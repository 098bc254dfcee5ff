"""Masks 脱敏: no page, print or export says a whole number, a diagnosis or a minor's name to whom it is not meant for.

Everybody walks over every address with the ids of one household and one application. Whole ID numbers stand on the
information form that the keeper prints, which is noted, and nowhere else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from pypdf import PdfReader
from sqlalchemy import Column, func, select, update
from werkzeug.test import TestResponse

from accounts.models import User
from accounts.roles import OPERATOR, Permission, Role
from accounts.services import grant_role, open_account, start_session
from records.consultation.models import Inquirer
from records.files.services import open_household_file
from records.holdings.models import ObjectText
from records.households.models import Relation
from records.households.services import HouseholdEntry, MemberEntry
from records.workflow.drafting import draft
from records.workflow.models import Origin
from search.services import catch_up
from storage.database import Base, Database
from storage.sealing import vault_of
from tests.cast import MONDAY, NOON, NUMBERS, PASSWORD, find_cast, household_entry, make_item
from tests.records.browse.conftest import make_object
from tests.web.full import fill_every_table, mark, typed_columns
from units.models import Unit

CHILDREN = ("510222201506180030", "510222201606180038")
MINORS = ("周小满", "韩小满")
PHONES = ("13800004517", "13900004518")
CARD = "6222021234567890123"
DIAGNOSIS = "尿毒症"
NUMBERS_SAID = (*NUMBERS[:2], *CHILDREN, *PHONES, CARD, "6222 0212 3456 7890 123")
OF_PEOPLE = (DIAGNOSIS, *MINORS)
NUMBERS_TYPED = f"本人身份证{NUMBERS[0]}，电话{PHONES[0]}，银行卡{CARD}，6222 0212 3456 7890 123，家庭困难。"
TEXT = f"{NUMBERS_TYPED}本人患{DIAGNOSIS}，子{MINORS[0]}（周 小\n满）上学。"
TAG = re.compile(r"<[^>]*>")
PARTS = (DIAGNOSIS[1:], MINORS[0][1:])  # the page says what was asked, and has to say no more
WORKS = {Permission.FILE, Permission.VERIFY, Permission.REVIEW, Permission.LODGE, Permission.APPROVE}
OF_APPLICATIONS = {"application", "application_step", "objection", "public_notice", "refusal", "statement"}
OF_NO_HOUSEHOLD = {  # said of a unit, a person or a whole list: numbers alone are masked
    "approval_delegation.reason", "clean_up_part.summary", "disposal_batch.decision_reason",
    "disposal_batch.end_reason", "disposal_signature.opinion", "disposal_signature.replaced_reason",
    "handover.cancel_reason", "handover.proof", "handover.reason", "inquirer.end_reason", "inquirer.refusal",
    "stocktake.cancel_reason", "unit_closing.given_up_reason", "unit_closing.sets_reason",
    "unit_closing.sets_refused_reason",
}  # fmt: skip
NOT_SHOWN = {  # where a row of ours has to stand otherwise, or no page says it
    "application_step.reason", "disposal_batch.end_reason", "disposal_signature.replaced_reason", "file_link.remarks",
    "withdrawal.correction_reason",
}  # fmt: skip
CHANGED_HERE = {  # forms by which who works on a file changes a text, which stands there as it is
    "files.edit_item", "files.show_note", "workflow.edit_application",
}  # fmt: skip
OTHER = re.compile(rb"format=xlsx|text=1")
MARK = re.compile(r"〔([a-z_.]+)〕")
WHOLE_ON_PAPER = "workflow.print_information"  # by the keeper, whose form it is; noted as unmasking


def child_number(body: str) -> str:
    """A resident number with its check sign."""
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return body + "10X98765432"[sum(int(d) * w for d, w in zip(body, weights, strict=True)) % 11]


@dataclass(frozen=True)
class Reader:
    """A browser in which somebody of the district with one role has signed in."""

    role: Role
    client: FlaskClient

    @property
    def works_on_files(self) -> bool:
        return not self.role.permissions.isdisjoint(WORKS)


def entry(place: int) -> HouseholdEntry:
    child = MemberEntry(MINORS[place], Relation.CHILD, child_number(CHILDREN[place][:17]))
    made = household_entry(NUMBERS[place], ("周大河", "韩东陵")[place], child)
    made.members[0] = MemberEntry(made.members[0].name, Relation.WORKER, NUMBERS[place], health=DIAGNOSIS)
    return HouseholdEntry(**{**vars(made), "phone": PHONES[place]})


def typed_in(column: Column[Any]) -> str:
    """What somebody has typed: of the household that applies, of the one that has a file, or of none."""
    if f"{column.table.name}.{column.name}" in OF_NO_HOUSEHOLD:
        return NUMBERS_TYPED
    return TEXT.replace("周", "韩") if column.table.name in OF_APPLICATIONS else TEXT


@pytest.fixture
def rows(app: Flask, database: Database) -> dict[str, int]:
    """One household's file with a scanned text, another household's application, and a row of every other kind."""
    with database.begin() as session:
        cast = find_cast(session)
        actor = cast.keeper.actor
        file = open_household_file(session, cast.district, entry(0), keeper=cast.keeper, actor=actor, on=MONDAY)
        item = make_item(session, file, actor, "帮扶申请书")
        row = make_object(session, item, "申请书.pdf", cast.keeper)
        session.add(ObjectText(object_id=row.id, text=TEXT))
        draft(
            session, cast.district, entry(1), origin=Origin.OWN, applied_on=MONDAY, actor=actor, at=NOON, on=MONDAY
        )  # fmt: skip
        fill_every_table(session, typed_in)
        session.execute(update(Inquirer).values(phone_sealed=vault_of(session).seal(PHONES[0])))
    catch_up(database, app.extensions["anjuan.index"])
    with database.reading() as session:
        tables = {table.name: table for table in Base.metadata.tables.values() if "id" in table.columns}
        return {name: session.scalar(select(func.max(table.c.id))) or 1 for name, table in tables.items()}


def readers(app: Flask, database: Database) -> Iterator[Reader]:
    for role in Role:
        with database.begin() as session:
            path = session.scalars(select(Unit.path).where(Unit.name == "东区总工会")).one()
            name = f"masked.{role.value.replace('_', '.')}"
            user: User = open_account(session, name, "读者", PASSWORD, path, actor=OPERATOR, at=NOON)
            session.flush()
            grant_role(session, user, role, path, actor=OPERATOR, at=NOON)
            _, token = start_session(session, user, address="", browser="", at=NOON, minutes=60)
        client = app.test_client()
        with client.session_transaction() as cookie:
            cookie["token"] = token
        yield Reader(role, client)


def addresses(app: Flask, rows: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Every address that can be looked at, with the ids of our rows; searches for the numbers and words too."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint.endswith("static"):
            continue
        values: dict[str, object] = {}
        for name in rule.arguments:
            kind = name.removesuffix("_id")
            if kind != name:
                values[name] = next((n for table, n in rows.items() if table == kind or table.endswith(f"_{kind}")), 1)
            else:
                values[name] = next(iter(getattr(rule._converters[name], "items", ())), 1)
        yield rule.endpoint, adapter.build(rule.endpoint, values, method="GET")
    for word in ("本人", "身份证", "银行卡", "上学", "周大河", NUMBERS[0], PHONES[0], CARD, *PARTS):
        yield "search.find", f"/search?q={word}"


def answers(reader: Reader, every: list[tuple[str, str]]) -> Iterator[tuple[str, str, TestResponse]]:
    """What is answered to a reader; of a page, its list as a sheet, under no filter, and its text too."""
    for endpoint, path in every:
        answer = reader.client.get(path)
        if answer.status_code != 200:
            continue
        yield endpoint, path, answer
        if answer.mimetype != "text/html" or not OTHER.search(answer.data):
            continue  # a print or picture has no other form, nor has a page without a list
        other = f"{path}{'&' if '?' in path else '?'}format=xlsx&state=&text=1"
        again = reader.client.get(other)
        if again.status_code == 200:
            yield endpoint, other, again


def said(content: bytes, kind: str) -> str:
    """The words of an answer: of a page, a print or a spreadsheet."""
    if kind == "application/pdf":
        return "".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).replace("\n", "")
    if "spreadsheet" in kind:
        book = load_workbook(BytesIO(content), read_only=True)
        return " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
    page = content.decode(errors="replace")
    return page + "".join(TAG.sub("", page).split())  # marked words are parted by tags


def test_nobody_is_told_more_of_people_than_the_masks_allow(
    app: Flask, database: Database, rows: dict[str, int]
) -> None:
    """Every typed text of every table is seen by somebody, and by nobody with what is not meant for them."""
    faults, shown = [], set()
    every = list(addresses(app, rows))
    for reader in readers(app, database):
        for endpoint, path, answer in answers(reader, every):
            words = said(answer.data, answer.mimetype)
            shown |= set(MARK.findall(words))
            told = [word for word in NUMBERS_SAID if word in words and f"q={word}" not in path]
            if endpoint in {WHOLE_ON_PAPER, *CHANGED_HERE} and Permission.FILE in reader.role.permissions:
                told = []
            if not reader.works_on_files:
                told += [word for word in OF_PEOPLE if word in words]
            elif f"/objects/{rows['digital_object']}" == path:
                told += [f"no {word}" for word in (DIAGNOSIS, MINORS[0]) if word not in words]
            faults += [f"{path} tells {reader.role} {word}" for word in told]
    assert not faults, "\n".join(faults)
    assert {mark(column)[1:-1] for column in typed_columns()} - shown == NOT_SHOWN
