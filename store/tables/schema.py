"""All tables together: the metadata that the migrations must lead to."""

from store.tables import (
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
    shifts,
)
from store.tables.metadata import METADATA

__all__ = ["METADATA", "TABLE_MODULES"]

TABLE_MODULES = (
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
    shifts,
)
