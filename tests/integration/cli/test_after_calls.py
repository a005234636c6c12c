"""Orders and surveys at the command line, and what a project says of the time after its calls."""

import asyncio
from pathlib import Path

from routing.aftercall.order_terms import FormRule, OrderTerms
from routing.aftercall.orders import Order, OrderId, OrderState
from store.audit import Author
from store.engine import make_engine
from store.orders import OrderStore
from store.parties import PartyKeys
from telephony.identifiers import AgentId, CallId, ClientId, Instant, ProjectId, UserId
from tests.integration.cli.conftest import Fernamt

SURVEY = """
title = "Mood"
[[questions]]
name = "content"
text = "Content?"
kind = "yes_no"
[[questions]]
name = "why"
text = "Why?"
kind = "single"
choices = ["price", "service"]
only_if = [{question = "content", is_any_of = ["no"]}]
"""
CENTRE = """
[[clients]]
client_id = "lehmann"
name = "Lehmann"
[[projects]]
project_id = "lehmann-sales"
client_id = "lehmann"
name = "Sales"
wrap_up_codes = ["sold", "later"]
[projects.outbound]
kind = "service"
codes = [{code = "sold", verdict = "done", is_success = true}, {code = "later", verdict = "call_back"}]
targets = {success_permille = 120}
[projects.orders]
form_rule = "text_approval"
fields = [{name = "tariff", kind = "choice", choices = ["S", "L"], is_required = true}]
"""
BOOKED_AT = Instant(1_735_700_000_000_000)
"""The first of January 2025."""


def test_what_a_project_says_of_codes_and_orders_is_applied_and_faults_are_told(
    fernamt: Fernamt, centre: Fernamt, tmp_path: Path
) -> None:
    file = tmp_path / "more.toml"
    file.write_text(CENTRE)
    assert fernamt("apply", str(file)).code == 0
    [project] = [each for each in fernamt("projects", "list", "--json").json if each["project_id"] == "lehmann-sales"]
    assert [each["verdict"] for each in project["outbound"]["codes"]] == ["done", "call_back"]
    assert project["orders"]["form_rule"] == "text_approval"
    assert fernamt("projects", "set", "lehmann-sales", "name=Selling").code == 0
    file.write_text(CENTRE.replace('["sold", "later"]', '["sold"]'))
    refused = fernamt("apply", str(file))
    assert refused.code != 0
    assert "none of the project's wrap_up_codes" in refused.err + refused.out


def test_a_survey_is_published_from_a_file_and_counted(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]["project_id"]
    file = tmp_path / "mood.toml"
    file.write_text(SURVEY)
    for version in (1, 2):
        assert f"version {version}" in fernamt("surveys", "publish", "mood", str(file), "--project", project).err
    assert [each["version"] for each in fernamt("surveys", "list", "--json").json] == [2]
    assert fernamt("surveys", "figures", "mood").out.splitlines()[0].startswith("question,text,kind")
    assert fernamt("surveys", "figures", "none").code == 5
    file.write_text(SURVEY.replace('["no"]', '["perhaps"]'))
    assert "is no answer to" in fernamt("surveys", "publish", "mood", str(file), "--project", project).err
    file.write_text("title = 1")
    assert fernamt("surveys", "publish", "mood", str(file), "--project", project).code != 0


def test_the_office_steps_an_order_on(fernamt: Fernamt, centre: Fernamt, tmp_path: Path) -> None:
    project = fernamt("projects", "list", "--json").json[0]

    async def book() -> None:
        engine = make_engine(f"sqlite:///{next((tmp_path / 'state').rglob('*.db'))}")
        order = Order(
            order_id=OrderId("o1"),
            project_id=ProjectId(project["project_id"]),
            client_id=ClientId(project["client_id"]),
            call_id=CallId("c1"),
            agent_id=AgentId("anna"),
            terms=OrderTerms(form_rule=FormRule.TEXT_APPROVAL),
            state=OrderState.BOOKED,
            booked_at=BOOKED_AT,
        )
        by = Author(user_id=UserId("anna"), at=BOOKED_AT)
        await OrderStore(engine, PartyKeys(bytes(32))).book(order, {}, by=by)
        await engine.dispose()

    asyncio.run(book())
    assert fernamt("orders", "list", "--from", "2024-12-01", "--to", "2025-02-01", "--json").json[0]["state"] == "booked"
    early = fernamt("orders", "step", "o1", "approve", "--at", "2025-01-02")
    assert (early.code, "not in this state" in early.err) == (1, True)
    for deed, day in (("send_text", "2025-01-02"), ("approve", "2025-01-03")):
        assert fernamt("orders", "step", "o1", deed, "--at", day).code == 0
    shown = fernamt("orders", "show", "o1")
    assert (shown.json["state"], [each["deed"] for each in shown.json["steps"]]) == (
        "effective",
        ["book", "send_text", "approve"],
    )
    assert fernamt("orders", "step", "o1", "deliver", "--at", "2199-01-01").code == 2
    assert fernamt("orders", "step", "o1", "expire").code == 2
    assert fernamt("orders", "step", "none", "approve", "--at", "2025-01-03").code == 5
    assert fernamt("orders", "show", "none").code == 5
