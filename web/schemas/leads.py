"""Shapes of lead lists and their imports."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from routing.leads.lists import FieldKind, ListState
from routing.outbound.asking import WorkKind
from routing.outbound.order import Among, First
from store.lead_imports import ImportState
from web.schemas.outbound import Why
from web.schemas.types import NO_CONTROLS, Asked, Id, Json, Shape, Shown, Text, When

FieldName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Target = Annotated[str, StringConstraints(max_length=60, pattern=NO_CONTROLS)]
FileName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=NO_CONTROLS)]
NeededWhy = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=NO_CONTROLS)]


class LeadFieldFacts(Shape):
    """A field of the list's leads beside numbers and name."""

    name: FieldName
    title: Why = ""
    kind: FieldKind = FieldKind.TEXT
    is_required: bool = False


class LeadListFacts(Shape):
    """A new list. Its client is its project's."""

    list_id: Id
    project_id: Id
    name: Text
    purpose: WorkKind = Field(default=WorkKind.SERVICE, description="Surveys, and projects with an offer, count as advertising.")
    owner: Text = Field(description="Who answers for where the data came from.")
    expires_at: When = Field(description="From then on nobody of it is called; some days later its people are erased.")
    fields: list[LeadFieldFacts] = Field(default_factory=list, max_length=60)
    first: First = First.FRESH
    among: Among = Among.AS_LISTED


class NewListState(Shape):
    """Whether the list's leads are given out."""

    state: ListState = Field(description="A closed list never opens again.")


class ListDeletion(Shape):
    """Why a list goes."""

    reason: NeededWhy


class LeadListShown(Shown):
    """A list."""

    list_id: str
    project_id: str
    client_id: str
    name: str
    purpose: WorkKind
    is_advertising: bool = Field(description="Whether its people may be called only with a consent.")
    owner: str
    state: ListState
    fields: list[LeadFieldFacts]
    first: First
    among: Among
    created_at: datetime
    expires_at: datetime


class LeadListsShown(Shown):
    """Lists within reach, the newest first."""

    items: list[LeadListShown]


class ListFiguresShown(Shown):
    """How far a list is."""

    leads: int
    tried: int = Field(description="Leads tried at least once: over all of them, the list's penetration.")
    reached: int
    attempts: int
    by_state: dict[str, int]
    by_code: dict[str, int] = Field(description="By the wrap-up code chosen last.")


class UploadQuery(Asked):
    """What the file is called."""

    name: FileName = "leads.csv"


class PreviewQuery(Asked):
    """Which sheet of a spreadsheet, and what columns are taken for."""

    sheet: FileName | None = None
    mapping: Annotated[str, StringConstraints(max_length=8_000, pattern=NO_CONTROLS)] | None = Field(
        default=None, description="A target for each column, parted by commas; without it they are guessed."
    )


class ImportStart(Shape):
    """How the file is to be read."""

    mapping: list[Target] = Field(min_length=1, max_length=200, description="A target for each column.")
    leave_out: list[Target] = Field(
        default_factory=list, max_length=20, description="Faults whose rows are left out instead of refusing the whole file."
    )
    sheet: FileName | None = None


class RowFaultShown(Shown):
    """What is wrong in a row; what stood there is not repeated. Column 0: the whole row."""

    row: int
    column: int
    code: str


class ImportShown(Shown):
    """One file for one list."""

    import_no: str
    list_id: str
    state: ImportState
    file_name: str
    asked_at: datetime
    asked_by: str
    ended_at: datetime | None
    is_cancelled: bool
    rows_read: int
    read_permille: int
    leads: int
    left_out: int
    fault_counts: dict[str, int]
    faults: list[RowFaultShown] = Field(description="The first thousand.")


class ImportsShown(Shown):
    """Imports of a list, the newest first, without their single faults."""

    items: list[ImportShown]


class PreviewShown(Shown):
    """What a file would be taken for, as `fernamt leads preview --json` tells it."""

    preview: Json


class UnclearShown(Shown):
    """A lead with an attempt whose end nobody saw."""

    lead_id: str
    tries: int
    last_at: datetime | None


class UnclearLeads(Shown):
    """Leads that wait for a person."""

    items: list[UnclearShown]


class Decided(StrEnum):
    """What becomes of an unclear lead."""

    RETRY = "retry"
    DONE = "done"
    DO_NOT_CALL = "do_not_call"


class LeadDecision(Shape):
    """A person's word."""

    verdict: Decided
