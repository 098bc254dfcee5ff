"""The units that forms offer."""

from accounts.guard import current_actor
from accounts.roles import Permission
from units.services import visible_units
from web.transaction import reading


def filing_units() -> list[tuple[str, str]]:
    """The units where the reader keeps files, by id; the only one is chosen already."""
    offered = [(str(unit.id), unit.name) for unit in visible_units(reading(), current_actor(), Permission.FILE)]
    return offered if len(offered) == 1 else [("", "—"), *offered]
