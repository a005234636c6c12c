"""What the project of a bench needs so that its agents may call people without end, at any hour."""

from fernamt.demo.house import House

SHOWN = "+493055500"
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_CALLS = "{ cost_micros = 1_000_000_000_000, calls = 1_000_000 }"


def calling_out(*, is_progressive: bool = False) -> str:
    """For the end of the centre's file, behind its only project."""
    hours = "".join(f'{day} = ["00:00-24:00"]\n' for day in _DAYS)
    return f"""
[projects.outbound]
is_progressive = {str(is_progressive).lower()}

[outbound]
per_agent = {_CALLS}
per_client = {_CALLS}
in_all = {_CALLS}

[outbound.brakes]
burst_calls = 1_000
calls_at_night = 1_000

[outbound.service_hours]
{hours}"""


async def may_show(house: House) -> None:
    """The project may show SHOWN to whom it calls."""
    await house.command("rights", "add", "ours", SHOWN, "--document", "bench")
