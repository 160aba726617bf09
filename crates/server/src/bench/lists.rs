//! The work list over a million cases: filters, pages, counts, search, as three seats ask for them.

use std::time::Instant;

use anyhow::{Context, ensure};
use serde_json::Value;
use sqlx::PgConnection;

use super::Bench;
use super::dice::Dice;
use super::stand::Stand;
use super::times::{Times, shown};
use super::wire::{Wire, beside};

/// A seat of the city, of a district, of a unit.
const SEATS: [(&str, &str); 3] = [
    ("city", "city.dispatch.1"),
    ("district", "dispatch.1"),
    ("unit", "handler.sanitation.1"),
];

/// What is asked for, with values that occur.
#[derive(Debug, Clone)]
struct Words {
    matters: Vec<String>,
    towns: Vec<i64>,
    terms: Vec<String>,
    numbers: Vec<String>,
    days: Vec<String>,
}

impl Words {
    fn term(&self, dice: &mut Dice) -> &str {
        dice.one::<String>(&self.terms)
    }

    fn number(&self, dice: &mut Dice) -> &str {
        dice.one::<String>(&self.numbers)
    }
}

/// A kind of question.
#[derive(Debug, Clone, Copy)]
struct Kind {
    what: &'static str,
    ask: fn(&Words, &mut Dice) -> String,
    /// Whether the next pages are meant, not the first.
    pages: bool,
}

/// The kinds, each a line of the table.
const KINDS: [Kind; 16] = [
    kind("list by due date", |_, _| "/api/cases?".into()),
    kind("list, newest first", |_, _| {
        "/api/cases?sort=-reported_at".into()
    }),
    Kind {
        what: "list, newest first, the second to the sixth page",
        ask: |_, _| "/api/cases?sort=-reported_at".into(),
        pages: true,
    },
    kind("list, what changed last first", |_, _| {
        "/api/cases?sort=-updated_at".into()
    }),
    kind("list of a stage", |_, dice| {
        let stages = [
            "reported",
            "dispatched",
            "handling",
            "handled",
            "verifying",
            "closed",
        ];
        format!("/api/cases?stage={}", dice.one(&stages))
    }),
    kind("list by clock: red or amber", |_, dice| {
        format!("/api/cases?level={}", dice.one(&["red", "amber"]))
    }),
    kind("list of what waits for me", |_, _| {
        "/api/cases?mine=1".into()
    }),
    kind("list of a matter, newest first", |w, dice| {
        format!(
            "/api/cases?sort=-reported_at&matter={}",
            dice.one(&w.matters)
        )
    }),
    kind("list of a town, newest first", |w, dice| {
        format!("/api/cases?sort=-reported_at&area={}", dice.one(&w.towns))
    }),
    kind("list of a day, a way in and a stage", |w, dice| {
        let day = dice.one(&w.days);
        let source = dice.one(&["call", "citizen", "worker"]);
        format!(
            "/api/cases?sort=-reported_at&from={day}&to={day}&source={source}&stage=closed,archived"
        )
    }),
    kind("search: a word of 2–4 letters", |w, dice| {
        format!("/api/cases?q={}", escaped(w.term(dice)))
    }),
    kind("search: two words, newest first", |w, dice| {
        let two = format!("{} {}", w.term(dice), w.term(dice));
        format!("/api/cases?sort=-reported_at&q={}", escaped(&two))
    }),
    kind("search: a case number", |w, dice| {
        format!("/api/cases?q={}", escaped(w.number(dice)))
    }),
    kind("counts of everything in reach", |_, _| {
        "/api/cases/counts?".into()
    }),
    kind("counts of a matter", |w, dice| {
        format!("/api/cases/counts?matter={}", dice.one(&w.matters))
    }),
    kind("counts of a search", |w, dice| {
        format!("/api/cases/counts?q={}", escaped(w.term(dice)))
    }),
];

const fn kind(what: &'static str, ask: fn(&Words, &mut Dice) -> String) -> Kind {
    Kind {
        what,
        ask,
        pages: false,
    }
}

