//! Well-known text of points and polygons.

use std::fmt::Write as _;

use crate::layer::Geometry;

/// Reads a geometry; what is no well-known text is [`Geometry::Broken`], an empty text nothing.
#[must_use]
pub fn parse(text: &str) -> Geometry {
    let text = text.trim();
    if text.is_empty() {
        return Geometry::Nothing;
    }
    // EWKT says its number before a semicolon; the system is declared elsewhere.
    let text = match text.split_once(';') {
        Some((srid, rest)) if srid.to_ascii_uppercase().starts_with("SRID=") => rest,
        _ => text,
    };
    let mut cursor = Cursor { rest: text };
    let read = cursor.geometry();
    match read {
        Some(geometry) if cursor.rest.trim().is_empty() => geometry,
        _ => Geometry::Broken,
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl<'a> Cursor<'a> {
    fn word(&mut self) -> &'a str {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn take(&mut self, c: char) -> Option<()> {
        self.rest = self.rest.trim_start().strip_prefix(c)?;
        Some(())
    }

    fn takes(&mut self, c: char) -> bool {
        self.take(c).is_some()
    }

    fn geometry(&mut self) -> Option<Geometry> {
        let kind = self.word().to_ascii_uppercase();
        // Z, M and ZM stand apart or at the end; the numbers beyond the second are passed over.
        let kind = kind
            .strip_suffix("ZM")
            .or_else(|| kind.strip_suffix('Z'))
            .or_else(|| kind.strip_suffix('M'))
            .unwrap_or(&kind)
            .to_owned();
        let before = self.rest;
        match self.word().to_ascii_uppercase().as_str() {
            "" | "Z" | "M" | "ZM" => {}
            "EMPTY" => return Some(Geometry::Nothing),
            _ => self.rest = before,
        }
        let before = self.rest;
        if self.word().eq_ignore_ascii_case("EMPTY") {
            return Some(Geometry::Nothing);
        }
        self.rest = before;
        match kind.as_str() {
            "POINT" => {
                self.take('(')?;
                let point = self.point()?;
                self.take(')')?;
                Some(Geometry::Point(point))
            }
            "POLYGON" => Some(Geometry::Polygon(self.rings()?)),
            "MULTIPOLYGON" => Some(Geometry::Polygons(self.list(Self::rings)?)),
            "LINESTRING" | "MULTILINESTRING" => self.other("LineString"),
            "MULTIPOINT" => self.other("MultiPoint"),
            "GEOMETRYCOLLECTION" => self.other("GeometryCollection"),
            _ => None,
        }
    }

    fn other(&mut self, name: &'static str) -> Option<Geometry> {
        self.rest = "";
        Some(Geometry::Other(name))
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.take('(')?;
        let mut all = vec![one(self)?];
        while self.takes(',') {
            all.push(one(self)?);
        }
        self.take(')')?;
        Some(all)
    }

    fn rings(&mut self) -> Option<Vec<Vec<[f64; 2]>>> {
        self.list(|c| c.list(Self::point))
    }

    fn point(&mut self) -> Option<[f64; 2]> {
        let (x, y) = (self.number()?, self.number()?);
        // Height and measure, if any.
        for _ in 0..2 {
            if self.rest.trim_start().starts_with([',', ')']) {
                break;
            }
            self.number()?;
        }
        Some([x, y])
    }

    fn number(&mut self) -> Option<f64> {
        self.rest = self.rest.trim_start();
        let end = self
            .rest
            .find(|c: char| !matches!(c, '0'..='9' | '.' | '-' | '+' | 'e' | 'E'))
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(end);
        self.rest = rest;
        number.parse().ok()
    }
}

/// Writes a geometry, rings closed; an empty text for nothing.
#[must_use]
pub fn text(geometry: &Geometry) -> String {
    match geometry {
        Geometry::Point([x, y]) => format!("POINT ({x} {y})"),
        Geometry::Polygon(rings) => format!("POLYGON {}", rings_text(rings)),
        Geometry::Polygons(all) => {
            let parts: Vec<String> = all.iter().map(|r| rings_text(r)).collect();
            format!("MULTIPOLYGON ({})", parts.join(", "))
        }
        Geometry::Nothing | Geometry::Other(_) | Geometry::Broken => String::new(),
    }
}

fn rings_text(rings: &[Vec<[f64; 2]>]) -> String {
    let mut out = String::from("(");
    for (n, ring) in rings.iter().enumerate() {
        out.push_str(if n == 0 { "(" } else { ", (" });
        for (n, [x, y]) in closed(ring).enumerate() {
            let comma = if n == 0 { "" } else { ", " };
            // Writing to a String does not fail.
            let _ = write!(out, "{comma}{x} {y}");
        }
        out.push(')');
    }
    out.push(')');
    out
}

/// The ring with its first point at the end too.
pub(crate) fn closed(ring: &[[f64; 2]]) -> impl Iterator<Item = [f64; 2]> + '_ {
    let again = ring.first().filter(|first| Some(*first) != ring.last());
    ring.iter().chain(again).copied()
}
