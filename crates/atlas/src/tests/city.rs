use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use super::{demo, tables};
use crate::city::{
    AreaShape, BASIC_GRIDS, City, DEDICATED_GRIDS, generate, parse_divisions, short_name,
};
use crate::codes::{DivisionCode, Level};
use crate::polygon::{Polygon, Vertex};
use crate::scheme::{CodeScheme, GridKind};
use crate::topology::{check_partition, check_simple, lies_within};

fn of_level(city: &City, level: Level) -> Vec<&AreaShape> {
    city.divisions.iter().filter(|d| d.level == level).collect()
}

fn fingerprint(city: &City) -> u64 {
    let mut hasher = DefaultHasher::new();
    for d in &city.divisions {
        (d.code, &d.name, &d.polygon, Vertex::from(d.label_point)).hash(&mut hasher);
    }
    for g in &city.grids {
        (&g.code, &g.name, &g.polygon, Vertex::from(g.label_point)).hash(&mut hasher);
    }
    hasher.finish()
}

#[test]
fn the_city_has_the_divisions_and_grids_of_the_design() {
    let city = demo();
    let counts = [Level::City, Level::County, Level::Town, Level::Village]
        .map(|level| of_level(city, level).len());
    assert_eq!(counts, [1, 6, 65, 1_047]);
    let of_kind = |kind| city.grids.iter().filter(|g| g.kind == kind).count();
    assert_eq!(of_kind(GridKind::Basic), BASIC_GRIDS);
    assert_eq!(of_kind(GridKind::Dedicated), DEDICATED_GRIDS);
    assert!(city.divisions.iter().all(|d| !d.name.contains("监狱")));
}

#[test]
fn each_level_covers_the_one_above_without_gap_or_overlap() {
    let city = demo();
    let mut parts: BTreeMap<DivisionCode, Vec<&Polygon>> = BTreeMap::new();
    for d in &city.divisions {
        parts.entry(d.parent).or_default().push(&d.polygon);
    }
    for g in city.grids.iter().filter(|g| g.kind == GridKind::Basic) {
        parts.entry(g.community).or_default().push(&g.polygon);
    }
    for d in &city.divisions {
        let own = parts.get(&d.code).into_iter().flatten().copied();
        assert_eq!(check_partition([&d.polygon], own), [], "{}", d.name);
    }
}

#[test]
fn every_shape_is_one_simple_ring_with_its_label_inside() {
    let city = demo();
    let divisions = city
        .divisions
        .iter()
        .map(|d| (&d.name, &d.polygon, d.label_point));
    let grids = city
        .grids
        .iter()
        .map(|g| (&g.name, &g.polygon, g.label_point));
    for (name, polygon, label) in divisions.chain(grids) {
        assert_eq!(check_simple(polygon), [], "{name}");
        assert!(
            polygon.holes().is_empty() && polygon.holds(label.into()),
            "{name}"
        );
    }
}

#[test]
fn dedicated_grids_lie_in_their_community_and_beside_each_other() {
    let city = demo();
    let communities: BTreeMap<_, _> = of_level(city, Level::Village)
        .into_iter()
        .map(|d| (d.code, d))
        .collect();
    let dedicated: Vec<_> = city
        .grids
        .iter()
        .filter(|g| g.kind == GridKind::Dedicated)
        .collect();
    for (i, grid) in dedicated.iter().enumerate() {
        assert!(lies_within(
            &grid.polygon,
            &communities[&grid.community].polygon
        ));
        assert!(grid.dedicated_kind.is_some() && grid.polygon.area_km2() < 0.2);
        for other in dedicated[i + 1..]
            .iter()
            .filter(|o| o.community == grid.community)
        {
            let apart = |a: &Polygon, b: &Polygon| !a.exterior().iter().any(|&v| b.holds(v));
            assert!(apart(&grid.polygon, &other.polygon) && apart(&other.polygon, &grid.polygon));
        }
    }
}

#[test]
fn grid_codes_are_unique_and_name_their_community() {
    let scheme = CodeScheme::demo();
    let mut codes: Vec<&str> = Vec::new();
    for grid in &demo().grids {
        let code = scheme.parse(&grid.code).unwrap();
        assert_eq!((code.community, code.kind), (grid.community, grid.kind));
        codes.push(&grid.code);
    }
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes.len(), BASIC_GRIDS + DEDICATED_GRIDS);
}

#[test]
fn districts_have_nearly_their_true_areas() {
    let (_, anchors) = tables();
    for anchor in anchors {
        let district = demo()
            .divisions
            .iter()
            .find(|d| d.code == anchor.code)
            .unwrap();
        let share = district.polygon.area_km2() / anchor.area_km2;
        assert!((0.95..1.05).contains(&share), "{} {share}", anchor.name);
    }
}

#[test]
fn neighbourhoods_are_smaller_than_villages() {
    let median = |urban: bool| {
        let villages = of_level(demo(), Level::Village).into_iter();
        let mut areas: Vec<f64> = villages
            .filter(|d| d.name.contains("村委") != urban)
            .map(|d| d.polygon.area_km2())
            .collect();
        areas.sort_by(f64::total_cmp);
        areas[areas.len() / 2]
    };
    assert!(
        median(true) * 2.0 < median(false),
        "{} {}",
        median(true),
        median(false)
    );
}

#[test]
fn the_same_seed_gives_the_same_city_and_others_give_others() {
    let (divisions, anchors) = tables();
    let again = generate(&divisions, &anchors, 1).unwrap();
    assert_eq!(fingerprint(&again), fingerprint(demo()));
    for seed in [0, 2, 3, 20_261_124, u64::MAX] {
        let other = generate(&divisions, &anchors, seed).unwrap();
        assert_ne!(fingerprint(&other), fingerprint(demo()));
        let city = of_level(&other, Level::City)[0];
        let basic = other.grids.iter().filter(|g| g.kind == GridKind::Basic);
        assert_eq!(
            check_partition([&city.polygon], basic.map(|g| &g.polygon)),
            []
        );
    }
}

#[test]
fn names_lose_the_committee_and_keep_the_place() {
    let cases = [
        ("朝阳花园社区居委会", "朝阳花园社区"),
        ("邹区社区居委会（含邹区村村委）", "邹区社区"),
        ("前进村委会", "前进村"),
        ("东风社区居民委员会", "东风社区"),
        ("东风村民委员会", "东风村"),
        ("新城社区", "新城社区"),
    ];
    for (full, short) in cases {
        assert_eq!(short_name(full), short);
    }
    assert!(
        demo()
            .grids
            .iter()
            .all(|g| !g.name.contains("委会") && !g.name.contains('（'))
    );
}

#[test]
fn a_line_that_cannot_be_read_is_named() {
    let text = "code,level,parent_code,name\n320400000000,city,320000000000,常州市\n1,city,2,x\n";
    assert_eq!(parse_divisions(text), Err(crate::city::CityError::Line(3)));
}
