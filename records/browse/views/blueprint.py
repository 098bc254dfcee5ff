"""The blueprint of what looks across all stages."""

from flask import Blueprint

browse = Blueprint("browse", __name__)
