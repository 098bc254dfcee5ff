"""Statistics 统计."""

from datetime import date

from flask import render_template, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from accounts.uses import note_export
from records.browse.statistics import Asked, notes, statistics_headings, statistics_rows, tables
from records.browse.views.asked import day, unit_asked
from records.browse.views.blueprint import browse
from units.services import line_of, visible_units
from web.language import gettext
from web.listing import spreadsheet
from web.transaction import reading, today


@browse.get("/statistics")
@requires(Permission.READ)
def show_statistics() -> ResponseReturnValue:
    """Households by unit, class, cause, employment and year 统计; every number leads to its list."""
    session, actor, on = reading(), current_actor(), today()
    last = day("until") or on
    asked = Asked(unit=unit_asked(), first=day("from") or date(last.year, 1, 1), last=last)
    shown = tables(session, actor, asked, on)
    if request.args.get("format") == "xlsx":
        note_export("file", sum(len(table.all_lines) for table in shown))
        return spreadsheet(gettext("Statistics"), statistics_headings(shown), statistics_rows(shown, asked, on))
    return render_template(
        "records/browse/statistics.html",
        asked=asked,
        tables=shown,
        notes=notes(shown),
        units=visible_units(session, actor, Permission.READ),
        line=line_of(session, asked.unit) if asked.unit else [],
    )
