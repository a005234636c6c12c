"""What happened to the recording of a call, in German and English. Pure."""

from collections.abc import Mapping

from routing.explain import Facts, Said
from telephony.events import Event, HoldRequested
from telephony.order_segments import (
    HandOverWaits,
    SegmentMark,
    SegmentMaskRequested,
    SegmentVerdict,
    StopReason,
)
from telephony.samples import PassReason, SampleAnswer, SampleDrawn
from telephony.segments import SegmentMasked, SegmentTrouble, SignGiven
from telephony.transfers import ConsultRequested, ParkRequested, TransferRequested

STOPS: Mapping[str, Said] = {
    StopReason.DECLINED: Said("es wurde nicht eingewilligt", "there was no consent"),
    StopReason.ASKED: Said("der Agent hat sie beendet", "the agent ended it"),
    StopReason.WITHDRAWN: Said("die Einwilligung wurde widerrufen", "the consent was withdrawn"),
    StopReason.HAND_OVER: Said("der Agent gibt das Gespräch aus der Hand", "the agent hands the call over"),
    StopReason.APART: Said("die beiden sind nicht mehr allein miteinander", "the two are not alone together any more"),
    StopReason.NOT_PROVEN: Said(
        "die Telefonanlage hat nicht rechtzeitig belegt, dass sie aufzeichnet",
        "the switch did not prove in time that it records",
    ),
    StopReason.NO_CONSENT_ON_TAPE: Said(
        "die Einwilligung wurde auf der Aufnahme nicht rechtzeitig wiederholt", "the consent was not repeated on the tape in time"
    ),
    StopReason.CAP: Said("die längste Dauer war erreicht", "the limit of its length was reached"),
    StopReason.TROUBLE: Said("die Aufzeichnung war gestört", "the recording was disturbed"),
    StopReason.CUT: Said("die Verbindung zur Telefonanlage war unterbrochen", "the line to the switch was cut"),
    StopReason.ENDED_BY_SWITCH: Said("die Telefonanlage hat sie von sich aus beendet", "the switch ended it by itself"),
    StopReason.CALL_ENDED: Said("das Gespräch ist zu Ende", "the call is over"),
}

VERDICTS: Mapping[str, Said] = {
    SegmentVerdict.NOTHING: Said("nichts wurde aufgezeichnet", "nothing was recorded"),
    SegmentVerdict.COMPLETE: Said("sie ist vollständig", "it is complete"),
    SegmentVerdict.INCOMPLETE: Said("sie ist unvollständig und belegt nichts", "it is incomplete and proves nothing"),
    SegmentVerdict.DISCARDED: Said("sie ist gelöscht", "it is deleted"),
    SegmentVerdict.UNCONFIRMED: Said(
        "ihr Ende hat niemand bestätigt; sie belegt nichts", "nobody has confirmed its end; it proves nothing"
    ),
}

MARKS: Mapping[str, Said] = {
    SegmentMark.CONSENT: Said("Einwilligung", "consent"),
    SegmentMark.IDENTITY: Said("Identität", "identity"),
    SegmentMark.INTENT: Said("Willenserklärung", "declaration of intent"),
}

TROUBLES: Mapping[str, Said] = {
    SegmentTrouble.NO_FILE: Said("eine Datei fehlt", "a file is missing"),
    SegmentTrouble.UNWRITABLE: Said("der Ort ist nicht beschreibbar", "the place cannot be written to"),
    SegmentTrouble.DISK_LOW: Said("der Platz ist knapp", "little space is left"),
    SegmentTrouble.STALLED: Said("die Dateien wachsen nicht", "the files do not grow"),
    SegmentTrouble.LEG_GONE: Said("die Leitung gibt es nicht mehr", "the leg is gone"),
    SegmentTrouble.SILENT: Said("es wird nur Stille geschrieben", "only silence is written"),
    SegmentTrouble.STARVED: Said(
        "die Telefonanlage kam nicht nach, es fehlt Ton", "the switch did not keep up, sound is missing"
    ),
    SegmentTrouble.REFUSED: Said("die Telefonanlage hat abgelehnt", "the switch said no"),
    SegmentTrouble.DISCONNECTED: Said("die Verbindung zur Telefonanlage ist unterbrochen", "the line to the switch is cut"),
}

WISHES: Mapping[type[Event], Said] = {
    HoldRequested: Said("Halten", "hold"),
    TransferRequested: Said("Weitergabe", "transfer"),
    ConsultRequested: Said("Rückfrage", "consultation"),
    ParkRequested: Said("Parken", "parking"),
}

ANSWERS: Mapping[str, Said] = {
    SampleAnswer.YES: Said("ja", "yes"),
    SampleAnswer.NO: Said("nein", "no"),
    SampleAnswer.SILENCE: Said("keine Antwort, also nein", "no answer, which is a no"),
}

PASSES: Mapping[str, Said] = {
    PassReason.NO_TEXT: Said("dafür ist kein Text veröffentlicht", "no text is published for it"),
    PassReason.CAP: Said("von diesem Agenten sind genug Gespräche aufgezeichnet", "enough calls of this agent are recorded"),
}

_DRAWN = Said("ja", "yes")
_NOT_DRAWN = Said("nein", "no")
_MASKED = Said("Stille statt der Stimmen", "silence in place of the voices")
_UNMASKED = Said("wieder die Stimmen", "the voices again")
_HEARD = Said("war ganz zu hören", "was heard whole")
_NOT_HEARD = Said("war nicht ganz zu hören", "was not heard whole")

