"""
Envelopes: each record is encrypted with a key of its own, and that key with the master key.
"""

import os
from typing import NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12  # bytes


def encrypt(key, data, record):
    """Encrypted with this key, for the place of this record and no other."""
    nonce = os.urandom(NONCE)
    return nonce + AESGCM(key).encrypt(nonce, data, b"%d" % record)


def decrypt(key, data, record):
    return AESGCM(key).decrypt(data[:NONCE], data[NONCE:], b"%d" % record)


class Master:
    """What a manager does with a key that never leaves it; it counts who asks."""

    def __init__(self):
        self.keys, self.asked = [AESGCM.generate_key(256)], 0

    def rotate(self):
        self.keys.append(AESGCM.generate_key(256))

    def wrap(self, key, record):
        self.asked += 1
        return len(self.keys) - 1, encrypt(self.keys[-1], key, record)

    def unwrap(self, version, wrapped, record):
        self.asked += 1
        return decrypt(self.keys[version], wrapped, record)


class Envelope(NamedTuple):
    version: int  # of the master key
    wrapped: bytes  # the record's own key
    sealed: bytes  # the record


def seal(master, text, record):
    key = AESGCM.generate_key(256)
    return Envelope(*master.wrap(key, record), encrypt(key, text, record))


def unseal(master, envelope, record):
    key = master.unwrap(envelope.version, envelope.wrapped, record)
    return decrypt(key, envelope.sealed, record)


def rewrap(master, envelope, record):
    """The same record under the newest master key."""
    key = master.unwrap(envelope.version, envelope.wrapped, record)
    return Envelope(*master.wrap(key, record), envelope.sealed)
