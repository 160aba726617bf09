//! City elements from the rows of a file. Nothing is stored here.

use std::collections::{HashMap, HashSet};

use atlas::Reference;
use layers::Layer;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::files::columns::{Field, Mapping};
use crate::files::grids::{Cells, bad_text};
use crate::files::report::RowFault;
use crate::files::shape;
use crate::files::shapes::Shapes;
use crate::model::Level;

/// The longest code, letters.
const LONGEST_CODE: usize = 40;
/// The longest details, letters.
const LONGEST_DETAILS: usize = 300;

/// A kind of city elements.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    sqlx::Type,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ElementLayer {
    /// 单位和场所: shops, companies, institutions.
    Premises,
    /// 部件: fixed public facilities (GB/T 30428.2).
    Facility,
    /// 服务点: where services are given.
    ServicePoint,
    /// 应急集合点: where people gather in an emergency.
    GatheringPlace,
}

impl ElementLayer {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::Premises,
        Self::Facility,
        Self::ServicePoint,
        Self::GatheringPlace,
    ];

    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Premises => "premises",
            Self::Facility => "facility",
            Self::ServicePoint => "service_point",
            Self::GatheringPlace => "gathering_place",
        }
    }

    /// The layer of a word.
    #[must_use]
    pub fn find(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.as_str() == word)
    }
}

/// How a city writes the codes of its facilities: district, class, serial; data in the settings
/// (`facility_code`). GB/T 30428.2 has sixteen digits: 6 + 4 + 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FacilityCode {
    /// Digits of the district.
    pub district: u8,
    /// Digits of the class.
    pub class: u8,
    /// Digits of the serial number within district and class.
    pub serial: u8,
}

impl Default for FacilityCode {
    fn default() -> Self {
        Self {
            district: 6,
            class: 4,
            serial: 6,
        }
    }
}

impl FacilityCode {
    /// How many digits a code has.
    #[must_use]
    pub fn len(self) -> usize {
        usize::from(self.district) + usize::from(self.class) + usize::from(self.serial)
    }

    /// Whether codes have no digits.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// District and class of a code; `None` when it is not written so.
    #[must_use]
    pub fn parse(self, code: &str) -> Option<(&str, &str)> {
        if code.len() != self.len() || !code.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let (district, rest) = code.split_at(usize::from(self.district));
        let (class, serial) = rest.split_at(usize::from(self.class));
        serial
            .bytes()
            .any(|b| b != b'0')
            .then_some((district, class))
    }
}

/// An element as the file has it.
#[derive(Debug, Clone, PartialEq)]
pub struct PlannedElement {
    /// The row it stands in.
    pub row: u32,
    /// Its code, unique within its layer.
    pub code: String,
    /// Its class; of a facility that of its code.
    pub class: String,
    /// Its name.
    pub name: String,
    /// More about it.
    pub details: String,
    /// Degrees east.
    pub lon: f64,
    /// Degrees north.
    pub lat: f64,
}

/// What would become of a file.
#[derive(Debug, Clone)]
pub struct ElementPlan {
    /// Which layer it goes into.
    pub layer: ElementLayer,
    /// Whether elements of the layer it does not have are taken away.
    pub replace: bool,
    /// Every element whose row can be read.
    pub elements: Vec<PlannedElement>,
    /// What is wrong.
    pub faults: Vec<RowFault>,
}

/// Reads the rows of a layer as elements.
#[must_use]
pub fn plan(
    layer: &Layer,
    mapping: &Mapping,
    reference: Reference,
    shapes: &Shapes,
    (into, replace): (ElementLayer, bool),
    scheme: FacilityCode,
) -> ElementPlan {
    let cells = Cells::new(layer, mapping);
    let mut plan = ElementPlan {
        layer: into,
        replace,
        elements: Vec::new(),
        faults: Vec::new(),
    };
    let width = usize::from(scheme.district).min(12);
    let districts: HashSet<String> = shapes
        .divisions
        .iter()
        .filter(|d| d.info.level == Level::County)
        .filter_map(|d| d.info.code.to_string().get(..width).map(str::to_owned))
        .collect();
    let bounds = shapes
        .divisions
        .iter()
        .find(|d| d.info.level == Level::City);
    let bounds = bounds.map(|d| d.info.bounds);
    let mut seen: HashMap<&str, u32> = HashMap::new();
    for feature in cells.rows() {
        let row = feature.row;
        let mut faults = Vec::new();
        let code = cells.get(feature, Field::Code);
        let mut class = cells.get(feature, Field::Class).to_owned();
        if code.is_empty() {
            faults.push(RowFault::new(row, Field::Code, "import.code_missing"));
        } else if let Some(first) = seen.insert(code, row) {
            seen.insert(code, first);
            let fault = RowFault::new(row, Field::Code, "import.code_repeated");
            faults.push(fault.with("said", code).with("other", first));
        } else if code.chars().count() > LONGEST_CODE {
            let fault = RowFault::new(row, Field::Code, "import.text_long");
            faults.push(fault.with("max", LONGEST_CODE));
        } else if into == ElementLayer::Facility {
            match scheme.parse(code) {
                None => {
                    let fault = RowFault::new(row, Field::Code, "import.facility_code");
                    faults.push(fault.with("said", code).with("digits", scheme.len()));
                }
                Some((district, _)) if !districts.contains(district) => {
                    let fault = RowFault::new(row, Field::Code, "import.facility_district");
                    faults.push(fault.with("said", district));
                }
                Some((_, coded)) => {
                    if class.is_empty() {
                        coded.clone_into(&mut class);
                    }
                }
            }
        }
        let name = cells.get(feature, Field::Name);
        if name.is_empty() {
            faults.push(RowFault::new(row, Field::Name, "import.name_missing"));
        }
        faults.extend(bad_text(row, Field::Name, name));
        faults.extend(bad_text(row, Field::Class, &class));
        let details: String = cells.get(feature, Field::Details).into();
        if details.contains(['\u{fffd}', '\0']) {
            faults.push(RowFault::new(row, Field::Details, "import.text_unreadable"));
        }
        let at = shape::point(&feature.geometry, reference, row);
        match at {
            Ok(at) if faults.is_empty() => {
                let inside = bounds.is_none_or(|[west, south, east, north]| {
                    (west..=east).contains(&at.lon) && (south..=north).contains(&at.lat)
                });
                if !inside {
                    plan.faults
                        .push(RowFault::shape(row, "import.outside_city").note());
                }
                plan.elements.push(PlannedElement {
                    row,
                    code: code.to_owned(),
                    class,
                    name: name.to_owned(),
                    details: details.chars().take(LONGEST_DETAILS).collect(),
                    lon: at.lon,
                    lat: at.lat,
                });
            }
            at => {
                faults.extend(at.err());
                plan.faults.extend(faults);
            }
        }
    }
    if plan.elements.is_empty() && plan.faults.is_empty() {
        plan.faults
            .push(RowFault::new(0, Field::Code, "import.no_rows"));
    }
    plan.faults.sort_by_key(|f| f.row);
    plan
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_facilitys_code_tells_district_and_class() {
        let scheme = FacilityCode::default();
        assert_eq!(scheme.parse("3204020101000017"), Some(("320402", "0101")));
        for wrong in [
            "",
            "320402010100001",
            "32040201010000170",
            "32040201010000a7",
            "3204020101000000",
        ] {
            assert_eq!(scheme.parse(wrong), None, "{wrong}");
        }
        let other = FacilityCode {
            district: 6,
            class: 5,
            serial: 5,
        };
        assert_eq!(other.parse("3204020110100017"), Some(("320402", "01101")));
    }
}
