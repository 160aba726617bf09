//! A year of plausible history: cases by season, hour and place, decided by the real rules with a fast
//! clock, dated back from now, written by COPY. Everything in it is synthetic.
//!
//! [`season`] says when what happens, [`people`] who sits where, [`texts`] what is said; a [`play`]er
//! leads each case through its life and [`life`] holds what the store would have written; [`rows`] writes
//! it all at once.

mod life;
mod people;
mod play;
mod rows;
mod season;
mod standing;
mod texts;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anyhow::Context as _;
use cases::model::{Level, MatterFacts, Place, RequestKind, Source, Stage, Urgency, Why};
use divisions::net::{CurrentNet, GridRef};
use kernel::{CaseId, Moment, OrgId};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(crate) use self::life::Wish;
use self::life::{Life, Reported, Ruling, id_at};
use self::people::Roster;
use self::play::{Plan, Player};
use self::season::Year;
use self::texts::Texts;
use crate::boot::told;
use crate::demo::scenes::{self, Scene};

/// Cases that stand at each stage when the history ends, at the least, where there are people for it:
/// how many, and how near their clocks are to the end.
const HELD: &[(Stage, Level, usize)] = &[
    (Stage::Reported, Level::Ok, 7),
    (Stage::Reported, Level::Amber, 2),
    (Stage::Reported, Level::Red, 4),
    (Stage::Accepted, Level::Ok, 4),
    (Stage::Accepted, Level::Amber, 2),
    (Stage::Accepted, Level::Red, 2),
    (Stage::Dispatched, Level::Ok, 10),
    (Stage::Dispatched, Level::Amber, 3),
    (Stage::Handling, Level::Ok, 14),
    (Stage::Handling, Level::Amber, 8),
    (Stage::Handling, Level::Red, 9),
    (Stage::Handled, Level::Ok, 8),
    (Stage::Handled, Level::Amber, 3),
    (Stage::Handled, Level::Red, 3),
    (Stage::Verifying, Level::Ok, 7),
    (Stage::Verifying, Level::Amber, 2),
    (Stage::Verifying, Level::Red, 3),
    (Stage::Suspended, Level::Ok, 14),
    (Stage::Returned, Level::Ok, 5),
    (Stage::Returned, Level::Red, 2),
    (Stage::Declined, Level::Ok, 6),
    (Stage::InRuling, Level::Ok, 5),
    (Stage::InRuling, Level::Red, 2),
];

/// Cases that wait in the grids whose workers the demo introduces, led by the residents' committee.
const AT_HOME: &[(Stage, Level)] = &[
    (Stage::Dispatched, Level::Ok),
    (Stage::Dispatched, Level::Amber),
    (Stage::Handling, Level::Ok),
    (Stage::Handling, Level::Ok),
    (Stage::Handling, Level::Amber),
    (Stage::Handling, Level::Red),
];

/// Requests that wait for their approval when the history ends.
const ASKED: &[(RequestKind, usize)] = &[
    (RequestKind::Extend, 5),
    (RequestKind::Suspend, 4),
    (RequestKind::Void, 3),
    (RequestKind::Exclude, 2),
];

/// What was written.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// Cases.
    pub cases: usize,
    /// Events.
    pub events: usize,
    /// Cases by the stage they stand at.
    pub stages: BTreeMap<&'static str, usize>,
    /// Distinct pictures drawn.
    pub pictures: usize,
    /// Bytes of pictures and videos.
    pub picture_bytes: usize,
    /// Pictures and videos hung in cases.
    pub media: usize,
    /// Rulings that others follow.
    pub precedents: usize,
    /// Open cases whose stage clock has run out.
    pub overdue: usize,
    /// Steps the rules refused that were not expected to be: 0 when the play keeps to the rules.
    pub refusals: BTreeMap<String, usize>,
}

