"""What a start of the service refuses."""

import pytest

from config.settings import Settings
from config.switches import SwitchSettings
from fernamt.serve import OneSwitchOnly, running


async def test_more_switches_than_one_are_refused_before_anything_is_made() -> None:
    settings = Settings(switch={"north": SwitchSettings(), "south": SwitchSettings()})
    with pytest.raises(OneSwitchOnly, match="north, south"):
        async with running(settings):
            pass
