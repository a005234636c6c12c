"""Slows down guessing: after a few free tries each further one has to wait, twice as long as the one before. Pure."""

from collections import OrderedDict
from dataclasses import dataclass

from telephony.identifiers import SECOND, Instant


@dataclass(slots=True)
class _Tries:
    failures: int
    open_at: Instant
    last_at: Instant


class Throttle:
    """Counts tries per key. Bounded: the key unseen for longest is forgotten first.

    A try counts when it *begins*, so that a thousand at once get no more than the free ones; success takes it back.
    """

    def __init__(self, *, tries_free: int, longest_s: int, keys_kept: int = 20_000) -> None:
        self._free = tries_free
        self._longest_s = longest_s
        self._keys_kept = keys_kept
        self._tries: OrderedDict[str, _Tries] = OrderedDict()

    def wait_s(self, key: str, now: Instant) -> int:
        """0: a try may begin. Otherwise the whole seconds to wait."""
        tries = self._tries.get(key)
        return 0 if tries is None or now >= tries.open_at else -(-(tries.open_at - now) // SECOND)

    def begin(self, key: str, now: Instant) -> None:
        """The try is counted."""
        tries = self._tries.pop(key, None)
        if tries is None or now - tries.last_at > self._longest_s * 4 * SECOND:
            tries = _Tries(failures=0, open_at=now, last_at=now)
        self._tries[key] = tries
        tries.failures += 1
        tries.last_at = now
        over = tries.failures - self._free
        if over >= 0:
            tries.open_at = Instant(now + min(2 ** min(over, 30), self._longest_s) * SECOND)
        while len(self._tries) > self._keys_kept:
            self._tries.popitem(last=False)

    def take_back(self, key: str) -> None:
        """One try was none: it succeeded. Earlier failures stay."""
        tries = self._tries.get(key)
        if tries is not None:
            tries.failures -= 1
            tries.open_at = tries.last_at

    def forget(self, key: str) -> None:
        """The key starts anew."""
        self._tries.pop(key, None)


class LoginGate:
    """Three counts for each login: the account from that address, the account from anywhere, the address at any account.

    One who guesses is stopped soon, without locking the account's owner out at another address; many who guess together are
    stopped a little later. An account that nobody has is counted like any other, so that answers do not tell which exist.
    """

    def __init__(self, *, tries_free: int, longest_s: int) -> None:
        self._pairs = Throttle(tries_free=tries_free, longest_s=longest_s)
        self._accounts = Throttle(tries_free=tries_free * 10, longest_s=longest_s)
        self._addresses = Throttle(tries_free=tries_free * 10, longest_s=longest_s)

    def begin(self, login: str, address: str, now: Instant) -> int:
        """0: the try is counted and may go on. Otherwise the seconds to wait, and nothing was counted."""
        counts = ((self._pairs, f"{address} {login}"), (self._accounts, login), (self._addresses, address))
        wait_s = max(throttle.wait_s(key, now) for throttle, key in counts)
        if wait_s == 0:
            for throttle, key in counts:
                throttle.begin(key, now)
        return wait_s

    def succeeded(self, login: str, address: str) -> None:
        """The account starts anew; the address keeps its failures at other accounts."""
        self._pairs.forget(f"{address} {login}")
        self._accounts.forget(login)
        self._addresses.take_back(address)
