"""What happened to a call, in German and English: each journaled event as a sentence. Pure.

An event that says nothing to people (a leg entering a bridge beside the answer that brought it there) is in `SILENT`; every other
one has a sentence, and the tests hold both lists against everything the journal knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from routing import listening_story, tape_story
from routing.explain import Facts, Names, Said, decision_told
from telephony.causes import EndReason, ReleaseReason
from telephony.decisions import DecisionTaken
from telephony.dialling import CallPlaced
from telephony.events import Envelope, Event
from telephony.identifiers import MS, AgentId

ENDS: Mapping[str, Said] = {
    EndReason.CALLER_HUNG_UP: Said("der Anrufer hat aufgelegt", "the caller hung up"),
    EndReason.AGENT_HUNG_UP: Said("der Agent hat aufgelegt", "the agent hung up"),
    EndReason.OUTSIDER_HUNG_UP: Said("wer außerhalb angerufen wurde, hat aufgelegt", "who was dialled outside hung up"),
    EndReason.ENDED_BY_US: Said("das Gespräch wurde auf Wunsch beendet", "the call was ended on request"),
    EndReason.ABUSE: Said("der Agent hat das Gespräch wegen Beleidigung beendet", "the agent ended the call for abuse"),
    EndReason.ABANDONED: Said("der Anrufer hat aufgegeben", "the caller gave up"),
    EndReason.UNKNOWN_DID: Said("die Nummer gehört zu keinem Projekt", "the number belongs to no project"),
    EndReason.MALFORMED: Said("die gewählte Nummer ist nicht lesbar", "the number dialled cannot be read"),
    EndReason.CLOSED: Said("das Projekt hat geschlossen", "the project is closed"),
    EndReason.REFUSED_ANONYMOUS: Said("das Projekt nimmt keine anonymen Anrufe an", "the project takes no anonymous callers"),
    EndReason.WAIT_LIMIT: Said("die längste Wartezeit war erreicht", "the limit of waiting was reached"),
    EndReason.OVERFLOW: Said("die Warteschlange lief über, zum Anrufbeantworter", "the queue overflowed to the machine"),
    EndReason.ALL_BUSY: Said("alle Leitungen waren besetzt", "all lines were busy"),
    EndReason.TO_MACHINE: Said("an den Anrufbeantworter", "to the answering machine"),
    EndReason.FALLBACK: Said("die Telefonanlage hat den Anruf allein bedient", "the switch served the call by itself"),
    EndReason.SWITCH_LOST: Said("die Telefonanlage ist ausgefallen", "the switch was lost"),
    EndReason.CALLBACK_UNREACHED: Said("der Rückruf hat niemanden erreicht", "the callback reached nobody"),
    EndReason.CALLBACK_EXPIRED: Said("die Zeit für den Rückruf ist abgelaufen", "the time for the callback is over"),
    EndReason.CALLBACK_REFUSED: Said("der Rückruf ist nicht erlaubt", "the callback is not permitted"),
    EndReason.CALLEE_HUNG_UP: Said("wer angerufen wurde, hat aufgelegt", "who was called hung up"),
    EndReason.CALLEE_BUSY: Said("der Anschluss war besetzt", "the number was busy"),
    EndReason.CALLEE_NO_ANSWER: Said("niemand hat abgenommen", "nobody answered"),
    EndReason.CALLEE_REJECTED: Said("der Anruf wurde abgelehnt", "the call was rejected"),
    EndReason.CALLEE_INVALID: Said("die Nummer ist nicht vergeben", "nobody has that number"),
    EndReason.CALLEE_MACHINE: Said("ein Anrufbeantworter nahm ab", "an answering machine took the call"),
    EndReason.CALLEE_UNREACHABLE: Said("der Anschluss war nicht erreichbar", "the number could not be reached"),
    EndReason.CALLEE_UNCLEAR: Said(
        "ob es dort geklingelt hat, ist nicht zu klären", "whether it rang there cannot be told any more"
    ),
    EndReason.NOT_PERMITTED: Said("der Anruf war nicht erlaubt", "the call was not permitted"),
    EndReason.AGENT_UNREACHED: Said("der Agent war am Telefon nicht zu erreichen", "the agent's phone could not be reached"),
    EndReason.FEATURE_CODE: Said("es war ein Steuercode", "it was a feature code"),
    EndReason.FAILED: Said("es ist gescheitert", "it failed"),
}

RELEASES: Mapping[str, Said] = {
    ReleaseReason.TALKED: Said("nach dem Gespräch", "after the conversation"),
    ReleaseReason.ABANDONED: Said("der Anrufer hat aufgegeben", "the caller gave up"),
    ReleaseReason.NO_ANSWER: Said("nicht abgenommen", "not answered"),
    ReleaseReason.BUSY: Said("besetzt", "busy"),
    ReleaseReason.REJECTED: Said("abgelehnt", "rejected"),
    ReleaseReason.UNREACHABLE: Said("Telefon nicht erreichbar", "phone unreachable"),
    ReleaseReason.LOST: Said("Leitung verloren", "line lost"),
}

OVERFLOWS: Mapping[str, Said] = {
    "queue_length": Said("{waiting} Anrufer warteten, erlaubt sind {limit}", "{waiting} callers waited, {limit} are allowed"),
    "waiting_time": Said("die Wartezeit hat {limit} ms erreicht", "the wait has reached {limit} ms"),
    "estimated_wait": Said(
        "die Wartezeit wird auf {estimated_wait_ms} ms geschätzt, erlaubt sind {limit}",
        "the wait is estimated at {estimated_wait_ms} ms, {limit} are allowed",
    ),
    "nobody_staffed": Said("kein Agent des Projekts ist im Dienst", "no agent of the project is on duty"),
}

TARGETS: Mapping[str, Said] = {
    "project": Said("wartet beim Projekt {to_project} weiter", "waits on for project {to_project}"),
    "machine": Said("an den Anrufbeantworter", "to the answering machine"),
    "announcement": Said("Ansage, dass alle Leitungen besetzt sind", "told that all lines are busy"),
    "callback": Said("Rückruf", "to be called back"),
    "number": Said("an eine Nummer außerhalb", "to a number outside"),
}

EVENTS: Mapping[str, Said] = {
    **tape_story.EVENTS,
    **listening_story.EVENTS,
    "leg_offered": Said("Ein Anruf für {dnis} kommt herein.", "A call for {dnis} comes in."),
    "call_admitted": Said("Der Anrufer wartet auf das Projekt {project}.", "The caller waits for project {project}."),
    "call_turned_away": Said("Der Anrufer wird abgewiesen: {end}.", "The caller is turned away: {end}."),
    "menu_opened": Said(
        "Der Anrufer wird um eine Taste gebeten ({attempt}. Mal).", "The caller is asked for a key (time {attempt})."
    ),
    "menu_answered": Said(
        "Die Auswahl des Anrufers ist getroffen oder ausgeblieben.", "The caller's choice was made, or was not."
    ),
    "announcement_begun": Said(
        "Der Anrufer hört eine Ansage (Platz {place}).", "The caller hears an announcement (place {place})."
    ),
    "call_overflowed": Said("Überlauf von {project_id}: {why}; {where}.", "Overflow of {project_id}: {why}; {where}."),
    "callback_offered": Said(
        "Der Anrufer wird gefragt, unter welcher Nummer er zurückgerufen werden möchte ({attempt}. Mal).",
        "The caller is asked by which number to call back (time {attempt}).",
    ),
    "callback_declined": Said("Der Anrufer wartet lieber weiter.", "The caller would rather wait on."),
    "callback_agreed": Said(
        "Der Anrufer wird zurückgerufen und behält seinen Platz (höchstens {attempts} Versuche).",
        "The caller will be called back and keeps the place (at the most {attempts} attempts).",
    ),
    "callback_rested": Said(
        "Der Rückruf ruht, nach {attempts} Versuchen; der Platz bleibt.",
        "The callback rests after {attempts} attempts; the place stays.",
    ),
    "callback_given_up": Said("Der Rückruf wird aufgegeben: {end}.", "The callback is given up: {end}."),
    "agent_reserved": Said(
        "{who} wird für den Anruf belegt (Angebot {attempt}).", "{who} is reserved for the call (offer {attempt})."
    ),
    "agent_alerted": Said("Bei {who} klingelt es.", "The phone of {who} rings."),
    "agent_connected": Said("{who} spricht mit dem Anrufer.", "{who} talks with the caller."),
    "agent_lost": Said(
        "Die Leitung von {who} ist abgerissen; der Anrufer wird gehalten.", "The line of {who} broke; the caller is kept."
    ),
    "agent_released": Said("{who} ist wieder gelöst: {release}.", "{who} is released: {release}."),
    "call_queued_again": Said("Der Anrufer wartet weiter, mit seiner Wartezeit.", "The caller waits on, the waiting time kept."),
    "call_moved": Said("Der Anrufer wartet jetzt auf das Projekt {project}.", "The caller waits for project {project} now."),
    "call_parked": Said("{who} hat den Anrufer unter {slot} geparkt.", "{who} parked the caller under {slot}."),
    "call_ended": Said("Der Anruf ist zu Ende: {end}.", "The call is over: {end}."),
    "call_timer_fired": Said("Eine Frist des Anrufs ist abgelaufen ({timer}).", "A due time of the call came ({timer})."),
    "agent_timer_fired": Said("Eine Frist von {who} ist abgelaufen ({timer}).", "A due time of {who} came ({timer})."),
    "leg_held": Said("Am Telefon wurde „Halten“ gedrückt.", "Hold was pressed on the phone."),
    "leg_unheld": Said("Am Telefon wurde das Halten beendet.", "Hold was ended on the phone."),
    "callee_spared": Said(
        "Wer angerufen wird, soll nicht mehr angerufen werden; es klingelt nicht weiter.",
        "Who is called is not to be called any more; it rings no longer.",
    ),
    "machine_heard": Said("Dort antwortet ein Anrufbeantworter.", "An answering machine took the call."),
    "leg_hung_up": Said("Eine Leitung ist beendet (Ursache {cause}).", "A leg is gone (cause {cause})."),
    "leg_taken_over": Said("Die Telefonanlage hat den Anrufer selbst übernommen.", "The switch took the caller over by itself."),
    "fallback_answered": Said("Die Telefonanlage hat den Anruf ohne uns bedient.", "The switch served the call without us."),
    "feature_code_dialled": Said("Am Telefon wurde {digits} gewählt.", "The phone dialled {digits}."),
    "command_failed": Said("Ein Befehl wirkte nicht: {command} ({reason}).", "A command took no effect: {command} ({reason})."),
    "gap_observed": Said("Die Verbindung zur Telefonanlage war unterbrochen.", "The line to the switch was cut."),
    "wrap_up_code_chosen": Said("{who} wählt den Abschlusscode {wrap_up_code}.", "{who} chooses wrap-up code {wrap_up_code}."),
    "wrap_up_extended": Said("{who} verlängert die Nachbearbeitung.", "{who} extends the wrap-up."),
    "hold_requested": Said("{who} legt den Anrufer in die Warteschleife.", "{who} puts the caller on hold."),
    "unhold_requested": Said("{who} holt den Anrufer zurück.", "{who} takes the caller back."),
    "hang_up_requested": Said("Jemand verlangt, dass aufgelegt wird.", "Somebody asks to hang up."),
    "abusive_call_ended": Said("{who} beendet das Gespräch wegen Beleidigung.", "{who} ends the call for abuse."),
    "ring_anew_requested": Said(
        "{who} hört nichts; die Leitung wird neu aufgebaut.", "{who} hears nothing; the line is put through anew."
    ),
    "demand_requested": Said("Jemand ändert, was der Anruf verlangt.", "Somebody changes what the call asks for."),
    "request_refused": Said("Eine Bitte wurde abgelehnt ({code}).", "A request was refused ({code})."),
    "transfer_requested": Said("{who} gibt den Anrufer weiter.", "{who} hands the caller on."),
    "consult_requested": Said("{who} fragt eine Kollegin oder einen Kollegen.", "{who} asks a colleague."),
    "complete_requested": Said("{who} übergibt den Anrufer.", "{who} lets the colleague have the caller."),
    "cancel_requested": Said("{who} kehrt zum Anrufer zurück.", "{who} goes back to the caller."),
    "swap_requested": Said("{who} wechselt das Gegenüber.", "{who} speaks with the other one."),
    "conference_requested": Said("Alle drei hören einander.", "All three hear each other."),
    "leave_requested": Said("{who} verlässt die Konferenz.", "{who} leaves the conference."),
    "park_requested": Said("{who} parkt den Anrufer.", "{who} parks the caller."),
    "pick_up_requested": Said("{who} holt den geparkten Anrufer.", "{who} picks up the parked caller."),
    "consult_answered": Said("{who} nimmt die Rückfrage an.", "{who} takes the consultation."),
    "number_dialled": Said("Am Telefon wurde eine Nummer gewählt.", "The phone dialled a number."),
    "dial_requested": Said("{who} möchte jemanden anrufen.", "{who} wants to call somebody."),
    "call_placed": Said("Ein Anruf für das Projekt {project} beginnt.", "A call for project {project} begins."),
    "outsider_wanted": Said(
        "Der Anrufer soll an eine Nummer außerhalb weitergehen.", "The caller is to go on to a number outside."
    ),
    "dial_permitted": Said(
        "Eine Nummer außerhalb darf gewählt werden (gezeigt wird {shown}).", "A number outside may be dialled (showing {shown})."
    ),
    "dial_refused": Said("Eine Nummer außerhalb wird nicht gewählt ({code}).", "A number outside is not dialled ({code})."),
    "dial_dropped": Said(
        "Die Erlaubnis kam zu spät; niemand wird gewählt.", "The permit came too late; nobody is dialled by it."
    ),
    "consent_withdrawn": Said(
        "Die Einwilligung in Werbung ist widerrufen; ab hier wird nicht mehr geworben.",
        "The consent to advertising was withdrawn; nothing is advertised from here on.",
    ),
    "unexpected_happened": Said(
        "Unerwartetes wurde vermerkt: {event} im Zustand {state}.", "Something unexpected was noted: {event} in state {state}."
    ),
}

OF_OURS: Mapping[str, Said] = {
    "agent_reserved": Said("{who} wird für den eigenen Anruf belegt.", "{who} is reserved for a call of their own."),
    "agent_connected": Said("{who} spricht mit dem Angerufenen.", "{who} talks with who was called."),
    "agent_lost": Said(
        "Die Leitung von {who} ist abgerissen; der Angerufene wird gehalten.", "The line of {who} broke; who was called is kept."
    ),
}
"""The same of a call that began with us, where that is told otherwise."""

SILENT = frozenset(
    {
        # What they come to is concluded and told.
        *("leg_ringing", "leg_answered", "leg_joined", "leg_left", "leg_pressed_key", "leg_talk_began", "leg_talk_ended"),
        *("agent_noted", "directory_loaded", "service_started"),  # no call's own
        *("emergency_dialled", "emergency_seen"),  # nor these
        *("endpoint_changed", "switch_connected", "switch_disconnected"),
        *(
            "presence_judged",
            "line_measured",
            "desktop_seen",
            "shift_told",
            "shift_judged",
            "pause_confirmed",
            "share_noted",
            "line_open_requested",
            "line_close_requested",
            "line_begun",
            "line_told",
        ),  # an agent's
        *("log_in_requested", "log_out_requested", "available_requested", "pause_requested"),
        "decision_taken",  # told at length by itself
    }
)


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a story: when, by the clock of whom it happened to; about whom; and the sentence."""

    at: int
    kind: str
    sentence: str
    agent_id: AgentId | None = None
    decision_id: str | None = None


