"""Counting by phone or scanner: the browser keeps scans until they are here."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.stocktake.correcting import declare_extra
from records.stocktake.counting import Arrived, Counted, count_scans, scans_query
from records.stocktake.forms import ScanForm
from records.stocktake.models import Finding, ScanResult, Stocktake, StocktakeScan
from records.stocktake.report import expected_in
from records.stocktake.seeing import sight_of
from records.stocktake.services import counts_of, visible_stocktake
from records.stocktake.settling import lent_among, offered
from records.stocktake.views.blueprint import acting_user, stocktake, title_of
from web.forms import shows_again
from web.language import gettext
from web.shown import words
from web.transaction import begin, now, reading

LAST_SCANS = 25
MOST_SCANS_AT_ONCE = 100
LONGEST_CODE, LONGEST_KEY = 80, 64


@stocktake.get("/stocktakes/<int:stocktake_id>/count")
@requires(Permission.FILE)
def count_page(stocktake_id: int, key: str = "", form: ScanForm | None = None) -> ResponseReturnValue:
    """One field for scans, which the browser keeps until they are sent; the last ones stand below.

    `key` is the scan that a refusal is about, which the list below shows anyway.
    """
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    counter = _form_counter()
    scans = session.execute(
        scans_query(one).where(StocktakeScan.by_id == actor.user_id).order_by(StocktakeScan.id.desc()).limit(LAST_SCANS)
    ).all()
    undone = {scan.undoes_id for scan, _line in scans}
    lent = lent_among(session, {line for _scan, line in scans if line})
    return render_template(
        "records/stocktake/count.html",
        stocktake=one,
        form=form or ScanForm.blank(),
        told=[
            _told(Counted(scan, line), undone=scan.id in undone, lent=bool(line and line.id in lent))
            for scan, line in scans
        ],
        counts=counts_of(session, one),
        sight=sight_of(session, one, counter, _next_sequence(session, one, counter)),
        findings=(None, *Finding),
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/scans")
@requires(Permission.FILE)
def take_scans(stocktake_id: int) -> ResponseReturnValue:
    """Take scans that the script of the page sends; what cannot be read is named, so that it is not sent for ever."""
    sent_ones = _sent()
    arrived = [one for one in map(_arrived, sent_ones) if one is not None]
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        done = count_scans(session, one, arrived, by=acting_user(session), at=now())
        told = [{**_told(each), **_stands(session, one, each)} for each in done]
        counts = counts_of(session, one)
    read = {each["key"] for each in told}
    unread = [str(each.get("key", "")) for each in sent_ones if isinstance(each, dict) and each.get("key") not in read]
    return jsonify(
        results=told,
        unread=unread,
        counts={finding.value if finding else "not_counted": count for finding, count in counts.items()},
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/scans/typed")
@requires(Permission.FILE)
@shows_again(count_page)
def take_typed(stocktake_id: int) -> ResponseReturnValue:
    """Take one scan from the form of the page, where it has no script."""
    form = ScanForm.read()
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        counter = _form_counter()
        sequence = _next_sequence(session, one, counter)
        scan = Arrived(uuid4().hex, counter, sequence, form.code.data, now())
        [done] = count_scans(session, one, [scan], by=acting_user(session), at=now())
        told = _told(done)
        flash(f"{told['code']}: {told['words']}", "refusal" if told["kind"] == "late" else "message")
    return redirect(url_for(".count_page", stocktake_id=stocktake_id), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/scans/<key>/extra")
@requires(Permission.FILE)
@shows_again(count_page)
def note_extra(stocktake_id: int, key: str) -> ResponseReturnValue:
    """Say of an unknown code that something with it lies there without an entry."""
    flash(_extra(stocktake_id, key))
    return redirect(url_for(".count_page", stocktake_id=stocktake_id), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/scans/<key>/extra/tap")
@requires(Permission.FILE)
def tap_extra(stocktake_id: int, key: str) -> ResponseReturnValue:
    """The same with one tap from the count, which stays open."""
    return jsonify(said=_extra(stocktake_id, key))


def _extra(stocktake_id: int, key: str) -> str:
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        line = declare_extra(session, one, key, by=acting_user(session), at=now())
    return gettext("%(barcode)s: %(outcome)s.", barcode=line.barcode, outcome=words(Finding.EXTRA))


def _sent() -> list[Any]:
    """The scans of the request as they came, at most so many; none where there is nothing that can be read."""
    body = request.get_json(silent=True)
    listed = body.get("scans") if isinstance(body, dict) else None
    return listed[:MOST_SCANS_AT_ONCE] if isinstance(listed, list) else []


def _arrived(one: Any) -> Arrived | None:
    """A scan as it was sent; None where it cannot be read."""
    try:
        scan = Arrived(
            key=str(one["key"]),
            counter=str(one["counter"]),
            sequence=int(one["sequence"]),
            code=str(one["code"]).strip(),
            scanned_at=datetime.fromisoformat(one["at"]),
        )
    except (KeyError, TypeError, ValueError):
        return None
    whole = scan.code and len(scan.code) <= LONGEST_CODE and scan.code.isprintable() and scan.scanned_at.tzinfo
    named = 0 < len(scan.key) <= LONGEST_KEY and len(scan.counter) <= LONGEST_KEY and 0 < scan.sequence < 2**31
    return scan if whole and named else None


def _stands(session: Session, one: Stocktake, done: Counted) -> dict[str, Any]:
    """Where a page counts from a scan of a place or box on, or after one was taken back, and which that was."""
    scan = done.scan
    if scan.undoes is None and scan.place_id is None and scan.box_id is None:
        return {}
    sight = sight_of(session, one, scan.counter, scan.sequence + 1)
    return {"stands": sight.address if sight else "—", "undoes": scan.undoes.key if scan.undoes else ""}


def _told(done: Counted, *, undone: bool = False, lent: bool = False) -> dict[str, Any]:
    """What the page says of a scan; one that was taken back is shown without its result."""
    scan, line = done.scan, done.line
    finding = line.finding if line and scan.result is not ScanResult.AGAIN else None
    by_line = scan.result is ScanResult.UNKNOWN or (
        scan.result is ScanResult.SPOT and finding in (Finding.MISPLACED, Finding.FOREIGN)
    )
    shown = finding if finding and by_line else scan.result
    open_difference = bool(line and line.is_difference and line.outcome is None) and not undone
    ok = undone or shown in (ScanResult.FOUND, ScanResult.AGAIN, ScanResult.SPOT, ScanResult.UNDONE)
    return {
        "key": scan.key,
        "code": scan.barcode,
        "at": scan.scanned_at.isoformat(),
        "words": gettext("Scan undone") if undone else words(shown),
        "kind": ("on" if shown is ScanResult.SPOT else "ok") if ok else "late",
        "title": scan.undoes.barcode if scan.undoes else title_of(line) if line else "",
        "expected": expected_in(line) if line and not ok and (line.listed_address or line.of_unit_name) else "",
        "line": url_for("stocktake.show_line", stocktake_id=scan.stocktake_id, line_id=line.id) if line else "",
        "tap": url_for("stocktake.tap_line", stocktake_id=scan.stocktake_id, line_id=line.id) if line else "",
        "extra": url_for("stocktake.tap_extra", stocktake_id=scan.stocktake_id, key=scan.key)
        if scan.result is ScanResult.UNKNOWN and line is None and not undone
        else "",
        "settles": [one.value for one in offered(line, lent=lent)] if line and open_difference else [],
    }


def _form_counter() -> str:
    return f"form-{current_actor().user_id}"


def _next_sequence(session: Session, one: Stocktake, counter: str) -> int:
    last = session.scalar(
        select(func.max(StocktakeScan.sequence)).where(
            StocktakeScan.stocktake_id == one.id, StocktakeScan.counter == counter
        )
    )
    return (last or 0) + 1
