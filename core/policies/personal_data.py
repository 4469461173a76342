"""Finding personal data in texts that become public.

Article 24(5) DSA: statements of reasons contain no personal data. What can be recognised by its
shape is; names of people cannot, so the check is a net below the template, not a licence to write.
"""

import ipaddress
import re
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from core.domain.record import Record


class PersonalData(StrEnum):
    """What a piece of text looks like."""

    EMAIL = "an e-mail address"
    URL = "a link that names a person"
    IBAN = "a bank account"
    CARD = "a card number"
    IP = "an IP address"
    PHONE = "a phone number"
    HANDLE = "an account's @name"


class Finding(Record):
    """Where a text seems to hold personal data; never the text itself."""

    kind: PersonalData
    start: int
    end: int


_EMAIL = re.compile(r"[\w.+%'-]{1,64}\s?(?:@|\(at\)|\[at\])\s?(?:[\w-]{1,63}\.)+[a-z]{2,24}", re.I)
# With a user before the host, or a path that social networks give to people.
_URL = re.compile(
    r"(?:\bhttps?|\bftp)://(?:[^\s/@]+@\S+"
    r"|\S+?/(?:user|users|u|profile|profiles|in|people|@[\w.-]+)(?:/\S+|\b))"
    r"|\bmailto:\S+",
    re.I,
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{2,4}){3,8}\b")
_CARD = re.compile(r"(?<![\d.,-])\d(?:[ -]?\d){12,18}(?![\d.,-]?\d)")
_IPV4 = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]*\w)")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?![\w:])", re.I)
# International with +, or national with a leading 0; numbers with units, dates and laws are not.
_PHONE = re.compile(
    r"(?<![\w/.])(?:\+|00)[1-9]\d{0,2}[ .-]?(?:\(0\))?(?:[ ./-]?\d){6,12}(?!\w)"
    r"|(?<![\w/.,-])(?<!\d )\(?0[1-9]\d{0,4}\)?[ /-](?:\d[ /-]?){5,9}(?!\w)"
    r"|(?<![\w/.,-])\(\d{3}\) ?\d{3}[ -]\d{4}(?!\w)"
)
_HANDLE = re.compile(r"(?<![\w@/.])@[a-z_][\w.]{1,29}(?!@)\b", re.I)


def _is_iban(text: str) -> bool:
    """ISO 13616: the number, its country and check digits moved to the end, is 1 modulo 97."""
    code = text.replace(" ", "").upper()
    if not 15 <= len(code) <= 34:
        return False
    digits = "".join(str(int(each, 36)) for each in code[4:] + code[:4])
    return int(digits) % 97 == 1


def _is_card(text: str) -> bool:
    """ISO/IEC 7812: 13 to 19 digits whose Luhn sum is 0 modulo 10."""
    digits = [int(each) for each in text if each.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [2 * each - 9 * (each > 4) for each in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_ip(text: str) -> bool:
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return False
    # Words with :: between them have no digits.
    return any(each.isdigit() for each in text) and not (found.is_unspecified or found.is_loopback)


def _always(text: str) -> bool:  # noqa: ARG001  # its shape is enough
    return True


_SHAPES: tuple[tuple[PersonalData, re.Pattern[str], Callable[[str], bool]], ...] = (
    (PersonalData.URL, _URL, _always),
    (PersonalData.EMAIL, _EMAIL, _always),
    (PersonalData.IBAN, _IBAN, _is_iban),
    (PersonalData.CARD, _CARD, _is_card),
    (PersonalData.IP, _IPV4, _is_ip),
    (PersonalData.IP, _IPV6, _is_ip),
    (PersonalData.PHONE, _PHONE, _always),
    (PersonalData.HANDLE, _HANDLE, _always),
)


@lru_cache(maxsize=4_096)  # the texts come from a few templates
def find_personal_data(text: str) -> tuple[Finding, ...]:
    """What in the text looks like personal data, in its order; nothing is reported twice."""
    found: list[Finding] = []
    for kind, pattern, holds in _SHAPES:
        for match in pattern.finditer(text):
            start, end = match.span()
            is_new = all(end <= each.start or start >= each.end for each in found)
            if is_new and holds(match.group()):
                found.append(Finding(kind=kind, start=start, end=end))
    return tuple(sorted(found, key=lambda each: each.start))
