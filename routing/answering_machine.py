"""What a message on the answering machine is, to whose mailbox it goes, what the mail says, and what comes of a failed try. Pure.

A mail keeps its id over all tries, and so its Message-ID: whoever gets it twice, because a server took it and nobody of us lived
to note that, can tell that the two are one.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from routing.directory import AgentProfile, Project
from telephony.identifiers import SECOND, Instant

FIRST_PAUSE_S = 30
LONGEST_PAUSE_S = 3_600
LONGEST_SUBJECT = 150
LONGEST_LINE = 200
LONGEST_ADDRESS = 254
"""RFC 5321, 4.5.3.1.3, without the angle brackets."""

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(?:\.{_ATOM})*)@{_LABEL}(?:\.{_LABEL})*")


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceMessage:
    """What somebody said to the answering machine; `file_name` is relative to the folder of messages."""

    message_id: str
    call_id: str
    did: str
    project_id: str | None
    client_id: str | None
    received_at: Instant
    duration_ms: int | None
    masked_caller: str | None
    file_name: str
    done_at: Instant | None = None
    done_by: str | None = None
    """The user who saw to it."""


class MailState(StrEnum):
    """Where a mail is."""

    WAITING = "waiting"
    """To be sent, for the first time or again."""
    SENT = "sent"
    """A server has taken it."""
    FAILED = "failed"
    """Given up; a person may have it tried again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageMail:
    """One mail about one message to one mailbox. `attempts` counts tries that were begun; instants in microseconds UTC."""

    mail_id: str
    message_id: str
    mailbox: str
    asked_by: str | None = None
    """The user who forwarded the message; None: it came in."""
    note: str = ""
    created_at: Instant
    due_at: Instant
    attempts: int = 0
    state: MailState = MailState.WAITING
    sent_at: Instant | None = None
    last_error: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A try that came to nothing. `is_permanent`: the same mail to the same mailbox would be refused again."""

    said: str
    is_permanent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a mail tells beside the message itself, as far as it is known and to be told."""

    language: str
    zone: ZoneInfo
    project_name: str | None = None
    client_name: str | None = None
    caller_name: str | None = None
    caller_number: str | None = None
    """In clear, where the centre wants that; else the masked form is told."""
    forwarded_by: str | None = None
    note: str = ""
    is_attached: bool = True
    link: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What the mail says, in `language` (de or en). The subject is one line whatever callers are called."""

    language: str
    subject: str
    text: str
    sound_name: str


# -- to whom it goes -------------------------------------------------------------------------------------------------


def is_mailbox(text: str) -> bool:
    """Whether this is one plain address, `name@host`: no display name, no quotes, no list, no line end."""
    found = _ADDRESS.fullmatch(text)
    return found is not None and len(text) <= LONGEST_ADDRESS and len(found["local"]) <= 64


def mailbox_of(project: Project | None, default: str | None) -> str | None:
    """Where messages for that project go; the centre's mailbox where the project has none of its own, or there is no project."""
    return project.mailbox if project is not None and project.mailbox is not None else default


def arrival_mail(message: VoiceMessage, mailbox: str, at: Instant) -> MessageMail:
    """The mail about a message that came in. Its id follows from the message: however often it is made, it is one mail."""
    mail_id = hashlib.sha256(f"arrival {message.message_id}".encode()).hexdigest()[:32]
    return MessageMail(mail_id=mail_id, message_id=message.message_id, mailbox=mailbox, created_at=at, due_at=at)


def agents_mailbox(agent: AgentProfile | None) -> str | None:
    """Where a message is forwarded that is meant for that agent; None where there is no such agent or mailbox."""
    return agent.mailbox if agent is not None and agent.is_active else None


def message_id_header(mail_id: str, sender: str) -> str:
    """The mail's Message-ID (RFC 5322, 3.6.4): the same at each try."""
    return f"<fernamt.{mail_id}@{sender.rpartition('@')[2]}>"


# -- what comes of a try ---------------------------------------------------------------------------------------------


def after_success(mail: MessageMail, at: Instant) -> MessageMail:
    """A server has taken the mail."""
    return replace(mail, state=MailState.SENT, sent_at=at, last_error=None)


def after_failure(mail: MessageMail, failure: Failure, at: Instant, *, give_up_after_s: int) -> MessageMail:
    """The mail is tried again after a pause, or given up where that is no use or the time is over."""
    said = one_line(failure.said, LONGEST_LINE)
    due_at = Instant(at + pause_s(mail) * SECOND)
    is_over = due_at - mail.created_at > give_up_after_s * SECOND
    if failure.is_permanent or is_over:
        return replace(mail, state=MailState.FAILED, last_error=said)
    return replace(mail, due_at=due_at, last_error=said)


