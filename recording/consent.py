"""The texts by which called parties are asked: published only when they say all that consent needs, and never changed again."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from telephony.identifiers import Instant, ProjectId, UserId
from telephony.order_segments import ConsentPurpose, ConsentWords

LONGEST = 4_000
SOUND = "^[a-z0-9-]+(/[a-z0-9-]+){0,3}$"
"""How a sound in the folder of a language is named."""


class Part(StrEnum):
    """What a text has to name, for consent to be informed (GDPR 4(11), 7(3), 13)."""

    RECORDER = "recorder"
    """Who records."""
    CLIENT = "client"
    """In whose name the call is made."""
    PURPOSE = "purpose"
    KEEPER = "keeper"
    """Who keeps the recording."""
    TERM = "term"
    """For how long."""
    WITHDRAWAL = "withdrawal"
    """How to take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A text to be published. `names`: the words of the text in which each part stands, as they stand there."""

    project_id: ProjectId
    language: str
    text: str
    names: Mapping[Part, str] = field(default_factory=lambda: MappingProxyType({}))
    purpose: ConsentPurpose = ConsentPurpose.ORDER
    prompt: str | None = None
    """The sound that says it to who is asked by a key; None: agents read it out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText:
    """A published text; the newest of its project, purpose and language is read."""

    project_id: ProjectId
    language: str
    version: int
    text: str
    names: Mapping[Part, str]
    published_at: Instant
    published_by: UserId
    purpose: ConsentPurpose = ConsentPurpose.ORDER
    prompt: str | None = None

    @property
    def words(self) -> ConsentWords:
        """What a consent to it names in the journal."""
        return ConsentWords(language=self.language, version=self.version, sha256=self.sha256, purpose=self.purpose)

    @property
    def sha256(self) -> str:
        """What binds a consent to these very words."""
        return sha256(self.text.encode()).hexdigest()


class TextFault(StrEnum):
    """Why a text cannot be published."""

    EMPTY = "empty"
    TOO_LONG = "too_long"
    PART_MISSING = "part_missing"
    """Nothing is said of it."""
    NOT_IN_TEXT = "not_in_text"
    """What is said to name it does not stand in the text."""
    SAME_WORDS = "same_words"
    """The same words cannot name two parts."""


def faults_of(draft: Draft) -> tuple[tuple[TextFault, Part | None], ...]:
    """All that is missing; none: it may be published."""
    text = _plain(draft.text)
    if not text:
        return ((TextFault.EMPTY, None),)
    found: list[tuple[TextFault, Part | None]] = []
    if len(draft.text) > LONGEST:
        found.append((TextFault.TOO_LONG, None))
    seen: set[str] = set()
    for part in Part:
        named = _plain(draft.names.get(part, ""))
        if not named:
            found.append((TextFault.PART_MISSING, part))
        elif named not in text:
            found.append((TextFault.NOT_IN_TEXT, part))
        elif named in seen and _holders(named, draft) != {Part.RECORDER, Part.KEEPER}:
            found.append((TextFault.SAME_WORDS, part))
        seen.add(named)
    return tuple(found)


def _holders(named: str, draft: Draft) -> set[Part]:
    """Who records may be who keeps it; nothing else is one and the same."""
    return {part for part in Part if _plain(draft.names.get(part, "")) == named}


def _plain(words: str) -> str:
    return " ".join(words.split()).casefold()
