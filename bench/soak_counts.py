"""What a soak is judged by: pure counts over the journal, over the packets, and over what service and switch say at the end.

Each count has two sources that know nothing of each other. A finding is a sentence; none is what is wanted.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bench.wire import SipSeen
from telephony.events import AgentReleased, AgentReserved, CallEnded, Envelope, LegOffered

GOODBYE_WITHIN_US = 30_000_000
"""So soon after an agent's goodbye the caller's own comes from the switch: at once, or when a controller is there again."""
MACHINE_WITHIN_US = 500_000
"""So much later than the packet may the switch have written the end down."""


Gone = Mapping[str, Sequence[tuple[int, int]]]
"""When an agent's phone was killed, and until when nothing stood in its place; microseconds. What it had, and what was sent to it
meanwhile, is over without a packet that says so."""


@dataclass(slots=True)
class Line:
    """One SIP call between the switch and a caller or an agent's phone, as the packets show it; microseconds."""

    who: str
    """The number a caller asked for, or the agent who was asked."""
    shown: str
    began: int
    phone_port: int
    answered: int | None = None
    ended: int | None = None
    ended_by_phone: bool = False
    end: str = ""


@dataclass(slots=True)
class Lines:
    """All of them by Call-ID, each side in the order of the packets."""

    callers: dict[str, Line] = field(default_factory=dict)
    offers: dict[str, Line] = field(default_factory=dict)


def lines_of(sip: Iterable[SipSeen], *, switch_port: int, agents: Collection[str], numbers: Collection[str]) -> Lines:
    """Every call of a caller to one of the numbers, and every call of the switch to one of the agents."""
    found = Lines()
    for message in sip:
        line = found.callers.get(message.call_id) or found.offers.get(message.call_id)
        if line is None:
            if message.is_request and message.method == "INVITE":
                _begun(found, message, switch_port=switch_port, agents=agents, numbers=numbers)
            continue
        if line.ended is not None:
            continue
        by_phone = message.source != switch_port
        if message.method == "INVITE" and message.status == 200:
            line.answered = line.answered or message.at_us
        elif message.is_request and message.method in {"BYE", "CANCEL"}:
            line.ended, line.ended_by_phone, line.end = message.at_us, by_phone, message.method
        elif message.method == "INVITE" and message.status >= 300 and line.answered is None:
            line.ended, line.ended_by_phone, line.end = message.at_us, by_phone, message.first
    return found


def _begun(found: Lines, message: SipSeen, *, switch_port: int, agents: Collection[str], numbers: Collection[str]) -> None:
    if message.target == switch_port and message.asked_of in numbers:
        found.callers[message.call_id] = Line(message.asked_of, message.sender, message.at_us, message.source)
    elif message.source == switch_port and (agent := message.asked_of.partition("-0x")[0]) in agents:
        # baresip adds a number of its own to the name in its address.
        found.offers[message.call_id] = Line(agent, message.sender, message.at_us, message.target)


# -- double offers -----------------------------------------------------------------------------------------------------


def double_offers_on_the_wire(lines: Lines, gone: Gone | None = None) -> list[str]:
    """INVITEs to an agent's phone that still had a call. `gone`: when an agent's phone was dead, with all it had."""
    found = []
    open_lines: dict[str, list[Line]] = defaultdict(list)
    for line in sorted(lines.offers.values(), key=lambda one: one.began):
        deaths = [death for death in (gone or {}).get(line.who, ()) if death[0] <= line.began]
        still = [
            one
            for one in open_lines[line.who]
            if (one.ended is None or one.ended > line.began) and not any(one.began <= back for _, back in deaths)
        ]
        if still:
            found.append(f"{line.who} was rung at {line.began} with a call since {still[0].began} ({still[0].end or 'open'})")
        open_lines[line.who] = [*still, line]
    return found


def double_offers_in_the_journal(story: Iterable[Envelope]) -> list[str]:
    """Agents bound to a call while they were bound to one."""
    found = []
    bound: dict[str, str] = {}
    for envelope in story:
        match envelope.event:
            case AgentReserved(agent_id=agent_id, call_id=call_id):
                if agent_id in bound:
                    found.append(f"{agent_id} was bound to {call_id} while bound to {bound[agent_id]}")
                bound[agent_id] = call_id
            case AgentReleased(agent_id=agent_id, call_id=call_id):
                if bound.get(agent_id) == call_id:
                    del bound[agent_id]
                else:
                    found.append(f"{agent_id} was released of {call_id}, which they were not bound to")
    return found


# -- stuck agents ------------------------------------------------------------------------------------------------------


