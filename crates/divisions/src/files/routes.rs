//! Files over HTTP: read, looked through, taken in, written.

use std::collections::BTreeMap;

use atlas::Reference;
use axum::Json;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Multipart, State as Given};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::rights::rule;
use kernel::vault::digest;
use kernel::{Actor, Capability, DraftId, Error, Lang, Need, Query, Result, RouteRule};
use layers::{Encoding, Format};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::columns::{Field, Target};
use super::desk::{self, Manner, Summary, Way, on_a_thread};
use super::report::{FaultAnswer, MOST_TOLD};
use super::{store, write};
use crate::routes::State;

/// Who takes files in.
const KEEPS: Need = Need::Can(Capability::KeepNet);

/// What each route needs.
pub const RULES: &[RouteRule] = &[
    rule("POST", "/api/net/files/columns", KEEPS),
    rule("POST", "/api/net/files/look", KEEPS),
    rule("POST", "/api/net/files/import", KEEPS),
    rule(
        "GET",
        "/api/net/files/export",
        Need::Can(Capability::ReadNet),
    ),
];

/// The routes of [`RULES`].
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(columns))
        .routes(routes!(look))
        .routes(routes!(import))
        .layer(DefaultBodyLimit::max(layers::MOST_BYTES + 256 * 1024))
        .routes(routes!(export))
}

/// What came with the form: the part `file` and the part `how`.
struct Sent {
    bytes: Bytes,
    how: Manner,
}

async fn sent(mut parts: Multipart) -> Result<Sent> {
    let unreadable = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "form.too_large")
        } else {
            Error::field("file", "file.unreadable")
        }
    };
    let (mut file, mut how) = (None, None);
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        match part.name() {
            Some("file") => file = Some(part.bytes().await.map_err(unreadable)?),
            Some("how") => {
                let text = part.bytes().await.map_err(unreadable)?;
                how = Some(kernel::error::parse(&text)?);
            }
            _ => {}
        }
    }
    Ok(Sent {
        bytes: file.ok_or_else(|| Error::field("file", "file.missing"))?,
        how: how.ok_or_else(|| Error::field("how", "field.missing"))?,
    })
}

/// A field a column can say.
#[derive(Debug, Serialize, ToSchema)]
pub struct FieldAnswer {
    field: Field,
    /// Whether a column must say it.
    needed: bool,
}

/// A file as it was read.
#[derive(Debug, Serialize, ToSchema)]
pub struct ColumnsAnswer {
    /// `geojson`, `gpkg`, `shapefile` or `csv`.
    format: String,
    /// How its texts were read: `utf-8` or `gb18030`.
    encoding: String,
    /// Whether that was declared, by the file or the person, and not guessed.
    encoding_declared: bool,
    /// The coordinate system the file tells of, if it does.
    crs_told: Option<String>,
    /// Its columns.
    columns: Vec<String>,
    /// How many rows it has.
    rows: usize,
    /// The first rows, one text for each column.
    sample: Vec<Vec<String>>,
    /// What its columns can say.
    fields: Vec<FieldAnswer>,
    /// Which column seems to say what.
    #[schema(value_type = Object)]
    mapping: BTreeMap<Field, String>,
}

/// Reads a file and says what its columns seem to mean. Nothing is stored.
#[utoipa::path(post, path = "/api/net/files/columns", tag = "files",
    request_body(content_type = "multipart/form-data", description = "the parts `file` and `how` (JSON)"),
    responses((status = 200, body = ColumnsAnswer), (status = 422, description = "what is wrong with the file")))]
async fn columns(parts: Multipart) -> Result<Json<ColumnsAnswer>> {
    let Sent { bytes, how } = sent(parts).await?;
    let target = how.target;
    let file = on_a_thread(move || how.read(&bytes)).await??;
    let guess = &file.layer.guess;
    Ok(Json(ColumnsAnswer {
        format: guess.format.to_string(),
        encoding: guess.encoding.to_string(),
        encoding_declared: guess.encoding_declared,
        crs_told: guess.reference.map(|r| r.to_string()),
        rows: file.layer.features.len(),
        sample: file
            .layer
            .features
            .iter()
            .take(5)
            .map(|f| f.values.clone())
            .collect(),
        columns: file.layer.columns,
        fields: target
            .fields()
            .iter()
            .map(|field| FieldAnswer {
                field: *field,
                needed: field.needed(target),
            })
            .collect(),
        mapping: file.mapping,
    }))
}

