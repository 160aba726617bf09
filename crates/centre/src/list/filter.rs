//! What the list is asked for: read from the address, checked word by word.

use std::str::FromStr;

use cases::model::{Source, Stage};
use jiff::civil::Date;
use kernel::actor::code_range;
use kernel::{Error, FieldFault, GridId, Moment, OrgId, Result};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::State;

/// The verbs a case may wait for.
pub const ASKS: [&str; 15] = [
    "accept",
    "dispatch",
    "redispatch",
    "sign",
    "handle",
    "take",
    "verify",
    "rule",
    "approve_suspend",
    "approve_extend",
    "approve_void",
    "approve_exclude",
    "sub_task",
    "answer",
    "whistle",
];
/// How a case stands by the clock of its stage.
pub const LEVELS: [&str; 4] = ["red", "amber", "ok", "paused"];
const URGENCIES: [&str; 4] = ["emergency", "urgent", "normal", "low"];
/// The words of the filter as they stand in an address.
const FIELDS: [&str; 16] = [
    "q",
    "stage",
    "matter",
    "source",
    "area",
    "org",
    "level",
    "mine",
    "ask",
    "urgency",
    "from",
    "to",
    "grid",
    "supervised",
    "bbox",
    "sort",
];
/// Communities a box on the map is narrowed by; over a wider box the index by area does not help.
const MOST_COMMUNITIES: usize = 80;
/// Longest search text, in letters.
const LONGEST_SEARCH: usize = 200;

/// The filter of the list, counts and export, as it stands in the address. Lists are joined with commas.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Words of the report, the place or the number.
    pub q: Option<String>,
    /// Stages.
    pub stage: Option<String>,
    /// Matter or category codes.
    pub matter: Option<String>,
    /// Ways in.
    pub source: Option<String>,
    /// A division's 12-digit code.
    pub area: Option<String>,
    /// The lead unit.
    pub org: Option<String>,
    /// `red`, `amber`, `ok`, `paused`.
    pub level: Option<String>,
    /// `1`: what waits for the caller.
    pub mine: Option<String>,
    /// Verbs waited for.
    pub ask: Option<String>,
    /// `emergency`, `urgent`, `normal`, `low`.
    pub urgency: Option<String>,
    /// Reported at or after: a date or an instant.
    pub from: Option<String>,
    /// Reported until the end of the date, or before the instant.
    pub to: Option<String>,
    /// A grid's code.
    pub grid: Option<String>,
    /// `1`: under supervision.
    pub supervised: Option<String>,
    /// `west,south,east,north`.
    pub bbox: Option<String>,
    /// `due`, `-reported_at`, `-updated_at`.
    pub sort: Option<String>,
    /// Where the last page ended.
    pub after: Option<String>,
    /// Rows of a page, at most 200.
    pub limit: Option<String>,
}

/// The order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sort {
    /// The running clock that ends first; then what has none, the newest first.
    #[default]
    Due,
    /// The newest first.
    Reported,
    /// What changed last first.
    Updated,
}

/// A part of the map.
#[derive(Debug, Clone, PartialEq)]
pub struct Box4 {
    /// Degrees.
    pub west: f64,
    /// Degrees.
    pub south: f64,
    /// Degrees.
    pub east: f64,
    /// Degrees.
    pub north: f64,
    /// The communities it touches, when they are few.
    pub communities: Option<Vec<i64>>,
}

/// A filter that was read and makes sense.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Words, cut for asking.
    pub words: Option<cases::search::Query>,
    /// Stages.
    pub stages: Vec<&'static str>,
    /// Matters.
    pub matters: Vec<String>,
    /// Ways in.
    pub sources: Vec<&'static str>,
    /// Codes, first and last; the whole city is none.
    pub area: Option<(i64, i64)>,
    /// The lead unit.
    pub org: Option<OrgId>,
    /// Levels.
    pub levels: Vec<&'static str>,
    /// What waits for the caller.
    pub mine: bool,
    /// Verbs.
    pub asks: Vec<&'static str>,
    /// Urgencies.
    pub urgencies: Vec<&'static str>,
    /// Reported at or after.
    pub from: Option<Moment>,
    /// Reported before.
    pub to: Option<Moment>,
    /// A basic grid.
    pub grid: Option<GridId>,
    /// A dedicated grid.
    pub dedicated: Option<GridId>,
    /// Under supervision.
    pub supervised: bool,
    /// Part of the map.
    pub bbox: Option<Box4>,
    /// The order.
    pub sort: Sort,
}

