"""Forms of ours that are filed; printed again, it is the filed PDF that is shown."""

from flask import send_file
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from accounts.guard import current_actor
from accounts.models import User
from accounts.uses import note_use
from records.holdings.models import DigitalObject
from records.holdings.printed import Filing
from records.holdings.scanned import spot_named
from records.holdings.views.blueprint import workshop
from records.holdings.views.ranges import opened
from web.transaction import now, store, today


def filing_now(session: Session, spot: str | None) -> Filing:
    """How the reader files a form now, its paper in the box or place with this barcode; raises UnknownSpot."""
    actor = current_actor()
    keeper = session.get_one(User, actor.user_id)
    return Filing(keeper, store(), workshop(), now(), today(), spot_named(session, spot, actor))


def sent_filed(filed: DigitalObject) -> ResponseReturnValue:
    """The PDF of a filed form as the answer, noted in the use register (art. 17); raises StoreUnreadable."""
    note_use("content.exported", filed, name=filed.name)
    return send_file(opened(store(), filed.key, filed.name), mimetype=filed.media_type, download_name=filed.name)
