"""What the agent's rules do: duty, calls, wrap-up, pauses, and what an offer not taken leads to."""

from typing import cast

import msgspec
from msgspec.structs import replace

from telephony.agent.model import MISSED_CALLS, Agent, AgentRules, AgentState
from telephony.causes import ReleaseReason
from telephony.errors import Refusal, RefusalCode
from telephony.events import (
    AgentReleased,
    AgentReserved,
    Envelope,
    LogInRequested,
    PauseRequested,
    WrapUpCodeChosen,
)
from telephony.identifiers import Instant, after_ms

Outcome = Agent | Refusal
NO_MISS = (ReleaseReason.TALKED, ReleaseReason.ABANDONED)


class Context(msgspec.Struct, frozen=True):
    """What an action needs besides the agent."""

    envelope: Envelope
    rules: AgentRules

    @property
    def at(self) -> Instant:
        """When it happened, by our clock: agents' times do not depend on which switch their phone is at."""
        return self.envelope.received_at


def log_in(agent: Agent, context: Context) -> Outcome:
    """On duty at this phone, and available."""
    event = cast(LogInRequested, context.envelope.event)
    return _available(Agent(agent_id=agent.agent_id, endpoint_id=event.endpoint_id), context)


def refuse_second_log_in(agent: Agent, context: Context) -> Outcome:
    """On duty already: asking again at the same phone changes nothing, another phone is refused."""
    event = cast(LogInRequested, context.envelope.event)
    if event.endpoint_id == agent.endpoint_id:
        return agent
    return Refusal(code=RefusalCode.ALREADY_LOGGED_IN, facts={"endpoint": agent.endpoint_id or ""})


def log_out(agent: Agent, context: Context) -> Outcome:
    """Off duty."""
    return Agent(agent_id=agent.agent_id, since=context.at)


def log_out_later(agent: Agent, context: Context) -> Outcome:
    """Off duty as soon as the call and its wrap-up are over."""
    return replace(agent, wants_log_out=True)


def pause(agent: Agent, context: Context) -> Outcome:
    """No calls, for this reason."""
    reason = cast(PauseRequested, context.envelope.event).pause_reason
    return _paused(agent, reason, context)


def pause_later(agent: Agent, context: Context) -> Outcome:
    """No calls once this one and its wrap-up are over."""
    return replace(agent, wants_pause=cast(PauseRequested, context.envelope.event).pause_reason)


def become_available(agent: Agent, context: Context) -> Outcome:
    """Ready for calls; asked for by the agent, so earlier misses are forgiven."""
    return _available(replace(agent, misses=0), context)


def cancel_wishes(agent: Agent, context: Context) -> Outcome:
    """Asked to be available during a call: a pause or log-out that was to follow it is called off."""
    return replace(agent, wants_pause=None, wants_log_out=False)


def end_wrap_up(agent: Agent, context: Context) -> Agent:
    """What the agent had asked for during the call or its wrap-up comes true; else they are available."""
    if agent.wants_log_out:
        return Agent(agent_id=agent.agent_id, since=context.at)
    if agent.wants_pause is not None:
        return _paused(agent, agent.wants_pause, context)
    return _available(agent, context)


def reserve(agent: Agent, context: Context) -> Outcome:
    """Bound to the call routing chose, or to one of their own; a pause goes on after it."""
    event = cast(AgentReserved, context.envelope.event)
    return replace(
        agent,
        state=AgentState.RESERVED,
        since=context.at,
        call_id=event.call_id,
        project_id=event.project_id,
        wrap_up_limit_ms=event.wrap_up_limit_ms,
        wrap_up_extension_ms=event.wrap_up_extension_ms,
        wrap_up_codes=event.wrap_up_codes,
        wrap_up_until=None,
        rest_until=None,  # a leg found ringing after a restart may have ended a rest
        extensions=0,
        pause_reason=None,
        wants_pause=agent.pause_reason if agent.state is AgentState.PAUSED else agent.wants_pause,
        forced_until=None,
        pause_confirmed_by="",
    )


def alert(agent: Agent, context: Context) -> Outcome:
    """The phone rings."""
    return replace(agent, state=AgentState.ALERTING, since=context.at)


def talk(agent: Agent, context: Context) -> Outcome:
    """In conversation; whoever answers has missed nothing lately."""
    return replace(agent, state=AgentState.TALKING, since=context.at, misses=0)


