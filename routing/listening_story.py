"""What happened to listening to a call, in German and English. Pure."""

from collections.abc import Mapping

from routing.explain import Facts, Said
from telephony.events import Event
from telephony.overhearing import EarEnd, ListenMode

ENDS: Mapping[str, Said] = {
    EarEnd.ASKED: Said("wer mithörte, hat es beendet", "who listened has ended it"),
    EarEnd.WITHDRAWN: Said("die Einwilligung wurde widerrufen", "the consent was withdrawn"),
    EarEnd.APART: Said("die beiden sind nicht mehr allein miteinander", "the two are not alone together any more"),
    EarEnd.CUT: Said("die Verbindung zur Telefonanlage war unterbrochen", "the line to the switch was cut"),
    EarEnd.CALL_ENDED: Said("das Gespräch ist zu Ende", "the call is over"),
    EarEnd.PHONE_ENDED: Said(
        "das Telefon der Aufsicht wurde nicht abgenommen oder aufgelegt", "the supervisor's phone was not answered, or hung up"
    ),
}

MODES: Mapping[str, Said] = {
    ListenMode.LISTEN: Said("mithören", "listen"),
    ListenMode.WHISPER: Said("mithören und dem Agenten zuflüstern", "listen, and whisper to the agent"),
}

_HEARD = Said("es wurde mitgehört", "the call was listened to")
_UNHEARD = Said("niemand hat etwas gehört", "nobody has heard anything")

EVENTS: Mapping[str, Said] = {
    "listening_asked": Said(
        "{who} fragt, ob mitgehört werden darf (Text {text}); noch hört niemand mit.",
        "{who} asks for consent to being listened to (text {text}); nobody listens yet.",
    ),
    "listening_agreed": Said("Ins Mithören wurde eingewilligt.", "Consent to being listened to was given."),
    "listening_declined": Said(
        "Ins Mithören wurde nicht eingewilligt; niemand hört mit.", "Consent to being listened to was not given; nobody listens."
    ),
    "listening_revoked": Said("Die Einwilligung ins Mithören wird widerrufen.", "The consent to being listened to is withdrawn."),
    "listening_lapsed": Said(
        "Die Einwilligung ins Mithören gilt nicht mehr: {why}.", "The consent to being listened to stands no more: {why}."
    ),
    "listen_requested": Said(
        "Jemand von der Aufsicht möchte {mode_told} (Grund: {reason}).", "A supervisor wants to {mode_told} (reason: {reason})."
    ),
    "listen_end_requested": Said("Wer mithört, hat genug gehört.", "Who listens has heard enough."),
    "ear_hears": Said("Ab hier wird mitgehört.", "From here on somebody listens."),
    "ear_ended": Said(
        "Die Telefonanlage hat bestätigt, dass niemand mehr mithört.", "The switch has confirmed that nobody listens any more."
    ),
    "ear_closed": Said("Das Mithören ist beendet, denn {why}; {heard}.", "The listening is over, since {why}; {heard}."),
}


def facts_of(event: Event, facts: Facts, language: str) -> dict[str, str]:
    """What the sentences name beside the event's own facts; codes of another version as they are."""
    told: dict[str, str] = {}
    for place, key, texts in (("why", "reason", ENDS), ("mode_told", "mode", MODES)):
        code = facts.get(key)
        if code is not None:
            told[place] = texts[str(code)].told(language) if code in texts else str(code)
    if "has_heard" in facts:
        told["heard"] = (_HEARD if facts["has_heard"] else _UNHEARD).told(language)
    words = getattr(event, "words", None)
    if words is not None:
        told["text"] = f"{words.language} {words.version}"
    return told
