"""Quality reviews: given out, rated, answered. Every act is judged and written in one transaction, and on record with it.

What is handed in becomes a review that levels rest on in that same transaction: once, and corrected where it is corrected.
"""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from recording.quality.acts import NotTheirs, Wish, done
from recording.quality.report import Rated
from recording.quality.review import Act, Faults, Obstacle, QualityReview, ReviewState, dropped, let_pass
from recording.quality.rules import Rater, RatingRules
from routing.levels.review import QUALITY_REVIEW
from store.audit import Altered, Author, put_on_record
from store.engine import forget_old_pages, reading, writing
from store.parties import PartyKeys
from store.quality_forms import read_form, read_rules
from store.quality_grants import hear_after, let_reviewer_hear
from store.quality_rows import answer_row, marks_of, reviews_of, row_of, version_row
from store.tables.accounts import USERS
from store.tables.levels import REVIEWS
from store.tables.quality import QUALITY_ANSWERS, QUALITY_REVIEWS, QUALITY_VERSIONS
from store.upserts import insert_new
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

_REVIEWS = QUALITY_REVIEWS.c
Outcome = QualityReview | Obstacle | Faults | NotTheirs | None


class QualityReviews:
    """Reviews by id, by agent, by reviewer."""

    def __init__(self, engine: AsyncEngine, keys: PartyKeys) -> None:
        self._engine = engine
        self._keys = keys

    async def give_out(self, reviews: Sequence[QualityReview], *, by: Author) -> Sequence[QualityReview]:
        """These drafts wait for their reviewers; a call somebody rates already is left out."""
        given: list[QualityReview] = []
        async with writing(self._engine) as connection:
            for each in reviews:
                added = await connection.execute(insert_new(self._engine, QUALITY_REVIEWS).values(**row_of(each, self._keys)))
                if added.rowcount == 1:
                    given.append(each)
                    await let_reviewer_hear(connection, each, by=by)
            told = [Altered(deed="quality_review.assigned", subject=each.review_id, after=_given(each)) for each in given]
            await put_on_record(connection, by, told)
        return given

    async def act(self, review_id: str, wish: Wish, *, by: Author) -> Outcome:
        """The review as it is now, or why it stays as it was; None: there is no such review."""
        async with writing(self._engine) as connection:
            review = await self._locked(connection, review_id)
            who = await rater(connection, by.user_id)
            if review is None or who is None:
                return None if review is None else NotTheirs.NOT_THEIRS
            form = await read_form(connection, review.call.project_id, review.form_version)
            _, rules = await read_rules(connection, review.call.project_id)
            if form is None:
                return None
            result = done(review, wish, who, form=form, rules=rules, now=by.at)
            if isinstance(result, QualityReview):
                await self._write(connection, review, result)
                await hear_after(connection, review, result, rules, await _agents_user(connection, review), by=by)
                if len(result.versions) > len(review.versions) and result.calibration_id is None:
                    await _feed_levels(connection, result, form.name)
                if wish.act is Act.SAVE:
                    return result
                told = Altered(
                    deed=f"quality_review.{wish.act.value}", subject=review_id, before=_told(review), after=_told(result)
                )
                await put_on_record(connection, by, [told])
        return result

    async def let_pass(self, *, by: Author, limit: int = 100) -> int:
        """Reviews whose agents did not answer in time are closed."""
        due = _REVIEWS.state == ReviewState.HANDED_IN.value, _REVIEWS.answer_until <= by.at
        count = 0
        async with writing(self._engine) as connection:
            query = select(QUALITY_REVIEWS).where(*due).order_by(_REVIEWS.answer_until).limit(limit).with_for_update()
            for review in await reviews_of(connection, (await connection.execute(query)).all(), self._keys):
                closed = let_pass(review, by.at)
                if isinstance(closed, QualityReview):
                    await self._write(connection, review, closed)
                    await hear_after(connection, review, closed, RatingRules(), None, by=by)
                    count += 1
        return count

    async def drop_lost(self, review_ids: Sequence[str], *, by: Author) -> int:
        """Drafts whose recordings are gone are dropped."""
        count = 0
        async with writing(self._engine) as connection:
            for review_id in review_ids:
                review = await self._locked(connection, review_id)
                gone = None if review is None else dropped(review, by.at)
                if review is not None and isinstance(gone, QualityReview):
                    await self._write(connection, review, gone)
                    await hear_after(connection, review, gone, RatingRules(), None, by=by)
                    deed = Altered(deed="quality_review.drop", subject=review_id, before=_told(review), after=_told(gone))
                    await put_on_record(connection, by, [deed])
                    count += 1
        return count

    async def review(self, review_id: str) -> QualityReview | None:
        """That review."""
        found = await self._listed(select(QUALITY_REVIEWS).where(_REVIEWS.review_id == review_id))
        return found[0] if found else None

    async def calibration(self, calibration_id: str) -> tuple[QualityReview, ...]:
        """All reviews of that calibration."""
        query = select(QUALITY_REVIEWS).where(_REVIEWS.calibration_id == calibration_id).order_by(_REVIEWS.review_id)
        return tuple(await self._listed(query))

    async def reviews(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        reviewer: UserId | None = None,
        is_calibration: bool | None = None,
        states: Collection[ReviewState] | None = None,
        limit: int = 1_000,
    ) -> Sequence[QualityReview]:
        """Reviews given out within [from_at, to_at), the newest first; of these agents, reviewer, kind and states where given."""
        query = select(QUALITY_REVIEWS).where(_REVIEWS.assigned_at >= from_at, _REVIEWS.assigned_at < to_at)
        if agent_ids is not None:
            query = query.where(_REVIEWS.agent_id.in_(sorted(agent_ids)))
        if reviewer is not None:
            query = query.where(_REVIEWS.reviewer == reviewer)
        if is_calibration is not None:
            query = query.where(_REVIEWS.calibration_id.is_not(None) if is_calibration else _REVIEWS.calibration_id.is_(None))
        if states is not None:
            query = query.where(_REVIEWS.state.in_(sorted(states)))
        return await self._listed(query.order_by(_REVIEWS.assigned_at.desc(), _REVIEWS.review_id).limit(limit))

    async def rated(
        self,
        from_at: Instant,
        to_at: Instant,
        *,
        agent_ids: Collection[AgentId] | None = None,
        project_id: ProjectId | None = None,
    ) -> Sequence[tuple[Instant, Rated]]:
        """What holds of the reviews first handed in within [from_at, to_at), calibrations apart; `period` is left empty."""
        versions = QUALITY_VERSIONS.c
        query = select(QUALITY_REVIEWS, versions.marks, versions.is_knocked_out)
        query = query.select_from(QUALITY_REVIEWS.join(QUALITY_VERSIONS, versions.review_id == _REVIEWS.review_id))
        of_one = QUALITY_VERSIONS.alias()
        newest = select(func.max(of_one.c.number)).where(of_one.c.review_id == _REVIEWS.review_id).correlate(QUALITY_REVIEWS)
        query = query.where(versions.number == newest.scalar_subquery())
        query = query.where(_REVIEWS.calibration_id.is_(None), _REVIEWS.handed_in_at >= from_at, _REVIEWS.handed_in_at < to_at)
        if agent_ids is not None:
            query = query.where(_REVIEWS.agent_id.in_(sorted(agent_ids)))
        if project_id is not None:
            query = query.where(_REVIEWS.project_id == project_id)
        async with reading(self._engine) as connection:
            rows = (await connection.execute(query.order_by(_REVIEWS.handed_in_at))).all()
        return [(Instant(row.handed_in_at), _rated(row)) for row in rows]

    async def erase_words(self, agent_id: AgentId, *, by: Author) -> int:
        """What was written in this agent's reviews, of either side, has lost its keys; how many reviews had some."""
        mine = select(_REVIEWS.review_id).where(_REVIEWS.agent_id == agent_id)
        gone = {"wrapped_key": None, "words": None}
        async with writing(self._engine) as connection:
            for table in (QUALITY_VERSIONS, QUALITY_ANSWERS):
                await connection.execute(update(table).where(table.c.review_id.in_(mine)).values(**gone))
            theirs = update(QUALITY_REVIEWS).where(_REVIEWS.agent_id == agent_id)
            count = (await connection.execute(theirs.values(draft_key=None, draft=None))).rowcount
            told = Altered(deed="quality_review.words_erased", subject=agent_id, after={"reviews": count})
            await put_on_record(connection, by, [told])
        await forget_old_pages(self._engine)
        return count

    async def _listed(self, query: Select[Any]) -> list[QualityReview]:
        async with reading(self._engine) as connection:
            return await reviews_of(connection, (await connection.execute(query)).all(), self._keys)

    async def _locked(self, connection: AsyncConnection, review_id: str) -> QualityReview | None:
        query = select(QUALITY_REVIEWS).where(_REVIEWS.review_id == review_id).with_for_update()
        found = await reviews_of(connection, (await connection.execute(query)).all(), self._keys)
        return found[0] if found else None

    async def _write(self, connection: AsyncConnection, before: QualityReview, after: QualityReview) -> None:
        mine = _REVIEWS.review_id == after.review_id
        await connection.execute(update(QUALITY_REVIEWS).where(mine).values(**row_of(after, self._keys)))
        for version in after.versions[len(before.versions) :]:
            await connection.execute(insert(QUALITY_VERSIONS).values(**version_row(after.review_id, version, self._keys)))
        for said in after.answers[len(before.answers) :]:
            await connection.execute(insert(QUALITY_ANSWERS).values(**answer_row(after.review_id, said, self._keys)))


