"""Orders, surveys and suggestions of the web edge's surroundings, in memory: the same pure rules, no database."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from routing.aftercall.board import CodesMeant, Counted, Hour, Tally
from routing.aftercall.forms import FieldFault, FormField, faults_of_values
from routing.aftercall.order_terms import FormRule, OrderTerms
from routing.aftercall.orders import Done, Order, OrderId, OrderRefusal, OrderState, booked, step
from routing.aftercall.suggestions import About, SuggestionState, may_become
from routing.aftercall.survey_figures import SurveyFigures, figures_of
from routing.aftercall.surveys import Answer, Question, QuestionKind, Survey, SurveyId, fault_of_answer, next_question
from routing.leads.lists import LeadList
from routing.outbound.lead import LeadState
from store.audit import Author
from store.campaigns import Period
from store.orders import Filled, Step, Whose
from store.suggestions import Suggestion
from store.surveys import Published, Response, Went
from telephony.identifiers import AgentId, CallId, ClientId, Instant, PartyId, ProjectId

TERMS = OrderTerms(form_rule=FormRule.TEXT_APPROVAL, fields=(FormField(name="tariff", is_required=True),))


TALLIES = {AgentId("anna"): Tally(calls=1, leads=1, reached=1, successes=1), AgentId("carla"): Tally(calls=1, leads=1)}


def an_order(client: str, agent: str, call: str) -> Order:
    return Order(
        order_id=OrderId(f"order-{client}"),
        project_id=ProjectId(f"{client}-service"),
        client_id=ClientId(client),
        call_id=CallId(call),
        agent_id=AgentId(agent),
        terms=TERMS,
        state=OrderState.BOOKED,
        booked_at=Instant(1_767_225_600_000_000),
    )


def a_suggestion(agent: str) -> Suggestion:
    return Suggestion(
        suggestion_id=f"suggestion-{agent}",
        agent_id=AgentId(agent),
        project_id=None,
        about=About.SCRIPT,
        words="Say it shorter.",
        made_at=Instant(1),
    )


class PlayedCampaigns:
    """Of every list a call by anna that succeeded, and one by carla; what was asked for is kept."""

    def __init__(self) -> None:
        self.asked: list[Period] = []

    async def board(self, lead_list: LeadList, codes: CodesMeant, period: Period) -> Counted:
        self.asked.append(period)
        mine = {agent: tally for agent, tally in TALLIES.items() if period.agents is None or agent in period.agents}
        return Counted(
            total=Tally(calls=len(mine), leads=len(mine)),
            by_agent=mine,
            hours=[Hour(from_at=Instant(period.from_at), calls=len(mine), reached=1, successes=1, work_ms=60_000)],
            ever=Tally(calls=4, work_ms=240_000, successes=1),
            by_state={LeadState.FRESH: 2, LeadState.DONE: 2},
            tried=2,
        )

    async def by_list(
        self, lists: Sequence[LeadList], codes: Mapping[ProjectId, CodesMeant], period: Period
    ) -> Mapping[str, Tally]:
        return {each.list_id: (await self.board(each, codes[each.project_id], period)).total for each in lists}


class MemoryOrders:
    """One order of each client; forms in clear: this is a test."""

    def __init__(self) -> None:
        made = (an_order("acme", "anna", "c-acme"), an_order("bolt", "carla", "c-bolt"))
        self.rows = {each.order_id: each for each in made}
        self.forms: dict[OrderId, Mapping[str, str]] = {each.order_id: {"tariff": "L"} for each in made}
        self.restricted = set[OrderId]()
        self.revealed: list[tuple[str, str]] = []

    async def book(
        self, draft: Order, values: Mapping[str, str], *, by: Author, party_id: PartyId | None = None
    ) -> Order | OrderRefusal | tuple[FieldFault, ...]:
        if draft.order_id in self.rows:
            return self.rows[draft.order_id]
        if faults := faults_of_values(draft.terms.fields, values):
            return faults
        order = booked(draft)
        if isinstance(order, Order):
            self.rows[order.order_id], self.forms[order.order_id] = order, values
        return order

    async def step(self, order_id: OrderId, done: Done, *, by: Author) -> Order | OrderRefusal | None:
        after = step(self.rows[order_id], done)
        if isinstance(after, Order):
            self.rows[order_id] = after
        return after

    async def get(self, order_id: OrderId) -> tuple[Order, bool] | None:
        found = self.rows.get(order_id)
        return None if found is None else (found, order_id in self.restricted)

    async def steps(self, order_id: OrderId) -> Sequence[Step]:
        return []

    async def reveal(self, order_id: OrderId, *, by: Author) -> Filled | None:
        self.revealed.append((order_id, by.reason))
        return Filled(values=self.forms[order_id])

    async def orders(self, whose: Whose, from_at: Instant, to_at: Instant, limit: int = 500) -> Sequence[Order]:
        return [
            each
            for each in self.rows.values()
            if (whose.client_id in (None, each.client_id)) and (whose.agents is None or each.agent_id in whose.agents)
        ]


class MemorySurveys:
    """One survey of each client, with a response of one of its agents."""

    def __init__(self) -> None:
        question = Question(name="content", text="Content?", kind=QuestionKind.YES_NO)
        self.rows = {
            SurveyId(f"survey-{client}"): Published(
                survey=Survey(survey_id=SurveyId(f"survey-{client}"), version=1, title="Mood", questions=(question,)),
                project_id=ProjectId(f"{client}-service"),
                client_id=ClientId(client),
                published_at=Instant(1),
            )
            for client in ("acme", "bolt")
        }
        self.responses = {
            f"response-{agent}": Response(
                response_id=f"response-{agent}",
                survey_id=SurveyId(f"survey-{client}"),
                version=1,
                agent_id=AgentId(agent),
                call_id=None,
                begun_at=Instant(1),
                completed_at=None,
            )
            for agent, client in (("anna", "acme"), ("carla", "bolt"))
        }
        self.answers: dict[str, list[Answer]] = {}

    async def publish(self, survey: Survey, project_id: ProjectId, *, by: Author) -> Survey:
        client_id = ClientId(project_id.partition("-")[0])
        made = replace(survey, version=1)
        self.rows[survey.survey_id] = Published(survey=made, project_id=project_id, client_id=client_id, published_at=by.at)
        return made

    async def get(self, survey_id: SurveyId, version: int | None = None) -> Published | None:
        return self.rows.get(survey_id)

    async def surveys(self) -> Sequence[Published]:
        return list(self.rows.values())

    async def begin(self, response: Response, *, party_id: PartyId | None = None, lead_id: int | None = None) -> Question | None:
        self.responses[response.response_id] = response
        return self.rows[response.survey_id].survey.questions[0]

    async def response(self, response_id: str) -> Response | None:
        return self.responses.get(response_id)

    async def answer(self, response_id: str, question: str, values: tuple[str, ...], *, at: Instant) -> Went | None:
        survey = self.rows[self.responses[response_id].survey_id].survey
        if question != survey.questions[0].name:
            return Went(fault="not_asked")
        if (fault := fault_of_answer(survey.questions[0], values)) is not None:
            return Went(fault=fault)
        given = self.answers.setdefault(response_id, [])
        given.append(Answer(question=question, values=values, at=at))
        return Went(next_question=next_question(survey, given))

    async def figures(self, survey_id: SurveyId, version: int) -> SurveyFigures | None:
        return figures_of(self.rows[survey_id].survey, self.answers.values())


class MemorySuggestions:
    """Suggestions in clear: this is a test."""

    def __init__(self) -> None:
        self.rows: dict[str, Suggestion] = {}

    async def add(self, suggestion: Suggestion, *, by: Author) -> None:
        self.rows.setdefault(suggestion.suggestion_id, suggestion)

    async def decide(self, suggestion_id: str, state: SuggestionState, answer: str, *, by: Author) -> bool | None:
        found = self.rows.get(suggestion_id)
        if found is None:
            return None
        if not may_become(found.state, state, answer):
            return False
        self.rows[suggestion_id] = replace(found, state=state, answer=answer)
        return True

    async def suggestions(self, agents: Collection[AgentId] | None = None, limit: int = 500) -> Sequence[Suggestion]:
        return [each for each in self.rows.values() if agents is None or each.agent_id in agents]
