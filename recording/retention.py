"""How long what is recorded is kept, by what it is for. Pure.

A quality sample is kept 30 days, 90 once it was rated, 180 at most. An order segment is kept until the order can no longer be
disputed: six months after the contract's start, and three years to the year's end where that is not known or comes later. A
consent is proven three years longer than its recording is kept (§31 OWiG, Art. 7(1) GDPR); who listened is known as long as the
recording, and two years at least. Of what was refused or aborted no sound is kept, and the fact for 30 days.
A project may keep its recordings for a shorter time, and samples that were rated up to their 180 days; no order longer.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final

from telephony.errors import FernamtError
from telephony.identifiers import SECOND, Instant

DAY: Final = 86_400 * SECOND
UNRATED_DAYS: Final = 30
RATED_DAYS: Final = 90
LONGEST_SAMPLE_DAYS: Final = 180
REFUSED_DAYS: Final = 30
DISPUTE_MONTHS: Final = 6
ORDER_YEARS: Final = 3
_CONSENT_YEARS: Final = 3
_ACCESS_YEARS: Final = 2


class RecordingClass(StrEnum):
    """What a recording is for: it decides how long it is kept."""

    QUALITY_SAMPLE = "quality_sample"
    ORDER_SEGMENT = "order_segment"
    REFUSED = "refused"
    """It may not be kept: no sound, and the fact for 30 days."""


class TermTooLong(FernamtError):
    """A project wants to keep recordings longer than may be."""

    code = "term_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingTerms:
    """How long a project keeps what it records."""

    unrated_days: int = UNRATED_DAYS
    rated_days: int = RATED_DAYS
    dispute_months: int = DISPUTE_MONTHS
    """After the start of the contract that was recorded."""
    order_years: int = ORDER_YEARS
    """To the end of that year, where the contract's start is not known, or comes later."""


LONGEST: Final = RecordingTerms(
    unrated_days=LONGEST_SAMPLE_DAYS, rated_days=LONGEST_SAMPLE_DAYS, dispute_months=12 * ORDER_YEARS, order_years=ORDER_YEARS
)
SHORTEST: Final = RecordingTerms(unrated_days=1, rated_days=1, dispute_months=0, order_years=0)


def require_terms(terms: RecordingTerms) -> RecordingTerms:
    """The terms. Raises `TermTooLong` with the name of the first that may not be so."""
    for name in RecordingTerms.__slots__:
        given, shortest, longest = (getattr(each, name) for each in (terms, SHORTEST, LONGEST))
        if not shortest <= given <= longest:
            raise TermTooLong(f"{name} is {given}: {shortest} to {longest} may be", name=name, shortest=shortest, longest=longest)
    if terms.rated_days < terms.unrated_days:
        raise TermTooLong(
            "what was rated is kept at least as long as what was not", name="rated_days", shortest=terms.unrated_days
        )
    return terms


def sample_kept_until(
    recorded_at: Instant, *, is_rated: bool, unrated_days: int = UNRATED_DAYS, rated_days: int = RATED_DAYS
) -> Instant:
    """The end of a quality sample's term. Raises `TermTooLong` over 180 days."""
    days = rated_days if is_rated else unrated_days
    if not 1 <= days <= LONGEST_SAMPLE_DAYS:
        raise TermTooLong(f"a quality sample is kept 1 to {LONGEST_SAMPLE_DAYS} days", days=days)
    return Instant(recorded_at + days * DAY)


def order_kept_until(
    recorded_at: Instant,
    zone: tzinfo,
    *,
    contract_starts_at: Instant | None = None,
    months: int = DISPUTE_MONTHS,
    years: int = ORDER_YEARS,
) -> Instant:
    """The end of an order segment's term: never later than the end of the third year after its recording."""
    recorded = _local(recorded_at, zone)
    latest = _instant(datetime(recorded.year + years + 1, 1, 1, tzinfo=zone))
    if contract_starts_at is None:
        return latest
    return min(latest, _instant(_months_later(_local(contract_starts_at, zone), months)))


def kept_until(
    kept_as: RecordingClass, recorded_at: Instant, zone: tzinfo, terms: RecordingTerms, *, is_rated: bool = False
) -> Instant:
    """The end of the term of what was recorded then and is kept as that, as far as it is known yet."""
    match kept_as:
        case RecordingClass.QUALITY_SAMPLE:
            days = {"unrated_days": terms.unrated_days, "rated_days": terms.rated_days}
            return sample_kept_until(recorded_at, is_rated=is_rated, **days)
        case RecordingClass.ORDER_SEGMENT:
            return order_kept_until(recorded_at, zone, months=terms.dispute_months, years=terms.order_years)
        case RecordingClass.REFUSED:
            return refusal_kept_until(recorded_at)


def consent_kept_until(recording_kept_until: Instant, zone: tzinfo) -> Instant:
    """The end of the term of a consent: three years past its recording."""
    return _instant(_months_later(_local(recording_kept_until, zone), 12 * _CONSENT_YEARS))


def access_kept_until(accessed_at: Instant, recording_kept_until: Instant, zone: tzinfo) -> Instant:
    """The end of the term of a line in the access log."""
    return max(recording_kept_until, _instant(_months_later(_local(accessed_at, zone), 12 * _ACCESS_YEARS)))


def access_forgotten_before(now: Instant) -> Instant:
    """Lines of the access log older than this go where their recording is gone too: two years, and a day for any time zone."""
    return Instant(now - (_ACCESS_YEARS * 366 + 1) * DAY)


def refusal_kept_until(refused_at: Instant) -> Instant:
    """The end of the term of the bare fact that somebody said no, or that a recording was aborted."""
    return Instant(refused_at + REFUSED_DAYS * DAY)


def _months_later(at: datetime, months: int) -> datetime:
    """The same day so many months later, the month's last where there is no such day."""
    years, months_on = divmod(at.month - 1 + months, 12)
    year, month = at.year + years, months_on + 1
    return at.replace(year=year, month=month, day=min(at.day, monthrange(year, month)[1]))


def _local(at: Instant, zone: tzinfo) -> datetime:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone)


def _instant(at: datetime) -> Instant:
    return Instant(int(at.timestamp()) * SECOND)
