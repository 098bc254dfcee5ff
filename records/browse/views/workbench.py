"""The workbench 工作台, and the scanner that opens what has a barcode or code."""

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import format_date
from sqlalchemy import select

from accounts.guard import current_actor, requires, signed_in
from accounts.roles import Permission, Role
from records.browse.awaiting import remedy_of
from records.browse.figures import counted, groups_of
from records.browse.scanning import found_by
from records.browse.statistics import charts
from records.browse.views.blueprint import browse
from records.browse.workbench import by_unit, chain_is_whole, first_due, first_waiting, last_filed
from units.models import Unit
from web.transaction import reading, settings, today


@browse.get("/")
@signed_in
def workbench() -> ResponseReturnValue:
    """What waits, what is late, what falls due, and what is where 工作台; it fits whoever looks."""
    session, actor, on = reading(), current_actor(), today()
    reads, files = actor.may(Permission.READ), actor.may(Permission.FILE)
    return render_template(
        "records/browse/workbench.html",
        on=on,
        weekday=format_date(on, "EEEE"),
        groups=counted(session, groups_of(actor, on, settings().time_zone)),
        reads=reads,
        files=files,
        waiting=first_waiting(session, actor) if files else [],
        loans=first_due(session, actor, on) if reads else [],
        units=by_unit(session, actor) if reads and not files else [],
        filed=last_filed(session, actor) if reads else [],
        whole=chain_is_whole(session),
        charts=charts(session, actor, on) if reads else [],
        inquirer=actor.holds(Role.INQUIRER) and not reads,
        own_unit=session.scalar(select(Unit).where(Unit.path == actor.unit_path)),
        remedy_of=remedy_of,
    )


@browse.get("/scan")
@requires(Permission.READ)
def scan() -> ResponseReturnValue:
    """Open what has this barcode or reference code, or say that nothing has it."""
    text = request.args.get("barcode", "").strip()
    found = found_by(reading(), text, current_actor(), today()) if text else None
    if found:
        return redirect(url_for(found.endpoint, **found.arguments))
    return render_template("records/browse/scan.html", text=text), 404 if text else 200
