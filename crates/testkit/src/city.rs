//! A tiny city: one district, two towns, four communities side by side, two square grids in each, one
//! school over the first; the real catalogue with its routing; a person for every seat.

use std::collections::BTreeMap;

use atlas::{LonLat, Polygon, Vertex, polygon_to_wkb};
use divisions::model::DivisionInfo;
use divisions::{GridKind, Level, NewDivision, NewGrid};
use kernel::{Clock, GridId, Moment, OrgId};
use matters::catalogue::{Bilingual, Catalogue};
use matters::routing::{self, OrgTemplates};
use sqlx::{PgConnection, PgPool};
use staff::{NewOrg, OrgKind};

use crate::database::CITY_CODE;
use crate::members::{self, Member};

/// Degrees of a grid's side.
const SIDE: f64 = 0.01;
/// The south-west corner of the city.
const CORNER: (f64, f64) = (120.0, 31.78);

pub(crate) const DISTRICT: i64 = 320_402_000_000;
pub(crate) const TOWNS: [(i64, &str, &str); 2] = [
    (320_402_001_000, "雕庄街道", "Diaozhuang"),
    (320_402_002_000, "青龙街道", "Qinglong"),
];
pub(crate) const COMMUNITIES: [(i64, &str, &str); 4] = [
    (320_402_001_001, "朝阳花园社区居委会", "Chaoyang Huayuan"),
    (320_402_001_002, "水岸社区居委会", "Shuian"),
    (320_402_002_002, "青竹苑社区居委会", "Qingzhuyuan"),
    (320_402_002_003, "彩虹城社区居委会", "Caihongcheng"),
];

/// What [`small_city`] made.
#[derive(Debug, Clone)]
pub struct SmallCity {
    /// The number of the net.
    pub net: i32,
    /// Code of the city.
    pub city: i64,
    /// Code of the district.
    pub district: i64,
    /// Codes of the towns, west to east.
    pub towns: [i64; 2],
    /// Codes of the communities, west to east; two in each town.
    pub communities: [i64; 4],
    /// Ids and codes of the basic grids: southern and northern of each community, west to east.
    pub grids: Vec<(GridId, String)>,
    /// Id and code of the school over the first grid.
    pub dedicated: (GridId, String),
    /// Units by key and area, as `data/orgs.csv` has them, e.g. `district-urban`.
    pub orgs: BTreeMap<(String, i64), OrgId>,
    /// People by login.
    pub members: BTreeMap<String, Member>,
}

impl SmallCity {
    /// The middle of the grid of `community` (0..4, west to east) in `row` (0 south, 1 north): not in
    /// the school.
    #[must_use]
    pub fn place(&self, community: u8, row: u8) -> (f64, f64) {
        let (lon, lat) = corner(community, row);
        (lon + SIDE * 0.75, lat + SIDE * 0.75)
    }

    /// The middle of the school.
    #[must_use]
    pub fn school(&self) -> (f64, f64) {
        (CORNER.0 + SIDE * 0.4, CORNER.1 + SIDE * 0.4)
    }

    /// The unit with this key in this area.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn org(&self, key: &str, area: i64) -> OrgId {
        let found = self.orgs.get(&(key.to_owned(), area));
        *found.unwrap_or_else(|| panic!("no unit {key} in {area}"))
    }

    /// The person with this login.
    ///
    /// # Panics
    /// When there is none.
    #[must_use]
    pub fn member(&self, login: &str) -> &Member {
        self.members
            .get(login)
            .unwrap_or_else(|| panic!("nobody signs in as {login}"))
    }
}

