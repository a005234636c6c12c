"""Campaigns of a live world: lists in every state, a file that waits and one that was refused, calls of a fortnight, orders in
every state, a survey with answers, suggestions."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, cast

from routing.aftercall.board import CodesMeant, Counted, Hour, OrderCount, Tally, with_orders
from routing.aftercall.order_terms import FormRule
from routing.aftercall.orders import Deed, Done, Order, OrderId, OrderState, booked, step
from routing.aftercall.suggestions import About, SuggestionState
from routing.aftercall.surveys import Answer, OnlyIf, Question, QuestionKind, Survey, SurveyId
from routing.leads.lists import FieldKind, LeadField, LeadList, LeadListId, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.lead import LeadState
from routing.outbound.rules import ProjectOutbound
from routing.outbound.verdicts import Targets
from store.campaigns import Period
from store.lead_imports import ImportState, Instructions, LeadImport, Report
from store.lead_lists import ListFigures
from store.orders import Step
from store.suggestions import Suggestion
from store.surveys import Published, Response
from telephony.identifiers import SECOND, AgentId, CallId, ClientId, Instant, ProjectId, UserId
from tests.integration.web.memory_aftercall import TERMS, MemoryOrders, MemorySuggestions, MemorySurveys
from tests.integration.web.memory_leads import MemoryLeadImports, MemoryLeadLists, PlayedLeadFiles
from tests.live_world import LiveWorld

HOUR = 3_600 * SECOND
DAY = 24 * HOUR
SPRING = LeadListId("spring")
BY_STATE = {
    LeadState.FRESH: 4_180,
    LeadState.RETRY: 612,
    LeadState.PROMISED: 48,
    LeadState.CLAIMED: 3,
    LeadState.DONE: 2_310,
    LeadState.EXHAUSTED: 402,
    LeadState.INVALID: 131,
    LeadState.DO_NOT_CALL: 88,
    LeadState.UNCLEAR: 1,
    LeadState.ERASED: 2,
}


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a lead of the list `spring`."""

    agent: AgentId
    lead: int
    at: Instant
    is_reached: bool
    is_success: bool
    work_ms: int


class Campaigns:
    """Played calls, added up as they are asked for."""

    def __init__(self, now: Instant) -> None:
        random, self.calls = Random(11), list[Call]()
        agents = [AgentId(f"agent-{n}") for n in (0, 1, 2, 5, 6)]
        for day in range(14):
            for _ in range(40 + day * 3):
                at = Instant(now - now % DAY - day * DAY + random.randrange(8 * HOUR, 18 * HOUR))
                is_reached = random.random() < 0.42
                is_success = is_reached and random.random() < 0.21
                work_ms = random.randrange(200_000, 420_000) if is_reached else random.randrange(25_000, 60_000)
                self.calls.append(Call(random.choice(agents), random.randrange(3_000), at, is_reached, is_success, work_ms))

    async def board(self, lead_list: LeadList, codes: CodesMeant, period: Period) -> Counted:
        """As the store tells it."""
        mine = [each for each in self.calls if self._is_meant(each, period)] if lead_list.list_id == SPRING else []
        orders = [OrderCount(list_id=SPRING, agent_id=AgentId("agent-0"), booked=31, effective=17, cancelled=8, expired=2)]
        orders = [each for each in orders if mine and (period.agents is None or each.agent_id in period.agents)]
        hours = sorted({each.at - each.at % HOUR for each in mine})
        return Counted(
            total=with_orders(tally(mine), orders),
            by_agent={
                agent: with_orders(tally(c for c in mine if c.agent == agent), [o for o in orders if o.agent_id == agent])
                for agent in sorted({each.agent for each in mine})
            },
            hours=[hour_of(Instant(at), [each for each in mine if at <= each.at < at + HOUR]) for at in hours],
            ever=tally(self.calls) if mine else Tally(),
            by_state=BY_STATE if mine else {},
            tried=3_595 if mine else 0,
        )

    async def by_list(
        self, lists: Sequence[LeadList], codes: Mapping[ProjectId, CodesMeant], period: Period
    ) -> Mapping[str, Tally]:
        """As the store tells it."""
        return {each.list_id: (await self.board(each, codes[each.project_id], period)).total for each in lists}

    @staticmethod
    def _is_meant(call: Call, period: Period) -> bool:
        agents: Collection[AgentId] | None = period.agents
        return period.from_at <= call.at < period.to_at and (agents is None or call.agent in agents)


