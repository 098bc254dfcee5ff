"""The blueprint of upkeep."""

from flask import Blueprint

upkeep = Blueprint("upkeep", __name__)
