"""The blueprint of consultation, and what its pages share."""

from flask import Blueprint

from accounts.roles import Permission
from records.consultation.reading import Tools
from records.holdings.views.blueprint import workshop
from web.transaction import database, settings, store

consultation = Blueprint("consultation", __name__)

SEES = (Permission.READ_WITHDRAWN,)  # custodians and supervisors: a request names whose file it is about


def tools() -> Tools:
    """What drawing a page needs in this process."""
    return Tools(database(), store(), workshop(), settings().time_zone)