def tally(calls: Iterable[Call]) -> Tally:
    """These calls."""
    made = list(calls)
    reached = [each for each in made if each.is_reached]
    return Tally(
        calls=len(made),
        answered=len(reached),
        machines=len(made) // 9,
        leads=len({each.lead for each in made}),
        reached=len({each.lead for each in reached}),
        successes=len({each.lead for each in reached if each.is_success}),
        work_ms=sum(each.work_ms for each in made),
        talk_ms=sum(each.work_ms for each in reached) // 2,
    )


def hour_of(at: Instant, calls: Sequence[Call]) -> Hour:
    """The calls of that hour."""
    reached, successes = sum(each.is_reached for each in calls), sum(each.is_success for each in calls)
    return Hour(from_at=at, calls=len(calls), reached=reached, successes=successes, work_ms=sum(c.work_ms for c in calls))


def lists_of(now: Instant) -> list[LeadList]:
    """Those there are, of two clients."""
    spring = LeadList(
        list_id=SPRING,
        project_id=ProjectId("support"),
        client_id=ClientId("acme"),
        name="Frühjahr: Tarifwechsel Bestandskunden",
        purpose=WorkKind.ADVERTISING,
        owner="Nordlicht Energie, Datenschutz",
        expires_at=Instant(now + 75 * DAY),
        fields=(
            LeadField(name="tariff", title="Tarif", is_required=True),
            LeadField(name="ends_on", title="Vertragsende", kind=FieldKind.DATE),
        ),
        created_at=Instant(now - 20 * DAY),
    )
    moved = replace(
        spring, list_id=LeadListId("umzug"), name="Umzüge", purpose=WorkKind.SERVICE, fields=(), state=ListState.PAUSED
    )
    over = replace(moved, list_id=LeadListId("winter"), name="Winter", state=ListState.CLOSED)
    travel = replace(moved, list_id=LeadListId("reise"), project_id=ProjectId("booking"), client_id=ClientId("bolt"))
    return [spring, moved, over, replace(travel, name="Reisekataloge", state=ListState.OPEN, owner="Reiseland Krüger")]


def imports_of(now: Instant) -> list[LeadImport]:
    """One that was taken, one that was refused, one that is under way."""
    taken = LeadImport(
        import_no=1,
        list_id=SPRING,
        state=ImportState.DONE,
        file_name="bestand-nord.xlsx",
        stored_as="a.xlsx",
        instructions=Instructions(),
        asked_at=Instant(now - 20 * DAY),
        asked_by=UserId("user-sven"),
        ended_at=Instant(now - 20 * DAY + 40 * SECOND),
        is_cancelled=False,
        rows_read=7_812,
        read_permille=1_000,
        leads=7_777,
        report=Report(left_out=35, counts={"duplicate_in_list": 33, "bad_number": 2}, faults=[(17, 3, "bad_number")]),
    )
    counts = {"bad_number": 4, "missing_consent": 120}
    faults = [(2, 3, "bad_number"), (3, 0, "missing_consent"), (9, 3, "bad_number")]
    refused = replace(taken, import_no=2, state=ImportState.REFUSED, file_name="süd.csv", leads=0, rows_read=410)
    refused = replace(refused, report=Report(counts=counts, faults=faults))
    under_way = replace(taken, import_no=3, state=ImportState.READING, file_name="west.csv", leads=0, rows_read=52_000)
    return [replace(under_way, read_permille=430, ended_at=None, report=Report()), refused, taken]


