//! Coordinate systems of files, against values of PROJ 9 (EPSG 4513 … 4554).

use proptest::prelude::*;

use crate::coords::LonLat;
use crate::gauss::GaussKruger;
use crate::reference::Reference;

/// EPSG number, degrees east and north, easting and northing in metres, by PROJ.
const PUBLISHED: [(u32, f64, f64, f64, f64); 10] = [
    (4549, 119.0, 31.0, 404_493.443_711, 3_431_403.610_077),
    (4549, 120.0, 32.0, 500_000.0, 3_541_852.434_157),
    (4549, 121.4999, 31.2, 642_954.627_886, 3_454_118.002_868),
    (4549, 118.6, 31.9, 367_560.358_779, 3_531_618.988_124),
    (
        4528,
        119.9735,
        31.7785,
        40_497_489.930_580,
        3_517_291.740_311,
    ),
    (4528, 120.5, 30.25, 40_548_122.063_062, 3_347_932.816_199),
    (4547, 114.0, 22.5, 500_000.0, 2_489_167.311_084),
    (4547, 113.2, 22.9, 417_919.805_786, 2_533_686.236_204),
    (4554, 135.0, 48.3, 500_000.0, 5_351_785.567_192),
    (4534, 75.9, 39.4, 577_523.516_080, 4_363_298.190_059),
];

#[test]
fn the_projection_agrees_with_proj_to_a_thousandth_of_a_millimetre() {
    for (epsg, lon, lat, easting, northing) in PUBLISHED {
        let system = Reference::from_epsg(epsg).unwrap();
        let [x, y] = system.numbers(LonLat { lon, lat });
        assert!((x - easting).abs() < 2e-6, "{epsg} {lon} {lat}: {x}");
        assert!((y - northing).abs() < 2e-6, "{epsg} {lon} {lat}: {y}");
        let back = system.position([easting, northing]).unwrap();
        assert!((back.lon - lon).abs() < 1e-10 && (back.lat - lat).abs() < 1e-10);
    }
}

#[test]
fn a_system_is_known_by_each_of_its_names() {
    for (name, epsg) in [
        ("cgcs2000", Some(4490)),
        ("WGS84", Some(4326)),
        ("gcj02", None),
        ("BD-09", None),
        ("gk-120", Some(4549)),
        ("gk-zone-40", Some(4528)),
    ] {
        let system: Reference = name.parse().unwrap();
        assert_eq!(system.epsg(), epsg, "{name}");
        assert_eq!(system.to_string().parse(), Ok(system), "{name}");
        if let Some(epsg) = epsg {
            assert_eq!(Reference::from_epsg(epsg), Some(system));
            assert_eq!(format!("EPSG:{epsg}").parse(), Ok(system));
        }
        if let Some(text) = system.wkt() {
            assert_eq!(Reference::from_wkt(&text), Some(system), "{text}");
        }
    }
    for name in [
        "",
        "utm",
        "gk-",
        "gk-20",
        "gk-zone-7",
        "epsg:3857",
        "EPSG:x",
    ] {
        assert!(name.parse::<Reference>().is_err(), "{name}");
    }
    let beijing = "PROJCS[\"Beijing_1954_3_Degree_GK_CM_120E\",GEOGCS[\"GCS_Beijing_1954\"],\
                   PROJECTION[\"Gauss_Kruger\"],PARAMETER[\"False_Easting\",500000.0],\
                   PARAMETER[\"Central_Meridian\",120.0]]";
    assert_eq!(Reference::from_wkt(beijing), None, "another datum");
}

#[test]
fn numbers_far_from_the_zone_are_refused() {
    let zone = Reference::GaussKruger(GaussKruger::zone(40, true));
    for pair in [
        [500_000.0, 3_541_852.0],
        [f64::NAN, 0.0],
        [40_500_000.0, 2e7],
        [40_500_000.0, f64::INFINITY],
    ] {
        assert!(zone.position(pair).is_err(), "{pair:?}");
    }
    assert!(Reference::Gcj02.position([200.0, 30.0]).is_err());
    assert!(Reference::Bd09.position([120.0, f64::NAN]).is_err());
}

proptest! {
    #[test]
    fn every_system_gives_a_place_back(lon in 117.5_f64..122.5, lat in 18.0_f64..53.0, which in 0_usize..6) {
        let name = ["cgcs2000", "wgs84", "gcj02", "bd09", "gk-120", "gk-zone-40"][which];
        let system: Reference = name.parse().unwrap();
        let back = system.position(system.numbers(LonLat { lon, lat })).unwrap();
        prop_assert!((back.lon - lon).abs() < 1e-9, "{} {}", back.lon, lon);
        prop_assert!((back.lat - lat).abs() < 1e-9, "{} {}", back.lat, lat);
    }
}
