"""Stocktakes: beginning one, counting by phone or scanner, settling differences, signing the report."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.signing import signing
from accounts.uses import note_export, note_use
from records.files.models import Item
from records.holdings.models import Place
from records.holdings.printed import filed_print
from records.holdings.shelving import place_named
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from records.lending.services import person_named
from records.stocktake.counting import Arrived, Counted, count_scans, spot_of
from records.stocktake.forms import CancelForm, ScanForm, SettleForm, SignForm, StartForm, outcomes
from records.stocktake.models import (
    DIFFERENCES,
    Finding,
    Outcome,
    ScanResult,
    Stocktake,
    StocktakeLine,
    StocktakePlace,
    StocktakeScan,
    StocktakeState,
)
from records.stocktake.report import digest_now, expected_in, found_in, printed_report, sign
from records.stocktake.services import (
    TO_PUT_BACK,
    UNSETTLED,
    WHOLE,
    cancel,
    counts_of,
    differences_of,
    end_counting,
    line_of,
    lines_query,
    resume,
    signatures_of,
    start,
    unsettled_in,
    visible_stocktake,
    visible_stocktakes,
)
from records.stocktake.settling import Settling, confirm_put_back, offered, reopen, settle
from units.models import Unit
from web.forms import InvalidForm, shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, store, today

stocktake = Blueprint("stocktake", __name__)

STATES = {"": N_("All"), **{state.value: state for state in StocktakeState}}
SHOWN = {
    "": (N_("All lines"), None),
    "differences": (N_("All differences"), StocktakeLine.finding.in_(DIFFERENCES)),
    "unsettled": (N_("Without an outcome"), UNSETTLED),
    "put_back": (N_("Still to be put back"), TO_PUT_BACK),
    "not_counted": (N_("Not counted"), StocktakeLine.finding.is_(None)),
}
LAST_SCANS = 25
MOST_SCANS_AT_ONCE = 100
LONGEST_CODE, LONGEST_KEY = 80, 64


@stocktake.get("/stocktakes")
@requires(Permission.READ_WITHDRAWN)
def list_stocktakes() -> ResponseReturnValue:
    """Stocktakes of the units in sight."""
    state = request.args.get("state", "")
    counter, second = aliased(User), aliased(User)
    query = (
        visible_stocktakes(current_actor())
        .join(Place, Place.id == Stocktake.place_id)
        .join(counter, counter.id == Stocktake.counter_id)
        .join(second, second.id == Stocktake.second_id)
    )
    if state in set(StocktakeState):
        query = query.where(Stocktake.state == state)
    columns: tuple[Column[Stocktake], ...] = (
        Column("number", N_("Stocktake number"), lambda one: one.number, Stocktake.number),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("place", N_("Place"), lambda one: one.place.address, Place.address),
        Column("counter", N_("Counted by"), lambda one: one.counter.display_name, counter.display_name),
        Column("second", N_("Witnessed by"), lambda one: one.second.display_name, second.display_name),
        Column("started", N_("Started"), lambda one: one.started_at, Stocktake.started_at),
        Column("state", N_("State"), lambda one: words(one.state), Stocktake.state),
        Column("ended", N_("Ended on"), lambda one: one.ended_on, Stocktake.ended_on),
    )
    listing = Listing(reading(), query, columns, default="-started", tie=Stocktake.id)
    if listing.wants_export():
        note_export("stocktake", listing.count)
        return listing.export(gettext("Stocktakes"))
    return render_template("records/stocktake/list.html", listing=listing, states=STATES, state=state)


@stocktake.get("/stocktakes/new")
@requires(Permission.FILE)
def new_stocktake(form: StartForm | None = None) -> ResponseReturnValue:
    """Which place is counted, before which witness."""
    form = form or StartForm.blank(values={"place": request.args.get("place", "")})
    return render_template("records/stocktake/new.html", form=form)


@stocktake.post("/stocktakes")
@requires(Permission.FILE)
@shows_again(new_stocktake)
def start_stocktake() -> ResponseReturnValue:
    """Write down what should lie there, and begin to count."""
    form, actor = StartForm.read(), current_actor()
    with begin() as session:
        made = start(
            session,
            place_named(session, form.place.data, actor, Permission.FILE),
            session.get_one(User, actor.user_id),
            person_named(session, form.second.data, field="second"),
            actor=actor,
            at=now(),
            on=today(),
        )
    flash(gettext("Stocktake %(number)s has begun.", number=made.number))
    return redirect(url_for(".count_page", stocktake_id=made.id), 303)


@stocktake.get("/stocktakes/<int:stocktake_id>")
@requires(Permission.READ_WITHDRAWN)
def show_stocktake(stocktake_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    """What was expected, what was found, and what is still to be settled."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    listing = Listing(
        session,
        lines_query(one, *_narrowed()),
        LINE_COLUMNS,
        default="position",
        tie=StocktakeLine.id,
        options=WHOLE,
    )
    if listing.wants_export():
        note_use("content.exported", one, rows=listing.count)
        return listing.export(one.number)
    counts = counts_of(session, one)
    unsettled, to_put_back = unsettled_in(session, one)
    may_change = one.is_open and actor.may(Permission.FILE, one.unit.path)
    return render_template(
        "records/stocktake/show.html",
        stocktake=one,
        listing=listing,
        counts=counts,
        total=sum(counts.values()),
        places=_visited(session, one),
        unsettled=unsettled,
        to_put_back=to_put_back,
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.is_open else None,
        may_change=may_change,
        report_item=session.get(Item, one.report_item_id) if one.report_item_id else None,
        cancelling=form or CancelForm.blank(),
        shown=SHOWN,
        narrowing={name: request.values.get(name, "") for name in ("show", "finding", "q")},
        offered=offered,
        expected_in=expected_in,
        found_in=found_in,
    )


