use std::hint::black_box;
use std::sync::LazyLock;
use std::time::Instant;

use jiff::civil::{Date, date};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::*;

static CHINA: LazyLock<Calendar> = LazyLock::new(Calendar::china);

/// An instant told in Shanghai's time, e.g. `2025-09-30 17:00`.
fn at(local: &str) -> Timestamp {
    let (day, time) = local.split_once(' ').unwrap();
    format!("{day}T{time}+08:00").parse().unwrap()
}

fn working(from: &str, limit: Limit) -> Deadline {
    CHINA.due(at(from), limit)
}

#[track_caller]
fn check(cases: &[(&str, Limit, &str)]) {
    for (from, limit, due) in cases {
        let found = working(from, *limit);
        assert_eq!(found.at, at(due), "{limit:?} from {from}");
        assert!(!found.provisional, "{limit:?} from {from}");
        let from = CHINA.due(at(from), Limit::working_minutes(0)).at;
        assert_eq!(CHINA.between(limit.kind, from, found.at).time, limit.amount);
    }
}

#[test]
fn a_limit_within_a_day_skips_the_noon_break() {
    check(&[
        (
            "2025-03-03 08:30",
            Limit::working_hours(2),
            "2025-03-03 10:30",
        ),
        (
            "2025-03-03 11:30",
            Limit::working_hours(2),
            "2025-03-03 15:00",
        ),
        (
            "2025-03-03 11:30",
            Limit::working_minutes(30),
            "2025-03-03 12:00",
        ),
        (
            "2025-03-03 12:15",
            Limit::working_minutes(30),
            "2025-03-03 14:00",
        ),
        (
            "2025-03-03 08:30",
            Limit::working_days(1),
            "2025-03-03 18:00",
        ),
        (
            "2025-03-03 08:30:07",
            Limit::working_days(1),
            "2025-03-04 08:30:07",
        ),
    ]);
}

#[test]
fn outside_working_hours_a_limit_starts_at_the_next_opening() {
    check(&[
        (
            "2025-03-03 06:00",
            Limit::working_minutes(30),
            "2025-03-03 09:00",
        ),
        (
            "2025-03-03 22:00",
            Limit::working_minutes(30),
            "2025-03-04 09:00",
        ),
        (
            "2025-03-07 18:00",
            Limit::working_minutes(1),
            "2025-03-10 08:31",
        ),
        (
            "2025-03-08 10:00",
            Limit::working_minutes(0),
            "2025-03-10 08:30",
        ),
        (
            "2025-03-03 12:00",
            Limit::working_minutes(0),
            "2025-03-03 12:00",
        ),
    ]);
}

#[test]
fn national_day_and_mid_autumn_2025_close_eight_days_and_open_two_weekends() {
    check(&[
        // Sunday 28 September is worked.
        (
            "2025-09-26 17:00",
            Limit::working_hours(2),
            "2025-09-28 09:30",
        ),
        (
            "2025-09-30 17:00",
            Limit::working_hours(4),
            "2025-10-09 11:30",
        ),
        (
            "2025-10-01 00:00",
            Limit::working_days(1),
            "2025-10-09 18:00",
        ),
        (
            "2025-10-08 23:59:59",
            Limit::working_minutes(30),
            "2025-10-09 09:00",
        ),
        // Saturday 11 October is worked, Sunday 12 is not.
        (
            "2025-10-10 08:30",
            Limit::working_days(3),
            "2025-10-13 18:00",
        ),
        (
            "2025-09-29 08:30",
            Limit::working_days(7),
            "2025-10-14 18:00",
        ),
    ]);
}

#[test]
fn spring_festival_2026_closes_nine_days_and_works_two_saturdays() {
    check(&[
        (
            "2026-02-13 17:00",
            Limit::working_hours(2),
            "2026-02-14 09:30",
        ),
        (
            "2026-02-14 17:00",
            Limit::working_hours(2),
            "2026-02-24 09:30",
        ),
        (
            "2026-02-15 10:00",
            Limit::working_days(5),
            "2026-02-28 18:00",
        ),
        (
            "2026-02-28 17:30",
            Limit::working_hours(1),
            "2026-03-02 09:00",
        ),
        (
            "2026-01-02 09:00",
            Limit::working_minutes(15),
            "2026-01-04 08:45",
        ),
    ]);
}

