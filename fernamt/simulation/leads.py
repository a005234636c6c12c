"""Agents of a simulated day with lists of people to call: given to them, or seen first; and what must hold of every lead.

The product's own pump and follower work here, on the virtual clock.
"""

from collections.abc import Coroutine, Sequence
from functools import partial
from random import Random
from typing import Any

from fernamt.leads.follower import LeadFollower
from fernamt.leads.progressive import BY, Progressive
from fernamt.simulation.lead_book import LeadBook
from fernamt.simulation.outside import LEADS
from fernamt.simulation.site import Site
from fernamt.simulation.virtual_time import SeededIds, VirtualTime
from routing.leads.lists import LeadList, LeadListId
from routing.outbound.asking import WorkKind
from routing.outbound.lead import LeadState
from routing.outbound.order import OrderPolicy
from routing.outbound.verdicts import CodeRule, Verdict
from store.lead_calls import wish_for
from store.lead_claims import ClaimedLead
from telephony.commands import AskPermission, DialOutside
from telephony.dialling import CallPlaced, DialPurpose, DialRequested
from telephony.engine.core import Core
from telephony.engine.ports import PartyRecord
from telephony.engine.turn import Turn
from telephony.errors import Refusal
from telephony.events import AgentRequest, Envelope
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, LegId, PartyId, ProjectId, WrapUpCode, after_ms

EACH = 40
"""Leads of each list."""
LOOK_US = 2 * SECOND
MEAN_BETWEEN_US = 8 * SECOND
LOOKS_AT_IT_US = 40 * SECOND
SKIPS, SKIPS_AFTER_ALL, ASKS_TWICE, PROMISES, OWN, FORGETS = 0.1, 0.3, 0.2, 0.2, 0.5, 0.1
BY_ITSELF, SEEN_FIRST = LeadListId("by-itself"), LeadListId("seen-first")
POLICY = OrderPolicy(skip_ms=60_000)
RULES = (CodeRule(code=WrapUpCode("again"), verdict=Verdict.RETRY, wait_ms=120_000),)


