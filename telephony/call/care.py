"""What is done for a caller who waits: moved on to another project, told how long it will take."""

from typing import cast

from msgspec.structs import replace

from telephony.call import to_switch
from telephony.call.model import Call, require_terms
from telephony.call.step import Step
from telephony.commands import Command
from telephony.events import Envelope
from telephony.identifiers import after_ms
from telephony.waiting import AnnouncementBegun, CallOverflowed


def move_on(call: Call, envelope: Envelope) -> Step:
    """The caller waits for another project, on its terms, as if it had been the first: the waiting time is kept."""
    terms = cast(CallOverflowed, envelope.event).to
    if terms is None:
        raise AssertionError(f"call {call.call_id} is moved on to no project")
    before = call.terms
    limit = terms.wait_limit_ms
    since = call.waiting_since if call.given_back_at is None else call.given_back_at
    limit_at = None if limit is None else max(after_ms(since, limit), envelope.received_at)
    call = replace(call, terms=terms, wait_limit_at=limit_at)
    commands: list[Command] = []
    has_other_music = call.has_music and (before is None or before.music != terms.music)
    if terms.answers_early and not call.has_music and not call.caller.is_answered:
        commands.append(to_switch.answer_caller(call))
    if has_other_music or (terms.answers_early and not call.has_music):
        commands.append(to_switch.play_music(call))
    return Step(replace(call, has_music=call.has_music or terms.answers_early), tuple(commands))


def announce(call: Call, envelope: Envelope) -> Step:
    """The caller hears the announcement, and the music again after it."""
    event = cast(AnnouncementBegun, envelope.event)
    play = to_switch.play_sequence(call, event.sounds, event.language, music=require_terms(call).music)
    at = envelope.received_at
    call = replace(call, playing=play.playback_id, playbacks=call.playbacks + 1, announced_at=at, has_music=True)
    return Step(call, (play,))