#[test]
fn every_published_year_has_as_many_working_days_as_the_law_leaves() {
    // Weekdays of the year less the statutory holidays: 11 until 2024, 13 from 2025.
    for (year, days, holidays, made_up) in
        [(2024, 251, 28, 8), (2025, 248, 28, 5), (2026, 248, 33, 6)]
    {
        let count = |matches: fn(&DayKind) -> bool| {
            date(year, 1, 1)
                .series(jiff::Span::new().days(1))
                .take_while(|day| day.year() == year)
                .filter(|day| matches(&CHINA.day(*day)))
                .count()
        };
        assert_eq!(count(DayKind::is_working), days, "{year}");
        assert_eq!(
            count(|day| matches!(day, DayKind::Holiday(_))),
            holidays,
            "{year}"
        );
        assert_eq!(
            count(|day| matches!(day, DayKind::MadeUp(_))),
            made_up,
            "{year}"
        );
    }
}

#[test]
fn the_round_the_clock_clock_knows_no_holiday() {
    let due = CHINA.due(at("2026-02-15 23:30"), Limit::hours(2));
    assert_eq!(
        due,
        Deadline {
            at: at("2026-02-16 01:30"),
            provisional: false
        }
    );
    let years = CHINA.due(at("2026-12-31 23:30"), Limit::days(800));
    assert!(!years.provisional);
}

#[test]
fn a_year_without_data_counts_monday_to_friday_and_is_provisional() {
    assert!(CHINA.has_year(2026) && !CHINA.has_year(2027));
    assert_eq!(CHINA.missing_years(2024..=2028), [2027, 2028]);
    // 1 January 2027 is a Friday: counted as worked until the notice is known.
    let due = working("2026-12-31 17:00", Limit::working_hours(2));
    assert_eq!(
        due,
        Deadline {
            at: at("2027-01-01 09:30"),
            provisional: true
        }
    );
    assert!(
        CHINA
            .between(ClockKind::Working, at("2026-12-01 09:00"), due.at)
            .provisional
    );
    assert!(!working("2026-12-31 17:00", Limit::working_hours(1)).provisional);
    // A long way round through the unknown year ends, and begins, in known years.
    let gap = Calendar::new(
        CHINA.zone().clone(),
        WorkingHours::default(),
        [2024, 2026].map(|year| Notice {
            year,
            days: [].into(),
        }),
    );
    let (from, to) = (at("2024-06-03 09:00"), at("2026-06-03 09:00"));
    assert!(gap.between(ClockKind::Working, from, to).provisional);
}

#[test]
fn importing_a_later_year_moves_its_deadlines_and_ends_the_provision() {
    let notice = Calendar::parse_csv(
        2027,
        "date,kind,name_zh,name_en\r\n2027-01-01,holiday,元旦,\"New Year's Day\"\r\n\
         2026-12-27,workday,元旦调休,\r\n",
    )
    .unwrap();
    let calendar = CHINA.with_notice(notice);
    let due = calendar.due(at("2026-12-31 17:00"), Limit::working_hours(2));
    assert_eq!(
        due,
        Deadline {
            at: at("2027-01-04 09:30"),
            provisional: false
        }
    );
    assert!(
        calendar.day(date(2026, 12, 27)).is_working(),
        "a neighbour's day counts"
    );
    assert_eq!(
        calendar.years().collect::<Vec<_>>(),
        [2024, 2025, 2026, 2027]
    );
}

