"""What the API shows of a project is all of it: who writes back what they read changes nothing."""

from dataclasses import MISSING, fields
from datetime import time

from routing.aftercall.order_terms import FormRule, OrderTerms
from routing.announcements import Announcements
from routing.callback import CallbackRules
from routing.departments import Department
from routing.directory import ClosedTreatment, ClosingTreatment, OutsideShift, Project
from routing.hours import OpeningHours, Window
from routing.menu import Menu, MenuOption
from routing.outbound.asking import WorkKind
from routing.outbound.rules import Attempts, ProjectOutbound
from routing.outbound.verdicts import CodeRule, Targets, Verdict
from routing.overflow import OverflowReason, OverflowRule, OverflowTarget
from routing.sampling import SamplingRules
from telephony.demands import CallDemand, RelaxationStep, SkillNeed
from telephony.identifiers import ClientId, ProjectId, WrapUpCode
from telephony.recording_signs import RecordingSign, SignKind
from telephony.terms import MachineRule
from web.centre_reading import project_of
from web.views import project_shown

HOURS = OpeningHours(zone="Europe/Berlin", week={0: (Window(opens=time(8), closes=time(18)),)}, holidays_of="BE")
TAX = SkillNeed(skill="tax", grade=4)
FULL = Project(
    project_id=ProjectId("orders"),
    client_id=ClientId("nord"),
    name="Bestellungen",
    language="en",
    hours=HOURS,
    closed_treatment=ClosedTreatment.REJECT,
    at_closing=ClosingTreatment.CLOSE,
    closing_grace_ms=60_000,
    answers_early=True,
    accepts_anonymous=False,
    music="harp",
    mailbox="orders@centre.example",
    ring_timeout_ms=15_000,
    recovery_ms=5_000,
    wait_limit_ms=90_000,
    priority_weight=2.0,
    weights=(1.0, 1.5, 4.0),
    wrap_up_limit_ms=10_000,
    wrap_up_extension_ms=20_000,
    wrap_up_codes=(WrapUpCode("sold"), WrapUpCode("lost")),
    service_level_ms=10_000,
    demand=CallDemand(language="fr", skills=(TAX, SkillNeed(skill="sales", is_required=False)), priority_ms=5_000),
    relaxation=(RelaxationStep(after_ms=30_000, drop=("tax",)),),
    preference_ms=1_000,
    sticky_ms=2_000,
    menu=Menu(prompt=("orders/menu",), options=(MenuOption(key="1", department="tax"), MenuOption(key="2", callback=True))),
    departments=(Department(name="tax", digits="7", project_id=ProjectId("help"), skills=(TAX,), priority_ms=1_000),),
    announcements=Announcements(first_after_ms=9_000, callback_key="5"),
    overflow=(OverflowRule(reason=OverflowReason.WAITING_TIME, limit=60_000, target=OverflowTarget.CALLBACK),),
    callback=CallbackRules(attempts=2, retry_ms=600_000, kept_ms=3_600_000),
    outbound=ProjectOutbound(
        kind=WorkKind.ADVERTISING,
        has_offer=True,
        hours=HOURS,
        attempts=Attempts(per_day=1),
        countries=("CH",),
        max_duration_ms=600_000,
        dials_in_pause=True,
        dials_in_wrap_up=False,
        dial_task="t1",
        dial_code="81",
        preview_limit_ms=60_000,
        machines=MachineRule.TELL,
        machine_after_ms=5_000,
        is_progressive=True,
        keeps_free=2,
        codes=(CodeRule(code=WrapUpCode("sold"), verdict=Verdict.DONE, is_success=True),),
        targets=Targets(reach_permille=400, successes_per_hour=1.5),
    ),
    recording_sign=RecordingSign(kind=SignKind.BEEP, every_ms=20_000, sound="own/recorded"),
    orders=OrderTerms(form_rule=FormRule.TEXT_APPROVAL, withdrawal_days=30),
    outside_shift=OutsideShift.REFUSE,
    sampling=SamplingRules(rate_permille=20, answer_within_ms=15_000, agent_cap=3, cap_days=7, longest_ms=600_000),
)


def test_the_project_of_this_test_says_everything_that_can_be_said() -> None:
    for record in (FULL, FULL.outbound):
        assert record is not None
        for each in fields(record):
            default = each.default if each.default_factory is MISSING else each.default_factory()
            assert getattr(record, each.name) != default, f"{each.name} is as it would be without a word"


def test_writing_back_what_was_read_changes_nothing() -> None:
    assert project_of(FULL.project_id, project_shown(FULL).facts) == FULL
