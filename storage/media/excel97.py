"""Excel 97 to 2003 (.xls, .et): encryption and text, read by xlrd."""

import os
from datetime import datetime
from pathlib import Path

import xlrd
from xlrd.xldate import XLDateError, xldate_as_datetime

from storage.media import word97
from storage.media.results import Encrypted, Examination, ExtractedText, Finding, Unreadable


def examine(path: Path) -> Examination:
    """The findings of any OLE file, and encrypted for a workbook that opens with a password only."""
    try:
        with _opened(path):
            return word97.examine(path)
    except Encrypted as error:
        return Examination({"encrypted": True}, [Finding("encrypted", str(error))])
    except Unreadable as error:
        return Examination({}, [Finding("damaged", str(error))])


def text(path: Path, limit: int) -> ExtractedText:
    """The cells of all sheets, rows as lines, at most `limit` characters; raises Unreadable or Encrypted."""
    pieces: list[str] = []
    length = 0
    with _opened(path) as book:
        for name in book.sheet_names():
            try:
                sheet = book.sheet_by_name(name)
            except Exception as error:  # hostile bytes
                raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error
            for row in sheet.get_rows():
                line = "\t".join(filter(None, (_said(cell, book.datemode) for cell in row)))
                pieces.append(line)
                length += len(line) + 1
                if length > limit:
                    return ExtractedText("\n".join(pieces)[:limit], "text-cut")
            book.unload_sheet(name)
    whole = "\n".join(filter(None, pieces)).strip()
    return ExtractedText(whole, "" if whole else "no-text")


def _opened(path: Path) -> xlrd.Book:
    with Path(os.devnull).open("w") as nowhere:
        try:
            return xlrd.open_workbook(str(path), on_demand=True, logfile=nowhere)
        except xlrd.XLRDError as error:
            if "encrypted" in str(error).lower():
                raise Encrypted("The workbook is encrypted.") from error
            raise Unreadable(str(error)[:200]) from error
        except Exception as error:  # hostile bytes
            raise Unreadable(f"{type(error).__name__}: {error}"[:200]) from error


def _said(cell: xlrd.sheet.Cell, datemode: int) -> str:
    match cell.ctype:
        case xlrd.XL_CELL_TEXT:
            return str(cell.value).strip()
        case xlrd.XL_CELL_NUMBER:
            return f"{cell.value:.15g}"
        case xlrd.XL_CELL_DATE:
            return _day(cell.value, datemode)
    return ""


def _day(value: float, datemode: int) -> str:
    try:
        moment: datetime = xldate_as_datetime(value, datemode)
    except (XLDateError, OverflowError, ValueError):
        return f"{value:.15g}"
    return moment.date().isoformat() if moment.time() == datetime.min.time() else moment.isoformat(" ", "minutes")
