"""`fernamt levels`: the rule, what is proposed, and who decides."""

from dataclasses import replace
from typing import Annotated, Any

import typer

from fernamt import parts
from fernamt.attendance import AttendanceReliability
from fernamt.authors import command_line
from fernamt.cli.exits import CliError, Exit, not_found
from fernamt.cli.options import Json, Language, Spoken
from fernamt.cli.period import From, To, moment
from fernamt.cli.showing import local_time, note, show_json, show_rows, terminal
from fernamt.cli.work import run, settings
from fernamt.installation import Database, Places, opened
from fernamt.level_jobs import LevelSources, proposals_of
from fernamt.moment import new_id, now
from routing.levels.contest import Answer
from routing.levels.proposal import Obstacle, Proposal, ProposalState
from routing.levels.told import appraisal_told, points, state_told
from store.audit import Author
from store.contests import ContestStore, WordsErased
from store.levels import LevelRun, LevelStore
from store.shifts import ShiftStore
from telephony.identifiers import AgentId, Instant, ProjectId, UserId

COLUMNS = ("proposal_id", "agent_id", "project_id", "period", "level_before", "level", "score", "state", "in_force")
CONTEST_COLUMNS = ("contest_id", "agent_id", "what", "subject", "words", "responsible", "raised", "answer", "answer_words")
THE_COMMAND_LINE = UserId("command-line")

Proposed = Annotated[str, typer.Argument(metavar="PROPOSAL_ID")]
Objection = Annotated[str, typer.Argument(metavar="CONTEST_ID")]
Who = Annotated[str, typer.Option("--as", metavar="LOGIN", help="Who decides: a supervisor or administrator, by log-in.")]
Note = Annotated[str, typer.Option("--note", help="Why; the agent reads it.")]
InForce = Annotated[str | None, typer.Option("--in-force", help="From when; the first possible date where nothing is said.")]
Project = Annotated[str | None, typer.Option("--project", help="A level for this project alone.")]
Agent = Annotated[str | None, typer.Option("--agent", help="Only of this agent.")]
Whose = Annotated[str, typer.Argument(metavar="AGENT_ID")]
Reason = Annotated[str, typer.Option("--reason", help="Why: it is kept with the receipt.")]
Open = Annotated[bool, typer.Option("--open", help="Only what is to be decided.")]
Given = Annotated[Answer, typer.Option("--answer", help="stands, or withdrawn: the decision is taken back.")]


def register(app: typer.Typer) -> None:
    """The commands are known."""
    app.command("rule")(rule)
    app.command("propose")(propose)
    app.command("list")(show)
    app.command("show")(tell)
    app.command("confirm")(confirm)
    app.command("refuse")(refuse)
    app.command("contests")(contests)
    app.command("answer")(answer)
    app.command("erase-words")(erase_words)


def rule(as_json: Json = False) -> None:
    """Show the rule in force with its version; a centre file changes it, by its table [levels]."""
    version, found = run(_with(lambda levels, _: levels.rule()))
    if as_json:
        show_json({"version": version, "rule": found})
        return
    rows = [{"key": name, "value": getattr(found, name)} for name in found.__dataclass_fields__]
    show_rows(("key", "value"), [{"key": "version", "value": version}, *rows], is_json=False)


def propose(begin: From, end: To, project: Project = None, as_json: Json = False) -> None:
    """Work levels out for a period now, and list them as proposals; nothing changes before a person confirms."""
    from_at, to_at = moment("--from", begin), moment("--to", end)
    if to_at <= from_at:
        raise CliError("--to is not after --from", way_out="give a later --to", code=Exit.USAGE)
    show_rows(COLUMNS, [_row(each) for each in run(_propose(from_at, to_at, project))], is_json=as_json)


def show(agent: Agent = None, is_open: Open = False, as_json: Json = False) -> None:
    """List proposals, the newest period first."""
    agents = None if agent is None else [AgentId(agent)]
    states = [ProposalState.OPEN] if is_open else None
    found = run(_with(lambda levels, _: levels.proposals(agent_ids=agents, states=states)))
    show_rows(COLUMNS, [_row(each) for each in found], is_json=as_json)


def tell(proposal: Proposed, language: Language = Spoken.EN, as_json: Json = False) -> None:
    """Show a proposal with its whole arithmetic."""
    found, sentences = run(_told(proposal, language.value))
    if as_json:
        show_json({**_row(found), "appraisal": found.appraisal, "rule_version": found.rule_version, "sentences": sentences})
        return
    for sentence in sentences:
        terminal().print(sentence, soft_wrap=True, markup=False)


def confirm(proposal: Proposed, who: Who, reason: Note = "", in_force: InForce = None) -> None:
    """Stand behind a proposed level: it comes into force at its date."""
    at = None if in_force is None else moment("--in-force", in_force)
    found = run(_decided(proposal, who, lambda levels, by: levels.confirm(proposal, note=reason, in_force_at=at, by=by)))
    note(f"level {found.appraisal.level} of {found.agent_id} is in force from {local_time(found.in_force_at or 0)}")


def refuse(proposal: Proposed, who: Who, reason: Note = "") -> None:
    """Refuse a proposed level: it stays as it is."""
    found = run(_decided(proposal, who, lambda levels, by: levels.refuse(proposal, note=reason, by=by)))
    note(f"the level of {found.agent_id} stays {found.appraisal.level_before}")


def contests(agent: Agent = None, is_open: Open = False, as_json: Json = False) -> None:
    """List what agents contest, the newest first."""
    agents = None if agent is None else [AgentId(agent)]
    found = run(_with(lambda _, objections: objections.contests(agent_ids=agents, is_open=True if is_open else None)))
    rows = [
        {
            **{name: getattr(each, name, None) for name in CONTEST_COLUMNS},
            "raised": local_time(each.raised_at),
            "answered_by": each.answered_by,
        }
        for each in found
    ]
    show_rows(CONTEST_COLUMNS, rows, is_json=as_json)


