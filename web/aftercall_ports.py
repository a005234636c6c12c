"""What the edge needs for what comes of calls."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from routing.aftercall.board import CodesMeant, Counted, Tally
from routing.aftercall.forms import FieldFault
from routing.aftercall.orders import Done, Order, OrderId, OrderRefusal
from routing.aftercall.suggestions import SuggestionState
from routing.aftercall.survey_figures import SurveyFigures
from routing.aftercall.surveys import Question, Survey, SurveyId
from routing.leads.lists import LeadList
from store.audit import Author
from store.campaigns import Period
from store.orders import Filled, Step, Whose
from store.suggestions import Suggestion
from store.surveys import Published, Response, Went
from telephony.identifiers import AgentId, Instant, PartyId, ProjectId


class Campaigns(Protocol):
    """What came of lead lists."""

    async def board(self, lead_list: LeadList, codes: CodesMeant, period: Period) -> Counted:
        """A list's figures."""
        ...

    async def by_list(
        self, lists: Sequence[LeadList], codes: Mapping[ProjectId, CodesMeant], period: Period
    ) -> Mapping[str, Tally]:
        """Each list's figures."""
        ...


class Orders(Protocol):
    """Orders and all that is done with them."""

    async def book(
        self, draft: Order, values: Mapping[str, str], *, by: Author, party_id: PartyId | None = None
    ) -> Order | OrderRefusal | tuple[FieldFault, ...]:
        """The order is booked, once."""
        ...

    async def step(self, order_id: OrderId, done: Done, *, by: Author) -> Order | OrderRefusal | None:
        """The order after the deed; None where there is none."""
        ...

    async def get(self, order_id: OrderId) -> tuple[Order, bool] | None:
        """That order, and whether it is kept for the books alone."""
        ...

    async def steps(self, order_id: OrderId) -> Sequence[Step]:
        """All that was done with it."""
        ...

    async def reveal(self, order_id: OrderId, *, by: Author) -> Filled | None:
        """What was ordered; who looked is on record."""
        ...

    async def orders(self, whose: Whose, from_at: Instant, to_at: Instant, limit: int = 500) -> Sequence[Order]:
        """Orders booked in [from, to), the newest first."""
        ...


class Surveys(Protocol):
    """Surveys, answers and figures."""

    async def publish(self, survey: Survey, project_id: ProjectId, *, by: Author) -> Survey:
        """The survey in its new version. Raises `CentreRejected`."""
        ...

    async def get(self, survey_id: SurveyId, version: int | None = None) -> Published | None:
        """That version, or the newest."""
        ...

    async def surveys(self) -> Sequence[Published]:
        """The newest version of each."""
        ...

    async def begin(self, response: Response, *, party_id: PartyId | None = None, lead_id: int | None = None) -> Question | None:
        """The first question."""
        ...

    async def response(self, response_id: str) -> Response | None:
        """That response, without its answers."""
        ...

    async def answer(self, response_id: str, question: str, values: tuple[str, ...], *, at: Instant) -> Went | None:
        """What is asked next, or why the answer was refused."""
        ...

    async def figures(self, survey_id: SurveyId, version: int) -> SurveyFigures | None:
        """What came of that version."""
        ...


class Suggestions(Protocol):
    """What agents suggest."""

    async def add(self, suggestion: Suggestion, *, by: Author) -> None:
        """It waits for management."""
        ...

    async def decide(self, suggestion_id: str, state: SuggestionState, answer: str, *, by: Author) -> bool | None:
        """False where it may not go on so, None where there is none."""
        ...

    async def suggestions(self, agents: Collection[AgentId] | None = None, limit: int = 500) -> Sequence[Suggestion]:
        """The newest first."""
        ...
