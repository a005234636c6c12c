"""Codes, targets and orders of a project, as a centre file says them, and back."""

import pytest
from pydantic import ValidationError

from fernamt.centre.entries import ProjectEntry
from fernamt.centre.records import project_of, values_of_project
from routing.aftercall.order_terms import FormRule
from routing.outbound.facts import Covers
from routing.outbound.verdicts import Verdict
from store.centre import Centre
from store.centre_checks import Known, faults_of
from telephony.identifiers import ClientId

ENTRY = {
    "project_id": "sales",
    "client_id": "acme",
    "name": "Sales",
    "wrap_up_codes": ("sold", "later", "never"),
    "outbound": {
        "kind": "advertising",
        "codes": [
            {"code": "sold", "verdict": "done", "is_success": True},
            {"code": "later", "verdict": "call_back", "wait_ms": 3_600_000},
            {"code": "never", "verdict": "do_not_call", "covers": "everything"},
        ],
        "targets": {"success_permille": 120, "cancellation_permille": 300},
    },
    "orders": {
        "form_rule": "text_approval",
        "fields": [{"name": "tariff", "kind": "choice", "choices": ["S", "L"], "is_required": True}],
    },
}


def test_what_a_file_says_is_what_the_project_does_and_comes_back_the_same() -> None:
    project = project_of(ProjectEntry.model_validate(ENTRY))
    assert project.outbound is not None
    assert [each.verdict for each in project.outbound.codes] == [Verdict.DONE, Verdict.CALL_BACK, Verdict.DO_NOT_CALL]
    assert project.outbound.codes[2].covers is Covers.EVERYTHING
    assert project.outbound.targets.cancellation_permille == 300
    assert project.orders is not None
    assert project.orders.form_rule is FormRule.TEXT_APPROVAL
    assert project_of(ProjectEntry.model_validate(values_of_project(project))) == project


def test_codes_the_project_has_not_and_forms_that_cannot_be_are_told_with_their_place() -> None:
    wrong = {
        **ENTRY,
        "wrap_up_codes": ("sold", "later"),
        "orders": {"form_rule": "voice", "fields": [{"name": "a", "kind": "choice"}]},
    }
    project = project_of(ProjectEntry.model_validate(wrong))
    known = Known(clients={ClientId("acme")}, projects=(), agents=(), endpoints={})
    told = [fault.where for fault in faults_of(Centre(projects=(project,)), known)]
    assert told == ["project sales outbound codes", "project sales orders"]


@pytest.mark.parametrize("orders", [{"form_rule": "voice", "withdrawal_days": 7}, {"form_rule": "wax_seal"}, {}])
def test_an_order_that_the_law_does_not_know_is_refused(orders: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ProjectEntry.model_validate({**ENTRY, "orders": orders})
