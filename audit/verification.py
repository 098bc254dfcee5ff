"""Checking the chains: every digest, every number, and the head (anjuan verify)."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit.chain import CHAINS, GENESIS, columns_of, digest_of
from audit.models import ChainHead


@dataclass(frozen=True)
class Anchor:
    """A number and digest noted outside the system, so that even a chain rewritten whole is found out."""

    number: int
    digest: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """From `NUMBER:DIGEST`, as printed by `anjuan verify`; raises ValueError if it is not of that form."""
        number, _, digest = text.partition(":")
        if not number.isdecimal() or len(digest) != 64:
            raise ValueError("An anchor reads NUMBER:DIGEST, as printed by an earlier check.")
        return cls(int(number), digest)

    def __str__(self) -> str:
        return f"{self.number}:{self.digest}"


@dataclass(frozen=True)
class ChainReport:
    """What a check found; `fault` is empty for a whole chain."""

    chain: str
    entries: int
    head: Anchor
    fault: str = ""

    @property
    def whole(self) -> bool:
        return not self.fault


def verify(session: Session, chain: str, *, anchor: Anchor | None = None) -> ChainReport:
    """Walk one chain from its first entry to its head and compare every digest; stops at the first fault.

    `chain` is `changes` or `uses`. Reads 10,000 entries at a time, in constant memory; what is written meanwhile is
    left to the next check.
    """
    model = CHAINS[chain]
    head, last_number = _head_and_last_number(session, chain)
    columns = list(model.__table__.columns)
    links = select(*columns).where(model.number <= head.number).order_by(model.number)
    here = Anchor(0, GENESIS)

    def report(fault: str = "") -> ChainReport:
        return ChainReport(chain, here.number, here, fault)

    try:
        for row in session.execute(links.execution_options(yield_per=10_000)):
            number = here.number + 1
            if row.number != number:
                return report(f"Entry {number} is missing; the next one is {row.number}.")
            digest = digest_of(here.digest, number, columns_of(row))  # type: ignore[arg-type]
            if digest != row.digest:
                return report(f"Entry {number} was altered.")
            here = Anchor(number, digest)
            if anchor and anchor.number == number and anchor.digest != digest:
                return report(f"Entry {number} differs from the anchor.")
    except ValueError:  # SQLite keeps any text where a moment belongs
        return report(f"An entry after entry {here.number} cannot be read.")
    if here != head or last_number != head.number:
        return report(f"The head says {head.number} entries, {last_number} are there.")
    if anchor and anchor.number > here.number:
        return report(f"The anchor names entry {anchor.number}; the chain ends at {here.number}.")
    return report()


def _head_and_last_number(session: Session, chain: str) -> tuple[Anchor, int]:
    """The head and the number of the last entry, in one statement: both as of one moment, while others write."""
    heads = select(ChainHead).where(ChainHead.chain == chain).subquery()
    number, digest, last = session.execute(
        select(
            select(heads.c.number).scalar_subquery(),
            select(heads.c.digest).scalar_subquery(),
            select(func.max(CHAINS[chain].number)).scalar_subquery(),
        )
    ).one()
    return Anchor(number or 0, digest or GENESIS), last or 0
