"""Opening hours: midnight, daylight saving, holidays, exceptions, and what cannot be meant."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.hours import OpeningHours, Window, closed_since, faults_of, is_open, next_change_at, public_holidays
from telephony.identifiers import Instant


def local(text: str, zone: str = "Europe/Berlin", fold: int = 0) -> Instant:
    moment = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)
    return Instant(round(moment.timestamp()) * 1_000_000)


def window(text: str) -> Window:
    opens, closes = (time.fromisoformat(part) for part in text.split("-"))
    return Window(opens=opens, closes=closes)


OFFICE = OpeningHours(week={day: (window("08:00-12:00"), window("13:00-18:00")) for day in range(5)})
NIGHT = OpeningHours(week={4: (window("22:00-02:00"),)})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-02T07:59:59", False),
        ("2026-03-02T08:00:00", True),
        ("2026-03-02T11:59:59", True),
        ("2026-03-02T12:00:00", False),
        ("2026-03-02T13:00:00", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-01T10:00:00", False),
    ],
)
def test_a_window_is_open_from_its_beginning_up_to_not_with_its_end(at: str, expected: bool) -> None:
    assert is_open(OFFICE, local(at)) is expected


def test_the_last_microsecond_before_the_end_is_open() -> None:
    assert is_open(OFFICE, Instant(local("2026-03-02T18:00:00") - 1))


def test_a_project_without_hours_is_always_open() -> None:
    assert is_open(None, local("2026-12-25T03:00:00"))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-03-06T21:59:00", False),  # Friday
        ("2026-03-06T22:00:00", True),
        ("2026-03-07T01:59:59", True),  # Saturday morning belongs to Friday's window
        ("2026-03-07T02:00:00", False),
        ("2026-03-07T23:00:00", False),
        ("2026-03-06T01:00:00", False),  # Friday morning would be Thursday's
    ],
)
def test_a_window_over_midnight_runs_into_the_next_day(at: str, expected: bool) -> None:
    assert is_open(NIGHT, local(at)) is expected


def test_midnight_as_the_end_is_the_end_of_the_day_and_twice_midnight_is_all_day() -> None:
    hours = OpeningHours(week={0: (window("20:00-00:00"),), 2: (window("00:00-00:00"),)})
    assert is_open(hours, local("2026-03-02T23:59:59"))
    assert not is_open(hours, local("2026-03-03T00:00:00"))
    assert is_open(hours, local("2026-03-04T00:00:00"))
    assert is_open(hours, local("2026-03-04T23:59:59"))
    assert not is_open(hours, local("2026-03-05T00:00:00"))


def test_the_wall_clock_counts_in_summer_and_in_winter() -> None:
    assert is_open(
        OFFICE, Instant(round(datetime.fromisoformat("2026-03-27T07:30:00+00:00").timestamp()) * 1_000_000)
    )  # 08:30 CET
    assert is_open(
        OFFICE, Instant(round(datetime.fromisoformat("2026-03-30T06:30:00+00:00").timestamp()) * 1_000_000)
    )  # 08:30 CEST
    assert not is_open(OFFICE, Instant(round(datetime.fromisoformat("2026-03-27T06:30:00+00:00").timestamp()) * 1_000_000))


def test_the_hour_that_comes_twice_is_open_both_times() -> None:
    hours = OpeningHours(week={6: (window("02:00-03:00"),)})
    assert is_open(hours, local("2026-10-25T02:30:00", fold=0))
    assert is_open(hours, local("2026-10-25T02:30:00", fold=1))
    assert local("2026-10-25T02:30:00", fold=0) != local("2026-10-25T02:30:00", fold=1)


def test_the_hour_left_out_in_spring_never_comes() -> None:
    hours = OpeningHours(week={6: (window("02:00-03:00"),)})
    before, after = local("2026-03-29T01:59:59"), local("2026-03-29T03:00:00")
    assert after - before == 1_000_000
    assert not is_open(hours, before)
    assert not is_open(hours, after)


def test_a_public_holiday_of_the_land_closes_and_one_of_another_land_does_not() -> None:
    def corpus_christi(land: str | None) -> bool:
        return is_open(OpeningHours(week=OFFICE.week, holidays_of=land), local("2026-06-04T10:00:00"))

    assert not corpus_christi("BY")
    assert corpus_christi("BE")
    assert corpus_christi(None)


def test_holidays_can_have_hours_of_their_own_and_an_exception_wins_over_them() -> None:
    christmas = date(2026, 12, 25)
    hours = OpeningHours(week=OFFICE.week, holidays_of="BY", on_holidays=(window("10:00-12:00"),))
    assert is_open(hours, local("2026-12-25T11:00:00"))
    assert not is_open(hours, local("2026-12-25T15:00:00"))
    open_anyway = OpeningHours(week=OFFICE.week, holidays_of="BY", exceptions={christmas: (window("14:00-16:00"),)})
    assert is_open(open_anyway, local("2026-12-25T15:00:00"))
    assert not is_open(open_anyway, local("2026-12-25T11:00:00"))


def test_an_exception_replaces_its_day_but_lets_the_night_before_end() -> None:
    hours = OpeningHours(week=NIGHT.week, exceptions={date(2026, 3, 7): ()})
    assert is_open(hours, local("2026-03-07T01:00:00"))
    assert not is_open(hours, local("2026-03-07T03:00:00"))


def test_every_bundesland_has_the_nine_holidays_of_all_germany() -> None:
    for land in ("BB", "BE", "BW", "BY", "HB", "HE", "HH", "MV", "NI", "NW", "RP", "SH", "SL", "SN", "ST", "TH"):
        assert {date(2027, 1, 1), date(2027, 5, 1), date(2027, 10, 3), date(2027, 12, 25), date(2027, 12, 26)} <= set(
            public_holidays(land, 2027)
        )


def test_everything_that_cannot_be_meant_is_told_at_once_with_its_place() -> None:
    hours = OpeningHours(
        zone="Europe/Bonn",
        week={7: (), 0: (window("08:00-12:00"), window("11:00-13:00")), 1: (window("09:00-09:00"),)},
        exceptions={date(2026, 1, 2): (window("20:00-02:00"), window("23:00-23:30"))},
        holidays_of="XX",
    )
    told = {fault.where: fault.what for fault in faults_of(hours)}
    assert list(told) == ["zone", "holidays_of", "week.7", "week.0", "week.1", "exceptions.2026-01-02"]
    assert "write it as Europe/Berlin" in told["zone"]
    assert "give one of BB, BE" in told["holidays_of"]
    assert "08:00-12:00 and 11:00-13:00 overlap" in told["week.0"]
    assert "for a whole day write 00:00-00:00" in told["week.1"]
    assert faults_of(OFFICE) == faults_of(NIGHT) == ()


def test_hours_for_holidays_that_nobody_knows_are_a_fault() -> None:
    (fault,) = faults_of(OpeningHours(on_holidays=(window("10:00-12:00"),)))
    assert (fault.where, "give a Bundesland" in fault.what) == ("on_holidays", True)


def test_a_zone_that_climbs_out_of_the_zone_folder_is_no_zone() -> None:
    assert [f.where for f in faults_of(OpeningHours(zone="../../etc/passwd"))] == ["zone"]


@pytest.mark.parametrize(
    ("hours", "at", "changes_at"),
    [
        (OFFICE, "2026-03-02T09:00:00", "2026-03-02T12:00:00"),
        (OFFICE, "2026-03-02T12:00:00", "2026-03-02T13:00:00"),
        (OFFICE, "2026-03-06T17:59:59", "2026-03-06T18:00:00"),
        (OFFICE, "2026-03-06T18:00:00", "2026-03-09T08:00:00"),
        (NIGHT, "2026-03-06T23:00:00", "2026-03-07T02:00:00"),
        (OpeningHours(week=OFFICE.week, holidays_of="BY"), "2026-12-24T18:00:00", "2026-12-28T08:00:00"),
    ],
)
def test_the_next_opening_or_closing_is_known(hours: OpeningHours, at: str, changes_at: str) -> None:
    assert next_change_at(hours, local(at)) == local(changes_at)
    if not is_open(hours, local(changes_at)):
        assert closed_since(hours, local(changes_at)) == local(changes_at)


def test_what_never_changes_has_no_next_change() -> None:
    always = OpeningHours(week=dict.fromkeys(range(7), (window("00:00-00:00"),)))
    assert next_change_at(always, local("2026-03-02T09:00:00")) is None
    assert next_change_at(None, local("2026-03-02T09:00:00")) is None
    assert closed_since(OpeningHours(), local("2026-03-02T09:00:00")) is None
    assert closed_since(None, local("2026-03-02T09:00:00")) is None


HALF_HOURS = st.integers(0, 47).map(lambda n: time(n // 2, n % 2 * 30))


@given(
    opens=HALF_HOURS,
    closes=HALF_HOURS,
    days=st.sets(st.integers(0, 6), min_size=1),
    start=st.sampled_from(["2026-03-28T00:00:00", "2026-10-24T00:00:00", "2026-12-24T00:00:00", "2026-06-03T00:00:00"]),
    minutes=st.integers(0, 3 * 1_440),
)
def test_the_next_change_is_the_one_found_by_looking_at_every_half_hour(
    opens: time, closes: time, days: set[int], start: str, minutes: int
) -> None:
    hours = OpeningHours(week=dict.fromkeys(days, (Window(opens=opens, closes=closes),)), holidays_of="BY")
    at = Instant(local(start) + minutes * 60_000_000)
    half_hour = 1_800_000_000
    first = Instant((at // half_hour + 1) * half_hour)
    looked = (Instant(first + n * half_hour) for n in range(20 * 48))
    found = next((edge for edge in looked if is_open(hours, edge) is not is_open(hours, at)), None)
    assert found is None or next_change_at(hours, at) == found
    if found is not None and not is_open(hours, found):
        assert closed_since(hours, found) == found