/// What would become of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct LookAnswer {
    /// How many rows do what.
    summary: Summary,
    /// How it would be stored.
    way: Way,
    /// Whether nothing stops it.
    sound: bool,
    /// The coordinate system its numbers were taken in.
    crs: String,
    /// The number of the net it was laid against.
    net: i32,
    /// What is wrong, by row; at most 2,000.
    faults: Vec<FaultAnswer>,
    /// How many faults there are in all.
    faults_in_all: usize,
    /// Its areas and those of its faults, GeoJSON; each with `state`.
    #[schema(value_type = Object)]
    drawn: Value,
}

/// Looks a file through against the net as it is. Nothing is stored.
#[utoipa::path(post, path = "/api/net/files/look", tag = "files",
    request_body(content_type = "multipart/form-data", description = "the parts `file` and `how` (JSON)"),
    responses((status = 200, body = LookAnswer), (status = 422, description = "what is wrong with the file")))]
async fn look(
    Given(state): Given<State>,
    lang: Lang,
    parts: Multipart,
) -> Result<Json<LookAnswer>> {
    let Sent { bytes, how } = sent(parts).await?;
    let city = state.app.city.code;
    let look = desk::look_through(&state.app.db, bytes.to_vec(), how, city).await?;
    on_a_thread(move || {
        let faults = look.plan.faults();
        Json(LookAnswer {
            summary: look.summary(),
            way: look.way(),
            sound: look.plan.sound(),
            crs: look.file.reference.to_string(),
            net: look.ground.shapes.number,
            faults: faults
                .iter()
                .take(MOST_TOLD)
                .map(|f| f.told(lang))
                .collect(),
            faults_in_all: faults.len(),
            drawn: look.plan.drawn(),
        })
    })
    .await
}

#[derive(Debug, Deserialize, IntoParams)]
struct Command {
    /// Made by the sender; the same id twice is one import.
    id: Uuid,
    /// The number of the net the file was laid against; another one refuses.
    net: Option<i32>,
}

/// What became of a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportedAnswer {
    /// How it was stored.
    way: Way,
    /// The number of the net it made, or was laid against.
    net: i32,
    /// How many rows did what.
    summary: Summary,
    /// The draft it became, which a second person approves.
    draft: Option<DraftId>,
}

/// Takes a file in: divisions, the first net of an empty city, what stands beside the net; grids where a net
/// is in force become a draft. All rows or none.
#[utoipa::path(post, path = "/api/net/files/import", tag = "files", params(Command),
    request_body(content_type = "multipart/form-data", description = "the parts `file` and `how` (JSON)"),
    responses((status = 200, body = ImportedAnswer), (status = 403, description = "import.whole_city"), (status = 409, description = "net.changed or import.nothing_changes"),
              (status = 422, description = "import.faulty")))]