def stuck_agents_in_the_journal(story: Sequence[Envelope], *, longest_s: float) -> list[str]:
    """Agents bound at the end, or bound to one call for longer than any call can last."""
    found = []
    bound: dict[str, Envelope] = {}
    for envelope in story:
        match envelope.event:
            case AgentReserved(agent_id=agent_id):
                bound.setdefault(agent_id, envelope)
            case AgentReleased(agent_id=agent_id):
                since = bound.pop(agent_id, None)
                if since is not None and envelope.received_at - since.received_at > longest_s * 1e6:
                    found.append(f"{agent_id} was bound for {(envelope.received_at - since.received_at) / 1e6:.0f} s")
    return found + [f"{agent_id} is bound to {since.call_id} for ever" for agent_id, since in bound.items()]


def stuck_agents_by_state(rows: Iterable[Mapping[str, Any]], names: Collection[str]) -> list[str]:
    """Agents who are not simply there, after everything is over: `rows` as the API lists agents."""
    states = {row["agent_id"]: row["now"] or {} for row in rows}
    found = []
    for name in sorted(names):
        now = states.get(name, {})
        if now.get("state") != "available" or not now.get("is_reachable") or now.get("absence") is not None:
            told = {key: now.get(key) for key in ("state", "call_id", "is_reachable", "absence")}
            found.append(f"{name} is not there: {told}")
    return found


def kept_by_their_line(rows: Iterable[Mapping[str, Any]]) -> set[str]:
    """Agents who are offered nothing for a while because their line was bad, which says until when: on a machine that is too busy
    for its phones that is so."""
    states = {row["agent_id"]: row["now"] or {} for row in rows}
    return {name for name, now in states.items() if now.get("absence") == "bad_line" and now.get("absence_until")}


def never_rung(lines: Lines, names: Collection[str], *, since_us: int) -> list[str]:
    """Agents whose phone no INVITE reached since then, though a call was there for each."""
    rung = {line.who for line in lines.offers.values() if line.began >= since_us}
    return [f"{name} got none of the last calls" for name in sorted(set(names) - rung)]


# -- stuck calls -------------------------------------------------------------------------------------------------------


def stuck_calls_in_the_journal(story: Sequence[Envelope], *, longest_s: float) -> list[str]:
    """Calls without an end, with two, or that lasted longer than any caller stays."""
    found = []
    began: dict[str, int] = {}
    ended: set[str] = set()
    for envelope in story:
        match envelope.event:
            case LegOffered() if envelope.call_id is not None:
                began.setdefault(envelope.call_id, envelope.received_at)
            case CallEnded(call_id=call_id):
                if call_id in ended:
                    found.append(f"{call_id} ended twice")
                ended.add(call_id)
                lasted_s = (envelope.received_at - began.get(call_id, envelope.received_at)) / 1e6
                if lasted_s > longest_s:
                    found.append(f"{call_id} lasted {lasted_s:.0f} s")
    return found + [f"{call_id} has no end" for call_id in began if call_id not in ended]


def stuck_calls_on_the_wire(lines: Lines, gone: Gone | None = None) -> list[str]:
    """Callers and phones whose call nobody ended. A phone that was killed ends nothing, and nobody can tell it."""
    callers = [f"the caller of {one.who} at {one.began} has no end" for one in lines.callers.values() if one.ended is None]
    return callers + [
        f"the call of {one.who} at {one.began} has no end"
        for one in lines.offers.values()
        if one.ended is None and not any(one.began <= back for _, back in (gone or {}).get(one.who, ()))
    ]


# -- lost callers ------------------------------------------------------------------------------------------------------


def lost_callers(lines: Lines, *, agents_end: str, machine: Iterable[tuple[str, int]] = ()) -> list[str]:
    """Callers whose call the switch ended. Where agents hang up (the number `agents_end`), each goodbye explains one; so does
    each end of the switch's own machine (number and microseconds), which serves while no controller is there."""
    explained: dict[str, list[int]] = defaultdict(list)
    for line in lines.offers.values():
        if line.ended is not None and line.ended_by_phone and line.end == "BYE" and line.shown == agents_end:
            explained[agents_end].append(line.ended)
    for number, at in machine:
        explained[number].append(at)
    found = []
    for line in sorted(lines.callers.values(), key=lambda one: one.ended or 0):
        if line.ended is None or line.ended_by_phone:
            continue
        reasons = explained[line.who] if line.end == "BYE" else []
        reason = next((at for at in sorted(reasons) if -GOODBYE_WITHIN_US <= at - line.ended <= MACHINE_WITHIN_US), None)
        if reason is None:
            found.append(f"the caller of {line.who} at {line.began} was ended at {line.ended}: {line.end}")
        else:
            reasons.remove(reason)
    return found


def waits_ms(lines: Lines) -> list[float]:
    """Milliseconds of every answered caller, from INVITE to 200."""
    return [(one.answered - one.began) / 1_000 for one in lines.callers.values() if one.answered is not None]
