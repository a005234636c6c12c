"""The record of processing activities (Art. 30 GDPR), made of the settings and of what the centre has.

Pure. Every class of data that has a term is in exactly one activity; a test counts them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fernamt.processing_words import ACTIVITIES, HEADINGS, SECURITY, Activity, Tongue
from recording.retention import RecordingTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What an installation processes, for whom, where, and how long."""

    clients: Sequence[str]
    """Names of those for whom calls are answered and placed."""
    terms_days: Mapping[str, int]
    recording_terms: Mapping[str, RecordingTerms]
    """By project."""
    switches: Sequence[str]
    recipients: Mapping[str, Sequence[str]]
    """Hosts by what they are to us: carriers, mail, webhooks, objects, stamps."""


def record_of(facts: Facts, tongue: Tongue) -> Iterator[str]:
    """The record's lines, as Markdown."""
    words = HEADINGS[tongue]
    yield f"# {words['title']}"
    yield ""
    yield f"{words['controller']}"
    yield f"{words['clients']}: {_listed(facts.clients, tongue)}"
    for number, activity in enumerate(ACTIVITIES, 1):
        yield from _told(number, activity, facts, tongue)
    yield from ("", f"## {words['recipients']}", "")
    for kind, hosts in facts.recipients.items():
        yield f"- {words[kind]}: {_listed(hosts, tongue)}"
    yield from ("", f"## {words['switches']}", "")
    yield from (f"- {each}" for each in facts.switches)
    yield from ("", f"## {words['security']}", "")
    yield from (f"- {each}" for each in SECURITY[tongue])


def _told(number: int, activity: Activity, facts: Facts, tongue: Tongue) -> Iterator[str]:
    said, words = activity.said[tongue], HEADINGS[tongue]
    yield from ("", f"## {number}. {said.title}", "")
    yield f"- {words['purpose']}: {said.purpose}"
    yield f"- {words['people']}: {said.people}"
    yield f"- {words['data']}: {said.data}"
    yield f"- {words['basis']}: {said.basis}"
    terms = [f"{each} {facts.terms_days[each]} {words['days']}" for each in activity.classes]
    yield f"- {words['terms']}: {', '.join(terms)}"
    if activity.has_recordings:
        for project, own in sorted(facts.recording_terms.items()):
            yield f"  - {project}: {_terms(own, tongue)}"


def _terms(own: RecordingTerms, tongue: Tongue) -> str:
    return HEADINGS[tongue]["recording_terms"].format(
        unrated=own.unrated_days, rated=own.rated_days, months=own.dispute_months, years=own.order_years
    )


def _listed(names: Sequence[str], tongue: Tongue) -> str:
    return ", ".join(names) or HEADINGS[tongue]["none"]
