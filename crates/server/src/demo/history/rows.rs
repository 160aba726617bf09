//! Writes lives by COPY, as the store would have written them one by one.

use std::collections::HashMap;
use std::fmt::Write as _;

use cases::model::By;
use cases::row::Row;
use cases::store::role_word;
use kernel::vault::digest;
use kernel::{MediaId, Moment};
use sqlx::PgConnection;

use super::life::Life;
use super::{Summary, World, overdue, play};
use crate::demo::scenes::Hung;

/// Rows of one table in the text form of COPY.
struct Table {
    into: &'static str,
    text: String,
    first: bool,
}

impl Table {
    fn new(into: &'static str) -> Self {
        Self {
            into,
            text: String::new(),
            first: true,
        }
    }

    fn gap(&mut self) {
        if !std::mem::replace(&mut self.first, false) {
            self.text.push('\t');
        }
    }

    fn null(&mut self) -> &mut Self {
        self.gap();
        self.text.push_str("\\N");
        self
    }

    /// A value that holds nothing to be escaped.
    fn plain(&mut self, value: impl std::fmt::Display) -> &mut Self {
        self.gap();
        let _ = write!(self.text, "{value}");
        self
    }

    fn text(&mut self, value: &str) -> &mut Self {
        self.gap();
        for c in value.chars() {
            match c {
                '\\' => self.text.push_str("\\\\"),
                '\t' => self.text.push_str("\\t"),
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                c => self.text.push(c),
            }
        }
        self
    }

    fn plain_or_null(&mut self, value: Option<impl std::fmt::Display>) -> &mut Self {
        match value {
            Some(value) => self.plain(value),
            None => self.null(),
        }
    }

    fn text_or_null(&mut self, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.text(value),
            None => self.null(),
        }
    }

    fn bytes(&mut self, value: Option<&[u8]>) -> &mut Self {
        match value {
            None => self.null(),
            Some(bytes) => {
                self.gap();
                self.text.push_str("\\\\x");
                for b in bytes {
                    let _ = write!(self.text, "{b:02x}");
                }
                self
            }
        }
    }

    /// An array of plain words.
    fn words(&mut self, values: &[&str]) -> &mut Self {
        self.plain(format_args!("{{{}}}", values.join(",")))
    }

    fn end(&mut self) {
        self.text.push('\n');
        self.first = true;
    }

    async fn send(self, conn: &mut PgConnection) -> anyhow::Result<()> {
        let mut copy = conn.copy_in_raw(self.into).await?;
        let bytes = self.text.into_bytes();
        for part in bytes.chunks(1 << 20) {
            copy.send(part).await?;
        }
        copy.finish().await?;
        Ok(())
    }
}

/// Writes all, in one transaction.
pub(super) async fn write(
    world: &World<'_>,
    lives: &[Life],
    hung: &HashMap<MediaId, Hung>,
) -> anyhow::Result<Summary> {
    let (cases, events) = std::thread::scope(|scope| {
        let events = scope.spawn(|| events(lives));
        (cases(lives, hung), events.join())
    });
    let events = events.map_err(|_| anyhow::anyhow!("the rows of events could not be made"))??;
    let mut tx = world.state.app.db.begin().await?;
    let conn = &mut *tx;
    media(hung).send(conn).await?;
    cases?.send(conn).await?;
    parties(lives).send(conn).await?;
    events.send(conn).await?;
    seal(conn, world.now).await?;
    words(lives).send(conn).await?;
    reporters(world, lives)?.send(conn).await?;
    case_media(lives).send(conn).await?;
    ratings(lives).send(conn).await?;
    precedents(lives).send(conn).await?;
    tx.commit().await?;
    Ok(summary(world, lives, hung.len()))
}

fn summary(world: &World<'_>, lives: &[Life], media: usize) -> Summary {
    let mut summary = Summary {
        cases: lives.len(),
        media,
        ..Summary::default()
    };
    for life in lives {
        summary.events += life.events.len();
        *summary.stages.entry(life.case.stage.word()).or_default() += 1;
        summary.precedents += usize::from(life.ruling.is_some());
        summary.overdue += usize::from(overdue(life, world.now));
        for (kind, refusal) in &life.refused {
            if !play::expected(*kind, *refusal) {
                *summary
                    .refusals
                    .entry(format!("{}: {}", kind.word(), refusal.code()))
                    .or_default() += 1;
            }
        }
    }
    summary
}