def tried_again(mail: MessageMail, at: Instant) -> MessageMail:
    """A person wants the given-up mail sent: the tries begin anew, it stays the same mail."""
    return replace(mail, state=MailState.WAITING, created_at=at, due_at=at, last_error=None)


def pause_s(mail: MessageMail) -> int:
    """Seconds to the next try after `attempts` failures: doubling up to an hour, and up to a quarter more by the id, so that
    what failed together is not tried again together."""
    whole: int = min(FIRST_PAUSE_S * 2 ** min(max(mail.attempts - 1, 0), 20), LONGEST_PAUSE_S)
    return whole + whole * (int(hashlib.sha256(mail.mail_id.encode()).hexdigest()[:4], 16) % 26) // 100


# -- what it says ----------------------------------------------------------------------------------------------------

_WORDS = {
    "de": {
        "subject": "Nachricht auf dem Anrufbeantworter",
        "forwarded": "Weitergeleitet: Nachricht auf dem Anrufbeantworter",
        "from": "von",
        "opening": "Auf dem Anrufbeantworter wurde eine Nachricht hinterlassen.",
        "project": "Projekt",
        "client": "Auftraggeber",
        "number": "Angerufene Nummer",
        "caller": "Anrufer",
        "unknown": "unbekannt",
        "received": "Eingegangen",
        "length": "Länge",
        "sent_by": "Weitergeleitet von",
        "note": "Bemerkung",
        "attached": "Die Aufnahme ist angehängt.",
        "too_long": "Die Aufnahme ist für einen Anhang zu groß.",
        "listen": "Anhören",
        "sound": "nachricht",
        "time": "%d.%m.%Y %H:%M:%S %Z",
    },
    "en": {
        "subject": "Message on the answering machine",
        "forwarded": "Forwarded: message on the answering machine",
        "from": "from",
        "opening": "A message was left on the answering machine.",
        "project": "Project",
        "client": "Client",
        "number": "Number called",
        "caller": "Caller",
        "unknown": "unknown",
        "received": "Received",
        "length": "Length",
        "sent_by": "Forwarded by",
        "note": "Note",
        "attached": "The recording is attached.",
        "too_long": "The recording is too large to be attached.",
        "listen": "Listen",
        "sound": "message",
        "time": "%Y-%m-%d %H:%M:%S %Z",
    },
}


def letter_of(message: VoiceMessage, about: About) -> Letter:
    """The mail's subject and text, in German or English: the language of the project."""
    language = about.language if about.language in _WORDS else "en"
    words = _WORDS[language]
    caller = _caller(message, about, words["unknown"])
    moment = datetime.fromtimestamp(message.received_at / SECOND, about.zone)
    title = words["subject" if about.forwarded_by is None else "forwarded"]
    subject = f"{title}: {about.project_name or message.did}, {words['from']} {caller}"
    facts = [
        (words["project"], about.project_name),
        (words["client"], about.client_name),
        (words["number"], message.did),
        (words["caller"], caller),
        (words["received"], moment.strftime(words["time"])),
        (words["length"], _length(message.duration_ms)),
        (words["sent_by"], about.forwarded_by),
        (words["note"], about.note or None),
    ]
    lines = [words["opening"], ""]
    lines += [f"{name}: {one_line(value, LONGEST_LINE)}" for name, value in facts if value is not None]
    lines += ["", words["attached"]] if about.is_attached else []
    lines += ["", f"{words['listen']}: {about.link}"] if about.link is not None else []
    lines += ["", words["too_long"]] if not about.is_attached and about.link is None else []
    return Letter(
        language=language,
        subject=one_line(subject, LONGEST_SUBJECT),
        text="\n".join(lines) + "\n",
        sound_name=f"{words['sound']}-{moment:%Y%m%d-%H%M%S}.wav",
    )


def one_line(text: str, longest: int) -> str:
    """The text on one line, at most so long: what controls, breaks lines or turns their direction is a space."""
    clean = "".join(" " if unicodedata.category(each) in _UNSEEN else each for each in text[: longest * 4])
    short = " ".join(clean.split())
    return short if len(short) <= longest else short[: longest - 1].rstrip() + "…"


_UNSEEN = frozenset(["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"])


def _caller(message: VoiceMessage, about: About, unknown: str) -> str:
    number = about.caller_number or message.masked_caller
    if about.caller_name:
        return f"{about.caller_name} ({number})" if number else about.caller_name
    return number or unknown


def _length(duration_ms: int | None) -> str | None:
    if duration_ms is None:
        return None
    seconds = (duration_ms + 500) // 1_000
    return f"{seconds // 60}:{seconds % 60:02}"
