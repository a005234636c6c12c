"""Errors and refusals with stable codes and typed facts; text for people is made at the edge, in their language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class RefusalCode(StrEnum):
    """Why something asked for was not done. The web edge maps each to one HTTP status and one text per language."""

    NO_SUCH_AGENT = "no_such_agent"
    NO_SUCH_CALL = "no_such_call"
    NO_SUCH_SKILL = "no_such_skill"
    NO_ENDPOINT = "no_endpoint"
    NOT_LOGGED_IN = "not_logged_in"
    ALREADY_LOGGED_IN = "already_logged_in"
    ENDPOINT_IN_USE = "endpoint_in_use"
    NOT_IN_WRAP_UP = "not_in_wrap_up"
    NO_SUCH_WRAP_UP_CODE = "no_such_wrap_up_code"
    EXTENSION_USED_UP = "extension_used_up"
    WRONG_STATE = "wrong_state"
    NOT_YOUR_CALL = "not_your_call"
    AGENT_NOT_AVAILABLE = "agent_not_available"
    AGENT_NOT_ELIGIBLE = "agent_not_eligible"
    NO_SUCH_PROJECT = "no_such_project"
    NO_SUCH_DEPARTMENT = "no_such_department"
    PROJECT_CLOSED = "project_closed"
    OUTBOUND_NOT_PERMITTED = "outbound_not_permitted"
    NOT_FORCED = "not_forced"
    NO_OPEN_LINE = "no_open_line"
    DRAINING = "draining"
    # Why a call outside is not permitted, in the order in which it is looked at.
    ALREADY_DIALLED = "already_dialled"
    NO_REFERENCE = "no_reference"
    REFERENCE_EXPIRED = "reference_expired"
    NO_NUMBER = "no_number"
    NUMBER_INVALID = "number_invalid"
    NUMBER_CLASS_REFUSED = "number_class_refused"
    COUNTRY_NOT_OFFERED = "country_not_offered"
    NO_RIGHT_TO_SHOW = "no_right_to_show"
    NO_CONSENT = "no_consent"
    ON_DO_NOT_CALL_LIST = "on_do_not_call_list"
    OUTSIDE_CALLING_HOURS = "outside_calling_hours"
    CALLED_TOO_OFTEN = "called_too_often"
    CALLED_TOO_SOON = "called_too_soon"
    BUDGET_SPENT = "budget_spent"
    COST_CAP_REACHED = "cost_cap_reached"
    CALL_CAP_REACHED = "call_cap_reached"
    CALLS_TOO_FAST = "calls_too_fast"
    TOO_MANY_NEW_COUNTRIES = "too_many_new_countries"
    TOO_MANY_CALLS_AT_NIGHT = "too_many_calls_at_night"
    IN_ANOTHER_CALL = "in_another_call"
    NO_AGENT_RESERVED = "no_agent_reserved"
    DIALLING_UNAVAILABLE = "dialling_unavailable"
    RECORDING_RUNS = "recording_runs"
    RECORDING_UNAVAILABLE = "recording_unavailable"
    NOBODY_TO_ASK = "nobody_to_ask"
    NOT_ASKED = "not_asked"
    NOT_DRAWN = "not_drawn"
    LISTENING_NOT_AGREED = "listening_not_agreed"
    SOMEBODY_LISTENS = "somebody_listens"
    OUTSIDE_SHIFT = "outside_shift"
    NO_SUCH_SHIFT = "no_such_shift"
    SHIFT_BEGUN = "shift_begun"
    SHIFT_NOT_FOR_AGENT = "shift_not_for_agent"
    SHIFT_TOO_FAR_AHEAD = "shift_too_far_ahead"
    SHIFT_OVERLAPS = "shift_overlaps"
    SHIFT_FULL = "shift_full"
    SHIFT_BINDING = "shift_binding"
    SHIFT_EXCUSE_OPEN = "shift_excuse_open"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Something was asked for and not done: nothing has changed."""

    code: RefusalCode
    facts: Mapping[str, str | int] = field(default_factory=dict)


class FernamtError(Exception):
    """An error of ours: a stable code, typed facts, and the way out in the message."""

    code = "fernamt_error"

    def __init__(self, message: str, **facts: str | int | float | None) -> None:
        super().__init__(message)
        self.facts = facts


class UnexpectedEvent(FernamtError):
    """A state machine met an event its tables call impossible: counted, journaled, the caller kept."""

    code = "unexpected_event"


class SwitchError(FernamtError):
    """A switch refused or did not answer."""

    code = "switch_error"


class JournalError(FernamtError):
    """The journal could not be read or written, and the spool neither."""

    code = "journal_error"
