"""Chance that comes out the same every time."""

from random import Random


def chance(*seed: object) -> Random:
    """A generator that gives the same row for the same seed, on every machine and in every version of Python 3."""
    return Random(" ".join(map(str, seed)))  # noqa: S311 - it draws pictures and invents people, no secrets
