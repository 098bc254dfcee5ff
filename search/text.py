"""What counts as the same text: cleaning before storing, folding before comparing.

Both are applied to every text and to every query word, so a word is found exactly where the folded text contains the
folded word. Folding maps each character to one character, hence positions in folded text are positions in clean text.
"""

import re
import unicodedata

_IDEOGRAPHS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
_FULL_WIDTH_PUNCTUATION = "\u3001-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_HAN = f"[{_IDEOGRAPHS}{_FULL_WIDTH_PUNCTUATION}]"

# control characters, soft hyphen, zero-width space, word joiner, byte order mark
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b\u2060\ufeff]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character, as in a file name of unknown encoding
_BLANK_IN_HAN = re.compile(rf"(?<={_HAN})\s+(?={_HAN})")
_BLANKS = re.compile(r"\s+")

_ALIKE = {
    **dict.fromkeys("\u2022\u2027\u22c5\u30fb\uff65", "\u00b7"),  # the middle dots that stand in codes 档号
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2212", "-"),
}


class _FoldedCharacters(dict[int, str]):
    """Code point to folded character, worked out when first met."""

    def __missing__(self, codepoint: int) -> str:
        character = chr(codepoint)
        for form in (_ALIKE.get, _compatible, str.casefold, _compatible):
            folded = form(character)
            if folded is not None and len(folded) == 1:
                character = folded
        self[codepoint] = character
        return character


def _compatible(character: str) -> str:
    return unicodedata.normalize("NFKC", character)


_FOLDED = _FoldedCharacters()


def clean(text: str) -> str:
    """The text as it is kept and shown: NFC, one blank for any run of white space, none at the ends.

    Blanks and line ends between Han characters (full-width punctuation is one of them) go altogether: PDF, OCR and
    office text break lines inside words. Invisible characters go too; half surrogates become U+FFFD.
    """
    text = unicodedata.normalize("NFC", _LONE_SURROGATE.sub("\ufffd", _INVISIBLE.sub("", text)))
    return _BLANKS.sub(" ", _BLANK_IN_HAN.sub("", text)).strip()


def fold(text: str) -> str:
    """`text` with case, width and compatibility forms levelled, e.g. "Ａ１：ＷＳ・" to "a1:ws·"; same length.

    A character whose NFKC form is longer than one character, such as ㈠ or ½, stands for itself.
    """
    return text.translate(_FOLDED)


def grams(text: str) -> set[str]:
    """The distinct characters of `text` and its distinct pairs of neighbouring characters."""
    return {*text, *map(str.__add__, text, text[1:])}
