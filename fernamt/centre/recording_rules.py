"""What a centre file says of projects' recordings becomes what holds: nothing where nothing differs, nothing with any fault.

They stand beside the centre, with versions of their own, and are written in its transaction.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from zoneinfo import ZoneInfo

from config.faults import Fault
from config.settings import Settings
from fernamt.centre.entries import ProjectEntry
from fernamt.centre.read import Described, placed
from fernamt.centre.recording_entries import RatingEntry
from fernamt.installation import Database
from recording.quality.form import Criterion, Form, FormDraft, FormFault, faults_of
from recording.quality.rules import RATING_ROLES, RatingRules
from recording.retention import RecordingTerms
from store.audit import Author
from store.quality_forms import QualityForms
from store.recording_terms import RecordingTermsStore
from store.users import UserStore
from telephony.errors import FernamtError
from telephony.identifiers import ProjectId, UserId

_OF_FORMS: Mapping[FormFault, str] = {
    FormFault.SAME_ID: "is another criterion's id as well",
    FormFault.COUNTS_FOR_NOTHING: "counts for nothing: without a weight it has to be a knock-out",
    FormFault.NO_NAME: "has no name",
    FormFault.ALL_CAN_BE_SKIPPED: "needs a criterion with a weight that cannot be skipped",
}
_AT: Mapping[FormFault, str] = {
    FormFault.SAME_ID: "criterion_id",
    FormFault.COUNTS_FOR_NOTHING: "weight",
    FormFault.NO_NAME: "name",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRules:
    """Where what a file says of recordings is read and written."""

    forms: QualityForms
    terms: RecordingTermsStore
    users: UserStore

    async def faults(self, described: Described) -> list[Fault]:
        """All that is wrong beyond single values, each at its line."""
        people = await self._people(described)
        said = [each for project in described.entries.projects for each in _faults(project, people)]
        return [fault for where, what in said if (fault := placed(described, where, what)) is not None]

    async def apply(self, described: Described, *, by: Author, is_dry_run: bool) -> list[dict[str, Any]]:
        """It holds as described; one row for each thing that changed, or would change. Projects keep what is not described."""
        rows: list[dict[str, Any]] = []
        for project in described.entries.projects:
            for what, (before, after) in (await self._changed(project, by, is_dry_run)).items():
                details = {name: f"{before.get(name, 'none')} → {new}" for name, new in after.items() if before.get(name) != new}
                how = "changed" if before else "added"
                rows.append({"what": what, "id": project.project_id, "how": how, "details": details if before else {}})
        return rows

    async def _changed(
        self, project: ProjectEntry, by: Author, is_dry_run: bool
    ) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
        name, found = ProjectId(project.project_id), dict[str, tuple[dict[str, Any], dict[str, Any]]]()
        form, held = _form(project), await self.forms.form(name)
        if form is not None and (held is None or (held.scale, held.criteria) != (form.scale, form.criteria)):
            last = 0 if held is None else held.version
            found["review_form"] = ({"version": last} if last else {}, {"version": last + 1})
            if not is_dry_run:
                _require(await self.forms.publish(form, by=by), f"the review form of {name}")
        if project.rating is not None:
            version, rules = await self.forms.rules(name)
            wanted = await self._rules(project.rating)
            if not version or rules != wanted:
                logins = {user.user_id: user.login for user in await self.users.all()}
                before, after = (_values(_by_login(each, logins)) for each in (rules, wanted))
                found["rating"] = (before if version else {}, after)
                if not is_dry_run:
                    _require(await self.forms.set_rules(name, wanted, by=by), f"the rating rules of {name}")
        if project.recording_terms is not None:
            own, terms = (await self.terms.all()).get(name), RecordingTerms(**project.recording_terms.model_dump())
            if own != terms:
                found["recording_terms"] = (_values(own) if own else {}, _values(terms))
                if not is_dry_run:
                    await self.terms.put(name, terms, by=by)
        return found

    async def _rules(self, entry: RatingEntry) -> RatingRules:
        """Who is made by the same file has an id only then: a dry run names them by their log-in."""
        ids = {user.login: user.user_id for user in await self.users.all()}
        raters = tuple(ids.get(login, UserId(login)) for login in entry.raters)
        rest = entry.model_dump(exclude={"raters", "order_words"})
        return RatingRules(raters=raters, order_words=entry.order_words.strip(), **rest)

    async def _people(self, described: Described) -> Mapping[str, str]:
        """Log-ins and roles, as the file leaves them."""
        there = {user.login: user.role.value for user in await self.users.all()}
        return {**there, **{user.login: user.role.value for user in described.entries.users}}


def _require(written: Form | Sequence[object], what: str) -> None:
    """Raises `FernamtError` for what the store refused: its faults are told before, but for those of another's change since."""
    if not isinstance(written, Form) and written:
        raise FernamtError(f"{what} cannot be: {', '.join(map(str, written))}; nothing was changed")


def recording_rules(database: Database, settings: Settings) -> RecordingRules:
    """Of this installation."""
    terms = RecordingTermsStore(database.engine, ZoneInfo(settings.service.time_zone))
    return RecordingRules(forms=QualityForms(database.engine), terms=terms, users=database.users)


def _faults(project: ProjectEntry, people: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    at = f"project {project.project_id}"
    form, rating, terms = _form(project), project.rating, project.recording_terms
    for fault, number in () if form is None else faults_of(form):
        where = "criteria" if number is None else f"criteria {number} {_AT[fault]}"
        yield f"{at} review_form {where}", _OF_FORMS[fault]
    for number, login in enumerate(() if rating is None else rating.raters):
        what = _fault_of_rater(login, () if rating is None else rating.raters[:number], people)
        if what is not None:
            yield f"{at} rating raters {number}", what
    if terms is not None and terms.rated_days < terms.unrated_days:
        yield f"{at} recording_terms rated_days", "is less than unrated_days: what was rated is kept at least as long"


def _fault_of_rater(login: str, earlier: Collection[str], people: Mapping[str, str]) -> str | None:
    if login in earlier:
        return f"{login} stands here twice"
    if login not in people:
        return f"{login} is nobody's log-in"
    role = people[login]
    return None if role in RATING_ROLES else f"{login} is {role}: only {', '.join(RATING_ROLES)} may rate"


def _form(project: ProjectEntry) -> FormDraft | None:
    if project.review_form is None:
        return None
    criteria: Sequence[Criterion] = [Criterion(**each.model_dump()) for each in project.review_form.criteria]
    return FormDraft(project_id=ProjectId(project.project_id), scale=project.review_form.scale, criteria=tuple(criteria))


def _by_login(rules: RatingRules, logins: Mapping[UserId, str]) -> RatingRules:
    """The rules as people read them."""
    return replace(rules, raters=tuple(UserId(logins.get(each, each)) for each in rules.raters))


def _values(record: RatingRules | RecordingTerms) -> dict[str, Any]:
    found = {name: getattr(record, name) for name in record.__slots__}
    return {name: ",".join(value) or "none" if isinstance(value, tuple) else str(value) for name, value in found.items()}
