"""Proofs of consent to advertising calls: one of each number for each client, kept five years from the grant and each use."""

from telephony.identifiers import SECOND

KEPT_AFTER_USE_US = 5 * 366 * 86_400 * SECOND
"""§7a(2) UWG: five years from the grant and from each use."""
