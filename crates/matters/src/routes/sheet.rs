//! The catalogue as a spreadsheet: taken out, changed by whoever keeps it, and put back.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Multipart, State as Given};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::Query;
use kernel::{Actor, Error, Lang, Result};
use rust_xlsxwriter::{Format, FormatAlign, Workbook, XlsxError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::State;
use super::answers::speech;
use crate::catalogue::{Catalogue, RowError};
use crate::import::{MAX_BYTES, OnError, read_catalogue, write_template};
use crate::store;

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

fn xlsx(lang: Lang, catalogue: &Catalogue) -> Result<Vec<u8>> {
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
    for column in 0..18 {
        sheet.set_column_width(column, 16)?;
    }
    book.save_to_buffer()
}

/// How a sheet is taken.
#[derive(Debug, Deserialize, IntoParams)]
pub(super) struct How {
    /// `refuse_all` (else) or `take_the_rest`: what to do with rows that are right beside wrong ones.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    on_error: OnError,
    /// Whether matters the sheet does not have end; a sheet without faults only.
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
    /// Rows taken.
    accepted: usize,
    /// Matters that ended because the sheet does not have them.
    ended: u64,
    /// Whether anything was stored.
    stored: bool,
    /// Every faulty cell, by row.
    errors: Vec<CellFault>,
}

/// Puts a sheet (xlsx or CSV, the part `file`) into the catalogue.
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
    let stored = !report.accepted.is_empty() && !how.try_only;
    let mut ended = 0;
    if stored {
        let now = state.app.clock.now();
        let mut tx = state.app.db.begin().await?;
        store::put_matters(&mut tx, &report.accepted).await?;
        if how.replace && report.is_clean() {
            let codes: Vec<&str> = report.accepted.iter().map(|m| m.code.as_str()).collect();
            ended = store::end_others(&mut tx, &codes, now).await?;
        }
        tx.commit().await?;
        state.shelf.reload(&state.app.db).await?;
        let (accepted, by) = (report.accepted.len(), actor.person);
        tracing::info!(%by, accepted, ended, "the catalogue was changed from a sheet");
    }
    let errors = report.errors.iter().map(|e| fault(lang, e)).collect();
    let accepted = report.accepted.len();
    Ok(Json(ImportAnswer {
        rows: report.rows,
        accepted,
        ended,
        stored,
        errors,
    }))
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
