//! What stands beside the schematic net: synthetic city elements, and unit grids of two districts.
//! Marked as a demonstration by their names; codes of classes are the demo's own.

use atlas::overlay::common;
use atlas::{Polygon, Vertex};
use divisions::beside::elements::{ElementLayer, PlannedElement};
use divisions::beside::store;
use divisions::beside::units::{PlannedUnit, relate};
use divisions::files::Shapes;
use divisions::{GridKind, Level};
use kernel::Moment;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::boot::{City, told};

/// Class digits of a code, name, and how many stand in an ordinary grid, in tenths.
const FACILITIES: [(&str, &str, u32); 8] = [
    ("0101", "井盖", 24),
    ("0102", "雨水箅子", 12),
    ("0103", "路灯", 16),
    ("0104", "消火栓", 5),
    ("0201", "交通护栏", 6),
    ("0301", "果皮箱", 8),
    ("0302", "公共厕所", 1),
    ("0401", "行道树", 14),
];
const PREMISES: [(&str, u32); 5] = [
    ("商铺", 12),
    ("餐饮", 6),
    ("企业", 5),
    ("学校和幼儿园", 1),
    ("物业服务", 1),
];
/// Unit grids are drawn in these districts.
const UNIT_DISTRICTS: [i64; 2] = [320_402_000_000, 320_404_000_000];
/// A community is cut into so many columns and rows of unit grids.
const CUTS: (i32, i32) = (3, 2);
/// Smaller pieces, square metres, go with nothing.
const LEAST_M2: f64 = 400.0;

/// Stores elements and unit grids, the same for the same seed; answers how many of each.
///
/// # Errors
/// When the database fails.
pub async fn lay(city: &City, seed: u64, since: Moment) -> anyhow::Result<(usize, usize)> {
    let shapes = Shapes::read(&city.app.db).await.map_err(told)?;
    let made = tokio::task::spawn_blocking(move || {
        let layers = elements(&shapes, seed);
        let units = units(&shapes);
        (layers, units, shapes)
    });
    let (layers, units, shapes) = made.await?;
    let net = city.divisions.net.current();
    let mut tx = city.app.db.begin().await?;
    let mut count = 0;
    for (layer, elements) in &layers {
        count += elements.len();
        store::put_elements(&mut tx, *layer, elements, &net, since)
            .await
            .map_err(told)?;
    }
    let unit_count = units.len();
    let stored = store::put_units(&mut tx, "city_management", &units, since);
    let stored = stored.await.map_err(told)?;
    let ids: Vec<_> = stored.iter().map(|u| u.0).collect();
    let shared = tokio::task::spawn_blocking(move || relate(&stored, &shapes)).await?;
    store::put_overlaps(&mut tx, &ids, &shared)
        .await
        .map_err(told)?;
    for what in ["elements", "units"] {
        store::keep_followed(&mut tx, what, net.number)
            .await
            .map_err(told)?;
    }
    tx.commit().await?;
    Ok((count, unit_count))
}

/// A place in the polygon, found by trying.
fn inside(polygon: &Polygon, random: &mut StdRng) -> Option<Vertex> {
    let (low, high) = polygon.bounds();
    (0..40)
        .map(|_| Vertex {
            x: random.random_range(low.x..=high.x),
            y: random.random_range(low.y..=high.y),
        })
        .find(|v| polygon.holds(*v))
}

/// So many tenths as a whole number: the rest by chance.
fn some(tenths: u32, random: &mut StdRng) -> u32 {
    tenths / 10 + u32::from(random.random_range(0..10) < tenths % 10)
}

