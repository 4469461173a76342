"""Slow digests of passwords by argon2id."""

from functools import cached_property

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


class Argon2Passwords:
    """argon2id with the library's recommended cost (RFC 9106, low memory)."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()

    def digest(self, password: str) -> str:
        """A new digest, salted."""
        return self._hasher.hash(password)

    def fits(self, digest: str, password: str) -> bool:
        """Whether the password has this digest."""
        try:
            return self._hasher.verify(digest, password)
        except (VerificationError, InvalidHashError):
            return False

    @cached_property
    def nobodys(self) -> str:
        """A digest that no password fits, as slow to check as any other."""
        # A NUL byte cannot come out of the sign-in form, whose text the store could not keep.
        return self._hasher.hash("\x00nobody")
