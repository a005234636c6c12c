"""Signs that say nothing new are passed over: whether somebody counts as absent is the verdict on all that was said of them."""

from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from telephony.agent.evidence import Evidence, PresenceRules, came_on_duty, desktop_seen, line_measured, reached, verdict
from telephony.agent.judged import DesktopSeen, LineMeasured
from telephony.agent.line_quality import Figures
from telephony.engine.arrival import TurnResult
from telephony.engine.timers import Timers
from telephony.events import Event, LogInRequested, LogOutRequested
from telephony.identifiers import AgentId, EndpointId, after_ms
from tests.unit.telephony.scene import Scene

ANNA, PHONE, RULES = AgentId("anna"), EndpointId("phone-anna"), PresenceRules()
EXPECTED = 1_000

SIGNS = st.one_of(
    st.tuples(st.just("desktop"), st.integers(1_000, 60_000)),
    st.tuples(st.just("voice"), st.sampled_from([0, 10, 30, 70, 200])),
    st.tuples(st.just("later"), st.integers(1, 9_000)),
    st.tuples(st.just("logs"), st.just(0)),
)


LEASE, WHILE = ("desktop", 2_000), ("later", 5_000)
AWAY_WHEN_THE_LEASE_RAN_OUT = [LEASE, ("logs", 0), WHILE, ("logs", 0), LEASE, WHILE]


class Served(Scene):
    """Due times come as they were set, and are told of once, as in service."""

    def __init__(self) -> None:
        self.timers = Timers()
        super().__init__()

    def happens(self, event: Event, **told: Any) -> TurnResult:
        result = super().happens(event, **told)
        self.timers.set(result.due)
        return result

    def later(self, ms: int) -> None:
        until = after_ms(self.now, ms)
        while (at := self.timers.next_at()) is not None and at <= until:
            self.now = max(self.now, at)
            due = self.timers.take(self.now)
            assert due is not None
            self.happens(due)
        self.now = max(self.now, until)


@given(st.lists(SIGNS, max_size=60))
@example(AWAY_WHEN_THE_LEASE_RAN_OUT)
def test_what_stands_is_the_verdict_on_all_that_was_said(signs: list[tuple[str, int]]) -> None:
    scene = Served().on_duty("anna")
    is_there = True
    said = reached(Evidence(), scene.now, RULES, is_reachable=True)
    for kind, amount in signs:
        if kind == "later":
            scene.later(amount)
        elif kind == "logs" and is_there:
            scene.happens(LogOutRequested(agent_id=ANNA))
            is_there = False
        elif kind == "logs":
            scene.happens(LogInRequested(agent_id=ANNA, endpoint_id=PHONE))
            said, is_there = came_on_duty(said), True
        elif kind == "desktop":
            scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=amount))
            said = desktop_seen(said, scene.now, amount) if is_there else said
        else:
            scene.happens(LineMeasured(endpoint_id=PHONE, expected=EXPECTED, lost=amount))
            said = line_measured(said, Figures(loss_percent=100 * amount / EXPECTED), scene.now, RULES)
        if is_there:
            said, expected = verdict(said, scene.now, RULES)
            absence = scene.turn.presence[PHONE].absence
            assert (absence is None) is (expected.absence is None), f"{absence}, and not {expected.absence}"
