from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from core.domain.identifiers import IdSequence
from tests.builders import FixedClock


@given(st.lists(st.integers(0, 20_000), min_size=1, max_size=8))
def test_ids_never_repeat_or_decrease_and_fit_into_64_bits(sizes: list[int]) -> None:
    clock = FixedClock()
    ids = IdSequence(clock, node=1023)
    seen: list[int] = []
    for size in sizes:
        seen.extend(ids.block(size).tolist())
        clock.advance(milliseconds=1)
    assert all(earlier < later for earlier, later in pairwise(seen))
    assert all(0 < each < 2**63 for each in seen)


def test_a_block_of_random_ids_are_version_4_uuids() -> None:
    from uuid import UUID

    made = IdSequence(FixedClock()).uuid_block(50)
    assert len(set(made)) == 50
    assert {UUID(each).version for each in made} == {4}
