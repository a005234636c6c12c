"""Why an agent is or is not offered a call, in German and English: the one place where reasons become sentences. Pure.

Every code the floor, the agent machine and a decision can name has a sentence in both languages; the tests hold the lists against
the enumerations. A code that a newer or an older version wrote is told by its name, never swallowed.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from routing.eligibility import Ineligibility
from telephony.agent.model import AgentState
from telephony.decisions import Choice, DecisionTaken
from telephony.demands import SkillNeed
from telephony.identifiers import AgentId

Facts = Mapping[str, str | int | float]
Names = Callable[[AgentId], str]
"""How an agent is called towards whoever reads; one out of their reach has no name."""


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence in both languages; the places in braces are facts."""

    de: str
    en: str

    def told(self, language: str, facts: Facts | None = None) -> str:
        """The sentence in that language; a fact that is not known is a dash."""
        if language != "de":
            return self.en.format_map(_Known(facts or {}))
        return self.de.format_map(_Known({k: _German(v) if isinstance(v, float) else v for k, v in (facts or {}).items()}))


class _German(float):
    """Written with a decimal comma."""

    def __format__(self, form: str) -> str:
        return float.__format__(self, form).replace(".", ",")


class _Known(dict[str, str | int | float]):
    def __missing__(self, key: str) -> str:
        return _UNKNOWN_FACT


class _Dash(str):
    __slots__ = ()

    def __format__(self, _form: str) -> str:
        return str(self)


_UNKNOWN_FACT = _Dash("–")


PAUSES: Mapping[str, Said] = {
    "break": Said("Pause", "break"),
    "lunch": Said("Mittag", "lunch"),
    "meeting": Said("Besprechung", "meeting"),
    "missed_calls": Said("verpasste Anrufe", "missed calls"),
    "private": Said("privat", "private"),
    "technical": Said("Technik", "technical"),
    "training": Said("Schulung", "training"),
}
"""The usual reasons; a centre's own are told as they are written."""


class Hindrance(StrEnum):
    """Why an agent is offered nothing at all now, beside what they are doing."""

    RESTING = "resting"
    PHONE_UNREACHABLE = "phone_unreachable"
    SILENT = "silent"
    UNSTEADY = "unsteady"
    DESKTOP_GONE = "desktop_gone"
    BAD_LINE = "bad_line"
    DRAINING = "draining"
    SWITCH_AWAY = "switch_away"


class Place(StrEnum):
    """Where a free agent stands among those who may have a project's calls."""

    NEXT = "next"
    BEHIND = "behind"


class Part(StrEnum):
    """What an agent had to do with a past decision."""

    CHOSEN = "chosen"
    COMPARED = "compared"
    REFUSED = "refused"
    FURTHER_BEHIND = "further_behind"
    NOT_AVAILABLE = "not_available_then"


REFUSALS: Mapping[str, Said] = {
    Ineligibility.NO_SUCH_AGENT: Said(
        "{agent} ist im Verzeichnis nicht vorhanden.",
        "{agent} is not in the directory.",
    ),
    Ineligibility.NO_SUCH_PROJECT: Said(
        "Das Projekt {project} gibt es nicht oder es ist außer Betrieb.",
        "Project {project} does not exist or is out of use.",
    ),
    Ineligibility.NOT_ACTIVE: Said(
        "{agent} ist nicht mehr aktiv und bekommt keine Gespräche.",
        "{agent} is not active any more and gets no calls.",
    ),
    Ineligibility.NOT_CERTIFIED: Said(
        "{agent} ist für das Projekt {project} nicht zertifiziert; davon gibt es keine Ausnahme.",
        "{agent} is not certified for project {project}; there is no exception to that.",
    ),
    Ineligibility.CLIENT_BLOCKED: Said(
        "{agent} ist für den Auftraggeber {client} gesperrt.",
        "{agent} is blocked for client {client}.",
    ),
    Ineligibility.NOT_AVAILABLE: Said(
        "{agent} ist gerade nicht frei.",
        "{agent} is not free at present.",
    ),
    Ineligibility.CALLER_BLOCKED: Said(
        "{agent} und dieser Anrufer sind füreinander gesperrt.",
        "{agent} and this caller are kept apart.",
    ),
    Ineligibility.SKILL_MISSING: Said(
        "{agent} hat eine Fähigkeit nicht, die der Anruf verlangt.",
        "{agent} lacks a skill that the call requires.",
    ),
    Ineligibility.GRADE_TOO_LOW: Said(
        "{agent} hat eine verlangte Fähigkeit, aber nicht in der verlangten Stufe.",
        "{agent} has a required skill, but not in the grade that is required.",
    ),
    Ineligibility.OUTSIDE_SHIFT: Said(
        "{agent} ist für {project} gerade in keiner gebuchten Schicht, und das Projekt lässt sonst niemanden zu.",
        "{agent} is in no booked shift for {project} now, and the project takes nobody outside one.",
    ),
    Ineligibility.KEPT_FOR_LAST_AGENT: Said(
        "Der Anrufer wartet auf den Agenten, mit dem er zuletzt gesprochen hat.",
        "The caller waits for the agent they talked to last.",
    ),
}

