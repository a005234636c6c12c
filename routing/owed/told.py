"""A statement in plain German and English: sentences made of its figures, and of nothing else. Pure."""

from collections.abc import Callable, Iterator, Mapping

from routing.explain import PAUSES, REFUSALS, Facts, Said
from routing.owed.offers import NotOffered
from routing.owed.statement import Statement
from routing.story import RELEASES

When = Callable[[int], str]
"""An instant as the reader is to see it."""
Projects = Callable[[str], str]
"""What a project is called."""

DATA: Mapping[str, Said] = {
    "decisions": Said("Vermittlungsentscheidungen in deinen Projekten", "routing decisions in your projects"),
    "own_events": Said("Ereignisse deiner eigenen Arbeit", "events of your own work"),
    "reviews": Said("Bewertungen deiner Gespräche", "reviews of your calls"),
    "proposals": Said("Vorschläge zu deiner Stufe", "proposals of your level"),
    "contests": Said("deine Einwände", "your objections"),
}

NOT_OFFERED: Mapping[str, Said] = {
    NotOffered.OTHERS_AHEAD: Said(
        "andere waren nach den Gewichten vor dir an der Reihe", "others came before you by the weights"
    ),
    NotOffered.NOT_FREE: Said(
        "du warst in einem Gespräch, bekamst eines angeboten oder arbeitetest nach",
        "you were in a call, being offered one, or wrapping up",
    ),
    NotOffered.RESTING: Said(
        "nach einem nicht angenommenen Angebot galt eine kurze Ruhezeit", "a short rest followed an offer that was not taken"
    ),
    NotOffered.ABSENT: Said("dein Telefon oder deine Leitung war nicht brauchbar", "your phone or your line could not be used"),
}

OUTCOMES: Mapping[str, Said] = {**RELEASES, "talked": Said("angenommen", "taken")}

HEAD = Said("Auskunft für {name}, von {from_at} bis {to_at}.", "Statement for {name}, from {from_at} to {to_at}.")
DATA_HEAD = Said("Verwendet wurden: {data}.", "These data were used: {data}.")
NO_DATA = Said("Für diesen Zeitraum liegen keine Daten vor.", "There are no data for this period.")
RULES = Said(
    "Gespräche werden nach Gewichten verteilt (Regel {rules}, Verzeichnisstand {revisions}); die Stufenregel "
    "hat die Version {levels}.",
    "Calls are shared out by weights (rule {rules}, directory revision {revisions}); the rule of levels has version {levels}.",
)
LEVEL = Said("Deine Stufe ist {level}{by_project}.", "Your level is {level}{by_project}.")
SHARE = Said(
    "Projekt {project}: während du da warst, wurden {decisions} Gespräche vergeben. Nach den Gewichten aller Anwesenden wären "
    "es {expected} für dich gewesen, {got} waren es.",
    "Project {project}: {decisions} calls were given out while you were there. By the weights of all present {expected} would "
    "have been yours, {got} were.",
)
SHARE_NOTE = Said(
    "Der Anteil ist mit heutigen Stufen und Zertifikaten gerechnet; wer mehrere Projekte bedient, bekommt seinen Anteil über "
    "alle zusammen.",
    "The share is worked out with the levels and certificates of today; who serves several projects gets "
    "their share over all of them.",
)
PASSED = Said("Nicht an dich gingen {count} Gespräche: {why}.", "{count} calls did not go to you: {why}.")
ENDED = Said("Angebote an dich: {count} × {how}.", "Offers to you: {count} × {how}.")
ABUSE = Said(
    "{count} Gespräche hast du wegen Beleidigung beendet; sie zählen nirgends.",
    "You ended {count} calls for abuse; they count nowhere.",
)
OWN = Said(
    "Eigene Pausen ({reason}): {count}, zusammen {minutes} min.", "Pauses of your own ({reason}): {count}, {minutes} min in all."
)
FORCED = Said(
    "Am {from_at} hat das System dich nach {misses} nicht angenommenen Angeboten in Pause gesetzt ({end}).",
    "On {from_at} the system paused you after {misses} offers that were not taken ({end}).",
)
FORCED_CONFIRMED = Said("bestätigt von {by}", "confirmed by {by}")
FORCED_ENDED = Said("beendet am {at}", "ended on {at}")
FORCED_LASTS = Said("sie endet spätestens am {at}", "it ends on {at} at the latest")
EXCLUSION = Said(
    "Gesperrt oder inaktiv gesetzt hat dich keine Regel: das tut hier nur ein Mensch.",
    "No rule blocked you or set you inactive: only a person does that here.",
)
CONTEST = Said(
    "Gegen jede Entscheidung kannst du Einwand erheben; verantwortlich ist {contact}.",
    "You can contest every decision; the person responsible is {contact}.",
)
SUPERVISORS = Said("die diensthabende Aufsicht", "the supervisor on duty")
OPEN = Said("Offene Einwände: {count}.", "Open objections: {count}.")


