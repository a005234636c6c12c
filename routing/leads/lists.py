"""Lists of people a client wants called: whose they are, what for, and which fields its leads have."""

from dataclasses import dataclass
from enum import StrEnum
from typing import NewType

from routing.directory import Directory
from routing.outbound.asking import WorkKind
from routing.outbound.facts import ConsentPurpose
from routing.outbound.lead import ROWS_PER_IMPORT
from routing.outbound.order import OrderPolicy
from telephony.identifiers import ClientId, Instant, ProjectId

LeadListId = NewType("LeadListId", str)
LeadId = NewType("LeadId", int)
"""The number of its import and of its row in the file: the same file makes the same ids."""

MOST_FIELDS = 60
MOST_NUMBERS = 5


def lead_id(import_no: int, row: int) -> LeadId:
    """The id of the lead that stands in this row of this import's file."""
    return LeadId(import_no * ROWS_PER_IMPORT + row)


def row_of(lead: int) -> int:
    """The row of the file a lead came from; the first below the heading is 2, as a spreadsheet counts."""
    return lead % ROWS_PER_IMPORT


class ListState(StrEnum):
    """Whether a list's leads are given out."""

    OPEN = "open"
    PAUSED = "paused"
    CLOSED = "closed"
    """For good: no lead is given out and none is added."""


class FieldKind(StrEnum):
    """What a field of a lead holds."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE = "date"
    YES_NO = "yes_no"


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadField:
    """A field that the leads of a list have beside numbers and name."""

    name: str
    title: str = ""
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadList:
    """A client's list."""

    list_id: LeadListId
    project_id: ProjectId
    client_id: ClientId
    name: str
    purpose: WorkKind
    owner: str
    """Who answers for where the data came from: a person or a company."""
    expires_at: Instant
    """From then on nobody of it is called, and its people are erased."""
    fields: tuple[LeadField, ...] = ()
    policy: OrderPolicy = OrderPolicy()
    state: ListState = ListState.OPEN
    created_at: Instant = Instant(0)


def consent_needed(project_id: ProjectId, purpose: WorkKind, directory: Directory) -> ConsentPurpose:
    """What its people have to have consented to, where anything: a survey that offers something is advertising."""
    project = directory.projects.get(project_id)
    outbound = project.outbound if project is not None else None
    kinds = {purpose} if outbound is None else {purpose, outbound.kind}
    offers = outbound is not None and outbound.has_offer
    is_survey = WorkKind.SURVEY in kinds and WorkKind.ADVERTISING not in kinds
    return ConsentPurpose.SURVEY if is_survey and not offers else ConsentPurpose.ADVERTISING


def counts_as_advertising(project_id: ProjectId, purpose: WorkKind, directory: Directory) -> bool:
    """Whether such calls fall under the rules of advertising: by the list's purpose, by the project's, or by its offer step."""
    project = directory.projects.get(project_id)
    outbound = project.outbound if project is not None else None
    by_project = outbound is not None and (outbound.has_offer or outbound.kind.counts_as_advertising)
    return by_project or purpose.counts_as_advertising
