"""The append-only chain of changes and its sister, the use register; actors and subjects are known as text."""

from audit.chain import record, record_use, seal
from audit.models import AuditEntry, ChainHead, UseEntry
from audit.verification import Anchor, ChainReport, verify

__all__ = ["Anchor", "AuditEntry", "ChainHead", "ChainReport", "UseEntry", "record", "record_use", "seal", "verify"]
