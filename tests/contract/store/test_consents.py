"""Consents to advertising: every proof is kept, the one in force is found, and a withdrawal holds at once."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
import pytest_asyncio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from routing.outbound.asking import DialPurpose, Permit, WorkKind
from routing.outbound.facts import ConsentBasis, ConsentPurpose
from routing.outbound.rules import ProjectOutbound
from store.audit import Author
from store.centre import CentreRejected
from store.consents import KEPT_AFTER_USE_US, Consent, ConsentStore, Document
from store.engine import reading
from store.parties import PartyStore
from store.retention import Retention
from store.tables.outbound import CONSENT_DOCUMENTS
from telephony.errors import Refusal, RefusalCode
from telephony.identifiers import SECOND, ClientId, Instant, PartyId, ProjectId
from tests.contract.store.dial_books import CLERK, KEYS, World, in_database
from tests.unit.routing.outbound.asks import BERLIN, FRIDAY_AT_TEN

ACME, OTHER, ANNA = ClientId("acme"), ClientId("other"), PartyId("anna-k")
DAY = 86_400 * SECOND
BY = Author(user_id=CLERK, at=FRIDAY_AT_TEN)


def a_consent(name: str, **facts: object) -> Consent:
    base = Consent(
        consent_id=name,
        client_id=ACME,
        basis=ConsentBasis.EXPRESS,
        granted_at=Instant(FRIDAY_AT_TEN - 10 * DAY),
        given_how="by form",
        wording="You may call me.",
        wording_version="2026-03",
        source="campaign 7",
        document="forms/1.pdf",
    )
    return replace(base, **facts)  # type: ignore[arg-type]


def ago(days: int) -> Instant:
    return Instant(FRIDAY_AT_TEN - days * DAY)


@dataclass
class Scene:
    """A project that advertises, a person, and the consents."""

    engine: AsyncEngine
    world: World
    consents: ConsentStore

    def kind(self, kind: WorkKind, *, has_offer: bool = False) -> None:
        outbound = ProjectOutbound(kind=kind, has_offer=has_offer)
        project = replace(self.world.centre.projects[ProjectId("sales")], outbound=outbound)
        self.world.centre = replace(self.world.centre, projects={project.project_id: project})

    async def asked(self) -> str:
        """The consent that permits the next call, or why there is none; no attempt is counted against the next one."""
        self.world.clock.at = Instant(self.world.clock.at + 2 * DAY)
        while (self.world.clock.at // DAY + 3) % 7 in (5, 6):
            self.world.clock.at = Instant(self.world.clock.at + DAY)
        answer = await self.world.desk.permission(self.world.ask(DialPurpose.PREVIEW), ANNA)
        if isinstance(answer, Permit):
            return answer.consent_id or "permitted without"
        assert isinstance(answer, Refusal)
        assert answer.code is RefusalCode.NO_CONSENT, answer
        return str(answer.facts["why"])


@pytest_asyncio.fixture
async def scene(engine: AsyncEngine) -> AsyncIterator[Scene]:
    """Nobody has consented yet."""
    world = await in_database(engine)
    await world.put_person(ANNA, BERLIN)
    scene = Scene(engine, world, ConsentStore(engine, KEYS))
    scene.kind(WorkKind.ADVERTISING)
    yield scene


async def test_a_newer_consent_does_not_replace_the_older_proof(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("first", granted_at=ago(20)))
    await scene.consents.record("030 23125-100", a_consent("second", granted_at=ago(5), wording="New words."))
    kept = await scene.consents.history(BERLIN)
    assert [(each.consent.consent_id, each.consent.wording) for each in kept] == [
        ("second", "New words."),
        ("first", "You may call me."),
    ]
    assert [each.kept_until for each in kept] == [ago(5) + KEPT_AFTER_USE_US, ago(20) + KEPT_AFTER_USE_US]
    assert await scene.asked() == "second"
    used = {each.consent.consent_id: each.used_at for each in await scene.consents.history(BERLIN)}
    assert used == {"first": None, "second": scene.world.clock.at}


async def test_the_one_in_force_is_found_among_withdrawn_and_weaker_ones(scene: Scene) -> None:
    assert await scene.asked() == "none"
    await scene.consents.record(BERLIN, a_consent("presumed", basis=ConsentBasis.PRESUMED, granted_at=ago(1)))
    assert await scene.asked() == "presumed"  # the why, not the id: they are no business
    await scene.consents.record(BERLIN, a_consent("express", granted_at=ago(9)))
    assert await scene.asked() == "express"
    ended = await scene.consents.withdraw(BERLIN, ACME, scene.world.clock.at, reason="by letter")
    assert sorted(ended.consent_ids) == ["express", "presumed"]
    assert await scene.asked() == "withdrawn"
    assert (await scene.consents.withdraw(BERLIN, ACME, scene.world.clock.at)).consent_ids == ()


async def test_a_proof_from_before_the_withdrawal_revives_nothing_and_one_from_after_does(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("first", granted_at=ago(20)))
    await scene.consents.withdraw(BERLIN, ACME, ago(10))
    late = await scene.consents.record(BERLIN, a_consent("found-later", granted_at=ago(15)))
    assert late.withdrawn_at == ago(10)
    assert not late.is_in_force
    assert await scene.asked() == "withdrawn"
    assert (await scene.consents.record(BERLIN, a_consent("anew", granted_at=ago(3)))).is_in_force
    assert await scene.asked() == "anew"
    assert len(await scene.consents.history(BERLIN)) == 3


async def test_whose_calls_and_what_for_is_part_of_a_consent(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("of-other", client_id=OTHER))
    await scene.consents.record(BERLIN, a_consent("survey", purpose=ConsentPurpose.SURVEY))
    assert await scene.asked() == "none"
    scene.kind(WorkKind.SURVEY)
    assert await scene.asked() == "survey"
    scene.kind(WorkKind.SURVEY, has_offer=True)
    assert await scene.asked() == "none"
    await scene.consents.record(BERLIN, a_consent("advertising"))
    assert await scene.asked() == "advertising"
    scene.kind(WorkKind.SURVEY)
    assert await scene.asked() == "advertising"
    assert [each.consent.consent_id for each in await scene.consents.history(BERLIN, [OTHER])] == ["of-other"]
    await scene.consents.withdraw(BERLIN, OTHER, scene.world.clock.at)
    assert await scene.asked() == "advertising"


async def test_a_withdrawal_names_the_calls_that_rest_on_it_and_the_next_is_refused(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("first"))
    ask = scene.world.ask(DialPurpose.PREVIEW)
    assert isinstance(await scene.world.desk.permission(ask, ANNA), Permit)
    ended = await scene.consents.withdraw_of_call(ask.call_id, None, ACME, ask.at, reason="said so", by=BY)
    assert ended is not None
    assert ended.running == ((ask.call_id, ask.leg_id, ask.agent_id),)
    second = scene.world.ask(DialPurpose.PREVIEW, call=ask.call_id)
    answer = await scene.world.desk.permission(second, ANNA)
    assert isinstance(answer, Refusal)
    assert answer.code is RefusalCode.NO_CONSENT
    await scene.consents.record(BERLIN, a_consent("anew", granted_at=Instant(ask.at)))
    scene.world.clock.at = Instant(ask.at + 3 * DAY)
    answer = await scene.world.desk.permission(scene.world.ask(DialPurpose.PREVIEW), ANNA)
    assert isinstance(answer, Refusal)


async def test_who_called_us_can_withdraw_on_that_call_and_nobody_without_a_number(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("first"))
    call = scene.world.ask().call_id
    assert await scene.consents.withdraw_of_call(call, PartyId("nobody"), ACME, FRIDAY_AT_TEN, reason="", by=BY) is None
    ended = await scene.consents.withdraw_of_call(call, ANNA, ACME, FRIDAY_AT_TEN, reason="", by=BY)
    assert ended is not None
    assert ended.consent_ids == ("first",)


async def test_a_document_is_kept_encrypted_and_comes_out_as_it_went_in(scene: Scene) -> None:
    form = Document(name="form.pdf", media_type="application/pdf", content=b"%PDF I, Erika, consent")
    recorded = await scene.consents.record(BERLIN, a_consent("first", document=""), form)
    assert recorded.document_id is not None
    assert await scene.consents.document(recorded.document_id) == (ACME, form)
    assert await scene.consents.document("nothing") is None
    async with reading(scene.engine) as connection:
        row = (await connection.execute(select(CONSENT_DOCUMENTS))).one()
    assert b"Erika" not in row.cipher
    assert b"Erika".hex().encode() not in row.cipher
    await scene.asked()
    async with reading(scene.engine) as connection:
        kept = (await connection.execute(select(CONSENT_DOCUMENTS.c.kept_until))).scalar_one()
    assert kept == scene.world.clock.at + KEPT_AFTER_USE_US


async def test_who_is_erased_leaves_their_proofs_which_permit_nothing_and_the_receipt_says_why(scene: Scene) -> None:
    await scene.consents.record(BERLIN, a_consent("first"))
    people = PartyStore(scene.engine, KEYS)
    receipt = await people.erase(at=FRIDAY_AT_TEN, receipt_id="r1", reason="asked for it", number=BERLIN)
    (part,) = [each for each in receipt.parts if each.what == "consents"]
    assert (part.count, part.became) == (1, "restricted")
    assert "§7a" in part.why
    await scene.world.put_person(PartyId("again"), BERLIN)
    answer = await scene.world.desk.permission(scene.world.ask(DialPurpose.PREVIEW), PartyId("again"))
    assert isinstance(answer, Refusal)
    assert answer.facts["why"] == "none"
    (kept,) = await scene.consents.history(BERLIN)
    assert kept.restricted_at == FRIDAY_AT_TEN


@pytest.mark.parametrize(
    "facts",
    [
        {"client_id": ClientId("nobody")},
        {"granted_at": Instant(2**52)},
        {"wording": " "},
        {"given_how": ""},
        {"document": ""},
        {"consent_id": "taken"},
    ],
)
async def test_what_proves_nothing_is_refused_and_leaves_nothing(scene: Scene, facts: dict[str, object]) -> None:
    await scene.consents.record(BERLIN, a_consent("taken"))
    with pytest.raises(CentreRejected):
        await scene.consents.record(BERLIN, a_consent("new", **facts))
    for content in (b"", b"x" * (4 * 1024 * 1024 + 1)):
        too = Document(name="n", media_type="text/plain", content=content)
        with pytest.raises(CentreRejected):
            await scene.consents.record(BERLIN, a_consent("large"), too)
    assert len(await scene.consents.history(BERLIN)) == 1


async def test_a_proof_goes_when_its_term_is_over_and_takes_its_document_along(scene: Scene) -> None:
    form = Document(name="form.pdf", media_type="application/pdf", content=b"%PDF")
    await scene.consents.record(BERLIN, a_consent("old", granted_at=Instant(1)), form)
    await scene.consents.record(BERLIN, a_consent("new"), form)
    sweep = Retention(scene.engine, {"attempts": 1})
    await sweep.sweep(FRIDAY_AT_TEN)
    assert [each.consent.consent_id for each in await scene.consents.history(BERLIN)] == ["new"]
    assert await scene.consents.document("old.document") is None
    assert await scene.consents.document("new.document") is not None
