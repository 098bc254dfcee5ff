"""Checking the list line by line: confirmed, found otherwise, refused, found and not listed."""

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from records.handover.cases import KEPT
from records.handover.checking import confirm, confirm_code, count_all, lost_among, note_difference, note_extra, refuse
from records.handover.forms import DifferenceForm, ExtraForm, RefusalForm, ScanForm, differences
from records.handover.models import Difference, HandoverLine
from records.handover.seen import here_after_all
from records.handover.services import line_of, visible_handover
from records.handover.sheet import found, quantity
from records.handover.views.blueprint import handover
from records.handover.views.narrowing import back, narrowed
from records.handover.views.show import show_handover
from web.forms import shows_again
from web.language import N_, gettext, ngettext
from web.numbers import row_number
from web.transaction import begin, now, reading

STILL_ON_LOAN = N_(
    "%(code)s “%(title)s” is here though it is on loan by the books: noted as a difference. Take it back at the desk, "
    "then scan it again."
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
        if line.difference is None:
            flash(gettext("Confirmed: %(code)s “%(title)s”.", code=line.code, title=line.title))
        else:
            flash(gettext(STILL_ON_LOAN, code=line.code, title=line.title), "refusal")
    return back(handover_id)


@handover.post("/handovers/<int:handover_id>/ticks")
@requires(Permission.READ)
@shows_again(_scan_refused)
def tick_lines(handover_id: int) -> ResponseReturnValue:
    """Confirm the ticked lines, or all lines that the page is narrowed to."""
    condition = HandoverLine.id.in_(request.form.getlist("line", type=row_number))
    conditions = narrowed() if "all" in request.form else [condition]
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        count = confirm(session, one, *conditions, actor=current_actor(), at=now())
        lost = lost_among(session, one, *conditions)
    flash(ngettext("%(num)d line confirmed.", "%(num)d lines confirmed.", count))
    if lost:
        flash(
            gettext(
                "Left out, for they are on record as lost: %(codes)s. Note each as missing, or scan it if it is here.",
                codes="、".join(lost),
            ),
            "refusal",
        )
    return back(handover_id)


@handover.get("/handovers/<int:handover_id>/lines/<int:line_id>")
@requires(Permission.READ)
def show_line(
    handover_id: int, line_id: int, form: DifferenceForm | None = None, refusing: RefusalForm | None = None
) -> ResponseReturnValue:
    """One line, to note a difference or to refuse it."""
    one = visible_handover(reading(), handover_id, current_actor())
    line = line_of(reading(), one, line_id)
    notes = current_actor().user_id == one.receiver_id  # their own words, which may be changed
    preset = Difference.MISSING if line.missing_case else ""
    blank = DifferenceForm.blank(
        values={"difference": line.difference or preset, "reason": line.difference_reason if notes else ""}
    )  # fmt: skip
    return render_template(
        "records/handover/line.html",
        handover=one,
        line=line,
        form=(form or blank).offer(difference=differences(on_loan=line.holder is not None)),
        refusing=refusing or RefusalForm.blank(),
        may_refuse=line.kind in KEPT,
        here=here_after_all(reading(), one),
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
    return back(handover_id)


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
    return back(handover_id)


@handover.post("/handovers/<int:handover_id>/full-count")
@requires(Permission.READ)
def count_fully(handover_id: int) -> ResponseReturnValue:
    """Count everything after all."""
    with begin() as session:
        one = visible_handover(session, handover_id, current_actor())
        count = count_all(session, one, actor=current_actor(), at=now())
    flash(
        ngettext(
            "Everything is counted now; %(num)d line more.", "Everything is counted now; %(num)d lines more.", count
        )
    )
    return back(handover_id)


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
    return back(handover_id)
