"""What a check found, and the mend."""

from enum import StrEnum

import msgspec


class Status(StrEnum):
    """How it stands."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    """It works, but not as it should; the exit code stays 0."""
    WRONG = "wrong"
    NOT_TESTED = "not_tested"
    """It could not be looked at; `found` says why."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was tested. `mend` is what to do, for everything that is not good."""

    check: str
    status: Status
    found: str
    mend: str | None = None


def good(check: str, found: str) -> Finding:
    """It is as it should be."""
    return Finding(check=check, status=Status.GOOD, found=found)


def wrong(check: str, found: str, mend: str) -> Finding:
    """It has to be mended."""
    return Finding(check=check, status=Status.WRONG, found=found, mend=mend)


def doubtful(check: str, found: str, mend: str) -> Finding:
    """It should be mended."""
    return Finding(check=check, status=Status.DOUBTFUL, found=found, mend=mend)


def not_tested(check: str, why: str, mend: str | None = None) -> Finding:
    """It could not be looked at."""
    return Finding(check=check, status=Status.NOT_TESTED, found=why, mend=mend)
