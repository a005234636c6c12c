"""Guessing gets slower, and memory stays bounded."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.identifiers import SECOND, Instant
from web.throttle import LoginGate, Throttle

T0 = Instant(1_790_000_000_000_000)


def tries_within(throttle: Throttle, seconds: int) -> int:
    count = 0
    for second in range(seconds):
        at = Instant(T0 + second * SECOND)
        if throttle.wait_s("key", at) == 0:
            throttle.begin("key", at)
            count += 1
    return count


def test_an_hour_of_guessing_gets_few_tries() -> None:
    assert tries_within(Throttle(tries_free=5, longest_s=900), 3_600) <= 5 + 13


def test_a_pause_is_never_longer_than_the_longest() -> None:
    throttle = Throttle(tries_free=1, longest_s=60)
    for _ in range(100):
        throttle.begin("key", T0)
    assert throttle.wait_s("key", T0) == 60


def test_old_failures_are_forgotten() -> None:
    throttle = Throttle(tries_free=2, longest_s=10)
    throttle.begin("key", T0)
    later = Instant(T0 + 41 * SECOND)
    throttle.begin("key", later)
    assert throttle.wait_s("key", later) == 0


@given(st.lists(st.text(max_size=5), max_size=200))
def test_memory_is_bounded(keys: list[str]) -> None:
    throttle = Throttle(tries_free=5, longest_s=900, keys_kept=10)
    for key in keys:
        throttle.begin(key, T0)
    assert len(throttle._tries) <= 10


def test_one_address_cannot_try_a_password_at_every_account() -> None:
    gate = LoginGate(tries_free=5, longest_s=900)
    tried = sum(gate.begin(f"account-{n}", "192.0.2.1", T0) == 0 for n in range(200))
    assert tried == 50


def test_many_addresses_cannot_try_one_account_for_ever() -> None:
    gate = LoginGate(tries_free=5, longest_s=900)
    tried = sum(gate.begin("anna", f"192.0.2.{n}", T0) == 0 for n in range(200))
    assert tried == 50


def test_many_logins_that_succeed_from_one_address_are_no_attack() -> None:
    gate = LoginGate(tries_free=5, longest_s=900)
    for number in range(500):
        assert gate.begin(f"agent-{number}", "192.0.2.1", T0) == 0
        gate.succeeded(f"agent-{number}", "192.0.2.1")


def test_an_own_account_between_guesses_does_not_reset_the_address() -> None:
    gate = LoginGate(tries_free=5, longest_s=900)
    guesses = 0
    for number in range(200):
        if gate.begin(f"victim-{number}", "192.0.2.1", T0) == 0:
            guesses += 1
        if gate.begin("mallory", "192.0.2.1", T0) == 0:
            gate.succeeded("mallory", "192.0.2.1")
    assert guesses == 50
