"""The blueprint that all pages of lending hang on."""

from flask import Blueprint

lending = Blueprint("lending", __name__)
