"""Checking the chains: every digest, every number, and the head (anjuan verify)."""

from dataclasses import dataclass
from typing import Self

from sqlalchemy import select
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
    """Walk one chain from its first entry and compare every digest; stops at the first fault.

    `chain` is `changes` or `uses`. Reads 10,000 entries at a time, in constant memory.
    """
    model = CHAINS[chain]
    columns = list(model.__table__.columns)
    previous, number = GENESIS, 0
    for row in session.execute(select(*columns).order_by(model.number).execution_options(yield_per=10_000)):
        number += 1
        here = Anchor(number - 1, previous)
        if row.number != number:
            return ChainReport(chain, number - 1, here, f"Entry {number} is missing; the next one is {row.number}.")
        previous_digest, previous = previous, digest_of(previous, number, columns_of(row))  # type: ignore[arg-type]
        if previous != row.digest:
            return ChainReport(chain, number - 1, Anchor(number - 1, previous_digest), f"Entry {number} was altered.")
        if anchor and anchor.number == number and anchor.digest != previous:
            return ChainReport(chain, number, Anchor(number, previous), f"Entry {number} differs from the anchor.")
    here = Anchor(number, previous)
    head = session.get(ChainHead, chain, populate_existing=True)
    head_number, head_digest = (head.number, head.digest) if head else (0, GENESIS)
    if (head_number, head_digest) != (number, previous):
        return ChainReport(chain, number, here, f"The head says {head_number} entries, {number} are there.")
    if anchor and anchor.number > number:
        return ChainReport(chain, number, here, f"The anchor names entry {anchor.number}; the chain ends at {number}.")
    return ChainReport(chain, number, here)
