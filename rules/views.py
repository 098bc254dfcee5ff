"""Pages of the rules that hold for a unit."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from accounts.guard import current_actor, requires
from accounts.roles import Permission
from rules.services import rulebook
from units.services import visible_unit, visible_units
from web.numbers import row_number
from web.transaction import reading, today

rules = Blueprint("rules", __name__)


@rules.get("/rules")
@requires(Permission.READ)
def list_rules() -> ResponseReturnValue:
    """The rules that hold for a unit today, each with its source (art. 20)."""
    session, actor = reading(), current_actor()
    units = visible_units(session, actor, Permission.READ)
    unit_id = request.args.get("unit", type=row_number)
    unit = visible_unit(session, unit_id, actor, Permission.READ) if unit_id is not None else units[0]
    return render_template("rules/rules.html", unit=unit, units=units, book=rulebook(session, unit, today()))