/// What all cases are played in.
pub(crate) struct World<'a> {
    state: &'a cases::State,
    books: Arc<cases::state::Open>,
    shelf: Arc<matters::shelf::Shelved>,
    net: Arc<CurrentNet>,
    units: Arc<staff::directory::Units>,
    roster: Roster,
    texts: Texts,
    year: Year,
    facts: HashMap<String, MatterFacts>,
    codes: Vec<String>,
    grids: Vec<(GridRef, f64)>,
    grid_weight: f64,
    /// Where things break again and again: matter and place.
    worn: Vec<(String, Spot)>,
    rulings: Vec<Ruling>,
    city: i64,
    now: Moment,
    seed: u64,
}

/// A place with its name.
#[derive(Debug, Clone)]
struct Spot {
    place: Place,
    grid_text: String,
}

impl World<'_> {
    /// Where the rules of that day sent `matter`: the newest ruling for the community, else the table.
    fn route(&self, matter: &str, area: i64, at: Moment) -> Option<(OrgId, Why)> {
        let ruling = self
            .rulings
            .iter()
            .filter(|r| r.matter == matter && r.area == area && r.at < at)
            .max_by_key(|r| r.at);
        if let Some(r) = ruling {
            // The number is given when all cases are known.
            let why = Why::Precedent {
                case: r.case,
                number: String::new(),
            };
            return Some((r.org, why));
        }
        let best = self.shelf.route(matter, area).into_iter().next()?;
        let why = Why::Route {
            rule: best.id,
            area: best.body.area,
            basis: best.body.basis.clone(),
        };
        Some((best.body.org, why))
    }

    /// Whether the residents' committee leads `matter` in `community`.
    fn by_committee(&self, matter: &str, community: i64) -> bool {
        let unit = self.route(matter, community, self.now);
        let unit = unit.and_then(|(org, _)| self.units.get(org));
        unit.is_some_and(|unit| unit.key == "community-committee")
    }

    fn spot(&self, rng: &mut ChaCha8Rng) -> Option<Spot> {
        let mut left = rng.random_range(0.0..self.grid_weight.max(0.001));
        let grid = self.grids.iter().find(|(_, w)| {
            left -= w;
            left < 0.0
        });
        let (grid, _) = grid.or(self.grids.last())?;
        self.spot_in(grid, rng)
    }

    /// A place in one of the grids of the division `area`.
    fn spot_within(&self, area: i64, rng: &mut ChaCha8Rng) -> Option<Spot> {
        let (first, last) = kernel::actor::code_range(area);
        let within: Vec<&GridRef> = self
            .grids
            .iter()
            .map(|(grid, _)| grid)
            .filter(|grid| (first..=last).contains(&grid.community))
            .collect();
        self.spot_in(within.choose(rng)?, rng)
    }

    /// The district and the community whose people the demo introduces: the first of the net.
    fn home(&self) -> Option<(i64, i64)> {
        let community = self.grids.iter().map(|(grid, _)| grid.community).min()?;
        Some((community - community % 1_000_000, community))
    }

    fn spot_in(&self, grid: &GridRef, rng: &mut ChaCha8Rng) -> Option<Spot> {
        let reach = (grid.area_m2.max(100.0)).sqrt() * 0.42 / 100_000.0;
        for _ in 0..6 {
            let lon = grid.lon + rng.random_range(-reach..reach);
            let lat = grid.lat + rng.random_range(-reach..reach) * 0.85;
            if let Some(spot) = self.at(lon, lat)
                && spot.place.community == grid.community
            {
                return Some(spot);
            }
        }
        self.at(grid.lon, grid.lat)
    }

    fn at(&self, lon: f64, lat: f64) -> Option<Spot> {
        let (lon, lat) = ((lon * 1e6).round() / 1e6, (lat * 1e6).round() / 1e6);
        let located = self.net.locate(lon, lat)?;
        Some(Spot {
            place: Place {
                lon,
                lat,
                basic: located.grid.id,
                dedicated: located.dedicated.as_ref().map(|d| d.id),
                community: located.community,
            },
            grid_text: self.net.place_text(&located),
        })
    }

    /// A place some metres off.
    fn near(&self, spot: &Spot, metres: f64, rng: &mut ChaCha8Rng) -> Spot {
        let d = metres / 100_000.0;
        let lon = spot.place.lon + rng.random_range(-d..d);
        let lat = spot.place.lat + rng.random_range(-d..d);
        self.at(lon, lat)
            .filter(|s| s.place.community == spot.place.community)
            .unwrap_or_else(|| spot.clone())
    }

    fn matter(
        &self,
        day: usize,
        fits: impl Fn(&MatterFacts) -> bool,
        rng: &mut ChaCha8Rng,
    ) -> String {
        let weights: Vec<(usize, f64)> = self
            .codes
            .iter()
            .enumerate()
            .filter(|(_, c)| self.facts.get(*c).is_some_and(&fits))
            .map(|(n, c)| (n, self.year.weight(c, day)))
            .collect();
        let total: f64 = weights.iter().map(|w| w.1).sum();
        let mut left = rng.random_range(0.0..total.max(0.001));
        let found = weights.iter().find(|w| {
            left -= w.1;
            left < 0.0
        });
        let n = found.or(weights.last()).map_or(0, |w| w.0);
        self.codes.get(n).cloned().unwrap_or_default()
    }

    /// Whether people sit where the rules send it.
    fn staffed(&self, matter: &str, spot: &Spot, at: Moment) -> bool {
        self.route(matter, spot.place.community, at)
            .is_some_and(|(org, _)| self.roster.staffed(org))
    }

    fn rng(&self, n: usize, salt: u64) -> ChaCha8Rng {
        let n = u64::try_from(n).unwrap_or_default();
        let mixed =
            (self.seed ^ (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)).rotate_left(17) ^ salt;
        ChaCha8Rng::seed_from_u64(mixed)
    }
}

