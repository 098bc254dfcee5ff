"""Dated rules of each unit and the calendar of working days: what the regulation leaves to place or time (art. 20)."""
