"""What the net catches, and what it must let through."""

import pytest

from core.policies.personal_data import PersonalData, find_personal_data

CAUGHT = [
    ("write to anna.b+x@example.org today", PersonalData.EMAIL),
    ("anna (at) example.com", PersonalData.EMAIL),
    ("call +49 30 1234567", PersonalData.PHONE),
    ("tel 030/123456", PersonalData.PHONE),
    ("(212) 555-1234", PersonalData.PHONE),
    ("pay to DE89 3704 0044 0532 0130 00", PersonalData.IBAN),
    ("pay to DE89370400440532013000.", PersonalData.IBAN),
    ("card 4111 1111 1111 1111", PersonalData.CARD),
    ("posted by @some_user", PersonalData.HANDLE),
    ("from 192.168.3.4", PersonalData.IP),
    ("from 2001:db8::1", PersonalData.IP),
    ("see https://anna@host.example/x", PersonalData.URL),
    ("see https://net.example/users/anna", PersonalData.URL),
    ("see https://net.example/@anna", PersonalData.URL),
]

LET_THROUGH = [
    "",
    "https://net.example/terms#3",
    "Article 5(1)(a) of Regulation (EU) 2021/784 and Directive 2000/31/EC",
    "on 2026-05-04 at 12:00:30, from 2020-01-01/2020-12-31",
    "model v1.2.3 scored 0.9734 on 12,345 items, 10 000 000 in all",
    "§ 130 StGB (1) 2020",
    "5 reports @ 3 hours",
    "1234567890123456",  # no card: its Luhn sum is not 0
    "DE89370400440532013001",  # no account: its check digits are wrong
    "EAN 4006381333931",
    "std::vector and ::",
    "999.1.1.1",
]


@pytest.mark.parametrize(("text", "kind"), CAUGHT)
def test_personal_data_is_found_where_it_stands(text: str, kind: PersonalData) -> None:
    (found,) = find_personal_data(text)
    assert found.kind is kind
    assert 0 <= found.start < found.end <= len(text)


@pytest.mark.parametrize("text", LET_THROUGH)
def test_numbers_laws_and_links_are_no_personal_data(text: str) -> None:
    assert find_personal_data(text) == ()


def test_several_findings_come_in_their_order_and_once() -> None:
    found = find_personal_data("@anna wrote to a@b.example from 10.0.0.7")
    assert [each.kind for each in found] == [
        PersonalData.HANDLE, PersonalData.EMAIL, PersonalData.IP,
    ]  # fmt: skip


def test_a_long_hostile_text_is_answered() -> None:
    assert find_personal_data("1 " * 2_500) == ()
    assert find_personal_data("https://" + "a/" * 2_400) == ()
    assert find_personal_data("a." * 2_500) == ()
