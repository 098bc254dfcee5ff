"""Handovers: starting one, checking its list line by line, signing it, and the list as paper."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session, aliased

from accounts.guard import current_actor, not_for_inquirers, requires
from accounts.models import User
from accounts.own import own_page
from accounts.prints import paper_language, sent
from accounts.roles import Permission
from accounts.services import keepers_in
from accounts.signing import signing
from accounts.uses import note_export, note_use
from records.files.models import Item
from records.handover.cases import KEPT, visible_cases
from records.handover.counting import way_of_counting
from records.handover.custody import keepers_of, kept_still
from records.handover.errors import MayNotCancel
from records.handover.extent import Extent, extent_named
from records.handover.forms import (
    AbsentForm,
    CancelForm,
    DifferenceForm,
    ExtraForm,
    RefusalForm,
    ScanForm,
    SignForm,
    StartForm,
    differences,
)
from records.handover.models import (
    Difference,
    Handover,
    HandoverCase,
    HandoverKind,
    HandoverLine,
    HandoverState,
    LineKind,
)
from records.handover.open_work import page_of
from records.handover.services import (
    OPEN_LINE,
    UNCHECKED,
    Absence,
    Changes,
    cancel,
    confirm,
    confirm_code,
    count_all,
    counted_of,
    line_of,
    lines_of,
    may_steer,
    note_difference,
    note_extra,
    progress_of,
    recheck,
    refuse,
    signatures_of,
    signs,
    start,
    visible_handover,
    visible_handovers,
    waits_for,
)
from records.handover.sheet import carrier, found, list_digest, period, printed_list, quantity
from records.handover.signing import deed_of, sign
from records.holdings.printed import filed_print
from records.holdings.views.blueprint import workshop
from records.holdings.views.filed import sent_filed
from records.lending.services import person_named
from units.models import Unit
from units.services import visible_units
from web.forms import shows_again
from web.language import N_, gettext, language
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, refresh_reading, store, today

handover = Blueprint("handover", __name__)
own_page(N_("My handovers"), "handover.list_handovers", state="party")

MINE, PARTY = "mine", "party"  # beside the states: what waits for the reader, and what the reader took part in
STATES = {
    "": N_("All"),
    MINE: N_("Waiting for me"),
    PARTY: N_("With my part in it"),
    **{state.value: state for state in HandoverState},
}
FOUND = {
    "": (N_("All lines"), None),
    "unchecked": (N_("Not checked"), UNCHECKED),
    "different": (N_("With a difference"), OPEN_LINE & HandoverLine.difference.is_not(None)),
    "added": (N_("Added during the handover"), OPEN_LINE & HandoverLine.added_at.is_not(None)),
    "counted": (N_("To be counted"), OPEN_LINE & HandoverLine.counted),
    "refused": (N_("Refused"), OPEN_LINE & HandoverLine.refused_reason.is_not(None)),
    "left": (N_("Left during the handover"), HandoverLine.left_at.is_not(None)),
}
ENDPOINTS = {
    LineKind.FILE: ("browse.show_file", "file_id"),
    LineKind.BOX: ("holdings.show_box", "box_id"),
    LineKind.COPY: ("holdings.show_copy", "copy_id"),
    LineKind.LOAN: ("lending.show_loan", "loan_id"),
    LineKind.DUTY: ("browse.show_item", "item_id"),
    LineKind.TWIN: ("upkeep.show_duty", "twin_duty_id"),
    LineKind.EXTRA: (None, None),
}
NARROWING = ("kind", "found", "q", "page", "sort")


@handover.get("/handovers")
@not_for_inquirers
def list_handovers() -> ResponseReturnValue:
    """Handovers of the units in sight, and those one is a party of."""
    state = request.args.get("state", "")
    leaver, receiver, witness = aliased(User), aliased(User), aliased(User)
    query = (
        visible_handovers(current_actor())
        .join(leaver, leaver.id == Handover.leaver_id)
        .join(receiver, receiver.id == Handover.receiver_id)
        .join(witness, witness.id == Handover.witness_id)
    )
    if state == MINE:
        query = query.where(waits_for(current_actor()))
    elif state == PARTY:
        query = query.where(or_(signs(current_actor()), Handover.leaver_id == current_actor().user_id))
    elif state in set(HandoverState):
        query = query.where(Handover.state == state)
    columns: tuple[Column[Handover], ...] = (
        Column("number", N_("Handover number"), lambda one: one.number, Handover.number),
        Column("kind", N_("Kind of handover"), lambda one: words(one.kind), Handover.kind),
        Column("unit", N_("Unit"), lambda one: one.unit.name, Unit.name),
        Column("leaver", N_("Hands over"), lambda one: one.leaver.display_name, leaver.display_name),
        Column("receiver", N_("Receives"), lambda one: one.receiver.display_name, receiver.display_name),
        Column("witness", N_("Witnesses"), lambda one: one.witness.display_name, witness.display_name),
        Column("started", N_("Started"), lambda one: one.started_at, Handover.started_at),
        Column("state", N_("State"), lambda one: words(one.state), Handover.state),
        Column("ended", N_("Ended on"), lambda one: one.ended_on, Handover.ended_on),
    )
    listing = Listing(reading(), query, columns, default="-started", tie=Handover.id)
    if listing.wants_export():
        note_export("handover", listing.count)
        return listing.export(gettext("Handovers"))
    return render_template("records/handover/list.html", listing=listing, states=STATES, state=state)


@handover.get("/handovers/new")
@requires(Permission.READ)
def new_handover(form: StartForm | None = None) -> ResponseReturnValue:
    """Who hands over to whom, and what; the list is made when it is started."""
    session = reading()
    absent = _without_keeper()
    units, unit = _units(session)
    leavers, receivers = _offered(session, unit)
    own = str(current_actor().user_id)
    values = {"leaver": own} if own in dict(leavers) and not absent else None
    blank = (AbsentForm if absent else StartForm).blank(values=values)
    return render_template(
        "records/handover/new.html",
        form=(form or blank).offer(leaver=leavers, receiver=receivers),
        units=units,
        unit=unit,
        any_receiver=len(receivers) > 1,
        absent=absent,
        leads=current_actor().may(Permission.APPROVE),
    )


@handover.post("/handovers")
@requires(Permission.READ)
@shows_again(new_handover)
def start_handover() -> ResponseReturnValue:
    """List what is in the leaver's custody and begin."""
    actor = current_actor()
    with begin() as session:
        unit = _units(session)[1]
        leavers, receivers = _offered(session, unit)
        form = (AbsentForm if _without_keeper() else StartForm).read(leaver=leavers, receiver=receivers)
        assert unit is not None  # noqa: S101 - without a unit nobody is offered, and the form is refused
        leaver = session.get_one(User, int(form.leaver.data))
        made = start(
            session,
            unit,
            leaver,
            session.get_one(User, int(form.receiver.data)),
            person_named(session, form.witness.data, field="witness"),
            reason=form.reason.data,
            actor=actor,
            at=now(),
            on=today(),
            extent=extent_named(
                session, unit, leaver, categories=form.categories, years=form.years, codes=form.file_codes,
                place=form.place.text,
            ),
            absence=_absence(session, form),
        )  # fmt: skip
    flash(gettext("Handover %(number)s is open. Now the receiver checks every line.", number=made.number))
    return redirect(url_for(".show_handover", handover_id=made.id), 303)


