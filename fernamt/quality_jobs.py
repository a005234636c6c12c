"""The worker's part in quality reviews: gives recordings to reviewers, closes what nobody answered, prolongs terms."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import structlog

from fernamt.installation import Database
from fernamt.moment import new_id, now
from recording.consent import Part
from recording.quality.assignment import assigned, periods_back, quota
from recording.quality.form import Form
from recording.quality.review import QualityReview, RatedCall
from recording.quality.rules import RatingRules, may_be_rated
from recording.retention import DAY, sample_kept_until
from store.audit import the_service
from store.consent_texts import ConsentTextStore
from store.journal_codec import JournalCodec
from store.journal_reading import JournalReader
from store.parties import PartyKeys
from store.quality_calls import QualityCalls, Rateable
from store.quality_forms import QualityForms
from store.quality_reviews import QualityReviews
from store.recording_terms import RecordingTermsStore
from store.vault import VaultStore
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

LOOK_EVERY_S = 20.0
LEAST_LEFT_US = DAY
"""A recording that goes sooner is given to nobody."""

_log = structlog.get_logger("fernamt.quality")


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySources:
    """Where recordings, people and rules come from."""

    reviews: QualityReviews
    forms: QualityForms
    calls: QualityCalls
    texts: ConsentTextStore
    journal: JournalReader
    vault: VaultStore


def quality_sources(database: Database, keys: PartyKeys) -> QualitySources:
    """All of this installation."""
    engine = database.engine
    return QualitySources(
        reviews=QualityReviews(engine, keys),
        forms=QualityForms(engine),
        calls=QualityCalls(engine),
        texts=ConsentTextStore(engine),
        journal=JournalReader(engine, JournalCodec()),
        vault=VaultStore(engine),
    )


class GiveOutReviews:
    """Every agent's sampled calls are given to reviewers, spread over the period; what ran out of time is closed or dropped."""

    name = "give_out_reviews"

    def __init__(self, sources: QualitySources, terms: RecordingTermsStore, zone: ZoneInfo) -> None:
        self._sources, self._terms = sources, terms
        self._zone = zone

    async def run_once(self, is_stopping: Callable[[], bool]) -> float:
        """What was to be given out is; terms are kept."""
        sources, by = self._sources, replace(the_service(), at=now())
        await self._prolong(by.at)
        closed = await sources.reviews.let_pass(by=by)
        lost = await sources.reviews.drop_lost(await sources.calls.lost(), by=by)
        given = 0
        for project_id, rules in (await sources.forms.all_rules()).items():
            if is_stopping():
                break
            given += await self._give_out(project_id, rules, by.at)
        if closed or lost or given:
            _log.info("reviews", given_out=given, closed_unanswered=closed, dropped_without_recording=lost)
        return LOOK_EVERY_S

    async def _prolong(self, at: Instant) -> None:
        """Samples that were rated are kept as their projects keep rated ones, never shorter than before."""
        for each in await self._sources.calls.unkept():
            terms = await self._terms.of(each.project_id)
            until = sample_kept_until(each.stopped_at, is_rated=True, rated_days=terms.rated_days)
            if until > each.kept_until:
                await self._sources.vault.keep_until(each.segment_id, until, by=the_service())
            await self._sources.calls.note_kept(each.review_id, at)

    async def _give_out(self, project_id: ProjectId, rules: RatingRules, at: Instant) -> int:
        form = await self._sources.forms.form(project_id)
        raters = await self._sources.calls.raters(rules.raters)
        if form is None or not raters:
            return 0
        count, terms = 0, await self._terms.of(project_id)
        for period in periods_back(at, terms.unrated_days, rules.period, self._zone):
            most, rated = quota(rules, period, at), await self._sources.calls.rated_of(project_id, *period)
            full = frozenset(each for each, so_many in rated.items() if so_many >= most)
            chosen = assigned(
                await self._calls(project_id, rules, period, full),
                rated=rated,
                loads=await self._sources.calls.loads(),
                raters=raters,
                rules=rules,
                most=most,
            )
            reviews = [a_draft(each.call, each.reviewer, form, at, by=the_service().user_id) for each in chosen]
            count += len(await self._sources.reviews.give_out(reviews, by=the_service()))
        return count

    async def _calls(
        self, project_id: ProjectId, rules: RatingRules, period: tuple[Instant, Instant], full: frozenset[AgentId]
    ) -> Sequence[RatedCall]:
        """Calls of agents whose share is not `full`: the journal is read for no others."""
        found = await self._sources.calls.unrated(project_id, *period, kept_past=Instant(now() + LEAST_LEFT_US))
        due = [each for each in found if each.segment.agent_id not in full]
        rateable = [await rated_call(each, rules, self._sources.texts, self._sources.journal) for each in due]
        return [each for each in rateable if each is not None]


async def rated_call(found: Rateable, rules: RatingRules, texts: ConsentTextStore, journal: JournalReader) -> RatedCall | None:
    """The call as something to be rated, with everybody it touched; None: it had no agent, or nobody agreed to a rating."""
    segment = found.segment
    if segment.agent_id is None:
        return None
    purposes = {each.sha256: each.names.get(Part.PURPOSE, "") for each in await texts.texts(segment.project_id)}
    if not may_be_rated(found.kept_as, rules, purposes.get(segment.consent_text, "")):
        return None
    agents: dict[AgentId, None] = {segment.agent_id: None}
    async for envelope in journal.read_call(segment.call_id):
        if envelope.agent_id is not None:
            agents[envelope.agent_id] = None
    return RatedCall(
        segment_id=segment.segment_id,
        project_id=segment.project_id,
        client_id=segment.client_id,
        call_id=segment.call_id,
        agent_id=segment.agent_id,
        call_agents=tuple(agents),
        kept_as=found.kept_as,
        recorded_at=segment.stopped_at,
    )


def a_draft(
    call: RatedCall, reviewer: UserId, form: Form, at: Instant, *, by: UserId, calibration_id: str | None = None
) -> QualityReview:
    """A review that waits for its reviewer."""
    return QualityReview(
        review_id=new_id(now()),
        call=call,
        reviewer=reviewer,
        form_version=form.version,
        assigned_at=at,
        assigned_by=by,
        calibration_id=calibration_id,
    )