def answer(contest: Objection, who: Who, given: Given, words: Note = "") -> None:
    """Answer an objection: the decision stands, or is taken back."""
    run(_answered(contest, who, given, words))
    note(f"objection {contest} is answered: {given.value}")


def erase_words(agent: Whose, reason: Reason, as_json: Json = False) -> None:
    """Destroy the key of what an agent wrote in objections and was answered; who, what, when and the decision stay."""
    receipt = run(_words_erased(agent, reason))
    if as_json:
        show_json(receipt)
    else:
        print(receipt.receipt_id)
        note(
            f"the words of {receipt.contests} objections of {agent} cannot be read any more; the receipt is {receipt.receipt_id}"
        )


async def _words_erased(agent: str, reason: str) -> WordsErased:
    async with opened(settings()) as database:
        if await database.directory.agent(AgentId(agent)) is None:
            raise not_found("agent", agent, list_with="fernamt agents list")
        by = replace(command_line(), reason=reason)
        return await _objections(database).erase_words(AgentId(agent), receipt_id=new_id(by.at), reason=reason, by=by)


async def _with(ask: Any) -> Any:
    async with opened(settings()) as database:
        return await ask(LevelStore(database.engine), _objections(database))


async def _propose(from_at: Instant, to_at: Instant, project: str | None) -> list[Proposal]:
    async with opened(settings()) as database:
        if project is not None and project not in {each.item.project_id for each in await database.directory.projects()}:
            raise not_found("project", project, list_with="fernamt projects list")
        levels, at = LevelStore(database.engine), now()
        scope = None if project is None else ProjectId(project)
        asked = LevelRun(
            run_id=new_id(at), from_at=from_at, to_at=to_at, project_id=scope, asked_at=at, asked_by=THE_COMMAND_LINE, done_at=at
        )
        sources = LevelSources(
            levels=levels,
            directory=database.directory,
            journal=database.journal,
            reliability=AttendanceReliability(database.journal, ShiftStore(database.engine), parts.agent_rules(settings())),
        )
        await levels.ask(asked)
        await levels.propose(asked, await proposals_of(asked, sources), at=at)
        found = await levels.proposals(from_at=from_at, to_at=to_at, limit=100_000)
    same = (from_at, to_at, scope)
    return [each for each in found if (each.from_at, each.to_at, each.project_id) == same]


async def _told(proposal_id: str, language: str) -> tuple[Proposal, list[str]]:
    async with opened(settings()) as database:
        levels = LevelStore(database.engine)
        found = await levels.proposal(proposal_id)
        if found is None:
            raise not_found("proposal", proposal_id, list_with="fernamt levels list")
        _, rule_then = await levels.rule(found.rule_version)
        by = None if found.decided_by is None else await database.users.get(found.decided_by)
    in_force = "–" if found.in_force_at is None else local_time(found.in_force_at)
    said = [*appraisal_told(found.appraisal, rule_then, language)]
    return found, [*said, state_told(found, language, decided_by="–" if by is None else by.display_name, in_force=in_force)]


async def _decided(proposal_id: str, login: str, decide: Any) -> Proposal:
    async with opened(settings()) as database:
        found = await decide(LevelStore(database.engine), await _person(database, login))
    if found is None:
        raise not_found("proposal", proposal_id, list_with="fernamt levels list")
    if isinstance(found, Obstacle):
        raise _refused(found, f"proposal {proposal_id}")
    decided: Proposal = found
    return decided


async def _answered(contest_id: str, login: str, given: Answer, words: str) -> None:
    async with opened(settings()) as database:
        by = await _person(database, login)
        found = await _objections(database).answer(contest_id, answer=given, words=words, by=by)
    if found is None:
        raise not_found("objection", contest_id, list_with="fernamt levels contests")
    if isinstance(found, Obstacle):
        raise _refused(found, f"objection {contest_id}")


def _objections(database: Database) -> ContestStore:
    return ContestStore(database.engine, Places(settings()).party_keys())


async def _person(database: Database, login: str) -> Author:
    user = await database.users.find(login)
    if user is None:
        raise not_found("user", login, list_with="fernamt users list")
    return Author(user_id=user.user_id, at=now(), reason="by the command line")


def _refused(obstacle: Obstacle, what: str) -> CliError:
    ways = {
        Obstacle.NOT_OPEN: (f"{what} is decided already, or there is nothing to decide", "see `fernamt levels list`"),
        Obstacle.TOO_SOON: ("the date is before the notice the rule gives", "`fernamt levels rule` tells notice_days"),
        Obstacle.NOT_A_PERSON: (
            "only a supervisor or administrator who has a password and whom it is not about decides",
            "name another with --as",
        ),
    }
    said, way_out = ways[obstacle]
    return CliError(said, way_out=way_out)


def _row(proposal: Proposal) -> dict[str, Any]:
    appraisal = proposal.appraisal
    return {
        "proposal_id": proposal.proposal_id,
        "agent_id": proposal.agent_id,
        "project_id": proposal.project_id,
        "period": f"{local_time(proposal.from_at)[:10]}…{local_time(proposal.to_at)[:10]}",
        "from_at": proposal.from_at,
        "to_at": proposal.to_at,
        "level_before": appraisal.level_before,
        "level": appraisal.level,
        "score": points(appraisal.score, "en"),
        "state": proposal.state.value,
        "shortage": None if appraisal.shortage is None else appraisal.shortage.value,
        "in_force": None if proposal.in_force_at is None else local_time(proposal.in_force_at),
        "note": proposal.note,
    }
