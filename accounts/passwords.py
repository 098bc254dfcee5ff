"""Digests of passwords: argon2id, made as OWASP advises."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

ADVISED = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)  # KiB


class Digests:
    """Makes and reads digests; each holds its own costs, so that those made by another hasher are read too."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self.use(hasher)

    def use(self, hasher: PasswordHasher) -> None:
        """Make digests by another hasher from now on, in this process alone: tests open thousands of accounts."""
        self._hasher = hasher
        self.nobody = hasher.hash(secrets.token_hex())  # compared for unknown names, which thus take as long

    def make(self, password: str) -> str:
        """The digest to be kept of a password."""
        return self._hasher.hash(password)

    def matches(self, digest: str, password: str) -> bool:
        """Whether a digest is that of a password; one that cannot be read is nobody's."""
        try:
            return self._hasher.verify(digest, password)
        except (VerifyMismatchError, InvalidHashError):
            return False


digests = Digests(ADVISED)
