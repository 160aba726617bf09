//! What is done with a file: read, looked through, taken in. The caller owns the transaction.

use std::collections::BTreeMap;
use std::sync::Arc;

use atlas::{Polygon, Reference, polygon_to_wkb};
use kernel::{Actor, DraftId, Error, FieldFault, GridId, Moment, PersonId, Result};
use layers::{Encoding, FileFault, How, Layer};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::{PgConnection, PgPool};
use utoipa::ToSchema;
use uuid::Uuid;

use super::areas::{self, AreaPlan};
use super::columns::{Mapping, Target, guess};
use super::grids::{self, Given, GridPlan};
use super::places::{Placed, place};
use super::report::RowFault;
use super::shape::label_point;
use super::shapes::Shapes;
use super::store::{self, Import};
use super::write::{self, Wanted};
use crate::beside::elements::{self, ElementLayer, ElementPlan, FacilityCode};
use crate::beside::store as beside;
use crate::beside::units::{self, System, UnitPlan};
use crate::drafts::desk as drafts;
use crate::drafts::model::NewNetDraft;
use crate::model::{DivisionInfo, NewDivision, NewGrid};
use crate::net::CurrentNet;
use crate::store::{begin_net, insert_divisions, insert_grids};

/// Vertices nearer than this become one unless said otherwise, metres.
pub const TOLERANCE_M: f64 = 0.3;
/// The most points drawn of a file of elements.
const MOST_DRAWN: usize = 20_000;

/// How a file is to be read and taken.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
pub struct Manner {
    /// As what.
    pub target: Target,
    /// The coordinate system: `cgcs2000`, `wgs84`, `gcj02`, `bd09`, `gk-120`, `gk-zone-40`, `EPSG:4549`;
    /// without it the one the file tells of, else CGCS2000.
    #[serde(default)]
    pub crs: Option<String>,
    /// `utf-8` or `gb18030`; without it as the file says, else guessed.
    #[serde(default)]
    pub encoding: Option<String>,
    /// Which of several layers in the file.
    #[serde(default)]
    pub layer: Option<String>,
    /// Which column says what; without it guessed from their names.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub mapping: Option<Mapping>,
    /// Vertices nearer than this become one, metres, 0 to 5; else 0.3.
    #[serde(default)]
    pub tolerance_m: Option<f64>,
    /// Another system of grids the file holds, e.g. `city_management`.
    #[serde(default)]
    pub system: Option<String>,
    /// What elements the file holds: `premises`, `facility`, `service_point` or `gathering_place`.
    #[serde(default)]
    pub element_layer: Option<String>,
    /// Whether elements of the layer that the file does not have are taken away.
    #[serde(default)]
    pub replace: bool,
}

/// A file that was read, with what is known of it.
#[derive(Debug, Clone)]
pub struct ReadFile {
    /// Its rows.
    pub layer: Layer,
    /// What its numbers mean.
    pub reference: Reference,
    /// Which column says what.
    pub mapping: Mapping,
    /// Vertices nearer than this become one, metres.
    pub tolerance_m: f64,
}

/// What is wrong with a file as a whole, as an error that names the field.
#[must_use]
pub fn refused(fault: FileFault) -> Error {
    let mut field = FieldFault::new("file", fault.code);
    for (name, value) in fault.params {
        field = field.with(name, value);
    }
    Error::invalid(vec![field])
}

impl Manner {
    /// A manner with nothing said but the target.
    #[must_use]
    pub fn of(target: Target) -> Self {
        Self {
            target,
            crs: None,
            encoding: None,
            layer: None,
            mapping: None,
            tolerance_m: None,
            system: None,
            element_layer: None,
            replace: false,
        }
    }

