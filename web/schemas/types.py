"""The small shapes all requests are made of: strict, without control characters, never longer than a row can hold."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from routing.answering_machine import LONGEST_ADDRESS, is_mailbox
from telephony.faults import Wrong
from telephony.identifiers import Instant

NO_CONTROLS = r"^[^\x00-\x1f\x7f-\x9f]*$"
ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
CALL_ID = r"^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"
DID = r"^\+[1-9][0-9]{3,14}$"
SECRET = r"^[\x21-\x7e]{1,256}$"  # noqa: S105

PATH_PARAMETERS = {
    "agent_id": (ID, "The agent's id."),
    "call_id": (CALL_ID, "The call's id."),
    "slot": (r"^[1-9][0-9]{0,3}$", "The number under which the caller is parked."),
    "client_id": (ID, "The client's id."),
    "project_id": (ID, "The project's id."),
    "did": (DID, "A number of ours, in E.164 with the plus."),
    "team_id": (ID, "The team's id."),
    "user_id": (ID, "The user's id."),
    "token_id": (ID, "The token's id (not its secret)."),
    "message_id": (r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$", "The message's id."),
    "subscription_id": (ID, "The webhook subscription's id."),
    "proposal_id": (ID, "The proposal's id."),
    "contest_id": (ID, "The objection's id."),
    "right_id": (ID, "The right's id."),
    "version": (r"^[1-9][0-9]{0,5}$", "The document's version."),
    "document_id": (r"^[0-9A-Za-z][0-9A-Za-z._-]{0,127}$", "The document's id."),
    "emergency_id": (CALL_ID, "The alert's id."),
    "lead_list_id": (ID, "The lead list's id."),
    "import_no": (r"^[1-9][0-9]{0,9}$", "The import's number."),
    "lead_id": (r"^[1-9][0-9]{0,17}$", "The lead's id."),
    "list_name": (r"^[a-z0-9][a-z0-9._-]{0,63}$", "The caller list's name."),
    "review_id": (CALL_ID, "The quality review's id."),
    "calibration_id": (CALL_ID, "The calibration's id."),
    "shift_id": (CALL_ID, "The shift's id."),
    "swap_id": (CALL_ID, "The offer's id."),
    "excuse_id": (CALL_ID, "The excuse's id."),
    "party_id": (ID, "The party's id."),
    "order_id": (CALL_ID, "The order's id."),
    "survey_id": (ID, "The survey's id."),
    "response_id": (CALL_ID, "The response's id."),
    "suggestion_id": (CALL_ID, "The suggestion's id."),
    "hold_id": (CALL_ID, "The hold's id."),
    "segment_id": (r"^[0-9A-Za-z][0-9A-Za-z._-]{0,99}$", "The recorded segment's id."),
    "request_id": (ID, "The request's id."),
    "grant_id": (ID, "The grant's id."),
    "sitting_id": (ID, "The sitting's id."),
    "what_if_id": (ID, "The what-if's id."),
}


def _mailbox(text: str) -> str:
    if not is_mailbox(text):
        raise ValueError("is no mailbox, such as messages@centre.example")
    return text


Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROLS)]
Id = Annotated[str, StringConstraints(pattern=ID)]
Mailbox = Annotated[str, StringConstraints(min_length=3, max_length=LONGEST_ADDRESS), AfterValidator(_mailbox)]
CallName = Annotated[str, StringConstraints(pattern=CALL_ID)]
Did = Annotated[str, StringConstraints(pattern=DID)]
LoginName = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=NO_CONTROLS)]
Password = Annotated[str, StringConstraints(min_length=1, max_length=1024)]

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)


def _is_in_range(value: datetime) -> datetime:
    if not EARLIEST <= value < LATEST:
        raise ValueError("must lie between the years 2000 and 2200")
    return value


When = Annotated[AwareDatetime, AfterValidator(_is_in_range), Field(description="RFC 3339 with its offset.")]


def said(wrong: Wrong) -> PydanticCustomError:
    """The fault of a shape, with the id and the facts that it has wherever else it is found."""
    context = {**wrong.facts, TOLD: str(wrong)}
    return PydanticCustomError(wrong.code.value, "{told}", context)


TOLD = "told"


class Shape(BaseModel):
    """A request body: unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Asked(BaseModel):
    """Query parameters: text by nature, so converted; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Shown(BaseModel):
    """An answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Nothing(BaseModel):
    """No body, no query parameters."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def when(at: Instant | int) -> datetime:
    """The instant as people and programs outside read it: aware, UTC."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def maybe_when(at: Instant | int | None) -> datetime | None:
    """The instant, or nothing."""
    return when(at) if at is not None else None


def instant(value: datetime) -> Instant:
    """The instant an aware time names, exact to the microsecond."""
    return Instant((value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1))


Json = dict[str, Any]
