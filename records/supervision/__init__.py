"""Supervision 监督检查 (art. 7) and liability for the archives 档案事故 (art. 19)."""
