"""What a hit shows: texts and windows of texts, in pieces, those that are the words sought marked."""

from collections.abc import Sequence

from search.text import fold

Piece = tuple[str, bool]
"""Some text as it is shown, and whether it is one of the words sought."""

_AROUND = 28  # characters shown on each side of a word
_WINDOWS = 3
_LEAD = 84  # characters of a long text in which no word was sought
ELLIPSIS = "…"


def mark(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """The whole of a clean text in pieces; `words` are folded."""
    return _pieces(text, _ranges(fold(text), words, None), 0, len(text))


def excerpt(text: str, words: Sequence[str]) -> tuple[Piece, ...]:
    """Up to three windows of a clean text around the words, or its beginning if it has none of them.

    Windows go to the first place of each word first. Where text is left out there is a piece "…".
    """
    folded = fold(text)
    first = [at for word in words if (at := folded.find(word)) >= 0]
    every = [start for start, _ in _ranges(folded, words, 8 * _WINDOWS)]
    windows: list[tuple[int, int]] = []
    for at in [*first, *every]:
        if any(start <= at < end for start, end in windows):
            continue
        if len(windows) == _WINDOWS:
            break
        longest = max(len(word) for word in words if folded.startswith(word, at))
        windows.append((max(0, at - _AROUND), min(len(text), at + longest + _AROUND)))
    pieces: list[Piece] = []
    shown_to = 0
    for start, end in _joined(windows) or [(0, min(len(text), _LEAD))]:
        if start > shown_to:
            pieces.append((ELLIPSIS, False))
        pieces += _pieces(text, _ranges(folded[start:end], words, None, start), start, end)
        shown_to = end
    if shown_to < len(text):
        pieces.append((ELLIPSIS, False))
    return tuple(pieces)


def _joined(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(ranges):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _ranges(folded: str, words: Sequence[str], limit: int | None, base: int = 0) -> list[tuple[int, int]]:
    """Where the words are, overlapping places as one; the first `limit` places of each word."""
    found: list[tuple[int, int]] = []
    for word in words:
        at, places = folded.find(word), 0
        while at >= 0 and (limit is None or places < limit):
            found.append((base + at, base + at + len(word)))
            at, places = folded.find(word, at + 1), places + 1
    return _joined(found)


def _pieces(text: str, ranges: Sequence[tuple[int, int]], start: int, end: int) -> tuple[Piece, ...]:
    pieces: list[Piece] = []
    for begin, finish in ranges:
        if begin > start:
            pieces.append((text[start:begin], False))
        pieces.append((text[begin:finish], True))
        start = finish
    if start < end:
        pieces.append((text[start:end], False))
    return tuple(pieces)