fn media(hung: &HashMap<MediaId, Hung>) -> Table {
    let mut t = Table::new(
        "copy media (id, kind, sha256, bytes, width, height, likeness, mime, file_name, stored, thumb,
           made_at, made_by) from stdin",
    );
    for (id, h) in hung {
        t.plain(id)
            .plain(h.kind)
            .bytes(Some(&h.sha256))
            .plain(h.bytes)
            .plain_or_null(h.size.map(|s| s.0))
            .plain_or_null(h.size.map(|s| s.1))
            .plain_or_null(h.likeness)
            .plain(h.mime)
            .text_or_null(h.file_name.as_deref())
            .plain(&h.stored)
            .text_or_null(h.thumb.as_deref())
            .plain(h.at)
            .plain_or_null(h.by);
        t.end();
    }
    t
}

fn cases(lives: &[Life], hung: &HashMap<MediaId, Hung>) -> anyhow::Result<Table> {
    let mut t = Table::new(
        "copy cases (id, number, matter, category, urgency, stage, source, external_number, lon, lat,
           place_text, net, grid, dedicated, area, lead, handler, reported_at, updated_at, closed_at,
           due_at, amber_at, whole_due_at, wake_at, open, supervised, reminders, rework, returns,
           reporters, merged_into, excluded, asks, thumb, likeness, version, state, search) from stdin",
    );
    for life in lives {
        let case = &life.case;
        let row = Row::of(case);
        let place = case.place.as_ref();
        let first_picture = life.hung.iter().find(|h| h.version == 1).map(|h| h.media);
        let likeness = first_picture
            .and_then(|id| hung.get(&id))
            .and_then(|h| h.likeness);
        let text = life.words.first().map_or("", |w| w.text.as_str());
        let search = cases::search::document(&[
            text,
            &life.place_text,
            &life.grid_text,
            &case.number,
            &life.matter_name,
            case.external_number.as_deref().unwrap_or_default(),
        ]);
        t.plain(case.id)
            .plain(&case.number)
            .text_or_null(case.matter.as_deref())
            .text_or_null(life.category.as_deref())
            .plain_or_null(case.urgency.map(|u| u.as_str()))
            .plain(case.stage.word())
            .plain(case.source.word())
            .text_or_null(case.external_number.as_deref())
            .plain_or_null(place.map(|p| p.lon))
            .plain_or_null(place.map(|p| p.lat))
            .text(&life.place_text)
            .plain(case.net)
            .plain_or_null(place.map(|p| p.basic))
            .plain_or_null(place.and_then(|p| p.dedicated))
            .plain(case.area)
            .plain_or_null(case.lead)
            .plain_or_null(case.handler)
            .plain(case.reported_at)
            .plain(case.updated_at)
            .plain_or_null(case.closed_at)
            .plain_or_null(row.due_at)
            .plain_or_null(row.amber_at)
            .plain_or_null(row.whole_due_at)
            .plain_or_null(row.wake_at)
            .plain(row.open)
            .plain(case.supervision > 0)
            .plain(case.reminders)
            .plain(case.rework)
            .plain(case.returns)
            .plain(case.reporters)
            .plain_or_null(case.merged_into)
            .plain(case.excluded)
            .words(&row.asks)
            .plain_or_null(row.thumb)
            .plain_or_null(likeness)
            .plain(case.version)
            .text(&serde_json::to_string(case)?)
            .text(&search);
        t.end();
    }
    Ok(t)
}

fn parties(lives: &[Life]) -> Table {
    let mut t = Table::new("copy case_parties (case_id, org, part, until_n) from stdin");
    for life in lives {
        for ((org, part), until) in &life.parties {
            t.plain(life.case.id)
                .plain(org)
                .plain(part)
                .plain_or_null(*until);
            t.end();
        }
    }
    t
}

/// Events of all cases in the order they happened, so that their serial is that order too.
fn events(lives: &[Life]) -> anyhow::Result<Table> {
    let mut order: Vec<(Moment, usize, usize)> = lives
        .iter()
        .enumerate()
        .flat_map(|(l, life)| {
            life.events
                .iter()
                .enumerate()
                .map(move |(e, ev)| (ev.at, l, e))
        })
        .collect();
    order.sort_unstable();
    let mut t = Table::new(
        "copy case_events (id, case_id, version, at, kind, person, org, role, body) from stdin",
    );
    for (at, l, e) in order {
        let life = &lives[l];
        let event = &life.events[e];
        let role = match &event.by {
            By::Staff { role, .. } => role_word(*role),
            By::Reporter { .. } => "reporter",
            By::Rule => "rule",
            By::Timer => "timer",
        };
        t.plain(life.event_ids[e])
            .plain(life.case.id)
            .plain(e + 1)
            .plain(at)
            .plain(event.what.kind())
            .plain_or_null(event.by.person())
            .plain_or_null(event.by.org())
            .plain(role)
            .text(&serde_json::to_string(event)?);
        t.end();
    }
    Ok(t)
}

