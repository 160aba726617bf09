//! What the crate promises of every format.

use atlas::Reference;
use proptest::prelude::*;

use crate::layer::{Cell, Column, Geometry, Layer};
use crate::package::{Format, How};
use crate::{Encoding, FileFault, read, write};

type Row = (Vec<Cell>, Geometry);

fn columns() -> Vec<Column> {
    [
        ("code", false),
        ("name", false),
        ("area_m2", true),
        ("community_name", false),
        ("community_code", false),
    ]
    .map(|(name, number)| Column {
        name: name.into(),
        number,
    })
    .to_vec()
}

fn square(x: f64, y: f64, side: f64) -> Vec<[f64; 2]> {
    vec![[x, y], [x + side, y], [x + side, y + side], [x, y + side]]
}

fn rows() -> Vec<Row> {
    let cells = |code: &str, name: &str| {
        vec![
            Cell::Text(code.into()),
            Cell::Text(name.into()),
            Cell::Number(1234.5),
            Cell::Text("朝阳花园社区居委会".into()),
            Cell::Text("320402001001".into()),
        ]
    };
    vec![
        (
            cells("3204020010011001", "朝阳花园第1网格"),
            Geometry::Polygon(vec![square(119.9, 31.7, 0.01)]),
        ),
        (
            cells("3204020010011002", "“龘”，带,逗号和\"引号\""),
            Geometry::Polygon(vec![square(120.0, 31.7, 0.03), {
                let mut hole = square(120.01, 31.71, 0.01);
                hole.reverse();
                hole
            }]),
        ),
        (
            cells("3204020010011003", "两块"),
            Geometry::Polygons(vec![
                vec![square(120.1, 31.7, 0.01)],
                vec![square(120.2, 31.7, 0.01)],
            ]),
        ),
    ]
}

/// Rings opened, turned counter-clockwise (holes clockwise), beginning at their least point.
fn plain(geometry: &Geometry) -> Geometry {
    let ring = |(n, ring): (usize, &Vec<[f64; 2]>)| {
        // A reader of JSON may be off by the last bit.
        let whole = |p: &[f64; 2]| p.map(|n| (n * 1e9).round() / 1e9);
        let mut ring: Vec<[f64; 2]> = ring.iter().map(whole).collect();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if (crate::layer::turning(&ring) < 0.0) == (n == 0) {
            ring.reverse();
        }
        let least = (0..ring.len())
            .min_by(|a, b| ring[*a].partial_cmp(&ring[*b]).unwrap())
            .unwrap_or(0);
        ring.rotate_left(least);
        ring
    };
    let rings = |rings: &Vec<Vec<[f64; 2]>>| rings.iter().enumerate().map(ring).collect();
    match geometry {
        Geometry::Polygon(one) => Geometry::Polygon(rings(one)),
        Geometry::Polygons(all) => Geometry::Polygons(all.iter().map(rings).collect()),
        other => other.clone(),
    }
}

fn there_and_back(rows: &[Row], format: Format, system: Reference, encoding: Encoding) -> Layer {
    let bytes = write("grids", &columns(), rows, format, system, encoding).unwrap();
    read(&bytes, &How::default()).unwrap()
}

#[test]
fn what_is_written_is_read_again_in_every_format_and_encoding() {
    for format in Format::ALL {
        for encoding in [Encoding::Utf8, Encoding::Gb18030] {
            let layer = there_and_back(&rows(), format, Reference::Cgcs2000, encoding);
            assert_eq!(layer.guess.format, format);
            let names: Vec<&str> = layer.columns.iter().map(String::as_str).collect();
            let at = |name: &str| names.iter().position(|n| *n == name).unwrap();
            // A Shapefile's names have ten letters.
            let community = match format {
                Format::Shapefile => "communit_1",
                _ => "community_code",
            };
            for (found, (cells, geometry)) in layer.features.iter().zip(rows()) {
                assert_eq!(found.values[at("code")], cells[0].text(), "{format}");
                assert_eq!(
                    found.values[at("name")],
                    cells[1].text(),
                    "{format} {encoding}"
                );
                assert_eq!(found.values[at(community)], "320402001001");
                assert_eq!(
                    found.values[at("area_m2")].parse::<f64>().unwrap(),
                    1234.5,
                    "{format}"
                );
                assert_eq!(plain(&found.geometry), plain(&geometry), "{format}");
            }
            assert_eq!(layer.features.len(), 3);
        }
    }
}

