"""What the person in front of the demo sees: progress beside the data, then the addresses and log-ins."""

import os
import sys
import time

from fernamt.demo.certificate import fingerprint
from fernamt.demo.floor import Opening


class Teller:
    """Tells progress with the seconds since the start; a terminal that is gone is no trouble."""

    def __init__(self) -> None:
        self._begun = time.monotonic()

    def __call__(self, text: str) -> None:
        """The line is on standard error."""
        try:
            print(f"{time.monotonic() - self._begun:6.1f} s  {text}", file=sys.stderr, flush=True)
        except OSError:
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)


def announce(opening: Opening) -> None:
    """Address, log-ins and phone account are on standard output."""
    wide = max(len(login.role) for login in opening.logins)
    lines = [
        "",
        f"Fernamt runs at  {opening.url}",
        "",
        "One-time log-ins (each works once, then choose a password):",
    ]
    lines += [f"  {login.role:{wide}}  {login.login:10}  {login.secret}" for login in opening.logins]
    lines += ["", f"Numbers to call  {'  '.join(opening.numbers)}  at {opening.server}", ""]
    lines += _phone(opening)
    lines += ["", f"The command line: export FERNAMT_CONFIG={opening.config_file}", "Ctrl-C ends everything.", ""]
    print("\n".join(lines), flush=True)


def _phone(opening: Opening) -> list[str]:
    account = opening.account
    if not opening.is_mine:
        return [
            f"A robot answers for {account.agent_id}. To take calls yourself start with --me {account.agent_id} "
            '(make run ARGS="--me …") and register a phone of your own.'
        ]
    lines = [f"The phone of {account.agent_id} is yours: user {account.endpoint_id}, password {account.password}"]
    if opening.sips_server is None:
        lines.append(f"  server {opening.server}, UDP or TCP, codec G.711 A-law; only from this machine")
    else:
        lines.append(f"  server {opening.sips_server}, TLS, SRTP (SDES), codec G.711 A-law")
        lines.append(f"  from this machine also {opening.server}, UDP or TCP, with SRTP")
    if opening.certificate is not None:
        lines.append(f"  certificate {opening.certificate}")
        lines.append(f"  SHA-256 {fingerprint(opening.certificate)}")
    return [*lines, "  Dial *11 to log in, *22 to be available, *21 to pause, *31 … to choose a wrap-up code, *12 to log out."]
