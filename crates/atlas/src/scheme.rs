//! Grid codes: a city's scheme is data, since local standards differ in length and parts.

use serde::{Deserialize, Serialize};

use crate::codes::{CodeError, DivisionCode, Level};

/// The two kinds of grid (GB/T 34300).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GridKind {
    /// 基础网格: a part of one community; basic grids cover it without gap or overlap.
    Basic,
    /// 专属网格: a school, park, market … managed as its own grid, lying over basic ones.
    Dedicated,
}

impl GridKind {
    /// The word used in JSON and the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Dedicated => "dedicated",
        }
    }
}

/// One part of a grid code, from left to right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub enum CodePart {
    /// The twelve digits of the community or village.
    Community,
    /// Fixed digits, such as an object-class code.
    Literal {
        /// The digits.
        digits: String,
    },
    /// The digits that tell the kind; both texts of one length.
    Kind {
        /// Digits of a basic grid.
        basic: String,
        /// Digits of a dedicated grid.
        dedicated: String,
    },
    /// The serial number within community and kind, from 1, filled with zeros.
    Serial {
        /// How many digits, 1..=9.
        digits: u8,
    },
}

/// In which order new grids get their serial numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SerialOrder {
    /// From west to east, then from north to south (GB/T 34300).
    #[default]
    WestEastNorthSouth,
    /// From north to south, then from west to east.
    NorthSouthWestEast,
}

impl SerialOrder {
    /// The numbers of `places` in this order.
    #[must_use]
    pub fn sorted(self, places: &[crate::polygon::Vertex]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..places.len()).collect();
        order.sort_by_key(|n| {
            let (x, y) = (places[*n].x, -i64::from(places[*n].y));
            match self {
                Self::WestEastNorthSouth => (i64::from(x), y),
                Self::NorthSouthWestEast => (y, i64::from(x)),
            }
        });
        order
    }
}

/// How a city writes its grid codes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeScheme {
    /// The scheme's name, shown where codes are imported.
    pub name: String,
    /// The parts from left to right; exactly one community and one serial.
    pub parts: Vec<CodePart>,
    /// In which order new grids are numbered.
    #[serde(default)]
    pub order: SerialOrder,
}

/// A grid code taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GridCode {
    /// The community or village the grid belongs to.
    pub community: DivisionCode,
    /// Basic or dedicated; basic when the scheme does not tell.
    pub kind: GridKind,
    /// The serial number within community and kind, from 1.
    pub serial: u32,
}

impl CodeScheme {
    /// The demo city's scheme: community (12) + kind (1 basic, 2 dedicated) + serial (3).
    #[must_use]
    pub fn demo() -> Self {
        Self {
            name: "community-kind-serial-16".to_owned(),
            parts: vec![
                CodePart::Community,
                CodePart::Kind {
                    basic: "1".to_owned(),
                    dedicated: "2".to_owned(),
                },
                CodePart::Serial { digits: 3 },
            ],
            order: SerialOrder::default(),
        }
    }

    /// How many digits a code of this scheme has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.iter().map(CodePart::len).sum()
    }

    /// Whether the scheme has no parts.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The scheme as a regular expression, for forms and import sheets.
    #[must_use]
    pub fn regex(&self) -> String {
        let parts: String = self.parts.iter().map(CodePart::regex).collect();
        format!("^{parts}$")
    }

    /// Writes a code.
    ///
    /// # Errors
    /// When `community` is a higher division, the serial does not fit or is zero, or the scheme
    /// cannot tell a dedicated grid.
    pub fn compose(
        &self,
        community: DivisionCode,
        kind: GridKind,
        serial: u32,
    ) -> Result<String, CodeError> {
        if community.level() != Level::Village {
            return Err(CodeError::NotCommunity);
        }
        let tells_kind = self
            .parts
            .iter()
            .any(|p| matches!(p, CodePart::Kind { .. }));
        if kind == GridKind::Dedicated && !tells_kind {
            return Err(CodeError::Kind);
        }
        let mut code = String::with_capacity(self.len());
        for part in &self.parts {
            match part {
                CodePart::Community => code.push_str(&community.to_string()),
                CodePart::Literal { digits } => code.push_str(digits),
                CodePart::Kind { basic, dedicated } => code.push_str(match kind {
                    GridKind::Basic => basic,
                    GridKind::Dedicated => dedicated,
                }),
                CodePart::Serial { digits } => {
                    if serial == 0 || u64::from(serial) >= 10_u64.pow(u32::from(*digits)) {
                        return Err(CodeError::Serial);
                    }
                    code.push_str(&format!("{serial:0width$}", width = usize::from(*digits)));
                }
            }
        }
        Ok(code)
    }

    /// Takes a code apart.
    ///
    /// # Errors
    /// When length or a part is not what the scheme says, or the serial is zero.
    pub fn parse(&self, code: &str) -> Result<GridCode, CodeError> {
        if code.len() != self.len() || !code.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CodeError::Length);
        }
        let (mut community, mut kind, mut serial) = (None, GridKind::Basic, 0);
        let mut rest = code;
        for part in &self.parts {
            let (head, tail) = rest.split_at(part.len());
            rest = tail;
            match part {
                CodePart::Community => community = Some(head.parse::<DivisionCode>()?),
                CodePart::Literal { digits } if head != digits => return Err(CodeError::Part),
                CodePart::Literal { .. } => {}
                CodePart::Kind { basic, .. } if head == basic => kind = GridKind::Basic,
                CodePart::Kind { dedicated, .. } if head == dedicated => {
                    kind = GridKind::Dedicated;
                }
                CodePart::Kind { .. } => return Err(CodeError::Kind),
                CodePart::Serial { .. } => serial = head.parse().map_err(|_| CodeError::Serial)?,
            }
        }
        let community = community.ok_or(CodeError::Part)?;
        if community.level() != Level::Village {
            return Err(CodeError::NotCommunity);
        }
        if serial == 0 {
            return Err(CodeError::Serial);
        }
        Ok(GridCode {
            community,
            kind,
            serial,
        })
    }
}

impl CodePart {
    fn len(&self) -> usize {
        match self {
            Self::Community => 12,
            Self::Literal { digits } => digits.len(),
            Self::Kind { basic, .. } => basic.len(),
            Self::Serial { digits } => usize::from(*digits),
        }
    }

    fn regex(&self) -> String {
        match self {
            Self::Community => r"\d{12}".to_owned(),
            Self::Literal { digits } => digits.clone(),
            Self::Kind { basic, dedicated } => format!("(?:{basic}|{dedicated})"),
            Self::Serial { digits } => format!(r"\d{{{digits}}}"),
        }
    }
}
