"""What works on leads beside the calls: who follows their calls, and who gives leads out by themselves."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncEngine

from fernamt.leads.follower import LeadFollower
from fernamt.leads.progressive import Progressive
from routing.outbound.verdicts import CodeRule
from store.lead_calls import LeadCalls
from store.lead_claims import LeadClaims
from store.lead_lists import LeadListStore
from store.parties import PartyKeys
from telephony.engine.ports import Clock, Ids
from telephony.engine.turn import Turn
from telephony.events import Envelope
from telephony.identifiers import ProjectId


class LeadWork:
    """Both, for one controller."""

    def __init__(self, database: AsyncEngine, keys: PartyKeys, turn: Turn, clock: Clock, ids: Ids) -> None:
        held = LeadCalls(database)

        def rules_of(project_id: ProjectId) -> Sequence[CodeRule]:
            project = turn.directory.projects.get(project_id)
            return () if project is None or project.outbound is None else project.outbound.codes

        self.follower = LeadFollower(held, agent=turn.agents.get, rules=rules_of, clock=clock)
        self.progressive = Progressive(
            lists=LeadListStore(database),
            claims=LeadClaims(database, keys),
            held=held,
            standing=turn,
            open_calls=lambda: self.follower.open_calls,
            clock=clock,
            ids=ids,
        )

    def publish(self, envelopes: Sequence[Envelope]) -> None:
        """Both have heard what happened."""
        self.follower.publish(envelopes)
        self.progressive.publish(envelopes)
