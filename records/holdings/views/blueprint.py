"""The blueprint of the holdings, and the workshop in which its web processes draw pages on demand."""

from typing import cast

from flask import Blueprint, current_app
from flask.blueprints import BlueprintSetupState

from storage.media import Workshop

holdings = Blueprint("holdings", __name__)


@holdings.record_once
def _open_workshop(state: BlueprintSetupState) -> None:
    state.app.extensions["anjuan.workshop"] = Workshop()


def workshop() -> Workshop:
    """The workshop of this process; it starts its child when a page is first drawn."""
    return cast(Workshop, current_app.extensions["anjuan.workshop"])
