//! What there is to be asked for.

use kernel::Lang;

/// A kind of features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Collection {
    /// City, districts, towns and communities.
    Divisions,
    /// Grids.
    Grids,
    /// Cases everybody may know of.
    Cases,
}

/// A property features have.
#[derive(Debug, Clone, Copy)]
pub struct Property {
    /// Its name.
    pub name: &'static str,
    /// `string`, `number`, `integer` or `boolean`.
    pub kind: &'static str,
    /// Whether features can be asked for by it.
    pub filter: bool,
}

const fn text(name: &'static str) -> Property {
    Property {
        name,
        kind: "string",
        filter: true,
    }
}

const fn shown(name: &'static str, kind: &'static str) -> Property {
    Property {
        name,
        kind,
        filter: false,
    }
}

impl Collection {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Divisions, Self::Grids, Self::Cases];

    /// The part of the address that names it.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Grids => "grids",
            Self::Cases => "cases",
        }
    }

    /// The collection with this id.
    #[must_use]
    pub fn find(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|c| c.id() == id)
    }

    /// What people call it.
    #[must_use]
    pub fn title(self, lang: Lang) -> &'static str {
        match self {
            Self::Divisions => lang.pick("行政区划", "Divisions"),
            Self::Grids => lang.pick("网格", "Grids"),
            Self::Cases => lang.pick("公开案件", "Public cases"),
        }
    }

    /// What it holds, in a sentence.
    #[must_use]
    pub fn description(self, lang: Lang) -> &'static str {
        match self {
            Self::Divisions => lang.pick(
                "市、区县、街道乡镇、社区村及其范围。",
                "The city, its districts, towns and communities with their areas.",
            ),
            Self::Grids => lang.pick(
                "现行网格；给出 datetime 时为当时有效的网格。",
                "The grids in force; with datetime, those in force then.",
            ),
            Self::Cases => lang.pick(
                "可以公开的案件：位置取整到约 30 米，不含任何人的话语和姓名。",
                "Cases that may be shown to everybody: places rounded to some 30 m, nobody's words or names.",
            ),
        }
    }

    /// The properties of its features, in the order written.
    #[must_use]
    pub fn properties(self) -> &'static [Property] {
        const DIVISIONS: &[Property] = &[
            text("code"),
            text("name"),
            text("level"),
            text("parent"),
            shown("lon", "number"),
            shown("lat", "number"),
        ];
        const GRIDS: &[Property] = &[
            text("code"),
            text("name"),
            text("kind"),
            text("dedicated_kind"),
            text("community"),
            text("community_name"),
            text("town"),
            text("district"),
            shown("area_m2", "number"),
            shown("valid_from", "string"),
            shown("valid_to", "string"),
            shown("net", "integer"),
        ];
        const CASES: &[Property] = &[
            text("number"),
            text("matter"),
            shown("matter_zh", "string"),
            shown("matter_en", "string"),
            text("category"),
            text("status"),
            shown("step", "integer"),
            text("community"),
            shown("community_name", "string"),
            shown("reported_at", "string"),
            shown("closed_at", "string"),
        ];
        match self {
            Self::Divisions => DIVISIONS,
            Self::Grids => GRIDS,
            Self::Cases => CASES,
        }
    }

    /// `Polygon` or `Point`.
    #[must_use]
    pub fn geometry(self) -> &'static str {
        match self {
            Self::Divisions | Self::Grids => "Polygon",
            Self::Cases => "Point",
        }
    }
}
