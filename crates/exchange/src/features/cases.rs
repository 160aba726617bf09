//! Pages of the cases everybody may know of, and what is told of them.

use atlas::LatticeBox;
use cases::model::Stage;
use cases::public::{coarse, step};
use kernel::Lang;
use matters::shelf::Shelved;
use serde_json::{Value, json};

use super::State;
use super::asked::{Asked, Beside};
use super::crs::Crs;
use super::document::Page;
use super::fault::Fault;
use super::store::{self, PublicCase, Wanted};

/// Cases are counted to here; beyond, their number is not told.
const COUNTED: i64 = 10_000;
/// A rounded place lies at most so far from the true one, degrees; areas are looked for so much wider.
const ROUNDED: f64 = 0.000_3;

/// A page of public cases, the newest first.
///
/// # Errors
/// 400 when the page begins beside a case there is not, or a filter asks for what no case has.
pub async fn page(state: &State, asked: &Asked) -> Result<Page, Fault> {
    let shelf = state.cases.shelf.current();
    let Some(wanted) = wanted(state, &shelf, asked)? else {
        return Ok(Page::default());
    };
    let mut conn = state.cases.app.db.acquire().await?;
    let all: Vec<String> = shown(&shelf).map(|m| m.code.clone()).collect();
    let (key, older, name) = match &asked.beside {
        Beside::Start => (None, true, ""),
        Beside::After(number) => (Some(number), true, "after"),
        Beside::Before(number) => (Some(number), false, "before"),
    };
    let key = match key {
        None => None,
        Some(number) => {
            let found = store::key(&mut conn, number, &all).await?;
            let gone = || Fault::Parameter(name.to_owned(), "ogc.page_gone");
            Some(found.ok_or_else(gone)?)
        }
    };
    let limit = asked.limit;
    let wide = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let mut found = store::page(&mut conn, &wanted, key, older, wide).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    if !older {
        found.reverse();
    }
    let count = store::count(&mut conn, &wanted, COUNTED + 1).await?;
    let number = |c: Option<&PublicCase>| c.map(|c| c.number.clone());
    // Where a page was reached from the other side, there is something on that side.
    let (next, previous) = if older {
        (more, key.is_some())
    } else {
        (true, more)
    };
    Ok(Page {
        matched: (count <= COUNTED).then(|| usize::try_from(count).unwrap_or(0)),
        next: next.then(|| number(found.last())).flatten(),
        previous: previous.then(|| number(found.first())).flatten(),
        features: found
            .iter()
            .map(|c| feature(state, &shelf, c, asked.crs))
            .collect(),
    })
}

/// The public case with this number as a feature.
///
/// # Errors
/// 404 `ogc.feature_not_found`.
pub async fn one(state: &State, number: &str, crs: Crs) -> Result<Value, Fault> {
    let shelf = state.cases.shelf.current();
    let wanted = Wanted {
        matters: shown(&shelf).map(|m| m.code.clone()).collect(),
        number: Some(number.to_owned()),
        ..Wanted::default()
    };
    let mut conn = state.cases.app.db.acquire().await?;
    let found = store::page(&mut conn, &wanted, None, true, 1).await?;
    let case = found
        .first()
        .ok_or(Fault::Nothing("ogc.feature_not_found"))?;
    Ok(feature(state, &shelf, case, crs))
}

fn shown(shelf: &Shelved) -> impl Iterator<Item = &matters::catalogue::Matter> {
    shelf.catalogue.matters().iter().filter(|m| m.shown)
}

/// `None` when nothing can fit.
fn wanted(state: &State, shelf: &Shelved, asked: &Asked) -> Result<Option<Wanted>, Fault> {
    let fit = |m: &&matters::catalogue::Matter| {
        asked.fits("matter", &m.code) && asked.fits("category", &m.category_code)
    };
    let matters: Vec<String> = shown(shelf).filter(fit).map(|m| m.code.clone()).collect();
    let open = match asked.filter("status") {
        None => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(_) => return Err(Fault::Parameter("status".into(), "ogc.parameter_value")),
    };
    let mut communities = asked.boxes.as_ref().map(|boxes| near(state, boxes));
    if let Some(code) = asked.filter("community") {
        let wrong = |_| Fault::Parameter("community".into(), "ogc.parameter_value");
        let code = code.parse::<i64>().map_err(wrong)?;
        communities = Some(vec![code]);
    }
    if matters.is_empty() || communities.as_ref().is_some_and(Vec::is_empty) {
        return Ok(None);
    }
    Ok(Some(Wanted {
        matters,
        number: asked.filter("number").map(str::to_owned),
        open,
        communities,
        from: asked.span.and_then(|s| s.from),
        to: asked.span.and_then(|s| s.to),
        boxes: asked.boxes.clone(),
    }))
}

/// Communities whose bounds meet one of the boxes, so that the index by area serves.
fn near(state: &State, boxes: &[LatticeBox]) -> Vec<i64> {
    let net = state.cases.net.current();
    let mut found = Vec::new();
    let mut below: Vec<i64> = net.city().map(|c| c.code).into_iter().collect();
    while let Some(code) = below.pop() {
        let Some(division) = net.division(code) else {
            continue;
        };
        let [west, south, east, north] = division.bounds;
        let meets = |b: &LatticeBox| {
            let (low, high) = (b.low.to_lonlat(), b.high.to_lonlat());
            west - ROUNDED <= high.lon
                && low.lon <= east + ROUNDED
                && south - ROUNDED <= high.lat
                && low.lat <= north + ROUNDED
        };
        if boxes.iter().any(meets) {
            found.push(code);
            below.extend(net.below(code).iter().map(|d| d.code));
        }
    }
    found
}

/// What everybody is told: nobody's words, names or pictures, and no exact place.
fn feature(state: &State, shelf: &Shelved, case: &PublicCase, crs: Crs) -> Value {
    let net = state.cases.net.current();
    let matter = shelf.matter(&case.matter);
    let community = net.division(case.community);
    let at = crs.pair(coarse(case.lon), coarse(case.lat));
    json!({
        "type": "Feature",
        "id": case.number,
        "geometry": {"type": "Point", "coordinates": at},
        "properties": {
            "number": case.number,
            "matter": case.matter,
            "matter_zh": matter.map(|m| Lang::Zh.pick(&m.name.zh, &m.name.en)),
            "matter_en": matter.map(|m| Lang::En.pick(&m.name.zh, &m.name.en)),
            "category": matter.map(|m| m.category_code.as_str()),
            "status": if case.open { "open" } else { "closed" },
            "step": Stage::from_word(&case.stage).map(step),
            "community": case.community.to_string(),
            "community_name": community.map(|c| c.name.clone()),
            "reported_at": case.reported_at,
            "closed_at": case.closed_at,
        },
    })
}
