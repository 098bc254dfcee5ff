"""Taking in an export of the union aid system, a spreadsheet of one row per person: as a whole or not at all."""

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypedDict

from openpyxl import load_workbook
from sqlalchemy.orm import Session

import audit
from accounts.roles import Actor, Permission
from classification.identity import BadResidentNumber, resident_number
from classification.text import Label
from records.files.errors import NotTheKeepersUnit
from records.households.models import Relation
from records.workflow.comparing import normal
from records.workflow.errors import BadSheet, CellFault
from records.workflow.models import AidSystemImport, AidSystemRecord
from storage.sealing import vault_of
from units.models import Unit
from web.security import LARGEST_SHEET_BYTES

MOST_ROWS = 20_000
MOST_UNPACKED_BYTES = 600 * 1024**2
WORKER = "worker"
NO_WORKBOOK = "the file is not named .csv and is no Excel workbook either; save it as .xlsx or .csv"
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
    """Read an export, .xlsx or .csv (UTF-8 or GB 18030), of bounded size; raises BadSheet with every fault.

    It takes seconds, so that it is read before the transaction that takes it in.
    """
    if len(content) > LARGEST_SHEET_BYTES:
        most = LARGEST_SHEET_BYTES // 1024**2
        raise _unreadable(f"文件超过 {most} MiB，请分成几个文件", f"the file is larger than {most} MiB; divide it")
    return Sheet(name, hashlib.sha256(content).hexdigest(), read_households(content, name))


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


def read_households(content: bytes, name: str) -> dict[str, Household]:
    """The households of an export by the worker's number; raises BadSheet with every fault."""
    if not _is_text(name) and not content.startswith(b"PK"):
        raise _unreadable("文件名不是 .csv，内容又不是 Excel 工作簿，请另存为 .xlsx 或 .csv", NO_WORKBOOK)
    try:
        too_large = _unpacked_bytes(content, name) > MOST_UNPACKED_BYTES
        lines = [] if too_large else list(_lines(content, name))
    except Exception as error:  # openpyxl and its parsers raise whatever a damaged workbook makes them raise
        raise _unreadable("无法读取，请用 .xlsx 或 .csv 文件", "it cannot be read; use .xlsx or .csv") from error
    if too_large:
        raise _unreadable("展开后过大，请分成几个文件", "unpacked it is too large; divide it")
    if not lines:
        raise _unreadable("表格为空", "the sheet is empty")
    heading = [cell.strip() for cell in lines[0]]
    absent = [text for text in HEADINGS.values() if text not in heading]
    if absent:
        raise BadSheet([CellFault(1, text, Label("缺少此列", "this column is missing")) for text in absent])
    if len(lines) > MOST_ROWS:
        raise BadSheet(
            [CellFault(MOST_ROWS, HEADINGS[WORKER], Label(f"超过 {MOST_ROWS} 行", f"more than {MOST_ROWS} rows"))]
        )
    places = {key: heading.index(text) for key, text in HEADINGS.items()}
    return _households(
        (number, {key: _cell(line, at) for key, at in places.items()})
        for number, line in enumerate(lines[1:], start=2)
        if any(cell.strip() for cell in line)
    )


def _unreadable(zh: str, en: str) -> BadSheet:
    return BadSheet([CellFault(1, HEADINGS[WORKER], Label(zh, en))])


def _unpacked_bytes(content: bytes, name: str) -> int:
    """What a workbook would take unpacked, as it says itself, before anything is unpacked."""
    if _is_text(name):
        return len(content)
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        return sum(entry.file_size for entry in packed.infolist())


def _is_text(name: str) -> bool:
    return name.lower().endswith(".csv")


def _households(rows: Iterator[tuple[int, dict[str, str]]]) -> dict[str, Household]:
    faults: list[CellFault] = []
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
            workers[worker] = (at, cells)
        people.setdefault(worker, []).append({key: cells[key] for key in PERSON})
    for worker, at in first_rows.items():
        if worker not in workers:
            faults.append(CellFault(at, HEADINGS["relation"], Label("该户没有本人一行", "its worker has no row")))
    if not people and not faults:
        faults.append(CellFault(2, HEADINGS[WORKER], Label("表格没有数据", "the sheet has no rows")))
    if faults:
        raise BadSheet(sorted(faults, key=lambda fault: fault.row))
    return {
        worker: {"household": {key: cells[key] for key in HOUSEHOLD}, "people": people[worker]}
        for worker, (_, cells) in workers.items()
    }


def _number(at: int, key: str, text: str, faults: list[CellFault]) -> str | None:
    try:
        return resident_number(text)
    except BadResidentNumber as error:
        faults.append(CellFault(at, HEADINGS[key], error.reason))
        return None


def _lines(content: bytes, name: str) -> Iterator[list[str]]:
    if _is_text(name):
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
        yield from csv.reader(io.StringIO(text))
        return
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    try:
        for row in book.worksheets[0].iter_rows(values_only=True, max_row=MOST_ROWS + 1):
            yield [_text(value) for value in row]
    finally:
        book.close()


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return value.isoformat() if isinstance(value, date) else str(value)


def _cell(line: Sequence[str], at: int) -> str:
    return line[at].strip() if at < len(line) else ""
