"""Sound and film made by code."""

import io
import math
import wave
from array import array
from collections.abc import Sequence
from fractions import Fraction

import av
from PIL.Image import Image

from demonstration.chance import chance

RATE = 16_000  # samples a second
FRAMES_A_SECOND = 12


def chime_and_voice(seed: str, seconds: int) -> bytes:
    """A WAV, mono at 16 kHz: two strokes of a bell, then hums with the rhythm and melody of speech."""
    random = chance(seed)
    samples = array("h", bytes(2 * RATE * seconds))
    for start, pitch in ((0.0, 660.0), (0.7, 528.0)):
        _add(samples, start, 1.6, pitch, 9_000, falling=True)
    at = 2.4
    while at < seconds - 0.6:
        length = random.uniform(0.12, 0.3)
        _add(samples, at, length, random.uniform(110, 190), 7_000, falling=False)
        at += length + random.choice((0.03, 0.05, 0.3))
    content = io.BytesIO()
    with wave.open(content, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(samples.tobytes())
    return content.getvalue()


def film(frames: Sequence[Image]) -> bytes:
    """An MP4 of H.264 without sound; the same frames give the same bytes.

    The macroblock tree of x264 is left out: what it decides varies now and then from one run to the next.
    """
    content = io.BytesIO()
    with av.open(content, "w", format="mp4", options={"fflags": "+bitexact"}) as file:
        options = {"crf": "28", "preset": "veryfast", "x264-params": "mbtree=0"}
        stream = file.add_stream("libx264", rate=FRAMES_A_SECOND, options=options)
        stream.width, stream.height = frames[0].size
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = 1
        for number, image in enumerate(frames):
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = number, Fraction(1, FRAMES_A_SECOND)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return content.getvalue()


def _add(samples: "array[int]", start: float, length: float, pitch: float, loudness: float, *, falling: bool) -> None:
    first, count = round(start * RATE), round(length * RATE)
    step = 2 * math.pi * pitch / RATE
    for number in range(min(count, len(samples) - first)):
        share = number / count
        swell = math.exp(-4 * share) if falling else math.sin(math.pi * share)
        wave_form = math.sin(step * number) + 0.5 * math.sin(2 * step * number) + 0.2 * math.sin(3 * step * number)
        samples[first + number] += round(loudness * swell * wave_form)
