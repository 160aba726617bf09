//! The query of `/items`, read strictly: what is not known or does not fit is refused by name.

use atlas::{LatticeBox, LonLat, Vertex};
use kernel::Moment;

use super::collections::Collection;
use super::crs::Crs;
use super::fault::Fault;

/// Features of a page unless said otherwise.
pub const LIMIT: usize = 100;
/// The most features of a page; more is cut to it, as the standard says.
pub const MOST: usize = 2_000;

/// A time or a span of time, both ends included; an open end is `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// From when.
    pub from: Option<Moment>,
    /// Until when.
    pub to: Option<Moment>,
}

/// On which side of a key the page lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Beside {
    /// The first page.
    Start,
    /// After the feature with this id.
    After(String),
    /// Before the feature with this id.
    Before(String),
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// At most so many, 1..=[`MOST`].
    pub limit: usize,
    /// Touching one of these; two where a box crosses the antimeridian.
    pub boxes: Option<Vec<LatticeBox>>,
    /// At some time of this span.
    pub span: Option<Span>,
    /// The system of the answer.
    pub crs: Crs,
    /// Properties and what they must equal.
    pub filters: Vec<(&'static str, String)>,
    /// Which page.
    pub beside: Beside,
    /// The parameters as sent, but those that choose the page, for links to others.
    pub kept: Vec<(String, String)>,
}

fn fault(name: &str, code: &'static str) -> Fault {
    Fault::Parameter(name.to_owned(), code)
}

impl Asked {
    /// Reads the parameters of `/collections/{collection}/items`.
    ///
    /// # Errors
    /// 400 naming the parameter that is not known, comes twice or cannot be read.
    pub fn read(collection: Collection, pairs: &[(String, String)]) -> Result<Self, Fault> {
        let mut asked = Self {
            limit: LIMIT,
            boxes: None,
            span: None,
            crs: Crs::Crs84,
            filters: Vec::new(),
            beside: Beside::Start,
            kept: Vec::new(),
        };
        let mut seen: Vec<&str> = Vec::new();
        let (mut numbers, mut of_box) = (None, Crs::Crs84);
        for (name, value) in pairs {
            if seen.contains(&name.as_str()) {
                return Err(fault(name, "ogc.parameter_twice"));
            }
            seen.push(name);
            if !matches!(name.as_str(), "after" | "before") {
                asked.kept.push((name.clone(), value.clone()));
            }
            match name.as_str() {
                "f" => {}
                "limit" => asked.limit = limit(value)?,
                "bbox" => numbers = Some(value.as_str()),
                "bbox-crs" => of_box = Crs::read("bbox-crs", value)?,
                "crs" => asked.crs = Crs::read("crs", value)?,
                "datetime" => asked.span = Some(span(value)?),
                "after" => asked.beside = Beside::After(value.clone()),
                "before" => asked.beside = Beside::Before(value.clone()),
                other => {
                    let properties = collection.properties();
                    let property = properties.iter().find(|p| p.filter && p.name == other);
                    let property = property.ok_or_else(|| fault(other, "ogc.parameter_unknown"))?;
                    asked.filters.push((property.name, value.clone()));
                }
            }
        }
        if seen.contains(&"after") && seen.contains(&"before") {
            return Err(fault("before", "ogc.parameter_value"));
        }
        if let Some(numbers) = numbers {
            asked.boxes = Some(boxes(numbers, of_box)?);
        }
        Ok(asked)
    }

    /// Whether a property with this text answers the filter on it, if there is one.
    #[must_use]
    pub fn fits(&self, name: &str, text: &str) -> bool {
        self.filters.iter().all(|(n, v)| *n != name || v == text)
    }

    /// What the filter on `name` must equal.
    #[must_use]
    pub fn filter(&self, name: &str) -> Option<&str> {
        let found = self.filters.iter().find(|(n, _)| *n == name);
        found.map(|(_, v)| v.as_str())
    }
}

fn limit(text: &str) -> Result<usize, Fault> {
    match text.parse::<u64>() {
        Ok(0) | Err(_) => Err(fault("limit", "ogc.limit")),
        Ok(limit) => Ok(usize::try_from(limit).unwrap_or(MOST).min(MOST)),
    }
}

/// Four numbers, or six with heights, which do not matter here.
fn boxes(text: &str, crs: Crs) -> Result<Vec<LatticeBox>, Fault> {
    let wrong = || fault("bbox", "ogc.bbox");
    let numbers = text.split(',').map(|n| n.trim().parse::<f64>());
    let numbers: Vec<f64> = numbers.collect::<Result<_, _>>().map_err(|_| wrong())?;
    let (a, b, c, d) = match numbers.as_slice() {
        [a, b, c, d] | [a, b, _, c, d, _] => (*a, *b, *c, *d),
        _ => return Err(wrong()),
    };
    let ((west, south), (east, north)) = if crs.latitude_first() {
        ((b, a), (d, c))
    } else {
        ((a, b), (c, d))
    };
    if south > north {
        return Err(wrong());
    }
    let corner = |lon, lat| LonLat::new(lon, lat).map(Vertex::from).map_err(|_| wrong());
    let single = |west, east| -> Result<LatticeBox, Fault> {
        Ok(LatticeBox {
            low: corner(west, south)?,
            high: corner(east, north)?,
        })
    };
    if west <= east {
        Ok(vec![single(west, east)?])
    } else {
        // RFC 7946 5.2: a box whose west lies beyond its east crosses the antimeridian.
        Ok(vec![single(west, 180.0)?, single(-180.0, east)?])
    }
}

