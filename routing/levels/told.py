"""The arithmetic of a level in German and English: every term, what it rests on, what it adds, and what comes of it. Pure."""

from collections.abc import Iterator, Mapping

from routing.explain import Said
from routing.levels.appraisal import Appraisal, Omission, Shortage, TermScore
from routing.levels.proposal import Proposal, ProposalState
from routing.levels.rule import LevelRule, Term

TERMS: Mapping[Term, Said] = {
    Term.QUALITY: Said(
        "Qualität: Mittel aus {sources} Bewertungen = {points} Punkte, Gewicht {weight}.",
        "Quality: mean of {sources} reviews = {points} points, weight {weight}.",
    ),
    Term.OUTCOME: Said(
        "Ergebnis: {part} von {whole} gewerteten Gesprächen mit positivem Abschlusscode = {points} Punkte, Gewicht {weight}.",
        "Outcome: {part} of {whole} counted conversations with a positive wrap-up code = {points} points, weight {weight}.",
    ),
    Term.VOLUME: Said(
        "Menge: {sources} Gespräche, ab {whole} voll gewertet = {points} Punkte, Gewicht {weight}.",
        "Volume: {sources} conversations, {whole} count as full = {points} points, weight {weight}.",
    ),
    Term.RELIABILITY: Said(
        "Zuverlässigkeit: {part_minutes} von {whole_minutes} geplanten Minuten geleistet = {points} Punkte, Gewicht {weight}.",
        "Reliability: {part_minutes} of {whole_minutes} planned minutes worked = {points} points, weight {weight}.",
    ),
}

NAMES: Mapping[Term, Said] = {
    Term.QUALITY: Said("Qualität", "Quality"),
    Term.OUTCOME: Said("Ergebnis", "Outcome"),
    Term.VOLUME: Said("Menge", "Volume"),
    Term.RELIABILITY: Said("Zuverlässigkeit", "Reliability"),
}

OMISSIONS: Mapping[Omission, Said] = {
    Omission.NO_WEIGHT: Said("{term}: zählt nicht (Gewicht 0).", "{term}: does not count (weight 0)."),
    Omission.NO_REVIEWS: Said("{term}: nicht gewertet, es gibt keine Bewertungen.", "{term}: left out, there are no reviews."),
    Omission.NO_POSITIVE_CODES: Said(
        "{term}: nicht gewertet, kein Gespräch eines Projekts, das positive Abschlusscodes festlegt.",
        "{term}: left out, no conversation of a project that names positive wrap-up codes.",
    ),
    Omission.NO_PLAN: Said(
        "{term}: nicht gewertet, für den Zeitraum gibt es keinen Schichtplan.",
        "{term}: left out, there is no plan of shifts for the period.",
    ),
}

SHORTAGES: Mapping[Shortage, Said] = {
    Shortage.TOO_FEW_REVIEWS: Said(
        "Kein Vorschlag: {reviews} Bewertungen, mindestens {least_reviews} sind nötig.",
        "No proposal: {reviews} reviews, at least {least_reviews} are needed.",
    ),
    Shortage.TOO_FEW_CONVERSATIONS: Said(
        "Kein Vorschlag: {conversations} Gespräche, mindestens {least_conversations} sind nötig.",
        "No proposal: {conversations} conversations, at least {least_conversations} are needed.",
    ),
    Shortage.NOTHING_COUNTS: Said(
        "Kein Vorschlag: nichts von dem, was ein Gewicht hat, liegt vor.",
        "No proposal: nothing of what has a weight is there.",
    ),
}

SCORE = Said(
    "Zusammen: ({sum}) ÷ {weight} = {score} von 100 Punkten. Stufe 2 gilt ab {two}, Stufe 3 ab {three}; die jetzige Stufe "
    "bleibt, solange nicht mehr als {margin} Punkte fehlen.",
    "Together: ({sum}) ÷ {weight} = {score} of 100 points. Level 2 begins at {two}, level 3 at {three}; the present level stays "
    "while no more than {margin} points are missing.",
)
LEVEL = Said("Stufe bisher {before}, vorgeschlagen {level}.", "Level so far {before}, proposed {level}.")
SAME = Said("Die Stufe bleibt {before}.", "The level stays {before}.")
ABUSIVE = Said(
    "{abusive} wegen Beleidigung beendete Gespräche zählen nirgends.", "{abusive} conversations ended for abuse count nowhere."
)

