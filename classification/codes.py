"""Reference codes 档号 in both living layouts, built, numbered and read back.

Hyphens join levels, a middle dot (U+00B7) joins codes inside one level. A code once given is never edited and never
used again; a corrected code is a new one, the old one its alias.
"""

import re
import unicodedata
from dataclasses import dataclass

from classification.categories import CodeLetters
from classification.periods import Period
from classification.text import Label, LabelledEnum

LEVEL = "-"
WITHIN = "·"

_FONDS = r"[A-Z][0-9]{3,5}"
_YEAR = r"[0-9]{4}"
_PERIOD = r"Y|D[1-9][0-9]?"
_NUMBER = r"[0-9]*[1-9][0-9]*"
_SUB_CODE = rf"(?!{_YEAR}(?![^\W_]))[^\W_]+"  # a year would be read as the year of the code
_OFFICE = rf"(?!(?:{_PERIOD})(?![^\W_]))[^\W_]*[^\W\d_][^\W_]*"  # figures would be read as a number
_CODE = re.compile(
    rf"""(?P<prefix>
        (?P<fonds>{_FONDS})
        -(?P<classes>[A-Z]{{2}}(?:·{_SUB_CODE})*)
        ·(?P<year>{_YEAR})
        (?:(?P<joint>[·-])(?P<period>{_PERIOD})(?:(?P=joint)(?P<office>{_OFFICE}))?)?
    -)
    (?P<number>{_NUMBER})(?:-(?P<item_number>{_NUMBER}))?""",
    re.VERBOSE,
)


UNDO_CODE = "UNDO"  # printed as a barcode: takes the last step of a desk or the last scan of a count back


def as_scanned(text: str) -> str:
    """A code or barcode as it is kept and looked for: no blanks around it, half width, upper case.

    A scanner is a keyboard: under a Chinese input method or with the wrong key held it types other signs.
    """
    return unicodedata.normalize("NFKC", text).strip().upper()


class MalformedCode(ValueError):
    """Text that is no reference code, or values that make none; `reason` says why in both languages."""

    def __init__(self, reason: Label) -> None:
        super().__init__(reason.en)
        self.reason = reason


class Layout(LabelledEnum):
    """Where hyphens stand in the class part."""

    DAT13_2022 = "DA/T 13-2022", "DA/T 13-2022（C038-WS·2026·D10-0001）", "DA/T 13-2022 (C038-WS·2026·D10-0001)"
    DAT22_2015 = "DA/T 22-2015", "DA/T 22-2015（C038-WS·2026-D10-0001）", "DA/T 22-2015 (C038-WS·2026-D10-0001)"


@dataclass(frozen=True)
class CodeProfile:
    """How one fonds writes its codes: layout, fonds number 全宗号, and the least digits of each running number."""

    layout: Layout
    fonds_number: str
    household_file_width: int = 4
    file_width: int = 3
    item_in_file_width: int = 3
    item_width: int = 4

    def __post_init__(self) -> None:
        if not re.fullmatch(_FONDS, self.fonds_number):
            raise MalformedCode(
                Label("全宗号应为一个大写字母加 3 至 5 位数字", "A fonds number is a letter and 3 to 5 digits")
            )

    def width(self, letters: CodeLetters) -> int:
        """Digits of the running number of a series: of files for households and accounting, otherwise of items."""
        return {
            CodeLetters.HOUSEHOLD: self.household_file_width,
            CodeLetters.ACCOUNTING: self.file_width,
        }.get(letters, self.item_width)


@dataclass(frozen=True)
class ParsedCode:
    """A reference code taken apart.

    `class_codes` are the category letters and what divides them further, as in ("ZY", "KN") or ("KU", "01"); `office`
    is the organisational unit or issue 机构（问题）. `number` counts files where `item_number` is given, otherwise
    items or files. `prefix` is everything before `number`. A code without a period has the layout DAT13_2022.
    """

    layout: Layout
    fonds_number: str
    class_codes: tuple[str, ...]
    year: int
    period: Period | None
    office: str | None
    number: int
    item_number: int | None
    prefix: str

    @property
    def letters(self) -> CodeLetters | None:
        """The category letters if they are among ours."""
        for letters in CodeLetters:
            codes = tuple(letters.split(WITHIN))
            if self.class_codes[: len(codes)] == codes:
                return letters
        return None


def series_prefix(
    profile: CodeProfile,
    letters: CodeLetters,
    *,
    year: int,
    period: Period | None,
    sub_code: str | None = None,
    office: str | None = None,
) -> str:
    """Everything before the running number, as in `C038-KU·01·2026·D30-`: one counter belongs to each such prefix.

    A yearly file whose items have periods of their own has none itself: `C038-WS·2026-`. Raises MalformedCode for a
    year without four digits, a sub-code or office that could be read as another element, an office without a period.
    """
    if not re.fullmatch(_YEAR, str(year)):
        raise MalformedCode(Label("年度应为四位数字", "A year has four digits"))
    if sub_code is not None and not re.fullmatch(_SUB_CODE, sub_code):
        raise MalformedCode(
            Label("二级类目代码只用文字或数字，且不得像年度", "A sub-code is letters or digits, unlike a year")
        )
    if office is not None and (period is None or not re.fullmatch(_OFFICE, office)):
        raise MalformedCode(
            Label(
                "机构（问题）代码应为文字，不得像保管期限，且列于期限之后",
                "An office is a word, unlike a period, after a period",
            )
        )
    class_part = WITHIN.join(element for element in (letters, sub_code, str(year)) if element)
    joint = WITHIN if profile.layout is Layout.DAT13_2022 else LEVEL
    return LEVEL.join(
        (profile.fonds_number, joint.join(e for e in (class_part, period and period.letter, office) if e), "")
    )


def file_prefix(file_code: str) -> str:
    """Everything before the running number of an item in a file, as in `C038-ZY·KN·2024·D10-0001-`."""
    return file_code + LEVEL


def with_number(prefix: str, number: int, *, width: int) -> str:
    """The code with running number `number`, filled with zeros to `width` digits and longer where it must be."""
    if number < 1:
        raise MalformedCode(Label("流水号从 1 起编", "Running numbers begin at 1"))
    return f"{prefix}{number:0{width}d}"


def item_in_file_code(profile: CodeProfile, file_code: str, number: int) -> str:
    """The code of item `number` in a file."""
    return with_number(file_prefix(file_code), number, width=profile.item_in_file_width)


def parse(code: str) -> ParsedCode:
    """Take a code of either layout apart; raises MalformedCode for anything else."""
    if not (match := _CODE.fullmatch(code)):
        raise MalformedCode(
            Label(
                f"“{code}”不是档号，应形如 C038-ZY·KN·2024·D10-0001-003",
                f"{code!r} is no reference code; one looks like C038-ZY·KN·2024·D10-0001-003",
            )
        )
    period, item_number = match["period"], match["item_number"]
    return ParsedCode(
        layout=Layout.DAT22_2015 if match["joint"] == LEVEL else Layout.DAT13_2022,
        fonds_number=match["fonds"],
        class_codes=tuple(match["classes"].split(WITHIN)),
        year=int(match["year"]),
        period=Period.of_letter(period) if period else None,
        office=match["office"],
        number=int(match["number"]),
        item_number=int(item_number) if item_number else None,
        prefix=match["prefix"],
    )
