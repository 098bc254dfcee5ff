"""Pages of units that end: the list, beginning, destinations for every file, and the closing itself (art. 14)."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, func, or_
from sqlalchemy.orm import Session

from accounts.guard import current_actor, requires
from accounts.models import User
from accounts.prints import paper_language, sent
from accounts.roles import Actor, Permission
from accounts.services import person_named
from accounts.uses import note_export
from classification.categories import Category
from records.closing.closings import (
    LAST_REFUSED,
    accepted_under,
    begin_closing,
    complete_closing,
    files_left,
    give_destination,
    give_up_closing,
    last_answers,
    led_closing,
    may_give_up,
    may_lead,
    progress_of,
    roles_in,
    units_below,
    units_led,
    visible_closing,
    visible_closings,
)
from records.closing.filing import file_closing_list, filed_in
from records.closing.forms import BeginClosingForm, DestinationForm, FilingForm, LodgedSetsForm, ReasonForm, reasons
from records.closing.lodged import centres_offered, offer_sets, recall_sets
from records.closing.models import ClosingState, TransferReason, UnitClosing
from records.closing.parties import full_name, keepers_on_behalf, unit_named, units_offered
from records.closing.remains import Remains, remains_of
from records.closing.sheets import closing_list
from records.closing.transfers import ON_THE_WAY
from records.closing.views.blueprint import closing
from records.files.models import File
from records.holdings.printed import filed_print
from records.holdings.views.filed import filing_now, sent_filed
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.listing import Column, Listing
from web.numbers import row_number
from web.shown import words
from web.transaction import begin, now, reading, today

ASKED = {
    "": N_("All files left"),
    "without": N_("Without a destination"),
    "refused": N_("Refused by a receiver"),
    "waiting": N_("Waiting for an answer"),
}
ACCEPTED_SHOWN = 50
NARROWING = ("category", "asked", "q", "sort")
FILE_COLUMNS: tuple[Column[File], ...] = (
    Column("code", N_("Reference code"), lambda file: file.code, File.code.expression),
    Column("title", N_("Title"), lambda file: file.title, File.title.expression),
    Column("category", N_("Category"), lambda file: words(file.category), File.category.expression),
    Column("year", N_("Year"), lambda file: file.year, File.year.expression),
    Column("items", N_("Items filed"), lambda file: file.last_item_number, File.last_item_number.expression, True),
)
COLUMNS: tuple[Column[UnitClosing], ...] = (
    Column("number", N_("Case number"), lambda one: one.number, UnitClosing.id.expression),
    Column("unit", N_("Unit that ends"), lambda one: one.unit.name, Unit.path.expression),
    Column("decision", N_("Decision it rests on"), lambda one: one.decision, UnitClosing.decision.expression),
    Column("begun", N_("Begun"), lambda one: one.begun_at, UnitClosing.begun_at.expression),
    Column("state", N_("State"), lambda one: words(one.state), UnitClosing.state.expression),
    Column("ended", N_("Ended on"), lambda one: one.ended_on, UnitClosing.ended_on.expression),
)
# Where what is left can be seen; files and transfers are on the page of the case itself.
LINKS = {
    Remains.AWAITING: ("browse.list_awaiting", "unit"),
    Remains.LOANS: ("lending.list_loans", None),
    Remains.BOXES: ("holdings.list_boxes", "unit"),
    Remains.LOOSE: ("holdings.list_places", "unit"),
    Remains.HANDOVERS: ("handover.list_handovers", None),
    Remains.INCOMING: ("closing.list_transfers", None),
    Remains.APPLICATIONS: ("workflow.list_applications", None),
    Remains.STOCKTAKES: ("stocktake.list_stocktakes", None),
    Remains.CLEAN_UPS: ("upkeep.list_clean_ups", None),
    Remains.BATCHES: ("disposal.list_batches", None),
    Remains.INSPECTIONS: ("supervision.list_inspections", None),
    Remains.REQUESTS: ("lending.list_requests", None),
    Remains.CONSULTATIONS: ("consultation.list_consultations", None),
    Remains.REGISTRATIONS: ("consultation.list_inquirers", None),
    Remains.INCIDENTS: ("supervision.list_incidents", None),
    Remains.IMPORTS: ("exchange.list_runs", None),
}


@closing.get("/closings")
@requires(Permission.READ)
def list_closings() -> ResponseReturnValue:
    """Units that end or have ended."""
    session, actor = reading(), current_actor()
    listing: Listing[UnitClosing] = Listing(
        session, visible_closings(actor), COLUMNS, default="-number", tie=UnitClosing.id
    )
    if listing.wants_export():
        note_export("unit_closing", listing.count)
        return listing.export(gettext("Units that end"))
    return render_template("records/closing/closings.html", listing=listing, may_begin=bool(units_led(session, actor)))


@closing.get("/closings/new")
@requires(Permission.READ)
def new_closing(form: BeginClosingForm | None = None) -> ResponseReturnValue:
    """Which unit ends, and by which decision."""
    form = form or BeginClosingForm.blank(values={"unit_id": request.args.get("unit", "")})
    choices = _units(reading())
    return render_template(
        "records/closing/new_closing.html", form=form.offer(unit_id=choices), any_unit=len(choices) > 1
    )


@closing.post("/closings/new")
@requires(Permission.READ)
@shows_again(new_closing)
def begin_case() -> ResponseReturnValue:
    """Begin to close a unit."""
    form = BeginClosingForm.read(unit_id=_units(reading()))
    with begin() as session:
        unit = session.get_one(Unit, int(form.unit_id.data))
        made = begin_closing(session, unit, form.decision.data, actor=current_actor(), at=now())
    flash(gettext("Case %(number)s is open. Now every file gets a destination.", number=made.number))
    return redirect(url_for(".show_closing", unit_closing_id=made.id), 303)


@closing.get("/closings/<int:unit_closing_id>")
@requires(Permission.READ_WITHDRAWN)
def show_closing(
    unit_closing_id: int,
    sending: DestinationForm | None = None,
    giving_up: ReasonForm | None = None,
    filing: FilingForm | None = None,
    moving: LodgedSetsForm | None = None,
) -> ResponseReturnValue:
    """The case: how far it is, what is left, and the files that still need a destination."""
    session, actor = reading(), current_actor()
    one = visible_closing(session, unit_closing_id, actor)
    listing: Listing[File] = Listing(session, _narrowed(one, actor), FILE_COLUMNS, default="code", tie=File.id)
    if listing.wants_export():
        note_export("file", listing.count)
        return listing.export(f"{one.number} {gettext('Files left')}")
    is_open = one.state is ClosingState.OPEN
    remains = remains_of(session, one.unit, now())
    below = units_below(session, one.unit)
    centres = _centres(session, one) if remains[Remains.LODGED] else []
    return render_template(
        "records/closing/closing.html",
        case=one,
        listing=listing,
        progress=progress_of(session, one),
        remains={kind: count for kind, count in remains.items() if count},
        below=below,
        roles=roles_in(session, one.unit),
        last_transfer=last_answers(session, listing.rows),
        free=session.scalar(_narrowed(one, actor).where(~ON_THE_WAY).with_only_columns(func.count(File.id))),
        accepted=accepted_under(session, one, actor, limit=ACCEPTED_SHOWN),
        leads=is_open and may_lead(one.unit, actor),
        is_open=is_open,
        may_close=not below and not any(remains.values()),
        sending=(sending or DestinationForm.blank()).offer(reason=_reasons()),
        gives_up=is_open and may_give_up(one, actor),
        giving_up=giving_up or ReasonForm.blank(),
        filing=filing or FilingForm.blank(),
        moving=(moving or LodgedSetsForm.blank()).offer(centre=centres),
        filed=filed_print(session, one.list_item_id),
        files=one.state is ClosingState.CLOSED
        and one.list_item_id is None
        and actor.may(Permission.FILE, filed_in(one).path),
        reads_list=actor.may(Permission.READ, filed_in(one).path),
        year=today().year,
        units=units_offered(session, but=one.unit),
        on_behalf=keepers_on_behalf(session, one.unit),
        categories=list(Category),
        asked=ASKED,
        narrowing={name: request.values[name] for name in NARROWING if request.values.get(name)},
        links=LINKS,
        may_file=actor.may(Permission.FILE, one.unit.path),
    )


def _not_sent(unit_closing_id: int, form: DestinationForm | None = None) -> ResponseReturnValue:
    return show_closing(unit_closing_id, sending=form)


@closing.post("/closings/<int:unit_closing_id>/destinations")
@requires(Permission.READ)
@shows_again(_not_sent)
def send_files(unit_closing_id: int) -> ResponseReturnValue:
    """Offer the ticked files, or all that the page is narrowed to, to one unit."""
    actor = current_actor()
    led_closing(reading(), unit_closing_id, actor)
    form = DestinationForm.read(reason=_reasons())
    ticked = File.id.in_(request.form.getlist("file", type=row_number))
    with begin() as session:
        one = led_closing(session, unit_closing_id, actor)
        query = _narrowed(one, actor) if "all" in request.form else files_left(one, actor).where(ticked)
        made = give_destination(
            session,
            one,
            session.scalars(query.order_by(File.code)).all(),
            unit_named(session, form.to_unit.data),
            TransferReason(form.reason.data),
            grounds=form.grounds.data,
            witness=person_named(session, form.witness.data, field="witness"),
            actor=actor,
            giver=session.get_one(User, actor.user_id),
            at=now(),
        )
    flash(
        ngettext(
            "%(num)d file is offered to %(unit)s.",
            "%(num)d files are offered to %(unit)s.",
            len(made),
            unit=form.to_unit.data,
        )
    )
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


def _not_moved(unit_closing_id: int, form: LodgedSetsForm | None = None) -> ResponseReturnValue:
    return show_closing(unit_closing_id, moving=form)


@closing.post("/closings/<int:unit_closing_id>/lodged-sets")
@requires(Permission.READ)
@shows_again(_not_moved)
def move_sets(unit_closing_id: int) -> ResponseReturnValue:
    """Offer the sets lodged at the unit to another centre 副本移存."""
    session, actor = reading(), current_actor()
    form = LodgedSetsForm.read(centre=_centres(session, led_closing(session, unit_closing_id, actor)))
    with begin() as session:
        to_unit = session.get_one(Unit, int(form.centre.data))
        one = led_closing(session, unit_closing_id, actor)
        count = offer_sets(session, one, to_unit, form.set_reason.data, actor=actor)
    flash(
        ngettext(
            "%(num)d lodged set is offered to %(unit)s. It lies here until that takes it.",
            "%(num)d lodged sets are offered to %(unit)s. They lie here until that takes them.",
            count,
            unit=to_unit.name,
        )
    )
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


@closing.post("/closings/<int:unit_closing_id>/lodged-sets/recall")
@requires(Permission.READ)
def take_sets_back(unit_closing_id: int) -> ResponseReturnValue:
    """Take the offer of the lodged sets back, so that another unit may be asked."""
    actor = current_actor()
    with begin() as session:
        recall_sets(session, led_closing(session, unit_closing_id, actor), actor=actor)
    flash(gettext("Taken back. The lodged sets may be offered to another unit."))
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


@closing.post("/closings/<int:unit_closing_id>/completion")
@requires(Permission.READ)
def complete(unit_closing_id: int) -> ResponseReturnValue:
    """Close the unit, now that it keeps nothing."""
    with begin() as session:
        one = led_closing(session, unit_closing_id, current_actor())
        ended = complete_closing(session, one, actor=current_actor(), at=now(), on=today())
    flash(
        ngettext(
            "%(unit)s is closed, and %(num)d role held in it has ended.",
            "%(unit)s is closed, and %(num)d roles held in it have ended.",
            ended,
            unit=one.unit.name,
        )
    )
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


def _not_filed(unit_closing_id: int, form: FilingForm | None = None) -> ResponseReturnValue:
    return show_closing(unit_closing_id, filing=form)


@closing.post("/closings/<int:unit_closing_id>/filing")
@requires(Permission.FILE)
@shows_again(_not_filed)
def file_accepted(unit_closing_id: int) -> ResponseReturnValue:
    """File the list of everything that was accepted, in the superior of the closed unit, with its paper (art. 15)."""
    actor = current_actor()
    visible_closing(reading(), unit_closing_id, actor)
    form = FilingForm.read()
    with begin() as session:
        one = visible_closing(session, unit_closing_id, actor)
        item = file_closing_list(session, one, filing_now(session, form.spot.data))
    flash(gettext("The transfer list is filed as %(code)s.", code=item.code))
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


def _not_given_up(unit_closing_id: int, form: ReasonForm | None = None) -> ResponseReturnValue:
    return show_closing(unit_closing_id, giving_up=form)


@closing.post("/closings/<int:unit_closing_id>/giving-up")
@requires(Permission.READ)
@shows_again(_not_given_up)
def give_up(unit_closing_id: int) -> ResponseReturnValue:
    """Give the case up; the unit goes on."""
    led_closing(reading(), unit_closing_id, current_actor())
    form = ReasonForm.read()
    with begin() as session:
        one = led_closing(session, unit_closing_id, current_actor())
        give_up_closing(session, one, form.reason.data, actor=current_actor(), on=today())
    flash(gettext("The case is given up; %(unit)s goes on.", unit=one.unit.name))
    return redirect(url_for(".show_closing", unit_closing_id=unit_closing_id), 303)


@closing.get("/closings/<int:unit_closing_id>/list.pdf")
@requires(Permission.READ_WITHDRAWN)
def print_closing(unit_closing_id: int) -> ResponseReturnValue:
    """The list of everything that was accepted, on paper: the one that was filed, or one to sign."""
    session, actor = reading(), current_actor()
    one = visible_closing(session, unit_closing_id, actor)
    if filed := filed_print(session, one.list_item_id):
        return sent_filed(filed)
    accepted = accepted_under(session, one, actor)
    return sent(closing_list(one, accepted, made_at=now(), language=paper_language()), one, one.number)


def _narrowed(one: UnitClosing, actor: Actor) -> Select[File]:
    """The files left that the page is narrowed to."""
    query, asked = files_left(one, actor), request.values
    if asked.get("category") in set(Category):
        query = query.where(File.category == asked["category"])
    conditions = {"without": ~ON_THE_WAY, "refused": LAST_REFUSED, "waiting": ON_THE_WAY}
    if (condition := conditions.get(asked.get("asked", ""))) is not None:
        query = query.where(condition)
    if text := asked.get("q", "").strip():
        query = query.where(
            or_(File.title.icontains(text, autoescape=True), File.code.icontains(text, autoescape=True))
        )
    return query


def _reasons() -> list[tuple[str, str]]:
    return reasons(TransferReason.ABOLISHED, TransferReason.ON_BEHALF)


def _units(session: Session) -> list[tuple[str, str]]:
    return [("", "—"), *((str(unit.id), unit.name) for unit in units_led(session, current_actor()))]


def _centres(session: Session, one: UnitClosing) -> list[tuple[str, str]]:
    return [("", "—"), *((str(unit.id), full_name(unit)) for unit in centres_offered(session, but=one.unit))]
