"""Numbers that identify persons and organisations: read as people write them, checked, shown masked."""

import re
import unicodedata
from bisect import bisect
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date

from classification.text import Label, LabelledEnum

OF_AGE_YEARS = 18
EARLIEST_BIRTH = date(1900, 1, 1)
_RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_RESIDENT_CHECK = "10X98765432"
MOBILE_DIGITS = 11
# Ten digits and more, broken by hyphens, dots, blanks or line ends; what begins in a code such as ·D10-0002 is none.
_BREAKS = "-\u2010\u2011\u2012\u2013\u2014\u2015\uff0d.\uff0e\u00b7 \t\r\n\u3000"
_BREAK, _CHECK_X = f"[{_BREAKS}]", "[Xx\uff38\uff58]"
_LONG_RUN = re.compile(
    rf"(?<!\d)(?<![\u00b7-][A-Z])\d(?:{_BREAK}{{0,3}}\d){{9,}}(?:{_BREAK}{{0,2}}{_CHECK_X}(?![A-Za-z]))?"
)
_GROUP = re.compile(rf"\d+{_CHECK_X}?|{_CHECK_X}")
_LONG_DIGITS = 10
_LONGEST_NUMBER = 19  # a card's
_KNOWN_LENGTHS = frozenset({11, 15, 16, 17, 18, 19})
_MOST_GROUPS = 9  # a number that is written in more parts is one of a form, and on one line
_YEARS = ("19", "20", "21")  # no card begins so, nor any province but Liaoning 21
_NO_PROVINCE = _YEARS[:2]
# What stands among digits without being part of a number: what joins its own parts does not join it to others. First
# months and days, and periods from one to another whose end may be short, as 2026.11.05-06.
_YEAR, _MONTH, _OF_MONTH = rf"(?:{'|'.join(_YEARS)})\d\d", "(?:0?[1-9]|1[0-2])", r"(?:0?[1-9]|[12]\d|3[01])"
_DATE = "|".join(f"{_YEAR}{sign}{_MONTH}(?:{sign}{_OF_MONTH})?" for sign in ("-", "[.]", "\u2013", "\uff0d", "\uff0e"))
_TO = "[ \u3000]?[-\u2010-\u2015\uff0d]{1,2}[ \u3000]?"
_SPOKEN = rf"(?:{_DATE})(?:{_TO}(?:{_DATE}|{_MONTH}[-.]{_OF_MONTH}|{_OF_MONTH}))?"
# Eight or six digits alone are told from a number by a second date, or by the hour that follows.
_SIX = rf"{_YEAR}(?:0[1-9]|1[0-2])"
_EIGHT = rf"{_SIX}(?:0[1-9]|[12]\d|3[01])"
_BARE = rf"{_SIX}{_TO}{_SIX}|{_EIGHT}(?:{_TO}|[ \u3000]){_EIGHT}|\A{_EIGHT}(?=[ \u3000]\d\d?\Z)"
_DAY = re.compile(rf"(?<![-.\u00b7\d])(?:{_SPOKEN}|{_BARE})(?![-\u00b7\d]|\.\d)")
# What words tell from such numbers: a year, and a document number 文号, which has twelve digits at most; where more
# follow, as on a certificate, they are somebody's.
_SAID_TO_BE_OTHER = re.compile(
    rf"(?<![-.\u00b7\d]){_YEAR}\s?年"
    rf"|[\u3014\[\uff3b(\uff08\u3010]{_YEAR}[\u3015\]\uff3d)\uff09\u3011]\s?第?\s?\d{{1,12}}\s?号"
    r"|第\s?\d{1,12}\s?号"
    r"|(?:文号|字号|[Dd]ocument number)[:：]?\s?\d(?:-?\d){9,11}"
    rf"(?:(?!{_BREAK}{{0,3}}\d)|(?={_BREAK}{{1,3}}(?:{_DATE})))"
)
_AMOUNT = re.compile(r"(?<![-.\u00b7\d])\d{1,9}\.\d{1,2}(?![-.\u00b7\d])")
_LINE_END = re.compile(r"[\r\n]")
_THREE_DIGITS = re.compile(r"\d{3}")
_BLANKS_ONLY = re.compile(rf"\d(?: ?\d)+ ?{_CHECK_X}?")
_CREDIT_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_ORGANISATION_SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


