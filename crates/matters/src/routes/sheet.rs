//! The catalogue as a spreadsheet: taken out, changed by whoever keeps it, and put back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, State as Given};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Query;
use kernel::{Actor, Error, FieldFault, Lang, Moment, Result};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::State;
use super::answers::speech;
use crate::catalogue::{Catalogue, Column, Matter, RowError};
use crate::import::{MAX_BYTES, OnError, read_catalogue, write_template};
use crate::model::{Draft, DraftKind, DraftState};
use crate::store;
use crate::store::versions::MatterChange;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The catalogue in force as a spreadsheet that can be put back by `import`.
#[utoipa::path(get, path = "/api/admin/matters/template.xlsx", tag = "matters",
    responses((status = 200, content_type = XLSX)))]
pub(super) async fn template(Given(state): Given<State>, lang: Lang) -> Result<Response> {
    let shelved = state.shelf.current();
    let bytes = tokio::task::spawn_blocking(move || xlsx(lang, &shelved.catalogue))
        .await
        .map_err(|e| Error::ours("writing a spreadsheet", e))??;
    let name = "attachment; filename=\"matters.xlsx\"";
    let kind = (header::CONTENT_TYPE, XLSX);
    Ok(([kind, (header::CONTENT_DISPOSITION, name)], bytes).into_response())
}

/// The catalogue as a spreadsheet that can be put back.
///
/// # Errors
/// Never in practice: writing to memory fails only when memory does.
pub fn xlsx(lang: Lang, catalogue: &Catalogue) -> Result<Vec<u8>> {
    let wrong = |e: csv::Error| Error::ours("writing a spreadsheet", e);
    let text = write_template(speech(lang), catalogue).map_err(wrong)?;
    let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(text);
    let rows = reader
        .records()
        .collect::<Result<Vec<_>, _>>()
        .map_err(wrong)?;
    book(&rows).map_err(|e| Error::ours("writing a spreadsheet", e))
}

fn book(rows: &[csv::StringRecord]) -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let heading = Format::new().set_bold().set_text_wrap();
    let plain = Format::new().set_align(FormatAlign::Top);
    let sheet = book.add_worksheet();
    sheet.set_freeze_panes(1, 1)?;
    for (row, cells) in (0_u32..).zip(rows) {
        for (column, cell) in (0_u16..).zip(cells) {
            let format = if row == 0 { &heading } else { &plain };
            sheet.write_string_with_format(row, column, cell, format)?;
        }
    }
    for column in (0_u16..).take(Column::ALL.len()) {
        sheet.set_column_width(column, 16)?;
    }
    book.save_to_buffer()
}

/// How a sheet is taken.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct How {
    /// The draft it goes into; begun with this id where there is none.
    draft: Uuid,
    /// What the draft is called where it is begun, 2 to 60 letters.
    #[serde(default)]
    title: String,
    /// `refuse_all` (else) or `take_the_rest`: what to do with rows that are right beside wrong ones.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    on_error: OnError,
    /// Whether matters the sheet does not have shall end; a sheet without faults only.
    #[serde(default)]
    replace: bool,
    /// Whether only to tell what would happen.
    #[serde(default)]
    try_only: bool,
}

/// One faulty cell.
#[derive(Debug, Serialize, ToSchema)]
pub struct CellFault {
    /// The row as the spreadsheet shows it.
    row: u32,
    /// The column's key.
    column: String,
    /// What is wrong, e.g. `unknown_word`.
    code: String,
    /// What the cell holds.
    value: String,
    /// The sentence in the caller's language.
    detail: String,
}

/// What became of a sheet.
#[derive(Debug, Serialize, ToSchema)]
pub struct ImportAnswer {
    /// Rows with text in them.
    rows: u32,
    /// Rows without fault.
    accepted: usize,
    /// Matters that would be new.
    added: usize,
    /// Matters that would say something else.
    changed: usize,
    /// Matters that would end because the sheet does not have them.
    ended: usize,
    /// The draft that holds the changes, when they were kept.
    draft: Option<Uuid>,
    /// Every faulty cell, by row.
    errors: Vec<CellFault>,
}

/// Puts a sheet (xlsx or CSV, the part `file`) into a draft of the catalogue: what it changes takes
/// force when a second person agrees.
#[utoipa::path(post, path = "/api/admin/matters/import", tag = "matters", params(How),
    request_body(content_type = "multipart/form-data", description = "the part `file`"),
    responses((status = 200, body = ImportAnswer), (status = 413, description = "form.too_large")))]