@stocktake.get("/stocktakes/<int:stocktake_id>/count")
@requires(Permission.FILE)
def count_page(stocktake_id: int, form: ScanForm | None = None) -> ResponseReturnValue:
    """One field for scans, which the browser keeps until they are sent; the last ones stand below."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    counter = _form_counter()
    scans = session.execute(
        select(StocktakeScan, StocktakeLine)
        .outerjoin(StocktakeLine, StocktakeLine.id == StocktakeScan.line_id)
        .where(StocktakeScan.stocktake_id == one.id, StocktakeScan.by_id == actor.user_id)
        .order_by(StocktakeScan.id.desc())
        .limit(LAST_SCANS)
        .options(*WHOLE)
    ).all()
    return render_template(
        "records/stocktake/count.html",
        stocktake=one,
        form=form or ScanForm.blank(),
        told=[_told(Counted(scan, line)) for scan, line in scans],
        counts=counts_of(session, one),
        spot=spot_of(session, one, counter, _next_sequence(session, one, counter)),
        findings=(None, *Finding),
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/scans")
@requires(Permission.FILE)
def take_scans(stocktake_id: int) -> ResponseReturnValue:
    """Take scans that the script of the page sends; what cannot be read is named, so that it is not sent for ever."""
    visible_stocktake(reading(), stocktake_id, current_actor())  # nothing is read for who may not see it
    body = request.get_json()
    listed = body.get("scans") if isinstance(body, dict) else None
    sent_ones = listed[:MOST_SCANS_AT_ONCE] if isinstance(listed, list) else []
    arrived = [one for one in map(_arrived, sent_ones) if one is not None]
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        done = count_scans(session, one, arrived, by=_user(session), at=now())
        told = [_told(each) for each in done]
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
        [done] = count_scans(session, one, [scan], by=_user(session), at=now())
        told = _told(done)
        flash(f"{told['code']}: {told['words']}", "refusal" if told["kind"] == "late" else "message")
    return redirect(url_for(".count_page", stocktake_id=stocktake_id), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/end")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def end_count(stocktake_id: int) -> ResponseReturnValue:
    """End the count; what was not seen is missing."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        missing = end_counting(session, one, actor=current_actor(), at=now())
    flash(ngettext("Counting has ended; %(num)d is missing.", "Counting has ended; %(num)d are missing.", missing))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="unsettled"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/resume")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def resume_count(stocktake_id: int) -> ResponseReturnValue:
    """Count on."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        resume(session, one, actor=current_actor(), at=now())
    return redirect(url_for(".count_page", stocktake_id=stocktake_id), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/cancellation")
@requires(Permission.FILE)
@shows_again(show_stocktake)
def cancel_stocktake(stocktake_id: int) -> ResponseReturnValue:
    """Give the stocktake up."""
    form = CancelForm.read()
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        cancel(session, one, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("%(number)s is cancelled. What was put right stays so.", number=one.number))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id), 303)


@stocktake.get("/stocktakes/<int:stocktake_id>/lines/<int:line_id>")
@requires(Permission.READ_WITHDRAWN)
def show_line(stocktake_id: int, line_id: int, form: SettleForm | None = None) -> ResponseReturnValue:
    """One line: where it should lie, where it was seen, and its outcome."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    line = line_of(session, one, line_id)
    return render_template(
        "records/stocktake/line.html",
        stocktake=one,
        line=line,
        form=(form or SettleForm.blank()).offer(outcome=outcomes(offered(line))),
        may_change=one.is_open and actor.may(Permission.FILE, one.unit.path),
        expected=expected_in(line),
        found=found_in(line),
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>")
@requires(Permission.FILE)
@shows_again(show_line)
def settle_line(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Settle a difference from its page."""
    flash(_settled(stocktake_id, line_id))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="unsettled"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/tap")
@requires(Permission.FILE)
def tap_line(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Settle a difference with one tap from the count, which stays open; a refusal is answered in words."""
    try:
        return jsonify(said=_settled(stocktake_id, line_id))
    except InvalidForm:
        return jsonify(reason=gettext("Choose one of the offered entries.")), 422


def _settled(stocktake_id: int, line_id: int) -> str:
    """Settle the difference as the form says; the result in words."""
    visible_stocktake(reading(), stocktake_id, current_actor())  # nothing is read for who may not see it
    form = SettleForm.read(outcome=outcomes(Outcome))
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        line = line_of(session, one, line_id)
        owner = person_named(session, form.owner.data, field="owner") if form.owner.data else None
        settle(session, line, Outcome(form.outcome.data), form.text.text, _settling(one), owner=owner)
        if line.outcome:
            return gettext("%(barcode)s: %(outcome)s.", barcode=line.barcode, outcome=words(line.outcome))
        return gettext("%(barcode)s is still misplaced. Put it right now.", barcode=line.barcode)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/put-back")
@requires(Permission.FILE)
@shows_again(show_line)
def put_line_back(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Note that it was carried back."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        line = line_of(session, one, line_id)
        confirm_put_back(session, line, _settling(one))
    flash(gettext("%(barcode)s is back in its place.", barcode=line.barcode))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="put_back"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/reopening")
@requires(Permission.FILE)
@shows_again(show_line)
def reopen_line(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Take an outcome away that has had no effect yet."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        reopen(session, line_of(session, one, line_id), _settling(one))
    return redirect(url_for(".show_line", stocktake_id=stocktake_id, line_id=line_id), 303)


@stocktake.get("/stocktakes/<int:stocktake_id>/signature")
@requires(Permission.READ_WITHDRAWN)
def signing_page(stocktake_id: int, form: SignForm | None = None) -> ResponseReturnValue:
    """What is signed, and by whom."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    form = form or SignForm.blank()
    form.seen.data = digest = digest_now(session, one)
    unsettled, to_put_back = unsettled_in(session, one)
    return render_template(
        "records/stocktake/sign.html",
        stocktake=one,
        form=form,
        digest=digest,
        counts=counts_of(session, one),
        differences=differences_of(session, one),
        unsettled=unsettled,
        to_put_back=to_put_back,
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.is_open else None,
        expected_in=expected_in,
        found_in=found_in,
    )


@stocktake.post("/stocktakes/<int:stocktake_id>/signature")
@requires(Permission.READ_WITHDRAWN)
@shows_again(signing_page)
def sign_report(stocktake_id: int) -> ResponseReturnValue:
    """Sign; with the second signature the report is filed."""
    form, actor = SignForm.read(), current_actor()
    with signing() as session:
        complete = sign(
            session,
            visible_stocktake(session, stocktake_id, actor),
            _user(session),
            form.password.data,
            seen_sha256=form.seen.data,
            store=store(),
            workshop=workshop(),
            at=now(),
            on=today(),
        )
    if complete:
        flash(gettext("Both have signed. The stocktake is closed and its report filed."))
    else:
        flash(gettext("Signed. The stocktake is closed when both have signed."))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id), 303)


@stocktake.get("/stocktakes/<int:stocktake_id>/report.pdf")
@requires(Permission.READ_WITHDRAWN)
def print_report(stocktake_id: int) -> ResponseReturnValue:
    """The report as PDF/A: the one that was filed, or a draft."""
    session = reading()
    one = visible_stocktake(session, stocktake_id, current_actor())
    if filed := filed_print(session, one.report_item_id):
        return sent_filed(filed)
    draft = printed_report(session, one, made_at=now(), language=paper_language(), draft=True)
    return sent(draft, one, f"{one.number}-draft")


LINE_COLUMNS: tuple[Column[StocktakeLine], ...] = (
    Column("position", N_("Entry no."), lambda line: line.position, StocktakeLine.position, numeric=True),
    Column("barcode", N_("Barcode"), lambda line: line.barcode, StocktakeLine.barcode),
    Column("title", N_("Title"), lambda line: line.copy.item.title if line.copy else ""),
    Column("expected", N_("Should lie"), expected_in),
    Column("found", N_("Seen at"), found_in),
    Column("finding", N_("Result of the count"), lambda line: words(line.finding), StocktakeLine.finding),
    Column("outcome", N_("Outcome"), lambda line: words(line.outcome), StocktakeLine.outcome),
    Column("owner", N_("Owner"), lambda line: line.owner.display_name if line.owner else ""),
)


def _narrowed() -> list[ColumnElement[bool]]:
    """The conditions that the page is narrowed by: what is to do, the finding, a barcode."""
    conditions: list[ColumnElement[bool]] = []
    _, condition = SHOWN.get(request.args.get("show", ""), SHOWN[""])
    if condition is not None:
        conditions.append(condition)
    if request.args.get("finding") in set(Finding):
        conditions.append(StocktakeLine.finding == request.args["finding"])
    if text := request.args.get("q", "").strip():
        conditions.append(StocktakeLine.barcode.contains(text.upper(), autoescape=True))
    return conditions


def _visited(session: Session, one: Stocktake) -> tuple[int, int]:
    """How many places were scanned, of how many."""
    row = session.execute(
        select(func.count(StocktakePlace.visited_at), func.count()).where(StocktakePlace.stocktake_id == one.id)
    ).one()
    return row[0], row[1]


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


def _told(done: Counted) -> dict[str, Any]:
    """What the page says of a scan."""
    scan, line = done.scan, done.line
    finding = line.finding if line and scan.result is not ScanResult.AGAIN else None
    shown = finding if scan.result is ScanResult.SPOT and finding is Finding.MISPLACED else scan.result
    open_difference = bool(line and line.is_difference and line.outcome is None)
    ok = shown in (ScanResult.FOUND, ScanResult.AGAIN, ScanResult.SPOT)
    return {
        "key": scan.key,
        "code": scan.barcode,
        "at": scan.scanned_at.isoformat(),
        "words": words(shown),
        "kind": ("on" if shown is ScanResult.SPOT else "ok") if ok else "late",
        "is_spot": scan.result is ScanResult.SPOT,
        "title": line.copy.item.title if line and line.copy else "",
        "expected": expected_in(line) if line and not ok and (line.place or line.in_box) else "",
        "line": url_for("stocktake.show_line", stocktake_id=scan.stocktake_id, line_id=line.id) if line else "",
        "tap": url_for("stocktake.tap_line", stocktake_id=scan.stocktake_id, line_id=line.id) if line else "",
        "settles": [one.value for one in offered(line)] if line and open_difference else [],
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


def _settling(one: Stocktake) -> Settling:
    return Settling(one, current_actor(), now(), today())


def _user(session: Session) -> User:
    return session.get_one(User, current_actor().user_id)