@handover.get("/handovers/<int:handover_id>")
@not_for_inquirers
def show_handover(
    handover_id: int,
    scanned: ScanForm | None = None,
    cancelling: CancelForm | None = None,
    extra: ExtraForm | None = None,
) -> ResponseReturnValue:
    """The list by kind of line, how far it is checked, and who has signed."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    lines = select(HandoverLine).where(HandoverLine.handover_id == one.id, *_narrowed())
    listing = Listing(session, lines, LINE_COLUMNS, default="position", tie=HandoverLine.id)
    if listing.wants_export():
        note_use("content.exported", one, rows=listing.count)
        return listing.export(one.number)
    progress = progress_of(session, one)
    is_open = one.state is HandoverState.OPEN
    return render_template(
        "records/handover/show.html",
        handover=one,
        extent=Extent.of(one.extent),
        stays=kept_still(session, one.leaver, one.unit) if is_open and one.extent else None,
        listing=listing,
        kinds=progress,
        total=sum(part.lines for part in progress.values()),
        checked=sum(part.checked for part in progress.values()),
        unchecked=session.scalar(lines.where(UNCHECKED).with_only_columns(func.count(HandoverLine.id))) or 0,
        different=sum(part.different for part in progress.values()),
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if is_open else None,
        may_check=is_open and actor.user_id == one.receiver_id,
        may_steer=is_open and may_steer(one, actor),
        may_read=actor.may(Permission.READ, one.unit.path),
        list_item=session.get(Item, one.list_item_id) if one.list_item_id else None,
        counting=way_of_counting(one, *counted_of(session, one)),
        cases=session.scalars(visible_cases(actor).where(HandoverCase.handover_id == one.id)).all(),
        scanned=scanned or ScanForm.blank(),
        extra=extra or ExtraForm.blank(),
        cancelling=cancelling or CancelForm.blank(),
        narrowing=_narrowing(),
        in_hand=[(kind, count, *page_of(kind)) for kind, count in one.in_hand.items()],
        found=FOUND,
        endpoints=ENDPOINTS,
        said={"quantity": quantity, "carrier": carrier, "period": period, "found": found},
    )


def _scan_refused(handover_id: int, form: ScanForm | None = None) -> ResponseReturnValue:
    return show_handover(handover_id, scanned=form)


@handover.post("/handovers/<int:handover_id>/scan")
@requires(Permission.READ)
@shows_again(_scan_refused)
def scan_line(handover_id: int) -> ResponseReturnValue:
    """Confirm what was scanned."""
    form = ScanForm.read()
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        line = confirm_code(session, one, form.code.data, actor=current_actor(), at=now())
        flash(gettext("Confirmed: %(code)s “%(title)s”.", code=line.code, title=line.title))
    return _back(handover_id)


@handover.post("/handovers/<int:handover_id>/ticks")
@requires(Permission.READ)
@shows_again(_scan_refused)
def tick_lines(handover_id: int) -> ResponseReturnValue:
    """Confirm the ticked lines, or all lines that the page is narrowed to."""
    condition = HandoverLine.id.in_(request.form.getlist("line", type=row_number))
    conditions = _narrowed() if "all" in request.form else [condition]
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        count = confirm(session, one, *conditions, actor=current_actor(), at=now())
    flash(gettext("%(number)s lines confirmed.", number=count))
    return _back(handover_id)


@handover.get("/handovers/<int:handover_id>/lines/<int:line_id>")
@requires(Permission.READ)
def show_line(
    handover_id: int, line_id: int, form: DifferenceForm | None = None, refusing: RefusalForm | None = None
) -> ResponseReturnValue:
    """One line, to note a difference or to refuse it."""
    one = visible_handover(reading(), handover_id, current_actor())
    line = line_of(reading(), one, line_id)
    blank = DifferenceForm.blank(values={"difference": line.difference or "", "reason": line.difference_reason or ""})
    return render_template(
        "records/handover/line.html",
        handover=one,
        line=line,
        form=(form or blank).offer(difference=differences()),
        refusing=refusing or RefusalForm.blank(),
        may_refuse=line.kind in KEPT,
        said={"quantity": quantity, "found": found},
    )


def _refusal_refused(handover_id: int, line_id: int, form: RefusalForm | None = None) -> ResponseReturnValue:
    return show_line(handover_id, line_id, refusing=form)


@handover.post("/handovers/<int:handover_id>/lines/<int:line_id>/refusal")
@requires(Permission.READ)
@shows_again(_refusal_refused)
def refuse_line(handover_id: int, line_id: int) -> ResponseReturnValue:
    """Refuse a file or a box."""
    form = RefusalForm.read()
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        line = line_of(session, one, line_id)
        refuse(session, one, line, form.refusal.data, actor=current_actor(), at=now())
    flash(gettext("%(code)s is refused: it stays in custody, and a case comes of it.", code=line.code))
    return _back(handover_id)


def _extra_refused(handover_id: int, form: ExtraForm | None = None) -> ResponseReturnValue:
    return show_handover(handover_id, extra=form)


@handover.post("/handovers/<int:handover_id>/extras")
@requires(Permission.READ)
@shows_again(_extra_refused)
def add_extra(handover_id: int) -> ResponseReturnValue:
    """Note what was found and is not listed."""
    form = ExtraForm.read()
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        note_extra(
            session, one, form.extra_code.data, form.extra_title.data, form.extra_reason.data, actor=current_actor(),
            at=now(),
        )  # fmt: skip
    flash(gettext("What was found and is not listed is noted."))
    return _back(handover_id)


@handover.post("/handovers/<int:handover_id>/full-count")
@requires(Permission.READ)
def count_fully(handover_id: int) -> ResponseReturnValue:
    """Count everything after all."""
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        count = count_all(session, one, actor=current_actor(), at=now())
    flash(gettext("Everything is counted now; %(number)s lines more.", number=count))
    return _back(handover_id)


@handover.post("/handovers/<int:handover_id>/lines/<int:line_id>")
@requires(Permission.READ)
@shows_again(show_line)
def note_line(handover_id: int, line_id: int) -> ResponseReturnValue:
    """Note a difference, or leave the line to be checked again."""
    again = "again" in request.form
    form = None if again else DifferenceForm.read(difference=differences())
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        note_difference(
            session,
            one,
            line_of(session, one, line_id),
            Difference(form.difference.data) if form else None,
            form.reason.data if form else None,
            actor=current_actor(),
            at=now(),
        )
    flash(gettext("The line waits to be checked again.") if again else gettext("The difference is noted."))
    return _back(handover_id)


@handover.post("/handovers/<int:handover_id>/comparison")
@requires(Permission.READ)
def compare(handover_id: int) -> ResponseReturnValue:
    """Compare the list with what is in custody now."""
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        if not (may_steer(one, current_actor()) or one.part_of(current_actor().user_id)):
            raise MayNotCancel(leaver=one.leaver.display_name, unit=one.unit.name)
        changes = recheck(session, one, actor=current_actor(), at=now())
    flash(_told(changes) if changes else gettext("The list is what is in custody now."))
    return _back(handover_id)


def _cancel_refused(handover_id: int, form: CancelForm | None = None) -> ResponseReturnValue:
    return show_handover(handover_id, cancelling=form)


@handover.post("/handovers/<int:handover_id>/cancellation")
@requires(Permission.READ)
@shows_again(_cancel_refused)
def cancel_handover(handover_id: int) -> ResponseReturnValue:
    """Give the handover up; custody stays where it is."""
    form = CancelForm.read()
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        cancel(session, one, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("The handover is cancelled. Custody stays with %(name)s.", name=one.leaver.display_name))
    return redirect(url_for(".show_handover", handover_id=handover_id), 303)


@handover.get("/handovers/<int:handover_id>/signature")
@requires(Permission.READ)
def signing_page(handover_id: int, form: SignForm | None = None) -> ResponseReturnValue:
    """What is signed, by whom, and where the printed list will lie."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    progress = progress_of(session, one)
    digest = list_digest(one, lines_of(session, one))
    form = form or SignForm.blank(values={"spot": one.list_spot or ""})
    form.seen.data = digest
    return render_template(
        "records/handover/sign.html",
        handover=one,
        form=form,
        digest=digest,
        kinds=progress,
        unchecked=sum(part.unchecked for part in progress.values()),
        different=sum(part.different for part in progress.values()),
        signatures={signature.part: signature for signature in signatures_of(session, one)},
        own_part=one.part_of(actor.user_id) if one.state is HandoverState.OPEN else None,
        year=today().year,
    )