PREVIEW: Mapping[str, Any] = {
    "form": {"kind": "csv", "encoding": "cp1252", "delimiter": ";", "sheet": ""},
    "sheets": [],
    "is_advertising": True,
    "targets": ["number", "name", "first_name", "last_name", "consent_at", "ignore", "field:tariff", "field:ends_on"],
    "columns": [
        {"column": 1, "title": "Vorname", "target": "first_name", "faults": {}},
        {"column": 2, "title": "Nachname", "target": "last_name", "faults": {}},
        {"column": 3, "title": "Telefon", "target": "number", "faults": {"bad_number": 2}},
        {"column": 4, "title": "Tarif", "target": "field:tariff", "faults": {}},
        {"column": 5, "title": "Bemerkung", "target": "ignore", "faults": {}},
    ],
    "rows": [
        {"row": 2, "cells": ["Erika", "Muster", "030 23125 100", "Strom M", "nur abends"]},
        {"row": 3, "cells": ["Jürgen", "Groß", "0171 39200 12", "Strom L", ""]},
    ],
    "rows_looked_at": 812,
    "row_faults": {"missing_consent": 12},
    "mapping_faults": [],
    "has_numbers": True,
}


async def a_preview(
    stored_as: str, list_id: str, *, file_name: str, sheet: str | None, mapping: Sequence[str] = ()
) -> Mapping[str, Any]:
    """The file with its columns as they are chosen."""
    chosen = list(mapping) or [each["target"] for each in PREVIEW["columns"]]
    columns = [{**each, "target": target} for each, target in zip(PREVIEW["columns"], chosen, strict=True)]
    faults = [] if "field:tariff" in chosen else [{"column": 0, "code": "required_field_missing", "facts": {"field": "tariff"}}]
    return {**PREVIEW, "columns": columns, "mapping_faults": faults}


