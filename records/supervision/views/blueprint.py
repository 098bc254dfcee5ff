"""The blueprint of supervision, and what its pages share."""

from collections.abc import Sequence

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Permission
from units.models import Unit

supervision = Blueprint("supervision", __name__)

WORKS = (Permission.FILE, Permission.APPROVE)  # who answers for a unit


def tree(units: Sequence[Unit]) -> list[tuple[str, str]]:
    """Units as choices, indented as the tree has them."""
    top = min((unit.depth for unit in units), default=0)
    return [(str(unit.id), "　" * (unit.depth - top) + unit.name) for unit in units]


def names_of(session: Session, names: Sequence[str | None]) -> dict[str, str]:
    """The names of people by their sign-in names."""
    rows = session.execute(select(User.name, User.display_name).where(User.name.in_([name for name in names if name])))
    return {row.name: row.display_name for row in rows}