/// What sort of case is wanted.
#[derive(Debug, Clone, Copy)]
enum Wanted {
    Any,
    /// One that is ruled on, early enough that others can follow.
    Ruled(usize),
    Held(Stage, Level),
    /// One that stands so in the grids the demo introduces.
    AtHome(Stage, Level),
    Asking(RequestKind),
}

/// Writes a year of history that ends at `now`: about `count` cases, the same for the same `seed` and
/// people. The city's net, units, catalogue and people must be there; its tables of cases empty. Tells
/// how far it is by `progress`. Reload the books afterwards: rulings were made.
///
/// # Errors
/// When the net or the catalogue is empty, a picture cannot be kept, or the database fails; then
/// nothing was written.
pub async fn write(
    state: &cases::State,
    files: &media::Files,
    now: Moment,
    count: usize,
    seed: u64,
    progress: &mut dyn FnMut(&str),
) -> anyhow::Result<Summary> {
    let world = world(state, now, seed).await?;
    progress("playing a year of cases");
    let (world, mut lives) = play_all(world, count);
    let serials = {
        let mut conn = state.app.db.acquire().await?;
        let wanted = i32::try_from(lives.len())?;
        cases::store::serials(&mut conn, wanted)
            .await
            .map_err(told)?
    };
    number(&world, &mut lives, &serials);
    progress("drawing pictures");
    let pictures = scenes::draw(&wanted_pictures(&lives), seed, files).await?;
    let hung = scenes::hang(&lives_wishes(&lives), &pictures, seed, files)?;
    progress("writing the history");
    let mut summary = rows::write(&world, &lives, &hung)
        .await
        .context("writing the history")?;
    let (hours, stood) = standing::of(&lives, now);
    let mut conn = state.app.db.acquire().await?;
    centre::overview::standing::put(&mut conn, &hours, &stood)
        .await
        .map_err(told)?;
    drop(conn);
    summary.pictures = pictures.len();
    summary.picture_bytes = pictures.iter().map(scenes::Picture::bytes).sum();
    state.books.reload(&state.app.db).await.map_err(told)?;
    state.app.committed.notify_one();
    Ok(summary)
}