@handover.post("/handovers/<int:handover_id>/signature")
@requires(Permission.READ)
@shows_again(signing_page)
def sign_list(handover_id: int) -> ResponseReturnValue:
    """Sign; with the third signature custody passes and the list is filed."""
    form, actor = SignForm.read(), current_actor()
    with begin() as session:
        one = visible_handover(session, handover_id, actor)
        party = one.part_of(actor.user_id) is not None
        changes = recheck(session, one, actor=actor, at=now()) if party else Changes()
    if changes:
        flash(_told(changes), "refusal")
        return redirect(url_for(".show_handover", handover_id=handover_id, found="unchecked"), 303)
    at = now()
    refresh_reading()
    looking = reading()
    deed = deed_of(
        looking, visible_handover(looking, handover_id, actor), looking.get_one(User, actor.user_id),
        seen_sha256=form.seen.data, store=store(), workshop=workshop(), at=at,
    )  # fmt: skip
    with signing() as session:
        complete = sign(
            session,
            visible_handover(session, handover_id, actor),
            session.get_one(User, actor.user_id),
            form.password.data,
            seen_sha256=form.seen.data,
            spot=form.spot.text,
            deed=deed,
            store=store(),
            workshop=workshop(),
            at=at,
            on=today(),
        )
    if complete:
        flash(gettext("All three have signed. Custody has passed and the transfer list is filed."))
    else:
        flash(gettext("Signed. The handover is complete when all three have signed."))
    return redirect(url_for(".show_handover", handover_id=handover_id), 303)