/// RFC 3339 instants, dates, or two of them with a slash between; `..` or nothing is an open end.
fn span(text: &str) -> Result<Span, Fault> {
    let wrong = || fault("datetime", "ogc.datetime");
    let end = |part: &str, last: bool| -> Result<Option<Moment>, Fault> {
        if part.is_empty() || part == ".." {
            return Ok(None);
        }
        let whole = match (part.len(), last) {
            // A date is the whole day.
            (10, false) => format!("{part}T00:00:00Z"),
            (10, true) => format!("{part}T23:59:59.999999Z"),
            _ => part.to_owned(),
        };
        let moment: Moment = whole.parse().map_err(|_| wrong())?;
        if moment.plausible() {
            Ok(Some(moment))
        } else {
            Err(wrong())
        }
    };
    let span = match text.split_once('/') {
        Some((from, to)) => Span {
            from: end(from, false)?,
            to: end(to, true)?,
        },
        None if matches!(text, "" | "..") => return Err(wrong()),
        None => Span {
            from: end(text, false)?,
            to: end(text, true)?,
        },
    };
    match (span.from, span.to) {
        (Some(from), Some(to)) if from > to => Err(wrong()),
        (None, None) if !text.contains('/') => Err(wrong()),
        _ => Ok(span),
    }
}

impl Span {
    /// Whether something that is so from `from` until before `to` is so at some time of the span.
    #[must_use]
    pub fn meets(&self, from: Moment, to: Option<Moment>) -> bool {
        self.to.is_none_or(|end| from <= end)
            && self
                .from
                .is_none_or(|start| to.is_none_or(|end| start < end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Asked, String> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes())
            .map(|(n, v)| (n.into_owned(), v.into_owned()))
            .collect();
        Asked::read(Collection::Grids, &pairs).map_err(|fault| match fault {
            Fault::Parameter(name, code) => format!("{name} {code}"),
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn what_cannot_be_read_is_refused_by_its_name() {
        for (query, wanted) in [
            ("limit=0", "limit ogc.limit"),
            ("limit=-1", "limit ogc.limit"),
            ("limit=ten", "limit ogc.limit"),
            ("bbox=1,2,3", "bbox ogc.bbox"),
            ("bbox=1,2,3,x", "bbox ogc.bbox"),
            ("bbox=119,32,120,31", "bbox ogc.bbox"),
            ("bbox=119,31,NaN,32", "bbox ogc.bbox"),
            ("bbox=119,31,181,32", "bbox ogc.bbox"),
            ("crs=EPSG:3857", "crs ogc.crs_unknown"),
            ("bbox-crs=nonsense", "bbox-crs ogc.crs_unknown"),
            ("datetime=yesterday", "datetime ogc.datetime"),
            ("datetime=", "datetime ogc.datetime"),
            ("datetime=..", "datetime ogc.datetime"),
            ("datetime=2026-02-01/2026-01-01", "datetime ogc.datetime"),
            ("colour=red", "colour ogc.parameter_unknown"),
            ("area_m2=7", "area_m2 ogc.parameter_unknown"),
            ("limit=5&limit=6", "limit ogc.parameter_twice"),
            ("after=1&before=2", "before ogc.parameter_value"),
        ] {
            assert_eq!(read(query).map(|_| ()), Err(wanted.to_owned()), "{query}");
        }
    }

    #[test]
    fn a_limit_too_large_is_cut() {
        assert_eq!(read("limit=999999999999").unwrap().limit, MOST);
        assert_eq!(read("limit=7").unwrap().limit, 7);
        assert_eq!(read("").unwrap().limit, LIMIT);
    }

    #[test]
    fn a_box_is_the_same_in_either_order_of_axes() {
        let plain = read("bbox=119.9,31.7,120.1,31.9").unwrap().boxes.unwrap();
        for crs in ["4326", "4490"] {
            let turned = format!(
                "bbox=31.7,119.9,31.9,120.1&bbox-crs=http://www.opengis.net/def/crs/EPSG/0/{crs}"
            );
            assert_eq!(read(&turned).unwrap().boxes.unwrap(), plain);
        }
        assert_eq!(
            read("bbox=119.9,31.7,-5,120.1,31.9,99").unwrap().boxes,
            Some(plain)
        );
        let over = read("bbox=170,-10,-170,10").unwrap().boxes.unwrap();
        assert_eq!(over.len(), 2);
        assert!(over[0].low.x > 0 && over[1].high.x < 0);
    }

    #[test]
    fn spans_have_open_ends_and_dates_are_whole_days() {
        let span = |text: &str| read(&format!("datetime={text}")).unwrap().span.unwrap();
        let at = |text: &str| Some(text.parse::<Moment>().unwrap());
        assert_eq!(
            span("2026-03-01T08:00:00Z").from,
            at("2026-03-01T08:00:00Z")
        );
        assert_eq!(span("2026-03-01T08:00:00Z").to, at("2026-03-01T08:00:00Z"));
        assert_eq!(span("2026-03-01").from, at("2026-03-01T00:00:00Z"));
        assert_eq!(span("2026-03-01").to, at("2026-03-01T23:59:59.999999Z"));
        assert_eq!(span("../2026-03-01").from, None);
        assert_eq!(span("2026-03-01/..").to, None);
        assert_eq!(span("/2026-03-01").from, None);
        let march = span("2026-03-01/2026-03-31");
        let (before, during) = (
            "2026-02-01T00:00:00Z".parse().unwrap(),
            "2026-03-02T00:00:00Z".parse().unwrap(),
        );
        assert!(march.meets(before, None) && march.meets(during, None));
        assert!(march.meets(before, Some(during)));
        assert!(!march.meets(before, Some("2026-03-01T00:00:00Z".parse().unwrap())));
        assert!(!march.meets("2026-04-01T00:00:00Z".parse().unwrap(), None));
    }
}
