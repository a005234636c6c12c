"""Where an agent works, for the case that they call a control room."""

from typing import Annotated

from pydantic import Field, StringConstraints

from web.schemas.types import NO_CONTROLS, Did, Shape, Shown


class AddressFacts(Shape):
    """The place an agent works at."""

    address: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=NO_CONTROLS, strip_whitespace=True)] = Field(
        description="As it is to be read out: street, house number, floor, postcode, place."
    )
    number: Did | None = Field(default=None, description="By which a control room reaches them; none: one of ours.")


class AddressShown(Shown):
    """The place an agent works at."""

    address: str
    number: str | None
