"""Who may hear a recording: nobody, but by a grant. Pure.

A grant names one segment, one person, one ground and an end. It comes of an escalation, which one person asks for and another
approves, or of a review that was assigned; a release, asked for and approved alike, lets its asker fetch one signed package. With
a grant to listen a person sits down to hear: a sitting belongs to that person's log-in and ends by itself. No login of a client
ever has a grant, whoever gives it.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from telephony.identifiers import SECOND, AgentId, Instant, UserId

HOUR: Final = 3_600 * SECOND
DAY: Final = 24 * HOUR
ASKED_LASTS: Final = 3 * DAY
"""A request that nobody decides on by then is void."""
LISTENING_LASTS: Final = DAY
RELEASE_LASTS: Final = 3 * DAY
SITTING_LASTS: Final = HOUR
LONGEST_GRANT: Final = 90 * DAY
"""No assignment of a review reaches farther."""


class Ground(StrEnum):
    """Why a grant was given."""

    ESCALATION = "escalation"
    REVIEW = "review"
    RELEASE = "release"
    """To fetch the package, not to listen."""


class Wanted(StrEnum):
    """What is asked for: to listen, or one of the ways a package leaves the house."""

    LISTEN = "listen"
    RELEASE_ESCALATION = "release_escalation"
    RELEASE_DATA_SUBJECT = "release_data_subject"
    RELEASE_CONTRACT_END = "release_contract_end"


class RequestState(StrEnum):
    """How far a request is."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"
    OVER = "over"
    """What was approved has ended."""


class Why(StrEnum):
    """Why something may not be."""

    NOT_OPEN = "not_open"
    SAME_PERSON = "same_person"
    OWN_CALL = "own_call"
    NOT_A_PERSON = "not_a_person"
    NOT_THEIRS = "not_theirs"
    NOT_TO_HEAR = "not_to_hear"
    NOT_TO_FETCH = "not_to_fetch"
    TOO_LONG = "too_long"
    OVER = "over"
    NOT_KEPT = "not_kept"


class Listener(StrEnum):
    """Roles that may ever hear a recording, as accounts are called. Clients are not among them."""

    AGENT = "agent"
    TEAM_LEADER = "team_leader"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    ADMIN = "admin"


