"""An agent contests a decision to a person whose name they are told, and a person answers."""

from dataclasses import dataclass
from enum import StrEnum

from telephony.identifiers import AgentId, Instant, UserId


class Contested(StrEnum):
    """What can be contested."""

    LEVEL = "level"
    FORCED_PAUSE = "forced_pause"
    OFFERS = "offers"
    """How calls were shared out, or one decision of it."""
    EXCLUSION = "exclusion"
    """Being blocked or set inactive."""
    OTHER = "other"


class Answer(StrEnum):
    """What a person makes of it."""

    STANDS = "stands"
    WITHDRAWN = "withdrawn"
    """The decision is taken back: a confirmed level does not come into force."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contest:
    """One objection. `subject`: the id of the proposal, decision or event it is about, where it is about one."""

    contest_id: str
    agent_id: AgentId
    what: Contested
    subject: str
    words: str
    responsible: str
    """Log-in of who is to answer; empty: the supervisors on duty."""
    responsible_name: str
    raised_at: Instant
    raised_by: UserId
    answered_at: Instant | None = None
    answered_by: UserId | None = None
    answer: Answer | None = None
    answer_words: str = ""
