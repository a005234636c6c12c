"""Whatever happens in whatever order: who may hear a talk at any moment had its outside party's yes, for this talk, then."""

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.call.recording_guard import are_alone
from telephony.causes import HangupCause
from telephony.events import HoldRequested, LegHeld, LegHungUp, LegUnheld, SwitchConnected, SwitchDisconnected, UnholdRequested
from telephony.identifiers import LegId, leg_id
from telephony.overhearing import EarEnded, EarHears, EndListening, LetListen, ListeningAgreed, ListeningAsked
from tests.unit.recording.listening_story import ANNA, Overheard
from tests.unit.telephony.scene import SWITCH

ACTS = (
    *("ask", "agree", "decline", "revoke", "listen", "ends", "hears", "ended", "late_word", "hold", "unhold", "caller_holds"),
    *("caller_back", "agent_holds", "agent_back", "caller_gone", "agent_gone", "cut", "back", "restart"),
)


def act(story: Overheard, name: str) -> None:
    call = story.turn.calls.get(story.call_id)
    caller, agent = call.caller.leg_id if call else LegId("caller"), story.leg(story.call_id)
    events = {
        "hold": HoldRequested(call_id=story.call_id, agent_id=ANNA),
        "unhold": UnholdRequested(call_id=story.call_id, agent_id=ANNA),
        "caller_holds": LegHeld(leg_id=caller),
        "caller_back": LegUnheld(leg_id=caller),
        "agent_holds": LegHeld(leg_id=agent),
        "agent_back": LegUnheld(leg_id=agent),
        "caller_gone": LegHungUp(leg_id=caller, cause=HangupCause.NORMAL, by_phone=True),
        "agent_gone": LegHungUp(leg_id=agent, cause=HangupCause.NORMAL, by_phone=True),
        "cut": SwitchDisconnected(switch=SWITCH),
        "back": SwitchConnected(switch=SWITCH, boot_id="1"),
        "hears": EarHears(leg_id=story.ear_id),
        "ended": EarEnded(leg_id=story.ear_id),
        "late_word": EarHears(leg_id=leg_id(story.call_id, "ear", max(1, story.number - 1))),
    }
    if name == "restart":
        story.dies_and_starts_again()
    elif name in events:
        story.happens(events[name])
    else:
        getattr(story, name)()


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(ACTS), max_size=25))
def test_nobody_hears_an_outside_party_before_its_yes_or_after_its_end(acts: list[str]) -> None:
    story = Overheard()
    live: set[LegId] = set()
    may_hear = False
    for name in ("ask", "agree", "listen", *acts):
        seen, told = len(story.given), len(story.told)
        act(story, name)
        for event in story.told[told:]:
            may_hear = isinstance(event, ListeningAgreed) or (may_hear and not isinstance(event, ListeningAsked))
        for command in story.given[seen:]:
            if isinstance(command, LetListen):
                assert may_hear, "somebody is rung without a yes"
                assert not live, "two listen"
                live.add(command.ear_id)
                story.number = int(command.ear_id.rpartition(".")[2])
            elif isinstance(command, EndListening):
                live.discard(command.ear_id)
        if name == "ended":
            live.discard(story.ear_id)
        call = story.turn.calls.get(story.call_id)
        if call is None:
            live.clear()  # its legs are gone, and what was listened to with them
        if live:
            assert call is not None
            assert are_alone(call), f"{name}: they are parted, and somebody still hears"
        if name in ("decline", "revoke", "cut", "back", "restart", "hold", "caller_holds", "agent_holds"):
            may_hear = may_hear and bool(live)
            assert not live or name in ("decline", "revoke"), f"{name}: somebody still hears"
        if name == "revoke" and story.refusal is None:
            assert not live, "taken back, and somebody still hears"