/// Fills an empty database with the tiny city.
///
/// Logins: at the district's centre `call.1`, `accept.1`, `accept.2`, `dispatch.1`, `dispatch.2`,
/// `shift.1`, `shift.2`, `verify.1`, `verify.2`, `net.1`, `net.2`; only for the eastern town `accept.t2`, `dispatch.t2`;
/// people keepers `keeper.1` of the western town and `keeper.2` of the district, `liaison.1` in the first grid;
/// at urban management `handler.cg.1`, `handler.cg.2`, `lead.cg.1`; at sanitation `handler.hw.1`,
/// `lead.hw.1`; in the first two grids `grid.1`, `grid.2`; for the first community `chief.1`; for the towns
/// `lead.town.1`, `lead.town.2`; for the city `supervisor.1`, `city.shift.1`, `admin.system`, `admin.security`, `admin.audit`.
///
/// # Panics
/// When something cannot be stored.
pub async fn small_city(pool: &PgPool) -> SmallCity {
    // Since yesterday, so that a test may stand a little before now.
    let since = Clock::default().now().plus_s(-86_400);
    let mut tx = pool.begin().await.expect("a transaction begins");
    let (net, grids, dedicated) = lay_net(&mut tx, since).await;
    let orgs = found_orgs(&mut tx).await;
    keep_matters(&mut tx, &orgs).await;
    let mut city = SmallCity {
        net,
        city: CITY_CODE,
        district: DISTRICT,
        towns: TOWNS.map(|t| t.0),
        communities: COMMUNITIES.map(|c| c.0),
        grids,
        dedicated,
        orgs,
        members: BTreeMap::new(),
    };
    let seats = members::seats(&city);
    city.members = members::appoint(&mut tx, seats, since).await;
    tx.commit().await.expect("the tiny city is stored");
    city
}

fn corner(community: u8, row: u8) -> (f64, f64) {
    (
        CORNER.0 + SIDE * f64::from(community),
        CORNER.1 + SIDE * f64::from(row),
    )
}

/// A rectangle as WKB with its middle and bounds.
struct Rectangle {
    wkb: Vec<u8>,
    middle: (f64, f64),
    bounds: [f64; 4],
    area_m2: f64,
}

fn rectangle(west: f64, south: f64, east: f64, north: f64) -> Rectangle {
    let corners = [(west, south), (east, south), (east, north), (west, north)];
    let ring = corners
        .map(|(lon, lat)| Vertex::from(LonLat { lon, lat }))
        .to_vec();
    let polygon = Polygon::new(ring, Vec::new()).expect("a rectangle has an area");
    Rectangle {
        wkb: polygon_to_wkb(&polygon),
        middle: ((west + east) / 2.0, (south + north) / 2.0),
        bounds: [west, south, east, north],
        area_m2: polygon.area_km2() * 1e6,
    }
}

/// Columns `from..to` of the city, both rows.
fn columns(from: u8, to: u8) -> Rectangle {
    let ((west, south), (east, north)) = (corner(from, 0), corner(to, 2));
    rectangle(west, south, east, north)
}

fn division(code: i64, parent: Option<i64>, name: &str, shape: Rectangle) -> NewDivision {
    let (lon, lat) = shape.middle;
    let (level, name) = (Level::of(code), name.to_owned());
    let info = DivisionInfo {
        code,
        level,
        parent,
        name,
        lon,
        lat,
        bounds: shape.bounds,
    };
    NewDivision {
        info,
        geometry: Some(shape.wkb),
    }
}

type Grids = (i32, Vec<(GridId, String)>, (GridId, String));

async fn lay_net(conn: &mut PgConnection, since: Moment) -> Grids {
    let mut areas = vec![
        division(CITY_CODE, None, "常州市", columns(0, 4)),
        division(DISTRICT, Some(CITY_CODE), "天宁区", columns(0, 4)),
    ];
    for ((code, name, _), from) in TOWNS.into_iter().zip([0, 2]) {
        areas.push(division(
            code,
            Some(DISTRICT),
            name,
            columns(from, from + 2),
        ));
    }
    let mut grids = Vec::new();
    for ((code, name, _), at) in COMMUNITIES.into_iter().zip(0_u8..) {
        areas.push(division(
            code,
            Some(code - code % 1_000),
            name,
            columns(at, at + 1),
        ));
        for row in 0..2 {
            let (west, south) = corner(at, row);
            let shape = rectangle(west, south, west + SIDE, south + SIDE);
            grids.push(grid(code, GridKind::Basic, u32::from(row) + 1, shape));
        }
    }
    let at = |n: f64| (CORNER.0 + SIDE * n, CORNER.1 + SIDE * n);
    let ((west, south), (east, north)) = (at(0.3), at(0.5));
    let school = rectangle(west, south, east, north);
    grids.push(grid(COMMUNITIES[0].0, GridKind::Dedicated, 1, school));
    divisions::store::insert_divisions(conn, &areas)
        .await
        .expect("the divisions are stored");
    let number = divisions::store::begin_net(conn, None, "tiny city", since).await;
    let number = number.expect("the net begins");
    divisions::store::insert_grids(conn, number, &grids, since)
        .await
        .expect("the grids are stored");
    let mut named: Vec<_> = grids.into_iter().map(|g| (g.id, g.code)).collect();
    let dedicated = named.pop().expect("the school is the last");
    (number, named, dedicated)
}