class Sex(LabelledEnum):
    """Sex 性别, as the resident number states it."""

    MALE = "male", "男", "Male"
    FEMALE = "female", "女", "Female"


class BadNumber(ValueError):
    """A number that cannot be right; `reason` says why in both languages."""

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason


class BadResidentNumber(BadNumber):
    """No resident number."""


class BadCreditCode(BadNumber):
    """No unified social credit code."""


def resident_number(text: str, *, on: date | None = None) -> str:
    """The 18 signs of a resident number 公民身份号码 (GB 11643-1999), with an upper-case X.

    Full-width signs and blanks are folded; an old number of 15 digits is lengthened. The region is not judged: many
    valid prefixes of Sichuan and Chongqing are in no current table; but none begins with 0. Nobody is born before 1900
    or, where `on` is given, after that day. Raises BadResidentNumber.
    """
    number = _fold(text)
    if not re.fullmatch(r"[0-9]*[0-9X]?", number):
        raise BadResidentNumber(Label("只能是数字，末位可为 X", "It has digits only, and perhaps a final X"))
    if len(number) == 15 and number.isdecimal():
        number = number[:6] + "19" + number[6:]
        number += _resident_check(number)
    if len(number) != 18:
        raise BadResidentNumber(Label(f"应为 18 位，现为 {len(number)} 位", f"It needs 18 signs and has {len(number)}"))
    if number[0] == "0":
        raise BadResidentNumber(Label("没有以 0 开头的号码", "No number begins with 0"))
    try:
        born = birth_date(number)
    except ValueError:
        raise BadResidentNumber(
            Label(f"出生日期 {number[6:14]} 不存在", f"There is no date of birth {number[6:14]}")
        ) from None
    if not EARLIEST_BIRTH <= born <= (on or date.max):
        raise BadResidentNumber(Label(f"出生日期 {number[6:14]} 不可能", f"{number[6:14]} cannot be a date of birth"))
    if number[17] != _resident_check(number):
        raise BadResidentNumber(Label("校验码不符，请核对号码", "The check sign does not fit; compare the number"))
    return number


def of_age(born_on: date, on: date) -> bool:
    """Whether a person is an adult 成年人 on a day: at the age of 18, from the birthday on (Civil Code art. 17)."""
    return (born_on.year + OF_AGE_YEARS, born_on.month, born_on.day) <= (on.year, on.month, on.day)


def birth_date(number: str) -> date:
    """Date of birth in a normalised resident number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex(number: str) -> Sex:
    """Sex in a normalised resident number: the last digit of the sequence is odd for a man."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


@dataclass(frozen=True)
class Masks:
    """How many signs are shown: at each end of a resident number, and at the end of a telephone number."""

    id_signs: int
    phone_signs: int


MUNICIPAL_MASKS = Masks(id_signs=4, phone_signs=4)  # what districts may tighten (art. 20)


def mask(number: str, signs: int = MUNICIPAL_MASKS.id_signs) -> str:
    """A normalised resident number with so many signs shown at each end, as 5001••••••••4517."""
    return f"{number[:signs]}••••••••{number[-signs:] if signs else ''}"


def mask_phone(number: str, signs: int = MUNICIPAL_MASKS.phone_signs) -> str:
    """A telephone number as 138••••4517, of a short one at most the last two figures; nothing where `signs` is 0."""
    if not signs:
        return "••••"
    if len(number) < MOBILE_DIGITS:
        return f"••••{number[-min(signs, 2) :]}"
    return f"{number[:3]}••••{number[-signs:]}"


def mask_name(name: str) -> str:
    """A person's name with its first sign alone, as 周••, for lists that name a household by its code."""
    return name[:1] + "•" * max(len(name) - 1, 1)


def tells_resident_number(text: str) -> bool:
    """Whether a valid resident number 公民身份号码 stands in a text, also one that is broken by blanks or hyphens."""
    for found in _LONG_RUN.finditer(text):
        for start, end in _numbers_in(found[0]):
            with suppress(BadResidentNumber):
                resident_number("".join(sign for sign in found[0][start:end] if sign.isalnum()))
                return True
    return False


