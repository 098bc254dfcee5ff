"""Forms of ours that were filed: printed again, it is the filed PDF that is shown."""

from flask import send_file
from flask.typing import ResponseReturnValue

from accounts.uses import note_use
from records.holdings.models import DigitalObject
from web.transaction import store


def sent_filed(filed: DigitalObject) -> ResponseReturnValue:
    """The PDF of a filed form as the answer, noted in the use register (art. 17)."""
    note_use("content.exported", filed, name=filed.name)
    return send_file(store().open(filed.key), mimetype=filed.media_type, download_name=filed.name)
