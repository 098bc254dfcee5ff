"""Files of every kind, made on the spot."""

import io
import struct
import wave
import zipfile
from array import array
from datetime import date
from fractions import Fraction
from math import pi, sin
from pathlib import Path
from typing import Literal

import av
import pylopdf_fonts_zh_cn
import typst
import xlwt
from PIL import Image, ImageDraw

SENTENCE = "困难职工档案应当真实、完整，由专人管理。"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def photo(width: int = 400, height: int = 300) -> Image.Image:
    """A picture whose upper left corner is red and whose rest is not even."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    ImageDraw.Draw(image).rectangle((0, 0, width // 4, height // 4), "red")
    return image


def jpeg(path: Path, image: Image.Image | None = None, *, orientation: int = 1, gps: bool = False) -> Path:
    """A photo by a camera of 2016, at 300 dpi."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Haiou", "Haiou DF-1", orientation
    exif.get_ifd(0x8769)[0x9003] = "2016:12:26 09:30:00"
    if gps:
        exif.get_ifd(0x8825)[1] = "N"
    (image or photo()).save(path, "JPEG", exif=exif, dpi=(300, 300))
    return path


def pdf(path: Path, pages: int = 1, body: str = SENTENCE, standard: Literal["a-2b", "a-3b"] = "a-2b") -> Path:
    """A PDF/A with Chinese text."""
    source = '#set text(font: "Noto Serif SC")\n' + "\n#pagebreak()\n".join([body] * pages)
    fonts = typst.Fonts(font_paths=[str(Path(pylopdf_fonts_zh_cn.__file__).parent)])
    path.write_bytes(typst.compile(source.encode(), font_paths=fonts, pdf_standards=[standard]))
    return path


def wav(path: Path, seconds: float = 1.0, rate: int = 8_000) -> Path:
    """A tone that is silent in its second half."""
    count = int(seconds * rate)
    samples = array("h", (int(20_000 * sin(2 * pi * 440 * at / rate)) * (at < count / 2) for at in range(count)))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path