#[test]
fn a_wrong_file_is_refused_with_every_line_and_field() {
    let text = "date,kind,name_zh,name_en\n2027-13-01,holiday,元旦,\n2027-01-01,off,元旦,\n\
                2027-01-01,workday,元旦,\n2026-11-30,holiday,元旦,\n2027-05-01,holiday,,\n\
                2027-10-01,holiday,国庆节,\n2027-10-01,holiday,国庆节,\n2027-10-02,holiday\n\
                2027-10-03,holiday,\"国庆节,\n";
    let errors = Calendar::parse_csv(2027, text).unwrap_err();
    let found: Vec<_> = errors
        .iter()
        .map(|error| (error.line, error.field))
        .collect();
    let row = |line| (line, "row");
    let expected = [
        (2, "date"),
        (3, "kind"),
        (4, "kind"),
        (5, "date"),
        (6, "name_zh"),
        (8, "date"),
    ];
    assert_eq!(found, [&expected[..], &[row(9), row(10)]].concat());
    assert_eq!(
        errors[0].to_string(),
        "line 2, date: \"2027-13-01\" is not a date such as 2026-10-01"
    );
    for text in ["", "day,kind\n", "date,kind,name_zh,name_en\n"] {
        assert_eq!(
            Calendar::parse_csv(2027, text).unwrap_err().len(),
            1,
            "{text:?}"
        );
    }
}

#[test]
fn opening_hours_are_data() {
    let hours: WorkingHours = "09:00-17:00, 20:00-24:00".parse().unwrap();
    assert_eq!(hours.seconds_per_day(), 12 * 3600);
    assert_eq!(hours.to_string(), "09:00-17:00,20:00-24:00");
    let calendar = CHINA.with_hours(hours);
    let due = calendar.due(at("2025-03-03 20:00"), Limit::working_hours(4));
    assert_eq!(due.at, at("2025-03-04 00:00"));
    for wrong in [
        "",
        "9-17",
        "09:00-08:00",
        "08:00-12:00,11:00-13:00",
        "08:61-09:00",
        "20:00-24:01",
    ] {
        assert!(wrong.parse::<WorkingHours>().is_err(), "{wrong}");
    }
}

#[test]
fn limits_are_halved_and_shared_to_the_second() {
    assert_eq!(Limit::working_days(1).half(), Limit::working_hours(4));
    assert_eq!(Limit::hours(2).percent(75), Limit::minutes(90));
    let odd = Limit {
        kind: ClockKind::Working,
        amount: SignedDuration::from_secs(7),
    };
    assert_eq!(odd.half().amount, SignedDuration::from_secs(4));
    assert_eq!("round_the_clock".parse(), Ok(ClockKind::RoundTheClock));
}

#[test]
fn overdue_time_is_negative_and_counts_only_working_time() {
    let left = CHINA.remaining(
        ClockKind::Working,
        at("2025-10-09 09:00"),
        at("2025-09-30 17:00"),
    );
    assert_eq!(left, SignedDuration::from_mins(-90));
}

#[test]
fn far_and_odd_instants_have_an_answer() {
    for instant in [
        Timestamp::MIN,
        Timestamp::MAX,
        at("1999-12-31 10:00"),
        at("2101-01-01 10:00"),
    ] {
        for amount in [
            SignedDuration::MIN,
            SignedDuration::ZERO,
            SignedDuration::MAX,
        ] {
            for kind in [ClockKind::Working, ClockKind::RoundTheClock] {
                let due = CHINA.add(kind, instant, amount);
                CHINA.between(kind, instant, due.at);
            }
            assert!(CHINA.add(ClockKind::Working, instant, amount).provisional);
        }
    }
}

/// The same question asked of the calendar minute by minute.
fn worked_minutes(mut from: Timestamp, to: Timestamp) -> i64 {
    let mut minutes = 0;
    while from < to {
        let local = from.to_zoned(CHINA.zone().clone());
        let minute = i32::from(local.hour()) * 60 + i32::from(local.minute());
        let open = (510..720).contains(&minute) || (810..1080).contains(&minute);
        minutes += i64::from(open && CHINA.day(Date::from(local)).is_working());
        from += SignedDuration::from_mins(1);
    }
    minutes
}

