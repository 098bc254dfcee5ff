"""The blueprint of transfers and closings."""

from flask import Blueprint

closing = Blueprint("closing", __name__)