async fn world(state: &cases::State, now: Moment, seed: u64) -> anyhow::Result<World<'_>> {
    let net = state.net.current();
    let shelf = state.shelf.current();
    let mut sorted: Vec<GridRef> = net.grids().cloned().collect();
    sorted.sort_by(|a, b| a.code.cmp(&b.code));
    anyhow::ensure!(!sorted.is_empty(), "the city has no net");
    let mut areas: Vec<f64> = sorted.iter().map(|g| g.area_m2).collect();
    areas.sort_by(f64::total_cmp);
    let median = areas.get(areas.len() / 2).copied().unwrap_or(1.0).max(1.0);
    // Small grids lie where many people live.
    let weigh = |g: &GridRef| (median / g.area_m2.max(1.0)).powf(0.5).clamp(0.25, 3.0);
    let grids: Vec<(GridRef, f64)> = sorted.into_iter().map(|g| (g.clone(), weigh(&g))).collect();
    let codes: Vec<String> = shelf
        .catalogue
        .matters()
        .iter()
        .map(|m| m.code.clone())
        .collect();
    anyhow::ensure!(!codes.is_empty(), "the city has no catalogue");
    let facts = shelf
        .catalogue
        .matters()
        .iter()
        .map(|m| (m.code.clone(), m.into()))
        .collect();
    let mut world = World {
        state,
        books: state.books.current(),
        net,
        units: state.units.current(),
        roster: Roster::read(&state.app.db, now).await?,
        texts: Texts::read(),
        year: Year::before(now, &state.app.city.zone, seed),
        facts,
        codes,
        grid_weight: grids.iter().map(|g| g.1).sum(),
        grids,
        worn: Vec::new(),
        rulings: Vec::new(),
        city: state.app.city.code,
        shelf,
        now,
        seed,
    };
    world.worn = worn(&world);
    Ok(world)
}

/// Places where the same thing breaks again and again.
fn worn(world: &World<'_>) -> Vec<(String, Spot)> {
    let mut rng = world.rng(0, 0x60_12);
    let day = world.year.today();
    let mut worn = Vec::new();
    for _ in 0..180 {
        for _ in 0..20 {
            let public = |f: &MatterFacts| f.certain;
            let matter = world.matter(day, public, &mut rng);
            if let Some(spot) = world.spot(&mut rng)
                && world.staffed(&matter, &spot, world.now)
            {
                worn.push((matter, spot));
                break;
            }
        }
    }
    worn
}

/// Plays all cases: those that are ruled on first, since others follow them.
fn play_all(mut world: World<'_>, count: usize) -> (World<'_>, Vec<Life>) {
    let ruled = (count / 400).max(3);
    let mut lives: Vec<Life> = Vec::new();
    for n in 0..ruled {
        let mut rng = world.rng(n, 0x0A11);
        let found = case(&world, Wanted::Ruled(n), &mut rng);
        for life in found {
            let again = |r: &Ruling| {
                world
                    .rulings
                    .iter()
                    .any(|o| o.matter == r.matter && o.area == r.area)
            };
            if let Some(ruling) = life.ruling.clone().filter(|r| !again(r)) {
                world.rulings.push(ruling);
                lives.push(life);
            } else if life.ruling.is_none() {
                lives.push(life);
            }
        }
    }
    let mut wanted: Vec<Wanted> = Vec::new();
    // A small city gets a small share of what waits.
    let scaled = |n: usize| (n * count.min(4000) / 4000).max(1);
    for (stage, level, n) in HELD {
        wanted.extend(std::iter::repeat_n(
            Wanted::Held(*stage, *level),
            scaled(*n),
        ));
    }
    wanted.extend(
        AT_HOME
            .iter()
            .map(|(stage, level)| Wanted::AtHome(*stage, *level)),
    );
    for (kind, n) in ASKED {
        wanted.extend(std::iter::repeat_n(Wanted::Asking(*kind), scaled(*n)));
    }
    let left = count.saturating_sub(wanted.len() + lives.len());
    wanted.extend(std::iter::repeat_n(Wanted::Any, left));
    let half = wanted.len() / 2;
    let play = |part: &[Wanted], from: usize| -> Vec<Life> {
        let mut lives = Vec::with_capacity(part.len());
        for (n, wanted) in part.iter().enumerate() {
            let mut rng = world.rng(from + n, 0xCA5E);
            lives.extend(case(&world, *wanted, &mut rng));
        }
        lives
    };
    let (early, late) = wanted.split_at(half);
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| play(late, half));
        (play(early, 0), other.join().unwrap_or_default())
    });
    lives.extend(first);
    lives.extend(second);
    (world, lives)
}

