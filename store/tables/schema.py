"""All tables together: the metadata that the migrations must lead to."""

from store.tables import (  # noqa: F401 - each adds its tables to METADATA
    accounts,
    aftercall,
    callers,
    deliveries,
    directory,
    journal,
    leads,
    levels,
    minutes,
    operations,
    outbound,
    quality,
    recording,
    sampling,
    shifts,
    vault,
)
from store.tables.metadata import METADATA

__all__ = ["METADATA"]