STATES: Mapping[str, Said] = {
    AgentState.LOGGED_OUT: Said("{agent} ist nicht im Dienst.", "{agent} is not on duty."),
    AgentState.AVAILABLE: Said("{agent} ist frei.", "{agent} is free."),
    AgentState.RESERVED: Said("{agent} wird gerade angerufen.", "{agent} is being called."),
    AgentState.ALERTING: Said("Bei {agent} klingelt es gerade.", "The phone of {agent} is ringing."),
    AgentState.TALKING: Said("{agent} ist im Gespräch.", "{agent} is in a call."),
    AgentState.RECOVERING: Said(
        "Die Leitung von {agent} ist mitten im Gespräch abgerissen und wird neu aufgebaut.",
        "The line of {agent} broke in mid-call and is being set up again.",
    ),
    AgentState.WRAP_UP: Said("{agent} ist in der Nachbearbeitung.", "{agent} is wrapping up."),
    AgentState.PAUSED: Said("{agent} macht Pause ({pause_reason}).", "{agent} is paused ({pause_reason})."),
}

HINDRANCES: Mapping[str, Said] = {
    Hindrance.RESTING: Said(
        "{agent} hat ein Gespräch nicht angenommen und bekommt noch {seconds} s lang keines angeboten.",
        "{agent} missed an offer and is offered nothing for {seconds} s more.",
    ),
    Hindrance.PHONE_UNREACHABLE: Said(
        "Das Telefon von {agent} ist nicht erreichbar.",
        "The phone of {agent} cannot be reached.",
    ),
    Hindrance.SILENT: Said(
        "Das Telefon von {agent} ist mitten im Gespräch verstummt; kurze Zeit wird nichts angeboten.",
        "The phone of {agent} fell silent in mid-call; nothing is offered for a short while.",
    ),
    Hindrance.UNSTEADY: Said(
        "Die Verbindung von {agent} kommt und geht; sie muss erst eine Weile halten.",
        "The connection of {agent} comes and goes; it has to stand for a while first.",
    ),
    Hindrance.DESKTOP_GONE: Said(
        "Der Arbeitsplatz von {agent} im Browser meldet sich nicht mehr.",
        "The desktop of {agent} in the browser gives no sign any more.",
    ),
    Hindrance.BAD_LINE: Said(
        "Die Leitung von {agent} ist zu schlecht für ein Gespräch.",
        "The line of {agent} is too bad for a talk.",
    ),
    Hindrance.DRAINING: Said(
        "Der Dienst wird gerade beendet: niemandem wird etwas angeboten.",
        "The service is shutting down: nobody is offered anything.",
    ),
    Hindrance.SWITCH_AWAY: Said(
        "Die Verbindung zur Telefonanlage fehlt: niemandem wird etwas angeboten.",
        "The switch cannot be reached: nobody is offered anything.",
    ),
}

PLACES: Mapping[str, Said] = {
    Place.NEXT: Said(
        "{agent} ist als Nächstes an der Reihe (Zählerstand {share_pass:.3f}, {available} frei, {waiting} Anrufer warten).",
        "{agent} is next (pass {share_pass:.3f}; {available} free, {waiting} callers waiting).",
    ),
    Place.BEHIND: Said(
        "{agent} steht an Stelle {place} von {available}: der Zählerstand {share_pass:.3f} liegt {behind:.3f} "
        "über dem kleinsten ({waiting} Anrufer warten).",
        "{agent} stands at place {place} of {available}: the pass {share_pass:.3f} is {behind:.3f} above the smallest "
        "({waiting} callers waiting).",
    ),
}