    /// Reads the file. Takes a second or two for the largest; not for an async thread.
    ///
    /// # Errors
    /// 422 naming the field.
    pub fn read(&self, bytes: &[u8]) -> Result<ReadFile> {
        let encoding = match self.encoding.as_deref().filter(|e| !e.is_empty()) {
            None => None,
            Some(said) => Some(
                said.parse::<Encoding>()
                    .map_err(|()| Error::field("encoding", "import.encoding_unknown"))?,
            ),
        };
        let declared = match self.crs.as_deref().filter(|c| !c.is_empty()) {
            None => None,
            Some(said) => Some(
                said.parse::<Reference>()
                    .map_err(|_| Error::field("crs", "import.crs_unknown"))?,
            ),
        };
        let tolerance_m = self.tolerance_m.unwrap_or(TOLERANCE_M);
        if !(0.0..=atlas::weld::MOST_M).contains(&tolerance_m) {
            return Err(Error::field("tolerance_m", "import.tolerance"));
        }
        let how = How {
            encoding,
            layer: self.layer.clone().filter(|l| !l.is_empty()),
        };
        let layer = layers::read(bytes, &how).map_err(refused)?;
        let mapping = match &self.mapping {
            None => guess(self.target, &layer.columns),
            Some(said) => said.clone(),
        };
        for (field, column) in &mapping {
            if !layer.columns.contains(column) {
                let fault = FieldFault::new(
                    format!("mapping.{}", field.as_str()),
                    "import.column_unknown",
                );
                return Err(Error::invalid(vec![fault.with("said", column.as_str())]));
            }
        }
        Ok(ReadFile {
            reference: declared
                .or(layer.guess.reference)
                .unwrap_or(Reference::Cgcs2000),
            layer,
            mapping,
            tolerance_m,
        })
    }
}

/// How a plan becomes the net.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// At once: there is no net yet.
    First,
    /// By a draft that a second person approves.
    Draft,
    /// At once: what is stored is no part of the net.
    Beside,
}

/// How many rows do what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary {
    /// Rows of the file.
    pub rows: usize,
    /// Rows that can be read.
    pub good: usize,
    /// New ones.
    pub added: usize,
    /// Known ones that become otherwise.
    pub changed: usize,
    /// Known ones that stay.
    pub same: usize,
}

/// What a file is laid against.
#[derive(Debug, Clone)]
pub struct Ground {
    /// The areas there are.
    pub shapes: Arc<Shapes>,
    /// How codes of grids are written.
    pub scheme: atlas::CodeScheme,
    /// How codes of facilities are written.
    pub facility: FacilityCode,
    /// The other system of grids the file is of.
    pub system: Option<System>,
    /// The city, twelve digits.
    pub city: i64,
}

impl Ground {
    /// Reads what a file taken in the `manner` is laid against.
    ///
    /// # Errors
    /// 422 when the manner names no system there is; when the database fails.
    pub async fn read(pool: &PgPool, manner: &Manner, city: i64) -> Result<Self> {
        let mut conn = pool.acquire().await?;
        let scheme = store::scheme(&mut conn).await?;
        let facility = beside::facility_code(&mut conn).await?;
        let system = match (manner.target, manner.system.as_deref()) {
            (Target::Units, Some(key)) => Some(beside::system(&mut conn, key).await?),
            (Target::Units, None) => return Err(Error::field("system", "field.missing")),
            _ => None,
        };
        drop(conn);
        Ok(Self {
            shapes: Arc::new(Shapes::read(pool).await?),
            scheme,
            facility,
            system,
            city,
        })
    }
}

/// A file looked through.
#[derive(Debug, Clone)]
pub enum NetPlan {
    /// Divisions.
    Areas(AreaPlan),
    /// Grids.
    Grids(GridPlan),
    /// Grids of another system.
    Units(UnitPlan),
    /// City elements.
    Elements(ElementPlan),
}

