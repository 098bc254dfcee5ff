"""The blueprint of disposal, and the way back to a batch."""

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

disposal = Blueprint("disposal", __name__)


def to_batch(batch_id: int, anchor: str | None = None) -> ResponseReturnValue:
    """The answer that leads back to a batch."""
    return redirect(url_for(".show_batch", batch_id=batch_id, _anchor=anchor), 303)
