"""Cases of handovers: the list of differences to settle, and settling one."""

from dataclasses import dataclass
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, true

from accounts.guard import current_actor, not_for_inquirers
from accounts.models import User
from accounts.services import person_named
from accounts.uses import note_export
from records.handover.cases import (
    is_late,
    is_open,
    may_close,
    may_settle,
    may_state,
    note_found,
    pass_on,
    report_case,
    reportable,
    settle,
    state_what_is_known,
    statements_on,
    still_missing,
    visible_case,
    visible_cases,
)
from records.handover.forms import FoundForm, PassForm, SettleForm, StatementForm
from records.handover.models import CaseKind, Handover, HandoverCase, HandoverLine
from records.handover.views.blueprint import handover
from records.holdings.locking import lock
from units.models import Unit
from web.forms import shows_again
from web.language import N_, gettext
from web.listing import Column, Listing
from web.shown import words
from web.transaction import begin, now, reading, today

STATES = {
    "": N_("All"),
    "mine": N_("To be settled by me"),
    "open": N_("Not settled"),
    "late": N_("Late"),
    "closed": N_("Settled"),
}


@dataclass(frozen=True)
class Settling:
    """Who settles a case, by the sign-in name, and until when."""

    owner: str
    due_on: date

    @classmethod
    def of(cls, case: HandoverCase) -> "Settling":
        return cls(case.owner.name, case.due_on)


@handover.get("/handover-cases")
@not_for_inquirers
def list_cases() -> ResponseReturnValue:
    """Differences and refused lines of signed handovers."""
    state = request.args.get("state", "")
    query = visible_cases(current_actor()).join(HandoverCase.line).join(User, User.id == HandoverCase.owner_id)
    columns: tuple[Column[HandoverCase], ...] = (
        Column("number", N_("Number of the difference"), lambda one: one.number, HandoverCase.number),
        Column("kind", N_("Kind of case"), lambda one: words(one.kind), HandoverCase.kind),
        Column("code", N_("Code"), lambda one: one.line.code, HandoverLine.code),
        Column("handover", N_("Handover number"), lambda one: one.handover.number, Handover.number),
        Column("unit", N_("Unit"), lambda one: one.handover.unit.name, Unit.name),
        Column("owner", N_("Settled by"), lambda one: one.owner.display_name, User.display_name),
        Column("due", N_("Settle by"), lambda one: one.due_on, HandoverCase.due_on),
        Column("closed", N_("Settled on"), lambda one: one.closed_on, HandoverCase.closed_on),
    )
    listing = Listing(reading(), query.where(_condition(state)), columns, default="due", tie=HandoverCase.id)
    if listing.wants_export():
        note_export("handover_case", listing.count)
        return listing.export(gettext("Differences of handovers"))
    return render_template("records/handover/cases.html", listing=listing, states=STATES, state=state)


@handover.get("/handover-cases/<int:case_id>")
@not_for_inquirers
def show_case(
    case_id: int,
    settling: SettleForm | None = None,
    passing: PassForm | None = None,
    finding: FoundForm | None = None,
    stating: StatementForm | None = None,
) -> ResponseReturnValue:
    """One case: what was found, who settles it until when, and how it was settled."""
    case, actor = visible_case(reading(), case_id, current_actor()), current_actor()
    known = PassForm.blank(obj=Settling.of(case))
    return render_template(
        "records/handover/case.html",
        case=case,
        may_settle=case.closed_on is None and may_settle(case, actor),
        may_state=case.closed_on is None and may_state(case, actor),
        statements=statements_on(reading(), case),
        stating=stating or StatementForm.blank(),
        may_close=case.closed_on is None and may_close(case, actor),
        may_report=reportable(case),
        still=still_missing(reading(), case) if case.kind is CaseKind.MISSING and case.closed_on is None else [],
        finding=finding or FoundForm.blank(),
        settling=settling or SettleForm.blank(),
        passing=passing or known,
    )


def _settling_refused(case_id: int, form: SettleForm | None = None) -> ResponseReturnValue:
    return show_case(case_id, settling=form)


@handover.post("/handover-cases/<int:case_id>/evidence")
@not_for_inquirers
@shows_again(_settling_refused)
def settle_case(case_id: int) -> ResponseReturnValue:
    """Settle the case with evidence."""
    form = SettleForm.read()
    with begin() as session:
        case = visible_case(session, case_id, current_actor())
        settle(session, case, form.evidence.data, actor=current_actor(), on=today())
    flash(gettext("%(number)s is settled.", number=case.number))
    return redirect(url_for(".show_case", case_id=case_id), 303)


def _statement_refused(case_id: int, form: StatementForm | None = None) -> ResponseReturnValue:
    return show_case(case_id, stating=form)


@handover.post("/handover-cases/<int:case_id>/statement")
@not_for_inquirers
@shows_again(_statement_refused)
def state_of_case(case_id: int) -> ResponseReturnValue:
    """Write what one knows of the case, which stays open."""
    form = StatementForm.read()
    with begin() as session:
        case = visible_case(session, case_id, current_actor())
        state_what_is_known(session, case, form.statement.data, actor=current_actor(), at=now())
    flash(gettext("What you know of %(number)s is on record.", number=case.number))
    return redirect(url_for(".show_case", case_id=case_id), 303)


def _finding_refused(case_id: int, form: FoundForm | None = None) -> ResponseReturnValue:
    return show_case(case_id, finding=form)


@handover.post("/handover-cases/<int:case_id>/found")
@not_for_inquirers
@shows_again(_finding_refused)
def note_found_again(case_id: int) -> ResponseReturnValue:
    """Note by its code that something missing was found."""
    form = FoundForm.read()
    with begin() as session:
        case = visible_case(session, case_id, current_actor())
        note_found(session, case, form.code.data, actor=current_actor(), on=today())
    flash(gettext("%(code)s is noted as found.", code=form.code.data))
    return redirect(url_for(".show_case", case_id=case_id), 303)


def _passing_refused(case_id: int, form: PassForm | None = None) -> ResponseReturnValue:
    return show_case(case_id, passing=form)


@handover.post("/handover-cases/<int:case_id>/owner")
@not_for_inquirers
@shows_again(_passing_refused)
def pass_case(case_id: int) -> ResponseReturnValue:
    """Give the case another owner or deadline."""
    form = PassForm.read()
    with begin() as session:
        case = visible_case(session, case_id, current_actor())
        lock(session, case)
        form.check_unchanged(Settling.of(case))
        owner = person_named(session, form.owner.data, field="owner")
        assert form.due_on.data is not None  # noqa: S101 - it is required
        pass_on(session, case, owner, form.due_on.data, actor=current_actor(), on=today())
    flash(gettext("%(name)s settles %(number)s now.", name=owner.display_name, number=case.number))
    return redirect(url_for(".show_case", case_id=case_id), 303)


@handover.post("/handover-cases/<int:case_id>/incident")
@not_for_inquirers
def report_incident_of(case_id: int) -> ResponseReturnValue:
    """Report the case as an incident."""
    with begin() as session:
        case = visible_case(session, case_id, current_actor())
        report_case(session, case, actor=current_actor(), at=now(), on=today())
    flash(gettext("Reported as incident %(number)s.", number=case.incident_number))
    return redirect(url_for(".show_case", case_id=case_id), 303)


__all__ = ["handover"]


def _condition(state: str) -> ColumnElement[bool]:
    match state:
        case "mine":
            return is_open() & (HandoverCase.owner_id == current_actor().user_id)
        case "open":
            return is_open()
        case "late":
            return is_late(today())
        case "closed":
            return ~is_open()
    return true()