#[test]
fn a_spreadsheet_reckons_with_nothing_and_what_it_shows_is_read_as_it_was() {
    for name in ["=HYPERLINK(\"http://x\",\"点我\")", "@SUM(A1)", "+1", "'=1"] {
        let mut row = rows().remove(0);
        row.0[1] = Cell::Text(name.into());
        let rows = [row];
        let system = Reference::Cgcs2000;
        let bytes = write(
            "grids",
            &columns(),
            &rows,
            Format::Csv,
            system,
            Encoding::Utf8,
        )
        .unwrap();
        let text = String::from_utf8(bytes).unwrap();
        let begins = |line: &str| {
            line.split(',')
                .any(|cell| cell.trim_matches('"').starts_with(['=', '@', '+']))
        };
        assert!(!text.lines().any(begins), "{text}");
        let layer = there_and_back(&rows, Format::Csv, system, Encoding::Utf8);
        assert_eq!(layer.features[0].values[1], name);
    }
}

#[test]
fn points_are_written_and_read_in_every_format() {
    let columns = vec![Column {
        name: "code".into(),
        number: false,
    }];
    let rows = vec![
        (
            vec![Cell::Text("a".into())],
            Geometry::Point([120.5, 31.25]),
        ),
        (vec![Cell::Text("b".into())], Geometry::Nothing),
    ];
    for format in Format::ALL {
        let system = Reference::Wgs84;
        let bytes = write("p", &columns, &rows, format, system, Encoding::Utf8).unwrap();
        let layer = read(&bytes, &How::default()).unwrap();
        assert_eq!(layer.features[0].geometry, rows[0].1, "{format}");
        assert_eq!(layer.features[1].geometry, Geometry::Nothing, "{format}");
    }
}

#[test]
fn the_system_is_told_by_the_formats_that_can() {
    for (name, geojson) in [
        ("cgcs2000", false),
        ("wgs84", false),
        ("gk-120", true),
        ("gk-zone-40", true),
    ] {
        let system: Reference = name.parse().unwrap();
        for format in Format::ALL {
            let told = there_and_back(&rows(), format, system, Encoding::Utf8)
                .guess
                .reference;
            let expected = match format {
                Format::Shapefile | Format::GeoPackage => Some(system),
                Format::GeoJson => geojson.then_some(system),
                Format::Csv => None,
            };
            assert_eq!(told, expected, "{name} {format}");
        }
    }
    let hidden = there_and_back(
        &rows(),
        Format::Shapefile,
        Reference::Gcj02,
        Encoding::Gb18030,
    );
    assert_eq!(hidden.guess.reference, None, "no register knows the offset");
}

#[test]
fn an_encoding_is_honoured_where_told_and_guessed_where_not() {
    let (columns, rows) = (columns(), rows());
    let cells: Vec<Vec<Cell>> = rows.iter().map(|r| r.0.clone()).collect();
    let mut table = crate::dbf::write(&columns, &cells, Encoding::Gb18030);
    // The header tells of GBK; without it the texts themselves do.
    assert!(crate::dbf::read(&table, None).unwrap().declared);
    table[29] = 0;
    let guessed = crate::dbf::read(&table, None).unwrap();
    assert!(!guessed.declared);
    assert_eq!(guessed.encoding, Encoding::Gb18030);
    assert_eq!(guessed.rows[0].as_ref().unwrap()[1], "朝阳花园第1网格");
    let wrong = crate::dbf::read(&table, Some(Encoding::Utf8)).unwrap();
    assert_ne!(wrong.rows[0].as_ref().unwrap()[1], "朝阳花园第1网格");
    let csv = Encoding::Gb18030.bytes("编码,名称\n1,网格\n");
    let layer = read(&csv, &How::default()).unwrap();
    assert_eq!(layer.columns, ["编码", "名称"]);
    assert_eq!(layer.guess.encoding, Encoding::Gb18030);
    for name in [
        "UTF-8", "65001", "GBK", "gb2312", "CP936", "GB18030", "ANSI 936",
    ] {
        assert!(name.parse::<Encoding>().is_ok(), "{name}");
    }
}

