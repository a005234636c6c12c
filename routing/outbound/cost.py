"""What a call outside costs at the most: begun minutes, so that what is set aside is never too little."""

MINUTE_MS = 60_000
HANG_UP_MARGIN_MS = 2_000
"""So much earlier than the last paid minute ends, a call is hung up: the switch needs a moment."""


def price_of(talked_ms: int, rate_micros: int) -> int:
    """The price of so much talk, by begun minutes."""
    return -(-talked_ms // MINUTE_MS) * rate_micros


def minutes_for(left_micros: int, rate_micros: int, longest_ms: int) -> int:
    """How many whole minutes the money lasts, no more than `longest_ms`; 0 where not for one."""
    longest = longest_ms // MINUTE_MS
    if rate_micros <= 0:
        return longest
    return max(0, min(longest, left_micros // rate_micros))
