"""What is processed, for what, of whom, and by which right: the words of the record of processing, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Tongue(StrEnum):
    """In which language it is told."""

    DE = "de"
    EN = "en"


@dataclass(frozen=True, slots=True)
class Said:
    """One activity in words."""

    title: str
    purpose: str
    people: str
    data: str
    basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """One activity: its words, and the classes of data with a term that belong to it."""

    classes: tuple[str, ...]
    said: Mapping[Tongue, Said]
    has_recordings: bool = False


HEADINGS: Mapping[Tongue, Mapping[str, str]] = {
    Tongue.DE: {
        "title": "Verzeichnis von Verarbeitungstätigkeiten (Art. 30 DSGVO)",
        "controller": "Verantwortlicher, Vertreter und Datenschutzbeauftragter: vom Betreiber einzutragen.",
        "clients": "Auftraggeber, für die verarbeitet wird",
        "purpose": "Zweck",
        "people": "Betroffene",
        "data": "Daten",
        "basis": "Rechtsgrundlage",
        "terms": "Löschfristen",
        "days": "Tage",
        "recording_terms": "Stichprobe {unrated} Tage, bewertet {rated}; Bestellung bis {months} Monate nach Vertragsbeginn, "
        "höchstens bis Ende des {years}. Folgejahres",
        "recipients": "Empfänger",
        "carriers": "Netzbetreiber",
        "mail": "Mailserver",
        "webhooks": "Systeme, die benachrichtigt werden",
        "objects": "Speicher der Aufzeichnungen",
        "stamps": "Zeitstempeldienst (nur Prüfsummen)",
        "switches": "Vermittlungen",
        "security": "Technische und organisatorische Maßnahmen",
        "none": "keine",
    },
    Tongue.EN: {
        "title": "Record of processing activities (Art. 30 GDPR)",
        "controller": "Controller, representative and data protection officer: to be filled in by the operator.",
        "clients": "Clients on whose behalf data is processed",
        "purpose": "Purpose",
        "people": "Data subjects",
        "data": "Data",
        "basis": "Legal basis",
        "terms": "Terms of erasure",
        "days": "days",
        "recording_terms": "sample {unrated} days, rated {rated}; order until {months} months after the contract's start, "
        "to the end of the {years}. year after at most",
        "recipients": "Recipients",
        "carriers": "Carriers",
        "mail": "Mail server",
        "webhooks": "Systems that are notified",
        "objects": "Store of recordings",
        "stamps": "Time-stamping authority (digests only)",
        "switches": "Switches",
        "security": "Technical and organisational measures",
        "none": "none",
    },
}

SECURITY: Mapping[Tongue, tuple[str, ...]] = {
    Tongue.DE: (
        "Nummern, Namen, Bestellungen und Adressen sind je Person verschlüsselt (AES-256-GCM); Löschen vernichtet den Schlüssel.",
        "Aufzeichnungen haben je Segment einen eigenen Schlüssel unter dem des Auftraggebers, in keiner Datensicherung.",
        "Rechte nach Rolle, Team und Auftraggeber; Einsicht in Nummern und Aufzeichnungen wird protokolliert.",
        "Aufbewahrungssperren werden von zwei Personen gesetzt und aufgehoben; jede Vernichtung hat einen signierten Beleg.",
    ),
    Tongue.EN: (
        "Numbers, names, orders and addresses are encrypted person by person (AES-256-GCM); erasing destroys the key.",
        "Each recorded segment has a key of its own under its client's, in no backup.",
        "Rights by role, team and client; looking at numbers and hearing recordings is on record.",
        "Legal holds are set and lifted by two people; everything shredded has a signed receipt.",
    ),
}

ACTIVITIES: tuple[Activity, ...] = (
    Activity(
        classes=("journal", "minutes", "decisions", "line_quality", "cel"),
        said={
            Tongue.DE: Said(
                "Anrufe annehmen, verteilen und abrechnen",
                "Anrufe für Auftraggeber führen, an Agenten verteilen, nach Minuten abrechnen und Entscheidungen erklären",
                "Anrufer, Angerufene, Agenten",
                "Zeiten, Dauern, Projekte, Entscheidungen, Leitungsgüte; Personen nur als Kennung",
                "Art. 6 Abs. 1 lit. b und f DSGVO; § 147 AO",
            ),
            Tongue.EN: Said(
                "Taking, routing and billing calls",
                "To handle calls for clients, route them to agents, bill them by the minute, and explain decisions",
                "Callers, called parties, agents",
                "Times, durations, projects, decisions, quality of lines; people by an id only",
                "Art. 6(1)(b) and (f) GDPR; §147 AO",
            ),
        },
    ),
    Activity(
        classes=("parties", "voicemail"),
        said={
            Tongue.DE: Said(
                "Nummern, Namen und Nachrichten von Anrufern",
                "Rückruf, Wiedererkennen, Weitergabe von Nachrichten des Anrufbeantworters",
                "Anrufer",
                "Rufnummer, Name, Sprachnachricht",
                "Art. 6 Abs. 1 lit. b und f DSGVO",
            ),
            Tongue.EN: Said(
                "Callers' numbers, names and messages",
                "To call back, to know a caller again, to pass on messages of the answering machine",
                "Callers",
                "Number, name, voice message",
                "Art. 6(1)(b) and (f) GDPR",
            ),
        },
    ),
    Activity(
        classes=("attempts", "leads", "campaigns", "shown_rights"),
        said={
            Tongue.DE: Said(
                "Anrufe nach außen",
                "Angerufene erreichen, Grenzen und Sperren einhalten, Einwilligungen in Werbung nachweisen",
                "Angerufene, Kontakte der Auftraggeber",
                "Kontaktdaten, Anrufversuche, Ergebnisse, Einwilligungen mit Nachweis, Sperrlisten (Prüfsummen)",
                "Art. 6 Abs. 1 lit. a, b und f DSGVO; §§ 7, 7a UWG",
            ),
            Tongue.EN: Said(
                "Calls outside",
                "To reach called parties, to keep limits and do-not-call lists, to prove consents to advertising",
                "Called parties, clients' contacts",
                "Contact data, attempts, outcomes, consents with their proof, do-not-call lists (hashes)",
                "Art. 6(1)(a), (b) and (f) GDPR; §§7, 7a UWG",
            ),
        },
    ),
    Activity(
        classes=("orders", "surveys"),
        said={
            Tongue.DE: Said(
                "Bestellungen und Umfragen",
                "Bestellungen aufnehmen und bestätigen, Umfragen der Auftraggeber auswerten",
                "Besteller, Befragte",
                "Bestelldaten, Antworten",
                "Art. 6 Abs. 1 lit. a, b und c DSGVO; § 147 AO, § 257 HGB",
            ),
            Tongue.EN: Said(
                "Orders and surveys",
                "To take and confirm orders, and to count answers to clients' surveys",
                "Those who order, and those asked",
                "Order data, answers",
                "Art. 6(1)(a), (b) and (c) GDPR; §147 AO, §257 HGB",
            ),
        },
    ),
    Activity(
        classes=("refusals", "refused_recordings", "recording_receipts"),
        has_recordings=True,
        said={
            Tongue.DE: Said(
                "Aufzeichnungen",
                "Bestellungen beweisen; Gesprächsqualität an Stichproben prüfen; nur mit ausdrücklicher Einwilligung aller",
                "Gesprächspartner, Agenten",
                "Gesprochenes Wort, Einwilligung mit Textfassung, Zeitmarken; von Abgelehntem nur die Tatsache",
                "Art. 6 Abs. 1 lit. a, Art. 7 DSGVO; § 201 StGB; Art. 17 Abs. 3 lit. e DSGVO",
            ),
            Tongue.EN: Said(
                "Recordings",
                "To prove orders; to review samples of calls; only with everybody's express consent",
                "The outside party, agents",
                "The spoken word, consent with the version of its text, marks; of what was refused, the fact alone",
                "Art. 6(1)(a), Art. 7 GDPR; §201 StGB; Art. 17(3)(e) GDPR",
            ),
        },
    ),
    Activity(
        classes=("agent_traces", "shifts", "levels", "quality_reviews", "suggestions"),
        said={
            Tongue.DE: Said(
                "Dienst der Agenten",
                "Schichten planen, Anwesenheit und Leistung nachvollziehen, Stufen vorschlagen und begründen",
                "Agenten, Aufsichten",
                "An- und Abmeldungen, Pausen, Schichten, Bewertungen, Stufen, Vorschläge",
                "Art. 6 Abs. 1 lit. b und f DSGVO; § 26 BDSG; Betriebsvereinbarung",
            ),
            Tongue.EN: Said(
                "Agents at work",
                "To plan shifts, follow attendance and performance, propose levels and give reasons",
                "Agents, supervisors",
                "Log-ins, pauses, shifts, reviews, levels, suggestions",
                "Art. 6(1)(b) and (f) GDPR; §26 BDSG; works agreement",
            ),
        },
    ),
    Activity(
        classes=("sessions", "tokens", "webhook_deliveries", "audit", "logs"),
        said={
            Tongue.DE: Said(
                "Betrieb und Sicherheit",
                "Zugänge prüfen, Eingriffe nachweisen, andere Systeme benachrichtigen, Fehler finden",
                "Benutzer",
                "Anmeldungen, Schlüssel (Prüfsummen), Protokoll der Einsichten und Änderungen, Zustellungen",
                "Art. 6 Abs. 1 lit. c und f, Art. 32 DSGVO",
            ),
            Tongue.EN: Said(
                "Operation and security",
                "To check who enters, to prove what was changed, to notify other systems, to find faults",
                "Users",
                "Log-ins, tokens (hashes), the record of what was looked at and changed, deliveries",
                "Art. 6(1)(c) and (f), Art. 32 GDPR",
            ),
        },
    ),
)
