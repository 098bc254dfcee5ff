"""The reasons a keeper is given, in both languages."""

FINDING_TEXTS: dict[str, tuple[str, str]] = {
    "empty": ("The file is empty.", "文件是空的，没有任何内容。"),
    "damaged": ("The file is damaged: its content cannot be read.", "文件已损坏，内容无法读取。"),
    "truncated": ("The file is incomplete: it ends before its content does.", "文件不完整，末尾部分缺失。"),
    "encrypted": (
        "The file is closed by a password; file a version without one.",
        "文件设有打开口令，请解除口令后再归档。",
    ),
    "mislabelled": ("The extension of the file name does not fit the content.", "文件扩展名与实际格式不符。"),
    "unknown-type": ("The format of the file is not known.", "无法识别文件格式。"),
    "has-script": (
        "The file contains scripts or macros; they are never run here.",
        "文件含有脚本或宏，本系统一律不予运行。",
    ),
    "too-large": (
        "The content is too large to be decoded here; it was stored unchecked and has no preview.",
        "内容过大，未作解码检查，也不生成预览；原件已照原样保存。",
    ),
    "image-text": ("The text in pictures is not recognised; it cannot be searched.", "图像文字未识别，不能检索。"),
    "no-text": ("No text was found in the file.", "文件中未发现文字。"),
    "no-text-layer": (
        "The pages are pictures without a text layer; they can be searched after text recognition (OCR).",
        "页面为图像，没有文字层，经文字识别（OCR）后方可检索。",
    ),
    "text-cut": ("The text is very long; only its beginning can be searched.", "文字过长，仅开头部分可供检索。"),
    "unknown-encoding": ("The character encoding of the text is not known.", "无法识别文字编码。"),
    "unsupported": ("No text is extracted from files of this format.", "暂不提取此格式文件的文字。"),
}


def finding_label(code: str, language: str = "zh") -> str:
    """The plain reason behind a code, in `zh` or `en`; raises KeyError for a code that is not ours."""
    english, chinese = FINDING_TEXTS[code]
    return english if language == "en" else chinese
