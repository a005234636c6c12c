"""Quality reviews as rows and back. Words are sealed under keys of their own; marks and scores are not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection

from recording.quality.review import Judgement, QualityReview, RatedCall, Remark, ReviewState, Said, Side, Version
from recording.quality.score import Score
from store.parties import PartyKeys
from store.tables.quality import QUALITY_ANSWERS, QUALITY_VERSIONS
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, UserId

_PAGE = 500


class _Words(msgspec.Struct):
    """What a version says in words."""

    remarks: tuple[Remark, ...] = ()
    summary: str = ""
    reason: str = ""


def row_of(review: QualityReview, keys: PartyKeys) -> dict[str, Any]:
    """The review's own row."""
    call, current = review.call, review.current
    sealed: tuple[bytes | None, bytes | None] = (None, None)
    if review.draft != Judgement():
        sealed = keys.seal_record(f"quality-draft:{review.review_id}", msgspec.json.encode(review.draft))
    return {
        "review_id": review.review_id,
        "segment_id": call.segment_id,
        "project_id": call.project_id,
        "client_id": call.client_id,
        "call_id": call.call_id,
        "agent_id": call.agent_id,
        "call_agents": " ".join(call.call_agents),
        "kept_as": call.kept_as,
        "recorded_at": call.recorded_at,
        "reviewer": review.reviewer,
        "form_version": review.form_version,
        "calibration_id": review.calibration_id,
        "assigned_at": review.assigned_at,
        "assigned_by": review.assigned_by,
        "state": review.state.value,
        "handed_in_at": review.versions[0].handed_in_at if review.versions else None,
        "hundredths": None if current is None else current.score.hundredths,
        "answer_until": review.answer_until,
        "closed_at": review.closed_at,
        "draft_key": sealed[0],
        "draft": sealed[1],
    }


def version_row(review_id: str, version: Version, keys: PartyKeys) -> dict[str, Any]:
    """One version's row."""
    words = _Words(remarks=version.judgement.remarks, summary=version.judgement.summary, reason=version.reason)
    wrapped_key, sealed = keys.seal_record(f"quality-version:{review_id}:{version.number}", msgspec.json.encode(words))
    return {
        "review_id": review_id,
        "number": version.number,
        "marks": msgspec.json.encode(version.judgement.marks).decode(),
        "score": msgspec.json.encode(version.score).decode(),
        "is_knocked_out": bool(version.score.knocked_out_by),
        "handed_in_at": version.handed_in_at,
        "by": version.by,
        "wrapped_key": wrapped_key,
        "words": sealed,
    }


def answer_row(review_id: str, said: Said, keys: PartyKeys) -> dict[str, Any]:
    """The row of what was said."""
    wrapped_key, sealed = keys.seal_record(f"quality-answer:{review_id}:{said.number}", said.words.encode())
    return {
        "review_id": review_id,
        "number": said.number,
        "side": said.side.value,
        "said_at": said.said_at,
        "said_by": said.said_by,
        "to_version": said.to_version,
        "wrapped_key": wrapped_key,
        "words": sealed,
    }


async def reviews_of(connection: AsyncConnection, rows: Sequence[Row[Any]], keys: PartyKeys) -> list[QualityReview]:
    """The reviews of these rows, whole, in their order."""
    ids = [row.review_id for row in rows]
    versions: dict[str, list[Version]] = {each: [] for each in ids}
    answers: dict[str, list[Said]] = {each: [] for each in ids}
    for start in range(0, len(ids), _PAGE):
        page = ids[start : start + _PAGE]
        asked = select(QUALITY_VERSIONS).where(QUALITY_VERSIONS.c.review_id.in_(page)).order_by(QUALITY_VERSIONS.c.number)
        for row in (await connection.execute(asked)).all():
            versions[row.review_id].append(_version(row, keys))
        asked = select(QUALITY_ANSWERS).where(QUALITY_ANSWERS.c.review_id.in_(page)).order_by(QUALITY_ANSWERS.c.number)
        for row in (await connection.execute(asked)).all():
            answers[row.review_id].append(_said(row, keys))
    return [_review(row, versions[row.review_id], answers[row.review_id], keys) for row in rows]


def call_of(row: Row[Any]) -> RatedCall:
    """What the review of that row is about."""
    return RatedCall(
        segment_id=row.segment_id,
        project_id=ProjectId(row.project_id),
        client_id=ClientId(row.client_id),
        call_id=CallId(row.call_id),
        agent_id=AgentId(row.agent_id),
        call_agents=tuple(AgentId(each) for each in row.call_agents.split()),
        kept_as=row.kept_as,
        recorded_at=Instant(row.recorded_at),
    )


def marks_of(text: str) -> Mapping[str, int | None]:
    """The marks of a version's row."""
    return msgspec.json.decode(text, type=dict[str, int | None])


def _review(row: Row[Any], versions: Iterable[Version], answers: Iterable[Said], keys: PartyKeys) -> QualityReview:
    draft = Judgement()
    if row.draft_key is not None:
        draft = msgspec.json.decode(keys.open_record(f"quality-draft:{row.review_id}", row.draft_key, row.draft), type=Judgement)
    return QualityReview(
        review_id=row.review_id,
        call=call_of(row),
        reviewer=UserId(row.reviewer),
        form_version=row.form_version,
        assigned_at=Instant(row.assigned_at),
        assigned_by=UserId(row.assigned_by),
        calibration_id=row.calibration_id,
        state=ReviewState(row.state),
        draft=draft,
        versions=tuple(versions),
        answers=tuple(answers),
        answer_until=row.answer_until,
        closed_at=row.closed_at,
    )


def _version(row: Row[Any], keys: PartyKeys) -> Version:
    words = _Words()
    if row.wrapped_key is not None:
        clear = keys.open_record(f"quality-version:{row.review_id}:{row.number}", row.wrapped_key, row.words)
        words = msgspec.json.decode(clear, type=_Words)
    return Version(
        number=row.number,
        judgement=Judgement(marks=marks_of(row.marks), remarks=words.remarks, summary=words.summary),
        score=msgspec.json.decode(row.score, type=Score),
        handed_in_at=Instant(row.handed_in_at),
        by=UserId(row.by),
        reason=words.reason,
    )


def _said(row: Row[Any], keys: PartyKeys) -> Said:
    clear = b""
    if row.wrapped_key is not None:
        clear = keys.open_record(f"quality-answer:{row.review_id}:{row.number}", row.wrapped_key, row.words)
    return Said(
        number=row.number,
        side=Side(row.side),
        words=clear.decode(),
        said_at=Instant(row.said_at),
        said_by=UserId(row.said_by),
        to_version=row.to_version,
    )