/// How long ago a held case came in, in minutes: the first that ends as wanted is taken.
const AGES: &[i64] = &[
    2, 4, 7, 11, 16, 21, 26, 32, 45, 60, 80, 110, 150, 210, 300, 420, 600, 840, 1200, 1700, 2500,
    3600, 5000, 7200, 10_000, 14_400, 20_000, 30_000,
];

/// A case of the sort wanted, with those merged into it; an ordinary one when none comes out.
fn case(world: &World<'_>, wanted: Wanted, rng: &mut ChaCha8Rng) -> Vec<Life> {
    match wanted {
        Wanted::Any => any(world, rng),
        Wanted::Ruled(n) => ruled(world, n, rng),
        Wanted::Held(stage, level) | Wanted::AtHome(stage, level) => {
            let fits = |life: &Life| {
                life.case.stage == stage
                    && (stage == Stage::Suspended || level_of(life, world.now) == level)
            };
            let home = matches!(wanted, Wanted::AtHome(..));
            held(world, stage, None, home, &fits, rng)
        }
        Wanted::Asking(kind) => {
            let fits = |life: &Life| life.case.open_request(kind).is_some();
            held(world, Stage::Handling, Some(kind), false, &fits, rng)
        }
    }
}

fn level_of(life: &Life, now: Moment) -> Level {
    life.case.stage_clock().map_or(Level::Ok, |c| c.level(now))
}

fn held(
    world: &World<'_>,
    stage: Stage,
    asking: Option<RequestKind>,
    at_home: bool,
    fits: &dyn Fn(&Life) -> bool,
    rng: &mut ChaCha8Rng,
) -> Vec<Life> {
    let mut nearly: Option<Life> = None;
    // Much of what waits lies in the district whose seats the demo introduces.
    let home = world.home();
    let area = match home {
        Some((_, community)) if at_home => Some(community),
        Some((district, _)) if rng.random_bool(0.4) => Some(district),
        _ => None,
    };
    let long = stage == Stage::Suspended || asking.is_some();
    // In a small city most units have nobody: a few matters are drawn until one finds its people.
    let mut tried = 0;
    for _ in 0..60 {
        if tried == 4 {
            break;
        }
        let day = world.year.today();
        let suits = |f: &MatterFacts| {
            f.code.as_str() < "M06"
                || (f.code.as_str() >= "M07" && f.code.as_str() < "M09")
                    && (!long || (f.handle_min >= 900 && f.urgency != Urgency::Emergency))
        };
        let own = |f: &MatterFacts| {
            !at_home || home.is_some_and(|(_, community)| world.by_committee(&f.code, community))
        };
        let fitting = |f: &MatterFacts| own(f) && suits(f) && (!long || f.handle_min >= 900);
        let matter = world.matter(day, fitting, rng);
        let Some(spot) = staffed_spot(world, &matter, area, rng) else {
            continue;
        };
        tried += 1;
        for age in AGES {
            let minutes = *age * 60 + rng.random_range(-20..50);
            let at = world.now.plus_s(-minutes.max(40));
            let plan = Plan {
                hold: Some(stage),
                asking,
                matter: matter.clone(),
                place: Some(spot.place.clone()),
                pace: 0.12,
                returns: matches!(stage, Stage::Returned | Stage::InRuling),
                disputes: stage == Stage::InRuling,
                suspends: stage == Stage::Suspended,
                declines: stage == Stage::Declined,
                ..Plan::default()
            };
            let unknown = matches!(stage, Stage::Reported | Stage::Declined);
            let unplaced = stage == Stage::Accepted;
            let case_rng = ChaCha8Rng::from_rng(rng);
            let Some((life, _)) = one(
                world,
                at,
                &matter,
                &spot,
                plan,
                (unknown, unplaced),
                case_rng,
            ) else {
                continue;
            };
            if fits(&life) {
                return vec![life];
            }
            if life.case.stage == stage && asking.is_none() {
                nearly = Some(life);
            }
        }
    }
    nearly.map_or_else(|| any(world, rng), |life| vec![life])
}