LISTENERS: Final = frozenset(Listener)
DECIDERS: Final = frozenset({Listener.SUPERVISOR, Listener.ADMIN})
"""Who asks and who decides: it takes two of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Somebody who can log in, as far as it matters here."""

    user_id: UserId
    role: str
    agent_id: AgentId | None = None
    is_active: bool = True
    has_password: bool = True
    """A password of their own: nobody else enters as them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One person may, from then until then, hear one segment or fetch its package."""

    grant_id: str
    segment_id: str
    user_id: UserId
    ground: Ground
    from_at: Instant
    until_at: Instant
    given_by: UserId
    ended_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """A person listens under a grant, in one log-in of theirs."""

    sitting_id: str
    grant_id: str
    session_id: str
    opened_at: Instant
    until_at: Instant
    closed_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Somebody wants to hear a segment, or to release it, and says why."""

    request_id: str
    segment_id: str
    wanted: Wanted
    reason: str
    asked_by: UserId
    asked_by_agent: AgentId | None
    asked_at: Instant
    is_approved: bool | None = None
    decided_by: UserId | None = None
    decided_at: Instant | None = None
    decided_reason: str = ""
    ended_by: UserId | None = None
    ended_at: Instant | None = None

    def state(self, now: Instant) -> RequestState:
        """How far it is then."""
        if self.decided_at is None:
            if self.ended_at is not None:
                return RequestState.WITHDRAWN
            return RequestState.ASKED if now < self.lapses_at else RequestState.LAPSED
        if not self.is_approved:
            return RequestState.REFUSED
        is_over = self.ended_at is not None or now >= self.decided_at + lasts(self.wanted)
        return RequestState.OVER if is_over else RequestState.APPROVED

    @property
    def lapses_at(self) -> Instant:
        """When nobody may approve it any more."""
        return Instant(self.asked_at + ASKED_LASTS)


def purpose_of(request: AccessRequest) -> str:
    """What the released package says it is for: a code and the request's id, nobody's name."""
    return f"{request.wanted.value.removeprefix('release_')} {request.request_id}"


def lasts(wanted: Wanted) -> int:
    """For so long an approval holds."""
    return LISTENING_LASTS if wanted is Wanted.LISTEN else RELEASE_LASTS


def refusal_of_asking(asker: Account) -> Why | None:
    """Why that account may ask for nothing."""
    return None if _is_person(asker) and asker.role in DECIDERS else Why.NOT_A_PERSON


def refusal_of_decision(request: AccessRequest, decider: Account, spoke: AgentId | None, now: Instant) -> Why | None:
    """Why that account may not approve or refuse the request; `spoke` is the agent who is on the recording."""
    if request.state(now) is not RequestState.ASKED:
        return Why.NOT_OPEN
    if not _is_person(decider) or decider.role not in DECIDERS:
        return Why.NOT_A_PERSON
    if decider.user_id == request.asked_by or _are_one(decider.agent_id, request.asked_by_agent):
        return Why.SAME_PERSON
    return Why.OWN_CALL if _are_one(decider.agent_id, spoke) else None


def refusal_of_ending(request: AccessRequest, by: Account, now: Instant) -> Why | None:
    """Why that account may not take the request, or what came of it, back."""
    if request.state(now) not in (RequestState.ASKED, RequestState.APPROVED):
        return Why.NOT_OPEN
    return None if by.user_id == request.asked_by or by.role in DECIDERS else Why.NOT_THEIRS


def grant_of(request: AccessRequest) -> Grant | None:
    """What an approval gives to who asked."""
    if not request.is_approved or request.decided_at is None or request.decided_by is None:
        return None
    return Grant(
        grant_id=request.request_id,
        segment_id=request.segment_id,
        user_id=request.asked_by,
        ground=Ground.ESCALATION if request.wanted is Wanted.LISTEN else Ground.RELEASE,
        from_at=request.decided_at,
        until_at=Instant(request.decided_at + lasts(request.wanted)),
        given_by=request.decided_by,
    )


def refusal_of_grant(grant: Grant, receiver: Account) -> Why | None:
    """Why that account may not be given the grant."""
    if receiver.user_id != grant.user_id:
        return Why.NOT_THEIRS
    if not receiver.is_active or receiver.role not in LISTENERS:
        return Why.NOT_A_PERSON
    if grant.given_by == grant.user_id:
        return Why.SAME_PERSON
    return Why.TOO_LONG if grant.until_at - grant.from_at > LONGEST_GRANT else None


def refusal_of_sitting(grant: Grant, listener: Account, now: Instant) -> Why | None:
    """Why that account may not sit down to hear under the grant."""
    if grant.ground is Ground.RELEASE:
        return Why.NOT_TO_HEAR
    return _refusal_of_use(grant, listener, now)


def refusal_of_fetching(grant: Grant, fetcher: Account, now: Instant) -> Why | None:
    """Why that account may not fetch the package under the grant."""
    if grant.ground is not Ground.RELEASE:
        return Why.NOT_TO_FETCH
    return _refusal_of_use(grant, fetcher, now)


def sitting_of(grant: Grant, sitting_id: str, session_id: str, now: Instant) -> Sitting:
    """The sitting that begins now: it ends by itself, and never after its grant."""
    until_at = Instant(min(grant.until_at, now + SITTING_LASTS))
    return Sitting(sitting_id=sitting_id, grant_id=grant.grant_id, session_id=session_id, opened_at=now, until_at=until_at)


def refusal_of_hearing(sitting: Sitting, grant: Grant, listener: Account, session_id: str | None, now: Instant) -> Why | None:
    """Why that account, in that log-in, is not served a byte in the sitting."""
    if sitting.grant_id != grant.grant_id or session_id != sitting.session_id:
        return Why.NOT_THEIRS
    refusal = refusal_of_sitting(grant, listener, now)
    if refusal is not None:
        return refusal
    is_open = sitting.closed_at is None and sitting.opened_at <= now < sitting.until_at
    return None if is_open else Why.OVER


def _refusal_of_use(grant: Grant, account: Account, now: Instant) -> Why | None:
    if account.user_id != grant.user_id:
        return Why.NOT_THEIRS
    if not account.is_active or account.role not in LISTENERS:
        return Why.NOT_A_PERSON
    return None if grant.ended_at is None and grant.from_at <= now < grant.until_at else Why.OVER


def _is_person(account: Account) -> bool:
    return account.is_active and account.has_password


def _are_one(first: AgentId | None, second: AgentId | None) -> bool:
    return first is not None and first == second
