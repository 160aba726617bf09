use proptest::prelude::*;

use super::polygon;
use crate::coords::{Bd09, Gcj02, LonLat, haversine_m};
use crate::polygon::{Polygon, Vertex};
use crate::wkb::{WkbError, polygon_from_wkb, polygon_to_wkb};

#[test]
fn distances_agree_with_known_ones() {
    let at = |lon, lat| LonLat::new(lon, lat).unwrap();
    assert_eq!(haversine_m(at(119.97, 31.78), at(119.97, 31.78)), 0.0);
    // One degree of a great circle on the mean sphere.
    assert!((haversine_m(at(0.0, 0.0), at(0.0, 1.0)) - 111_195.08).abs() < 0.1);
    assert!((haversine_m(at(0.0, 60.0), at(1.0, 60.0)) - 55_597.0).abs() < 10.0);
}

#[test]
fn the_public_offset_is_the_published_one() {
    // Tiananmen, a pair used by the published implementations.
    let gcj = Gcj02::from(LonLat {
        lon: 116.397_389,
        lat: 39.908_860,
    });
    assert!((gcj.lon - 116.403_632).abs() < 5e-6, "{gcj:?}");
    assert!((gcj.lat - 39.910_264).abs() < 5e-6, "{gcj:?}");
    // About 450 m east and 230 m south in the demo city.
    let here = LonLat {
        lon: 119.97,
        lat: 31.78,
    };
    let gcj = Gcj02::from(here);
    let metres = haversine_m(
        here,
        LonLat {
            lon: gcj.lon,
            lat: gcj.lat,
        },
    );
    assert!((400.0..600.0).contains(&metres) && gcj.lon > here.lon && gcj.lat < here.lat);
    let abroad = LonLat {
        lon: 2.35,
        lat: 48.85,
    };
    assert_eq!(
        Gcj02::from(abroad),
        Gcj02 {
            lon: 2.35,
            lat: 48.85
        }
    );
}

#[test]
fn numbers_that_are_no_position_are_refused() {
    for (lon, lat) in [
        (181.0, 0.0),
        (0.0, 90.1),
        (f64::NAN, 0.0),
        (0.0, f64::INFINITY),
    ] {
        assert!(LonLat::new(lon, lat).is_err());
    }
    assert!(serde_json::from_str::<LonLat>(r#"{"lon": 200.0, "lat": 0.0}"#).is_err());
}

proptest! {
    #[test]
    fn offsets_can_be_taken_back(lon in 74.0..134.0_f64, lat in 4.0..53.0_f64) {
        let p = LonLat { lon, lat };
        for back in [LonLat::from(Gcj02::from(p)), LonLat::from(Bd09::from(p))] {
            prop_assert!((back.lon - lon).abs() < 1e-7 && (back.lat - lat).abs() < 1e-7);
        }
    }

    #[test]
    fn what_was_written_as_wkb_or_geojson_is_read_the_same(
        ring in prop::collection::vec((-1_800_000_000..1_800_000_000, -900_000_000..900_000_000), 3..40),
    ) {
        let vertices: Vec<Vertex> = ring.iter().map(|&(x, y)| Vertex { x, y }).collect();
        let Ok(polygon) = Polygon::new(vertices, Vec::new()) else { return Ok(()) };
        prop_assert_eq!(&polygon_from_wkb(&polygon_to_wkb(&polygon)).unwrap(), &polygon);
        prop_assert_eq!(&Polygon::from_geojson(&polygon.to_geojson()).unwrap(), &polygon);
    }

    #[test]
    fn broken_wkb_is_refused_without_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = polygon_from_wkb(&bytes);
        bytes.splice(0..bytes.len().min(5), [1, 3, 0, 0, 0]);
        let _ = polygon_from_wkb(&bytes);
    }
}

#[test]
fn holes_survive_and_count() {
    let square = |low: i32, high: i32| {
        [(low, low), (high, low), (high, high), (low, high)]
            .map(|(x, y)| Vertex { x, y })
            .to_vec()
    };
    let polygon = Polygon::new(square(0, 30), vec![square(10, 20)]).unwrap();
    assert_eq!(polygon.doubled_area(), 2 * (900 - 100));
    assert!(!polygon.holds(Vertex { x: 15, y: 15 }) && polygon.holds(Vertex { x: 5, y: 15 }));
    let bytes = polygon_to_wkb(&polygon);
    assert_eq!(bytes.len(), 9 + 2 * (4 + 5 * 16));
    assert_eq!(polygon_from_wkb(&bytes).unwrap(), polygon);
    assert_eq!(
        polygon_from_wkb(&bytes[..bytes.len() - 1]),
        Err(WkbError::Length)
    );
    assert_eq!(
        polygon_from_wkb(&[bytes.as_slice(), &[0]].concat()),
        Err(WkbError::Length)
    );
    assert_eq!(polygon_from_wkb(&[0, 0, 0, 0, 3]), Err(WkbError::Type));
}

#[test]
fn geojson_rings_are_closed_and_a_single_part_is_accepted() {
    let polygon = polygon(&[(0, 0), (10_000_000, 0), (0, 10_000_000)]);
    let json = polygon.to_geojson();
    assert_eq!(json["coordinates"][0].as_array().unwrap().len(), 4);
    let multi = serde_json::json!({"type": "MultiPolygon", "coordinates": [json["coordinates"]]});
    assert_eq!(Polygon::from_geojson(&multi).unwrap(), polygon);
    assert!(Polygon::from_geojson(&serde_json::json!({"type": "Point"})).is_err());
}
