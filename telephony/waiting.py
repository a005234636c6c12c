"""What happens to a caller before an agent has answered, as the journal keeps it: moved on, spoken to, asked."""

from telephony.demands import CallDemand
from telephony.events import Event
from telephony.identifiers import CallId, ClientId, ProjectId
from telephony.terms import ProjectTerms


class MenuOpened(Event, frozen=True, kw_only=True):
    """The caller is asked to choose by a key, for the `attempt`-th time; whoever chooses cuts the question off."""

    call_id: CallId
    sounds: tuple[str, ...]
    language: str
    attempt: int


class MenuAnswered(Event, frozen=True, kw_only=True):
    """The caller chose, or did not (`is_chosen`), and waits for what the option asks for; `to`: in another project.

    `key` is that of the option. What else was typed is kept nowhere.
    """

    call_id: CallId
    is_chosen: bool
    key: str | None = None
    demand: CallDemand = CallDemand()
    to: ProjectTerms | None = None


class AnnouncementBegun(Event, frozen=True, kw_only=True):
    """The caller is told these sounds, with what they say of the queue; who answers cuts them off."""

    call_id: CallId
    sounds: tuple[str, ...]
    language: str
    place: int
    estimated_wait_ms: int | None = None


class CallOverflowed(Event, frozen=True, kw_only=True):
    """The project's care of the waiting sends the caller elsewhere: why, with the figures at that moment, and where to.

    `reason` and `target` are words of routing/overflow.py. The caller who is sent to another project waits on there, on its
    terms (`to`), with the waiting time kept; outside and callback are asked for next, and the caller keeps the place;
    for every other target a `CallTurnedAway` follows.
    """

    call_id: CallId
    project_id: ProjectId
    client_id: ClientId
    reason: str
    limit: int
    target: str
    waited_ms: int
    waiting: int  # callers of the project who waited, this one included
    staffed: int  # agents on duty who may take the project's calls
    estimated_wait_ms: int | None = None
    to: ProjectTerms | None = None