pub(super) async fn import(
    Given(state): Given<State>,
    actor: Actor,
    lang: Lang,
    Query(how): Query<How>,
    parts: Multipart,
) -> Result<Json<ImportAnswer>> {
    let bytes = file(parts).await?;
    let on_error = how.on_error;
    let report = tokio::task::spawn_blocking(move || read_catalogue(&bytes, on_error))
        .await
        .map_err(|e| Error::ours("reading a spreadsheet", e))?;
    let errors = report.errors.iter().map(|e| fault(lang, e)).collect();
    let (rows, accepted) = (report.rows, report.accepted.len());
    let replace = how.replace && report.is_clean();
    let now = state.app.clock.now();
    let mut tx = state.app.db.begin().await?;
    let changes = sheet_changes(&mut tx, &state, &actor, report.accepted, replace, now).await?;
    let kept = !changes.is_empty() && !how.try_only;
    if kept {
        into_draft(&mut tx, &actor, &how, &changes, now).await?;
    }
    tx.commit().await?;
    Ok(Json(ImportAnswer {
        rows,
        accepted,
        added: changes.iter().filter(|c| c.base.is_none()).count(),
        changed: changes
            .iter()
            .filter(|c| c.base.is_some() && c.body.is_some())
            .count(),
        ended: changes.iter().filter(|c| c.body.is_none()).count(),
        draft: kept.then_some(how.draft),
        errors,
    }))
}

/// What the sheet changes: matters that say the same as those in force are no change.
async fn sheet_changes(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    sheet: Vec<Matter>,
    replace: bool,
    now: Moment,
) -> Result<Vec<MatterChange>> {
    let shelved = state.shelf.current();
    let codes: Vec<&str> = sheet.iter().map(|m| m.code.as_str()).collect();
    let numbers = store::versions::numbers(conn, &codes).await?;
    let change = |code: String, body, base| MatterChange {
        code,
        body,
        base,
        by: actor.person,
        at: now,
    };
    let ended: Vec<MatterChange> = shelved
        .catalogue
        .matters()
        .iter()
        .filter(|m| replace && !codes.contains(&m.code.as_str()))
        .map(|m| change(m.code.clone(), None, i32::try_from(m.version).ok()))
        .collect();
    let differs = |m: &Matter| {
        let before = shelved.matter(&m.code);
        before.is_none_or(|before| !before.says_the_same(m))
    };
    let mut changes: Vec<MatterChange> = sheet
        .into_iter()
        .filter(differs)
        .map(|m| {
            let base = numbers.get(&m.code).map(|(n, _)| *n);
            change(m.code.clone(), Some(m), base)
        })
        .collect();
    changes.extend(ended);
    Ok(changes)
}

async fn into_draft(
    conn: &mut PgConnection,
    actor: &Actor,
    how: &How,
    changes: &[MatterChange],
    now: Moment,
) -> Result<()> {
    let kind = DraftKind::Catalogue;
    let draft = match store::drafts::lock(conn, kind, how.draft).await {
        Ok(draft) => draft,
        Err(Error::NotFound(_)) => {
            let title = how.title.trim();
            if !(2..=60).contains(&title.chars().count()) || how.draft.is_nil() {
                let fault = FieldFault::new("title", "field.length");
                return Err(Error::invalid(vec![fault.with("min", 2).with("max", 60)]));
            }
            let base = store::drafts::number(conn, kind, false).await?;
            let draft = Draft::new(how.draft, kind, title, base, actor.person, now);
            store::drafts::begin(conn, &draft).await?;
            draft
        }
        Err(error) => return Err(error),
    };
    if draft.state != DraftState::Draft {
        return Err(Error::conflict("draft.not_at_this_state"));
    }
    store::versions::put_changes(conn, draft.id, changes).await?;
    store::drafts::edited(conn, draft.id).await
}

/// The part `file` of the form.
async fn file(mut parts: Multipart) -> Result<Bytes> {
    let unreadable = |e: axum::extract::multipart::MultipartError| {
        if e.status() == StatusCode::PAYLOAD_TOO_LARGE {
            Error::refused(StatusCode::PAYLOAD_TOO_LARGE, "form.too_large")
        } else {
            Error::field("file", "file.unreadable")
        }
    };
    while let Some(part) = parts.next_field().await.map_err(unreadable)? {
        if part.name() == Some("file") {
            let bytes = part.bytes().await.map_err(unreadable)?;
            if bytes.len() > MAX_BYTES {
                return Err(Error::refused(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "form.too_large",
                ));
            }
            return Ok(bytes);
        }
    }
    Err(Error::field("file", "file.missing"))
}

fn fault(lang: Lang, error: &RowError) -> CellFault {
    let code = serde_json::to_value(error.code).ok();
    CellFault {
        row: error.row,
        column: error.column.clone(),
        code: code
            .and_then(|c| c.as_str().map(str::to_owned))
            .unwrap_or_default(),
        value: error.value.clone(),
        detail: error.message(speech(lang)),
    }
}
