use std::collections::{BTreeMap, HashMap};

use geo_types::{Geometry, LineString, Polygon as GeoPolygon};
use mvt_reader::Reader;
use mvt_reader::feature::Value as Read;

use super::{demo, polygon};
use crate::codes::Level;
use crate::coords::LonLat;
use crate::scheme::GridKind;
use crate::tiles::{
    Area, AreaLayer, Crowding, Dictionary, EXTENT, LayerWriter, MapPoint, PointLayer, Tile, Value,
};

type Feature = mvt_reader::feature::Feature<i32>;

/// The tile's layers by name, as a reference decoder reads them.
fn decode(bytes: Vec<u8>) -> BTreeMap<String, Vec<Feature>> {
    let reader = Reader::new(bytes).unwrap();
    let layers = reader.get_layer_metadata().unwrap();
    assert!(
        layers
            .iter()
            .all(|l| l.version == 2 && i64::from(l.extent) == EXTENT)
    );
    layers
        .into_iter()
        .map(|l| {
            (
                l.name,
                reader.get_features_as::<i32>(l.layer_index).unwrap(),
            )
        })
        .collect()
}

fn prop<'a>(feature: &'a Feature, key: &str) -> Option<&'a Read> {
    feature.properties.as_ref().and_then(|p| p.get(key))
}

fn polygons(feature: &Feature) -> Vec<GeoPolygon<i32>> {
    match feature.geometry.clone() {
        Geometry::Polygon(p) => vec![p],
        Geometry::MultiPolygon(m) => m.0,
        other => panic!("{other:?}"),
    }
}

/// Twice the area by the surveyor's formula, positive for outer rings by the format.
fn doubled_area(ring: &LineString<i32>) -> i64 {
    let cross = |l: geo_types::Line<i32>| {
        i64::from(l.start.x) * i64::from(l.end.y) - i64::from(l.end.x) * i64::from(l.start.y)
    };
    ring.lines().map(cross).sum()
}

fn basic_layer() -> AreaLayer {
    let basic = (0..)
        .zip(&demo().grids)
        .filter(|(_, g)| g.kind == GridKind::Basic);
    AreaLayer::build(
        "grids",
        8..=20,
        basic.map(|(id, g)| Area {
            id,
            polygon: &g.polygon,
            label_point: Some(g.label_point),
            props: vec![
                ("name", g.name.as_str().into()),
                ("code", g.code.as_str().into()),
            ],
        }),
    )
}

#[test]
fn neighbours_meet_without_gap_or_overlap_at_every_zoom() {
    let layer = basic_layer();
    let place = LonLat {
        lon: 119.95,
        lat: 31.78,
    };
    for z in 13..=20 {
        let tile = Tile::holding(z, place).unwrap();
        let layers = decode(layer.encode(z, tile.x(), tile.y()));
        let areas = layers["grids"].iter().flat_map(polygons);
        let sum: i64 = areas.map(|p| doubled_area(p.exterior())).sum();
        // The tile with its margin lies wholly in the city, so its parts add up to the whole.
        assert_eq!(sum, 2 * (EXTENT + 128) * (EXTENT + 128), "zoom {z}");
    }
}

