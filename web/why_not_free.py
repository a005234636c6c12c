"""What people are told beside `agent_not_available`, by its fact `state`: German, English. Fits the own phone and another's."""

from collections.abc import Mapping

from routing.explain import Hindrance
from telephony.agent.model import AgentState

WHY_NOT_FREE: Mapping[str, tuple[str, str]] = {
    AgentState.LOGGED_OUT: ("Dort ist niemand im Dienst.", "Nobody is on duty there."),
    # Who is available is refused for one thing only: their phone is in the call that keeps the line open.
    AgentState.AVAILABLE: ("Die Leitung ist für eigene Anrufe offen.", "The line is kept open for calls of their own."),
    AgentState.RESERVED: ("Gerade wird ein Gespräch angeboten.", "A call is being offered."),
    AgentState.ALERTING: ("Gerade klingelt es.", "The phone is ringing."),
    AgentState.TALKING: ("Gerade läuft ein Gespräch.", "There is a call going on."),
    AgentState.RECOVERING: (
        "Die Leitung ist mitten im Gespräch abgerissen und wird neu aufgebaut.",
        "The line broke in mid-call and is being set up again.",
    ),
    AgentState.WRAP_UP: ("Gerade läuft die Nachbearbeitung.", "There is a wrap-up going on."),
    AgentState.PAUSED: ("Gerade ist Pause.", "There is a pause going on."),
    Hindrance.PHONE_UNREACHABLE: ("Das Telefon ist nicht erreichbar.", "The phone cannot be reached."),
    Hindrance.SILENT: ("Das Telefon ist mitten im Gespräch verstummt.", "The phone fell silent in mid-call."),
    Hindrance.UNSTEADY: (
        "Die Verbindung kommt und geht; sie muss erst eine Weile halten.",
        "The connection comes and goes; it has to stand for a while first.",
    ),
    Hindrance.DESKTOP_GONE: (
        "Der Arbeitsplatz im Browser meldet sich nicht mehr.",
        "The desktop in the browser gives no sign any more.",
    ),
    Hindrance.BAD_LINE: ("Die Leitung ist zu schlecht für ein Gespräch.", "The line is too bad for a talk."),
    Hindrance.SWITCH_AWAY: ("Die Verbindung zur Telefonanlage fehlt.", "The switch cannot be reached."),
}
