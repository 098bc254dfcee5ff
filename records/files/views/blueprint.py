"""The blueprint of files and items."""

from flask import Blueprint

files = Blueprint("files", __name__)
