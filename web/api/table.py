"""All routes of the API, in the order of the document."""

from web.api import (
    agents,
    audit,
    callers,
    calls,
    centre,
    directory,
    handing,
    journal,
    messages,
    minutes,
    parties,
    sessions,
    teams,
    tokens,
    users,
    webhooks,
    why,
)
from web.routes import Route

ROUTES: tuple[Route, ...] = (
    *sessions.ROUTES,
    *agents.ROUTES,
    *calls.ROUTES,
    *handing.ROUTES,
    *callers.ROUTES,
    *why.ROUTES,
    *centre.ROUTES,
    *directory.ROUTES,
    *teams.ROUTES,
    *users.ROUTES,
    *tokens.ROUTES,
    *minutes.ROUTES,
    *messages.ROUTES,
    *webhooks.ROUTES,
    *journal.ROUTES,
    *parties.ROUTES,
    *audit.ROUTES,
)
