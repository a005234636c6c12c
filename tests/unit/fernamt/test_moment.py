"""Ids of real randomness."""

from uuid import UUID

from fernamt.moment import RandomIds
from telephony.identifiers import Instant

AT = Instant(1_795_299_794_171_000)


def test_ids_made_at_one_instant_are_all_different_and_name_it() -> None:
    ids = RandomIds()
    made = [UUID(ids.new(AT)) for _ in range(1_000)]

    assert len(set(made)) == 1_000
    assert {one.version for one in made} == {7}
    assert {one.int >> 80 for one in made} == {AT // 1_000}
