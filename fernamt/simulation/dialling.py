"""Calls that agents of a simulated day place by hand, and what must hold of each: an agent's, permitted, and dialled once."""

from collections.abc import Sequence
from functools import partial
from random import Random

from fernamt.simulation.outside import FACTS, NUMBERS, somebody
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from routing.directory import Directory
from telephony.causes import EndReason
from telephony.dialling import CalleeSpared, CallPlaced, DialPermitted, DialPurpose, DialReference, DialRequested
from telephony.events import AgentReserved, CallEnded, Envelope, HangUpRequested, LegAnswered
from telephony.identifiers import SECOND, CallId, uuid7
from telephony.switch.simulated.switch import SimulatedSwitch

MEAN_BETWEEN_US = 40 * SECOND
PATIENCE_US = 20 * SECOND
GIVES_UP, ASKS_TWICE, BY_PHONE, FORBIDS = 0.15, 0.2, 0.3, 0.1


class Dialling:
    """Now and then an agent wants to call somebody; sometimes the request is made twice, sometimes they give up."""

    def __init__(self, time: VirtualTime, random: Random, site: Site, switch: SimulatedSwitch, directory: Directory) -> None:
        self.is_open = True
        self._time = time
        self._random = random
        self._site = site
        self._agents = list(directory.agents)
        self._projects = list(directory.projects)
        self._switch = switch
        self._phones = list(directory.endpoints)

    def start(self) -> None:
        """The next wish comes in a while."""
        self._time.after(int(self._random.expovariate(1.0) * MEAN_BETWEEN_US), self._dial)

    def _dial(self) -> None:
        if not self.is_open:
            return
        self.start()
        if self._random.random() < BY_PHONE:
            self._dial_by_phone()
            return
        agent_id, project_id = self._random.choice(self._agents), self._random.choice(self._projects)
        call_id = CallId(uuid7(self._time.now(), self._random.getrandbits(74)))
        request = DialRequested(
            agent_id=agent_id,
            call_id=call_id,
            project_id=project_id,
            party_id=somebody(self._random),
            number=FACTS,
            reference=DialReference(kind="task", id="t1"),
        )
        self._site.ask(request)
        if self._random.random() < ASKS_TWICE:
            self._time.after(int(self._random.random() * PATIENCE_US), partial(self._site.ask, request))
        if self._random.random() < GIVES_UP:
            given_up = HangUpRequested(call_id=call_id, agent_id=agent_id)
            self._time.after(int(self._random.random() * PATIENCE_US), partial(self._site.ask, given_up))
        if self._random.random() < FORBIDS:
            forbidden = CalleeSpared(call_id=call_id, agent_id=None)
            self._time.after(int(self._random.random() * PATIENCE_US), partial(self._site.ask, forbidden))

    def _dial_by_phone(self) -> None:
        """The agent's own phone dials, maybe the code of a project before the number; later they may hang up."""
        code = self._random.choice(("", "*1*", "*2*", "*9*"))
        leg_id = self._switch.dials_feature_code(self._random.choice(self._phones), code + self._random.choice(NUMBERS))
        if self._random.random() < GIVES_UP:
            self._time.after(int(self._random.random() * PATIENCE_US), partial(self._switch.party_ends, leg_id))


def wrong_in_placed(call_id: CallId, envelopes: Sequence[Envelope]) -> str | None:
    """What is wrong with the end of a call that began with us; None where it did not."""
    events = [envelope.event for envelope in envelopes]
    if not any(isinstance(event, CallPlaced) for event in events):
        return None
    reserved = [place for place, event in enumerate(events) if isinstance(event, AgentReserved)]
    dialled = [
        place for place, event in enumerate(events) if isinstance(event, DialPermitted) and event.purpose is DialPurpose.MANUAL
    ]
    if len(dialled) > 1:
        return f"call {call_id} was permitted {len(dialled)} times"
    if dialled and (not reserved or reserved[0] > dialled[0]):
        return f"call {call_id} was permitted before an agent was reserved"
    (ended,) = [event.end_reason for event in events if isinstance(event, CallEnded)]
    was_reached = any(isinstance(event, LegAnswered) and ".callee." in event.leg_id for event in events)
    if not was_reached and ended in (EndReason.CALLEE_HUNG_UP, EndReason.CALLER_HUNG_UP):
        return f"call {call_id} reached nobody and ended as {ended}"
    return None