fn elements(shapes: &Shapes, seed: u64) -> [(ElementLayer, Vec<PlannedElement>); 4] {
    let mut random = StdRng::seed_from_u64(seed ^ 0x656c_656d);
    let mut layers = ElementLayer::ALL.map(|layer| (layer, Vec::new()));
    let [
        (_, premises),
        (_, facilities),
        (_, services),
        (_, gathering),
    ] = &mut layers;
    let mut serials: std::collections::HashMap<(i64, &str), u32> = std::collections::HashMap::new();
    let put =
        |list: &mut Vec<PlannedElement>, code: String, class: &str, name: String, at: Vertex| {
            let at = at.to_lonlat();
            list.push(PlannedElement {
                row: 0,
                code,
                class: class.to_owned(),
                name,
                details: "示意 schematic".to_owned(),
                lon: at.lon,
                lat: at.lat,
            });
        };
    let basic = shapes.current().filter(|g| g.info.kind == GridKind::Basic);
    for grid in basic {
        let district = grid.info.community / 1_000_000;
        for (class, name, tenths) in FACILITIES {
            for _ in 0..some(tenths, &mut random) {
                let Some(at) = inside(&grid.polygon, &mut random) else {
                    continue;
                };
                let serial = serials.entry((district, class)).or_default();
                *serial += 1;
                let code = format!("{district}{class}{serial:06}");
                put(facilities, code, name, format!("{name} {serial}"), at);
            }
        }
        for (class, tenths) in PREMISES {
            for n in 1..=some(tenths, &mut random) {
                let Some(at) = inside(&grid.polygon, &mut random) else {
                    continue;
                };
                let code = format!("P{:07}", premises.len() + 1);
                put(
                    premises,
                    code,
                    class,
                    format!("{}{class}{n}（示意）", grid.info.name),
                    at,
                );
            }
        }
    }
    let communities = shapes.divisions.iter();
    for community in communities.filter(|d| d.info.level == Level::Village) {
        let Some(polygon) = &community.polygon else {
            continue;
        };
        let name = atlas::city::short_name(&community.info.name);
        let code = community.info.code;
        if let Some(at) = inside(polygon, &mut random) {
            put(
                services,
                format!("S{code}"),
                "便民服务站",
                format!("{name}便民服务站（示意）"),
                at,
            );
        }
        for n in 1..=random.random_range(1..=2) {
            if let Some(at) = inside(polygon, &mut random) {
                put(
                    gathering,
                    format!("E{code}{n}"),
                    "应急集合点",
                    format!("{name}应急集合点{n}（示意）"),
                    at,
                );
            }
        }
    }
    layers
}

/// Cuts every community of two districts along meridians and parallels.
fn units(shapes: &Shapes) -> Vec<PlannedUnit> {
    let mut units = Vec::new();
    for community in shapes.divisions.iter().filter(|d| {
        d.info.level == Level::Village
            && UNIT_DISTRICTS.contains(&(d.info.code - d.info.code % 1_000_000))
    }) {
        let Some(polygon) = &community.polygon else {
            continue;
        };
        let name = atlas::city::short_name(&community.info.name);
        let mut serial = 0;
        for piece in pieces(polygon) {
            serial += 1;
            if serial > 99 {
                break;
            }
            units.push(PlannedUnit {
                row: 0,
                code: format!("{}{serial:02}", community.info.code),
                name: format!("{name}单元{serial:02}"),
                community: community.info.code,
                polygon: piece,
            });
        }
    }
    units
}

fn pieces(polygon: &Polygon) -> Vec<Polygon> {
    let (low, high) = polygon.bounds();
    let (columns, rows) = CUTS;
    let x = |n: i32| low.x + (high.x - low.x) / columns * n;
    let y = |n: i32| low.y + (high.y - low.y) / rows * n;
    let mut all = Vec::new();
    // West to east, then north to south.
    for column in 0..columns {
        for row in (0..rows).rev() {
            let (west, south) = (x(column), y(row));
            let east = if column + 1 == columns {
                high.x
            } else {
                x(column + 1)
            };
            let north = if row + 1 == rows { high.y } else { y(row + 1) };
            let corners = [(west, south), (east, south), (east, north), (west, north)];
            let ring = corners.map(|(x, y)| Vertex { x, y }).to_vec();
            let Ok(cell) = Polygon::new(ring, Vec::new()) else {
                continue;
            };
            let parts = common(polygon, &cell).into_iter();
            all.extend(parts.filter(|p| p.area_km2() * 1e6 >= LEAST_M2));
        }
    }
    all
}
