"""What is known about bytes once somebody has looked at them; plain values that cross a process boundary."""

import re
from dataclasses import dataclass, field, replace

# Control signs but tab, line ends and form feed; and halves of UTF-16 pairs, which no encoding takes.
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")

Facts = dict[str, str | int | float | bool | list[str]]


class Unreadable(Exception):
    """The content does not decode; the message says how, in English, for the technical detail of a finding."""


class Encrypted(Unreadable):
    """The content is closed by a password."""


class CutShort(Unreadable):
    """The content ends before it is complete."""


class TooLargeToDecode(Unreadable):
    """Decoding would take more memory than one file is worth."""


@dataclass(frozen=True)
class Finding:
    """Something a keeper should know about a file: a code of FINDING_TEXTS, and the technical detail in English."""

    code: str
    detail: str = ""


@dataclass(frozen=True)
class Identified:
    """The media type by content; `mislabelled` when the extension of the name stands for other types."""

    media_type: str
    mislabelled: bool = False


@dataclass(frozen=True)
class Examination:
    """Technical facts that fit into JSON, and findings; both may be empty."""

    facts: Facts = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


@dataclass(frozen=True)
class Picture:
    """An encoded picture for a browser; width and height in pixels, the right way up."""

    content: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True)
class ExtractedText:
    """Text for the index, pages parted by form feeds; `note` is a code of FINDING_TEXTS if text is missing or cut."""

    text: str = ""
    note: str = ""


@dataclass(frozen=True)
class Prepared:
    """All that is made of a file once it is stored; pictures by kind: thumbnail, poster or waveform."""

    media_type: str
    facts: Facts = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    text: str = ""
    note: str = ""
    pictures: dict[str, Picture] = field(default_factory=dict)

    def storable(self) -> "Prepared":
        """The same without signs that are no text: PostgreSQL refuses U+0000, and a screen shows none of them."""
        facts: Facts = {name: _storable(value) for name, value in self.facts.items()}
        findings = [Finding(finding.code, _plain(finding.detail)) for finding in self.findings]
        return replace(self, facts=facts, findings=findings, text=_plain(self.text))


def _storable(value: str | int | float | bool | list[str]) -> str | int | float | bool | list[str]:
    match value:
        case str():
            return _plain(value)
        case list():
            return [_plain(each) for each in value]
    return value


def _plain(text: str) -> str:
    return _NOT_TEXT.sub("", text)
