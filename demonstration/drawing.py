"""Pages and pictures drawn by code: scanned papers with the marks of a scanner, photographs as a camera leaves them."""

import io
import math
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from random import Random

from PIL import Image, ImageChops, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path, serif_path

from demonstration.chance import chance

MARK = "示例"  # on everything drawn, so that none of it is taken for a real document
DPI = 150
A4 = (1240, 1754)  # pixels at 150 dpi
MARGIN = 150
INK, FAINT, SEAL = 36, 150, (196, 40, 35)
LINE_HEIGHT, LONGEST_LINE = 54, 29
ORIENTATION, MAKE, MODEL, CHANGED_AT, EXIF, TAKEN_AT = 0x0112, 0x010F, 0x0110, 0x0132, 0x8769, 0x9003
TURNED_LEFT = 6  # EXIF: the camera was held upright, the picture is shown turned by 90°
CAMERA_PIXELS = (1280, 960)

Colour = tuple[int, int, int]


class Page:
    """A page of A4 being written from top to bottom; one with a seal is scanned in colour (DA/T 31-2017)."""

    def __init__(self) -> None:
        self._image = Image.new("L", A4, "white")
        self._draw = ImageDraw.Draw(self._image)
        self._y = 130
        self._seal: tuple[int, int] | None = None

    def title(self, words: str) -> None:
        """A heading in the middle."""
        self._draw.text((A4[0] / 2, self._y), words, font=_font(serif=True, size=46), fill=INK, anchor="ma")
        self._y += 110

    def lines(self, words: str) -> None:
        """A paragraph, broken where the line is full."""
        for start in range(0, len(words), LONGEST_LINE):
            text = words[start : start + LONGEST_LINE]
            self._draw.text((MARGIN, self._y), text, font=_font(serif=True, size=32), fill=INK)
            self._y += LINE_HEIGHT
        self._y += 12

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Labels and values in a ruled table."""
        right, middle = A4[0] - MARGIN, MARGIN + 300
        for label, value in rows:
            self._draw.rectangle((MARGIN, self._y, right, self._y + 66), outline=INK)
            self._draw.line((middle, self._y, middle, self._y + 66), fill=INK)
            for x, words in ((MARGIN + 20, label), (middle + 20, value)):
                self._draw.text((x, self._y + 14), words, font=_font(serif=False, size=28), fill=INK)
            self._y += 66
        self._y += 40

    def card(self, rows: Sequence[tuple[str, str]]) -> None:
        """An identity card as it looks when copied."""
        box = (MARGIN + 90, self._y, A4[0] - MARGIN - 90, self._y + 520)
        self._draw.rounded_rectangle(box, radius=28, outline=FAINT, width=3)
        head = (box[2] - 250, self._y + 50, box[2] - 50, self._y + 310)
        self._draw.rectangle(head, outline=FAINT, width=2)
        self._draw.ellipse((head[0] + 60, head[1] + 40, head[0] + 140, head[1] + 130), fill=FAINT)
        self._draw.chord((head[0] + 20, head[1] + 140, head[0] + 180, head[1] + 380), 180, 360, fill=FAINT)
        for number, (label, value) in enumerate(rows):
            words = f"{label}  {value}"
            place = (box[0] + 50, self._y + 70 + 100 * number)
            self._draw.text(place, words, font=_font(serif=False, size=32), fill=INK)
        self._y += 580

    def signature(self, body: str, dated: str, *, sealed: bool = False) -> None:
        """Who signs and when, at the lower right."""
        self._y += 50
        for words in (body, dated):
            place = (A4[0] - MARGIN - 40, self._y)
            self._draw.text(place, words, font=_font(serif=True, size=32), fill=INK, anchor="ra")
            self._y += 66
        if sealed:
            self._seal = (A4[0] - MARGIN - 190, self._y - 90)

    def scanned(self, seed: str) -> bytes:
        """The page as JPEG as a scanner leaves it: a little askew, on paper that is not quite white."""
        mark = f"{MARK}·非真实材料"
        self._draw.text((A4[0] / 2, 60), mark, font=_font(serif=False, size=26), fill=FAINT, anchor="ma")
        askew = self._image.rotate(chance(seed).uniform(-0.9, 0.9), Image.Resampling.BILINEAR, fillcolor="white")
        scan = ImageChops.multiply(askew, _paper())
        if self._seal:
            scan = scan.convert("RGB")
            _stamp(ImageDraw.Draw(scan), self._seal)
        return _jpeg(scan, quality=62)


def photograph(seed: str, caption: str, *, taken_at: datetime, upright: bool = False, people: int = 3) -> bytes:
    """A drawn photograph as JPEG, with the EXIF data of a camera; `upright` ones are stored lying, as cameras do."""
    random = chance(seed)
    width, height = CAMERA_PIXELS[::-1] if upright else CAMERA_PIXELS
    image = _shade((width, height), (150 + random.randrange(60), 190, 225), (240, 232, 214))
    draw = ImageDraw.Draw(image)
    horizon = round(height * 0.62)
    for _ in range(4):
        x, radius = random.randrange(width), random.randrange(width // 4, width // 2)
        draw.circle((x, horizon + radius * 0.7), radius, fill=_tinted(random, (110, 145, 120)))
    draw.rectangle((0, horizon, width, height), fill=_tinted(random, (172, 160, 140)))
    for x in range(random.randrange(40, 120), width - 200, 260):
        top = horizon - random.randrange(160, 320)
        draw.rectangle((x, top, x + 190, horizon + 30), fill=_tinted(random, (206, 178, 150)))
        draw.polygon([(x - 18, top), (x + 95, top - 70), (x + 208, top)], fill=_tinted(random, (140, 74, 60)))
        for window in (30, 115):
            draw.rectangle((x + window, top + 40, x + window + 45, top + 100), fill=(88, 104, 120))
    for number in range(people):
        x, y = (
            round(width * (number + 1) / (people + 1)) + random.randrange(-40, 40),
            horizon + random.randrange(60, 110),
        )
        draw.rounded_rectangle((x - 42, y, x + 42, y + 190), radius=34, fill=_tinted(random, (70, 96, 140)))
        draw.circle((x, y - 38), 36, fill=(226, 190, 160))
    draw.rectangle((0, height - 76, width, height), fill=(30, 30, 34))
    words = f"{caption}（{MARK}）"
    draw.text((24, height - 62), words, font=_font(serif=False, size=34), fill="white")
    exif = Image.Exif()
    exif[MAKE], exif[MODEL] = "Anjuan", "Demonstration"
    exif[CHANGED_AT] = f"{taken_at:%Y:%m:%d %H:%M:%S}"
    exif.get_ifd(EXIF)[TAKEN_AT] = exif[CHANGED_AT]
    if upright:
        image = image.transpose(Image.Transpose.ROTATE_90)
        exif[ORIENTATION] = TURNED_LEFT
    return _jpeg(image, quality=82, exif=exif)


def moving_scene(frames_count: int, caption: str) -> Sequence[Image.Image]:
    """The frames of a film: a clock whose hand goes round over a sky that turns to evening."""
    frames = []
    for number in range(frames_count):
        share = number / frames_count
        frame = _shade((480, 270), (round(150 - 90 * share), round(190 - 120 * share), 220), (240, 220, 190))
        draw = ImageDraw.Draw(frame)
        draw.circle((240, 120), 84, fill="white", outline="black", width=4)
        draw.arc((170, 50, 310, 190), -90, -90 + 360 * share, fill=SEAL, width=10)
        hand = Image.new("L", (168, 168))
        ImageDraw.Draw(hand).rectangle((81, 20, 87, 88), fill=255)
        frame.paste("black", (156, 36), hand.rotate(-360 * share, Image.Resampling.BILINEAR))
        draw.text((240, 232), f"{caption}（{MARK}）", font=_font(serif=False, size=20), fill="black", anchor="mm")
        frames.append(frame)
    return frames


@cache
def _font(*, serif: bool, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype((serif_path() if serif else sans_path()).as_posix(), size)


@cache
def _paper() -> Image.Image:
    """The grain of paper and sensor, brightest 251 of 255."""
    grain = Image.frombytes("L", (A4[0] // 2, A4[1] // 2), chance("paper").randbytes(A4[0] // 2 * (A4[1] // 2)))
    return grain.resize(A4, Image.Resampling.BILINEAR).point(lambda value: 246 + value // 48)


def _stamp(draw: ImageDraw.ImageDraw, middle: tuple[int, int]) -> None:
    """A round red seal with a star, and the word that it is none."""
    turns = ((number * math.pi / 5 - math.pi / 2, 16 if number % 2 else 42) for number in range(10))
    star = [(middle[0] + radius * math.cos(turn), middle[1] + radius * math.sin(turn)) for turn, radius in turns]
    draw.circle(middle, 120, outline=SEAL, width=7)
    draw.polygon(star, fill=SEAL)
    draw.text((middle[0], middle[1] + 70), MARK, font=_font(serif=True, size=34), fill=SEAL, anchor="mm")


def _shade(size: tuple[int, int], top: Colour, bottom: Colour) -> Image.Image:
    ramp = Image.linear_gradient("L").resize(size)
    return Image.composite(Image.new("RGB", size, bottom), Image.new("RGB", size, top), ramp)


def _tinted(random: Random, colour: Colour) -> Colour:
    red, green, blue = (max(0, min(255, part + random.randrange(-25, 25))) for part in colour)
    return red, green, blue


def _jpeg(image: Image.Image, *, quality: int, exif: Image.Exif | None = None) -> bytes:
    content = io.BytesIO()
    image.save(content, "JPEG", quality=quality, dpi=(DPI, DPI), exif=exif or Image.Exif())
    return content.getvalue()
