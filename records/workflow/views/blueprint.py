"""The blueprint of the opening of files."""

from flask import Blueprint

workflow = Blueprint("workflow", __name__)