/// Measures.
///
/// # Errors
/// When a list is refused.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let words = words(&mut stand.conn().await?).await?;
    let logins = SEATS.map(|s| s.1);
    let sessions = stand.sign_in(&logins).await?;
    let times = bench.size(300, 40);
    let address = stand.door.address;
    let open: i64 = sqlx::query_scalar("select count(*) from cases where open")
        .fetch_one(&mut stand.conn().await?)
        .await?;
    let sizes = format!(
        "{} cases, {open} of them open; pages of 50; {times} times each, one after another",
        super::many::cases(bench)
    );
    for kind in KINDS {
        let mut measured = Vec::new();
        let mut met = true;
        for ((seat, _), session) in SEATS.iter().zip(&sessions) {
            let (words, session) = (words.clone(), session.clone());
            let took = beside(async move {
                let mut wire = Wire::open(address, &session).await?;
                asked(&mut wire, kind, &words, times).await
            })
            .await
            .with_context(|| format!("{}, {seat}", kind.what))?;
            let p99 = took.ms(99.0);
            met &= p99 < 50.0;
            measured.push(format!("{seat} {} / {}", shown(took.ms(50.0)), shown(p99)));
        }
        bench.line(
            "lists",
            kind.what,
            &sizes,
            format!("p50 / p99 ms: {}", measured.join(", ")),
            "p99 < 50 ms",
            Some(met),
        );
    }
    Ok(())
}

async fn asked(wire: &mut Wire, kind: Kind, words: &Words, count: usize) -> anyhow::Result<Times> {
    let mut dice = Dice::new(0x11575);
    let mut times = Times::default();
    // The first asks of a seat fill caches: they are asked, and not counted.
    for _ in 0..3 {
        let path = (kind.ask)(words, &mut dice);
        wire.get(&path).await?.json().context(path)?;
    }
    while times.len() < count {
        let mut path = (kind.ask)(words, &mut dice);
        let mut pages = 1;
        if kind.pages {
            let next = next(&wire.get(&path).await?.json()?)?;
            path = format!("{path}&after={next}");
            pages = 5;
        }
        for _ in 0..pages {
            let begun = Instant::now();
            let answer = wire.get(&path).await?;
            times.push(begun.elapsed());
            ensure!(answer.status == 200, "{path}: {}", answer.text());
            if kind.pages {
                let next = next(&answer.json()?)?;
                path = format!("{}&after={next}", (kind.ask)(words, &mut dice));
            }
        }
    }
    Ok(times)
}

fn next(page: &Value) -> anyhow::Result<String> {
    let next = page.get("next").and_then(Value::as_str);
    Ok(next.context("there is no next page")?.to_owned())
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| {
            if b.is_ascii_alphanumeric() {
                char::from(b).to_string()
            } else {
                format!("%{b:02X}")
            }
        })
        .collect()
}

async fn words(conn: &mut PgConnection) -> anyhow::Result<Words> {
    let mut dice = Dice::new(0x30D5);
    let texts: Vec<String> = sqlx::query_scalar(
        "select w.text from case_words w join cases c on c.id = w.id
         where w.text is not null order by md5(w.id::text) limit 400",
    )
    .fetch_all(&mut *conn)
    .await?;
    let terms: Vec<String> = texts.iter().filter_map(|t| term(t, &mut dice)).collect();
    ensure!(!terms.is_empty(), "no text to search for");
    Ok(Words {
        terms,
        matters: sqlx::query_scalar(
            "select matter from cases where matter is not null group by matter order by matter",
        )
        .fetch_all(&mut *conn)
        .await?,
        towns: sqlx::query_scalar(
            "select code from divisions where level = 'town' and parent = 320402000000 order by code",
        )
        .fetch_all(&mut *conn)
        .await?,
        numbers: sqlx::query_scalar(
            "select number from cases order by md5(id::text) limit 300",
        )
        .fetch_all(&mut *conn)
        .await?,
        days: sqlx::query_scalar(
            "select to_char(reported_at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') as day
             from cases group by day order by day",
        )
        .fetch_all(conn)
        .await?,
    })
}

/// Two to four Chinese letters that stand together in `text`.
fn term(text: &str, dice: &mut Dice) -> Option<String> {
    let letters: Vec<char> = text.chars().collect();
    let runs: Vec<&[char]> = letters
        .split(|c| !('\u{4E00}'..='\u{9FFF}').contains(c))
        .filter(|run| run.len() >= 4)
        .collect();
    let run = runs.get(dice.below(runs.len()))?;
    let length = 2 + dice.below(3);
    let from = dice.below(run.len() - length + 1);
    run.get(from..from + length).map(|r| r.iter().collect())
}