def story_of(envelopes: Sequence[Envelope], language: str, names: Names) -> Iterator[Line]:
    """The call's story, line by line; a decision has several."""
    is_ours = False
    for envelope in envelopes:
        event = envelope.event
        is_ours = is_ours or isinstance(event, CallPlaced)
        if isinstance(event, DecisionTaken):
            for sentence in decision_told(event, language, names):
                yield Line(
                    at=envelope.occurred_at,
                    kind="decision_taken",
                    sentence=sentence,
                    agent_id=event.agent_id,
                    decision_id=event.decision_id,
                )
            continue
        kind = kind_of(event)
        if kind not in SILENT:
            sentence = event_told(envelope, language, names, is_ours=is_ours)
            yield Line(at=envelope.occurred_at, kind=kind, sentence=sentence, agent_id=envelope.agent_id)


def event_told(envelope: Envelope, language: str, names: Names, *, is_ours: bool = False) -> str:
    """The event as a sentence, `is_ours` of a call that began with us; one that has none is told by its name."""
    kind = kind_of(envelope.event)
    said = (OF_OURS.get(kind) if is_ours else None) or EVENTS.get(kind)
    return f"{kind}." if said is None else said.told(language, _facts(envelope, language, names))


def kind_of(event: Event) -> str:
    """The event's name in the journal."""
    return str(type(event).__struct_config__.tag)