fn grid(community: i64, kind: GridKind, serial: u32, shape: Rectangle) -> NewGrid {
    let name = COMMUNITIES
        .iter()
        .find(|c| c.0 == community)
        .map_or("", |c| c.1);
    let short = atlas::city::short_name(name);
    let (digit, tail) = match kind {
        GridKind::Basic => (1, format!("第{serial}网格")),
        GridKind::Dedicated => (2, "小学".to_owned()),
    };
    NewGrid {
        id: GridId::fresh(),
        code: format!("{community}{digit}{serial:03}"),
        kind,
        dedicated_kind: (kind == GridKind::Dedicated).then(|| "school".to_owned()),
        community,
        name: format!("{short}{tail}"),
        geometry: shape.wkb,
        lon: shape.middle.0,
        lat: shape.middle.1,
        area_m2: shape.area_m2,
    }
}

/// Every unit of `data/orgs.csv` in every area of its level.
async fn found_orgs(conn: &mut PgConnection) -> BTreeMap<(String, i64), OrgId> {
    let templates = OrgTemplates::standard().expect("the shipped units are right");
    let mut new = Vec::new();
    for template in &templates.0 {
        let (level, areas) = areas_of(template.level);
        for (code, zh, en) in areas {
            let name = template.name_in(&Bilingual::new(zh, en));
            new.push(NewOrg {
                id: OrgId::fresh(),
                key: template.key.clone(),
                kind: match template.kind {
                    routing::OrgKind::Department => OrgKind::Department,
                    routing::OrgKind::Operator => OrgKind::Operator,
                    routing::OrgKind::Centre => OrgKind::Centre,
                },
                level,
                area: code,
                parent: None,
                name_zh: name.zh,
                name_en: name.en,
            });
        }
    }
    staff::store::insert_orgs(conn, &new)
        .await
        .expect("the units are stored");
    new.into_iter().map(|o| ((o.key, o.area), o.id)).collect()
}

fn areas_of(level: routing::Level) -> (Level, Vec<(i64, &'static str, &'static str)>) {
    let short = |c: (i64, &'static str, &'static str)| (c.0, atlas::city::short_name(c.1), c.2);
    match level {
        routing::Level::City => (Level::City, vec![(CITY_CODE, "常州市", "Changzhou")]),
        routing::Level::District => (Level::County, vec![(DISTRICT, "天宁区", "Tianning")]),
        routing::Level::Town => (Level::Town, TOWNS.to_vec()),
        routing::Level::Community => (Level::Village, COMMUNITIES.map(short).to_vec()),
    }
}

/// The shipped catalogue, its aliases and its routing.
async fn keep_matters(conn: &mut PgConnection, orgs: &BTreeMap<(String, i64), OrgId>) {
    let catalogue = Catalogue::standard().expect("the shipped catalogue is right");
    let aliases = matters::suggest::standard_aliases().expect("the shipped aliases are right");
    let templates = OrgTemplates::standard().expect("the shipped units are right");
    let table = routing::routing_table(&catalogue, &templates);
    let units = orgs
        .iter()
        .map(|((key, area), id)| (key.as_str(), *area, *id));
    let rules = matters::store::rules_for(&table, units);
    let stored = matters::store::put_matters(conn, catalogue.matters()).await;
    stored.expect("the catalogue is stored");
    matters::store::put_aliases(conn, &aliases)
        .await
        .expect("the aliases are stored");
    matters::store::put_rules(conn, &rules)
        .await
        .expect("the routing is stored");
    let codes: Vec<&str> = catalogue
        .matters()
        .iter()
        .map(|m| m.code.as_str())
        .collect();
    matters::store::admissions::list_founding(conn, &codes, CITY_CODE, "")
        .await
        .expect("what may be put on grids is stored");
}
