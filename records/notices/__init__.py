"""Notices 消息: what waits for a person, is due, late, approved or refused; in an inbox, and as a digest by mail."""
