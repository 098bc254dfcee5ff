"""Taking in an export of the union aid system, a spreadsheet of one row per person: as a whole or not at all."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.identity import BadResidentNumber, resident_number
from classification.text import Label
from records.files.errors import NotTheKeepersUnit
from records.holdings.intake import plain_name
from records.households.models import Relation
from records.sheets import cells as reading
from records.sheets.errors import CellRefused
from records.sheets.headings import MERGED, head_row, heading, merged_below
from records.sheets.tables import Raw, Table, check_upload, open_table
from records.workflow.comparing import normal
from records.workflow.errors import BadSheet, CellFault
from records.workflow.models import AidSystemImport, AidSystemRecord
from storage.sealing import vault_of
from units.models import Unit

MOST_ROWS = 20_000
WORKER = "worker"
# As `normal` leaves them.
AMOUNT = re.compile(r"[0-9]{1,9}(\.[0-9]+)?")
HEADS = re.compile(r"[1-9][0-9]?")
# The headings of the export, in the order of the template; those of the household stand in the worker's row.
HEADINGS: Mapping[str, str] = {
    WORKER: "困难职工身份证号",
    "name": "姓名",
    "number": "身份证号",
    "relation": "与本人关系",
    "employment": "就业状况",
    "employer": "工作单位",
    "address": "家庭住址",
    "phone": "联系电话",
    "main_cause": "主要致困原因",
    "heads": "家庭人口",
    "income": "家庭月人均收入",
}
HOUSEHOLD = ("employment", "employer", "address", "phone", "main_cause", "heads", "income")
PERSON = ("name", "number", "relation")
NUMBERS = (WORKER, "number", "phone")  # that Excel must hold as text


class Household(TypedDict):
    """A household as the export has it: the cells of the worker's row, and of every person's."""

    household: dict[str, str]
    people: list[dict[str, str]]


@dataclass(frozen=True)
class Sheet:
    """An export as it was read: its name, SHA-256 in hex, and its households by the worker's number."""

    name: str
    sha256: str
    households: Mapping[str, Household]


def read_sheet(content: bytes, name: str) -> Sheet:
    """Read an export, .xlsx or .csv, of bounded size; raises BadSheet with every fault, or as `open_table`.

    It takes seconds, so that it is read before the transaction that takes it in.
    """
    plain = plain_name(name)
    check_upload(content, plain)
    return Sheet(plain, hashlib.sha256(content).hexdigest(), read_households(open_table(content)))


def take_in_sheet(session: Session, unit: Unit, sheet: Sheet, *, actor: Actor, at: datetime) -> AidSystemImport:
    """Take in an export for a unit and those below it.

    Numbers are matched by their blind index only, and everything said of a household is sealed. Raises
    NotTheKeepersUnit.
    """
    if not actor.may(Permission.FILE, unit.path):
        raise NotTheKeepersUnit(unit=unit.name)
    vault = vault_of(session)
    row = AidSystemImport(
        unit_id=unit.id,
        unit=unit,
        name=sheet.name,
        sha256=sheet.sha256,
        rows_count=sum(len(each["people"]) for each in sheet.households.values()),
        imported_at=at,
        imported_by=actor.name,
    )
    session.add(row)
    session.flush()
    session.add_all(
        AidSystemRecord(
            import_id=row.id,
            number_blind=vault.blind(number),
            values_sealed=vault.seal(json.dumps(values, ensure_ascii=False)),
        )
        for number, values in sheet.households.items()
    )
    session.flush()
    audit.record(
        session, actor.name, "aid_system.imported", row, name=sheet.name, rows=row.rows_count, sha256=row.sha256
    )
    return row


def read_households(table: Table) -> dict[str, Household]:
    """The households of an export by the worker's number; raises BadSheet with every fault."""
    head = head_row(table, {reading.folded(text) for text in HEADINGS.values()})
    if head is None:
        raise BadSheet([CellFault(1, HEADINGS[WORKER], Label("表格为空", "the sheet is empty"))])
    faults = [
        CellFault(each.top, each.place, CellRefused(MERGED, place=each.place)) for each in merged_below(table, head)
    ]  # fmt: skip
    places = _places(head, faults)
    if faults:
        raise BadSheet(faults)
    return _households(_rows(table, places, faults), faults)


