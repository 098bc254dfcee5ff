"""Words in the two languages of the system, and enumerations that carry them."""

import re
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Label:
    """One name in Chinese and in English."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The Chinese text for any tag that begins with `zh` (zh, zh_Hans_CN, zh-CN), otherwise the English one."""
        return self.zh if language.lower().startswith("zh") else self.en


class LabelledEnum(StrEnum):
    """A string enumeration written as a table: value, Chinese, English."""

    _value_: str
    label: Label

    # Optional because type checkers read a look-up by value, Category("original"), as a call of this.
    def __new__(cls, value: str, zh: str = "", en: str = "") -> "LabelledEnum":
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = Label(zh, en)
        return member

    @property
    def row(self) -> tuple[str, str, str]:
        """The row of the table, for an enumeration that takes it over."""
        return self.value, self.label.zh, self.label.en


def natural(text: str) -> tuple[tuple[int, str], ...]:
    """A key that sorts names by the numbers in them: 10节 after 9节."""
    return tuple((int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]{1,9})", text) if part)