def _facts(envelope: Envelope, language: str, names: Names) -> Facts:
    facts: dict[str, Any] = {
        key: value for key, value in msgspec.to_builtins(envelope.event).items() if isinstance(value, str | int | float)
    }
    agent_id = facts.get("agent_id") or envelope.agent_id
    facts["who"] = names(AgentId(agent_id)) if agent_id else "–"
    if kind_of(envelope.event) in tape_story.EVENTS:
        return facts | tape_story.facts_of(envelope.event, facts, language)
    if kind_of(envelope.event) in listening_story.EVENTS:
        return facts | listening_story.facts_of(envelope.event, facts, language)
    terms = getattr(envelope.event, "terms", None)
    if terms is not None:
        facts["project"] = terms.project_id
    for key, texts in (("end_reason", ENDS), ("reason", ENDS), ("reason", RELEASES)):
        code = facts.get(key)
        if code in texts:
            facts["end" if texts is ENDS else "release"] = texts[str(code)].told(language)
    to = getattr(envelope.event, "to", None)
    if "target" in facts and facts.get("reason") in OVERFLOWS:
        facts["to_project"] = "–" if to is None else to.project_id
        facts["why"] = OVERFLOWS[facts["reason"]].told(language, facts)
        where = TARGETS.get(facts["target"])
        facts["where"] = facts["target"] if where is None else where.told(language, facts)
    return facts


def seconds_since(first: Envelope, line: Line) -> float:
    """How long after the story's beginning the line's event happened."""
    return (line.at - first.occurred_at) / MS / 1_000
