"""What is to be filed, said before anything is written: files, the items in them, their bytes and their paper."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from classification.articles import PUBLISHED_ON
from classification.categories import Carrier, Category, RecordForm
from classification.checklists import document_type
from records.files.descriptions import Description
from records.files.models import WithdrawalReason
from records.households.services import HouseholdEntry

FIRST_DAY = PUBLISHED_ON + timedelta(days=8)  # nothing is filed under the regulation before it is there


@dataclass(frozen=True)
class Piece:
    """An item collected on a day: bytes of a name, made when they are needed, a paper copy of some pages, or both.

    Where `files` is false nobody has filed it yet.
    """

    description: Description
    on: date
    name: str = ""
    make: Callable[[], bytes] | None = None
    paper_pages: int = 0
    files: bool = True


@dataclass(frozen=True)
class Draft:
    """A file to be opened in a unit of the tree: of a household, or of a year."""

    unit: str
    category: Category
    opened_on: date
    pieces: Sequence[Piece]
    title: str
    household: HouseholdEntry | None = None
    withdrawn: tuple[WithdrawalReason, date] | None = None
    year: int = 0
    retention_key: str | None = None
    sub_code: str | None = None


@dataclass
class Gathering:
    """The pieces of one file as they come together."""

    body: str
    pieces: list[Piece] = field(default_factory=list)

    def add(
        self,
        kind: str,
        title: str,
        on: date,
        *,
        form: RecordForm | None = None,
        carrier: Carrier = Carrier.PAPER,
        name: str = "",
        make: Callable[[], bytes] | None = None,
        paper_pages: int = 0,
        files: bool = True,
        retention_class: str | None = None,
        body: str = "",
        details: Mapping[str, str] | None = None,
    ) -> None:
        """Add an item of a document type; what is not said follows from the type.

        `details` are further fields of its description.
        """
        of_type = document_type(kind)
        description = Description(
            document_type=kind,
            retention_class=retention_class or of_type.default_retention or "",
            form=form or of_type.forms[0],
            carrier=carrier,
            title=title,
            dated=on.isoformat(),
            responsible_body=body or self.body,
            **(details or {}),  # type: ignore[arg-type]
        )
        self.pieces.append(Piece(description, on, name, make, paper_pages, files))


def office_day(day: date) -> date:
    """The day itself, or the Friday before a weekend, not before the first day."""
    return max(day - timedelta(days=max(0, day.weekday() - 4)), FIRST_DAY)


def office_hour(on: date, time_zone: ZoneInfo, hour: int = 10) -> datetime:
    """A moment of the day in the office."""
    return datetime.combine(on, time(hour), time_zone)