CHOICES: Mapping[str, Said] = {
    Choice.SHARE: Said(
        "{agent} (Stufe {level}) hat den Anruf bekommen: kleinster Zählerstand ({pass_before:.3f}) von {in_all}, die ihn "
        "nehmen durften.",
        "{agent} (level {level}) got the call: the smallest pass ({pass_before:.3f}) of the {in_all} who could take it.",
    ),
    Choice.PREFERENCE: Said(
        "{agent} (Stufe {level}) hat den Anruf bekommen: kleinster Zählerstand ({pass_before:.3f}) von denen, die das "
        "Gewünschte mitbringen ({preferred}).",
        "{agent} (level {level}) got the call: the smallest pass ({pass_before:.3f}) of those who meet what is preferred "
        "({preferred}).",
    ),
    Choice.LAST_AGENT: Said(
        "{agent} (Stufe {level}) hat den Anruf bekommen: der Anrufer hat zuletzt mit {agent} gesprochen.",
        "{agent} (level {level}) got the call: the caller talked to {agent} last.",
    ),
}

PARTS: Mapping[str, Said] = {
    Part.CHOSEN: CHOICES[Choice.SHARE],
    Part.COMPARED: Said(
        "{winner} war vor {agent}: Zählerstand {pass_before:.3f} gegen {share_pass:.3f}, {agent} lag {behind:.3f} zurück.",
        "{winner} came before {agent}: pass {pass_before:.3f} against {share_pass:.3f}, {agent} was {behind:.3f} behind.",
    ),
    Part.REFUSED: Said(
        "{agent} wäre mit Zählerstand {share_pass:.3f} vorher an der Reihe gewesen, aber: {reason}",
        "{agent} would have been earlier with pass {share_pass:.3f}, but: {reason}",
    ),
    Part.FURTHER_BEHIND: Said(
        "{winner} hatte den kleinsten Zählerstand ({pass_before:.3f}); {agent} war nicht unter den ersten {compared} von "
        "{in_all}, oder nicht frei.",
        "{winner} had the smallest pass ({pass_before:.3f}); {agent} was not among the first {compared} of {in_all}, "
        "or not free.",
    ),
    Part.NOT_AVAILABLE: Said(
        "{winner} hat den Anruf bekommen ({in_all} durften ihn nehmen); {agent} war in diesem Moment nicht frei.",
        "{winner} got the call ({in_all} could take it); {agent} was not free at that moment.",
    ),
}

_WAITED = Said("Der Anrufer hatte {waited:.1f} s gewartet.", "The caller had waited {waited:.1f} s.")
_ASKED = Said("Verlangt war: {needs}.", "Required: {needs}.")
_RELAXED = Said(
    "Nach {stage} Lockerungen wegen der Wartezeit.",
    "After {stage} relaxations because of the waiting time.",
)
_PRIORITY = Said(
    "Der Vorrang des Anrufs zählt wie {priority:.0f} s Wartezeit.",
    "The call's priority counts as {priority:.0f} s of waiting.",
)
_OTHER = Said(
    "{agent} (Stufe {level}) lag mit Zählerstand {share_pass:.3f} um {behind:.3f} zurück.",
    "{agent} (level {level}) was {behind:.3f} behind with pass {share_pass:.3f}.",
)
_SKIPPED = Said(
    "Der dringendere Anruf {call} ({project}) blieb liegen: {reason}",
    "The more urgent call {call} ({project}) was passed over: {reason}",
)
_CHARGED = Said(
    "Das Angebot kostet 1/{weight:g}: der Zählerstand ist jetzt {pass_after:.3f}. Regel {rule}, Verzeichnisstand {revision}.",
    "The offer costs 1/{weight:g}: the pass is {pass_after:.3f} now. Rule {rule}, directory revision {revision}.",
)
_UNKNOWN = Said("Grund: {code}.", "Reason: {code}.")
_PLAIN_NEED = "{skill} ≥ {grade}"


