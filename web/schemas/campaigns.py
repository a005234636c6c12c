"""Shapes of the campaign board."""

from datetime import datetime

from pydantic import Field

from routing.leads.lists import ListState
from routing.outbound.lead import LeadState
from web.schemas.types import Shown

Permille = int | None


class TallyShown(Shown):
    """What is counted. A lead counts once, however often it was called; a share without a base is null."""

    calls: int
    answered: int
    machines: int = Field(description="Calls that an answering machine took; not among the answered.")
    machine_permille: Permille = Field(description="Calls that a machine took, of all calls.")
    leads: int = Field(description="Tried at least once in the period.")
    reached: int = Field(description="Leads of whom the person wanted was spoken to, by the wrap-up codes' rules.")
    successes: int
    reach_permille: Permille = Field(description="Leads reached of leads tried.")
    success_permille: Permille = Field(description="Successes of leads reached.")
    booked: int
    effective: int
    cancelled: int
    expired: int
    cancellation_permille: Permille = Field(description="Orders cancelled of orders booked.")
    calls_per_hour: float | None = Field(description="Of the time that calls took.")
    successes_per_hour: float | None
    ms_per_lead: int | None = Field(description="Working time for each lead tried.")
    work_ms: int = Field(description="Preview, ringing, talk and wrap-up.")
    talk_ms: int


class AgainstTargetShown(Shown):
    """A figure beside what the client was promised. Cancellations are to stay below, all else above."""

    figure: float | None
    target: float | None
    is_met: bool | None


class HourShown(Shown):
    """The calls of one hour, by when they were dialled."""

    from_at: datetime
    calls: int
    reached: int
    successes: int
    work_ms: int


class ForecastShown(Shown):
    """How long the list will last, if it goes on as it went."""

    open_leads: int
    calls_left: int
    work_left_ms: int
    successes_to_come: int


class AgentTally(Shown):
    """One agent's figures."""

    agent_id: str
    tally: TallyShown


class CampaignShown(Shown):
    """A list's figures of the period."""

    list_id: str
    name: str
    project_id: str
    client_id: str
    state: ListState
    tally: TallyShown
    targets: dict[str, AgainstTargetShown]


class CampaignList(Shown):
    """The lists within reach, side by side."""

    items: list[CampaignShown]


class CampaignBoard(Shown):
    """A list's figures of the period, and how far the whole list is."""

    campaign: CampaignShown
    agents: list[AgentTally] | None = Field(description="Null to clients.")
    hours: list[HourShown] = Field(description="Those with calls, in their order.")
    leads: int = Field(description="Of the whole list, whatever the period.")
    tried: int
    by_state: dict[LeadState, int]
    penetration_permille: Permille = Field(description="Leads tried at least once, of all that were not erased.")
    forecast: ForecastShown | None = Field(description="Null before a lead has come to an end.")
