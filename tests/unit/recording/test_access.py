"""Who may hear a recording: each rule by itself, at its very edges."""

from dataclasses import replace

import pytest

from recording.access import (
    ASKED_LASTS,
    DAY,
    DECIDERS,
    HOUR,
    LISTENERS,
    LISTENING_LASTS,
    LONGEST_GRANT,
    RELEASE_LASTS,
    SITTING_LASTS,
    AccessRequest,
    Account,
    Grant,
    Ground,
    RequestState,
    Sitting,
    Wanted,
    Why,
    grant_of,
    lasts,
    purpose_of,
    refusal_of_asking,
    refusal_of_decision,
    refusal_of_ending,
    refusal_of_fetching,
    refusal_of_grant,
    refusal_of_hearing,
    refusal_of_sitting,
    sitting_of,
)
from telephony.identifiers import AgentId, Instant, UserId

T = Instant(1_790_000_000_000_000)
RELEASES = [each for each in Wanted if each is not Wanted.LISTEN]
NOBODY = ("client", "clerk", "", "Admin")


def who(name: str, role: str = "supervisor", **facts: object) -> Account:
    return replace(Account(user_id=UserId(name), role=role), **facts)  # type: ignore[arg-type]


def asked(**facts: object) -> AccessRequest:
    request = AccessRequest(
        request_id="r",
        segment_id="s",
        wanted=Wanted.LISTEN,
        reason="complaint",
        asked_by=UserId("sven"),
        asked_by_agent=None,
        asked_at=T,
    )
    return replace(request, **facts)  # type: ignore[arg-type]


def approved(**facts: object) -> AccessRequest:
    return asked(**{"is_approved": True, "decided_by": UserId("root"), "decided_at": Instant(T + HOUR), **facts})


def grant(**facts: object) -> Grant:
    given = Grant(
        grant_id="g",
        segment_id="s",
        user_id=UserId("sven"),
        ground=Ground.ESCALATION,
        from_at=T,
        until_at=Instant(T + DAY),
        given_by=UserId("root"),
    )
    return replace(given, **facts)  # type: ignore[arg-type]


def at(micros: int) -> Instant:
    return Instant(T + micros)


def test_the_terms_are_those_that_were_decided() -> None:
    assert (HOUR, DAY) == (3_600_000_000, 86_400_000_000)
    assert (ASKED_LASTS, LISTENING_LASTS, RELEASE_LASTS) == (3 * DAY, DAY, 3 * DAY)
    assert (SITTING_LASTS, LONGEST_GRANT) == (HOUR, 90 * DAY)
    assert lasts(Wanted.LISTEN) == LISTENING_LASTS
    assert {lasts(each) for each in RELEASES} == {RELEASE_LASTS}


def test_no_client_and_no_clerk_ever_listens_and_only_those_who_lead_the_centre_decide() -> None:
    assert {str(role) for role in LISTENERS} == {"agent", "team_leader", "supervisor", "reviewer", "admin"}
    assert {str(role) for role in DECIDERS} == {"supervisor", "admin"}


def test_the_words_of_grounds_wishes_states_and_refusals_stand_in_rows_and_answers() -> None:
    assert [str(each) for each in Ground] == ["escalation", "review", "release"]
    assert [str(each) for each in Wanted] == ["listen", "release_escalation", "release_data_subject", "release_contract_end"]
    assert [str(each) for each in RequestState] == ["asked", "approved", "refused", "withdrawn", "lapsed", "over"]
    assert {str(each) for each in Why} == {
        *("not_open", "same_person", "own_call", "not_a_person", "not_theirs"),
        *("not_to_hear", "not_to_fetch", "too_long", "over", "not_kept"),
    }


@pytest.mark.parametrize("role", ["supervisor", "admin"])
def test_who_leads_the_centre_may_ask(role: str) -> None:
    assert refusal_of_asking(who("sven", role)) is None
    assert refusal_of_asking(who("sven", role, is_active=False)) is Why.NOT_A_PERSON
    assert refusal_of_asking(who("sven", role, has_password=False)) is Why.NOT_A_PERSON


@pytest.mark.parametrize("role", ["agent", "team_leader", "reviewer", *NOBODY])
def test_nobody_else_asks_or_decides(role: str) -> None:
    assert refusal_of_asking(who("sven", role)) is Why.NOT_A_PERSON
    assert refusal_of_decision(asked(), who("root", role), None, T) is Why.NOT_A_PERSON


def test_a_request_waits_until_it_lapses() -> None:
    assert asked().lapses_at == T + ASKED_LASTS
    assert asked().state(T) is RequestState.ASKED
    assert asked().state(at(ASKED_LASTS - 1)) is RequestState.ASKED
    assert asked().state(at(ASKED_LASTS)) is RequestState.LAPSED
    assert asked(ended_at=at(1)).state(at(2)) is RequestState.WITHDRAWN
    assert asked(ended_at=at(1)).state(at(ASKED_LASTS)) is RequestState.WITHDRAWN


