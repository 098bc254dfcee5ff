"""Sealed columns: numbers of persons are encrypted at rest and matched by a blind index, never by their text.

The keys live in one file outside the tree and the database, made on first use, readable by its owner alone.
"""

import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Vault:
    """Seals, opens and matches; the first key seals, all keys open, so that keys can be changed one by one."""

    sealing_keys: tuple[str, ...]
    matching_key: str
    signing_key: str

    @classmethod
    def open_or_create(cls, path: Path) -> Self:
        """Keys from the secret file, which is made with fresh keys where it is missing.

        Raises ValueError if the file is there but does not hold the three kinds of keys.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            fresh = {
                "sealing_keys": [Fernet.generate_key().decode()],
                "matching_key": secrets.token_urlsafe(48),
                "signing_key": secrets.token_urlsafe(48),
            }
            draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                json.dump(fresh, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(draft, path)  # of two processes starting at once, one makes the keys and both read them
            except FileExistsError:
                pass
            finally:
                draft.unlink()
        try:
            held = json.loads(path.read_text())
            return cls(tuple(held["sealing_keys"]), held["matching_key"], held["signing_key"])
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} does not hold the keys of this installation.") from error

    def seal(self, text: str) -> str:
        """Encrypted text; sealing the same text twice gives different results."""
        return self._fernet.encrypt(text.encode()).decode()

    def unseal(self, sealed: str) -> str:
        """The text again; raises cryptography.fernet.InvalidToken if no key opens it."""
        return self._fernet.decrypt(sealed.encode()).decode()

    def seal_bytes(self, content: bytes) -> bytes:
        """Encrypted bytes, for files that hold numbers of persons; a third longer than the content."""
        return self._fernet.encrypt(content)

    def unseal_bytes(self, sealed: bytes) -> bytes:
        """The content again; raises cryptography.fernet.InvalidToken if no key opens it."""
        return self._fernet.decrypt(sealed)

    def blind(self, text: str) -> str:
        """Blind index: equal texts give equal marks, and the mark tells nothing without the key (HMAC-SHA-256)."""
        return hmac.new(self.matching_key.encode(), text.encode(), hashlib.sha256).hexdigest()

    @cached_property
    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.sealing_keys])


def vault_of(session: Session) -> Vault:
    """The vault this session was opened with; raises KeyError if it has none."""
    vault: Vault = session.info["vault"]
    return vault
