"""In which days a retention period ends, as a condition on files (art. 15); `records.files.expiry` knows the days."""

from datetime import date

from sqlalchemy import ColumnElement, and_, exists, or_

from classification.categories import Category
from records.files.expiry import file_ends_between, item_ends_between
from records.files.models import File, Item


def ends_in(year: int) -> ColumnElement[bool]:
    """True for files with a period that ends in this year, as `ends_between` says."""
    return ends_between(date(year, 1, 1), date(year, 12, 31))


def ends_between(first: date, last: date) -> ColumnElement[bool]:
    """True for household files whose last day kept lies between two days, and for yearly files with such an item."""
    ends = and_(Item.destroyed_on.is_(None), item_ends_between(first, last))
    return or_(
        and_(file_ends_between(first, last), File.destroyed_on.is_(None)),
        and_(File.category != Category.ORIGINAL, exists().where(Item.file_id == File.id, ends)),
    )
