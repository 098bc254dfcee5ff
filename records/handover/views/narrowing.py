"""What the list of a handover is narrowed by, and the way back to it."""

from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement

from records.handover.models import HandoverLine, LineKind
from records.handover.services import OPEN_LINE, UNCHECKED
from web.language import N_
from web.listing import containing, narrowed_to

FOUND = {
    "": (N_("All lines"), None),
    "unchecked": (N_("Not checked"), UNCHECKED),
    "different": (N_("With a difference"), OPEN_LINE & HandoverLine.difference.is_not(None)),
    "added": (N_("Added during the handover"), OPEN_LINE & HandoverLine.added_at.is_not(None)),
    "counted": (N_("To be counted"), OPEN_LINE & HandoverLine.counted),
    "refused": (N_("Refused"), OPEN_LINE & HandoverLine.refused_reason.is_not(None)),
    "left": (N_("Left during the handover"), HandoverLine.left_at.is_not(None)),
}
NARROWING = ("kind", "found", "q", "page", "sort")


def narrowed() -> list[ColumnElement[bool]]:
    """The conditions that the page is narrowed by: kind of line, what was found, words."""
    words = (HandoverLine.code, HandoverLine.title, HandoverLine.place, HandoverLine.holder)
    conditions = narrowed_to(FOUND, "found") + containing(request.values.get("q", "").strip(), *words)
    if request.values.get("kind") in set(LineKind):
        conditions.append(HandoverLine.kind == request.values["kind"])
    return conditions


def narrowing() -> dict[str, str]:
    """What of it the request says, to be kept in links and forms."""
    return {name: request.values[name] for name in NARROWING if request.values.get(name)}


def back(handover_id: int) -> ResponseReturnValue:
    """The list as it was narrowed before; the page number goes, for confirmed lines may have left it."""
    kept: dict[str, Any] = {name: value for name, value in narrowing().items() if name != "page"}
    return redirect(url_for(".show_handover", handover_id=handover_id, **kept), 303)