/// Reads words of a list; the unknown ones are a fault of `field`.
struct Reader {
    faults: Vec<FieldFault>,
}

impl Reader {
    fn fault(&mut self, field: &str, said: &str) {
        self.faults
            .push(FieldFault::new(field, "field.unknown").with("said", said));
    }

    fn words(
        &mut self,
        field: &str,
        said: Option<&str>,
        known: impl Fn(&str) -> Option<&'static str>,
    ) -> Vec<&'static str> {
        let mut words = Vec::new();
        for word in listed(said) {
            match known(word) {
                Some(word) if !words.contains(&word) => words.push(word),
                Some(_) => {}
                None => self.fault(field, word),
            }
        }
        words
    }

    fn flag(&mut self, field: &str, said: Option<&str>) -> bool {
        match said {
            None | Some("" | "0" | "false") => false,
            Some("1" | "true") => true,
            Some(other) => {
                self.fault(field, other);
                false
            }
        }
    }

    fn parsed<T: FromStr>(&mut self, field: &str, said: Option<&str>) -> Option<T> {
        let said = said.filter(|s| !s.is_empty())?;
        let read = said.parse().ok();
        if read.is_none() {
            self.fault(field, said);
        }
        read
    }
}

fn listed(said: Option<&str>) -> impl Iterator<Item = &str> {
    said.unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|w| !w.is_empty())
}