#[test]
fn codes_in_number_columns_stay_whole() {
    let columns = vec![Column {
        name: "code".into(),
        number: true,
    }];
    let row = |n: f64| (vec![Cell::Number(n)], Geometry::Nothing);
    let rows = vec![row(320_402_001_001.0), row(7.25)];
    for format in [Format::Shapefile, Format::GeoPackage] {
        let bytes = write(
            "c",
            &columns,
            &rows,
            format,
            Reference::Wgs84,
            Encoding::Utf8,
        )
        .unwrap();
        let layer = read(&bytes, &How::default()).unwrap();
        let at = layer.columns.iter().position(|c| c == "code").unwrap();
        assert_eq!(layer.features[0].values[at], "320402001001", "{format}");
        assert!(layer.features[1].values[at].starts_with("7.25"));
    }
    let json = br#"{"type":"FeatureCollection","features":[{"type":"Feature","geometry":null,
        "properties":{"code":3204020010011001}}]}"#;
    let layer = read(json, &How::default()).unwrap();
    assert_eq!(layer.features[0].values[0], "3204020010011001");
}

#[test]
fn a_broken_row_is_a_broken_row_and_not_a_broken_file() {
    let csv = "code,wkt\n1,\"POLYGON ((0 0, 1 0, 1 1))\"\n2,POLYGON ((0 0\n3,\n4,\"LINESTRING (0 0, 1 1)\"\n\
               5,\"SRID=4490;MULTIPOLYGON Z (((0 0 5, 1 0 5, 1 1 5)))\"\n6,POINT EMPTY\n7,\"POINT(1 2 3)\"\n";
    let layer = read(csv.as_bytes(), &How::default()).unwrap();
    let shapes: Vec<&Geometry> = layer.features.iter().map(|f| &f.geometry).collect();
    assert!(matches!(shapes[0], Geometry::Polygon(_)));
    assert_eq!(*shapes[1], Geometry::Broken);
    assert_eq!(*shapes[2], Geometry::Nothing);
    assert_eq!(*shapes[3], Geometry::Other("LineString"));
    assert!(matches!(shapes[4], Geometry::Polygons(_)));
    assert_eq!(*shapes[5], Geometry::Nothing);
    assert_eq!(*shapes[6], Geometry::Point([1.0, 2.0]));
    assert_eq!(layer.features[1].row, 3, "the line of the file");
}

fn code(bytes: &[u8]) -> &'static str {
    read(bytes, &How::default()).map_or_else(|f| f.code, |_| "")
}

