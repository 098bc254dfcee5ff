"""The blueprint of supervision, and what its pages share."""

from collections.abc import Sequence

from flask import Blueprint

from accounts.roles import Permission
from units.models import Unit

supervision = Blueprint("supervision", __name__)

WORKS = (Permission.FILE, Permission.APPROVE)  # who answers for a unit


def tree(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Units as choices, indented as the tree has them."""
    top = min((unit.depth for unit in units), default=0)
    return [(str(unit.id), "　" * (unit.depth - top) + unit.name) for unit in units]
