"""Plans from files: the two nights of the year, faults with line and column, and all or nothing."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from routing.shifts.plan_file import Known, PlanRead, read_csv
from routing.shifts.plan_ical import calendar_of, read_ical
from routing.shifts.slots import Slot, SlotScope
from routing.shifts.wall_clock import NoSuchMoment, instant_of, local_of, moment_of, quarters_of
from telephony.identifiers import Instant

BERLIN = ZoneInfo("Europe/Berlin")
KNOWN = Known(
    zone=BERLIN,
    projects=frozenset({"service"}),
    teams=frozenset({"red"}),
    agents=frozenset({"anna", "ben"}),
    leaders=frozenset({"lena"}),
    headcount=2,
)
HOUR = 3_600 * 1_000_000


def utc(*parts: int) -> Instant:
    return instant_of(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type]


def event(*lines: str) -> str:
    inner = "\r\n".join(lines)
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\n{inner}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def assert_told_in_both_languages(plan: PlanRead) -> None:
    for fault in plan.faults:
        german, english = fault.told.in_language("de"), fault.told.in_language("en")
        assert english == fault.what
        assert german != english


def test_a_calendar_that_cannot_be_meant_says_so_in_both_languages() -> None:
    plan = read_ical(
        event("DTSTART;VALUE=DATE:20261102", "RRULE:FREQ=HOURLY;BYMINUTE=5"), KNOWN, utc(2026, 11, 1), utc(2026, 12, 1)
    )
    assert len(plan.faults) == 4
    assert_told_in_both_languages(plan)


def test_the_hour_that_is_left_out_in_spring_is_refused_by_name() -> None:
    with pytest.raises(NoSuchMoment, match="2026-03-29 02:30 does not exist in Europe/Berlin"):
        moment_of("2026-03-29 02:30", BERLIN)


def test_the_hour_that_comes_twice_in_autumn_needs_its_offset() -> None:
    with pytest.raises(NoSuchMoment, match=r"comes twice.*02:30\+02:00 or 2026-10-25T02:30\+01:00"):
        moment_of("2026-10-25 02:30", BERLIN)
    first, second = (moment_of(f"2026-10-25T02:30{offset}", BERLIN) for offset in ("+02:00", "+01:00"))
    assert second - first == HOUR


@pytest.mark.parametrize(("night", "hours"), [("2026-03-28 22:00|2026-03-29 06:00", 7), ("2026-10-24 22:00|2026-10-25 06:00", 9)])
def test_a_night_shift_is_as_long_as_its_night(night: str, hours: int) -> None:
    begin, end = (moment_of(text, BERLIN) for text in night.split("|"))
    assert end - begin == hours * HOUR
    assert len(quarters_of(begin, end)) == hours * 4


@pytest.mark.parametrize("text", ["2026-11-02 08:00", "2026-11-02T08:00", "02.11.2026 08:00", "2026-11-02T08:00+01:00"])
def test_every_way_of_writing_names_the_same_moment(text: str) -> None:
    assert moment_of(text, BERLIN) == utc(2026, 11, 2, 7)


def test_a_csv_plan_is_read_with_its_people() -> None:
    plan = read_csv(
        "from;to;scope;scope_id;headcount;leader;agents\n"
        "02.11.2026 08:00;02.11.2026 12:00;project;service;3;lena;anna ben\n"
        ";;;;;;\n"
        "2026-11-02 12:00;2026-11-02 16:00;;;;;\n",
        KNOWN,
    )
    assert plan.faults == ()
    first, second = plan.wanted
    assert (first.slot.scope, first.slot.scope_id, first.slot.headcount, first.slot.leader) == ("project", "service", 3, "lena")
    assert first.agents == ("anna", "ben")
    assert (second.slot.scope, second.slot.scope_id, second.slot.headcount) == ("centre", None, 2)


def test_every_fault_of_a_csv_has_its_line_and_column_and_nothing_is_wanted() -> None:
    plan = read_csv(
        "from,to,scope,scope_id,headcount,agents\n"
        "2026-11-02 08:00,2026-11-02 12:00,project,service,1,anna\n"
        "2026-10-25 02:30,2026-10-25 05:00,team,blue,x,zoe\n"
        "2026-11-02 09:00,2026-11-02 08:00,floor,,1,\n"
        "2026-11-02 11:00,2026-11-02 13:00,centre,,1,anna\n",
        KNOWN,
    )
    assert plan.wanted == ()
    assert {(fault.line, fault.what.split(":")[0]) for fault in plan.faults} == {
        (3, "from"),
        (3, "scope_id"),
        (3, "headcount"),
        (3, "agents"),
        (4, "to"),
        (4, "scope"),
        (5, "agents"),
    }
    assert_told_in_both_languages(plan)
    columns = {(fault.line, fault.what.split(":")[0]): fault.column for fault in plan.faults}
    assert columns[3, "scope_id"] == 40
    assert columns[4, "scope"] == 35


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("von,to\n", 1),
        ("from,to,to\n", 1),
        ('from,to\n"2026,x\n', 2),
        ("from,to\n2026-11-02 08:00,2026-11-02 09:00,more\n", 2),
        ("from,to\n2026-11-02 08:00,2026-11-09 09:00\n", 2),
        ("from,to\n2026-11-02 08:00,2026-11-02 09:00\n2026-11-02 08:00,2026-11-02 09:00\n", 3),
    ],
)
def test_what_is_no_plan_is_refused_at_its_line(text: str, line: int) -> None:
    plan = read_csv(text, KNOWN)
    assert plan.wanted == ()
    assert plan.faults[0].line == line
    assert_told_in_both_languages(plan)


def test_recurring_shifts_keep_the_wall_clock_over_the_nights_of_the_year() -> None:
    text = event(
        "DTSTART;TZID=Europe/Berlin:20261023T220000",
        "DTEND;TZID=Europe/Berlin:20261024T060000",
        "RRULE:FREQ=DAILY;COUNT=4",
        "CATEGORIES:project:service",
        "X-FERNAMT-HEADCOUNT:5",
    )
    plan = read_ical(text, KNOWN, utc(2026, 10, 1), utc(2026, 11, 1))
    assert plan.faults == ()
    assert [(each.slot.to_at - each.slot.from_at) // HOUR for each in plan.wanted] == [8, 9, 8, 8]
    assert {local_of(each.slot.from_at, BERLIN).hour for each in plan.wanted} == {22}
    assert {(each.slot.scope, each.slot.scope_id, each.slot.headcount) for each in plan.wanted} == {("project", "service", 5)}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (("DTSTART:nonsense", "DTEND:20261102T100000Z"), "DTSTART"),
        (("DTSTART;VALUE=DATE:20261102", "DTEND;VALUE=DATE:20261103"), "names a day"),
        (("DTSTART:20261102T080000Z",), "DTEND is missing"),
        (("DTSTART:20261102T080000Z", "DTEND:20261102T100000Z", "RRULE:FREQ=SECONDLY"), "no finer"),
        (("DTSTART:20261102T080000Z", "DTEND:20261102T100000Z", "RRULE:FREQ=DAILY;BYSECOND=1,2,3"), "too fine"),
        (("DTSTART:20261102T080000Z", "DTEND:20261102T100000Z", "CATEGORIES:project:nothing"), "there is no project"),
        (("DTSTART:20261025T023000", "DTEND:20261025T060000"), "comes twice"),
        (("DTSTART;TZID=Europe/Berlin:20260329T023000", "DTEND;TZID=Europe/Berlin:20260329T060000"), "does not exist"),
    ],
)
def test_what_an_event_cannot_mean_is_told_at_the_line_where_it_begins(lines: tuple[str, ...], said: str) -> None:
    plan = read_ical(event(*lines), KNOWN, utc(2026, 1, 1), utc(2027, 1, 1))
    assert plan.wanted == ()
    assert [fault.line for fault in plan.faults] == [4]
    assert said in plan.faults[0].what


def test_an_agents_calendar_can_be_read_back_as_it_was() -> None:
    slot = Slot(
        slot_id="s1",
        scope=SlotScope.PROJECT,
        scope_id="service",
        from_at=utc(2026, 11, 2, 7),
        to_at=utc(2026, 11, 2, 11),
        headcount=1,
    )
    text = calendar_of([slot], "Anna", "Schicht", utc(2026, 11, 1)).decode()
    plan = read_ical(text, KNOWN, utc(2026, 11, 1), utc(2026, 12, 1))
    found = plan.wanted[0].slot
    assert found.is_same_time_and_work(slot)


def test_a_leader_who_is_none_is_told_by_line_and_column() -> None:
    read = read_csv("from,to,leader\n2026-03-02 08:00,2026-03-02 12:00,nobody\n", KNOWN)
    assert read.wanted == ()
    assert [(fault.line, fault.column) for fault in read.faults] == [(2, 35)]
    assert "no team leader, supervisor or administrator in use with the log-in 'nobody'" in read.faults[0].what