/// Looks a file through. Nothing is stored. Seconds of work for the largest.
///
/// # Errors
/// 422 `element_layer` when it is not said which elements the file holds.
pub fn look(file: &ReadFile, manner: &Manner, ground: &Ground) -> Result<NetPlan> {
    let (layer, mapping, reference) = (&file.layer, &file.mapping, file.reference);
    let shapes = &ground.shapes;
    Ok(match manner.target {
        Target::Divisions => {
            NetPlan::Areas(areas::plan(layer, mapping, reference, shapes, ground.city))
        }
        Target::Grids => {
            let given = Given {
                shapes,
                scheme: &ground.scheme,
                tolerance_m: file.tolerance_m,
                outline: shapes.current().next().is_none(),
            };
            NetPlan::Grids(grids::plan(layer, mapping, reference, given))
        }
        Target::Units => {
            let system = ground.system.clone();
            let system = system.ok_or_else(|| Error::field("system", "field.missing"))?;
            NetPlan::Units(units::plan(layer, mapping, reference, shapes, system))
        }
        Target::Elements => {
            let word = manner.element_layer.as_deref().unwrap_or_default();
            let into = ElementLayer::find(word)
                .ok_or_else(|| Error::field("element_layer", "import.element_layer"))?;
            let into = (into, manner.replace);
            let scheme = ground.facility;
            NetPlan::Elements(elements::plan(
                layer, mapping, reference, shapes, into, scheme,
            ))
        }
    })
}

impl NetPlan {
    /// What is wrong.
    #[must_use]
    pub fn faults(&self) -> &[RowFault] {
        match self {
            Self::Areas(plan) => &plan.faults,
            Self::Grids(plan) => &plan.faults,
            Self::Units(plan) => &plan.faults,
            Self::Elements(plan) => &plan.faults,
        }
    }

    /// Whether nothing stops it.
    #[must_use]
    pub fn sound(&self) -> bool {
        !self.faults().iter().any(|f| f.stops)
    }

    /// How it would become the net.
    #[must_use]
    pub fn way(&self, shapes: &Shapes) -> Way {
        match self {
            Self::Units(_) | Self::Elements(_) => Way::Beside,
            Self::Grids(_) if shapes.current().next().is_some() => Way::Draft,
            _ => Way::First,
        }
    }

    /// How many rows do what.
    #[must_use]
    pub fn summary(&self, file: &ReadFile, shapes: &Shapes) -> Summary {
        let mut summary = Summary {
            rows: file.layer.features.len(),
            ..Summary::default()
        };
        let mut count = |known: Option<bool>| {
            summary.good += 1;
            match known {
                None => summary.added += 1,
                Some(true) => summary.same += 1,
                Some(false) => summary.changed += 1,
            }
        };
        match self {
            Self::Areas(plan) => {
                let there: BTreeMap<i64, _> =
                    shapes.divisions.iter().map(|d| (d.info.code, d)).collect();
                for area in &plan.areas {
                    count(there.get(&area.code).map(|d| {
                        let moved = area.polygon.is_some() && area.polygon != d.polygon;
                        d.info.name == area.name && !moved
                    }));
                }
            }
            Self::Grids(plan) => {
                let there: BTreeMap<&str, _> = shapes
                    .current()
                    .map(|g| (g.info.code.as_str(), g))
                    .collect();
                for grid in &plan.grids {
                    count(there.get(grid.code.as_str()).map(|g| {
                        same(&g.polygon, &grid.polygon)
                            && g.info.name == grid.name
                            && g.info.community == grid.community
                    }));
                }
            }
            Self::Units(plan) => plan.units.iter().for_each(|_| count(None)),
            Self::Elements(plan) => plan.elements.iter().for_each(|_| count(None)),
        }
        summary
    }

