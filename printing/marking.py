"""Page images for outside readers: parts blacked out 遮盖, then scaled, then a watermark 水印 that names the reader.

Everything is burnt into the pixels; nothing of what lies below a black part is in the picture that is made.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

from printing.glyphs import printable

READING_WIDTH = 1_200  # pixels
JPEG_QUALITY = 80
# JPEG draws in blocks of 16 pixels; what stands in a block that is partly black has left traces all over it.
BLOCK = 16
WHOLE = 1_000
WHITISH = 90  # of 255: what is lighter has dark letters
STRENGTH = 52  # of 255: legible over white, and what lies below stays legible too
CONTOUR = 90  # of 255: around each letter in the opposite shade, so that it is read on a photograph as well


@dataclass(frozen=True)
class Box:
    """A part of a page to be blacked out, in thousandths of its width and height."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Watermark:
    """Who reads: name, unit, time and number of the request, as they are to stand on the page."""

    name: str
    unit: str
    time: str
    number: str

    @property
    def text(self) -> str:
        """The whole of it in one line."""
        return printable(f"{self.number} {self.name} {self.unit} {self.time}")


def marked(content: bytes, boxes: Sequence[Box], watermark: Watermark) -> tuple[bytes, int, int]:
    """The picture of a page as JPEG for one reader, with its width and height in pixels.

    The watermark runs over the page in rows and stands once more below it; the same text is in the JPEG comment. The
    same arguments give the same bytes.
    """
    with Image.open(io.BytesIO(content)) as opened:
        page = opened.convert("RGB")
    for box in boxes:
        _black_out(page, box)
    if page.width > READING_WIDTH:
        height = max(1, round(page.height * READING_WIDTH / page.width))
        page = page.resize((READING_WIDTH, height), Image.Resampling.LANCZOS, reducing_gap=2.0)
    _overlay(page, watermark.text)
    page = _with_band(page, watermark)
    made = io.BytesIO()
    page.save(made, "JPEG", quality=JPEG_QUALITY, comment=watermark.text.encode())
    return made.getvalue(), page.width, page.height


def _black_out(page: Image.Image, box: Box) -> None:
    """Black from block to block around the rectangle, so that no edge of what it covers is left."""
    left, top = page.width * box.left // WHOLE // BLOCK * BLOCK, page.height * box.top // WHOLE // BLOCK * BLOCK
    right, bottom = -(-page.width * (box.left + box.width) // WHOLE), -(-page.height * (box.top + box.height) // WHOLE)
    right, bottom = -(-right // BLOCK) * BLOCK, -(-bottom // BLOCK) * BLOCK
    page.paste((0, 0, 0), (left, top, min(right, page.width), min(bottom, page.height)))


def _overlay(page: Image.Image, text: str) -> None:
    """The text over the whole page, aslant, dark on light and light on dark, each letter with a contour."""
    light = page.convert("L")
    for mask, on_light, on_dark in zip(_patterns(text, page.width, page.height), (250, 40), (0, 215), strict=True):
        shade = light.point(lambda value, light=on_light, dark=on_dark: light if value > WHITISH else dark)
        page.paste(Image.merge("RGB", (shade, shade, shade)), (0, 0), mask)


@lru_cache(maxsize=16)
def _patterns(text: str, width: int, height: int) -> tuple[Image.Image, Image.Image]:
    """Where contours and letters lie over a page of a size; remembered, for a reader turns many pages alike."""
    stroke = max(1, width // 600)
    return _pattern(text, width, height, CONTOUR, stroke), _pattern(text, width, height, STRENGTH, 0)


def _pattern(text: str, width: int, height: int, strength: int, stroke: int) -> Image.Image:
    """The text in rows, drawn as strong as said, each letter wider by a stroke on every side."""
    font = _font(max(15, width // 48))
    left, top, right, bottom = (round(side) for side in font.getbbox(text))
    tile = Image.new("L", (right - left + width // 8, (bottom - top) * 5))
    draw = ImageDraw.Draw(tile)
    draw.text((-left, tile.height // 2), text, fill=strength, font=font, stroke_width=stroke)
    side = round((width**2 + height**2) ** 0.5) + 2
    rows = Image.new("L", (side, side))
    for row, y in enumerate(range(0, side, tile.height)):
        for x in range(-(row % 2) * tile.width // 2, side, tile.width):
            rows.paste(tile, (x, y))
    turned = rows.rotate(24, Image.Resampling.BILINEAR)
    x, y = (side - width) // 2, (side - height) // 2
    return turned.crop((x, y, x + width, y + height))


def _with_band(page: Image.Image, watermark: Watermark) -> Image.Image:
    """The page with a band below it, on which the reader stands in full: as many lines as the text needs."""
    font = _font(max(12, page.width // 60))
    lines = _broken(watermark.text, font, page.width - 16)
    step = round(font.size * 1.5)
    banded = Image.new("RGB", (page.width, page.height + step * len(lines) + 8), (255, 255, 255))
    banded.paste(page, (0, 0))
    draw = ImageDraw.Draw(banded)
    draw.line((0, page.height, page.width, page.height), fill=(120, 120, 120))
    for place, line in enumerate(lines):
        draw.text((8, page.height + 4 + step * place), line, fill=(60, 60, 60), font=font)
    return banded


def _broken(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for sign in text:
        if lines[-1] and font.getlength(lines[-1] + sign) > width:
            lines.append("")
        lines[-1] += sign
    return lines


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(sans_path().as_posix(), size)
