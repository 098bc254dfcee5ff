"""Handover 交接: what a leaving keeper answers for is checked line by line, signed by three people, and passes on."""