def orders_of(now: Instant) -> Iterable[Order]:
    """One in each state, and one of another client."""
    drafted = Order(
        order_id=OrderId("N-1001"),
        project_id=ProjectId("support"),
        client_id=ClientId("acme"),
        call_id=CallId("c-1"),
        agent_id=AgentId("agent-0"),
        terms=TERMS,
        state=OrderState.BOOKED,
        booked_at=Instant(now - 2 * HOUR),
    )
    steps: Mapping[str, Sequence[Deed]] = {
        "N-1001": (),
        "N-1002": (Deed.SEND_TEXT,),
        "N-1003": (Deed.SEND_TEXT, Deed.APPROVE, Deed.CONFIRM),
        "N-1004": (Deed.SEND_TEXT, Deed.APPROVE, Deed.WITHDRAW),
    }
    for number, (name, deeds) in enumerate(steps.items()):
        begun = booked(replace(drafted, order_id=OrderId(name), booked_at=Instant(now - number * DAY - HOUR)))
        for deed in deeds:
            assert isinstance(begun, Order)
            begun = step(begun, Done(deed=deed, at=Instant(now - HOUR // 2)))
        assert isinstance(begun, Order)
        yield begun
    foreign = replace(drafted, order_id=OrderId("R-77"), project_id=ProjectId("booking"), client_id=ClientId("bolt"))
    voice = replace(foreign, terms=replace(TERMS, form_rule=FormRule.VOICE), agent_id=AgentId("agent-1"))
    taken = booked(voice)
    assert isinstance(taken, Order)
    yield taken


async def steps_of(order_id: OrderId) -> Sequence[Step]:
    """What happened to any of them."""
    at, by = Instant(1_795_340_000 * SECOND), UserId("user-kurt")
    sent = Step(deed=Deed.SEND_TEXT, state=OrderState.AWAITING_APPROVAL, at=Instant(at + HOUR), user_id=by, reason="per E-Mail")
    return [Step(deed="book", state=OrderState.BOOKED, at=at, user_id=UserId("user-anna"), reason=""), sent]


QUESTIONS = (
    Question(name="content", text="Sind Sie mit Ihrem Stromanbieter zufrieden?", kind=QuestionKind.YES_NO),
    Question(
        name="why",
        text="Was stört Sie am meisten?",
        kind=QuestionKind.SINGLE,
        choices=("Preis", "Service", "Vertragslaufzeit"),
        only_if=(OnlyIf(question="content", is_any_of=("no",)),),
    ),
    Question(name="again", text="Würden Sie uns weiterempfehlen?", kind=QuestionKind.SCALE, lowest=0, highest=10),
    Question(name="words", text="Was möchten Sie uns noch sagen?", kind=QuestionKind.TEXT),
)


def ask_people(surveys: MemorySurveys, now: Instant) -> None:
    """A survey that forty people answered."""
    survey = Survey(survey_id=SurveyId("zufriedenheit"), version=1, title="Zufriedenheit Frühjahr", questions=QUESTIONS)
    published = Published(
        survey=survey, project_id=ProjectId("support"), client_id=ClientId("acme"), published_at=Instant(now - 9 * DAY)
    )
    surveys.rows = {survey.survey_id: published}
    random = Random(5)
    for number in range(40):
        name = f"r{number}"
        surveys.responses[name] = Response(
            response_id=name,
            survey_id=survey.survey_id,
            version=1,
            agent_id=AgentId("agent-0"),
            call_id=None,
            begun_at=now,
            completed_at=now,
        )
        is_content = random.random() < 0.6
        answers = {"content": "yes" if is_content else "no", "again": str(random.randrange(4, 11))}
        if not is_content:
            answers["why"] = random.choice(QUESTIONS[1].choices)
        surveys.answers[name] = [Answer(question=key, values=(value,), at=now) for key, value in answers.items()]


def suggestions_of(now: Instant) -> list[Suggestion]:
    """One that waits, one that was answered."""
    asked = Suggestion(
        suggestion_id="s-1",
        agent_id=AgentId("agent-1"),
        project_id=ProjectId("support"),
        about=About.SCRIPT,
        words="Viele fragen gleich nach der Kündigungsfrist. Der Satz dazu sollte vor den Preis.",
        made_at=Instant(now - 3 * HOUR),
    )
    answer = "Danke, die Spalte kommt mit der nächsten Datei des Auftraggebers."
    answered = replace(asked, suggestion_id="s-2", agent_id=AgentId("agent-0"), about=About.DATA, state=SuggestionState.TAKEN_UP)
    return [
        asked,
        replace(answered, words="Im Feld Tarif steht oft nur eine Nummer.", answer=answer, made_at=Instant(now - 5 * DAY)),
    ]


def campaign(world: LiveWorld) -> None:
    """The world is filled."""
    now, deps = world.clock.now(), world.deps
    directory = world.directory.current
    targets = Targets(reach_permille=400, success_permille=250, cancellation_permille=300, successes_per_hour=1.5)
    support = replace(directory.projects[ProjectId("support")], outbound=ProjectOutbound(targets=targets))
    world.directory.current = replace(directory, projects={**directory.projects, support.project_id: support})
    played, lists = Campaigns(now), cast(MemoryLeadLists, deps.lead_lists)
    lists.rows = {each.list_id: each for each in lists_of(now)}

    async def figures(list_id: LeadListId) -> ListFigures:
        if list_id != SPRING:
            return ListFigures(by_state={}, attempts=0, tried=0, reached=0, by_code={})
        by_code = {"sold": 402, "mailbox": 611, "no interest": 980}
        return ListFigures(by_state=BY_STATE, attempts=5_120, tried=3_595, reached=1_720, by_code=by_code)

    cast(Any, lists).figures = figures
    cast(Any, deps.campaigns).board, cast(Any, deps.campaigns).by_list = played.board, played.by_list
    cast(MemoryLeadImports, deps.lead_imports).rows = {each.import_no: each for each in imports_of(now)}
    cast(Any, cast(PlayedLeadFiles, deps.lead_files)).preview = a_preview
    orders = cast(MemoryOrders, deps.orders)
    orders.rows = {each.order_id: each for each in orders_of(now)}
    orders.forms = {key: {"tariff": "Strom M", "delivery": "Lindenstr. 1, 20099 Hamburg"} for key in orders.rows}
    cast(Any, orders).steps = steps_of
    ask_people(cast(MemorySurveys, deps.surveys), now)
    suggestions = cast(MemorySuggestions, deps.suggestions)
    suggestions.rows = {each.suggestion_id: each for each in suggestions_of(now)}
