"""What a caller is asked who may be called back, and what their keys say: this number, another one, or wait on. Pure.

Keys are kept in memory only and no longer than the number takes; the events name a party, never a digit.
"""

from dataclasses import dataclass

from routing import callback as rules
from routing.callback import CallbackRules
from routing.directory import Directory, Project
from routing.hours import is_open, next_change_at
from routing.menu import WRONG_KEY
from telephony.call.model import Call, CallState, require_terms
from telephony.callback import CallbackAgreed, CallbackDeclined, CallbackGivenUp, CallbackOffered, CallbackRested
from telephony.causes import EndReason
from telephony.engine.ports import PartyRecord
from telephony.events import Event, NumberFacts
from telephony.identifiers import Instant, PartyId, after_ms

MOST_QUESTIONS = 6
ANSWER_WITHIN_MS = 40_000
"""From the beginning of the question on: a number read out digit by digit takes half of it."""
NEXT_KEY_WITHIN_MS = 10_000
"""Who types no more has typed all of it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The keys of a number so far."""

    keys: str
    at: Instant


@dataclass(frozen=True, slots=True)
class Heard:
    """What came of a key: what is concluded, what is typed so far, and who is not known yet."""

    events: tuple[Event, ...] = ()
    typed: Typed | None = None
    party: PartyRecord | None = None


def may_be_offered(call: Call) -> bool:
    """Whether the caller can hear the question and press keys, and was not asked before."""
    is_alone = call.caller.is_answered and not call.caller.is_in_bridge
    return is_alone and call.callee is None and not call.was_offered_callback


def offered(call: Call, directory: Directory) -> tuple[Event, ...]:
    """The first question: by the caller's own number, where they show one that we may call; else by which."""
    is_callable = call.caller_class in directory.outbound.prices
    if call.caller_party_id is None or not is_callable:
        return (_ask_to_type(call, directory),)
    return (_ask_to_confirm(call, directory, call.caller_party_id, None),)


def asked_for(call: Call, key: str, directory: Directory) -> tuple[Event, ...]:
    """The first question to a caller who waits and pressed the key they were told of; nothing for any other key."""
    project = _project(call, directory)
    announcements = None if project is None else project.announcements
    if announcements is None or announcements.callback_key != key or not may_be_offered(call):
        return ()
    return offered(call, directory)


def pressed(call: Call, key: str, typed: Typed | None, directory: Directory, now: Instant) -> Heard:
    """What the key says to the question that stands."""
    if call.asked_party_id is not None:
        return Heard(_confirmed(call, call.asked_party_id, key, directory, now))
    keys = "" if typed is None else typed.keys
    if key == rules.END_OF_NUMBER:
        return _number_typed(call, keys, directory, now)
    if key == rules.WAIT_ON:
        return Heard(typed=Typed("", now)) if keys else Heard((CallbackDeclined(call_id=call.call_id, is_chosen=True),))
    return Heard(typed=Typed((keys + key)[: rules.KEYS_KEPT + 1], now))


def timed_out(call: Call, typed: Typed | None, directory: Directory, now: Instant) -> Heard:
    """What is made of no key more; nothing before the time."""
    if answer_due_at(call, typed) > now:
        return Heard(typed=typed)
    if typed is not None and typed.keys:
        return _number_typed(call, typed.keys, directory, now)
    return Heard(_again(call, directory, has_wrong_key=False))


def answer_due_at(call: Call, typed: Typed | None) -> Instant:
    """Until when a key is waited for."""
    if typed is not None and typed.keys:
        return after_ms(typed.at, NEXT_KEY_WITHIN_MS)
    return after_ms(call.asked_at or call.waiting_since, ANSWER_WITHIN_MS)


def off_the_line(call: Call, directory: Directory, now: Instant) -> tuple[Event, ...]:
    """Why nobody is to be rung for this callback now: the project is closed, or in use no more; empty where it is open."""
    callback, project = call.callee, _project(call, directory)
    if callback is None or callback.expires_at is None:
        return ()
    if project is None:
        return (CallbackGivenUp(call_id=call.call_id, reason=EndReason.CALLBACK_REFUSED),)
    if is_open(project.hours, now):
        return ()
    opens_at = next_change_at(project.hours, now)
    until_at = callback.expires_at if opens_at is None else min(opens_at, callback.expires_at)
    return (CallbackRested(call_id=call.call_id, until_at=until_at, attempts=callback.attempts),)


