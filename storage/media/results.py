"""What is known about bytes once somebody has looked at them; plain values that cross a process boundary."""

from dataclasses import dataclass, field

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
