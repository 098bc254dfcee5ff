"""Images: facts, proof by decoding, and pictures the right way up."""

import io
from pathlib import Path

import pytest
from PIL import Image

from storage.media import images
from storage.media.examination import display_image, examine, page_image, picture, text
from storage.media.results import Picture
from tests.storage.media import makers


def drawn(made: Picture | None) -> Image.Image:
    assert made is not None
    image = Image.open(io.BytesIO(made.content))
    assert image.size == (made.width, made.height)
    return image.convert("RGB")


def codes(path: Path, media_type: str) -> list[str]:
    return [finding.code for finding in examine(path, media_type).findings]


def is_red_at(image: Image.Image, x: int, y: int) -> bool:
    red, green, blue = image.crop((x, y, x + 1, y + 1)).tobytes()
    return red > 200 and green < 60 and blue < 60


def test_a_photo_tells_its_size_moment_camera_and_place_known(tmp_path: Path) -> None:
    examined = examine(makers.jpeg(tmp_path / "p.jpg", orientation=6, gps=True), "image/jpeg")
    assert examined.findings == []
    assert examined.facts == {
        "width": 400,
        "height": 300,
        "colour_mode": "RGB",
        "frames": 1,
        "dpi": 300,
        "taken_at": "2016-12-26T09:30:00",
        "camera": "Haiou DF-1",
        "orientation": 6,
        "has_gps": True,
    }


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, "upper left"), (3, "lower right"), (6, "upper right"), (8, "lower left")]
)
def test_pictures_are_the_right_way_up(tmp_path: Path, orientation: int, corner: str) -> None:
    path = makers.jpeg(tmp_path / "p.jpg", orientation=orientation)
    for made in (picture(path, "image/jpeg", 100), display_image(path, "image/jpeg", 200)):
        image = drawn(made)
        assert (image.width < image.height) == (orientation in {6, 8})
        x = 3 if "left" in corner else image.width - 4
        y = 3 if "upper" in corner else image.height - 4
        assert is_red_at(image, x, y)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK", "I;16", "F"])
def test_every_colour_mode_gives_a_picture(tmp_path: Path, mode: str) -> None:
    image = makers.photo().convert("L").convert(mode) if mode in {"I;16", "F"} else makers.photo().convert(mode)
    image.save(tmp_path / "p.tif" if mode != "LA" else tmp_path / "p.png")
    path, media_type = (tmp_path / "p.png", "image/png") if mode == "LA" else (tmp_path / "p.tif", "image/tiff")
    assert codes(path, media_type) == []
    shown = drawn(picture(path, media_type, 64))
    assert max(shown.size) == 64
    assert max(shown.tobytes()[1::3]) > 120, "the picture is black"


def test_what_is_transparent_is_shown_white(tmp_path: Path) -> None:
    Image.new("RGBA", (50, 50), (0, 0, 0, 0)).save(tmp_path / "p.png")
    assert drawn(picture(tmp_path / "p.png", "image/png", 50)).getpixel((25, 25)) == (255, 255, 255)


def test_each_page_of_a_scan_can_be_shown(tmp_path: Path) -> None:
    red, blue = Image.new("RGB", (90, 60), "red"), Image.new("RGB", (90, 60), "blue")
    red.save(tmp_path / "p.tif", save_all=True, append_images=[blue])
    assert examine(tmp_path / "p.tif", "image/tiff").facts["frames"] == 2
    assert is_red_at(drawn(page_image(tmp_path / "p.tif", "image/tiff", 1, 90)), 5, 5)
    assert not is_red_at(drawn(page_image(tmp_path / "p.tif", "image/tiff", 2, 90)), 5, 5)
    assert page_image(tmp_path / "p.tif", "image/tiff", 3, 90) is None


def test_a_photo_of_a_telephone_is_shown_as_jpeg(tmp_path: Path) -> None:
    import pillow_heif

    pillow_heif.from_pillow(makers.photo()).save(tmp_path / "p.heic")
    examined = examine(tmp_path / "p.heic", "image/heic")
    assert (examined.facts["width"], examined.facts["height"], examined.findings) == (400, 300, [])
    shown = display_image(tmp_path / "p.heic", "image/heic", 200)
    assert shown is not None
    assert shown.media_type == "image/jpeg"
    assert is_red_at(drawn(shown), 5, 5)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "GIF", "WEBP", "JPEG2000"])
def test_an_image_cut_in_half_is_truncated_or_damaged(tmp_path: Path, kind: str) -> None:
    content = makers.as_bytes(makers.photo(), kind)
    media_type = "image/jp2" if kind == "JPEG2000" else f"image/{kind.lower()}"
    (tmp_path / "whole").write_bytes(content)
    (tmp_path / "half").write_bytes(content[: len(content) // 2])
    assert codes(tmp_path / "whole", media_type) == []
    assert codes(tmp_path / "half", media_type)[0] in {"truncated", "damaged"}


def test_a_later_page_that_is_broken_damages_the_scan(tmp_path: Path) -> None:
    page = makers.photo()
    page.save(tmp_path / "p.tif", save_all=True, append_images=[page], compression="tiff_lzw")
    content = bytearray((tmp_path / "p.tif").read_bytes())
    middle = len(content) // 2
    content[middle + 200 : middle + 4_000] = b"\xff" * 3_800
    (tmp_path / "p.tif").write_bytes(content)
    assert codes(tmp_path / "p.tif", "image/tiff") == ["damaged"]


def test_an_image_bomb_is_not_decoded(tmp_path: Path) -> None:
    edge = int(images.MOST_PIXELS**0.5) + 1
    Image.new("1", (edge, edge)).save(tmp_path / "bomb.png")
    assert codes(tmp_path / "bomb.png", "image/png") == ["too-large"]
    assert picture(tmp_path / "bomb.png", "image/png", 100) is None


def test_only_the_decoder_of_the_type_is_tried(tmp_path: Path) -> None:
    (tmp_path / "p.jpg").write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n")
    assert codes(tmp_path / "p.jpg", "image/jpeg") == ["damaged"]


def test_the_text_of_a_picture_is_said_to_be_unread(tmp_path: Path) -> None:
    path = tmp_path / "scan.png"
    Image.new("RGB", (20, 20)).save(path)
    assert text(path, "image/png").note == "image-text"