def without_numbers(text: str) -> str:
    """Text as it may be kept for ever: of numbers as long as telephone, card or resident numbers the ends only."""
    return _shortened(text, lambda found: f"{found[:3]}••••{found[-2:]}")


@dataclass(frozen=True)
class Withheld:
    """What a text does not say to a reader: names, of which the first sign is shown, and words, of which nothing is."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()


NOTHING = Withheld()


def masked_text(text: str, withheld: Withheld = NOTHING) -> str:
    """Text as it is shown on a screen, as long as before: of such numbers the ends only, for whoever reads it.

    What is withheld from this reader is masked wherever it stands, also with blanks between its signs.
    """
    shown = _shortened(text, lambda found: found[:3] + re.sub(r"[^\r\n]", "•", found[3:-2]) + found[-2:])
    shown = _dotted(shown, withheld.names, 1)
    return _dotted(shown, withheld.words, 0)


def _shortened(text: str, ends: Callable[[str], str]) -> str:
    """Text with the ends only of its long numbers, also of those that are broken.

    Dates, periods, amounts and document numbers 文号 are no such numbers.
    """

    def shorten(found: re.Match[str]) -> str:
        run, shown, at = found[0], "", 0
        for start, end in _numbers_in(run):
            shown, at = shown + run[at:start] + ends(run[start:end]), end
        return shown + run[at:]

    pieces, at = [], 0
    for other in _SAID_TO_BE_OTHER.finditer(text):
        pieces += [_LONG_RUN.sub(shorten, text[at : other.start()]), other[0]]
        at = other.end()
    return "".join(pieces) + _LONG_RUN.sub(shorten, text[at:])


def _numbers_in(run: str) -> Iterator[tuple[int, int]]:
    """Where numbers of persons begin and end in a run of digits.

    Ten digits and more on one line are one, without the dates and amounts that stand among them; those known by their
    form also go over line ends, and may have a date in them.
    """
    apart = sorted(found.span() for kind in (_DAY, _AMOUNT, _LINE_END) for found in kind.finditer(run))
    left = passed = 0
    for start, end in _known_forms(run, apart) if apart else ():
        before = bisect(apart, (start,))
        yield from _unknown_form(run, left, start, apart[passed:before])
        yield start, end
        left, passed = end, bisect(apart, (end,))
    yield from _unknown_form(run, left, len(run), apart[passed:])


def _known_forms(run: str, apart: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where numbers known by their form begin and end; none of them ends within a date or an amount."""
    groups = [found.span() for found in _GROUP.finditer(run)]
    over = [apart[max(bisect(apart, (start, len(run) + 1)) - 1, 0)] for start, _ in groups]
    begins = [not a < start < b for (start, _), (a, b) in zip(groups, over, strict=True)]
    ends = [not a < end < b for (_, end), (a, b) in zip(groups, over, strict=True)]
    first = 0
    while first < len(groups):
        reach = slice(first, first + _MOST_GROUPS)
        last = _known_form(run, groups[reach], ends[reach]) if begins[first] else None
        if last is not None:
            yield groups[first][0], groups[first + last][1]
        first += 1 if last is None else last + 1


def _known_form(run: str, groups: Sequence[tuple[int, int]], ends: Sequence[bool]) -> int | None:
    """Which group ends the longest number that the first one begins; None where it begins none."""
    ended: int | None = None
    lengths: list[int] = []
    for at, (start, end) in enumerate(groups):
        lengths.append(end - start)
        total = sum(lengths)
        if total > _LONGEST_NUMBER:
            break
        if total in _KNOWN_LENGTHS and ends[at]:
            signs = "".join(run[a:b] for a, b in groups[: at + 1])
            if _resident(signs, lengths) or _mobile(signs, lengths) or _card(signs, lengths):
                ended = at
    return ended


def _resident(signs: str, lengths: Sequence[int]) -> bool:
    """Whether signs stand as those of a resident number do: a day of birth in them; the check sign may be misread.

    No province is written 19 or 20, as years begin.
    """
    whole = len(signs) == 18
    old = len(signs) == 15 and lengths[0] >= 6
    if not (whole or old) or not signs[:17].isdecimal() or signs[:2] in _NO_PROVINCE or signs[0] == "0":
        return False
    try:
        born = birth_date(signs if whole else signs[:6] + "19" + signs[6:])
    except ValueError:
        return False
    return born.year // 100 in (19, 20)


