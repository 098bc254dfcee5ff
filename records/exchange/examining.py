"""What every examination shares: for whom it is made, what it found, and whether it writes as it goes."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import TypeVar

from sqlalchemy.orm import Session

from accounts.models import User
from accounts.roles import Actor
from records.exchange.models import ImportRun
from records.exchange.reasons import MOST_REASONS, Reason
from units.models import Unit
from web.language import N_

Thing = TypeVar("Thing")
CHUNK = 500
MORE = N_(
    "More than {most} reasons stand against this sheet. The first {most} are listed; checking stopped at row {row}. "
    "Correct them and upload it again."
)
DIFFERS = N_("The record says something else and stays as it is. Change it on the household's page if this is right.")


class TooManyReasons(Exception):
    """So much stands against a sheet that checking it ended."""


@dataclass
class Examination:
    """A sheet on its way through the checks.

    Where `writes` is set, every chunk without faults is written as long as nothing was found wrong before; the
    transaction around it decides over all of it. `rows`, `new` and `known` count rows; `differing` are cells of known
    rows that say something else than the record, as many as are listed.
    """

    session: Session
    run: ImportRun
    actor: Actor
    keeper: User
    at: datetime
    on: date
    writes: bool
    progress: Callable[[int], None] = lambda _rows: None
    rows: int = 0
    new: int = 0
    known: int = 0
    faults: list[Reason] = field(default_factory=list)
    differing: list[Reason] = field(default_factory=list)

    @property
    def unit(self) -> Unit:
        return self.run.unit

    @property
    def may_write(self) -> bool:
        """Whether what was examined is to be written: nothing was found wrong up to here."""
        return self.writes and not self.faults

    def refuse(self, reasons: Iterable[Reason]) -> None:
        """Note what stands against rows. Raises TooManyReasons at what is one too many; the sheet says so."""
        for reason in reasons:
            if len(self.faults) >= MOST_REASONS:
                self.faults.append(Reason(0, None, MORE, {"most": MOST_REASONS, "row": reason.row}))
                raise TooManyReasons
            self.faults.append(reason)

    def differs(self, row: int, column: str) -> None:
        """Note a cell of a known row that says something else than the record."""
        if len(self.differing) < MOST_REASONS:
            self.differing.append(Reason(row, column, DIFFERS))

    def alive(self) -> None:
        """Say that it is still going on."""
        self.progress(self.rows)

    def passed(self, rows: int) -> None:
        """Count rows that were read, and say how far it is."""
        self.rows += rows
        self.alive()


def chunks(things: Iterable[Thing], size: int = CHUNK) -> Iterator[list[Thing]]:
    """Lists of at most `size` things, in their order."""
    rest = iter(things)
    while some := list(islice(rest, size)):
        yield some
