"""What a hit shows: texts and windows of texts, in pieces, those that are the words sought marked."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, zip_longest

Piece = tuple[str, bool]
"""Some text as it is shown, and whether it is one of the words sought."""

_AROUND = 28  # characters shown on each side of a word
_WINDOWS = 3
_LEAD = 84  # characters of a text without the words
_PLACES = 24  # of a word, out of which windows are chosen
ELLIPSIS = "…"


def mark(text: str, folded: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """The whole of a clean text in pieces; `words` are folded, as is `folded`, the same text."""
    return tuple(_pieces(text, 0, len(text), _ranges(folded, words)))


def excerpt(text: str, folded: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """Up to three windows of a clean text around the words, or its beginning if it has none of them.

    Each word has its first place shown before any has another. Where text is left out there is a piece "…".
    """
    pieces: list[Piece] = []
    shown_to = 0
    for start, end in _windows(folded, words) or [(0, min(len(text), _LEAD))]:
        if start > shown_to:
            pieces.append((ELLIPSIS, False))
        pieces += _pieces(text, start, end, _ranges(folded[start:end], words, offset=start))
        shown_to = end
    if shown_to < len(text):
        pieces.append((ELLIPSIS, False))
    return tuple(pieces)


def _windows(folded: str, words: Sequence[str]) -> list[tuple[int, int]]:
    places = [list(islice(_places(folded, word), _PLACES)) for word in words]
    windows: list[tuple[int, int]] = []
    for of_words in zip_longest(*places):
        for word, at in zip(words, of_words, strict=True):
            if at is None or any(start <= at and at + len(word) <= end for start, end in windows):
                continue
            if len(windows) == _WINDOWS:
                return _joined(windows)
            windows.append((max(0, at - _AROUND), min(len(folded), at + len(word) + _AROUND)))
    return _joined(windows)


def _places(folded: str, word: str) -> Iterator[int]:
    at = folded.find(word)
    while at >= 0:
        yield at
        at = folded.find(word, at + 1)


def _ranges(folded: str, words: Sequence[str], offset: int = 0) -> list[tuple[int, int]]:
    """Where the words are, overlapping and touching places as one."""
    return _joined((offset + at, offset + at + len(word)) for word in words for at in _places(folded, word))


def _joined(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _pieces(text: str, start: int, end: int, marked: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    for begin, finish in marked:
        if begin > start:
            yield text[start:begin], False
        yield text[begin:finish], True
        start = finish
    if start < end:
        yield text[start:end], False