EVENTS: Mapping[str, Said] = {
    "recording_asked": Said(
        "{who} fragt, ob aufgezeichnet werden darf (Text {text}); noch wird nichts aufgezeichnet.",
        "{who} asks for consent to a recording (text {text}); nothing is recorded yet.",
    ),
    "recording_agreed": Said("In die Aufzeichnung wurde eingewilligt.", "Consent to the recording was given."),
    "recording_declined": Said(
        "In die Aufzeichnung wurde nicht eingewilligt; nichts wird aufgezeichnet.",
        "Consent to the recording was not given; nothing is recorded.",
    ),
    "recording_revoked": Said(
        "Die Einwilligung in die Aufzeichnung wird widerrufen.", "The consent to the recording is withdrawn."
    ),
    "segment_opened": Said("Die Telefonanlage soll jetzt aufzeichnen.", "The switch is to record from here on."),
    "segment_proven": Said("Die Aufzeichnung läuft.", "The recording runs."),
    "segment_marked": Said("{who} vermerkt auf der Aufnahme: {what}.", "{who} marks on the tape: {what}."),
    "segment_mask_requested": Said("Auf die Aufnahme soll: {sound}.", "To be written on the tape: {sound}."),
    "segment_masked": Said("Auf der Aufnahme steht ab jetzt: {sound}.", "Written on the tape: {sound}."),
    "sign_given": Said("Das Zeichen, dass aufgezeichnet wird, {heard}.", "The sign that it records {heard}."),
    "segment_stop_requested": Said("{who} beendet die Aufzeichnung.", "{who} ends the recording."),
    "segment_stop_forced": Said("Die Aufzeichnung muss enden: {why}.", "The recording has to end: {why}."),
    "segment_faulted": Said("Die Aufzeichnung ist gestört: {fault}.", "The recording is disturbed: {fault}."),
    "segment_ended": Said(
        "Die Telefonanlage hat bestätigt, dass nichts mehr aufgezeichnet wird.",
        "The switch has confirmed that nothing is recorded any more.",
    ),
    "segment_unstoppable": Said(
        "Niemand bestätigt das Ende der Aufzeichnung; deshalb wird das Gespräch beendet.",
        "Nobody confirms the end of the recording; the call is ended for that.",
    ),
    "segment_closed": Said(
        "Die Aufzeichnung ist abgeschlossen, denn {why}; {verdict_told}.",
        "The recording is closed, since {why}; {verdict_told}.",
    ),
    "segment_withdrawn": Said(
        "Die Einwilligung in die beendete Aufzeichnung ist widerrufen; sie wird vernichtet.",
        "The consent to the recording that had ended was withdrawn; it is shredded.",
    ),
    "segment_timer_fired": Said(
        "Eine Frist der Aufzeichnung ist abgelaufen ({timer}).", "A due time of the recording came ({timer})."
    ),
    "sample_drawn": Said(
        "Auslosung zur Stichprobe ({rate_permille} von tausend): {outcome}.",
        "Draw of a quality sample ({rate_permille} of a thousand): {outcome}.",
    ),
    "sample_asked": Said(
        "Der Anrufer wird gefragt, ob aufgezeichnet werden darf (Text {text}); noch wird nichts aufgezeichnet.",
        "The caller is asked for consent to a recording (text {text}); nothing is recorded yet.",
    ),
    "sample_answered": Said(
        "Der Anrufer antwortet auf die Frage: {answered}.", "The caller's answer to the question: {answered}."
    ),
    "sample_passed": Said("Das Gespräch wird keine Stichprobe: {passed}.", "The call is no sample: {passed}."),
    "sample_begun": Said(
        "{who} spricht mit dem Anrufer, der eingewilligt hat (Text {text}): das Gespräch darf aufgezeichnet werden.",
        "{who} talks with the caller who agreed (text {text}): the call may be recorded.",
    ),
    "sample_withdrawn": Said(
        "Der Anrufer widerruft seine Einwilligung mit einer Taste; die Stichprobe wird vernichtet.",
        "The caller takes the consent back by a key; the sample is shredded.",
    ),
    "hand_over_waits": Said(
        "{what} wartet, bis die Aufzeichnung sicher beendet ist.", "Waiting until the recording has surely ended: {what}."
    ),
}


def facts_of(event: Event, facts: Facts, language: str) -> dict[str, str]:
    """What the sentences of a recording name beside the event's own facts; codes of another version as they are."""
    told: dict[str, str] = {}
    for place, key, texts in (
        ("why", "reason", STOPS),
        ("verdict_told", "verdict", VERDICTS),
        ("what", "mark", MARKS),
        ("fault", "trouble", TROUBLES),
        ("answered", "answer", ANSWERS),
        ("passed", "reason", PASSES),
    ):
        code = facts.get(key)
        if code is not None:
            told[place] = texts[str(code)].told(language) if code in texts else str(code)
    if isinstance(event, SegmentMaskRequested | SegmentMasked):
        told["sound"] = (_MASKED if event.is_masked else _UNMASKED).told(language)
    if isinstance(event, SignGiven):
        told["heard"] = (_HEARD if event.is_whole else _NOT_HEARD).told(language)
    if isinstance(event, HandOverWaits):
        told["what"] = WISHES[type(event.wish)].told(language)
    if isinstance(event, SampleDrawn):
        told["outcome"] = (_DRAWN if event.is_drawn else _NOT_DRAWN).told(language)
    words = getattr(event, "words", None)
    if words is not None:
        told["text"] = f"{words.language} {words.version}"
    return told
