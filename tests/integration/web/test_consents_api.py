"""Consents to advertising calls over the API: who records and withdraws them, and who sees whose."""

import base64
from typing import Any

import pytest

from telephony.consents import ConsentWithdrawn
from telephony.identifiers import AgentId, CallId, LegId
from tests.integration.web.edge import World
from tests.integration.web.matrix_words import ANNAS_CALL, CARLAS_CALL
from tests.integration.web.stories import a_talk
from web.routes import PREFIX

CONSENTS = f"{PREFIX}/consents"
NUMBER = "+49 30 23125 100"
A_CONSENT: dict[str, Any] = {
    "number": NUMBER,
    "client_id": "acme",
    "granted_at": "2026-01-01T00:00:00Z",
    "given_how": "by form",
    "wording": "You may call me.\nAny time.",
    "wording_version": "3",
    "source": "campaign 7",
    "file": {"name": "form.pdf", "media_type": "application/pdf", "content": base64.b64encode(b"%PDF <script>").decode()},
}


async def test_a_consent_is_recorded_with_its_proof_shown_and_withdrawn(world: World) -> None:
    status, made = await world.ask("POST", CONSENTS, by="sven", json=A_CONSENT)
    assert (status, made["is_in_force"]) == (200, True)
    _, found = await world.ask("POST", f"{CONSENTS}/look-up", by="sven", json={"number": NUMBER})
    (shown,) = found["items"]
    assert (shown["client_id"], shown["wording"], shown["wording_version"]) == ("acme", A_CONSENT["wording"], "3")
    path = f"{PREFIX}/consent-documents/{shown['document_id']}"
    assert await world.ask("GET", path, by="sven") == (200, b"%PDF <script>")
    assert world.audit.deeds[-1][1:3] == ("consent.document_shown", shown["document_id"])
    gone = {"number": NUMBER, "client_id": "acme", "reason": "by letter"}
    assert await world.ask("POST", f"{CONSENTS}/withdraw", by="sven", json=gone) == (200, {"consents": 1, "running_calls": []})
    _, found = await world.ask("POST", f"{CONSENTS}/look-up", by="sven", json={"number": NUMBER})
    assert found["items"][0]["is_in_force"] is False


async def test_a_proof_is_never_shown_as_a_page(world: World) -> None:
    page = {"name": "form.html", "media_type": "text/html", "content": base64.b64encode(b"<script>1</script>").decode()}
    await world.ask("POST", CONSENTS, by="sven", json={**A_CONSENT, "file": page})
    document_id = next(iter(world.consents.documents))
    headers = {"Authorization": f"Bearer {world.token('sven')}"}
    async with world.client.get(f"{world.url}{PREFIX}/consent-documents/{document_id}", headers=headers) as answer:
        assert answer.content_type == "application/octet-stream"
        assert answer.headers["Content-Disposition"] == "attachment"


async def test_a_client_sees_consents_to_its_own_calls_alone(world: World) -> None:
    await world.ask("POST", CONSENTS, by="sven", json=A_CONSENT)
    await world.ask("POST", CONSENTS, by="sven", json={**A_CONSENT, "client_id": "bolt"})
    for login in ("acme", "bolt"):
        _, found = await world.ask("POST", f"{CONSENTS}/look-up", by=login, json={"number": NUMBER})
        assert [each["client_id"] for each in found["items"]] == [login]
    theirs = next(name for name, (client, _) in world.consents.documents.items() if client == "bolt")
    assert (await world.ask("GET", f"{PREFIX}/consent-documents/{theirs}", by="acme"))[0] == 404
    assert (await world.ask("GET", f"{PREFIX}/consent-documents/{theirs}", by="bolt"))[0] == 200
    acme = world.user("acme")
    world.users.rows[acme.user_id] = type(acme)(
        user_id=acme.user_id, login="acme", display_name="acme", role=acme.role, created_at=acme.created_at
    )
    _, found = await world.ask("POST", f"{CONSENTS}/look-up", by="acme", json={"number": NUMBER})
    assert found["items"] == []


async def test_a_withdrawal_on_the_call_is_told_to_whoever_talks_on_it(world: World) -> None:
    for call, client, agent, seq in ((ANNAS_CALL, "acme", "anna", 1), (CARLAS_CALL, "bolt", "carla", 101)):
        world.journal.envelopes += a_talk(call, client=client, agent=agent, first_seq=seq)
    said = {"reason": "said so"}
    path = f"{PREFIX}/calls/{ANNAS_CALL}/withdraw-consent"
    assert await world.ask("POST", path, by="anna", json=said) == (200, {"consents": 1, "running_calls": [ANNAS_CALL]})
    assert world.notes.seen == [
        ConsentWithdrawn(
            call_id=CallId(ANNAS_CALL),
            leg_id=LegId(f"{ANNAS_CALL}.outside.1"),
            by=world.user("anna").user_id,
            agent_id=AgentId("anna"),
        )
    ]
    for login in ("anna", "lena"):
        assert (await world.ask("POST", f"{PREFIX}/calls/{CARLAS_CALL}/withdraw-consent", by=login, json=said))[0] == 404
    assert (await world.ask("POST", path, by="acme", json=said))[0] == 403
    assert len(world.notes.seen) == 1


WRONG: tuple[dict[str, Any], ...] = (
    {"number": "erika"},
    {"number": "112"[:2]},
    {"client_id": "nobody"},
    {"granted_at": "2026-01-01T00:00:00"},
    {"wording": ""},
    {"given_how": "a\nb"},
    {"purpose": "service"},
    {"file": None},
    {"file": {"name": "../../x", "media_type": "nonsense", "content": "eA=="}},
    {"file": {"name": "x", "media_type": "text/plain", "content": "%%%"}},
)


@pytest.mark.parametrize("wrong", WRONG)
async def test_what_proves_nothing_is_refused(world: World, wrong: dict[str, Any]) -> None:
    assert (await world.ask("POST", CONSENTS, by="sven", json={**A_CONSENT, **wrong}))[0] == 422
    assert world.consents.rows == []
