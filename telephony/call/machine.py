"""The call machine: one pure step, `(call, event) -> Step`."""

from telephony.call import recording_guard
from telephony.call.attempts import DESK_MS
from telephony.call.classify import classify
from telephony.call.endings import settle
from telephony.call.facts import REQUESTS, CallFact
from telephony.call.legs import observe
from telephony.call.model import Call, Callee, CallState, Leg, LegRole, LegState
from telephony.call.search import keep_search
from telephony.call.step import Step
from telephony.call.transitions import LATE, TRANSITIONS, Rule
from telephony.dialling import CallPlaced
from telephony.errors import Refusal, RefusalCode, UnexpectedEvent
from telephony.events import Envelope, LegOffered
from telephony.identifiers import CallId, SwitchName, after_ms, bridge_id, leg_id


def begin(call_id: CallId, switch: SwitchName, envelope: Envelope, event: LegOffered) -> Call:
    """A new call with its caller, waiting since the switch saw it."""
    return Call(
        call_id=call_id,
        switch=switch,
        caller=Leg(leg_id=event.leg_id, role=LegRole.CALLER, state=LegState.RINGING),
        bridge_id=bridge_id(call_id),
        waiting_since=envelope.occurred_at,
        last_agent_id=event.last_agent_id,
        blocked_agents=event.blocked_agents,
        caller_party_id=None if event.caller is None else event.party_id,
        caller_class=None if event.caller is None else event.caller.number_class,
    )


def place(switch: SwitchName, envelope: Envelope, event: CallPlaced) -> Call:
    """A new call that begins with us. Whom it is to reach has no leg yet: the one named here is never dialled."""
    nobody = Leg(leg_id=leg_id(event.call_id, "callee", 0), role=LegRole.CALLER, state=LegState.GONE)
    phone = None if event.leg_id is None else Leg(leg_id=event.leg_id, role=LegRole.AGENT, state=LegState.RINGING)
    return Call(
        call_id=event.call_id,
        switch=switch,
        caller=nobody,
        bridge_id=bridge_id(event.call_id),
        state=CallState.PLACED,
        agent=phone,
        phone_leg_id=event.leg_id,
        terms=event.terms,
        caller_party_id=event.party_id,
        caller_class=event.number.number_class,
        callee=Callee(party_id=event.party_id, purpose=event.purpose, rests_on=event.reference),
        waiting_since=envelope.occurred_at,
        callee_overdue_at=after_ms(envelope.received_at, DESK_MS),
    )


def step(call: Call, envelope: Envelope) -> Step:
    """What the event does to the call.

    Raises `UnexpectedEvent` for a pair the tables call impossible; the call is unchanged then and the caller kept.
    """
    word = recording_guard.hear(call, envelope)
    if word is not None:
        return word if word.refusal is not None else keep_search(settle(word, envelope), envelope)
    fact = classify(call, envelope.event)
    if fact is None:
        return Step(call)
    rule, refusal = TRANSITIONS.get((call.state, fact)), recording_guard.refusal_of(call, fact)
    if rule is None and fact in REQUESTS:
        refusal = Refusal(code=RefusalCode.WRONG_STATE, facts={"state": call.state.value})
    if refusal is not None:
        return Step(call, refusal=refusal)
    observed = observe(call, fact, envelope.event)
    done = _done(observed, fact, rule, envelope)
    return keep_search(settle(recording_guard.watched(done, fact), envelope), envelope)


def _done(call: Call, fact: CallFact, rule: Rule | None, envelope: Envelope) -> Step:
    if recording_guard.must_end(call, fact):
        return recording_guard.end(call, envelope)
    if rule is not None:
        done = rule.action(call, envelope)
        return done if done.call.state is rule.to else done.then(state=rule.to)
    if (call.state, fact) in LATE:
        return Step(call)
    raise UnexpectedEvent(f"a call that is {call.state.value} cannot meet {fact.value}", state=call.state.value, event=fact.value)
