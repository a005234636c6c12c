"""Which sounds a project names, itself or by what it has switched on, and by which of its keys. Pure."""

from collections.abc import Collection, Iterator
from typing import NamedTuple

from routing.announcements import every_sound
from routing.callback import CONFIRM, NUMBER_IS, TYPE_NUMBER, WRONG_NUMBER
from routing.directory import ClosedTreatment, Project
from routing.overflow import OverflowTarget
from telephony.recording_signs import SignKind

CLOSED = "fernamt/closed"
"""What the static dialplan plays where a project is closed."""
CALLBACK_GOODBYE = "fernamt/callback-goodbye"
_CALLBACK = (NUMBER_IS, CONFIRM, TYPE_NUMBER, WRONG_NUMBER, *(f"fernamt/digit-{digit}" for digit in range(10)), CALLBACK_GOODBYE)


class NamedSound(NamedTuple):
    """A sound, and the key of the project that leads to it."""

    key: str
    sound: str


def languages_of(project: Project) -> Collection[str]:
    """The project's, and those its callers may choose."""
    options = () if project.menu is None else project.menu.options
    chosen = [each.language for each in options if each.language is not None and each.project_id is None]
    return dict.fromkeys([project.language, *chosen])


def named_sounds(project: Project) -> Iterator[tuple[NamedSound, Collection[str]]]:
    """Each sound and the languages in which it is played; the question of the menu comes before anybody has chosen one."""
    languages = languages_of(project)
    if project.menu is not None:
        for sound in dict.fromkeys(project.menu.sounds(after_wrong_key=True)):
            yield NamedSound("menu.prompt", sound), (project.language,)
    if project.announcements is not None:
        for sound in every_sound(project.announcements):
            yield NamedSound("announcements", sound), languages
    if project.recording_sign.kind is not SignKind.NONE:
        yield NamedSound("recording_sign", project.recording_sign.heard), languages
    if project.closed_treatment is ClosedTreatment.MACHINE:
        yield NamedSound("closed_treatment", CLOSED), (project.language,)
    if _calls_back(project):
        for sound in _CALLBACK:
            yield NamedSound("callback", sound), languages


def _calls_back(project: Project) -> bool:
    by_key = project.announcements is not None and project.announcements.callback_key is not None
    by_menu = project.menu is not None and any(option.callback for option in project.menu.options)
    return by_key or by_menu or any(rule.target is OverflowTarget.CALLBACK for rule in project.overflow)
