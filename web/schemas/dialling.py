"""What an agent says who wants to call somebody."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from routing.outbound.asking import ReferenceKind
from web.schemas.types import CallName, Id, Shape, Shown, Text

Number = Annotated[str, StringConstraints(pattern=r"^[+(]?[0-9][0-9 ()/.-]{1,29}$")]
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]


class CallFor(StrEnum):
    """What a call by hand can rest on."""

    TASK = ReferenceKind.TASK
    ORDER = ReferenceKind.ORDER
    CLIENT_CARE = ReferenceKind.CLIENT_CARE
    EARLIER_CALL = ReferenceKind.EARLIER_CALL


class Referred(Shape):
    """What the call is for. Without it there is no call."""

    kind: CallFor
    id: Text = Field(description="Of the task, order, customer or earlier call.")


class CallWanted(Shape):
    """Somebody is to be called for a project."""

    project_id: Id
    reference: Referred
    number: Number | None = Field(
        default=None, description="In any written form. Left out, the caller of the earlier call is called back."
    )
    country: Country | None = Field(
        default=None, description="With it the number is the national one, with or without its leading 0."
    )
    key: Id | None = Field(default=None, description="Of the wish: asked again with the same key, nobody is called again.")

    @model_validator(mode="after")
    def _names_somebody(self) -> Self:
        if self.number is None and (self.reference.kind is not CallFor.EARLIER_CALL or self.country is not None):
            raise ValueError("give a number, or the earlier call whose caller is to be called back")
        return self


class CallPlacedShown(Shown):
    """The call that was placed: its row in the feed tells how far it has come."""

    call_id: CallName
