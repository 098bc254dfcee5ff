"""The blueprint of consultation, and what its pages share."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from flask import Blueprint, flash
from sqlalchemy.orm import Session

from accounts.guard import current_actor
from accounts.roles import Actor, Permission
from records.consultation.forms import ReasonForm
from records.consultation.reading import Tools
from records.holdings.views.blueprint import workshop
from web.language import gettext
from web.transaction import begin, database, settings, store

Row = TypeVar("Row")

consultation = Blueprint("consultation", __name__)

SEES = (Permission.READ_WITHDRAWN,)  # custodians and supervisors: a request names whose file it is about


def tools() -> Tools:
    """What drawing a page needs in this process."""
    return Tools(database(), store(), workshop(), settings().time_zone)


@contextmanager
def with_reason(visible: Callable[[Session, int, Actor], Row], row_id: int) -> Iterator[tuple[Session, Row, str]]:
    """The transaction of a step that needs a reason: with its row, found in the actor's scope, and what was typed."""
    form = ReasonForm.read()
    with begin() as session:
        yield session, visible(session, row_id, current_actor()), form.reason.data


def tell_given(barcodes: Sequence[str]) -> None:
    """Say which paper readers still have in hand, though nothing gives them a right to it any more."""
    if barcodes:
        flash(gettext("Not given back yet: %(barcodes)s. Take it back and note that.", barcodes="、".join(barcodes)))
