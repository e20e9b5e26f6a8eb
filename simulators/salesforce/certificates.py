"""Certificates of a connected app, against which a JWT bearer assertion is checked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key


@lru_cache(maxsize=32)
def public_key(pem: str) -> RSAPublicKey:
    """The RSA key of a PEM certificate or public key. Raises ValueError for anything else."""
    try:
        if "BEGIN CERTIFICATE" in pem:
            key: Any = x509.load_pem_x509_certificate(pem.encode()).public_key()
        else:
            key = load_pem_public_key(pem.encode())
    except Exception as error:
        raise ValueError(f"not a PEM certificate or public key: {error}") from error
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the key must be RSA: Salesforce checks RS256")
    return key


def public_keys(pems: list[str]) -> list[RSAPublicKey]:
    return [public_key(pem) for pem in pems]
