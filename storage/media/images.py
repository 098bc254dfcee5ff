"""Images through Pillow: facts, a full decode as proof, and pictures of them the right way up."""

import io
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import cast

from PIL import Image, ImageOps, ImageSequence

from storage.media.kinds import PILLOW_FORMATS
from storage.media.results import CutShort, Examination, Facts, Finding, Picture, TooLargeToDecode, Unreadable

MOST_PIXELS = 150_000_000  # of one frame: A0 at 400 dpi in grey is 247 million, A1 at 300 dpi 70 million
MOST_PIXELS_CHECKED = 1_500_000_000  # of all frames together
JPEG_QUALITY = 80

_MAKE, _MODEL, _ORIENTATION, _CHANGED_AT = 0x010F, 0x0110, 0x0112, 0x0132
_EXIF, _GPS, _TAKEN_AT, _TAKEN_OFFSET = 0x8769, 0x8825, 0x9003, 0x9011

Image.MAX_IMAGE_PIXELS = None  # opened() holds the bound, by what a decode of the kind costs


@contextmanager
def opened(path: Path, media_type: str, edge: int | None = None) -> Iterator[Image.Image]:
    """The image, decoded no larger than needed for `edge` pixels where the format allows that.

    Raises Unreadable, CutShort or TooLargeToDecode, also for whatever fails in the block.
    """
    if media_type in {"image/heic", "image/heif"}:
        import pillow_heif  # loads a video codec, which only these photos need

        pillow_heif.register_heif_opener()
    try:
        with Image.open(path, formats=PILLOW_FORMATS[media_type]) as image:
            if edge and image.format in {"JPEG", "MPO"}:
                image.draft("RGB", (edge, edge))
            _bound(image)
            yield image
    except Unreadable:
        raise
    except Exception as error:  # decoders of hostile bytes raise anything
        kind = CutShort if "truncated" in str(error) else Unreadable
        raise kind(f"{type(error).__name__}: {error}"[:200]) from error


def examine(path: Path, media_type: str) -> Examination:
    """Facts, and findings from decoding every frame: damaged, truncated, too-large."""
    facts: Facts = {}
    try:
        with opened(path, media_type) as image:
            facts.update(_facts(image))
        with opened(path, media_type, edge=256) as image:  # a JPEG is read to its end at any scale
            checked = 0
            for frame in ImageSequence.Iterator(image):
                _bound(frame)
                frame.load()
                checked += frame.width * frame.height
                if checked > MOST_PIXELS_CHECKED:
                    break
    except TooLargeToDecode as error:
        return Examination(facts, [Finding("too-large", str(error))])
    except CutShort as error:
        return Examination(facts, [Finding("truncated", str(error))])
    except Unreadable as error:
        return Examination(facts, [Finding("damaged", str(error))])
    return Examination(facts)


def picture(path: Path, media_type: str, edge: int, *, page_number: int = 1) -> Picture:
    """A JPEG at most `edge` pixels wide and high, the right way up, of one page counted from 1.

    Raises Unreadable, also for a page that is not there.
    """
    with opened(path, media_type, edge) as image:
        if page_number > 1:
            image.seek(page_number - 1)
            _bound(image)
        scaled = flat(image)
        scaled.thumbnail((edge, edge))
        return encoded(ImageOps.exif_transpose(scaled))


def flat(image: Image.Image) -> Image.Image:
    """The image in grey or RGB with 8 bits, transparency turned to white; its EXIF data stays."""
    if image.has_transparency_data:
        with_alpha = image.convert("RGBA")
        result = Image.new("RGB", image.size, "white")
        result.paste(with_alpha, mask=with_alpha.getchannel("A"))
        result.info, result._exif = image.info, image.getexif()
        return result
    if image.mode.startswith(("I", "F")):
        grey = image.convert("F")
        darkest, lightest = cast(tuple[float, float], grey.getextrema())
        scale = 255 / ((lightest - darkest) or 1)
        return grey.point(lambda value: value * scale - darkest * scale).convert("L")
    return image.convert("L" if image.mode in {"1", "L"} else "RGB")


def encoded(image: Image.Image) -> Picture:
    """The picture as JPEG with its colour profile."""
    content = io.BytesIO()
    image.save(content, "JPEG", quality=JPEG_QUALITY, icc_profile=image.info.get("icc_profile"))
    return Picture(content.getvalue(), "image/jpeg", image.width, image.height)


def _bound(image: Image.Image) -> None:
    if image.width * image.height > MOST_PIXELS:
        raise TooLargeToDecode(f"{image.width} x {image.height} pixels")


def _facts(image: Image.Image) -> Facts:
    facts: Facts = {"width": image.width, "height": image.height, "colour_mode": image.mode}
    facts["frames"] = getattr(image, "n_frames", 1)
    dpi = image.info.get("dpi")
    with suppress(Exception):
        facts["dpi"] = round(float(dpi[0]))  # type: ignore[index]
    if isinstance(compression := image.info.get("compression"), str):
        facts["compression"] = compression
    with suppress(Exception):  # a broken EXIF block says nothing about the picture
        facts.update(_exif_facts(image))
    return facts


def _exif_facts(image: Image.Image) -> Facts:
    facts: Facts = {}
    exif = image.getexif()
    details = exif.get_ifd(_EXIF)
    if moment := _moment(details.get(_TAKEN_AT) or exif.get(_CHANGED_AT), details.get(_TAKEN_OFFSET)):
        facts["taken_at"] = moment
    make, model = (str(exif.get(tag, "")).strip("\0 ") for tag in (_MAKE, _MODEL))
    if camera := model if model.startswith(make) else f"{make} {model}".strip():
        facts["camera"] = camera
    orientation = exif.get(_ORIENTATION, image.info.get("original_orientation"))
    if isinstance(orientation, int) and orientation > 1:
        facts["orientation"] = orientation
    facts["has_gps"] = bool(exif.get_ifd(_GPS))
    return facts


def _moment(text: object, offset: object) -> str | None:
    """An EXIF moment as ISO 8601, with the offset from UTC where the camera noted one."""
    try:
        moment = datetime.strptime(str(text).strip("\0 "), "%Y:%m:%d %H:%M:%S").isoformat()  # noqa: DTZ007
        return datetime.fromisoformat(f"{moment}{offset or ''}").isoformat()
    except ValueError:
        return None