fn one_of(known: &[&'static str], word: &str) -> Option<&'static str> {
    known.iter().find(|k| **k == word).copied()
}

impl Asked {
    /// Reads the filter as it stands in a saved view: `stage=returned&mine=1`.
    ///
    /// # Errors
    /// 422 `query` when it is no query.
    pub fn of_query(query: &str) -> Result<Self> {
        let wrong = || Error::field("query", "field.unknown").with("said", query);
        // Only words of the filter: what is none would be kept and never asked.
        let known = |pair: &str| FIELDS.contains(&pair.split('=').next().unwrap_or_default());
        if query.starts_with('?') || !query.split('&').filter(|p| !p.is_empty()).all(known) {
            return Err(wrong());
        }
        let uri: axum::http::Uri = format!("/?{query}").parse().map_err(|_| wrong())?;
        axum::extract::Query::<Self>::try_from_uri(&uri)
            .map(|q| q.0)
            .map_err(|_| wrong())
    }

    /// Checks every word against what there is.
    ///
    /// # Errors
    /// 422 that names each field at fault.
    pub fn read(&self, state: &State) -> Result<Filter> {
        let mut reader = Reader { faults: Vec::new() };
        let r = &mut reader;
        let (grid, dedicated) = grid(state, self.grid.as_deref(), r);
        let filter = Filter {
            words: words(self.q.as_deref(), r),
            stages: r.words("stage", self.stage.as_deref(), |w| {
                Stage::from_word(w).map(Stage::word)
            }),
            matters: matters(state, self.matter.as_deref(), r),
            sources: r.words("source", self.source.as_deref(), |w| {
                Source::from_word(w).map(Source::word)
            }),
            area: area(state, self.area.as_deref(), r),
            org: r.parsed("org", self.org.as_deref()),
            levels: r.words("level", self.level.as_deref(), |w| one_of(&LEVELS, w)),
            mine: r.flag("mine", self.mine.as_deref()),
            asks: r.words("ask", self.ask.as_deref(), |w| one_of(&ASKS, w)),
            urgencies: r.words("urgency", self.urgency.as_deref(), |w| {
                one_of(&URGENCIES, w)
            }),
            from: instant(state, "from", self.from.as_deref(), 0, r),
            to: instant(state, "to", self.to.as_deref(), 1, r),
            grid,
            dedicated,
            supervised: r.flag("supervised", self.supervised.as_deref()),
            bbox: bbox(state, self.bbox.as_deref(), r),
            sort: match self.sort.as_deref() {
                None | Some("" | "due") => Sort::Due,
                Some("-reported_at") => Sort::Reported,
                Some("-updated_at") => Sort::Updated,
                Some(other) => {
                    r.fault("sort", other);
                    Sort::Due
                }
            },
        };
        if reader.faults.is_empty() {
            Ok(filter)
        } else {
            Err(Error::invalid(reader.faults))
        }
    }

    /// Rows of a page.
    ///
    /// # Errors
    /// 422 `limit`.
    pub fn rows(&self) -> Result<usize> {
        match self.limit.as_deref().filter(|l| !l.is_empty()) {
            None => Ok(50),
            Some(said) => said
                .parse()
                .ok()
                .filter(|n| (1..=200).contains(n))
                .ok_or_else(|| {
                    Error::invalid(vec![
                        FieldFault::new("limit", "field.unknown").with("said", said),
                    ])
                }),
        }
    }
}

fn words(said: Option<&str>, r: &mut Reader) -> Option<cases::search::Query> {
    let said = said.map(str::trim).filter(|s| !s.is_empty())?;
    if said.chars().count() > LONGEST_SEARCH {
        r.faults
            .push(FieldFault::new("q", "text.too_long").with("most", LONGEST_SEARCH));
        return None;
    }
    // What holds no letter finds nothing, and says so, rather than everything.
    Some(cases::search::query(said))
}

/// Matter codes; a category's code stands for all its matters.
fn matters(state: &State, said: Option<&str>, r: &mut Reader) -> Vec<String> {
    let shelf = state.cases.shelf.current();
    let mut codes = Vec::new();
    for word in listed(said) {
        let before = codes.len();
        if shelf.matter(word).is_some() {
            codes.push(word.to_owned());
        } else {
            let of_category = shelf
                .catalogue
                .matters()
                .iter()
                .filter(|m| m.category_code == word);
            codes.extend(of_category.map(|m| m.code.clone()));
        }
        // A matter that has ended stands in old cases.
        let looks_right = word.len() <= 16 && word.starts_with('M');
        if codes.len() == before
            && looks_right
            && word.len() > 3
            && word.bytes().skip(1).all(|b| b.is_ascii_digit())
        {
            codes.push(word.to_owned());
        } else if codes.len() == before {
            r.fault("matter", word);
        }
    }
    codes
}

fn area(state: &State, said: Option<&str>, r: &mut Reader) -> Option<(i64, i64)> {
    let code: i64 = r.parsed("area", said)?;
    let net = state.cases.net.current();
    if net.division(code).is_none() {
        r.fault("area", said.unwrap_or_default());
        return None;
    }
    let range = code_range(code);
    let whole = range.0 <= state.cases.app.city.code && state.cases.app.city.code <= range.1;
    (!whole).then_some(range)
}

fn grid(state: &State, said: Option<&str>, r: &mut Reader) -> (Option<GridId>, Option<GridId>) {
    let Some(code) = said.map(str::trim).filter(|s| !s.is_empty()) else {
        return (None, None);
    };
    match state.cases.net.current().grid_by_code(code) {
        Some(g) if g.kind == divisions::GridKind::Dedicated => (None, Some(g.id)),
        Some(g) => (Some(g.id), None),
        None => {
            r.fault("grid", code);
            (None, None)
        }
    }
}

/// An instant, or the beginning of a date (`days` later) in the city's zone.
fn instant(
    state: &State,
    field: &str,
    said: Option<&str>,
    days: i64,
    r: &mut Reader,
) -> Option<Moment> {
    let said = said.map(str::trim).filter(|s| !s.is_empty())?;
    let read = match said.parse::<Date>() {
        Ok(date) if !said.contains('T') => date
            .checked_add(jiff::Span::new().days(days))
            .and_then(|d| d.to_zoned(state.cases.app.city.zone.clone()))
            .map(|z| Moment::new(z.timestamp()))
            .ok(),
        _ => said.parse().ok(),
    };
    // Beyond these PostgreSQL's own calendar ends, or nobody means it.
    let read = read.filter(|at: &Moment| at.plausible());
    if read.is_none() {
        r.fault(field, said);
    }
    read
}

fn bbox(state: &State, said: Option<&str>, r: &mut Reader) -> Option<Box4> {
    let said = said.filter(|s| !s.is_empty())?;
    let numbers: Option<Vec<f64>> = said
        .split(',')
        .map(|n| n.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect();
    let Some(&[west, south, east, north]) = numbers.as_deref() else {
        r.fault("bbox", said);
        return None;
    };
    if west > east || south > north {
        r.fault("bbox", said);
        return None;
    }
    let net = state.cases.net.current();
    let mut communities = std::collections::BTreeSet::new();
    for grid in net.grids() {
        communities.insert(grid.community);
    }
    let touched: Vec<i64> = communities
        .into_iter()
        .filter(|code| {
            net.division(*code).is_some_and(|d| {
                let [w, s, e, n] = d.bounds;
                w <= east && e >= west && s <= north && n >= south
            })
        })
        .collect();
    Some(Box4 {
        west,
        south,
        east,
        north,
        communities: (touched.len() <= MOST_COMMUNITIES).then_some(touched),
    })
}