@pytest.mark.parametrize("wanted", list(Wanted))
def test_an_approval_is_over_by_itself(wanted: Wanted) -> None:
    request = approved(wanted=wanted)
    assert request.state(at(HOUR)) is RequestState.APPROVED
    assert request.state(at(HOUR + lasts(wanted) - 1)) is RequestState.APPROVED
    assert request.state(at(HOUR + lasts(wanted))) is RequestState.OVER
    assert approved(wanted=wanted, ended_at=at(HOUR + 1)).state(at(HOUR + 2)) is RequestState.OVER


def test_a_package_says_what_it_is_for_and_names_nobody() -> None:
    assert [purpose_of(asked(wanted=each)) for each in RELEASES] == ["escalation r", "data_subject r", "contract_end r"]


def test_a_refusal_stays_one() -> None:
    refused = approved(is_approved=False)
    assert refused.state(at(HOUR)) is RequestState.REFUSED
    assert refused.state(at(9 * DAY)) is RequestState.REFUSED
    assert approved(is_approved=None).state(at(HOUR)) is RequestState.REFUSED


def test_a_second_person_decides() -> None:
    assert refusal_of_decision(asked(), who("root", "admin"), AgentId("anna"), T) is None
    assert refusal_of_decision(asked(), who("nora"), None, at(ASKED_LASTS - 1)) is None


def test_whoever_asked_does_not_decide_in_another_account_of_theirs_either() -> None:
    assert refusal_of_decision(asked(), who("sven", "admin"), None, T) is Why.SAME_PERSON
    twice = asked(asked_by_agent=AgentId("sven-a"))
    assert refusal_of_decision(twice, who("root", "admin", agent_id=AgentId("sven-a")), None, T) is Why.SAME_PERSON
    assert refusal_of_decision(twice, who("root", "admin", agent_id=AgentId("other")), None, T) is None
    assert refusal_of_decision(twice, who("root", "admin"), None, T) is None


def test_whoever_is_on_the_recording_does_not_decide() -> None:
    decider = who("nora", agent_id=AgentId("anna"))
    assert refusal_of_decision(asked(), decider, AgentId("anna"), T) is Why.OWN_CALL
    assert refusal_of_decision(asked(), decider, AgentId("ben"), T) is None
    assert refusal_of_decision(asked(), decider, None, T) is None


def test_a_decider_is_a_person_who_can_enter() -> None:
    assert refusal_of_decision(asked(), who("root", is_active=False), None, T) is Why.NOT_A_PERSON
    assert refusal_of_decision(asked(), who("root", has_password=False), None, T) is Why.NOT_A_PERSON


@pytest.mark.parametrize(
    "closed", [approved(), approved(is_approved=False), asked(ended_at=T), asked(asked_at=Instant(T - ASKED_LASTS))]
)
def test_what_is_decided_withdrawn_or_lapsed_is_not_decided_again(closed: AccessRequest) -> None:
    assert refusal_of_decision(closed, who("nora"), None, at(HOUR)) is Why.NOT_OPEN


def test_who_asked_or_whoever_decides_takes_a_request_back_while_it_lives() -> None:
    for request in (asked(), approved()):
        assert refusal_of_ending(request, who("sven", "reviewer"), at(HOUR)) is None
        assert refusal_of_ending(request, who("nora", "supervisor"), at(HOUR)) is None
        assert refusal_of_ending(request, who("anna", "agent"), at(HOUR)) is Why.NOT_THEIRS
    assert refusal_of_ending(approved(is_approved=False), who("sven"), at(HOUR)) is Why.NOT_OPEN
    assert refusal_of_ending(asked(), who("sven"), at(ASKED_LASTS)) is Why.NOT_OPEN
    assert refusal_of_ending(approved(), who("sven"), at(HOUR + DAY)) is Why.NOT_OPEN


def test_an_approval_gives_the_asker_and_nobody_else_one_segment_for_a_time() -> None:
    given = grant_of(approved())
    assert given == Grant(
        grant_id="r",
        segment_id="s",
        user_id=UserId("sven"),
        ground=Ground.ESCALATION,
        from_at=at(HOUR),
        until_at=at(HOUR + LISTENING_LASTS),
        given_by=UserId("root"),
    )
    for wanted in RELEASES:
        release = grant_of(approved(wanted=wanted))
        assert release is not None
        assert (release.ground, release.until_at) == (Ground.RELEASE, at(HOUR + RELEASE_LASTS))


@pytest.mark.parametrize(
    "request_",
    [asked(), approved(is_approved=False), approved(is_approved=None), approved(decided_at=None), approved(decided_by=None)],
)
def test_without_an_approval_nothing_is_given(request_: AccessRequest) -> None:
    assert grant_of(request_) is None


