"""Conversations out of the journal: each once, with its last word, in its own period, abuse left out."""

import pytest

from routing.levels.appraisal import Evidence, together
from routing.levels.conversations import Conversation, Conversations, counted
from routing.levels.rule import LevelRule
from telephony.abuse import AbusiveCallEnded
from telephony.causes import ReleaseReason
from telephony.events import AgentReleased, AgentReserved, Envelope, Event, WrapUpCodeChosen
from telephony.identifiers import AgentId, CallId, ClientId, DecisionId, EndpointId, EventId, Instant, ProjectId, WrapUpCode

ANNA, BEN = AgentId("anna"), AgentId("ben")
NORD, SUED = ProjectId("nord"), ProjectId("sued")
RULE = LevelRule(positive_codes={NORD: (WrapUpCode("sold"), WrapUpCode("solved"))})


class Tape:
    """A journal in the order of happening."""

    def __init__(self) -> None:
        self.fold = Conversations()
        self.found: list[Conversation] = []
        self.at = 0

    def say(self, event: Event, agent: AgentId = ANNA) -> None:
        self.at += 10
        now = Instant(self.at)
        envelope = Envelope(
            seq=self.at, event_id=EventId(str(now)), occurred_at=now, received_at=now, event=event, agent_id=agent
        )
        self.found += self.fold.hear(envelope)

    def reserved(self, call: str, project: ProjectId = NORD, agent: AgentId = ANNA) -> None:
        self.say(
            AgentReserved(
                call_id=CallId(call),
                agent_id=agent,
                endpoint_id=EndpointId("p"),
                project_id=project,
                client_id=ClientId("c"),
                decision_id=DecisionId("d"),
                level=1,
                pass_after=1.0,
                attempt=1,
                wrap_up_limit_ms=0,
                wrap_up_extension_ms=0,
                wrap_up_codes=(),
            ),
            agent,
        )

    def talked(self, call: str, agent: AgentId = ANNA, *, code: str | None = None, project: ProjectId = NORD) -> None:
        self.reserved(call, project, agent)
        self.released(call, agent)
        if code is not None:
            self.chose(call, code, agent)

    def released(self, call: str, agent: AgentId = ANNA, *, has_talked: bool = True) -> None:
        reason = ReleaseReason.TALKED if has_talked else ReleaseReason.NO_ANSWER
        self.say(AgentReleased(call_id=CallId(call), agent_id=agent, reason=reason, has_talked=has_talked), agent)

    def chose(self, call: str, code: str, agent: AgentId = ANNA) -> None:
        self.say(WrapUpCodeChosen(agent_id=agent, call_id=CallId(call), wrap_up_code=WrapUpCode(code)), agent)

    def abused(self, call: str, agent: AgentId = ANNA) -> None:
        self.say(AbusiveCallEnded(call_id=CallId(call), agent_id=agent), agent)

    def evidence(
        self, agent: AgentId = ANNA, *, from_at: int = 0, to_at: int = 10_000, project: ProjectId | None = None
    ) -> Evidence:
        self.found += self.fold.rest()
        parts = counted(self.found, RULE, Instant(from_at), Instant(to_at), project)
        return together(part for who, part in parts if who == agent)


def test_the_last_code_counts_and_none_is_no_positive_outcome() -> None:
    tape = Tape()
    tape.talked("1", code="info")
    tape.chose("1", "sold")
    tape.talked("2", code="info")
    tape.talked("3")
    tape.talked("4", project=SUED, code="sold")
    assert tape.evidence() == Evidence(conversations=4, with_outcome=3, positive=1)


def test_a_code_chosen_while_talking_counts_and_one_of_another_call_does_not() -> None:
    tape = Tape()
    tape.reserved("1")
    tape.chose("1", "solved")
    tape.chose("9", "info")
    tape.released("1")
    assert tape.evidence() == Evidence(conversations=1, with_outcome=1, positive=1)


def test_an_offer_not_taken_is_no_conversation() -> None:
    tape = Tape()
    tape.reserved("1")
    tape.released("1", has_talked=False)
    assert tape.evidence() == Evidence()


def test_a_call_ended_for_abuse_counts_for_nothing() -> None:
    tape = Tape()
    tape.talked("1", code="sold")
    tape.reserved("2")
    tape.abused("2")
    tape.released("2")
    tape.chose("2", "info")
    assert tape.evidence() == Evidence(conversations=1, with_outcome=1, positive=1, abusive=1)


def test_two_agents_of_one_call_have_a_conversation_each() -> None:
    tape = Tape()
    tape.reserved("1")
    tape.reserved("1", agent=BEN)
    tape.released("1")
    tape.chose("1", "info")
    tape.released("1", BEN)
    tape.chose("1", "sold", BEN)
    assert tape.evidence() == Evidence(conversations=1, with_outcome=1)
    assert tape.evidence(BEN) == Evidence(conversations=1, with_outcome=1, positive=1)


@pytest.mark.parametrize(("from_at", "to_at", "count"), [(0, 40, 1), (20, 21, 1), (21, 100, 1), (0, 20, 0), (0, 100, 2)])
def test_a_conversation_belongs_to_the_period_in_which_it_ended(from_at: int, to_at: int, count: int) -> None:
    tape = Tape()
    tape.talked("1")  # ends at 20
    tape.talked("2")  # ends at 40
    assert tape.evidence(from_at=from_at, to_at=to_at).conversations == count


def test_of_one_project_only_its_own_count() -> None:
    tape = Tape()
    tape.talked("1", code="sold")
    tape.talked("2", project=SUED)
    assert tape.evidence(project=SUED) == Evidence(conversations=1)


def test_no_more_is_remembered_than_one_conversation_an_agent() -> None:
    tape = Tape()
    for number in range(50):
        tape.talked(str(number))
    assert len(tape.found) == 49
    assert len(tape.fold._open) == 1