def recover(agent: Agent, context: Context) -> Outcome:
    """The line died; the call keeps this agent until it gives up."""
    return replace(agent, state=AgentState.RECOVERING, since=context.at)


def release(agent: Agent, context: Context) -> Outcome:
    """Free of the call: wrap-up after a conversation, else available again, after a rest if the offer was missed."""
    event = cast(AgentReleased, context.envelope.event)
    if event.has_talked or event.wraps_up:
        return _wrap_up(agent, context)
    if event.reason in NO_MISS:
        return _free(replace(agent, state=AgentState.AVAILABLE, since=context.at, call_id=None, project_id=None), context)
    return _missed(agent, event.reason, context)


def choose_code(agent: Agent, context: Context) -> Outcome:
    """The outcome is noted; in wrap-up that ends it."""
    event = cast(WrapUpCodeChosen, context.envelope.event)
    if event.call_id != agent.call_id:
        return Refusal(code=RefusalCode.NOT_YOUR_CALL)
    if agent.wrap_up_codes and event.wrap_up_code not in agent.wrap_up_codes:
        codes = ", ".join(agent.wrap_up_codes)
        return Refusal(code=RefusalCode.NO_SUCH_WRAP_UP_CODE, facts={"given": event.wrap_up_code, "expected": codes})
    return end_wrap_up(agent, context) if agent.state is AgentState.WRAP_UP else agent


def extend(agent: Agent, context: Context) -> Outcome:
    """More time after the call, as often as the centre allows."""
    if agent.extensions >= context.rules.extensions_per_wrap_up or agent.wrap_up_until is None:
        return Refusal(code=RefusalCode.EXTENSION_USED_UP, facts={"allowed": context.rules.extensions_per_wrap_up})
    until = after_ms(agent.wrap_up_until, agent.wrap_up_extension_ms)
    return replace(agent, wrap_up_until=until, extensions=agent.extensions + 1)


def rest_over(agent: Agent, context: Context) -> Outcome:
    """May be offered calls again; idle time counts on from before the miss."""
    return replace(agent, rest_until=None)


def forced_for_a_shift(agent: Agent, context: Context) -> Agent:
    """The pause ends with the agent's shift, or where none is planned, after the rule's time, unless a person confirms it."""
    limit = after_ms(context.at, context.rules.forced_pause_ms)
    until = agent.shift_until
    return replace(agent, forced_until=limit if until is None or until <= context.at else until)


def _available(agent: Agent, context: Context) -> Agent:
    return replace(
        agent,
        state=AgentState.AVAILABLE,
        since=context.at,
        idle_since=context.at,
        call_id=None,
        project_id=None,
        pause_reason=None,
        wants_pause=None,
        wants_log_out=False,
        wrap_up_until=None,
        rest_until=None,
        forced_until=None,
        pause_confirmed_by="",
    )


def _paused(agent: Agent, reason: str, context: Context) -> Agent:
    return replace(_available(agent, context), state=AgentState.PAUSED, pause_reason=reason)


def _wrap_up(agent: Agent, context: Context) -> Outcome:
    if agent.wrap_up_limit_ms <= 0:
        return end_wrap_up(agent, context)
    until = after_ms(context.at, agent.wrap_up_limit_ms)
    return replace(agent, state=AgentState.WRAP_UP, since=context.at, wrap_up_until=until)


def _free(agent: Agent, context: Context) -> Outcome:
    """A wish uttered while the phone rang comes true at once."""
    return end_wrap_up(agent, context) if agent.wants_log_out or agent.wants_pause is not None else agent


def _missed(agent: Agent, reason: ReleaseReason, context: Context) -> Outcome:
    misses = agent.misses + 1
    rules = context.rules
    agent = replace(agent, misses=misses, call_id=None, project_id=None, since=context.at)
    if rules.misses_until_pause and misses >= rules.misses_until_pause:
        is_forced = agent.wants_pause is None and not agent.wants_log_out
        after = end_wrap_up(replace(agent, wants_pause=agent.wants_pause or MISSED_CALLS), context)
        return forced_for_a_shift(after, context) if is_forced else after
    rest_ms = rules.rest_ms.get(reason, 0)
    rest_until = after_ms(context.at, rest_ms) if rest_ms > 0 else None
    return _free(replace(agent, state=AgentState.AVAILABLE, rest_until=rest_until), context)
