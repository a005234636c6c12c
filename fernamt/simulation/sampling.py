"""Sampled calls of a simulated day: callers who answer the question, and take back; agents who ask, stop and withdraw."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from fernamt.simulation.objecting import Objecting
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import VirtualTime
from recording.sampling import SECRET_BYTES, SeedOfDay, seed_of_day
from routing.directory import Directory
from routing.sampling import WITHDRAWAL_KEY, AskedBy, SamplingRules
from telephony.engine.core import Core
from telephony.engine.sampling import SampleText, SamplingBasis
from telephony.events import AgentConnected, CallRequest, Envelope
from telephony.identifiers import SECOND, AgentId, CallId, Instant, ProjectId
from telephony.order_segments import (
    ConsentPurpose,
    ConsentWords,
    RecordingAgreed,
    RecordingAsked,
    RecordingDeclined,
    RecordingRevoked,
    SegmentStopRequested,
)
from telephony.samples import SampleAsked, SampleBegun
from telephony.switch.simulated.switch import SimulatedSwitch

SAMPLED = {
    "nord": SamplingRules(rate_permille=500, agent_cap=1, longest_ms=60_000),
    "ost": SamplingRules(rate_permille=900),
    "west": SamplingRules(rate_permille=700, asked_by=AskedBy.AGENT),
}
"""Nord and Ost ask by key, West has its agents ask, Süd takes no samples."""
LANGUAGE = "de"
WORDS = ConsentWords(language=LANGUAGE, version=1, sha256="2" * 64, purpose=ConsentPurpose.QUALITY_SAMPLE)
TEXTS = {(ProjectId(name), LANGUAGE): SampleText(words=WORDS, prompt="fernamt/sample") for name in SAMPLED}
DECLINES, SAYS_NOTHING = 0.15, 0.1
"""Of questions of agents; the rest agrees."""
SAYS_YES, SAYS_NO = 0.6, 0.15
TAKES_BACK, WITHDRAWS, STOPS = 0.15, 0.1, 0.1
LOOKED_UP_US = SECOND
"""The longest a service that has just begun takes to know seeds, texts, and what was recorded of whom."""
DAYS = 8


def with_samples(directory: Directory) -> Directory:
    """The same centre; some of its projects have samples recorded."""
    sampled = {ProjectId(name): replace(directory.projects[ProjectId(name)], sampling=rules) for name, rules in SAMPLED.items()}
    return replace(directory, projects={**directory.projects, **sampled})


def days_of(random: Random, at: Instant) -> tuple[SeedOfDay, ...]:
    """The day and those after it, each with its seed."""
    secret, today = random.randbytes(SECRET_BYTES), datetime.fromtimestamp(at / SECOND, UTC).date()
    return tuple(seed_of_day(secret, today + timedelta(days=ahead), UTC) for ahead in range(DAYS))


class Sampling:
    """Begins at random, and goes on at random; what is refused was worth the try."""

    HEARS = (SampleAsked, AgentConnected, SampleBegun)

    def __init__(
        self, time: VirtualTime, random: Random, site: Site, switch: SimulatedSwitch, objecting: Objecting, *, asks: float
    ) -> None:
        self.is_open = True
        self._objecting = objecting
        self._asks = asks
        self.days = days_of(random, time.now())
        self.taken: dict[tuple[AgentId, ProjectId], dict[CallId, Instant]] = {}
        """What the journal knows to be recorded of whom."""
        self._time = time
        self._random = random
        self._site = site
        self._switch = switch

    def durable(self, envelope: Envelope) -> None:
        """The event is on disk."""
        event = envelope.event
        if isinstance(event, SampleBegun):
            self.taken.setdefault((event.agent_id, event.project_id), {}).setdefault(event.call_id, envelope.received_at)

    def looked_up(self, core: Core) -> None:
        """A service that has begun has read what draws rest on, a moment later."""
        self._later(0, partial(self._tell, core), within_us=LOOKED_UP_US)

    def hear(self, envelope: Envelope) -> None:
        """What callers hear and desks say: a question, a conversation, a recording."""
        event = envelope.event
        if isinstance(event, SampleAsked) and self._objecting.may_agree(event.call_id):
            self._answers(event.call_id)
        elif isinstance(event, AgentConnected) and self._happens(self._asks):
            self._later(20, partial(self._ask, event.call_id, event.agent_id))
        elif isinstance(event, SampleBegun):
            self._goes_on(event.call_id, event.agent_id)

    def _tell(self, core: Core) -> None:
        core.turn.samples.use(SamplingBasis(days=self.days, texts=TEXTS), self.taken)

    def _answers(self, call_id: CallId) -> None:
        chance = self._random.random()
        if chance < SAYS_YES:
            self._later(12, partial(self._presses, call_id, "1"))
        elif chance < SAYS_YES + SAYS_NO:
            self._later(12, partial(self._presses, call_id, "2"))

    def _presses(self, call_id: CallId, key: str) -> None:
        core = self._site.core
        call = None if core is None else core.turn.calls.get(call_id)
        if call is not None:
            self._switch.party_presses(call.caller.leg_id, key)

    def _ask(self, call_id: CallId, agent_id: AgentId) -> None:
        if not self.is_open:
            return
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": agent_id}
        self._site.ask(RecordingAsked(**ours, words=WORDS, order_id=""), partial(self._asked, ours))

    def _asked(self, ours: dict[str, Any], refusal: object) -> None:
        if refusal is not None or self._happens(SAYS_NOTHING):
            return
        if self._happens(DECLINES) or not self._objecting.may_agree(ours["call_id"]):
            self._wish(6, RecordingDeclined(**ours))
            return
        self._later(6, partial(self._agrees, RecordingAgreed(**ours)))
        self._goes_on(ours["call_id"], ours["agent_id"])

    def _agrees(self, agreed: RecordingAgreed) -> None:
        if self._objecting.may_agree(agreed.call_id):
            self._site.ask(agreed)

    def _goes_on(self, call_id: CallId, agent_id: AgentId) -> None:
        """It is recorded, or soon is: the caller takes the yes back by a key or a word, or the agent ends it."""
        chance = self._random.random()
        ours: dict[str, Any] = {"call_id": call_id, "agent_id": agent_id}
        if chance < TAKES_BACK:
            self._later(60, partial(self._presses, call_id, WITHDRAWAL_KEY))
        elif chance < TAKES_BACK + WITHDRAWS:
            self._wish(60, RecordingRevoked(**ours))
        elif chance < TAKES_BACK + WITHDRAWS + STOPS:
            self._wish(60, SegmentStopRequested(**ours))

    def _wish(self, most_s: int, request: CallRequest) -> None:
        self._later(most_s, partial(self._site.ask, request))

    def _later(self, most_s: int, act: partial[None], *, within_us: int = 0) -> None:
        self._time.after(int(self._random.random() * (within_us or most_s * SECOND)), act)

    def _happens(self, share: float) -> bool:
        return self._random.random() < share
