"""Papers of a consultation that name people: stored sealed, checked against their digest, removed on order."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from typing import Protocol

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from records.consultation.models import Certificate, Consultation, SealedRemoval
from records.holdings.errors import StoreFailed
from storage.database import Database
from storage.objects import ObjectStore
from storage.sealing import Vault
from web.rules import NotVisible, RuleViolation

LETTERS, CERTIFICATES = "letters", "certificates"
AT_ONCE = 50


def store_sealed(store: ObjectStore, vault: Vault, content: bytes, prefix: str) -> str:
    """Seal and store a paper; gives its key. Raises StoreFailed."""
    try:
        return store.put(BytesIO(vault.seal_bytes(content)), prefix=prefix).key
    except OSError as error:
        raise StoreFailed(name=prefix) from error


def read_sealed(store: ObjectStore, vault: Vault, key: str) -> bytes:
    """A paper as it was; raises ObjectMissing once it was removed."""
    with store.open(key) as stream:
        return vault.unseal_bytes(stream.read())


class Sealed(Protocol):
    """A paper that lies sealed in the store before a row names it."""

    @property
    def key(self) -> str: ...


@contextmanager
def kept_if_named(store: ObjectStore, paper: Sealed | None) -> Iterator[None]:
    """Around the transaction that names a paper: where that is refused, the paper goes at once."""
    try:
        yield
    except (RuleViolation, NotVisible):
        if paper is not None:
            store.destroy(paper.key)
        raise


def order_removal(session: Session, keys: set[str]) -> None:
    """Order that papers go after the commit."""
    known = set(session.scalars(select(SealedRemoval.key).where(SealedRemoval.key.in_(keys))))
    session.add_all(SealedRemoval(key=key) for key in sorted(keys - known))
    session.flush()


def remove_sealed(database: Database, store: ObjectStore, *, at: datetime) -> int:
    """Remove papers whose removal was ordered; how many are gone by it. Killed at any moment it is carried on."""
    waiting = select(SealedRemoval.id, SealedRemoval.key).where(SealedRemoval.removed_at.is_(None))
    with database.reading() as looking:
        ordered = looking.execute(waiting.order_by(SealedRemoval.id).limit(AT_ONCE)).all()
    for number, key in ordered:
        store.destroy(key)
        with database.begin() as session:
            session.execute(update(SealedRemoval).where(SealedRemoval.id == number).values(removed_at=at))
    return len(ordered)


def sealed_faults(session: Session, store: ObjectStore, vault: Vault) -> Iterator[str]:
    """What is wrong with the stored papers, in words: missing, altered, or there though they were removed."""
    gone = {each.key: each.removed_at for each in session.scalars(select(SealedRemoval))}
    papers = [
        *session.execute(
            select(Consultation.number, Consultation.letter_key, Consultation.letter_sha256).where(
                Consultation.letter_key.is_not(None)
            )
        ),
        *session.execute(select(Certificate.number, Certificate.key, Certificate.sha256)),
    ]
    for number, key, sha256 in papers:
        if key in gone:
            if gone[key] is not None and store.exists(key):
                yield f"The paper of {number} was removed, yet bytes are still stored at {key}."
            continue
        try:
            content = read_sealed(store, vault, key)
        except Exception as error:  # whatever keeps a paper from being read is what is to be said
            yield f"The paper of {number} cannot be read: {type(error).__name__}."
            continue
        if hashlib.sha256(content).hexdigest() != sha256:
            yield f"The paper of {number} was altered."


def stray_sealed(session: Session, store: ObjectStore, *, before: datetime) -> list[str]:
    """The keys of papers older than a moment that no row names: their request or certificate never came about."""
    named = set(session.scalars(select(Consultation.letter_key).where(Consultation.letter_key.is_not(None))))
    named |= set(session.scalars(select(Certificate.key))) | set(session.scalars(select(SealedRemoval.key)))
    stored = (each for prefix in (LETTERS, CERTIFICATES) for each in store.keys(prefix))
    return [each.key for each in stored if each.modified_at < before and each.key not in named]