async fn import(
    Given(state): Given<State>,
    actor: Actor,
    Query(command): Query<Command>,
    parts: Multipart,
) -> Result<Response> {
    let Sent { bytes, how } = sent(parts).await?;
    let app = &state.app;
    if command.id.is_nil() {
        return Err(Error::field("id", "field.missing"));
    }
    let hash = digest(&[serde_json::to_vec(&how)?.as_slice(), &bytes].concat());
    let mut conn = app.db.acquire().await?;
    if let Some(answer) = store::answered(&mut conn, command.id, &hash).await? {
        return Ok(Json(answer).into_response());
    }
    drop(conn);
    let look = desk::look_through(&app.db, bytes.to_vec(), how.clone(), app.city.code).await?;
    if command
        .net
        .is_some_and(|net| net != look.ground.shapes.number)
    {
        return Err(Error::conflict("net.changed"));
    }
    let now = app.clock.now();
    let (way, summary) = (look.way(), look.summary());
    // What no second person approves is for those who answer for the whole city.
    if way != Way::Draft && !actor.scope(Capability::KeepNet).holds(app.city.code) {
        return Err(Error::forbidden("import.whole_city"));
    }
    let mut tx = app.db.begin().await?;
    let by = Some(actor.person);
    let net = state.net.current();
    let (number, draft) = if way == Way::Draft {
        let id = DraftId(command.id);
        desk::draft(&mut tx, &actor, id, &look, now).await?;
        (look.ground.shapes.number, Some(id))
    } else {
        let number = desk::take_in(&mut tx, &look.plan, &look.ground, &net, by, now).await?;
        (number, None)
    };
    let answer = json!(ImportedAnswer {
        way,
        net: number,
        summary,
        draft,
    });
    let record = desk::Record {
        id: command.id,
        hash: &hash,
        rows: summary.rows,
        answer: &answer,
    };
    desk::remember(&mut tx, &record, &how, by, now).await?;
    tx.commit().await?;
    state.net.reload(&app.db).await?;
    tracing::info!(by = %actor.person, target = how.target.as_str(), net = number, "a file was taken in");
    Ok(Json(answer).into_response())
}

#[derive(Debug, Deserialize, IntoParams)]
struct Out {
    /// `divisions`, `grids`, `units` or `elements`.
    target: Target,
    /// Of which other system, for units; of all without one.
    system: Option<String>,
    /// Of which layer, for elements.
    element_layer: Option<String>,
    /// `geojson` (else), `gpkg`, `shapefile` or `csv`.
    format: Option<String>,
    /// The coordinate system, as for imports; else CGCS2000.
    crs: Option<String>,
    /// `utf-8` (else) or `gb18030`, for Shapefiles and CSV.
    encoding: Option<String>,
}

/// Reads what a file to be written is to be like.
///
/// # Errors
/// 422 naming the field.
pub fn wanted(
    format: Option<&str>,
    crs: Option<&str>,
    encoding: Option<&str>,
) -> Result<write::Wanted> {
    let unknown_format = |()| Error::field("format", "import.format_unknown");
    let unknown_encoding = |()| Error::field("encoding", "import.encoding_unknown");
    Ok(write::Wanted {
        format: format
            .map_or(Ok(Format::GeoJson), str::parse)
            .map_err(unknown_format)?,
        reference: match crs.filter(|c| !c.is_empty()) {
            None => Reference::Cgcs2000,
            Some(said) => said
                .parse()
                .map_err(|_| Error::field("crs", "import.crs_unknown"))?,
        },
        encoding: encoding
            .filter(|e| !e.is_empty())
            .map_or(Ok(Encoding::Utf8), str::parse)
            .map_err(unknown_encoding)?,
    })
}

/// Divisions, the grids in force, grids of another system or elements as a file.
#[utoipa::path(get, path = "/api/net/files/export", tag = "files", params(Out),
    responses((status = 200, description = "the file"), (status = 422, description = "a format, system or encoding not known")))]
async fn export(Given(state): Given<State>, Query(out): Query<Out>) -> Result<Response> {
    let wanted = wanted(
        out.format.as_deref(),
        out.crs.as_deref(),
        out.encoding.as_deref(),
    )?;
    let net = state.net.current();
    let chosen = desk::Chosen {
        target: out.target,
        system: out.system,
        element_layer: out.element_layer,
    };
    let bytes = desk::export(&state.app.db, net, &chosen, wanted).await?;
    let name = format!(
        "attachment; filename=\"{}-{}.{}\"",
        out.target.as_str(),
        wanted.reference,
        wanted.format.ending()
    );
    let kind = (header::CONTENT_TYPE, wanted.format.media_type());
    Ok(([kind], [(header::CONTENT_DISPOSITION, name)], bytes).into_response())
}
