"""Centres for the tests: as many agents as a test wants, all of one client; a project for each kind of caller's fate."""

from collections.abc import Collection
from pathlib import Path

RINGING = "+4930231251"
MUSIC = "+4930231252"
CLOSED = "+4930231253"
NO_ANONYMOUS = "+4930231254"
SHORT_WAIT = "+4930231255"
ENDING = "+4930231256"
FLOWING = "+4930231257"
TELLING = "+4930231260"
ASKING = "+4930231258"
UNSTAFFED = "+4930231259"
OUTWARD = "+4930231262"
CALLING_BACK = "+4930231263"
CALLED_BACK_BY_MENU = "+4930231266"
CALLED_BACK_BY_KEY = "+4930231267"
NOBODYS = "+4930231299"

LONG_MS = 120_000
"""More than a busy machine needs: whose patience is to end in a test says so."""

_HEAD = """
[outbound.brakes]
burst_calls = 50
calls_at_night = 50

[outbound.service_hours]
monday = ["00:00-24:00"]
tuesday = ["00:00-24:00"]
wednesday = ["00:00-24:00"]
thursday = ["00:00-24:00"]
friday = ["00:00-24:00"]
saturday = ["00:00-24:00"]
sunday = ["00:00-24:00"]

[[clients]]
client_id = "c1"
name = "Client One"

[[projects]]
project_id = "ringing"
client_id = "c1"
name = "Projekt Nord"
ring_timeout_ms = {ring_ms}
recovery_ms = {long_ms}
wrap_up_limit_ms = 0
wrap_up_codes = ["done"]

[[projects]]
project_id = "music"
client_id = "c1"
name = "Projekt Süd"
answers_early = true
ring_timeout_ms = {long_ms}
recovery_ms = {recovery_ms}
wrap_up_limit_ms = {wrap_up_ms}
wrap_up_codes = ["done", "again"]

[projects.outbound]
dial_task = "desk-calls"
dial_code = "81"

[[projects.departments]]
name = "Nord"
digits = "7"
project_id = "ringing"

[[projects]]
project_id = "closed"
client_id = "c1"
name = "Projekt Ost"

[projects.hours]
zone = "Europe/Berlin"

[[projects]]
project_id = "named"
client_id = "c1"
name = "Projekt West"
accepts_anonymous = false

[[projects]]
project_id = "short"
client_id = "c1"
name = "Projekt Kurz"
wait_limit_ms = 1_500
answers_early = true

[[projects]]
project_id = "ending"
client_id = "c1"
name = "Projekt Ende"
answers_early = true

[[projects]]
project_id = "flowing"
client_id = "c1"
name = "Projekt Fluss"
answers_early = true

[projects.announcements]
first_after_ms = 500
every_ms = 20_000

[[projects.overflow]]
reason = "waiting_time"
limit = 2_500
target = "project"
project_id = "music"

[[projects]]
project_id = "telling"
client_id = "c1"
name = "Projekt Ansage"
answers_early = true
music = "tune"

[projects.announcements]
first_after_ms = 500
every_ms = 20_000

[[projects]]
project_id = "asking"
client_id = "c1"
name = "Projekt Frage"
answers_early = true

[projects.menu]
prompt = ["own/question", "fernamt/choose-english"]
answer_within_ms = 20_000

[[projects.menu.options]]
key = "1"
language = "de"

[[projects.menu.options]]
key = "2"
project_id = "music"

[[projects]]
project_id = "unstaffed"
client_id = "c1"
name = "Projekt Niemand"
answers_early = true

[[projects.overflow]]
reason = "nobody_staffed"
target = "announcement"

[[projects]]
project_id = "outward"
client_id = "c1"
name = "Projekt Außen"
answers_early = true

[[projects.overflow]]
reason = "waiting_time"
limit = 1_500
target = "number"
number = "+49 171 39200 11"

[[projects]]
project_id = "calling-back"
client_id = "c1"
name = "Projekt Ring"
answers_early = true

[projects.callback]
attempts = 2
retry_ms = 60_000

[[projects.overflow]]
reason = "waiting_time"
limit = 1_000
target = "callback"

[[projects]]
project_id = "choosing-callback"
client_id = "c1"
name = "Projekt Wahl"
answers_early = true

[projects.menu]
prompt = ["fernamt/choose-english"]
answer_within_ms = 20_000

[[projects.menu.options]]
key = "4"
callback = true

[[projects]]
project_id = "asking-for-callback"
client_id = "c1"
name = "Projekt Taste"
answers_early = true

[projects.announcements]
first_after_ms = 500
every_ms = 20_000
callback_key = "5"

[[numbers]]
did = "+4930231266"
project_id = "choosing-callback"

[[numbers]]
did = "+4930231267"
project_id = "asking-for-callback"

[[numbers]]
did = "+4930231263"
project_id = "calling-back"

[[numbers]]
did = "+4930231262"
project_id = "outward"

[[numbers]]
did = "+4930231257"
project_id = "flowing"

[[numbers]]
did = "+4930231260"
project_id = "telling"

[[numbers]]
did = "+4930231258"
project_id = "asking"

[[numbers]]
did = "+4930231259"
project_id = "unstaffed"

[[numbers]]
did = "+4930231256"
project_id = "ending"

[[numbers]]
did = "+4930231251"
project_id = "ringing"

[[numbers]]
did = "+4930231252"
project_id = "music"

[[numbers]]
did = "+4930231253"
project_id = "closed"

[[numbers]]
did = "+4930231254"
project_id = "named"

[[numbers]]
did = "+4930231255"
project_id = "short"

[[users]]
login = "sup"
display_name = "Supervisor"
role = "supervisor"
"""

_AGENT = """
[[agents]]
agent_id = "{name}"
name = "{name}"
level = {level}
certificates = ["ringing", "music", "calling-back"]

[[users]]
login = "{name}"
display_name = "{name}"
role = "agent"
agent_id = "{name}"
"""

_BROWSER = """
[[endpoints]]
endpoint_id = "{name}"
agent_id = "{name}"
is_browser = true
"""


def a_centre(
    file: Path,
    agents: int,
    *,
    ring_ms: int = LONG_MS,
    recovery_ms: int = LONG_MS,
    wrap_up_ms: int = 20_000,
    browsers: Collection[str] = (),
) -> list[str]:
    """The file describes a centre with that many agents, a01 and so on; their names.

    Calls to RINGING ring a phone for `ring_ms`; callers of MUSIC wait `recovery_ms` for an agent who was lost, and their agents'
    wrap-up lasts `wrap_up_ms`. The phones of `browsers` are tabs of a browser.
    """
    names = [f"a{number:02}" for number in range(1, agents + 1)]
    text = _HEAD.format(ring_ms=ring_ms, recovery_ms=recovery_ms, wrap_up_ms=wrap_up_ms, long_ms=LONG_MS)
    text += "".join(_AGENT.format(name=name, level=place % 3 + 1) for place, name in enumerate(names))
    text += "".join(_BROWSER.format(name=name) for name in browsers)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return names
