"""Who hears a recording because of a review: its reviewer while it is open, and the agent for as long as they may answer.

Each grant is given and taken back in the transaction of the act it comes of.
"""

from collections.abc import Iterator

from sqlalchemy.ext.asyncio import AsyncConnection

from recording.access import LONGEST_GRANT, Grant, Ground
from recording.quality.review import QualityReview, ReviewState
from recording.quality.rules import RatingRules
from store.audit import Author
from store.recording_grants import AccessRefused, NoSuchAccess, give, take_back
from telephony.identifiers import Instant, UserId

_OPEN = (ReviewState.DRAFT, ReviewState.HANDED_IN, ReviewState.ANSWERED)


def reviewers_grant(review: QualityReview) -> str:
    """The name of the reviewer's grant."""
    return review.review_id


def agents_grant(review: QualityReview) -> str:
    """The name of the agent's grant to hear what the present version is about."""
    return f"{review.review_id}-agent-{len(review.versions)}"


async def let_reviewer_hear(connection: AsyncConnection, review: QualityReview, *, by: Author) -> None:
    """The reviewer may hear the call until the review is closed, as long as a grant lasts."""
    until = Instant(by.at + LONGEST_GRANT)
    await _give(connection, _grant(review, reviewers_grant(review), review.reviewer, until, by), by)


async def hear_after(
    connection: AsyncConnection,
    before: QualityReview,
    after: QualityReview,
    rules: RatingRules,
    agent: UserId | None,
    *,
    by: Author,
) -> None:
    """Whose business it is no more hears the call no more; the agent does, where a version was handed in and the rules allow."""
    for name in _ended(before, after):
        try:
            await take_back(connection, name, by=by)
        except NoSuchAccess:
            continue  # it was never given: the sound was not there, or the rules did not allow it
    is_new = len(after.versions) > len(before.versions)
    if is_new and rules.agent_may_hear and agent is not None and after.answer_until is not None:
        await _give(connection, _grant(after, agents_grant(after), agent, after.answer_until, by), by)


def _ended(before: QualityReview, after: QualityReview) -> Iterator[str]:
    is_over = after.state not in _OPEN
    if is_over:
        yield reviewers_grant(after)
    if before.versions and (is_over or len(after.versions) > len(before.versions)):
        yield agents_grant(before)


def _grant(review: QualityReview, name: str, user_id: UserId, until_at: Instant, by: Author) -> Grant:
    return Grant(
        grant_id=name,
        segment_id=review.call.segment_id,
        user_id=user_id,
        ground=Ground.REVIEW,
        from_at=by.at,
        until_at=until_at,
        given_by=by.user_id,
    )


async def _give(connection: AsyncConnection, grant: Grant, by: Author) -> None:
    try:
        await give(connection, grant, by=by)
    except (AccessRefused, NoSuchAccess):
        return  # who cannot hear (no password of their own, sound gone) can still read