def video(path: Path, seconds: int = 4, codec: Literal["mpeg4"] = "mpeg4") -> Path:
    """A red film of 160 x 96 pixels, ten pictures a second; its index comes first where the format can."""
    options = {"movflags": "faststart"} if path.suffix in {".mp4", ".mov"} else {}
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for at in range(seconds * 10):
            image = Image.new("RGB", (160, 96), (200, 0, 0))
            ImageDraw.Draw(image).rectangle((at * 3, 10, at * 3 + 20, 60), "white")
            frame = av.VideoFrame.from_image(image)  # type: ignore[no-untyped-call]
            frame.pts, frame.time_base = at, Fraction(1, 10)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def zipped(path: Path, members: dict[str, str]) -> Path:
    """A zip archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def ooxml(path: Path, members: dict[str, str]) -> Path:
    """An Office Open XML package."""
    return zipped(path, {"[Content_Types].xml": "<Types/>", **members})


def docx(path: Path, body: str = f"<w:p><w:r><w:t>{SENTENCE}</w:t></w:r></w:p>") -> Path:
    """A Word document with the given paragraphs."""
    document = f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return ooxml(path, {"word/document.xml": document})


def xlsx(path: Path) -> Path:
    """A sheet with a shared string, a string of its own, and a number."""
    strings = f"<sst><si><t>{SENTENCE}</t><rPh><t>pinyin</t></rPh></si></sst>"
    row = '<row><c t="s"><v>0</v></c><c t="inlineStr"><is><t>慰问金</t></is></c><c><v>1500</v></c></row>'
    sheet = f"<worksheet><sheetData>{row}</sheetData></worksheet>"
    return ooxml(path, {"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": sheet})


def pptx(path: Path) -> Path:
    """Eleven slides, each with its number."""
    slide = '<s xmlns:a="a"><a:p><a:t>第{}页</a:t></a:p></s>'
    return ooxml(path, {f"ppt/slides/slide{number}.xml": slide.format(number) for number in range(11, 0, -1)})


def odf(path: Path, kind: str = "text") -> Path:
    """An OpenDocument file with a paragraph and a deletion that was tracked."""
    content = (
        '<o xmlns:text="t"><text:tracked-changes><text:p>删去</text:p></text:tracked-changes>'
        f"<text:p>{SENTENCE}<text:tab/>附件</text:p></o>"
    )
    return zipped(path, {"mimetype": f"application/vnd.oasis.opendocument.{kind}", "content.xml": content})


def ofd(path: Path) -> Path:
    """A page of OFD (GB/T 33190)."""
    page = f"<Page><TextObject><TextCode>{SENTENCE}</TextCode></TextObject></Page>"
    return zipped(path, {"OFD.xml": "<OFD/>", "Doc_0/Pages/Page_0/Content.xml": page})


def word97(path: Path, *, encrypted: bool = False) -> Path:
    """A Word 97 document of two pieces, one with a field, in a compound file made by hand."""
    wide, narrow = f"{SENTENCE}\r", "Page \x13 PAGE \x147\x15\x07"
    document = bytearray(8192)
    struct.pack_into("<H", document, 0, 0xA5EC)
    struct.pack_into("<H", document, 10, 0x0200 | (0x0100 if encrypted else 0))
    document[2048 : 2048 + 2 * len(wide)] = wide.encode("utf-16-le")
    document[4096 : 4096 + len(narrow)] = narrow.encode("cp1252")
    bounds = struct.pack("<3I", 0, len(wide), len(wide) + len(narrow))
    descriptors = struct.pack("<HIH", 0, 2048, 0) + struct.pack("<HIH", 0, 4096 * 2 | 0x40000000, 0)
    table = b"\x01\x02\x00xx\x02" + struct.pack("<I", len(bounds + descriptors)) + bounds + descriptors
    struct.pack_into("<II", document, 0x01A2, 0, len(table))
    path.write_bytes(compound_file({"WordDocument": bytes(document), "1Table": table.ljust(4096, b"\0")}))
    return path


def excel97(path: Path) -> Path:
    """A workbook of Excel 97 with a sentence, a name, an amount and a day."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("发放表")
    sheet.write(0, 0, SENTENCE)
    sheet.write(1, 0, "周大河")
    sheet.write(1, 1, 1500)
    sheet.write(1, 2, date(2016, 12, 26), xlwt.easyxf(num_format_str="YYYY-MM-DD"))
    book.save(str(path))
    return path


def rich_text(path: Path) -> Path:
    """Rich text as Chinese word processors wrote it, its letters in the code page 936."""
    letters = "".join(f"\\'{byte:02x}" for byte in SENTENCE.encode("gbk"))
    path.write_text(f"{{\\rtf1\\ansi\\ansicpg936\\deff0{{\\fonttbl{{\\f0 SimSun;}}}}\\f0 {letters}\\par}}", "ascii")
    return path


def compound_file(streams: dict[str, bytes]) -> bytes:
    """An OLE compound file ([MS-CFB] version 3) of streams of at least 4096 bytes each."""
    end, free, fat_sector = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    chains, sectors, starts = [fat_sector, end], [b"", b""], {}
    for name, content in streams.items():
        starts[name] = len(chains)
        parts = [content[at : at + 512].ljust(512, b"\0") for at in range(0, len(content), 512)]
        chains += [*range(len(chains) + 1, len(chains) + len(parts)), end]
        sectors += parts
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    entries = [_entry("Root Entry", 5, child=1, start=end)]
    for at, name in enumerate(names):
        right = at + 2 if at + 1 < len(names) else free
        entries.append(_entry(name, 2, right=right, start=starts[name], size=len(streams[name])))
    sectors[0] = struct.pack("<128I", *chains, *[free] * (128 - len(chains)))
    sectors[1] = b"".join(entries).ljust(512, b"\0")
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return head + b"".join(sectors)


def _entry(
    name: str, kind: int, *, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF, start: int, size: int = 0
) -> bytes:
    encoded = name.encode("utf-16-le")
    return (
        encoded.ljust(64, b"\0")
        + struct.pack("<HBBIII", len(encoded) + 2, kind, 1, 0xFFFFFFFF, right, child)
        + bytes(36)
        + struct.pack("<IQ", start, size)
    )


def as_bytes(image: Image.Image, kind: str) -> bytes:
    """The encoded image."""
    content = io.BytesIO()
    image.save(content, kind)
    return content.getvalue()