/// A place for `matter`, anywhere or in `area`, whose unit has people, if a few tries find one.
fn staffed_spot(
    world: &World<'_>,
    matter: &str,
    area: Option<i64>,
    rng: &mut ChaCha8Rng,
) -> Option<Spot> {
    let mut last = None;
    for _ in 0..10 {
        let spot = match area {
            Some(area) => world.spot_within(area, rng)?,
            None => world.spot(rng)?,
        };
        if world.staffed(matter, &spot, world.now) {
            return Some(spot);
        }
        last = Some(spot);
    }
    last.filter(|_| rng.random_bool(0.05))
}

fn ruled(world: &World<'_>, n: usize, rng: &mut ChaCha8Rng) -> Vec<Life> {
    for _ in 0..6 {
        let Some((matter, spot)) = world.worn.get(n * 7 % world.worn.len().max(1)).cloned() else {
            break;
        };
        let days = rng.random_range(40..330);
        let at = world
            .now
            .plus_s(-days * 86_400 + rng.random_range(0..40_000));
        let plan = Plan {
            matter: matter.clone(),
            place: Some(spot.place.clone()),
            pace: 0.5,
            returns: true,
            disputes: true,
            ..Plan::default()
        };
        let spot = world.near(&spot, 20.0, rng);
        let case_rng = ChaCha8Rng::from_rng(rng);
        if let Some((life, _)) = one(world, at, &matter, &spot, plan, (false, false), case_rng)
            && life.ruling.is_some()
        {
            return vec![life];
        }
    }
    Vec::new()
}

fn any(world: &World<'_>, rng: &mut ChaCha8Rng) -> Vec<Life> {
    for _ in 0..8 {
        let day = world.year.day(rng);
        let again = world
            .worn
            .choose(rng)
            .filter(|_| rng.random_bool(0.22))
            .cloned();
        let (matter, spot) = match again {
            Some((matter, spot)) => {
                // A worn place shows in its season only.
                let usual = world.year.weight(&matter, day);
                let best = world.year.weight(&matter, world.year.today()).max(1.0);
                if usual < best * 0.2 {
                    continue;
                }
                let spot = world.near(&spot, 18.0, rng);
                (matter, Some(spot))
            }
            None => {
                let matter = world.matter(day, |_| true, rng);
                let spot = staffed_spot(world, &matter, None, rng);
                (matter, spot)
            }
        };
        let Some(spot) = spot else {
            continue;
        };
        let at = world.year.moment(&matter, day, rng);
        let plan = usual_plan(world, &matter, &spot, rng);
        let loose = (rng.random_bool(0.06), rng.random_bool(0.025));
        let case_rng = ChaCha8Rng::from_rng(rng);
        if let Some((life, children)) = one(world, at, &matter, &spot, plan, loose, case_rng) {
            let mut all = children;
            all.push(life);
            return all;
        }
    }
    Vec::new()
}

fn usual_plan(world: &World<'_>, matter: &str, spot: &Spot, rng: &mut ChaCha8Rng) -> Plan {
    let public = world.shelf.matter(matter).is_some_and(|m| m.public);
    let often = |p: f64| if public { p } else { p / 4.0 };
    Plan {
        hold: None,
        asking: None,
        matter: matter.to_owned(),
        place: Some(spot.place.clone()),
        pace: 1.0,
        asks: rng.random_bool(often(0.05)),
        declines: rng.random_bool(often(0.09)),
        objects_decline: rng.random_bool(0.25),
        withdraws: rng.random_bool(often(0.012)),
        returns: rng.random_bool(often(0.045)),
        disputes: rng.random_bool(0.12),
        late: rng.random_bool(0.075),
        suspends: rng.random_bool(0.035),
        extends: rng.random_bool(0.045),
        helps: rng.random_bool(0.04),
        whistles: rng.random_bool(often(0.008)),
        voids: rng.random_bool(0.008),
        excludes: rng.random_bool(0.008),
        supervised: rng.random_bool(0.012),
        reopens: rng.random_bool(often(0.03)),
    }
}