@handover.get("/handovers/<int:handover_id>/list.pdf")
@not_for_inquirers
def transfer_list(handover_id: int) -> ResponseReturnValue:
    """The transfer list as PDF/A: the one that was filed, or a draft to check by."""
    session, actor = reading(), current_actor()
    one = visible_handover(session, handover_id, actor)
    if filed := filed_print(session, one.list_item_id):
        return sent_filed(filed)
    draft = printed_list(
        one,
        lines_of(session, one),
        signatures_of(session, one),
        made_at=now(),
        language=paper_language(),
        draft=True,
    )
    return sent(draft, one, f"{one.number}-draft")


LINE_COLUMNS: tuple[Column[HandoverLine], ...] = (
    Column("position", N_("Entry no."), lambda line: line.position, HandoverLine.position, numeric=True),
    Column("kind", N_("Kind of line"), lambda line: words(line.kind), HandoverLine.kind),
    Column("code", N_("Code"), lambda line: line.code, HandoverLine.code),
    Column("title", N_("Title"), lambda line: line.title, HandoverLine.title),
    Column("quantity", N_("Count"), lambda line: quantity(line, language())),
    Column("place", N_("Place or holder"), lambda line: line.holder or line.place, HandoverLine.place),
    Column("found", N_("Found"), lambda line: found(line, language())),
)


