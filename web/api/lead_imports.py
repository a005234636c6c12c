"""Files that fill a lead list: uploaded, previewed, started, watched, cancelled. None is read in the calls' process."""

from pathlib import Path

from routing.leads.lists import LeadList
from store.lead_imports import ImportState, Instructions, LeadImport
from web.api.leads import list_of, reaches
from web.csv_answer import CSV
from web.permissions import Action, Resource
from web.ports import ExportsBusy
from web.problems import FieldFault, ProblemError
from web.routes import Ask, Body, Needs, Query, route
from web.schemas.leads import ImportShown, ImportsShown, ImportStart, PreviewQuery, PreviewShown, RowFaultShown, UploadQuery
from web.schemas.types import Nothing, maybe_when, when
from web.streaming import take_file

READ = Needs(resource=Resource.LEAD_LIST, action=Action.READ)
WRITE = Needs(resource=Resource.LEAD_LIST, action=Action.WRITE)

MOST_BYTES = 1 << 30
MOST_UPLOADS = 5
"""Files of one list that wait to be started."""
SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = (CSV, SPREADSHEET)


@route(
    "POST",
    "/lead-lists/{lead_list_id}/imports",
    access=WRITE,
    summary="Upload a file of leads",
    query=UploadQuery,
    upload=MEDIA,
    answer=ImportShown,
    problems=("not_open", "busy", "not_ready"),
)
async def upload_leads(ask: Ask[Nothing, UploadQuery]) -> ImportShown:
    """The file is here, for a day; nothing is taken before it is started. CSV in any usual form, or XLSX; the first row names the
    columns."""
    lead_list = await list_of(ask)
    if lead_list.state.value == "closed":
        raise ProblemError("not_open")
    under_way, list_id = ask.deps.uploads_under_way, lead_list.list_id
    under_way[list_id] += 1  # before anything is awaited: many at once would each find room
    try:
        waiting = [each for each in await ask.deps.lead_imports.of_list(list_id) if each.state is ImportState.UPLOADED]
        if len(waiting) + under_way[list_id] > MOST_UPLOADS:
            raise ProblemError("busy")
        return await _taken(ask, lead_list)
    finally:
        under_way[list_id] -= 1


async def _taken(ask: Ask[Nothing, UploadQuery], lead_list: LeadList) -> ImportShown:
    suffix = ".xlsx" if ask.query.name.lower().endswith(".xlsx") else ".csv"
    stored = f"{ask.deps.ids.new(ask.now)}{suffix}"
    await take_file(ask.http, ask.deps.settings, _folder(ask) / stored, ask.deps.lead_files.sealer(stored), limit=MOST_BYTES)
    number = await ask.deps.lead_imports.ask(
        lead_list.list_id, file_name=ask.query.name, stored_as=stored, state=ImportState.UPLOADED, by=ask.author
    )
    found = await ask.deps.lead_imports.get(number)
    if found is None:
        raise ProblemError("not_found")
    return _shown(found)


@route("GET", "/lead-lists/{lead_list_id}/imports", access=READ, summary="List imports of a lead list", answer=ImportsShown)
async def list_lead_imports(ask: Ask[Nothing, Nothing]) -> ImportsShown:
    """The newest first, with counts of what was found in their files."""
    found = await ask.deps.lead_imports.of_list((await list_of(ask)).list_id)
    return ImportsShown(items=[_shown(each, faults=0) for each in found])


@route("GET", "/lead-imports/{import_no}", access=READ, summary="Show an import of leads", answer=ImportShown)
async def show_lead_import(ask: Ask[Nothing, Nothing]) -> ImportShown:
    """How far it is; once it has ended, what was found in its file."""
    return _shown(await _import(ask))


@route(
    "GET",
    "/lead-imports/{import_no}/preview",
    access=WRITE,
    summary="Preview an uploaded file",
    query=PreviewQuery,
    answer=PreviewShown,
    problems=("not_open", "busy", "unusable_file"),
)
async def preview_lead_import(ask: Ask[Nothing, PreviewQuery]) -> PreviewShown:
    """What each column would be taken for, the first rows, and faults in the first thousand."""
    found = await _import(ask)
    if found.state is not ImportState.UPLOADED:
        raise ProblemError("not_open")
    mapping = ask.query.mapping.split(",") if ask.query.mapping else []
    try:
        told = await ask.deps.lead_files.preview(
            found.stored_as, found.list_id, file_name=found.file_name, sheet=ask.query.sheet, mapping=mapping
        )
    except ExportsBusy as busy:
        raise ProblemError("busy") from busy
    if "refused" in told:
        raise ProblemError("unusable_file", facts={"why": str(told["refused"]), "row": int(told.get("row", 0))})
    return PreviewShown(preview=dict(told))


@route(
    "POST", "/lead-imports/{import_no}/start", access=WRITE, summary="Start an import", body=ImportStart, problems=("not_open",)
)
async def start_lead_import(ask: Ask[ImportStart, Nothing]) -> None:
    """The file waits for its turn: all its leads will exist at once, or, where it has faults nobody chose to leave out, none."""
    found, wanted = await _import(ask), ask.body
    wrong = [
        FieldFault(at=f"/leave_out/{place}", code="not_to_leave_out", detail="says that the file is not what was meant")
        for place, code in enumerate(wanted.leave_out)
        if code not in ask.deps.settings.lead_faults_left_out
    ]
    if wrong:
        raise ProblemError("invalid", fields=wrong)
    instructions = Instructions(mapping=list(wanted.mapping), leave_out=list(wanted.leave_out), sheet=wanted.sheet)
    if not await ask.deps.lead_imports.start(found.import_no, instructions, by=ask.author):
        raise ProblemError("not_open")


@route("POST", "/lead-imports/{import_no}/cancel", access=WRITE, summary="Cancel an import", problems=("not_open",))
async def cancel_lead_import(ask: Ask[Nothing, Nothing]) -> None:
    """No lead of it will exist; its file goes."""
    if not await ask.deps.lead_imports.cancel((await _import(ask)).import_no, by=ask.author):
        raise ProblemError("not_open")


async def _import(ask: Ask[Body, Query]) -> LeadImport:
    found = await ask.deps.lead_imports.get(int(ask.path["import_no"]))
    lead_list = None if found is None else await ask.deps.lead_lists.get(found.list_id)
    if found is None or lead_list is None or not reaches(ask, lead_list):
        raise ProblemError("not_found")
    return found


def _folder(ask: Ask[Body, Query]) -> Path:
    folder = ask.deps.settings.leads_folder
    if folder is None:
        raise ProblemError("not_ready")
    return folder


def _shown(each: LeadImport, *, faults: int = 1_000) -> ImportShown:
    return ImportShown(
        import_no=str(each.import_no),
        list_id=each.list_id,
        state=each.state,
        file_name=each.file_name,
        asked_at=when(each.asked_at),
        asked_by=each.asked_by,
        ended_at=maybe_when(each.ended_at),
        is_cancelled=each.is_cancelled,
        rows_read=each.rows_read,
        read_permille=each.read_permille,
        leads=each.leads,
        left_out=each.report.left_out,
        fault_counts=dict(each.report.counts),
        faults=[RowFaultShown(row=row, column=column, code=code) for row, column, code in each.report.faults[:faults]],
    )


ROUTES = (
    upload_leads,
    list_lead_imports,
    show_lead_import,
    preview_lead_import,
    start_lead_import,
    cancel_lead_import,
)