#[test]
fn every_grid_keeps_its_name_and_each_label_stands_in_one_tile() {
    let layer = basic_layer();
    let mut seen: HashMap<u64, usize> = HashMap::new();
    let (low, high) = demo().divisions[0].polygon.bounds();
    let (first, last) = (
        Tile::holding(
            12,
            LonLat {
                lon: low.to_lonlat().lon,
                lat: high.to_lonlat().lat,
            },
        )
        .unwrap(),
        Tile::holding(
            12,
            LonLat {
                lon: high.to_lonlat().lon,
                lat: low.to_lonlat().lat,
            },
        )
        .unwrap(),
    );
    for (x, y) in (first.x()..=last.x()).flat_map(|x| (first.y()..=last.y()).map(move |y| (x, y))) {
        let layers = decode(layer.encode(12, x, y));
        for label in layers.get("grids_label").into_iter().flatten() {
            let id = label.id.unwrap();
            let grid = &demo().grids[id as usize];
            assert_eq!(prop(label, "name"), Some(&Read::String(grid.name.clone())));
            *seen.entry(id).or_default() += 1;
        }
        for shape in layers.get("grids").into_iter().flatten() {
            let grid = &demo().grids[shape.id.unwrap() as usize];
            assert_eq!(prop(shape, "code"), Some(&Read::String(grid.code.clone())));
        }
    }
    assert!(
        seen.len() > 4_900 && seen.values().all(|n| *n == 1),
        "{}",
        seen.len()
    );
}

#[test]
fn low_zooms_draw_fewer_corners_and_deep_ones_all() {
    let districts = demo().divisions.iter().filter(|d| d.level == Level::County);
    let layer = AreaLayer::build(
        "districts",
        0..=20,
        districts.map(|d| Area {
            id: d.code.number() as u64,
            polygon: &d.polygon,
            label_point: None,
            props: vec![("name", d.name.as_str().into())],
        }),
    );
    let corners = |z: u8| -> usize {
        let tile = Tile::holding(
            z,
            LonLat {
                lon: 119.95,
                lat: 31.80,
            },
        )
        .unwrap();
        let layers = decode(layer.encode(z, tile.x(), tile.y()));
        layers["districts"]
            .iter()
            .flat_map(polygons)
            .map(|p| p.exterior().0.len())
            .sum()
    };
    assert!(
        corners(6) < corners(8) && corners(8) < corners(9),
        "{} {}",
        corners(6),
        corners(9)
    );
    assert!(corners(6) < 200, "{}", corners(6));
}

#[test]
fn layers_stand_only_at_their_zooms_and_in_the_world() {
    let layer = basic_layer();
    let tile = |z| {
        Tile::holding(
            z,
            LonLat {
                lon: 119.95,
                lat: 31.78,
            },
        )
        .unwrap()
    };
    assert!(layer.encode(7, tile(7).x(), tile(7).y()).is_empty());
    assert!(!layer.encode(8, tile(8).x(), tile(8).y()).is_empty());
    assert!(layer.encode(8, 0, 0).is_empty());
    assert!(layer.encode(8, 256, 0).is_empty() && layer.encode(21, 0, 0).is_empty());
    assert!(layer.encode(255, 0, 0).is_empty());
}

#[test]
fn holes_are_drawn_the_other_way_round() {
    let (x, y) = (1_200_000_000, 300_000_000);
    let square = |low: i32, high: i32| {
        polygon(&[
            (x + low, y + low),
            (x + high, y + low),
            (x + high, y + high),
            (x + low, y + high),
        ])
    };
    let (ring, fill) = (square(0, 100_000), square(30_000, 60_000));
    let holed =
        crate::polygon::Polygon::new(ring.exterior().to_vec(), vec![fill.exterior().to_vec()])
            .unwrap();
    let area = |id, polygon| Area {
        id,
        polygon,
        label_point: None,
        props: vec![],
    };
    let layer = AreaLayer::build("a", 0..=20, [area(1, &holed), area(2, &fill)]);
    let tile = Tile::holding(
        12,
        LonLat {
            lon: 120.005,
            lat: 30.005,
        },
    )
    .unwrap();
    let layers = decode(layer.encode(12, tile.x(), tile.y()));
    let [outer, inner] = layers["a"].as_slice() else {
        panic!("two areas")
    };
    let (outer, inner) = (&polygons(outer)[0], &polygons(inner)[0]);
    assert!(doubled_area(outer.exterior()) > 0);
    let hole = doubled_area(&outer.interiors()[0]);
    assert!(hole < 0);
    assert_eq!(hole, -doubled_area(inner.exterior()));
}

