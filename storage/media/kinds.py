"""Media types we know, what family they belong to, and which extensions stand for them."""

UNKNOWN = "application/octet-stream"
EMPTY = "application/x-empty"
PDF = "application/pdf"
ZIP = "application/zip"
OFD = "application/ofd"
WORD97 = "application/msword"
EXCEL97 = "application/vnd.ms-excel"
RTF = "text/rtf"
OLE = "application/x-ole-storage"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
ODS = "application/vnd.oasis.opendocument.spreadsheet"
ODP = "application/vnd.oasis.opendocument.presentation"

OOXML = {DOCX, XLSX, PPTX}
OPEN_DOCUMENT = {ODT, ODS, ODP}
ZIPPED = {*OOXML, *OPEN_DOCUMENT, OFD, ZIP}
OLE_FILES = {WORD97, EXCEL97, "application/vnd.ms-powerpoint", OLE}
PILLOW_FORMATS = {  # only these decoders are ever offered an image
    "image/jpeg": ("JPEG", "MPO"),
    "image/png": ("PNG",),
    "image/tiff": ("TIFF",),
    "image/gif": ("GIF",),
    "image/bmp": ("BMP", "DIB"),
    "image/webp": ("WEBP",),
    "image/jp2": ("JPEG2000",),
    "image/heic": ("HEIF",),
    "image/heif": ("HEIF",),
}
MARKUP = {"text/html", "image/svg+xml", "text/xml"}
TEXTS = {"text/plain", "text/csv", "application/json", *MARKUP}

_EXTENSIONS = {
    "application/pdf": "pdf",
    OFD: "ofd",
    WORD97: "doc dot wps",
    EXCEL97: "xls xlt et",
    "application/vnd.ms-powerpoint": "ppt pps dps",
    DOCX: "docx docm dotx",
    XLSX: "xlsx xlsm xltx",
    PPTX: "pptx pptm ppsx",
    ODT: "odt",
    ODS: "ods",
    ODP: "odp",
    ZIP: "zip",
    "text/plain": "txt text md csv tsv log json xml html htm ini yaml yml srt eml",
    "text/csv": "csv txt tsv",
    "application/json": "json txt",
    "text/xml": "xml txt",
    "text/html": "html htm",
    RTF: "rtf doc",
    "image/svg+xml": "svg xml",
    "image/jpeg": "jpg jpeg jpe jfif",
    "image/png": "png",
    "image/tiff": "tif tiff",
    "image/gif": "gif",
    "image/bmp": "bmp dib",
    "image/webp": "webp",
    "image/jp2": "jp2",
    "image/heic": "heic heif",
    "image/heif": "heic heif",
    "audio/wav": "wav",
    "audio/mpeg": "mp3 mp2",
    "audio/mp4": "m4a",
    "audio/aac": "aac",
    "audio/flac": "flac",
    "audio/ogg": "ogg oga opus",
    "audio/amr": "amr",
    "video/mp4": "mp4 m4v m4a",
    "video/quicktime": "mov qt",
    "video/x-matroska": "mkv mka",
    "video/webm": "webm",
    "video/x-msvideo": "avi",
    "video/mpeg": "mpg mpeg vob",
    "video/mp2t": "ts mts m2ts",
    "video/ogg": "ogv",
    "video/x-ms-asf": "wmv wma asf",
    "video/x-flv": "flv",
    "video/3gpp": "3gp",
}

TYPES_BY_EXTENSION: dict[str, set[str]] = {}
for _media_type, _extensions in _EXTENSIONS.items():
    for _extension in _extensions.split():
        TYPES_BY_EXTENSION.setdefault(_extension, set()).add(_media_type)


def is_recording(media_type: str) -> bool:
    """Whether FFmpeg may be offered the content: audio and video."""
    return media_type.startswith(("audio/", "video/"))