prop_compose! {
    /// An instant of 2023 to 2028, to the microsecond.
    fn instants()(micros in 1_672_502_400_000_000_i64..1_861_920_000_000_000) -> Timestamp {
        Timestamp::from_microsecond(micros).unwrap()
    }
}

prop_compose! {
    /// Up to about ninety working days, most of them short, to the microsecond.
    fn amounts()(scale in 0..5_u32, micros in 0..260_000_i64) -> SignedDuration {
        SignedDuration::from_micros(micros * 10_i64.pow(scale * 7 / 4))
    }
}

fn kinds() -> impl Strategy<Value = ClockKind> {
    prop_oneof![Just(ClockKind::Working), Just(ClockKind::RoundTheClock)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn between_is_the_inverse_of_add(kind in kinds(), from in instants(), amount in amounts()) {
        let due = CHINA.add(kind, from, amount);
        prop_assert_eq!(CHINA.between(kind, from, due.at).time, amount);
        prop_assert!(due.at >= from);
        let back = CHINA.add(kind, due.at, -amount);
        prop_assert_eq!(CHINA.between(kind, back.at, due.at).time, amount);
    }

    #[test]
    fn add_never_goes_backwards(
        kind in kinds(), a in instants(), b in instants(), x in amounts(), y in amounts(),
    ) {
        let (a, b, x, y) = (a.min(b), a.max(b), x.min(y), x.max(y));
        prop_assert!(CHINA.add(kind, a, x).at <= CHINA.add(kind, b, x).at);
        prop_assert!(CHINA.add(kind, a, x).at <= CHINA.add(kind, a, y).at);
    }

    #[test]
    fn two_limits_in_a_row_are_their_sum(
        kind in kinds(), from in instants(), x in amounts(), y in amounts(),
    ) {
        let twice = CHINA.add(kind, CHINA.add(kind, from, x).at, y);
        prop_assert_eq!(twice.at, CHINA.add(kind, from, x + y).at);
    }

    #[test]
    fn a_suspension_leaves_the_remainder_to_run_when_resumed(
        kind in kinds(),
        from in instants(),
        amount in amounts(),
        pause in instants(),
        resume in instants(),
    ) {
        let due = CHINA.add(kind, from, amount).at;
        let pause = pause.clamp(from, due);
        let left = CHINA.remaining(kind, pause, due);
        prop_assert_eq!(CHINA.between(kind, from, pause).time + left, amount);
        let resume = resume.max(pause);
        let moved = CHINA.add(kind, resume, left).at;
        prop_assert!(moved >= due || left.is_zero());
        prop_assert_eq!(CHINA.between(kind, resume, moved).time, left);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn sums_agree_with_counting_minutes(from in instants(), minutes in 0..20_000_i64) {
        let from = Timestamp::from_second(from.as_second().div_euclid(60) * 60).unwrap();
        let to = from + SignedDuration::from_mins(minutes);
        let counted = CHINA.between(ClockKind::Working, from, to).time;
        prop_assert_eq!(counted, SignedDuration::from_mins(worked_minutes(from, to)));
    }
}

#[test]
#[ignore = "a measurement: cargo test -p worktime --release -- --ignored --nocapture"]
fn a_sum_takes_less_than_a_microsecond() {
    const CALLS: i64 = 1_000_000;
    let first = at("2024-01-02 09:00");
    let started = Instant::now();
    for call in 0..CALLS {
        let from = first + SignedDuration::from_secs(call * 7_919 % 94_000_000);
        black_box(CHINA.add(
            ClockKind::Working,
            from,
            SignedDuration::from_mins(call % 9_600),
        ));
    }
    let add = started.elapsed();
    let started = Instant::now();
    for call in 0..CALLS {
        let from = first + SignedDuration::from_secs(call * 7_919 % 94_000_000);
        black_box(CHINA.between(ClockKind::Working, from, first));
    }
    println!("add {add:?} / 10^6, between {:?} / 10^6", started.elapsed());
    let started = Instant::now();
    black_box(Calendar::china());
    println!("building the calendar {:?}", started.elapsed());
    assert!(add.as_secs_f64() < 1.0);
}
