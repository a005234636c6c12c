"""What people are told when a call outside is not permitted: HTTP status, German, English."""

from collections.abc import Mapping

from telephony.errors import RefusalCode

_FORBIDDEN, _NOT_NOW, _WRONG, _TOO_MANY = 403, 409, 422, 429

DIAL_REFUSALS: Mapping[RefusalCode, tuple[int, str, str]] = {
    RefusalCode.ALREADY_DIALLED: (_NOT_NOW, "Dieser Anruf wurde schon gewählt.", "This call has been dialled already."),
    RefusalCode.NO_REFERENCE: (
        _FORBIDDEN,
        "Jeder Anruf braucht einen Vorgang: einen Lead, eine Aufgabe oder Kundenpflege.",
        "Every call needs a reference: a lead, a task or client care.",
    ),
    RefusalCode.REFERENCE_EXPIRED: (
        _FORBIDDEN,
        "Der Rückrufwunsch ist abgelaufen.",
        "The request to be called back has expired.",
    ),
    RefusalCode.NO_NUMBER: (_NOT_NOW, "Die Nummer ist nicht mehr bekannt.", "The number is no longer known."),
    RefusalCode.NUMBER_INVALID: (_WRONG, "Das ist keine gültige Rufnummer.", "This is no valid telephone number."),
    RefusalCode.NUMBER_CLASS_REFUSED: (
        _FORBIDDEN,
        "Sonder-, Service- und Satellitennummern werden nicht angerufen.",
        "Premium, service and satellite numbers are not called.",
    ),
    RefusalCode.COUNTRY_NOT_OFFERED: (
        _FORBIDDEN,
        "In dieses Land wird für dieses Projekt nicht angerufen: Es fehlt ein Angebot für Länder außerhalb der EU.",
        "This project does not call that country: there is no individual offer for countries outside the EU.",
    ),
    RefusalCode.NO_RIGHT_TO_SHOW: (
        _FORBIDDEN,
        "Es gibt keine Rufnummer, die dabei angezeigt werden darf.",
        "There is no number that may be shown for this call.",
    ),
    RefusalCode.NO_CONSENT: (
        _FORBIDDEN,
        "Es gibt keinen Nachweis, dass diese Person Werbeanrufen zugestimmt hat.",
        "There is no proof that this person consented to advertising calls.",
    ),
    RefusalCode.ON_DO_NOT_CALL_LIST: (
        _FORBIDDEN,
        "Diese Nummer steht auf einer Sperrliste.",
        "This number is on a do-not-call list.",
    ),
    RefusalCode.OUTSIDE_CALLING_HOURS: (
        _NOT_NOW,
        "Zu dieser Zeit wird dort nicht angerufen.",
        "This number is not called at this time.",
    ),
    RefusalCode.CALLED_TOO_OFTEN: (
        _NOT_NOW,
        "Diese Nummer wurde schon so oft angerufen, wie es erlaubt ist.",
        "This number has been called as often as is allowed.",
    ),
    RefusalCode.CALLED_TOO_SOON: (
        _NOT_NOW,
        "Diese Nummer wurde gerade erst angerufen. Bitte später noch einmal.",
        "This number was called just now. Try again later.",
    ),
    RefusalCode.BUDGET_SPENT: (_FORBIDDEN, "Das Budget der Aufgabe ist verbraucht.", "The budget of the task is spent."),
    RefusalCode.COST_CAP_REACHED: (
        _TOO_MANY,
        "Die Kostengrenze für heute ist erreicht.",
        "The limit of cost for today has been reached.",
    ),
    RefusalCode.CALL_CAP_REACHED: (
        _TOO_MANY,
        "Die Zahl der Anrufe für heute ist erreicht.",
        "The number of calls for today has been reached.",
    ),
    RefusalCode.CALLS_TOO_FAST: (
        _TOO_MANY,
        "Zu viele Anrufe in kurzer Zeit. Bitte kurz warten.",
        "Too many calls in a short time. Wait a little.",
    ),
    RefusalCode.TOO_MANY_NEW_COUNTRIES: (
        _TOO_MANY,
        "Heute wurde schon in zu viele neue Länder angerufen.",
        "Too many new countries have been called today.",
    ),
    RefusalCode.TOO_MANY_CALLS_AT_NIGHT: (
        _TOO_MANY,
        "In der Nacht sind keine weiteren Anrufe erlaubt.",
        "No more calls are allowed during the night.",
    ),
    RefusalCode.IN_ANOTHER_CALL: (_NOT_NOW, "Es läuft schon ein anderer Anruf.", "Another call is going on already."),
    RefusalCode.NO_AGENT_RESERVED: (
        _NOT_NOW,
        "Für diesen Anruf ist kein Agent reserviert.",
        "No agent is reserved for this call.",
    ),
    RefusalCode.DIALLING_UNAVAILABLE: (
        503,
        "Gerade kann nicht geprüft werden, ob der Anruf erlaubt ist. Bitte gleich noch einmal.",
        "Whether the call is permitted cannot be checked at present. Try again in a moment.",
    ),
}
