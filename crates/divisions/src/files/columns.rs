//! Which column of a file says what: guessed from its name, changed by the person.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file is to be taken in as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Divisions of all levels.
    Divisions,
    /// Grids of the net.
    Grids,
    /// Grids of another system, beside the net.
    Units,
    /// City elements: premises, facilities, service points, gathering places.
    Elements,
}

impl Target {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Divisions, Self::Grids, Self::Units, Self::Elements];

    /// The word stored and shown in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Divisions => "divisions",
            Self::Grids => "grids",
            Self::Units => "units",
            Self::Elements => "elements",
        }
    }

    /// What its rows can say.
    #[must_use]
    pub fn fields(self) -> &'static [Field] {
        use Field as F;
        match self {
            Self::Divisions => &[F::Code, F::Name, F::Parent],
            Self::Grids => &[F::Code, F::Name, F::Community, F::Kind, F::DedicatedKind],
            Self::Units => &[F::Code, F::Name, F::Community],
            Self::Elements => &[F::Code, F::Name, F::Class, F::Details],
        }
    }
}

/// Something a column can say.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The code.
    Code,
    /// The name.
    Name,
    /// The division above.
    Parent,
    /// The community, by code or name.
    Community,
    /// Basic or dedicated.
    Kind,
    /// What a dedicated grid holds.
    DedicatedKind,
    /// The class of an element.
    Class,
    /// More about an element.
    Details,
}

impl Field {
    /// Its name in reports.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Code => "code",
            Self::Name => "name",
            Self::Parent => "parent",
            Self::Community => "community",
            Self::Kind => "kind",
            Self::DedicatedKind => "dedicated_kind",
            Self::Class => "class",
            Self::Details => "details",
        }
    }

    /// Whether rows without it are at fault, when the file is read as `target`.
    #[must_use]
    pub fn needed(self, target: Target) -> bool {
        match self {
            Self::Code => true,
            Self::Name => matches!(target, Target::Divisions | Target::Elements),
            _ => false,
        }
    }

    /// Names columns have for it, the surest first; compared without case, blanks and underscores.
    fn names(self) -> &'static [&'static str] {
        match self {
            Self::Code => &[
                "code",
                "gridcode",
                "wgbm",
                "wgbh",
                "网格编码",
                "网格代码",
                "网格编号",
                "编码",
                "代码",
                "编号",
                "统一编码",
                "标识码",
                "区划代码",
                "行政区划代码",
                "dm",
                "bm",
                "objcode",
                "部件标识码",
                "bjbm",
                "id",
            ],
            Self::Name => &[
                "name",
                "gridname",
                "wgmc",
                "网格名称",
                "名称",
                "mc",
                "区划名称",
                "objname",
                "部件名称",
                "单位名称",
            ],
            Self::Parent => &[
                "parent",
                "parentcode",
                "上级代码",
                "上级编码",
                "上级",
                "上级区划",
                "sjdm",
            ],
            Self::Community => &[
                "community",
                "communitycode",
                "社区代码",
                "社区编码",
                "所属社区代码",
                "所属社区",
                "社区",
                "社区名称",
                "村居",
                "village",
                "sqdm",
                "sqbm",
                "communi1",
            ],
            Self::Kind => &[
                "kind",
                "gridkind",
                "type",
                "网格类型",
                "网格类别",
                "类型",
                "wglx",
            ],
            Self::DedicatedKind => &[
                "dedicatedkind",
                "dedicated",
                "专属网格类型",
                "专属类型",
                "专属类别",
            ],
            Self::Class => &[
                "class",
                "category",
                "类别",
                "小类",
                "部件类别",
                "行业",
                "分类",
                "kind",
                "type",
                "类型",
            ],
            Self::Details => &[
                "details",
                "note",
                "address",
                "地址",
                "备注",
                "说明",
                "详细地址",
            ],
        }
    }
}

/// Fields and the columns that say them.
pub type Mapping = BTreeMap<Field, String>;

fn plain(name: &str) -> String {
    let kept = name
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != '-');
    kept.flat_map(char::to_lowercase).collect()
}

/// The columns that seem to say each field of `target`; a column says one thing.
#[must_use]
pub fn guess(target: Target, columns: &[String]) -> Mapping {
    let plain_columns: Vec<String> = columns.iter().map(|c| plain(c)).collect();
    let mut mapping = Mapping::new();
    let mut taken: Vec<usize> = Vec::new();
    for field in target.fields() {
        let found = field.names().iter().find_map(|name| {
            let at = plain_columns.iter().position(|c| c == name)?;
            (!taken.contains(&at)).then_some(at)
        });
        if let Some(at) = found
            && let Some(column) = columns.get(at)
        {
            taken.push(at);
            mapping.insert(*field, column.clone());
        }
    }
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_the_names_they_have() {
        let columns = |names: &[&str]| names.iter().map(|n| (*n).to_owned()).collect::<Vec<_>>();
        for (target, names, wanted) in [
            (
                Target::Grids,
                vec!["OBJECTID", "网格编码", "网格名称", "所属社区", "网格类型"],
                vec![
                    (Field::Code, "网格编码"),
                    (Field::Name, "网格名称"),
                    (Field::Community, "所属社区"),
                    (Field::Kind, "网格类型"),
                ],
            ),
            (
                Target::Grids,
                vec!["WGBM", "WGMC", "dedicated_"],
                vec![
                    (Field::Code, "WGBM"),
                    (Field::Name, "WGMC"),
                    // A DBF cuts names at ten letters.
                    (Field::DedicatedKind, "dedicated_"),
                ],
            ),
            (
                Target::Divisions,
                vec!["Code", "Name", "Parent_Code"],
                vec![
                    (Field::Code, "Code"),
                    (Field::Name, "Name"),
                    (Field::Parent, "Parent_Code"),
                ],
            ),
            (
                Target::Elements,
                vec!["编码", "名称", "小类", "地址"],
                vec![
                    (Field::Code, "编码"),
                    (Field::Name, "名称"),
                    (Field::Class, "小类"),
                    (Field::Details, "地址"),
                ],
            ),
            (Target::Units, vec!["a", "b"], vec![]),
        ] {
            let found = guess(target, &columns(&names));
            let wanted: Mapping = wanted.into_iter().map(|(f, c)| (f, c.to_owned())).collect();
            assert_eq!(found, wanted);
        }
    }
}