/// Seals what was written, in its order, so that the sealer goes on from there.
async fn seal(conn: &mut PgConnection, now: Moment) -> anyhow::Result<()> {
    sqlx::query(
        "insert into sealed (seq, n, sealed_at)
         select coalesce((select max(seq) from sealed), 0) + row_number() over (order by e.n), e.n, $1
         from case_events e where not exists (select from sealed s where s.n = e.n)",
    )
    .bind(now)
    .execute(conn)
    .await?;
    Ok(())
}

fn words(lives: &[Life]) -> Table {
    let mut t = Table::new("copy case_words (id, case_id, text, at) from stdin");
    for life in lives {
        for said in &life.words {
            t.plain(said.id)
                .plain(life.case.id)
                .text(&said.text)
                .plain(said.at);
            t.end();
        }
    }
    t
}

fn reporters(world: &World<'_>, lives: &[Life]) -> anyhow::Result<Table> {
    let vault = &world.state.app.vault;
    let mut t = Table::new(
        "copy case_reporters (id, case_id, kind, code_hash, name_sealed, phone_sealed, phone_hash,
           hide_phone, call_back, lang, made_at) from stdin",
    );
    let sealed = |text: Option<&str>| {
        text.map(|n| vault.seal(n))
            .transpose()
            .map_err(crate::boot::told)
    };
    for life in lives {
        for known in &life.known {
            let name = sealed(known.name.as_deref())?;
            let phone = sealed(known.phone.as_deref())?;
            let blind = known.phone.as_deref().map(|p| vault.blind("phone", p));
            t.plain(known.id)
                .plain(life.case.id)
                .plain(known.kind)
                .bytes(Some(&digest(vault.progress_code(known.id.0).as_bytes())))
                .bytes(name.as_deref())
                .bytes(phone.as_deref())
                .bytes(blind.as_deref())
                .plain(known.hide_phone)
                .plain(known.call_back)
                .plain("zh-CN")
                .plain(known.at);
            t.end();
        }
    }
    Ok(t)
}

fn case_media(lives: &[Life]) -> Table {
    let mut t = Table::new(
        "copy case_media (case_id, media, purpose, event_id, version, by_kind) from stdin",
    );
    for life in lives {
        for h in &life.hung {
            t.plain(life.case.id)
                .plain(h.media)
                .plain(&h.purpose)
                .plain(h.event)
                .plain(h.version)
                .plain(if h.by_reporter { "reporter" } else { "staff" });
            t.end();
        }
    }
    t
}

fn ratings(lives: &[Life]) -> Table {
    let mut t = Table::new(
        "copy case_ratings (id, case_id, reporter, stars, reasons, words, at) from stdin",
    );
    for (life, rated) in lives
        .iter()
        .filter_map(|l| l.rated.as_ref().map(|r| (l, r)))
    {
        t.plain(rated.id)
            .plain(life.case.id)
            .plain(rated.reporter)
            .plain(rated.stars)
            .words(&rated.reasons)
            .plain_or_null(rated.words)
            .plain(rated.at);
        t.end();
    }
    t
}

/// Rulings; an earlier one for the same matter and community ends when a later one is made.
fn precedents(lives: &[Life]) -> Table {
    let mut t = Table::new(
        "copy precedents (id, case_id, matter, area, org, clause, made_at, valid_to) from stdin",
    );
    let all: Vec<_> = lives.iter().filter_map(|l| l.ruling.as_ref()).collect();
    for r in &all {
        let later = all
            .iter()
            .filter(|o| o.matter == r.matter && o.area == r.area && o.at > r.at)
            .map(|o| o.at)
            .min();
        t.plain(r.id)
            .plain(r.case)
            .plain(&r.matter)
            .plain(r.area)
            .plain(r.org)
            .text(&r.clause)
            .plain(r.at)
            .plain_or_null(later);
        t.end();
    }
    t
}
