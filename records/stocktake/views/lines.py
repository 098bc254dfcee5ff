"""The lines of a stocktake: settling differences, putting back, thinking again."""

from flask import flash, jsonify, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.services import person_named
from records.stocktake.correcting import strike_line
from records.stocktake.forms import SettleForm, StrikeForm, outcomes
from records.stocktake.models import Finding, Outcome
from records.stocktake.report import expected_in, found_in
from records.stocktake.services import line_of, visible_stocktake
from records.stocktake.settling import confirm_put_back, lent_among, lent_since, offered, reopen, settle
from records.stocktake.views.blueprint import open_to_actor, settling_of, stocktake
from web.forms import InvalidForm, shows_again
from web.language import gettext
from web.shown import words
from web.transaction import begin, reading


@stocktake.get("/stocktakes/<int:stocktake_id>/lines/<int:line_id>")
@requires(Permission.READ_WITHDRAWN)
def show_line(stocktake_id: int, line_id: int, form: SettleForm | StrikeForm | None = None) -> ResponseReturnValue:
    """One line: where it should lie, where it was seen, and its outcome."""
    session, actor = reading(), current_actor()
    one = visible_stocktake(session, stocktake_id, actor)
    line = line_of(session, one, line_id)
    may_change = one.is_open and actor.may(Permission.FILE, one.unit.path)
    strikes = may_change and not line.is_listed and line.outcome is None and line.finding is not Finding.STRUCK
    holder = lent_since(session, line) if lent_among(session, [line]) else None
    settling = form if isinstance(form, SettleForm) else SettleForm.blank(values=_explained(holder))
    return render_template(
        "records/stocktake/line.html",
        stocktake=one,
        line=line,
        form=settling.offer(outcome=outcomes(offered(line, lent=holder is not None))),
        lent_to=holder,
        striking=(form if isinstance(form, StrikeForm) else StrikeForm.blank()) if strikes else None,
        may_change=may_change,
        open_to_actor=open_to_actor,
        expected=expected_in(line),
        found=found_in(line),
    )


def _explained(holder: str | None) -> dict[str, str]:
    """What was lent since it was found is explained so 已另行借出; nothing else is said beforehand."""
    return {"outcome": Outcome.EXPLAINED.value, "text": f"已另行借出，现由{holder}持有"} if holder else {}


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
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        form = SettleForm.read(outcome=outcomes(Outcome))  # nothing is told to who may not see the stocktake
        line = line_of(session, one, line_id)
        owner = person_named(session, form.owner.data, field="owner") if form.owner.data else None
        left_out = settle(session, line, Outcome(form.outcome.data), form.text.text, settling_of(one), owner=owner)
        if left_out:
            return gettext(
                "%(barcode)s is reported, without what was lent, moved or reported since: %(left_out)s. Explain each.",
                barcode=line.barcode,
                left_out="、".join(left_out),
            )
        if line.outcome:
            return gettext("%(barcode)s: %(outcome)s.", barcode=line.barcode, outcome=words(line.outcome))
        return gettext("%(barcode)s is still misplaced. Put it right now.", barcode=line.barcode)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/striking")
@requires(Permission.FILE)
@shows_again(show_line)
def strike_mistaken(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Strike out what was scanned by mistake."""
    form = StrikeForm.read()
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        line = line_of(session, one, line_id)
        strike_line(session, line, form.reason.data, settling_of(one))
    flash(gettext("%(barcode)s is struck out.", barcode=line.barcode))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="unsettled"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/put-back")
@requires(Permission.FILE)
@shows_again(show_line)
def put_line_back(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Note that it was carried back."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        line = line_of(session, one, line_id)
        confirm_put_back(session, line, settling_of(one))
    flash(gettext("%(barcode)s is back in its place.", barcode=line.barcode))
    return redirect(url_for(".show_stocktake", stocktake_id=stocktake_id, show="put_back"), 303)


@stocktake.post("/stocktakes/<int:stocktake_id>/lines/<int:line_id>/reopening")
@requires(Permission.FILE)
@shows_again(show_line)
def reopen_line(stocktake_id: int, line_id: int) -> ResponseReturnValue:
    """Take an outcome away that has had no effect yet."""
    with begin() as session:
        one = visible_stocktake(session, stocktake_id, current_actor())
        reopen(session, line_of(session, one, line_id), settling_of(one))
    return redirect(url_for(".show_line", stocktake_id=stocktake_id, line_id=line_id), 303)