#[test]
fn all_kinds_of_values_and_lines_can_be_read() {
    let mut dictionary = Dictionary::default();
    let tags = dictionary.enter([
        ("text", Value::from("网格")),
        ("int", Value::from(-42)),
        ("double", Value::from(2.5)),
        ("bool", Value::from(true)),
    ]);
    let mut writer = LayerWriter::new(&dictionary);
    let line = [(0, 0), (10, -3), (4096, 4096)];
    writer.feature(9, &tags, &crate::tiles::Geometry::lines([line.as_slice()]));
    let layers = decode(writer.finish("lines"));
    let feature = &layers["lines"][0];
    assert_eq!(
        prop(feature, "text"),
        Some(&Read::String("网格".to_owned()))
    );
    assert_eq!(prop(feature, "int"), Some(&Read::Int(-42)));
    assert_eq!(prop(feature, "double"), Some(&Read::Double(2.5)));
    assert_eq!(prop(feature, "bool"), Some(&Read::Bool(true)));
    let Geometry::LineString(found) = &feature.geometry else {
        panic!("{feature:?}")
    };
    assert_eq!(
        found.0.iter().map(|c| (c.x, c.y)).collect::<Vec<_>>(),
        [(0, 0), (10, -3), (4096, 4096)]
    );
}

fn cases(count: usize) -> Vec<MapPoint<'static>> {
    let grids = &demo().grids;
    (0..count)
        .map(|i| MapPoint {
            id: i as u64,
            at: grids[i * 31 % grids.len()].label_point,
            stage: ["dispatch", "handling", "check"][i % 3],
            overdue: i % 5 == 0,
            props: vec![("number", format!("261124-{i:05}").into())],
        })
        .collect()
}

#[test]
fn counted_tiles_count_every_point_once() {
    let layer = PointLayer::build("cases", Crowding::default(), cases(30_000));
    assert_eq!(layer.len(), 30_000);
    for z in [0, 4, 8, 10] {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        let corner = |lon, lat| Tile::holding(z, LonLat { lon, lat }).unwrap();
        let (first, last) = (corner(119.0, 32.3), corner(120.5, 31.0));
        let rows = first.y()..=last.y();
        for (x, y) in (first.x()..=last.x()).flat_map(|x| rows.clone().map(move |y| (x, y))) {
            for cell in decode(layer.encode(z, x, y)).into_values().flatten() {
                for (key, value) in cell.properties.unwrap() {
                    let Read::Int(n) = value else {
                        panic!("{key} {value:?}")
                    };
                    *sums.entry(key).or_default() += n;
                }
            }
        }
        assert_eq!(
            (sums["count"], sums["overdue"]),
            (30_000, 6_000),
            "zoom {z}"
        );
        let stages = ["stage_dispatch", "stage_handling", "stage_check"].map(|s| sums[s]);
        assert_eq!(stages, [10_000; 3]);
    }
}

#[test]
fn points_are_drawn_by_themselves_where_there_is_room() {
    let layer = PointLayer::build("cases", Crowding::default(), cases(6_257));
    let target = &cases(6_257)[100];
    let tile = Tile::holding(16, target.at).unwrap();
    let layers = decode(layer.encode(16, tile.x(), tile.y()));
    let found = layers["cases"].iter().find(|f| f.id == Some(100)).unwrap();
    assert_eq!(
        prop(found, "number"),
        Some(&Read::String("261124-00100".to_owned()))
    );
    assert_eq!(
        prop(found, "stage"),
        Some(&Read::String("handling".to_owned()))
    );
    assert_eq!(prop(found, "overdue"), Some(&Read::Bool(true)));
    assert_eq!(prop(found, "count"), None);
    let (low, high) = tile.bounds();
    assert!((low.lon..high.lon).contains(&target.at.lon));
    assert!((low.lat..high.lat).contains(&target.at.lat));
}
