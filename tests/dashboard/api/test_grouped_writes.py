"""Many requests' writes in one."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future

import pytest

from dashboard.api.grouped_writes import MOST_WAITING, GroupedWrites
from dashboard.api.problems import ApiProblem


class Book:
    """Writes numbers down, one group after the other, when it is let."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.may_write = threading.Event()
        self.is_writing = threading.Event()

    def write(self, numbers: Sequence[int]) -> list[int | Exception]:
        self.is_writing.set()
        assert self.may_write.wait(10)
        self.groups.append(list(numbers))
        if 13 in numbers:
            raise OSError("the disk is full")
        return [ValueError(str(n)) if n < 0 else n * 2 for n in numbers]


def _add(writes: GroupedWrites[int, int], number: int) -> "Future[int]":
    with writes.coming() as coming:
        return coming.add(number)


def test_what_comes_while_a_group_is_written_is_the_next_group() -> None:
    book = Book()
    writes: GroupedWrites[int, int] = GroupedWrites(book.write)
    first = _add(writes, 1)
    assert book.is_writing.wait(10)
    rest = [_add(writes, number) for number in (2, -3, 4)]
    book.may_write.set()
    assert first.result(10) == 2
    assert rest[0].result(10) == 4
    with pytest.raises(ValueError, match="-3"):
        rest[1].result(10)
    assert rest[2].result(10) == 8
    assert book.groups == [[1], [2, -3, 4]]


def test_a_write_that_fails_is_everybodys_answer_and_the_next_goes_on() -> None:
    book = Book()
    book.may_write.set()
    writes: GroupedWrites[int, int] = GroupedWrites(book.write)
    with pytest.raises(OSError, match="disk"):
        _add(writes, 13).result(10)
    assert _add(writes, 5).result(10) == 10


def test_one_that_is_ready_waits_for_one_that_is_coming_and_not_for_ever() -> None:
    book = Book()
    book.may_write.set()
    writes: GroupedWrites[int, int] = GroupedWrites(book.write)
    with writes.coming() as slow, writes.coming() as quick:
        ready = quick.add(1)
        late = slow.add(2)
    assert (ready.result(10), late.result(10)) == (2, 4)
    assert book.groups == [[1, 2]]
    with writes.coming():
        assert _add(writes, 3).result(10) == 6


def test_when_too_much_waits_others_are_sent_away_and_later_are_not() -> None:
    book = Book()
    writes: GroupedWrites[int, int] = GroupedWrites(book.write)
    waiting = [_add(writes, 1)]
    assert book.is_writing.wait(10)
    waiting += [_add(writes, 100 + number) for number in range(MOST_WAITING)]
    with pytest.raises(ApiProblem) as caught:
        writes.coming()
    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "1")
    book.may_write.set()
    assert len([each.result(10) for each in waiting]) == MOST_WAITING + 1
    assert max(map(len, book.groups)) == 64
    assert _add(writes, 5).result(10) == 10


def test_nothing_is_lost_among_many_threads() -> None:
    book = Book()
    book.may_write.set()
    writes: GroupedWrites[int, int] = GroupedWrites(book.write)
    answers: list[int] = []

    def work(start: int) -> None:
        answers.extend(_add(writes, start + n).result(10) for n in range(50))

    threads = [threading.Thread(target=work, args=(1000 * (n + 1),)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    expected = sorted(2 * (1000 * (n + 1) + m) for n in range(8) for m in range(50))
    assert sorted(answers) == expected
    assert sorted(2 * number for group in book.groups for number in group) == expected
