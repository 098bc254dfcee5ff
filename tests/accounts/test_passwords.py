"""Digests of passwords."""

from argon2 import PasswordHasher, Type, extract_parameters

from accounts.passwords import ADVISED, Digests


def test_digests_are_made_as_owasp_advises() -> None:
    made = extract_parameters(Digests(ADVISED).make("right horse"))
    assert (made.type, made.time_cost, made.memory_cost, made.parallelism) == (Type.ID, 2, 19 * 1024, 1)


def test_a_digest_is_read_whatever_it_cost_and_fits_its_own_password_alone() -> None:
    digests = Digests(ADVISED)
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("right horse")
    for digest in (cheap, digests.make("right horse")):
        assert digests.matches(digest, "right horse")
        assert not digests.matches(digest, "wrong horse")
    assert not digests.matches("no digest", "right horse")
    assert not digests.matches(digests.nobody, "right horse")


def test_an_unknown_name_costs_what_a_known_one_does() -> None:
    digests = Digests(ADVISED)
    assert extract_parameters(digests.nobody) == extract_parameters(digests.make("right horse"))
