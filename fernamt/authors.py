"""Who stands behind what is changed at this machine: the record names them."""

import os
import pwd

from fernamt.moment import now
from store.audit import Author
from telephony.identifiers import UserId

COMMAND_LINE = UserId("command-line")


def command_line() -> Author:
    """Whoever sits at this machine, now: what names nobody else was changed from here."""
    try:
        name = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # an account without a name, as in containers
        name = str(os.getuid())
    return Author(user_id=COMMAND_LINE, at=now(), reason=f"as {name}")
