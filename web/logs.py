"""What the log may say: telephone numbers masked, secrets never."""

import re
from collections.abc import MutableMapping
from typing import Any

_NUMBER = re.compile(r"(?<![\w.-])(\+|00)?\d[\d /()-]{5,18}\d(?![\w.-])")
_SECRET_KEYS = frozenset({"password", "secret", "token", "authorization", "cookie", "set_cookie"})
SHOWN_DIGITS = 4


def masked(text: str) -> str:
    """The text with every run of digits that can be a telephone number cut down to its beginning."""
    return _NUMBER.sub(lambda match: match.group(0)[:SHOWN_DIGITS] + "…", text)


def mask_event(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: masks numbers in every text, drops what is named like a secret."""
    for key, value in event.items():
        if key.lower() in _SECRET_KEYS:
            event[key] = "…"
        elif isinstance(value, str) and key not in ("timestamp", "request_id", "call_id"):
            event[key] = masked(value)
    return event