async def rater(connection: AsyncConnection, user_id: UserId) -> Rater | None:
    """That person as the centre knows them now; a program and the service itself are nobody here."""
    query = select(USERS.c.role, USERS.c.is_active, USERS.c.agent_id).where(USERS.c.user_id == user_id)
    row = (await connection.execute(query)).first()
    return None if row is None else Rater(user_id=user_id, role=row.role, is_active=row.is_active, agent_id=row.agent_id)


async def _agents_user(connection: AsyncConnection, review: QualityReview) -> UserId | None:
    """The log-in of the agent who is rated."""
    query = select(USERS.c.user_id).where(USERS.c.agent_id == review.call.agent_id, USERS.c.role == "agent")
    found = (await connection.execute(query.where(USERS.c.is_active.is_(True)).limit(1))).scalar()
    return None if found is None else UserId(found)


async def _feed_levels(connection: AsyncConnection, review: QualityReview, form: str) -> None:
    """One review that levels rest on: of the time it was first handed in, with what holds of it now."""
    call, current = review.call, review.versions[-1]
    login = select(USERS.c.login).where(USERS.c.user_id == review.reviewer)
    values = {
        "agent_id": call.agent_id,
        "reviewer": (await connection.execute(login)).scalar() or review.reviewer,
        "score": current.score.points,
        "form_version": form,
        "reviewed_at": review.versions[0].handed_in_at,
        "call_id": call.call_id,
        "project_id": call.project_id,
        "recording_id": call.segment_id,
        "origin": QUALITY_REVIEW,
    }
    mine = REVIEWS.c.review_id == f"quality:{review.review_id}"
    if (await connection.execute(update(REVIEWS).where(mine).values(**values))).rowcount == 0:
        await connection.execute(insert(REVIEWS).values(review_id=f"quality:{review.review_id}", **values))


def _rated(row: Row[Any]) -> Rated:
    return Rated(
        period="",
        project_id=ProjectId(row.project_id),
        agent_id=AgentId(row.agent_id),
        form_version=row.form_version,
        marks=marks_of(row.marks),
        hundredths=row.hundredths,
        is_knocked_out=row.is_knocked_out,
    )


def _given(review: QualityReview) -> dict[str, Any]:
    about = {"segment_id": review.call.segment_id, "agent_id": review.call.agent_id, "calibration_id": review.calibration_id}
    return {**about, "reviewer": review.reviewer, "form_version": review.form_version}


def _told(review: QualityReview) -> dict[str, Any]:
    """What the record tells: no words, which are sealed, and no marks of a draft, which is nobody's business yet."""
    current = review.current
    told = {"state": review.state.value, "version": len(review.versions), "answers": len(review.answers)}
    return told if current is None else {**told, "score": current.score.hundredths}
