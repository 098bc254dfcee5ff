"""Letters of introduction 介绍信: digested, sealed, stored; read by the custodians of the unit alone."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.consultation.errors import LetterUnreadable
from records.consultation.models import Consultation
from records.holdings.errors import StoreFailed
from storage.media.identification import identify
from storage.objects import ObjectStore
from storage.sealing import Vault
from web.rules import NotVisible, RuleViolation
from web.shown import size

PREFIX = "letters"
MOST_BYTES = 10 * 1024**2
TYPES = {"application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png"}


@dataclass(frozen=True)
class Letter:
    """A letter that lies sealed in the store; digest and size are those of the letter itself."""

    key: str
    sha256: str
    size_bytes: int
    media_type: str


def receive_letter(store: ObjectStore, vault: Vault, content: bytes) -> Letter:
    """Digest, seal and store a letter: it names people. Raises LetterUnreadable or StoreFailed."""
    media_type = identify(content).media_type if content else ""
    if media_type not in TYPES or len(content) > MOST_BYTES:
        raise LetterUnreadable(limit=size(MOST_BYTES))
    try:
        stored = store.put(BytesIO(vault.seal_bytes(content)), prefix=PREFIX)
    except OSError as error:
        raise StoreFailed(name=PREFIX) from error
    return Letter(stored.key, hashlib.sha256(content).hexdigest(), len(content), media_type)


@contextmanager
def kept_if_named(store: ObjectStore, letter: Letter | None) -> Iterator[None]:
    """Around the transaction that names a letter: where that is refused, the letter goes at once."""
    try:
        yield
    except (RuleViolation, NotVisible):
        if letter is not None:
            store.destroy(letter.key)
        raise


def content_of(store: ObjectStore, vault: Vault, consultation: Consultation) -> bytes:
    """The letter as it was uploaded; raises NotVisible where there is none."""
    if consultation.letter_key is None:
        raise NotVisible
    with store.open(consultation.letter_key) as stream:
        return vault.unseal_bytes(stream.read())


def letter_faults(session: Session, store: ObjectStore, vault: Vault) -> Iterator[str]:
    """What is wrong with the stored letters, in words: a missing or altered one."""
    named = select(Consultation).where(Consultation.letter_key.is_not(None)).order_by(Consultation.id)
    for one in session.scalars(named.execution_options(yield_per=100)):
        try:
            content = content_of(store, vault, one)
        except Exception as error:  # whatever keeps a letter from being read is what is to be said
            yield f"The letter of {one.number} cannot be read: {type(error).__name__}."
            continue
        if hashlib.sha256(content).hexdigest() != one.letter_sha256:
            yield f"The letter of {one.number} was altered."


def stray_letters(session: Session, store: ObjectStore, *, before: datetime) -> list[str]:
    """The keys of letters older than a moment whose request never came about."""
    keys = [stored.key for stored in store.keys(PREFIX) if stored.modified_at < before]
    named = set(session.scalars(select(Consultation.letter_key).where(Consultation.letter_key.is_not(None))))
    return [key for key in keys if key not in named]
