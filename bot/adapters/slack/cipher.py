"""Tokens at rest: Fernet (AES and HMAC) under the operator's key."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

_SALT: Final = b"paperboy: tokens of Slack workspaces"


class Cipher:
    """Seals and opens secrets. `key` is a Fernet key, or any passphrase, from which one is made (scrypt)."""

    def __init__(self, key: str) -> None:
        self._fernet = Fernet(_fernet_key(key))

    def __repr__(self) -> str:
        return "<Cipher>"

    def seal(self, lane: str, secret: str) -> str:
        """The ciphertext of a secret, which opens for this lane only."""
        return self._fernet.encrypt(f"{lane}\n{secret}".encode()).decode()

    def open(self, lane: str, sealed: str) -> str:
        """The secret. Raises ValueError where it was sealed with another key or for another lane."""
        try:
            its, _, secret = self._fernet.decrypt(sealed.encode()).decode().partition("\n")
        except InvalidToken:
            raise ValueError("it was encrypted with another key") from None
        if its != lane:
            raise ValueError("it was encrypted for another workspace")
        return secret


def _fernet_key(key: str) -> bytes:
    try:
        if len(base64.urlsafe_b64decode(key)) == 32:
            return key.encode()
    except (ValueError, binascii.Error):
        pass
    made = hashlib.scrypt(key.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=32)
    return base64.urlsafe_b64encode(made)
