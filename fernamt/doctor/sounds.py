"""Whether the sounds exist that projects name: Asterisk plays nothing for one that does not, and tells nobody but its log."""

from collections.abc import AsyncIterator, Collection, Iterator

from config.settings import Settings
from fernamt.doctor.finding import Finding, doubtful, good, not_tested
from fernamt.doctor.reading import Texts, centre_and_sample_texts, read_from
from fernamt.node.errors import NodeError
from fernamt.node.own_sounds import FOLDER
from fernamt.node.render import templates_directory
from fernamt.node.sound_files import SoundFiles, is_playable
from routing.directory import Project
from routing.named_sounds import NamedSound, languages_of, named_sounds

_CHECK = "sounds"


async def examine_sounds(settings: Settings) -> AsyncIterator[Finding]:
    """Every sound of every project, at each node that is ours. Says nothing while the database cannot tell."""
    read = await read_from(settings, centre_and_sample_texts)
    if read is None:
        return
    directory, texts = read
    for name, switch in settings.switch.items():
        if not switch.is_started_here:
            yield not_tested(_CHECK, f"{name} is configured by others: which sounds it has is not known here")
            continue
        sounds = SoundFiles(shipped=templates_directory() / "sounds", own=switch.sound_directory)
        for finding in findings_of(name, list(directory.projects.values()), texts, sounds):
            yield finding


def findings_of(switch: str, projects: Collection[Project], texts: Texts, sounds: SoundFiles) -> Iterator[Finding]:
    """What callers of these projects would not hear; one good finding where they hear all."""
    faults = [finding for project in projects for finding in _faults(switch, project, texts, sounds)]
    yield from faults
    if not faults:
        yield good(_CHECK, f"{switch}: all that {len(projects)} projects name is there")


def _faults(switch: str, project: Project, texts: Texts, sounds: SoundFiles) -> Iterator[Finding]:
    for key, language, missing in _missing(project, texts, sounds):
        where = f"{switch}: {project.project_id}, {key}, {language}"
        unplayable = [file for sound in missing for file in sounds.files(sound, language)]
        if unplayable:
            found = f"{where}: {unplayable[0]} cannot be played, and callers hear nothing"
            yield doubtful(_CHECK, found, "make it WAV of 8 kHz, mono, 16 bit, or A-law without a header")
        else:
            files = [sounds.candidates(sound, language) for sound in missing]
            named = ", ".join(str(each[0]) if each else sound for sound, each in zip(missing, files, strict=True))
            yield doubtful(
                _CHECK, f"{where}: there is no {named}: callers hear nothing", _mend(switch, missing[0], language, sounds)
            )
    yield from _music_faults(switch, project, sounds)


def _missing(project: Project, texts: Texts, sounds: SoundFiles) -> Iterator[tuple[str, str, list[str]]]:
    """By key and language, what nobody would hear."""
    missing: dict[tuple[str, str], list[str]] = {}
    for named, languages in (*named_sounds(project), *_asked(project, texts)):
        for language in languages:
            if not any(is_playable(file) for file in sounds.files(named.sound, language)[:1]):
                missing.setdefault((named.key, language), []).append(named.sound)
    for (key, language), names in missing.items():
        yield key, language, names


def _asked(project: Project, texts: Texts) -> Iterator[tuple[NamedSound, Collection[str]]]:
    for language in () if project.sampling is None else languages_of(project):
        text = texts.get((project.project_id, language))
        if text is not None and text.prompt is not None:
            yield NamedSound("consent text for samples, prompt", text.prompt), (language,)


def _mend(switch: str, sound: str, language: str, sounds: SoundFiles) -> str:
    nearest = sounds.nearest(sound, language)
    meant = "" if nearest is None else f"; or name {nearest}"
    if not sound.startswith(f"{FOLDER}/"):
        return f"name one of ours, or one of your own as {FOLDER}/NAME (sound_directory of [switch.{switch}]){meant}"
    if sounds.own is None:
        return f'put it into a folder of your own and name that: [switch.{switch}] sound_directory = "/FOLDER"{meant}'
    return f"put it there (A-law without a header, or .wav of 8 kHz, mono, 16 bit){meant}"


def _music_faults(switch: str, project: Project, sounds: SoundFiles) -> Iterator[Finding]:
    try:
        if sounds.has_music(project.music):
            return
        folder = "sound_directory/music" if sounds.own is None else f"{sounds.own}/music"
        found = f"{switch}: {project.project_id}, music: there is nothing to play in {folder}/{project.music}"
        yield doubtful(_CHECK, found, 'put files there (A-law, or .wav of 8 kHz, mono, 16 bit), or name music = "default"')
    except NodeError as error:
        yield doubtful(_CHECK, f"{switch}: {project.project_id}, music: {error}", "mend the folder's name")
