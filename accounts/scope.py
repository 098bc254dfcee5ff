"""A scope as a condition of a query: the loader that fetches rows limits them, never the page."""

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

from accounts.roles import Scope

AFTER_EVERY_PATH = "~"  # sorts after the digits and slashes that paths are made of


def within(path: InstrumentedAttribute[str], scope: Scope) -> ColumnElement[bool]:
    """True for rows whose unit path is in scope: a range of the path's index for each subtree."""
    conditions: list[ColumnElement[bool]] = [
        (path >= root) & (path < root + AFTER_EVERY_PATH) for root in sorted(scope.subtrees)
    ]
    if scope.singles:
        conditions.append(path.in_(sorted(scope.singles)))
    return or_(*conditions) if conditions else false()
