"""Letters of introduction 介绍信: digested, sealed, stored; read by the custodians of the unit alone."""

import hashlib
from dataclasses import dataclass

from records.consultation.errors import LetterUnreadable
from records.consultation.models import Consultation
from records.consultation.sealed import LETTERS, read_sealed, store_sealed
from storage.media.identification import identify
from storage.objects import ObjectMissing, ObjectStore
from storage.sealing import Vault
from web.rules import NotVisible
from web.shown import size

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
    key = store_sealed(store, vault, content, LETTERS)
    return Letter(key, hashlib.sha256(content).hexdigest(), len(content), media_type)


def content_of(store: ObjectStore, vault: Vault, consultation: Consultation) -> bytes:
    """The letter as it was uploaded; raises NotVisible where there is none, or none any more."""
    if consultation.letter_key is None:
        raise NotVisible
    try:
        return read_sealed(store, vault, consultation.letter_key)
    except ObjectMissing:
        raise NotVisible from None
