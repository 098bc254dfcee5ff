"""Audio and video: facts, proof by decoding, poster and waveform."""

import io
from pathlib import Path

import pytest
from PIL import Image

from storage.media.examination import examine, picture, prepare, waveform
from tests.storage.media import makers


def codes(path: Path, media_type: str) -> list[str]:
    return [finding.code for finding in examine(path, media_type).findings]


def test_a_film_tells_its_length_and_how_it_is_coded(tmp_path: Path) -> None:
    examined = examine(makers.video(tmp_path / "v.mp4"), "video/mp4")
    assert examined.findings == []
    expected = {"duration_seconds": 4.0, "video_codec": "mpeg4", "width": 160, "height": 96, "frame_rate": 10.0}
    assert expected.items() <= examined.facts.items()


def test_a_recording_tells_its_length_and_rate(tmp_path: Path) -> None:
    examined = examine(makers.wav(tmp_path / "a.wav", seconds=2), "audio/wav")
    assert examined.findings == []
    expected = {"duration_seconds": 2.0, "audio_codec": "pcm_s16le", "sample_rate": 8_000, "channels": 1}
    assert expected.items() <= examined.facts.items()


def test_the_poster_is_a_frame_of_the_film(tmp_path: Path) -> None:
    poster = picture(makers.video(tmp_path / "v.mp4"), "video/mp4", 80)
    assert poster is not None
    assert (poster.width, poster.height) == (80, 48)
    red, green, _ = Image.open(io.BytesIO(poster.content)).crop((2, 45, 3, 46)).tobytes()
    assert red > 150 > 50 > green


def test_the_waveform_is_loud_where_the_sound_is(tmp_path: Path) -> None:
    drawn = waveform(makers.wav(tmp_path / "a.wav", seconds=3), "audio/wav")
    assert drawn is not None
    above = list(Image.open(io.BytesIO(drawn.content)).convert("L").crop((0, 40, drawn.width, 41)).tobytes())
    assert max(above[10:390]) < 200
    assert min(above[410:]) == 255


def test_a_film_without_picture_shows_its_sound(tmp_path: Path) -> None:
    prepared = prepare(makers.wav(tmp_path / "a.wav"), "a.wav")
    assert list(prepared.pictures) == ["waveform"]
    assert prepared.note == "no-text"


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.avi"])
def test_a_film_cut_in_half_is_truncated(tmp_path: Path, name: str) -> None:
    path = makers.video(tmp_path / name, seconds=20)
    media_type = {"v.mp4": "video/mp4", "v.mkv": "video/x-matroska", "v.avi": "video/x-msvideo"}[name]
    assert codes(path, media_type) == []
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert codes(path, media_type) == ["truncated"]


def test_a_recording_cut_in_half_is_truncated(tmp_path: Path) -> None:
    path = makers.wav(tmp_path / "a.wav")
    path.write_bytes(path.read_bytes()[:5_000])
    assert codes(path, "audio/wav") == ["truncated"]


def test_what_does_not_decode_is_damaged(tmp_path: Path) -> None:
    path = makers.video(tmp_path / "v.mp4")
    content = path.read_bytes()
    start = content.index(b"mdat") + 4
    path.write_bytes(content[:start] + b"\x55" * (len(content) - start))
    assert codes(path, "video/mp4") == ["damaged"]
    path.write_bytes(b"\0\0\0\x18ftypisom" + bytes(400))
    assert codes(path, "video/mp4") == ["damaged"]
    assert picture(path, "video/mp4", 80) is None


def test_a_playlist_reaches_no_other_file(tmp_path: Path) -> None:
    makers.wav(tmp_path / "secret.wav")
    (tmp_path / "list.mp4").write_text(f"ffconcat version 1.0\nfile '{tmp_path / 'secret.wav'}'\n")
    assert codes(tmp_path / "list.mp4", "video/mp4") == ["damaged"]