    /// Its areas and its faults' as GeoJSON for the map; `row`, `code`, `name` and `state` (`good`, or
    /// the kind of fault).
    #[must_use]
    pub fn drawn(&self) -> Value {
        let mut features: Vec<Value> = Vec::new();
        let mut add = |polygon: &Polygon, properties: Value| {
            let geometry = polygon.to_geojson();
            features
                .push(json!({"type": "Feature", "properties": properties, "geometry": geometry}));
        };
        let faulty: std::collections::HashSet<u32> = self
            .faults()
            .iter()
            .filter(|f| f.stops)
            .map(|f| f.row)
            .collect();
        let state = |row: u32| {
            if faulty.contains(&row) {
                "fault"
            } else {
                "good"
            }
        };
        match self {
            Self::Areas(plan) => {
                for area in &plan.areas {
                    if let Some(polygon) = &area.polygon {
                        add(
                            polygon,
                            json!({"row": area.row, "code": area.code.to_string(), "name": area.name,
                                   "level": area.level, "state": state(area.row)}),
                        );
                    }
                }
            }
            Self::Grids(plan) => {
                for grid in &plan.grids {
                    add(
                        &grid.polygon,
                        json!({"row": grid.row, "code": grid.code, "name": grid.name,
                               "kind": grid.kind, "state": state(grid.row)}),
                    );
                }
                for (kind, polygon) in &plan.marked {
                    add(polygon, json!({"state": kind}));
                }
            }
            Self::Units(plan) => {
                for unit in &plan.units {
                    add(
                        &unit.polygon,
                        json!({"row": unit.row, "code": unit.code, "name": unit.name,
                               "state": state(unit.row)}),
                    );
                }
            }
            Self::Elements(plan) => {
                let points = plan.elements.iter().take(MOST_DRAWN).map(|e| {
                    json!({"type": "Feature",
                           "properties": {"row": e.row, "code": e.code, "name": e.name, "state": state(e.row)},
                           "geometry": {"type": "Point", "coordinates": [e.lon, e.lat]}})
                });
                features.extend(points);
            }
        }
        json!({"type": "FeatureCollection", "features": features})
    }
}

/// Whether two polygons are the same, wherever their rings begin.
#[must_use]
pub fn same(a: &Polygon, b: &Polygon) -> bool {
    use std::collections::BTreeSet;
    a == b || a.edges().collect::<BTreeSet<_>>() == b.edges().collect::<BTreeSet<_>>()
}

/// Stores a sound plan: divisions, the first net of an empty city, or what stands beside the net.
/// Answers the number of the net it made or was laid against.
///
/// # Errors
/// 422 `import.faulty` when something stops it; 409 `import.net_in_force` when grids are in force;
/// 409 `net.changed` when the net is not the ground's any more.
pub async fn take_in(
    conn: &mut PgConnection,
    plan: &NetPlan,
    ground: &Ground,
    net: &CurrentNet,
    by: Option<PersonId>,
    now: Moment,
) -> Result<i32> {
    let shapes = &ground.shapes;
    if !plan.sound() {
        return Err(Error::field("file", "import.faulty"));
    }
    match plan {
        NetPlan::Areas(areas) => {
            let number = next_net(conn, shapes, "导入行政区划 divisions imported", by, now).await?;
            put_areas(conn, areas, shapes).await?;
            Ok(number)
        }
        NetPlan::Grids(grids) => {
            if plan.way(shapes) == Way::Draft {
                return Err(Error::conflict("import.net_in_force"));
            }
            let number = next_net(conn, shapes, "首张网格图 first net imported", by, now).await?;
            store::keep_scheme(conn, &ground.scheme).await?;
            put_grids(conn, grids, shapes, number, now).await?;
            Ok(number)
        }
        NetPlan::Units(plan) => {
            let made = beside::put_units(conn, &plan.system.key, &plan.units, now).await?;
            let ids: Vec<_> = made.iter().map(|m| m.0).collect();
            let shapes = shapes.clone();
            let number = shapes.number;
            let shared = on_a_thread(move || units::relate(&made, &shapes)).await?;
            beside::put_overlaps(conn, &ids, &shared).await?;
            Ok(number)
        }
        NetPlan::Elements(plan) => {
            beside::put_elements(conn, plan.layer, &plan.elements, net, now).await?;
            if plan.replace {
                beside::drop_others(conn, plan.layer, now).await?;
            }
            Ok(net.number)
        }
    }
}