/// Plays one case from its report to now. `loose`: whether the report leaves the matter, the place, open.
fn one(
    world: &World<'_>,
    at: Moment,
    matter: &str,
    spot: &Spot,
    plan: Plan,
    loose: (bool, bool),
    mut rng: ChaCha8Rng,
) -> Option<(Life, Vec<Life>)> {
    let shown = world.shelf.matter(matter);
    let public = shown.is_some_and(|m| m.public);
    let open_to_all = shown.is_some_and(|m| m.shown);
    let held = plan.hold.is_some();
    let mut source = play::source(public, &mut rng);
    if (loose.0 || loose.1) && !matches!(source, Source::Citizen | Source::Call) {
        source = Source::Citizen;
    }
    let worker = worker_of(world, spot, &mut rng).filter(|_| source == Source::Worker);
    let by = match source {
        Source::Worker => worker,
        Source::Citizen | Source::Open311 => None,
        _ => world
            .roster
            .of_area(
                kernel::Capability::ReportCases,
                spot.place.community,
                &mut rng,
            )
            .first()
            .copied(),
    };
    if by.is_none() && !matches!(source, Source::Citizen | Source::Open311) {
        // Nobody there to enter it: it came by itself, where residents may report it at all.
        if !public {
            return None;
        }
        source = Source::Citizen;
    }
    let facts = world.facts.get(matter);
    let mend = worker.filter(|_| {
        facts.is_some_and(|f| f.self_handle)
            && !held
            && rng.random_bool(if public { 0.4 } else { 0.9 })
    });
    let report = reported(
        world,
        at,
        matter,
        spot,
        source,
        by,
        loose,
        mend.is_some(),
        &mut rng,
    );
    let (alone, joins) = beside(world, &report, matter, spot, (held, open_to_all), &mut rng);
    let life = Life::born(world, report, rng)?;
    let mut player = Player::new(world, life, plan);
    if let Some(worker) = mend {
        // Refused, it goes the usual way.
        let _ = player.self_handle(worker);
    }
    Some(player.followed(alone).joined(joins).run())
}

fn worker_of(world: &World<'_>, spot: &Spot, rng: &mut ChaCha8Rng) -> Option<usize> {
    let own = spot.place.dedicated.into_iter().chain([spot.place.basic]);
    own.flat_map(|g| world.roster.of_grid(g, rng)).next()
}

/// Followers, and others who report the same.
fn beside(
    world: &World<'_>,
    report: &Reported,
    matter: &str,
    spot: &Spot,
    (held, shown): (bool, bool),
    rng: &mut ChaCha8Rng,
) -> (Vec<Moment>, Vec<Reported>) {
    let mut follows = Vec::new();
    if shown && rng.random_bool(0.05) {
        for _ in 0..rng.random_range(1..4) {
            follows.push(report.at.plus_s(rng.random_range(900..172_800)));
        }
    }
    let mut joins = Vec::new();
    if shown && !held && report.place.is_some() && rng.random_bool(0.02) {
        for _ in 0..rng.random_range(1..3) {
            let at = report.at.plus_s(rng.random_range(600..14_000));
            if at < world.now.plus_s(-1800) {
                let near = world.near(spot, 45.0, rng);
                let source = if rng.random_bool(0.7) {
                    Source::Citizen
                } else {
                    Source::Open311
                };
                let again = reported(
                    world,
                    at,
                    matter,
                    &near,
                    source,
                    None,
                    (false, false),
                    false,
                    rng,
                );
                joins.push(again);
            }
        }
    }
    (follows, joins)
}