def closes_at(call: Call, directory: Directory, now: Instant) -> Instant | None:
    """When a callback that waits is to be looked at next."""
    project = _project(call, directory)
    return None if project is None else next_change_at(project.hours, now)


# -- parts -------------------------------------------------------------------------------------------------------------


def _confirmed(call: Call, party_id: PartyId, key: str, directory: Directory, now: Instant) -> tuple[Event, ...]:
    if key == rules.WAIT_ON:
        return (CallbackDeclined(call_id=call.call_id, is_chosen=True),)
    if key == rules.YES:
        return (_agreed(call, party_id, directory, now),)
    if key == rules.ANOTHER:
        return (_ask_to_type(call, directory),) if _may_ask_again(call) else _declined(call)
    return _again(call, directory, has_wrong_key=True)


def _agreed(call: Call, party_id: PartyId, directory: Directory, now: Instant) -> CallbackAgreed:
    project = _project(call, directory)
    terms = CallbackRules() if project is None else project.callback
    return CallbackAgreed(
        call_id=call.call_id,
        party_id=party_id,
        number=call.asked_number,
        attempts=terms.attempts,
        retry_ms=terms.retry_ms,
        expires_at=after_ms(now, terms.kept_ms),
    )


def _number_typed(call: Call, keys: str, directory: Directory, now: Instant) -> Heard:
    number = rules.typed(keys, directory.home_country)
    is_callable = number is not None and number.facts.number_class in directory.outbound.prices
    if number is None or not is_callable or number.dialled in directory.numbers:
        if not _may_ask_again(call):
            return Heard(_declined(call))
        return Heard((_ask_to_type(call, directory, rules.WRONG_NUMBER),))
    if not _may_ask_again(call):
        return Heard(_declined(call))
    party_id = PartyId(f"{call.call_id}.callback.{call.times_asked + 1}")
    party = PartyRecord(party_id=party_id, number=number.dialled, name=None, seen_at=now)
    return Heard((_ask_to_confirm(call, directory, party_id, number.facts),), party=party)


def _again(call: Call, directory: Directory, *, has_wrong_key: bool) -> tuple[Event, ...]:
    if not _may_ask_again(call):
        return _declined(call)
    said_first = (WRONG_KEY,) if has_wrong_key else ()
    if call.asked_party_id is None:
        return (_ask_to_type(call, directory, *said_first),)
    return (_ask_to_confirm(call, directory, call.asked_party_id, call.asked_number, *said_first),)


def _ask_to_confirm(
    call: Call, directory: Directory, party_id: PartyId, number: NumberFacts | None, *said_first: str
) -> CallbackOffered:
    return CallbackOffered(
        call_id=call.call_id,
        before=(*said_first, rules.NUMBER_IS),
        party_id=party_id,
        number=number,
        after=(rules.CONFIRM,),
        language=_language(call, directory),
        attempt=_attempt(call),
    )


def _ask_to_type(call: Call, directory: Directory, *said_first: str) -> CallbackOffered:
    return CallbackOffered(
        call_id=call.call_id,
        before=(*said_first, rules.TYPE_NUMBER),
        party_id=None,
        number=None,
        after=(),
        language=_language(call, directory),
        attempt=_attempt(call),
    )


def _declined(call: Call) -> tuple[Event, ...]:
    return (CallbackDeclined(call_id=call.call_id, is_chosen=False),)


def _may_ask_again(call: Call) -> bool:
    return call.times_asked < MOST_QUESTIONS


def _attempt(call: Call) -> int:
    return call.times_asked + 1 if call.state is CallState.CONFIRMING else 1


def _language(call: Call, directory: Directory) -> str:
    project = _project(call, directory)
    return call.demand.language or ("de" if project is None else project.language)


def _project(call: Call, directory: Directory) -> Project | None:
    return directory.projects.get(require_terms(call).project_id)