#[test]
fn what_is_no_layer_is_refused_with_its_reason() {
    let zip = |files: &[(&str, &[u8])]| {
        use std::io::Write as _;
        let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        for (name, bytes) in files {
            let options = zip::write::SimpleFileOptions::default();
            out.start_file(*name, options).unwrap();
            out.write_all(bytes).unwrap();
        }
        out.finish().unwrap().into_inner()
    };
    let deep = format!("{{\"type\":{}1{}", "[".repeat(5000), "]".repeat(5000));
    let (shp, _) = crate::shp::write(&[&Geometry::Point([1.0, 2.0])]);
    let other = crate::dbf::write(&columns(), &[], Encoding::Utf8);
    for (bytes, wanted) in [
        (Vec::new(), "layer.empty"),
        (b"  \n ".to_vec(), "layer.empty"),
        (vec![0x89, b'P', b'N', b'G', 0, 1], "layer.unknown_format"),
        (shp.clone(), "layer.shapefile_not_zipped"),
        (b"{\"type\":".to_vec(), "layer.not_json"),
        (deep.into_bytes(), "layer.not_json"),
        (b"{\"type\":\"Topology\"}".to_vec(), "layer.not_geojson"),
        (
            b"SQLite format 3\0 and no more".to_vec(),
            "layer.not_geopackage",
        ),
        (b"PK\x03\x04 no zip".to_vec(), "layer.not_zip"),
        (zip(&[("a.txt", b"x")]), "layer.nothing_in_zip"),
        (zip(&[("a.shp", &shp)]), "layer.no_dbf"),
        (
            zip(&[("a.shp", b"short"), ("a.dbf", &other)]),
            "layer.not_shp",
        ),
        (
            zip(&[("a.shp", &shp), ("a.dbf", b"short")]),
            "layer.not_dbf",
        ),
        (
            zip(&[("a.shp", &shp), ("a.dbf", &other)]),
            "layer.dbf_differs",
        ),
        (
            zip(&[("a.shp", &shp), ("b.shp", &shp), ("a.dbf", &other)]),
            "layer.several",
        ),
    ] {
        assert_eq!(code(&bytes), wanted);
    }
}

#[test]
fn a_packed_file_that_grows_without_end_is_stopped() {
    use std::io::Write as _;
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default().compression_level(Some(1));
    let block = vec![b'1'; 1024 * 1024];
    for name in ["a.csv"] {
        out.start_file(name, options).unwrap();
        for _ in 0..=crate::MOST_UNPACKED / 1024 / 1024 {
            out.write_all(&block).unwrap();
        }
    }
    let bomb = out.finish().unwrap().into_inner();
    assert!(bomb.len() < 4 * 1024 * 1024, "it is small while packed");
    assert_eq!(code(&bomb), "layer.unpacks_too_large");
}

#[test]
fn a_layer_too_large_is_refused() {
    let mut csv = String::from("code\n");
    csv.push_str(&"1\n".repeat(crate::MOST_FEATURES + 1));
    assert_eq!(code(csv.as_bytes()), "layer.too_many_features");
    let wide = "a,".repeat(crate::MOST_COLUMNS + 1);
    assert_eq!(code(wide.as_bytes()), "layer.too_many_columns");
    let large = vec![b' '; crate::MOST_BYTES + 1];
    let refused = read(&large, &How::default()).unwrap_err();
    assert_eq!(
        refused,
        FileFault::new("layer.too_large").with("most_mb", 64)
    );
}

proptest! {
    #[test]
    fn bytes_nobody_vouches_for_never_break_a_reader(mut bytes in proptest::collection::vec(any::<u8>(), 0..600),
                                                     which in 0_usize..5, at in 0_usize..600) {
        let shape = Geometry::Polygon(vec![square(1.0, 2.0, 3.0)]);
        let (shp, _) = crate::shp::write(&[&shape, &Geometry::Nothing]);
        let cells = vec![vec![Cell::Text("网格".into()); 5]; 2];
        let dbf = crate::dbf::write(&columns(), &cells, Encoding::Utf8);
        let mut budget = crate::layer::Budget::default();
        // Whole files with one place changed, and noise.
        let base = match which {
            0 => shp,
            1 => dbf,
            2 => crate::wkb::bytes(&shape).unwrap(),
            3 => crate::wkt::text(&shape).into_bytes(),
            _ => Vec::new(),
        };
        if !base.is_empty() {
            let new = bytes.first().copied().unwrap_or(0);
            bytes = base;
            let at = at % bytes.len();
            bytes[at] = new;
        }
        let _ = crate::shp::read(&bytes, &mut budget);
        let _ = crate::dbf::read(&bytes, None);
        let _ = crate::wkb::parse(&bytes, &mut budget);
        let _ = crate::wkt::parse(&String::from_utf8_lossy(&bytes));
        let _ = read(&bytes, &How::default());
    }
}