STATES: Mapping[ProposalState, Said] = {
    ProposalState.SHORT: Said("Es wurde nichts vorgeschlagen.", "Nothing was proposed."),
    ProposalState.UNCHANGED: Said("Es ist nichts zu entscheiden.", "Nothing is to be decided."),
    ProposalState.OPEN: Said(
        "Noch hat niemand entschieden; ohne einen Menschen ändert sich nichts.",
        "Nobody has decided yet; without a person nothing changes.",
    ),
    ProposalState.CONFIRMED: Said(
        "Bestätigt von {decided_by}; gilt ab {in_force}.", "Confirmed by {decided_by}; in force from {in_force}."
    ),
    ProposalState.REFUSED: Said("Abgelehnt von {decided_by}: die Stufe bleibt.", "Refused by {decided_by}: the level stays."),
    ProposalState.IN_FORCE: Said(
        "Bestätigt von {decided_by}; gilt seit {in_force} (Verzeichnisstand {revision}).",
        "Confirmed by {decided_by}; in force since {in_force} (directory revision {revision}).",
    ),
    ProposalState.WITHDRAWN: Said(
        "Bestätigt und von {decided_by} nach einem Einwand zurückgenommen.",
        "Confirmed, and taken back by {decided_by} after an objection.",
    ),
}


def appraisal_told(appraisal: Appraisal, rule: LevelRule, language: str) -> Iterator[str]:
    """The arithmetic, sentence by sentence; `rule` is the version it was made by."""
    for term in appraisal.terms:
        yield _term_told(term, language)
    if appraisal.evidence.abusive:
        yield ABUSIVE.told(language, {"abusive": appraisal.evidence.abusive})
    if appraisal.score is not None:
        counted = [each for each in appraisal.terms if each.omission is None]
        facts: dict[str, str | int | float] = {
            "sum": " + ".join(f"{points(each.points, language)} × {each.weight}" for each in counted),
            "weight": appraisal.weight,
            "score": points(appraisal.score, language),
            "two": points(rule.level_2_from, language),
            "three": points(rule.level_3_from, language),
            "margin": points(rule.margin, language),
        }
        yield SCORE.told(language, facts)
    if appraisal.shortage is not None:
        known = {"reviews": appraisal.evidence.reviews, "conversations": appraisal.evidence.conversations}
        least = {"least_reviews": rule.least_reviews, "least_conversations": rule.least_conversations}
        yield SHORTAGES[appraisal.shortage].told(language, {**known, **least})
    elif appraisal.level is not None:
        said = SAME if appraisal.level == appraisal.level_before else LEVEL
        yield said.told(language, {"before": appraisal.level_before, "level": appraisal.level})


def state_told(proposal: Proposal, language: str, *, decided_by: str, in_force: str) -> str:
    """Where the proposal stands; `decided_by` and `in_force` as the reader is to see them."""
    facts: dict[str, str | int | float] = {"decided_by": decided_by, "in_force": in_force}
    if proposal.applied_revision is not None:
        facts["revision"] = proposal.applied_revision
    return STATES[proposal.state].told(language, facts)


def points(hundredths: int | None, language: str) -> str:
    """Hundredths of a point as people write points."""
    if hundredths is None:
        return "–"
    whole, rest = divmod(hundredths, 100)
    return f"{whole}{',' if language == 'de' else '.'}{rest:02d}"


def _term_told(term: TermScore, language: str) -> str:
    if term.omission is not None:
        return OMISSIONS[term.omission].told(language, {"term": NAMES[term.term].told(language)})
    minutes = {"part_minutes": term.part // 60_000, "whole_minutes": term.whole // 60_000}
    own: dict[str, str | int | float] = {"sources": term.sources, "part": term.part, "whole": term.whole, "weight": term.weight}
    return TERMS[term.term].told(language, {**own, **minutes, "points": points(term.points, language)})