/// Opens a draft that comes to what the file has. It takes effect as any other, by a second person.
///
/// # Errors
/// 422 `import.faulty` when something stops the file; 409 `import.nothing_changes`; as drafts do.
pub async fn draft(
    conn: &mut PgConnection,
    actor: &Actor,
    id: DraftId,
    look: &Look,
    now: Moment,
) -> Result<()> {
    let NetPlan::Grids(plan) = &look.plan else {
        return Err(Error::field("file", "import.faulty"));
    };
    if !look.plan.sound() {
        return Err(Error::field("file", "import.faulty"));
    }
    let shapes = &look.ground.shapes;
    let edits = super::draft::edits(plan, shapes);
    let area = super::draft::area(plan).unwrap_or(look.ground.city);
    if edits.is_empty() {
        return Err(Error::conflict("import.nothing_changes"));
    }
    let day = now.to_string();
    let new = NewNetDraft {
        id,
        name: format!("网格文件导入 {}", day.get(..10).unwrap_or_default()),
        what: format!(
            "依一份 {} 个网格的文件，共 {} 处修改",
            plan.grids.len(),
            edits.len()
        ),
        area: area.to_string(),
    };
    drafts::open(conn, actor, &new, now).await?;
    // Told apart from the import's own id, and the same again for the same import.
    let command = drafts::Command {
        id: Uuid::new_v5(&id.0, b"edits"),
        seen: None,
    };
    drafts::put_edits(conn, actor, id, command, &edits, now).await?;
    Ok(())
}

async fn next_net(
    conn: &mut PgConnection,
    shapes: &Shapes,
    what: &str,
    by: Option<PersonId>,
    now: Moment,
) -> Result<i32> {
    let number = begin_net(conn, by, what, now).await?;
    if number == shapes.number + 1 {
        Ok(number)
    } else {
        Err(Error::conflict("net.changed"))
    }
}

async fn put_areas(conn: &mut PgConnection, plan: &AreaPlan, shapes: &Shapes) -> Result<()> {
    let mut all = placed(shapes);
    for area in &plan.areas {
        match all.iter_mut().find(|p| p.code == area.code) {
            Some(there) => {
                if area.polygon.is_some() {
                    there.polygon.clone_from(&area.polygon);
                    there.given = true;
                }
            }
            None => all.push(Placed::new(
                area.code,
                area.level,
                area.parent,
                area.polygon.clone(),
            )),
        }
    }
    let all = on_a_thread(move || {
        place(&mut all);
        all
    })
    .await?;
    let known: std::collections::HashSet<i64> =
        shapes.divisions.iter().map(|d| d.info.code).collect();
    let names: BTreeMap<i64, String> = plan
        .areas
        .iter()
        .map(|a| (a.code, a.name.clone()))
        .collect();
    let (new, old): (Vec<_>, Vec<_>) = all.into_iter().partition(|p| !known.contains(&p.code));
    let new: Vec<NewDivision> = new
        .into_iter()
        .map(|p| NewDivision {
            geometry: p.wkb(),
            info: DivisionInfo {
                code: p.code,
                level: p.level,
                parent: p.parent,
                name: names.get(&p.code).cloned().unwrap_or_default(),
                lon: p.at[0],
                lat: p.at[1],
                bounds: p.bounds,
            },
        })
        .collect();
    insert_divisions(conn, &new).await?;
    store::put_places(conn, &old, &names).await
}

fn placed(shapes: &Shapes) -> Vec<Placed> {
    let there = shapes.divisions.iter();
    there
        .map(|d| Placed::new(d.info.code, d.info.level, d.info.parent, d.polygon.clone()))
        .collect()
}

async fn put_grids(
    conn: &mut PgConnection,
    plan: &GridPlan,
    shapes: &Shapes,
    number: i32,
    now: Moment,
) -> Result<()> {
    let new: Vec<NewGrid> = plan.grids.iter().map(new_grid).collect();
    insert_grids(conn, number, &new, now).await?;
    let mut all = placed(shapes);
    let outlines: BTreeMap<i64, &Polygon> = plan.outlines.iter().map(|(c, p)| (*c, p)).collect();
    for there in &mut all {
        if let Some(outline) = outlines.get(&there.code) {
            there.polygon = Some((*outline).clone());
        }
    }
    let all = on_a_thread(move || {
        place(&mut all);
        all
    })
    .await?;
    store::put_places(conn, &all, &BTreeMap::new()).await
}

