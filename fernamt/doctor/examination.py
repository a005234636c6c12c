"""The whole examination of an installation; works without the service running, and beside a running one."""

from collections.abc import AsyncIterator

from config.load import Loaded
from fernamt.doctor.database import examine_database
from fernamt.doctor.disk import examine_disk
from fernamt.doctor.files import examine_files
from fernamt.doctor.finding import Finding
from fernamt.doctor.mail import examine_mail
from fernamt.doctor.ports import examine_media_ports, examine_service_port, examine_switch_ports
from fernamt.doctor.processors import examine_processors
from fernamt.doctor.program import examine_program
from fernamt.doctor.rights import examine_rights
from fernamt.doctor.sampling import examine_sampling
from fernamt.doctor.sounds import examine_sounds
from fernamt.doctor.switch import examine_switch
from fernamt.installation import Places


async def examine(loaded: Loaded) -> AsyncIterator[Finding]:
    """Every finding as soon as it is there, in sensible order."""
    settings = loaded.settings
    places = Places(settings)
    for finding in (*examine_files(loaded, places), *examine_disk(places), *examine_processors()):
        yield finding
    async for finding in examine_database(places):
        yield finding
    async for finding in examine_sampling(settings):
        yield finding
    async for finding in examine_sounds(settings):
        yield finding
    async for finding in examine_rights(settings):
        yield finding
    yield examine_service_port(settings)
    yield await examine_mail(settings)
    for name, switch in settings.switch.items():
        yield await examine_program(name, switch, places)
        is_running = False
        async for finding, answers in examine_switch(settings, name):
            is_running = is_running or answers
            yield finding
        if not is_running and switch.is_started_here:
            for finding in examine_switch_ports(name, switch):
                yield finding
        yield examine_media_ports(name, switch, is_running=is_running)