def statement_told(statement: Statement, when: When, projects: Projects) -> Iterator[str]:
    """The statement, sentence by sentence, in its own language."""
    language = statement.language
    period = {"name": statement.name, "from_at": when(statement.from_at), "to_at": when(statement.to_at)}
    yield HEAD.told(language, period)
    used = ", ".join(f"{each.count} {DATA[each.name].told(language)}" for each in statement.data)
    yield DATA_HEAD.told(language, {"data": used}) if used else NO_DATA.told(language)
    yield from _rules_told(statement, projects)
    for level in statement.levels:
        yield from level.sentences
    yield from _offers_told(statement, projects)
    yield from _pauses_told(statement, when)
    yield EXCLUSION.told(language)
    yield CONTEST.told(language, {"contact": statement.contact or SUPERVISORS.told(language)})
    if statement.open_contests:
        yield OPEN.told(language, {"count": len(statement.open_contests)})


def _rules_told(statement: Statement, projects: Projects) -> Iterator[str]:
    revisions = "–".join(dict.fromkeys(map(str, statement.directory_revisions)))
    rules = ", ".join(statement.routing_rules)
    facts: Facts = {"rules": rules or "–", "revisions": revisions or "–", "levels": statement.level_rule_version}
    yield RULES.told(statement.language, facts)
    by_project = "".join(f", {projects(project)}: {level}" for project, level in sorted(statement.level_by_project.items()))
    yield LEVEL.told(statement.language, {"level": statement.level, "by_project": by_project})


def _offers_told(statement: Statement, projects: Projects) -> Iterator[str]:
    language = statement.language
    for share in statement.shares:
        expected = f"{share.expected:.1f}".replace(".", "," if language == "de" else ".")
        project = projects(share.project_id)
        facts: Facts = {"project": project, "decisions": share.decisions, "expected": expected, "got": share.got}
        yield SHARE.told(language, facts)
    if statement.shares:
        yield SHARE_NOTE.told(language)
    for code, count in sorted(statement.not_offered.items(), key=lambda pair: (-pair[1], pair[0])):
        yield PASSED.told(language, {"count": count, "why": _why(code, language, statement.name)})
    for code, count in sorted(statement.offers.items(), key=lambda pair: (-pair[1], pair[0])):
        how = OUTCOMES.get(code)
        yield ENDED.told(language, {"count": count, "how": code if how is None else how.told(language)})
    if statement.abusive_calls:
        yield ABUSE.told(language, {"count": statement.abusive_calls})


def _why(code: str, language: str, name: str) -> str:
    said = NOT_OFFERED.get(code) or REFUSALS.get(code)
    return code if said is None else said.told(language, {"agent": name}).rstrip(".")


def _pauses_told(statement: Statement, when: When) -> Iterator[str]:
    language = statement.language
    for own in statement.own_pauses:
        reason = PAUSES[own.reason].told(language) if own.reason in PAUSES else own.reason or "–"
        facts: Facts = {"reason": reason, "count": own.count, "minutes": round(own.lasted_ms / 60_000)}
        yield OWN.told(language, facts)
    for forced in statement.forced_pauses:
        ends = []
        if forced.confirmed_by:
            ends.append(FORCED_CONFIRMED.told(language, {"by": forced.confirmed_by}))
        if forced.ended_at is not None:
            ends.append(FORCED_ENDED.told(language, {"at": when(forced.ended_at)}))
        elif forced.until_at is not None and not forced.confirmed_by:
            ends.append(FORCED_LASTS.told(language, {"at": when(forced.until_at)}))
        yield FORCED.told(language, {"from_at": when(forced.from_at), "misses": forced.misses, "end": ", ".join(ends) or "–"})