fn new_grid(grid: &grids::Planned) -> NewGrid {
    let at = label_point(&grid.polygon);
    NewGrid {
        id: GridId::fresh(),
        code: grid.code.clone(),
        name: grid.name.clone(),
        kind: grid.kind,
        dedicated_kind: grid.dedicated_kind.clone(),
        community: grid.community,
        geometry: polygon_to_wkb(&grid.polygon),
        lon: at.lon,
        lat: at.lat,
        area_m2: grid.polygon.area_km2() * 1e6,
    }
}

/// Runs `work` where it holds nobody up.
///
/// # Errors
/// When it breaks off.
pub async fn on_a_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|e| Error::ours("working through a file", e))
}

/// A file with everything it is laid against.
#[derive(Debug)]
pub struct Look {
    /// The file.
    pub file: ReadFile,
    /// What would become of it.
    pub plan: NetPlan,
    /// What it was laid against.
    pub ground: Ground,
}

impl Look {
    /// How many rows do what.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.plan.summary(&self.file, &self.ground.shapes)
    }

    /// How it would be stored.
    #[must_use]
    pub fn way(&self) -> Way {
        self.plan.way(&self.ground.shapes)
    }
}

/// Reads a file and looks it through against the city as it is now.
///
/// # Errors
/// 422 naming the field when the file as a whole cannot be read.
pub async fn look_through(
    pool: &PgPool,
    bytes: Vec<u8>,
    manner: Manner,
    city: i64,
) -> Result<Look> {
    let ground = Ground::read(pool, &manner, city).await?;
    on_a_thread(move || {
        let file = manner.read(&bytes)?;
        let plan = look(&file, &manner, &ground)?;
        Ok(Look { file, plan, ground })
    })
    .await?
}

/// Which rows are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chosen {
    /// Of what.
    pub target: Target,
    /// Of which other system; of all without one.
    pub system: Option<String>,
    /// Of which layer of elements.
    pub element_layer: Option<String>,
}

/// Divisions, the grids in force, grids of another system or elements as a file.
///
/// # Errors
/// 422 `element_layer`; when the database or the writer fails.
pub async fn export(
    pool: &PgPool,
    net: Arc<CurrentNet>,
    chosen: &Chosen,
    wanted: Wanted,
) -> Result<Vec<u8>> {
    match chosen.target {
        target @ (Target::Divisions | Target::Grids) => {
            let shapes = Shapes::read(pool).await?;
            on_a_thread(move || write::net(&shapes, &net, target, wanted)).await?
        }
        Target::Units => {
            let mut conn = pool.acquire().await?;
            let units = beside::units(&mut conn, chosen.system.as_deref()).await?;
            on_a_thread(move || write::units(&units, wanted)).await?
        }
        Target::Elements => {
            let word = chosen.element_layer.as_deref().unwrap_or_default();
            let layer = ElementLayer::find(word)
                .ok_or_else(|| Error::field("element_layer", "import.element_layer"))?;
            let mut conn = pool.acquire().await?;
            let elements = beside::elements_of(&mut conn, layer).await?;
            on_a_thread(move || write::elements(layer, &elements, &net, wanted)).await?
        }
    }
}

/// An import to be remembered.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// Made by the sender.
    pub id: Uuid,
    /// SHA-256 of file and manner.
    pub hash: &'a [u8],
    /// How many rows the file had.
    pub rows: usize,
    /// What was answered.
    pub answer: &'a Value,
}

/// Remembers an import in the transaction that stored it.
///
/// # Errors
/// When the database fails.
pub async fn remember(
    conn: &mut PgConnection,
    record: &Record<'_>,
    manner: &Manner,
    by: Option<PersonId>,
    now: Moment,
) -> Result<()> {
    let how = serde_json::to_value(manner)?;
    let import = Import {
        id: record.id,
        target: manner.target.as_str(),
        hash: record.hash,
        how: &how,
        person: by,
        at: now,
    };
    store::keep_import(conn, &import, record.rows, record.answer).await
}