def _mobile(signs: str, lengths: Sequence[int]) -> bool:
    """Whether signs are a mobile number's, whole, in two or in the usual three parts."""
    known = len(signs) == MOBILE_DIGITS and signs.isdecimal() and "13" <= signs[:2] <= "19"
    return known and (lengths == [3, 4, 4] or (len(lengths) <= 2 and lengths[0] >= 3))


def _card(signs: str, lengths: Sequence[int]) -> bool:
    """Whether signs are a bank card's: 16 to 19 digits in fours, with their check digit (ISO/IEC 7812, Luhn)."""
    if len(signs) < 16 or not signs.isdecimal() or signs.startswith(_YEARS):
        return False
    if any(part % 4 for part in lengths[:-1]):
        return False
    doubled = [int(sign) * (1 + at % 2) for at, sign in enumerate(reversed(signs))]
    return sum(number - 9 * (number > 9) for number in doubled) % 10 == 0


def _unknown_form(run: str, start: int, end: int, apart: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Where ten digits and more stand together in a part of a run, between what stands apart in it."""
    at = start
    for begin, stop in [*apart, (end, end)]:
        part = run[at:begin].strip(_BREAKS)
        long = sum(map(str.isdecimal, part)) >= _LONG_DIGITS
        if long and (_THREE_DIGITS.search(part) or _BLANKS_ONLY.fullmatch(part)):
            first = run.index(part, at)
            yield first, first + len(part)
        at = max(at, stop)


def _dotted(text: str, words: Collection[str], signs: int) -> str:
    """Some words with so many signs shown and dots for the rest; blanks stay, so that lines end where they did."""
    if not words:
        return text
    longest_first = sorted(set(words), key=len, reverse=True)
    pattern = "|".join(r"\s*".join(map(re.escape, word)) for word in longest_first)
    return re.sub(pattern, lambda found: found[0][:signs] + re.sub(r"\S", "•", found[0][signs:]), text)


def name_shown(name: str, born_on: date | None, *, whole: bool, on: date) -> str:
    """A person's name; a minor's whole only for those who work on the file, masked for everybody else."""
    minor = born_on is not None and not of_age(born_on, on)
    return mask_name(name) if minor and not whole else name


def credit_code(text: str) -> str:
    """The 18 signs of a unified social credit code 统一社会信用代码 (GB 32100-2015), in upper case.

    Both check signs are tested, its own and that of the organisation code inside (GB 11714). Raises BadCreditCode.
    """
    code = _fold(text)
    if len(code) != 18:
        raise BadCreditCode(Label(f"应为 18 位，现为 {len(code)} 位", f"It needs 18 signs and has {len(code)}"))
    if stray := next((sign for sign in code if sign not in _CREDIT_SIGNS), None):
        raise BadCreditCode(
            Label(f"不得含有“{stray}”（不用 I、O、S、V、Z）", f"It may not contain {stray!r} (no I, O, S, V, Z)")
        )
    total = sum(_CREDIT_SIGNS.index(sign) * pow(3, at, 31) for at, sign in enumerate(code[:17]))
    if code[17] != _CREDIT_SIGNS[-total % 31]:
        raise BadCreditCode(Label("校验码不符，请核对代码", "The check sign does not fit; compare the code"))
    if code[16] != _organisation_check(code[8:16]):
        raise BadCreditCode(
            Label("其中的组织机构代码校验码不符", "The check sign of the organisation code in it does not fit")
        )
    return code


def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()


def _resident_check(number: str) -> str:
    weighted = sum(int(digit) * weight for digit, weight in zip(number[:17], _RESIDENT_WEIGHTS, strict=True))
    return _RESIDENT_CHECK[weighted % 11]


def _organisation_check(body: str) -> str:
    signs = zip(body, _ORGANISATION_WEIGHTS, strict=True)
    return "0123456789X"[-sum(_ORGANISATION_SIGNS.index(sign) * weight for sign, weight in signs) % 11]
