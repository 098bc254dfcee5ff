"""Copies that have to stay in the house: the rooms whose cases need them there say so."""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy.orm import Session

from records.holdings.models import PaperCopy
from records.lending.errors import NeededHere

CaseOf = Callable[[Session, PaperCopy, datetime], str | None]
_rules: list[CaseOf] = []


def needs_here(rule: CaseOf) -> CaseOf:
    """Register a rule: given a copy and a moment, the number of the case that needs the copy in the house, or None."""
    _rules.append(rule)
    return rule


def check_not_needed_here(session: Session, copy: PaperCopy, *, at: datetime) -> None:
    """Raise NeededHere where a case needs a copy in the house at a moment."""
    for rule in _rules:
        if case := rule(session, copy, at):
            raise NeededHere(barcode=copy.barcode, case=case)
