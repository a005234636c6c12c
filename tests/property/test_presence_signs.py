"""Signs that say nothing new are passed over: whether somebody counts as absent is the verdict on all that was said of them."""

from hypothesis import given
from hypothesis import strategies as st

from telephony.agent.evidence import Evidence, PresenceRules, desktop_seen, line_measured, reached, verdict
from telephony.agent.judged import DesktopSeen, LineMeasured
from telephony.agent.line_quality import Figures
from telephony.identifiers import AgentId, EndpointId
from tests.unit.telephony.scene import Scene

ANNA, PHONE, RULES = AgentId("anna"), EndpointId("phone-anna"), PresenceRules()
EXPECTED = 1_000

SIGNS = st.one_of(
    st.tuples(st.just("desktop"), st.integers(1_000, 60_000)),
    st.tuples(st.just("voice"), st.sampled_from([0, 10, 30, 70, 200])),
    st.tuples(st.just("later"), st.integers(1, 9_000)),
)


@given(st.lists(SIGNS, max_size=60))
def test_what_stands_is_the_verdict_on_all_that_was_said(signs: list[tuple[str, int]]) -> None:
    scene = Scene().on_duty("anna")
    said = reached(Evidence(), scene.now, RULES, is_reachable=True)
    for kind, amount in signs:
        if kind == "later":
            scene.later(amount)
        elif kind == "desktop":
            scene.happens(DesktopSeen(agent_id=ANNA, lease_ms=amount))
            said = desktop_seen(said, scene.now, amount)
        else:
            scene.happens(LineMeasured(endpoint_id=PHONE, expected=EXPECTED, lost=amount))
            said = line_measured(said, Figures(loss_percent=100 * amount / EXPECTED), scene.now, RULES)
        said, expected = verdict(said, scene.now, RULES)
        absence = scene.turn.presence[PHONE].absence
        assert (absence is None) is (expected.absence is None), f"{absence}, and not {expected.absence}"
