"""The blueprint of stocktakes, and who acts on their pages."""

from flask import Blueprint
from sqlalchemy.orm import Session

from accounts.guard import current_actor
from accounts.models import User
from records.stocktake.models import Stocktake
from records.stocktake.settling import Settling
from web.transaction import now, today

stocktake = Blueprint("stocktake", __name__)


def acting_user(session: Session) -> User:
    """The account of who acts."""
    return session.get_one(User, current_actor().user_id)


def settling_of(one: Stocktake) -> Settling:
    """That the actor settles a difference now."""
    return Settling(one, current_actor(), now(), today())
