"""What becomes of a caller who is asked to choose by a key: asked, asked again, or sent on with the choice. Pure.

A key that chooses nothing is known here alone; the events say that it was wrong, never which it was.
"""

from routing.departments import department_named
from routing.directory import Directory, Project
from routing.entry import terms_of, turned_away_waiting
from routing.hours import is_open
from routing.menu import Menu
from routing.sampling import YES_KEY
from telephony.call.model import Call, require_terms
from telephony.demands import merged
from telephony.engine import callback_talk
from telephony.events import Event
from telephony.identifiers import Instant, after_ms
from telephony.samples import SampleAnswer, SampleAnswered
from telephony.waiting import MenuAnswered, MenuOpened


def opened(call: Call, directory: Directory) -> tuple[Event, ...]:
    """The first question to a caller who was just admitted; none where the project asks nothing."""
    project = _project(call, directory)
    if project is None or project.menu is None:
        return ()
    return (_question(call, project, project.menu, after_wrong_key=False),)


def pressed(call: Call, key: str, directory: Directory, now: Instant) -> tuple[Event, ...]:
    """The choice, or the question once more after a key that is none."""
    if call.asks_for_sample:
        return (SampleAnswered(call_id=call.call_id, answer=SampleAnswer.YES if key == YES_KEY else SampleAnswer.NO),)
    project = _project(call, directory)
    if project is None or project.menu is None:
        return _answered(call, None, directory, now, is_chosen=False)
    if project.menu.option(key) is not None:
        return _answered(call, key, directory, now, is_chosen=True)
    return _again(call, project, project.menu, directory, now, after_wrong_key=True)


def timed_out(call: Call, directory: Directory, now: Instant) -> tuple[Event, ...]:
    """The question once more, or the default, once the time for a key is over; empty before."""
    due_at = answer_due_at(call, directory)
    if due_at is not None and due_at > now:
        return ()
    if call.asks_for_sample:
        return (SampleAnswered(call_id=call.call_id, answer=SampleAnswer.SILENCE),)
    project = _project(call, directory)
    if project is None or project.menu is None:
        return _answered(call, None, directory, now, is_chosen=False)
    return _again(call, project, project.menu, directory, now, after_wrong_key=False)


def answer_due_at(call: Call, directory: Directory) -> Instant | None:
    """Until when a key is waited for; None where the question is gone from the settings."""
    project = _project(call, directory)
    if call.asks_for_sample and call.asked_at is not None:
        rules = None if project is None else project.sampling
        return None if rules is None else after_ms(call.asked_at, rules.answer_within_ms)
    if project is None or project.menu is None or call.asked_at is None:
        return None
    return after_ms(call.asked_at, project.menu.answer_within_ms)


def _again(
    call: Call, project: Project, menu: Menu, directory: Directory, now: Instant, *, after_wrong_key: bool
) -> tuple[Event, ...]:
    if call.times_asked < menu.tries:
        return (_question(call, project, menu, after_wrong_key=after_wrong_key),)
    return _answered(call, menu.default_key, directory, now, is_chosen=False)


def _question(call: Call, project: Project, menu: Menu, *, after_wrong_key: bool) -> MenuOpened:
    return MenuOpened(
        call_id=call.call_id,
        sounds=menu.sounds(after_wrong_key=after_wrong_key),
        language=call.demand.language or project.language,
        attempt=call.times_asked + 1,
    )


def _answered(call: Call, key: str | None, directory: Directory, now: Instant, *, is_chosen: bool) -> tuple[Event, ...]:
    """The caller waits on; who chose a project that is closed at this hour gets its closed treatment."""
    project = _project(call, directory)
    option = None if project is None or project.menu is None else project.menu.option(key)
    if option is None:
        return (MenuAnswered(call_id=call.call_id, is_chosen=False),)
    department = None if option.department is None else department_named(project, option.department)
    project_id = option.project_id if department is None else department.project_id
    demand = option.demand if department is None else merged(department.demand, option.demand)
    target = None if project_id is None else directory.projects.get(project_id)
    to = None if target is None else terms_of(target)
    answered = MenuAnswered(call_id=call.call_id, is_chosen=is_chosen, key=option.key, demand=demand, to=to)
    if target is None or to is None or is_open(target.hours, now):
        return (answered, *callback_talk.offered(call, directory)) if option.callback else (answered,)
    return answered, turned_away_waiting(call.call_id, to)


def _project(call: Call, directory: Directory) -> Project | None:
    return directory.projects.get(require_terms(call).project_id)