def _narrowed() -> list[ColumnElement[bool]]:
    """The conditions that the page is narrowed by: kind of line, what was found, words."""
    asked = request.values
    conditions: list[ColumnElement[bool]] = []
    if asked.get("kind") in set(LineKind):
        conditions.append(HandoverLine.kind == asked["kind"])
    _, condition = FOUND.get(asked.get("found", ""), FOUND[""])
    if condition is not None:
        conditions.append(condition)
    if text := asked.get("q", "").strip():
        columns = (HandoverLine.code, HandoverLine.title, HandoverLine.place, HandoverLine.holder)
        conditions.append(or_(*(column.contains(text, autoescape=True) for column in columns)))
    return conditions


def _narrowing() -> dict[str, str]:
    return {name: request.values[name] for name in NARROWING if request.values.get(name)}


def _back(handover_id: int) -> ResponseReturnValue:
    """The list as it was narrowed before; the page number goes, for confirmed lines may have left it."""
    kept: dict[str, Any] = {name: value for name, value in _narrowing().items() if name != "page"}
    return redirect(url_for(".show_handover", handover_id=handover_id, **kept), 303)


def _units(session: Session) -> tuple[list[Unit], Unit | None]:
    """The units where the actor may begin a handover, and the one asked for, or the first."""
    units = list(visible_units(session, current_actor(), Permission.HAND_OVER))
    asked = request.values.get("unit", type=row_number)
    return units, next((unit for unit in units if unit.id == asked), units[0] if units else None)


def _without_keeper() -> bool:
    """Whether the page is about a keeper who cannot take part."""
    return request.values.get("way") == HandoverKind.UNPLANNED


def _absence(session: Session, form: StartForm) -> Absence | None:
    if not isinstance(form, AbsentForm):
        return None
    return Absence(form.proof.data, person_named(session, form.second_witness.data, field="second_witness"))


def _offered(session: Session, unit: Unit | None) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Who may hand over in a unit and who may receive there, as choices."""
    first = [("", gettext("Choose"))]
    if unit is None:
        return first, first
    return (
        first + [(str(user.id), user.display_name) for user in keepers_of(session, unit)],
        first + [(str(user.id), user.display_name) for user in keepers_in(session, unit.path)],
    )


def _told(changes: Changes) -> str:
    told = gettext(
        "Since the list was made, %(added)s lines were added, %(left)s have left and %(changed)s say something else.",
        added=changes.added,
        left=changes.left,
        changed=changes.changed,
    )
    if changes.open_work:
        told += " " + gettext("What else is in hand has changed.")
    if changes.lapsed:
        told += " " + gettext("%(number)s signatures have lapsed and must be given again.", number=changes.lapsed)
    return told
