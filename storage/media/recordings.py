"""Audio and video through FFmpeg (PyAV): facts, proof that they decode, a poster and a waveform."""

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from PIL import Image, ImageDraw

from storage.media import images
from storage.media.results import Examination, Facts, Finding, Picture, TooLargeToDecode, Unreadable

PACKETS_TRIED = 60
SECONDS_MISSING = 2.0
WAVEFORM_WIDTH, WAVEFORM_HEIGHT = 800, 120
WAVEFORM_COLOUR = "#3b6ea5"
WAVEFORM_SECONDS = 45.0
_WAVEFORM_RATE = 8_000
_INDEXED = {"mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm"}  # formats that tell their length beforehand


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The recording; raises Unreadable, also for whatever fails in the block."""
    try:
        with av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace") as container:
            yield container
    except Unreadable:
        raise
    except Exception as error:  # decoders of hostile bytes raise anything
        raise Unreadable(f"{type(error).__name__}: {error}".replace(str(path), "file")[:200]) from error


def examine(path: Path) -> Examination:
    """Facts, and findings: damaged if the beginning of no stream decodes, truncated if the announced end is missing."""
    facts: Facts = {}
    findings: list[Finding] = []
    try:
        with opened(path) as container:
            facts.update(_facts(container))
            _decode_beginning(container)
            if not _has_its_end(container):
                findings.append(Finding("truncated", "The stream ends before its announced duration."))
    except Unreadable as error:
        findings.append(Finding("damaged", str(error)))
    if not findings and (missing := _riff_bytes_missing(path)) > 0:
        findings.append(Finding("truncated", f"{missing} bytes of those announced are missing."))
    return Examination(facts, findings)


def poster(path: Path, edge: int) -> Picture:
    """A JPEG of a frame near the beginning, its longer side at most `edge` pixels; raises Unreadable."""
    with opened(path) as container:
        stream = _video(container)
        if stream is None:
            raise Unreadable("There is no picture in it.")
        if container.duration:
            with suppress(av.FFmpegError):
                container.seek(min(container.duration // 10, 5_000_000))
        frame = next(container.decode(stream), None)
        if frame is None:
            container.seek(0)
            frame = next(container.decode(stream))
        return images.encoded(_upright(frame, stream.sample_aspect_ratio or Fraction(1), edge))


def waveform(path: Path) -> Picture:
    """A PNG of the peaks of the sound over time, in constant memory; or raises Unreadable."""
    peaks = _Peaks(WAVEFORM_WIDTH)
    deadline = time.monotonic() + WAVEFORM_SECONDS
    with opened(path) as container:
        if not container.streams.audio:
            raise Unreadable("There is no sound in it.")
        resampler = av.AudioResampler(format="s16", layout="mono", rate=_WAVEFORM_RATE)
        for packet in container.demux(container.streams.audio[0]):
            with suppress(av.error.InvalidDataError):  # a broken frame is a gap, not the end
                for frame in packet.decode():
                    for part in resampler.resample(frame):
                        peaks.add(memoryview(bytes(part.planes[0])).cast("h")[: part.samples])
            if time.monotonic() > deadline:
                raise TooLargeToDecode("The recording is too long to be drawn.")
    canvas = Image.new("RGB", (WAVEFORM_WIDTH, WAVEFORM_HEIGHT), "white")
    draw = ImageDraw.Draw(canvas)
    middle = WAVEFORM_HEIGHT / 2
    for column, (low, high) in enumerate(peaks.columns()):
        draw.line(
            [(column, middle - high * middle / 32_768), (column, middle - low * middle / 32_768)], WAVEFORM_COLOUR
        )
    content = io.BytesIO()
    canvas.quantize(16).save(content, "PNG", optimize=True)
    return Picture(content.getvalue(), "image/png", WAVEFORM_WIDTH, WAVEFORM_HEIGHT)


class _Peaks:
    """Lowest and highest samples of equal stretches; when there are too many stretches, each two become one."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._stretch = 16
        self._found: list[tuple[int, int]] = []
        self._rest: list[int] = []

    def add(self, samples: memoryview) -> None:
        self._rest.extend(samples)
        while len(self._rest) >= self._stretch:
            self._found.append((min(self._rest[: self._stretch]), max(self._rest[: self._stretch])))
            del self._rest[: self._stretch]
            if len(self._found) == 4 * self._width:
                pairs = zip(self._found[::2], self._found[1::2], strict=True)
                self._found = [(min(one[0], two[0]), max(one[1], two[1])) for one, two in pairs]
                self._stretch *= 2

    def columns(self) -> Iterator[tuple[int, int]]:
        """One pair for each column of the picture."""
        found = self._found or [(min(self._rest, default=0), max(self._rest, default=0))]
        for column in range(self._width):
            start = column * len(found) // self._width
            part = found[start : max(start + 1, (column + 1) * len(found) // self._width)]
            yield min(low for low, _ in part), max(high for _, high in part)


def _video(container: InputContainer) -> VideoStream | None:
    """The moving picture; the cover of an album is none."""
    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    return None


def _facts(container: InputContainer) -> Facts:
    facts: Facts = {"container": container.format.name}
    if container.duration:
        facts["duration_seconds"] = round(container.duration / 1_000_000, 3)
    if container.bit_rate:
        facts["bit_rate"] = container.bit_rate
    if recorded := container.metadata.get("creation_time"):
        facts["taken_at"] = recorded
    if title := container.metadata.get("title"):
        facts["title"] = title[:500]
    if (video := _video(container)) is not None:
        facts.update(video_codec=video.codec_context.name, width=video.width, height=video.height)
        if video.average_rate:
            facts["frame_rate"] = round(float(video.average_rate), 3)
    for audio in container.streams.audio[:1]:
        facts.update(audio_codec=audio.codec_context.name, sample_rate=audio.sample_rate, channels=audio.channels)
    return facts


def _decode_beginning(container: InputContainer) -> None:
    """Raise Unreadable if a stream of sound or moving picture is there and its first packets give nothing."""
    for stream in (_video(container), *container.streams.audio[:1]):
        if stream is None:
            continue
        decoded, wrong = 0, ""
        container.seek(0)
        for packet in islice(container.demux(stream), PACKETS_TRIED):
            try:
                decoded += len(packet.decode())
            except av.FFmpegError as error:  # one broken packet is not a broken recording
                wrong = str(error.strerror)
        if not decoded:
            raise Unreadable(f"The {stream.type} does not decode: {wrong}.")
    if not container.streams.audio and _video(container) is None:
        raise Unreadable("There is neither sound nor moving picture in it.")


def _has_its_end(container: InputContainer) -> bool:
    """Whether there are packets up to the announced duration, for formats that announce it reliably."""
    if container.format.name not in _INDEXED or not container.duration:
        return True
    announced = container.duration / 1_000_000
    last = 0.0
    try:
        container.seek(max(0, container.duration - 1_000_000))
        for packet in container.demux():
            if packet.pts is not None and packet.size:
                last = max(last, float((packet.pts + (packet.duration or 0)) * packet.time_base))
    except av.FFmpegError:
        return False
    return last > announced - max(SECONDS_MISSING, announced * 0.02)


def _riff_bytes_missing(path: Path) -> int:
    """How much shorter a WAV or AVI file is than its first header says."""
    with path.open("rb") as file:
        head = file.read(8)
    announced = int.from_bytes(head[4:8], "little")
    if head[:4] != b"RIFF" or announced in {0, 0xFFFFFFFF}:  # so written where the length was not known yet
        return 0
    return announced + 8 - path.stat().st_size - announced % 2


def _upright(frame: VideoFrame, pixel_shape: Fraction, edge: int) -> Image.Image:
    width, height = float(frame.width * pixel_shape), float(frame.height)
    if frame.width * frame.height > images.MOST_PIXELS:
        raise TooLargeToDecode(f"{frame.width} x {frame.height} pixels")
    factor = min(1.0, edge / max(width, height))
    size = {"width": max(1, round(width * factor)), "height": max(1, round(height * factor))}
    image: Image.Image = frame.reformat(format="rgb24", **size).to_image()  # type: ignore[no-untyped-call]
    return image.rotate(frame.rotation, expand=True)