def test_a_grant_goes_to_somebody_who_may_listen_at_all() -> None:
    for role in LISTENERS:
        assert refusal_of_grant(grant(), who("sven", role)) is None
    for other in NOBODY:
        assert refusal_of_grant(grant(), who("sven", other)) is Why.NOT_A_PERSON
    assert refusal_of_grant(grant(), who("sven", is_active=False)) is Why.NOT_A_PERSON
    assert refusal_of_grant(grant(), who("nora")) is Why.NOT_THEIRS
    assert refusal_of_grant(grant(given_by=UserId("sven")), who("sven")) is Why.SAME_PERSON


def test_no_grant_is_longer_than_the_longest() -> None:
    assert refusal_of_grant(grant(until_at=at(LONGEST_GRANT)), who("sven")) is None
    assert refusal_of_grant(grant(until_at=at(LONGEST_GRANT + 1)), who("sven")) is Why.TOO_LONG


USES = [
    pytest.param(refusal_of_sitting, grant(), id="sitting"),
    pytest.param(refusal_of_sitting, grant(ground=Ground.REVIEW), id="review"),
    pytest.param(refusal_of_fetching, grant(ground=Ground.RELEASE), id="fetching"),
]


@pytest.mark.parametrize(("refusal", "given"), USES)
def test_a_grant_is_used_by_its_person_within_its_time(refusal: object, given: Grant) -> None:
    assert callable(refusal)
    for role in LISTENERS:
        assert refusal(given, who("sven", role), T) is None
    assert refusal(given, who("sven"), at(DAY - 1)) is None
    assert refusal(given, who("sven"), at(DAY)) is Why.OVER
    assert refusal(given, who("sven"), at(-1)) is Why.OVER
    assert refusal(replace(given, ended_at=at(2)), who("sven"), at(1)) is Why.OVER
    assert refusal(given, who("nora"), T) is Why.NOT_THEIRS
    assert refusal(given, who("sven", is_active=False), T) is Why.NOT_A_PERSON
    for other in NOBODY:
        assert refusal(given, who("sven", other), T) is Why.NOT_A_PERSON


def test_a_release_is_not_listened_to_and_listening_is_no_release() -> None:
    assert refusal_of_sitting(grant(ground=Ground.RELEASE), who("sven"), T) is Why.NOT_TO_HEAR
    assert refusal_of_fetching(grant(), who("sven"), T) is Why.NOT_TO_FETCH
    assert refusal_of_fetching(grant(ground=Ground.REVIEW), who("sven"), T) is Why.NOT_TO_FETCH


def test_a_sitting_ends_by_itself_and_never_after_its_grant() -> None:
    assert sitting_of(grant(), "x", "log-in", T) == Sitting(
        sitting_id="x", grant_id="g", session_id="log-in", opened_at=T, until_at=at(SITTING_LASTS)
    )
    late = sitting_of(grant(), "x", "log-in", at(DAY - 5))
    assert (late.opened_at, late.until_at) == (at(DAY - 5), at(DAY))


def test_bytes_are_served_in_an_open_sitting_of_that_person_in_that_log_in() -> None:
    sitting, sven = sitting_of(grant(), "x", "log-in", T), who("sven")
    assert refusal_of_hearing(sitting, grant(), sven, "log-in", T) is None
    assert refusal_of_hearing(sitting, grant(), sven, "log-in", at(SITTING_LASTS - 1)) is None
    assert refusal_of_hearing(sitting, grant(), sven, "log-in", at(SITTING_LASTS)) is Why.OVER
    assert refusal_of_hearing(replace(sitting, opened_at=at(5)), grant(), sven, "log-in", at(4)) is Why.OVER
    assert refusal_of_hearing(replace(sitting, closed_at=at(9)), grant(), sven, "log-in", at(1)) is Why.OVER


def test_a_sitting_is_worth_nothing_to_anybody_else() -> None:
    sitting = sitting_of(grant(), "x", "log-in", T)
    assert refusal_of_hearing(sitting, grant(), who("nora"), "log-in", T) is Why.NOT_THEIRS
    assert refusal_of_hearing(sitting, grant(), who("sven"), "other", T) is Why.NOT_THEIRS
    assert refusal_of_hearing(sitting, grant(), who("sven"), None, T) is Why.NOT_THEIRS
    assert refusal_of_hearing(sitting, grant(grant_id="h"), who("sven"), "log-in", T) is Why.NOT_THEIRS
    assert refusal_of_hearing(sitting, grant(), who("sven", "client"), "log-in", T) is Why.NOT_A_PERSON
    assert refusal_of_hearing(sitting, grant(ended_at=T), who("sven"), "log-in", T) is Why.OVER
    assert refusal_of_hearing(sitting, grant(ground=Ground.RELEASE), who("sven"), "log-in", T) is Why.NOT_TO_HEAR
