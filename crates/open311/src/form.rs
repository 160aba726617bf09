//! Reading the name-value pairs of a query or a form.

use jiff::Timestamp;

use crate::document::is_xml;
use crate::problem::{Problem, Problems};
use crate::time::W3cTime;

/// Longest code or id, in characters.
pub(crate) const MAX_ID: usize = 200;

/// A place in WGS 84, degrees.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Latitude, −90 to 90.
    pub lat: f64,
    /// Longitude, −180 to 180.
    pub long: f64,
}

/// Who asks, and of which jurisdiction: the arguments every endpoint takes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// `jurisdiction_id`, if given.
    pub jurisdiction_id: Option<String>,
    /// `api_key`, if given.
    pub api_key: Option<String>,
}

impl Access {
    /// Reads them from a query.
    ///
    /// # Errors
    /// An argument given twice with different values, or too long.
    pub fn from_query(pairs: &[(String, String)]) -> Result<Self, Problems> {
        let mut arguments = Arguments::new(pairs);
        let access = arguments.access();
        arguments.problems.or(access)
    }

    /// Whether one of the jurisdictions served is meant. One that is given must be among them; it
    /// may be left out where there is only one.
    ///
    /// # Errors
    /// [`Problem::JurisdictionUnknown`] or [`Problem::JurisdictionMissing`].
    pub fn check_jurisdiction(&self, served: &[&str]) -> Result<(), Problem> {
        match self.jurisdiction_id.as_deref() {
            Some(given) if served.contains(&given) => Ok(()),
            Some(given) => Err(Problem::JurisdictionUnknown(given.to_owned())),
            None if served.len() > 1 => Err(Problem::JurisdictionMissing),
            None => Ok(()),
        }
    }
}

/// The pairs, and what was found wrong with them so far.
pub(crate) struct Arguments<'a> {
    pairs: &'a [(String, String)],
    pub(crate) problems: Problems,
}

impl<'a> Arguments<'a> {
    pub(crate) fn new(pairs: &'a [(String, String)]) -> Self {
        Self {
            pairs,
            problems: Problems::default(),
        }
    }

    pub(crate) fn pairs(&self) -> &'a [(String, String)] {
        self.pairs
    }

    /// The different values of an argument, in order; an empty one is one that was not given.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        let mut values = Vec::new();
        for (_, value) in self.pairs.iter().filter(|(key, _)| key == name) {
            let value = cleaned(value);
            if !value.is_empty() && !values.contains(&value) {
                values.push(value);
            }
        }
        values
    }

    /// An argument that may be given once, of at most so many characters.
    pub(crate) fn text(&mut self, name: &str, max: usize) -> Option<String> {
        let mut values = self.all(name).into_iter();
        let value = values.next()?;
        if values.next().is_some() {
            self.problems.push(Problem::Repeated {
                field: name.to_owned(),
            });
            return None;
        }
        self.short_enough(name, &value, max).then_some(value)
    }

    pub(crate) fn required(&mut self, name: &str, max: usize) -> Option<String> {
        if self.all(name).is_empty() {
            self.problems.push(Problem::Missing {
                field: name.to_owned(),
            });
        }
        self.text(name, max)
    }

    /// Whether it has at most so many characters; notes the problem if not.
    pub(crate) fn short_enough(&mut self, name: &str, value: &str, max: usize) -> bool {
        let fits = value.chars().count() <= max;
        if !fits {
            self.problems.push(Problem::TooLong {
                field: name.to_owned(),
                max,
            });
        }
        fits
    }

    /// The items of a comma-separated argument, which may also be given several times.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        let mut items: Vec<String> = Vec::new();
        for value in self.all(name) {
            for item in value
                .split(',')
                .map(str::trim)
                .filter(|item| !item.is_empty())
            {
                if !items.iter().any(|known| known == item) {
                    items.push(item.to_owned());
                }
            }
        }
        items
    }

    pub(crate) fn number(&mut self, name: &str, min: f64, max: f64) -> Option<f64> {
        let text = self.text(name, MAX_ID)?;
        let field = || name.to_owned();
        match text.parse::<f64>() {
            Ok(number) if number >= min && number <= max => Some(number),
            Ok(number) if number.is_finite() => {
                self.problems.push(Problem::OutOfRange {
                    field: field(),
                    min,
                    max,
                });
                None
            }
            _ => {
                self.problems.push(Problem::NotANumber { field: field() });
                None
            }
        }
    }

    pub(crate) fn count(&mut self, name: &str, max: u32) -> Option<u32> {
        let text = self.text(name, MAX_ID)?;
        match text.parse::<i64>() {
            Ok(number) if (1..=i64::from(max)).contains(&number) => u32::try_from(number).ok(),
            Ok(_) => {
                let (min, max) = (1.0, f64::from(max));
                self.problems.push(Problem::OutOfRange {
                    field: name.to_owned(),
                    min,
                    max,
                });
                None
            }
            Err(_) => {
                self.problems.push(Problem::NotANumber {
                    field: name.to_owned(),
                });
                None
            }
        }
    }

    pub(crate) fn time(&mut self, name: &str) -> Option<Timestamp> {
        let text = self.text(name, MAX_ID)?;
        let time = W3cTime::parse(&text);
        if time.is_none() {
            self.problems.push(Problem::NotADatetime {
                field: name.to_owned(),
            });
        }
        time
    }

    /// `lat` and `long`, which come together or not at all.
    pub(crate) fn point(&mut self) -> Option<Point> {
        let given = |arguments: &Self, name| !arguments.all(name).is_empty();
        let (has_lat, has_long) = (given(self, "lat"), given(self, "long"));
        if has_lat != has_long {
            let field = if has_lat { "long" } else { "lat" };
            self.problems.push(Problem::HalfPoint { field });
        }
        let lat = self.number("lat", -90.0, 90.0);
        let long = self.number("long", -180.0, 180.0);
        Some(Point {
            lat: lat?,
            long: long?,
        })
    }

    pub(crate) fn access(&mut self) -> Access {
        Access {
            jurisdiction_id: self.text("jurisdiction_id", MAX_ID),
            api_key: self.text("api_key", MAX_ID),
        }
    }

    /// The access arguments of an endpoint that needs a key.
    pub(crate) fn keyed_access(&mut self) -> Access {
        let access = self.access();
        if self.all("api_key").is_empty() {
            self.problems.push(Problem::ApiKeyMissing);
        }
        access
    }

    /// Every `media_url`, given as such or as `media_url[]`.
    pub(crate) fn media_urls(&mut self) -> Vec<String> {
        const MAX_URL: usize = 2_000;
        let urls = [self.all("media_url"), self.all("media_url[]")].concat();
        for url in &urls {
            let scheme = url
                .split_once("://")
                .map(|(scheme, _)| scheme.to_ascii_lowercase());
            if !matches!(scheme.as_deref(), Some("http" | "https")) {
                self.problems.push(Problem::NotAnAddress {
                    field: "media_url".to_owned(),
                });
            }
            self.short_enough("media_url", url, MAX_URL);
        }
        urls
    }
}

/// A value without the blanks around it and without characters that no answer, and no database,
/// could hold.
pub(crate) fn cleaned(value: &str) -> String {
    let kept: String = value.chars().filter(|c| is_xml(*c)).collect();
    kept.trim().to_owned()
}
