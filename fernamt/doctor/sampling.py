"""Whether the callers that a project draws can be asked: by a text in force, and by its sound where a key is to answer."""

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from config.settings import Settings
from fernamt.doctor.finding import Finding, doubtful, good
from fernamt.doctor.reading import Texts, centre_and_sample_texts, read_from
from fernamt.installation import Database
from fernamt.moment import now
from routing.directory import Directory, Project
from routing.named_sounds import languages_of
from routing.sampling import AskedBy
from store.sampling import PublishedDay, SamplingDays
from telephony.identifiers import SECOND

_CHECK = "samples"
_PUBLISH = '`fernamt consent-texts publish {} FILE.toml` with purpose = "quality_sample"'


async def examine_sampling(settings: Settings) -> AsyncIterator[Finding]:
    """Every project that samples its calls can do so today. Says nothing while the database cannot tell."""
    read = await read_from(settings, _read)
    if read is None:
        return
    directory, texts, days = read
    projects = [each for each in directory.projects.values() if each.sampling is not None]
    today = datetime.fromtimestamp(now() / SECOND, ZoneInfo(settings.service.time_zone)).date().isoformat()
    is_published = any(each.day == today and each.is_in_chain for each in days)
    for finding in findings_of(projects, texts, is_published=is_published):
        yield finding


async def _read(database: Database) -> tuple[Directory, Texts, Sequence[PublishedDay]]:
    return *await centre_and_sample_texts(database), await SamplingDays(database.engine).current(now())


def findings_of(projects: Collection[Project], texts: Texts, *, is_published: bool) -> Iterator[Finding]:
    """What keeps these projects from asking whom they draw, by project and language; one good finding where nothing does."""
    faults = [each for project in projects for each in _faults(project, texts)]
    if projects and not is_published:
        faults.append(doubtful(_CHECK, "no seed is published for today: nobody is drawn", "start the worker: `fernamt worker`"))
    yield from faults
    if not faults:
        yield good(_CHECK, f"projects that sample their calls: {len(projects)}")


def _faults(project: Project, texts: Texts) -> Iterator[Finding]:
    for language in languages_of(project):
        text, where = texts.get((project.project_id, language)), f"{project.project_id}, {language}"
        mend = _PUBLISH.format(project.project_id)
        if text is None:
            yield doubtful(_CHECK, f"{where}: no text is published for samples, and nobody is recorded", mend)
        elif text.prompt is None and project.sampling is not None and project.sampling.asked_by is AskedBy.KEY:
            found = f"{where}: callers are asked by a key, and the text names no sound that says it: nobody is asked"
            yield doubtful(_CHECK, found, f'{mend} and prompt = "own/FILE", or let agents ask: asked_by = "agent"')
