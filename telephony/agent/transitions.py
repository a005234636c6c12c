"""The agent's table: in this state, when this happens, do that. The action decides the state where wishes are pending.

`Rule.to` is where the rule usually leads; a pause, log-out or forced pause that was pending leads elsewhere (`or_to`).
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from telephony.agent import actions, forced
from telephony.agent.model import Agent, AgentState
from telephony.agent.on_shift import PauseConfirmed, ShiftTold
from telephony.events import (
    AgentAlerted,
    AgentConnected,
    AgentLost,
    AgentReleased,
    AgentReserved,
    AgentTimerFired,
    AvailableRequested,
    Event,
    LogInRequested,
    LogOutRequested,
    PauseRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
)
from telephony.transfers import ConsultAnswered

S = AgentState


class Rule(NamedTuple):
    """Where the agent goes, what is done, and where else it may lead."""

    to: AgentState
    action: Callable[[Agent, actions.Context], actions.Outcome]
    or_to: tuple[AgentState, ...] = ()


WISHES = (S.PAUSED, S.LOGGED_OUT)

TRANSITIONS: Mapping[tuple[AgentState, type[Event]], Rule] = {
    # in state               when                   goes to           and does                     or goes to
    (S.LOGGED_OUT, LogInRequested): Rule(S.AVAILABLE, actions.log_in),
    (S.LOGGED_OUT, LogOutRequested): Rule(S.LOGGED_OUT, actions.log_out),
    #
    (S.AVAILABLE, AgentReserved): Rule(S.RESERVED, actions.reserve),
    (S.AVAILABLE, PauseRequested): Rule(S.PAUSED, actions.pause),
    (S.AVAILABLE, LogOutRequested): Rule(S.LOGGED_OUT, actions.log_out),
    (S.AVAILABLE, LogInRequested): Rule(S.AVAILABLE, actions.refuse_second_log_in),
    (S.AVAILABLE, AvailableRequested): Rule(S.AVAILABLE, actions.become_available),
    (S.AVAILABLE, AgentTimerFired): Rule(S.AVAILABLE, actions.rest_over),
    #
    (S.RESERVED, AgentAlerted): Rule(S.ALERTING, actions.alert),
    (S.RESERVED, AgentConnected): Rule(S.TALKING, actions.talk),
    (S.RESERVED, ConsultAnswered): Rule(S.TALKING, actions.talk),
    (S.RESERVED, AgentReleased): Rule(S.AVAILABLE, actions.release, (S.WRAP_UP, *WISHES)),
    (S.RESERVED, PauseRequested): Rule(S.RESERVED, actions.pause_later),
    (S.RESERVED, LogOutRequested): Rule(S.RESERVED, actions.log_out_later),
    (S.RESERVED, LogInRequested): Rule(S.RESERVED, actions.refuse_second_log_in),
    (S.RESERVED, AvailableRequested): Rule(S.RESERVED, actions.cancel_wishes),
    #
    (S.ALERTING, AgentConnected): Rule(S.TALKING, actions.talk),
    (S.ALERTING, ConsultAnswered): Rule(S.TALKING, actions.talk),
    (S.ALERTING, AgentReleased): Rule(S.AVAILABLE, actions.release, (S.WRAP_UP, *WISHES)),
    (S.ALERTING, PauseRequested): Rule(S.ALERTING, actions.pause_later),
    (S.ALERTING, LogOutRequested): Rule(S.ALERTING, actions.log_out_later),
    (S.ALERTING, LogInRequested): Rule(S.ALERTING, actions.refuse_second_log_in),
    (S.ALERTING, AvailableRequested): Rule(S.ALERTING, actions.cancel_wishes),
    #
    (S.TALKING, AgentConnected): Rule(S.TALKING, actions.talk),
    (S.TALKING, AgentLost): Rule(S.RECOVERING, actions.recover),
    (S.TALKING, AgentReleased): Rule(S.WRAP_UP, actions.release, (S.AVAILABLE, *WISHES)),
    (S.TALKING, WrapUpCodeChosen): Rule(S.TALKING, actions.choose_code),
    (S.TALKING, PauseRequested): Rule(S.TALKING, actions.pause_later),
    (S.TALKING, LogOutRequested): Rule(S.TALKING, actions.log_out_later),
    (S.TALKING, LogInRequested): Rule(S.TALKING, actions.refuse_second_log_in),
    (S.TALKING, AvailableRequested): Rule(S.TALKING, actions.cancel_wishes),
    #
    (S.RECOVERING, AgentAlerted): Rule(S.RECOVERING, actions.recover),
    (S.RECOVERING, AgentConnected): Rule(S.TALKING, actions.talk),
    (S.RECOVERING, AgentReleased): Rule(S.WRAP_UP, actions.release, (S.AVAILABLE, *WISHES)),
    (S.RECOVERING, WrapUpCodeChosen): Rule(S.RECOVERING, actions.choose_code),
    (S.RECOVERING, PauseRequested): Rule(S.RECOVERING, actions.pause_later),
    (S.RECOVERING, LogOutRequested): Rule(S.RECOVERING, actions.log_out_later),
    (S.RECOVERING, LogInRequested): Rule(S.RECOVERING, actions.refuse_second_log_in),
    (S.RECOVERING, AvailableRequested): Rule(S.RECOVERING, actions.cancel_wishes),
    #
    (S.WRAP_UP, AgentReserved): Rule(S.RESERVED, actions.reserve),
    (S.WRAP_UP, WrapUpCodeChosen): Rule(S.AVAILABLE, actions.choose_code, WISHES),
    (S.WRAP_UP, AvailableRequested): Rule(S.AVAILABLE, actions.become_available),
    (S.WRAP_UP, WrapUpExtended): Rule(S.WRAP_UP, actions.extend),
    (S.WRAP_UP, AgentTimerFired): Rule(S.AVAILABLE, actions.end_wrap_up, WISHES),
    (S.WRAP_UP, PauseRequested): Rule(S.PAUSED, actions.pause),
    (S.WRAP_UP, LogOutRequested): Rule(S.LOGGED_OUT, actions.log_out),
    (S.WRAP_UP, LogInRequested): Rule(S.WRAP_UP, actions.refuse_second_log_in),
    #
    (S.PAUSED, AgentReserved): Rule(S.RESERVED, actions.reserve),
    (S.PAUSED, AvailableRequested): Rule(S.AVAILABLE, actions.become_available),
    (S.PAUSED, PauseRequested): Rule(S.PAUSED, actions.pause),
    (S.PAUSED, LogOutRequested): Rule(S.LOGGED_OUT, actions.log_out),
    (S.PAUSED, LogInRequested): Rule(S.PAUSED, actions.refuse_second_log_in),
    (S.PAUSED, PauseConfirmed): Rule(S.PAUSED, forced.confirm),
    (S.PAUSED, AgentTimerFired): Rule(S.AVAILABLE, forced.end),
    #
    **{(state, ShiftTold): Rule(state, forced.hear_of_shift) for state in S if state is not S.LOGGED_OUT},
}

REQUESTS: tuple[type[Event], ...] = (
    LogInRequested,
    LogOutRequested,
    AvailableRequested,
    PauseRequested,
    WrapUpCodeChosen,
    WrapUpExtended,
    PauseConfirmed,
)
"""What people ask for: refused, not impossible, where the state has no rule for it."""

FACTS: tuple[type[Event], ...] = (
    *(AgentReserved, AgentAlerted, AgentConnected, ConsultAnswered, AgentLost, AgentReleased, AgentTimerFired),
    ShiftTold,
)

LATE: frozenset[tuple[AgentState, type[Event]]] = frozenset(
    # A phone that reports ringing twice, or after the answer.
    {(state, AgentAlerted) for state in (S.ALERTING, S.TALKING)}
    # A shift that begins or ends without its agent.
    | {(S.LOGGED_OUT, ShiftTold)}
)

IMPOSSIBLE: frozenset[tuple[AgentState, type[Event]]] = (
    frozenset((state, fact) for state in AgentState for fact in FACTS) - TRANSITIONS.keys() - LATE
)
