"""Recording in the web edge's surroundings, in memory."""

from collections.abc import Mapping, Sequence
from typing import Any

from recording.consent import ConsentText, Draft, Part, TextFault, faults_of
from recording.sampling_report import SamplingReport
from store.audit import Author
from store.recording_grants import NoSuchAccess
from telephony.identifiers import Instant, ProjectId, UserId
from telephony.order_segments import ConsentPurpose

TEXT = "Centre GmbH records this for Acme as proof of your order; Centre GmbH keeps it 6 months. Say stop at any time."
NAMES = {
    Part.RECORDER: "Centre GmbH",
    Part.CLIENT: "Acme",
    Part.PURPOSE: "proof of your order",
    Part.KEEPER: "Centre GmbH",
    Part.TERM: "6 months",
    Part.WITHDRAWAL: "Say stop at any time",
}


def a_text(
    project: str, *, language: str = "en", version: int = 1, purpose: ConsentPurpose = ConsentPurpose.ORDER
) -> ConsentText:
    return ConsentText(
        project_id=ProjectId(project),
        language=language,
        version=version,
        text=TEXT,
        names=NAMES,
        published_at=Instant(1_800_000_000_000_000),
        published_by=UserId("boss"),
        purpose=purpose,
    )


def texts_of(project: str) -> list[ConsentText]:
    """One for each thing that agents ask for."""
    return [a_text(project, purpose=purpose) for purpose in ConsentPurpose]


class MemoryConsentTexts:
    """The store, as lists."""

    def __init__(self) -> None:
        self.rows: list[ConsentText] = []

    async def publish(self, draft: Draft, *, by: Author) -> ConsentText | tuple[tuple[TextFault, Part | None], ...]:
        if faults := faults_of(draft):
            return faults
        there = await self.in_force(draft.project_id, draft.language, draft.purpose)
        text = ConsentText(
            project_id=draft.project_id,
            language=draft.language,
            version=1 if there is None else there.version + 1,
            text=draft.text,
            names=draft.names,
            published_at=by.at,
            published_by=by.user_id,
            purpose=draft.purpose,
            prompt=draft.prompt,
        )
        self.rows.insert(0, text)
        return text

    async def texts(self, project_id: ProjectId) -> Sequence[ConsentText]:
        return [text for text in self.rows if text.project_id == project_id]

    async def in_force(
        self, project_id: ProjectId, language: str, purpose: ConsentPurpose = ConsentPurpose.ORDER
    ) -> ConsentText | None:
        wanted = (language, purpose)
        return next((text for text in await self.texts(project_id) if (text.language, text.purpose) == wanted), None)


class MemorySealedSegments:
    """The vault's word, as a set."""

    def __init__(self) -> None:
        self.names: dict[str, set[str]] = {}

    async def sealed(self, order_id: str) -> frozenset[str]:
        return frozenset(self.names.get(order_id, ()))

    async def sealed_of(self, order_ids: Sequence[str]) -> Mapping[str, frozenset[str]]:
        return {order_id: await self.sealed(order_id) for order_id in order_ids if order_id in self.names}

    async def listed(self, *, call_id: str | None = None, order_id: str | None = None, limit: int = 100) -> Sequence[Any]:
        return []

    async def told(self, segment_id: str) -> None:
        return None


class NobodysAccess:
    """No request, no grant, no sitting: whatever is named is not there. The real store is in test_listening.py."""

    def __getattr__(self, name: str) -> Any:
        async def nothing(*_args: Any, **_named: Any) -> Sequence[Any]:
            if name in ("requests", "grants_of", "accesses"):
                return []
            raise NoSuchAccess("there is nothing")

        return nothing


class Silence:
    """The vault's sound: never asked for where nobody has a grant."""


class MemorySamplingReports:
    """What became of draws, as a list."""

    def __init__(self) -> None:
        self.rows: list[SamplingReport] = []
        self.asked: list[tuple[Instant, Instant]] = []

    async def report(self, since: Instant, to: Instant) -> Sequence[SamplingReport]:
        self.asked.append((since, to))
        return self.rows


def a_report(project: str) -> SamplingReport:
    """Of ten calls two were drawn, and one was recorded."""
    return SamplingReport(
        project_id=ProjectId(project),
        rates_permille=(200,),
        calls=10,
        drawn=2,
        asked=2,
        agreed=1,
        recorded=1,
        withdrawn=0,
        without_text=0,
        over_cap=0,
    )
