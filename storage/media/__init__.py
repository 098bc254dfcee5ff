"""What bytes are: their type by content, technical facts, text, and pictures of them, all without a database."""

from storage.media.findings import FINDING_TEXTS, finding_label
from storage.media.results import Examination, ExtractedText, Finding, Identified, Picture, Prepared
from storage.media.workshop import Workshop

__all__ = [
    "FINDING_TEXTS",
    "Examination",
    "ExtractedText",
    "Finding",
    "Identified",
    "Picture",
    "Prepared",
    "Workshop",
    "finding_label",
]
