from hypothesis import given
from hypothesis import strategies as st

from core.engine.encoder.buckets import exact_buckets


@given(st.lists(st.integers(0, 600), max_size=80), st.integers(1, 700))
def test_every_text_is_in_one_batch_of_its_own_length(lengths: list[int], budget: int) -> None:
    batches = exact_buckets(lengths, budget)
    assert sorted(place for batch in batches for place in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len({lengths[place] for place in batch}) == 1
        assert len(batch) == 1 or len(batch) * lengths[batch[0]] <= budget


def test_long_batches_come_first() -> None:
    batches = exact_buckets([3, 9, 3, 5], 6)
    assert batches == [[1], [3], [0, 2]]
