"""What is done for a caller who waits: asked what for, told how long it will take, moved on to another project."""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.model import Call, require_terms
from telephony.call.search import waits_since
from telephony.call.step import Step
from telephony.commands import Command
from telephony.demands import merged
from telephony.events import Envelope
from telephony.identifiers import after_ms
from telephony.samples import SampleAnswered, SampleAsked
from telephony.terms import ProjectTerms
from telephony.waiting import AnnouncementBegun, CallOverflowed, MenuAnswered, MenuOpened


def move_on(call: Call, envelope: Envelope) -> Step:
    """The caller waits for another project, on its terms, as if it had been the first: the waiting time is kept."""
    terms = cast(CallOverflowed, envelope.event).to
    if terms is None:
        raise AssertionError(f"call {call.call_id} is moved on to no project")
    before = call.terms
    call = _on_terms(call, terms, envelope)
    commands: list[Command] = []
    has_other_music = call.has_music and (before is None or before.music != terms.music)
    if terms.answers_early and not call.has_music and not call.caller.is_answered:
        commands.append(to_switch.answer_caller(call))
    if has_other_music or (terms.answers_early and not call.has_music):
        commands.append(to_switch.play_music(call))
    return Step(replace(call, has_music=call.has_music or terms.answers_early), tuple(commands))


def ask(call: Call, envelope: Envelope) -> Step:
    """The caller hears the question, and music after it until a key or the time for one comes."""
    event = cast(MenuOpened | SampleAsked, envelope.event)
    silence: tuple[Command, ...] = to_switch.stop_playing(call)
    play = to_switch.play_sequence(call, event.sounds, event.language, music=require_terms(call).music)
    call = replace(
        call,
        playing=play.playback_id,
        playbacks=call.playbacks + 1,
        has_music=True,
        asked_at=envelope.received_at,
        times_asked=event.attempt,
        asks_for_sample=isinstance(event, SampleAsked),
    )
    return Step(call, (*silence, play))


def take_choice(call: Call, envelope: Envelope) -> Step:
    """The question is cut off, the caller hears music and waits for what was chosen."""
    event = cast(MenuAnswered | SampleAnswered, envelope.event)
    commands: list[Command] = [*to_switch.stop_playing(call)]
    before = require_terms(call)
    call = replace(call, playing=None, asked_at=None, asks_for_sample=False)
    if isinstance(event, SampleAnswered):
        return Step(call, tuple(commands))
    call = replace(call, demand=merged(call.demand, event.demand))
    if event.to is not None:
        call = _on_terms(call, event.to, envelope)
        if event.to.music != before.music:
            commands.append(to_switch.play_music(call))
    return Step(call, tuple(commands))


def _on_terms(call: Call, terms: ProjectTerms, envelope: Envelope) -> Call:
    """The call waits on these terms, its limit of waiting counted from where the waiting began."""
    limit = terms.wait_limit_ms
    limit_at = None if limit is None else max(after_ms(waits_since(call), limit), envelope.received_at)
    return replace(call, terms=terms, wait_limit_at=limit_at)


def announce(call: Call, envelope: Envelope) -> Step:
    """The caller hears the announcement, and the music again after it."""
    event = cast(AnnouncementBegun, envelope.event)
    play = to_switch.play_sequence(call, event.sounds, event.language, music=require_terms(call).music)
    at = envelope.received_at
    call = replace(call, playing=play.playback_id, playbacks=call.playbacks + 1, announced_at=at, has_music=True)
    return Step(call, (play,))