class LeadDay:
    """The lists, who works on them, and an eye on all of it. The book outlives every controller, pump and follower do not."""

    HEARS = (CallPlaced,)

    def __init__(self, *, time: VirtualTime, random: Random, site: Site) -> None:
        self.is_open = True
        self._time = time
        self._random = random
        self._site = site
        self._ids = SeededIds(random)
        self._core: Core | None = None
        self._wanted: dict[CallId, int] = {}
        self._dialled: dict[CallId, LegId] = {}
        expires_at = after_ms(time.now(), 30 * 86_400_000)
        self._lists = {
            name: _a_list(name, project, client, expires_at)
            for name, project, client in ((BY_ITSELF, "ost", "c2"), (SEEN_FIRST, "west", "c3"))
        }
        self.book = LeadBook(self._lists, dict(zip(self._lists, (LEADS[:EACH], LEADS[EACH:]), strict=True)))

    def start(self) -> None:
        """The lists are open."""
        self._time.after(LOOK_US, self._look)
        self._next_wish()

    # -- what the service does -------------------------------------------------------------------------------------------

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """A turn is done."""
        self._live()
        self._follower.publish(envelopes)
        self._progressive.publish(envelopes)

    def _live(self) -> None:
        core = self._site.core
        if core is None or core is self._core:
            return
        self._core = core
        self.book.restored(self._time.now())
        self._follower = LeadFollower(self.book, agent=core.turn.agents.get, rules=lambda _: RULES, clock=self._time)
        self._progressive = Progressive(
            lists=self.book,
            claims=self.book,
            held=self.book,
            standing=core.turn,
            open_calls=lambda: self._follower.open_calls,
            clock=self._time,
            ids=self._ids,
        )
        at_once(self._follower.restore(self.book))  # type: ignore[arg-type]

    def _look(self) -> None:
        self._time.after(LOOK_US, self._look)
        if self._site.core is None:
            return
        self._live()
        at_once(self._follower.settle())
        if self.is_open:
            at_once(self._progressive.look(self))

    async def submit(self, request: DialRequested, party: PartyRecord | None = None) -> Refusal | None:
        """The wish of the pump."""
        said: list[Refusal | None] = []
        self._site.ask(request, said.append, party)
        return said[0]

    # -- what agents do --------------------------------------------------------------------------------------------------

    def _next_wish(self) -> None:
        self._time.after(int(self._random.expovariate(1.0) * MEAN_BETWEEN_US), self._has_next)

    def _has_next(self) -> None:
        if not self.is_open:
            return
        self._next_wish()
        core, directory = self._site.core, self._site.directory
        agent_id = self._random.choice(list(directory.agents))
        if core is None or ProjectId("west") not in directory.agents[agent_id].certificates:
            return
        at = self._time.now()
        claim = self.book.claim(self._lists[SEEN_FIRST], agent_id, directory, claim_id=self._ids.new(at), at=at, lease_ms=60_000)
        claimed = at_once(claim)
        if claimed is None or self._random.random() < FORGETS:
            return
        does = self._skips if self._random.random() < SKIPS else self._dials
        self._time.after(int(self._random.random() * LOOKS_AT_IT_US), partial(does, claimed, agent_id))

    def _skips(self, claimed: ClaimedLead, agent_id: AgentId) -> None:
        self.book.skip(claimed.claim_id, agent_id, self._time.now())

    def _dials(self, claimed: ClaimedLead, agent_id: AgentId) -> None:
        at = self._time.now()
        if self._site.core is None or not self.book.keep(claimed.claim_id, at):
            return
        request, party = wish_for(
            self._lists[SEEN_FIRST],
            claimed,
            agent_id,
            by=agent_id,
            purpose=DialPurpose.PREVIEW,
            party_id=PartyId(self._ids.new(at)),
            at=at,
            home_country=self._site.directory.home_country,
        )
        self._site.ask(request, party=party)
        if self._random.random() < ASKS_TWICE:
            self._time.after(int(self._random.random() * LOOKS_AT_IT_US), partial(self._again, request, party))
        if self._random.random() < SKIPS_AFTER_ALL:
            self._time.after(int(self._random.random() * 5 * SECOND), partial(self._skips, claimed, agent_id))
        if self._random.random() < PROMISES:
            promise_at = after_ms(at, int(self._random.random() * 600_000))
            self.book.promise(claimed.claim_id, agent_id, at=promise_at, is_own=self._random.random() < OWN)

    def _again(self, request: AgentRequest, party: PartyRecord) -> None:
        self._site.ask(request, party=party)

    # -- what must hold --------------------------------------------------------------------------------------------------

    def permits(self, command: AskPermission, at: Instant) -> bool:
        """Whether the desk may permit that call of a lead."""
        if command.rests_on is not None:
            self._wanted[command.call_id] = int(command.rests_on.id)
        return self.book.permits(command, at)

    def wrong_on_the_wire(self, command: DialOutside) -> str | None:
        """What is wrong with a leg that is dialled now: of a lead it is the only one of its claim, and the claim stands."""
        lead_id = self._wanted.get(command.call_id)
        if lead_id is None or ".callee." not in command.leg_id:
            return None  # nobody's lead, or somebody to whom the agent hands the lead on
        before = self._dialled.setdefault(command.call_id, command.leg_id)
        if before != command.leg_id:
            return f"lead {lead_id} is dialled twice under the claim {command.call_id}"
        row = self.book.of_claim(command.call_id)
        if row is None or row.lead.lead_id != lead_id:
            return f"lead {lead_id} is dialled for {command.call_id}, which does not have it"
        return None

    def wrong_in(self, envelope: Envelope, turn: Turn) -> str | None:
        """What is wrong with a call that is placed: no lead goes before a caller whom its agent could have.

        Who keeps a line open is offered no callers.
        """
        event = envelope.event
        if not isinstance(event, CallPlaced) or event.purpose is not DialPurpose.PROGRESSIVE:
            return None
        agent = turn.agents.get(event.placed_by)
        has_line = agent is not None and agent.line is not None
        certified = () if has_line else turn.directory.agents[event.placed_by].certificates
        waiting = sorted(project_id for project_id in certified if turn.floor.waiting_in(project_id))
        return f"{event.placed_by} is given a lead by {BY} while callers wait for {waiting}" if waiting else None

    def wrong_now(self) -> str | None:
        """What is wrong with who has leads: nobody has two."""
        held = [row.claimed_by for row in self.book.held]
        return f"somebody has two leads: {held}" if len(held) != len(set(held)) else None

    def wrong_at_the_end(self) -> str | None:
        """What is wrong when everybody has gone home: a lead that was dialled stands as if nobody had, or has no end."""
        rang = {self._wanted[call_id] for call_id in self._dialled}
        for lead_id, row in self.book.rows.items():
            if row.claim_id is not None and row.lease_ends_at > self._time.now():
                return f"lead {lead_id} is still {row.claimed_by}'s by {row.claim_id}"
            if lead_id in rang and row.claim_id is None and not row.lead.tries and row.lead.state is LeadState.FRESH:
                return f"lead {lead_id} was dialled and stands as before"
        return None


def _a_list(list_id: LeadListId, project: str, client: str, expires_at: Instant) -> LeadList:
    return LeadList(
        list_id=list_id,
        project_id=ProjectId(project),
        client_id=ClientId(client),
        name=list_id,
        purpose=WorkKind.SERVICE,
        owner="simulated",
        expires_at=expires_at,
        policy=POLICY,
    )


def at_once(work: Coroutine[Any, Any, Any]) -> Any:
    """What comes of it: nothing in a simulation waits."""
    try:
        work.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("something waits in a simulation")
