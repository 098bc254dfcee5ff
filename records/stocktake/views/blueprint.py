"""The blueprint of stocktakes, and who acts on their pages."""

from flask import Blueprint
from sqlalchemy.orm import Session

from accounts.guard import current_actor
from accounts.models import User
from accounts.roles import Permission
from records.stocktake.models import Stocktake, StocktakeLine
from records.stocktake.settling import Settling
from web.transaction import now, today

stocktake = Blueprint("stocktake", __name__)


def acting_user(session: Session) -> User:
    """The account of who acts."""
    return session.get_one(User, current_actor().user_id)


def settling_of(one: Stocktake) -> Settling:
    """That the actor settles a difference now."""
    return Settling(one, current_actor(), now(), today())


def open_to_actor(line: StocktakeLine) -> bool:
    """Whether the actor may read of whom the paper of a line is; another unit's is named without its title else."""
    return line.of_unit is None or current_actor().may(Permission.READ_WITHDRAWN, line.of_unit.path)


def title_of(line: StocktakeLine) -> str:
    """The title of what a line is about, as far as the actor may read it."""
    return line.copy.item.title if line.copy and open_to_actor(line) else ""