def _places(head: Raw, faults: list[CellFault]) -> dict[str, int]:
    """Where each column stands; an export has more of them than are read."""
    found: dict[str, int] = {}
    for at, raw in enumerate(head.cells):
        try:
            found.setdefault(reading.folded(heading(raw)), at)
        except CellRefused as refused:
            faults.append(CellFault(head.number, f"{at + 1}", refused))
    for text in HEADINGS.values():
        if reading.folded(text) not in found:
            faults.append(CellFault(head.number, text, Label("缺少此列", "this column is missing")))
    return {key: found[reading.folded(text)] for key, text in HEADINGS.items() if reading.folded(text) in found}


def _rows(table: Table, places: Mapping[str, int], faults: list[CellFault]) -> Iterator[tuple[int, dict[str, str]]]:
    """The filled rows as texts by column; a cell that cannot be read is noted, and empty."""
    for count, raw in enumerate(table.rows, 1):
        if count > MOST_ROWS:
            most = Label(f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows")
            faults.append(CellFault(raw.number, HEADINGS[WORKER], most))
            return
        yield raw.number, {key: _cell(raw, key, at, faults) for key, at in places.items()}


def _cell(raw: Raw, key: str, at: int, faults: list[CellFault]) -> str:
    value = raw.cells[at] if at < len(raw.cells) else None
    try:
        return reading.number_as_text(value) if key in NUMBERS else reading.text(value)
    except CellRefused as refused:
        faults.append(CellFault(raw.number, HEADINGS[key], refused))
        return ""


def _households(rows: Iterable[tuple[int, dict[str, str]]], faults: list[CellFault]) -> dict[str, Household]:
    """Put the rows of each household together; what is wrong is added to `faults`, and then BadSheet is raised."""
    people: dict[str, list[dict[str, str]]] = {}
    workers: dict[str, tuple[int, dict[str, str]]] = {}
    first_rows: dict[str, int] = {}
    for at, cells in rows:
        worker = _number(at, WORKER, cells[WORKER], faults)
        own = _number(at, "number", cells["number"], faults) if cells["number"] else ""
        if not cells["name"]:
            faults.append(CellFault(at, HEADINGS["name"], Label("未填写", "it is empty")))
        if normal("relation", cells["relation"]) not in list(Relation):
            faults.append(CellFault(at, HEADINGS["relation"], Label("不是系统中的关系", "no relation known here")))
        if worker is None:
            continue
        first_rows.setdefault(worker, at)
        if normal("relation", cells["relation"]) == Relation.WORKER:
            if worker in workers:
                faults.append(CellFault(at, HEADINGS[WORKER], Label("本人重复", "the worker stands there twice")))
            elif own is not None and own != worker:
                faults.append(
                    CellFault(
                        at, HEADINGS["number"], Label("与困难职工身份证号不一致", "it is not the worker's number")
                    )
                )
            _figures(at, cells, faults)
            workers[worker] = (at, cells)
        people.setdefault(worker, []).append({key: cells[key] for key in PERSON})
    for worker, at in first_rows.items():
        if worker not in workers:
            faults.append(CellFault(at, HEADINGS["relation"], Label("该户没有本人一行", "its worker has no row")))
    if not people and not faults:
        faults.append(CellFault(2, HEADINGS[WORKER], Label("表格没有数据", "the sheet has no rows")))
    if faults:
        raise BadSheet(_told_once(faults))
    return {
        worker: {"household": {key: cells[key] for key in HOUSEHOLD}, "people": people[worker]}
        for worker, (_, cells) in workers.items()
    }


def _told_once(faults: Iterable[CellFault]) -> list[CellFault]:
    """One fault for each cell, the first that was found, in the order of the rows."""
    found: dict[tuple[int, str], CellFault] = {}
    for fault in faults:
        found.setdefault((fault.row, fault.heading), fault)
    return sorted(found.values(), key=lambda fault: fault.row)


def _number(at: int, key: str, text: str, faults: list[CellFault]) -> str | None:
    try:
        return resident_number(text)
    except BadResidentNumber as error:
        faults.append(CellFault(at, HEADINGS[key], error.reason))
        return None


def _figures(at: int, cells: Mapping[str, str], faults: list[CellFault]) -> None:
    """The figures of a household, where they are filled in: an amount of yuan, and a number of people."""
    income, heads = normal("income", cells["income"]), normal("heads", cells["heads"])
    if income and not AMOUNT.fullmatch(income):
        faults.append(CellFault(at, HEADINGS["income"], Label("不是金额", "it is no amount")))
    if heads and not HEADS.fullmatch(heads):
        faults.append(CellFault(at, HEADINGS["heads"], Label("不是人数", "it is no number of people")))