def refusal_told(code: str, language: str, facts: Facts) -> str:
    """The reason as a sentence. `facts`: agent, and as far as known project, client."""
    said = REFUSALS.get(code)
    return _UNKNOWN.told(language, {"code": code}) if said is None else said.told(language, facts)


def decision_told(decision: DecisionTaken, language: str, names: Names) -> Iterator[str]:
    """The decision, sentence by sentence: who got the call and why, who was compared, refused and passed over."""
    winner = names(decision.agent_id)
    yield CHOICES[decision.chosen_by].told(language, _choice_facts(decision, names))
    yield _WAITED.told(language, {"waited": decision.waited_ms / 1_000})
    if decision.needs:
        yield _ASKED.told(language, {"needs": needs_told(decision.needs)})
    if decision.relaxation_stage:
        yield _RELAXED.told(language, {"stage": decision.relaxation_stage})
    if decision.priority_ms:
        yield _PRIORITY.told(language, {"priority": decision.priority_ms / 1_000})
    for other in decision.candidates:
        if other.agent_id != decision.agent_id:
            behind = other.share_pass - decision.pass_before
            facts: dict[str, str | int | float] = {
                "agent": names(other.agent_id),
                "level": other.level,
                "share_pass": other.share_pass,
                "behind": behind,
            }
            yield _OTHER.told(language, facts)
    for refused in decision.refused:
        yield _refused_told(decision, refused.agent_id, language, names)
    for head in decision.skipped:
        reason = refusal_told(head.refusal, language, {"agent": winner, "project": head.project_id})
        yield _SKIPPED.told(language, {"call": head.call_id, "project": head.project_id, "reason": reason})
    charged: dict[str, str | int | float] = {"weight": decision.weight, "pass_after": decision.pass_after}
    yield _CHARGED.told(language, {**charged, "rule": decision.rule_version, "revision": decision.directory_revision})


def part_of(decision: DecisionTaken, agent_id: AgentId) -> Part:
    """What the agent had to do with the decision."""
    if decision.agent_id == agent_id:
        return Part.CHOSEN
    if any(candidate.agent_id == agent_id for candidate in decision.candidates):
        return Part.COMPARED
    if any(refused.agent_id == agent_id for refused in decision.refused):
        return Part.REFUSED
    return Part.FURTHER_BEHIND if decision.candidates_in_all > len(decision.candidates) else Part.NOT_AVAILABLE


def part_told(decision: DecisionTaken, agent_id: AgentId, language: str, names: Names) -> str:
    """Why the call did, or did not, go to that agent."""
    part = part_of(decision, agent_id)
    if part is Part.CHOSEN:
        return CHOICES[decision.chosen_by].told(language, _choice_facts(decision, names))
    if part is Part.REFUSED:
        return _refused_told(decision, agent_id, language, names)
    share_pass = next((c.share_pass for c in decision.candidates if c.agent_id == agent_id), decision.pass_before)
    facts: dict[str, str | int | float] = {
        "winner": names(decision.agent_id),
        "agent": names(agent_id),
        "pass_before": decision.pass_before,
        "share_pass": share_pass,
        "behind": share_pass - decision.pass_before,
        "compared": len(decision.candidates),
        "in_all": decision.candidates_in_all,
    }
    return PARTS[part].told(language, facts)


def needs_told(needs: tuple[SkillNeed, ...]) -> str:
    """Skills with their grades."""
    return ", ".join(_PLAIN_NEED.format(skill=need.skill, grade=need.grade) for need in needs) or "–"


def _choice_facts(decision: DecisionTaken, names: Names) -> Facts:
    return {
        "agent": names(decision.agent_id),
        "level": decision.level,
        "pass_before": decision.pass_before,
        "in_all": decision.candidates_in_all,
        "preferred": needs_told(decision.preferred),
    }


def _refused_told(decision: DecisionTaken, agent_id: AgentId, language: str, names: Names) -> str:
    refused = next(each for each in decision.refused if each.agent_id == agent_id)
    agent = names(agent_id)
    reason = refusal_told(refused.refusal, language, {"agent": agent, "project": decision.project_id})
    return PARTS[Part.REFUSED].told(language, {"agent": agent, "share_pass": refused.share_pass, "reason": reason})
