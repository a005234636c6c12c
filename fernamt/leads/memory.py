"""The bound of memory of every process that reads files of leads."""

import resource
from contextlib import suppress

MOST_MEMORY = 3 << 30
"""Of address space: what a file makes of itself ends there."""


def bound_memory() -> None:
    """This process cannot take more memory than a list of leads needs."""
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, resource.getrlimit(resource.RLIMIT_AS)[1]))