#[expect(clippy::too_many_arguments, reason = "a report is made in one place")]
fn reported(
    world: &World<'_>,
    at: Moment,
    matter: &str,
    spot: &Spot,
    source: Source,
    by: Option<usize>,
    (unknown, unplaced): (bool, bool),
    self_handled: bool,
    rng: &mut ChaCha8Rng,
) -> Reported {
    let words = world.texts.spot(rng);
    let text = world.texts.of(matter, "report", &words, rng);
    let name = world
        .shelf
        .matter(matter)
        .map(|m| m.name.zh.clone())
        .unwrap_or_default();
    let text = if text.is_empty() {
        format!("{words}：{name}，请处理。")
    } else {
        text
    };
    let spoken = spot.place.dedicated.is_none() && rng.random_bool(0.6);
    let place_text = match (unplaced, spoken) {
        (true, _) => words,
        (false, true) => format!("{}{words}", spot.grid_text),
        (false, false) => spot.grid_text.clone(),
    };
    let external_number = match source {
        Source::Call => Some(external("12345", at, world, rng)),
        Source::Department => Some(external("BM", at, world, rng)),
        _ => None,
    };
    Reported {
        at,
        source,
        external_number,
        matter: (!unknown).then(|| matter.to_owned()),
        place: (!unplaced).then(|| spot.place.clone()),
        grid_text: if unplaced {
            String::new()
        } else {
            spot.grid_text.clone()
        },
        place_text,
        text,
        by,
        pictures: pictures(world, at, matter, source, by, rng),
        self_handled,
    }
}

/// Another system's number: its day and eight digits by chance.
fn external(prefix: &str, at: Moment, world: &World<'_>, rng: &mut ChaCha8Rng) -> String {
    let day = at
        .date(&world.state.app.city.zone)
        .strftime("%Y%m%d")
        .to_string();
    format!("{prefix}-{day}-{:08}", rng.random_range(0..100_000_000))
}

/// The newest reports show pictures of their own; older ones have outlived theirs.
fn pictures(
    world: &World<'_>,
    at: Moment,
    matter: &str,
    source: Source,
    by: Option<usize>,
    rng: &mut ChaCha8Rng,
) -> Vec<Wish> {
    let shows = world
        .facts
        .get(matter)
        .is_some_and(|f| f.evidence.contains(&cases::model::Evidence::PhotoNear));
    let likely = match source {
        Source::Worker | Source::Inspection => 0.95,
        Source::Citizen => 0.75,
        Source::Open311 => 0.6,
        _ => 0.0,
    };
    let recent = world.now.since_s(at) < 6 * 86_400;
    if !(shows && recent && rng.random_bool(likely)) {
        return Vec::new();
    }
    vec![Wish {
        id: kernel::MediaId(id_at(at, rng)),
        kind: "photo",
        scene: Scene::of(matter),
        after: false,
        at,
        by: by.map(|p| world.roster.actor(p).person),
    }]
}

/// Gives every case its number in order of report, and rulings their case's number.
fn number(world: &World<'_>, lives: &mut [Life], serials: &[i32]) {
    lives.sort_by_key(|l| (l.case.reported_at, l.case.id));
    let zone = &world.state.app.city.zone;
    let mut numbers: HashMap<CaseId, String> = HashMap::new();
    for (life, serial) in lives.iter_mut().zip(serials) {
        let fresh = cases::state::number(life.case.reported_at, zone, *serial);
        life.case.number.clone_from(&fresh);
        if let Some(first) = life.events.first_mut()
            && let cases::model::What::Reported { number, .. } = &mut first.what
        {
            number.clone_from(&fresh);
        }
        numbers.insert(life.case.id, fresh);
    }
    for life in lives {
        for event in &mut life.events {
            if let cases::model::What::Dispatched {
                why: Why::Precedent { case, number },
                ..
            } = &mut event.what
                && let Some(found) = numbers.get(case)
            {
                number.clone_from(found);
            }
        }
    }
}

/// How many distinct pictures of each scene are wanted: one for each new report; a few of what is done.
fn wanted_pictures(lives: &[Life]) -> BTreeMap<(Scene, bool), usize> {
    let mut wanted: BTreeMap<(Scene, bool), usize> = BTreeMap::new();
    for wish in lives.iter().flat_map(|l| &l.wishes) {
        let count = wanted.entry((wish.scene, wish.after)).or_default();
        if !wish.after || *count < 3 {
            *count += 1;
        }
    }
    wanted
}

fn lives_wishes(lives: &[Life]) -> Vec<&Wish> {
    lives.iter().flat_map(|l| &l.wishes).collect()
}

/// Whether the stage clock of an open case has run out, for the summary.
fn overdue(life: &Life, now: Moment) -> bool {
    life.case.stage.open() && level_of(life, now) == Level::Red
}
