//! dBASE tables, the attributes of Shapefiles.

use crate::encoding::Encoding;
use crate::layer::{Cell, Column, FileFault, few_columns};

/// The most bytes of a text cell.
const WIDTH: usize = 254;

/// A table's columns and rows; a row that was struck out is `None`.
#[derive(Debug)]
pub(crate) struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Option<Vec<String>>>,
    pub encoding: Encoding,
    pub declared: bool,
}

struct Field {
    start: usize,
    width: usize,
    numeric: bool,
}

/// Reads a table. Its texts are in the encoding `said`, else in the one its header tells of, else
/// guessed from all of them.
///
/// # Errors
/// When it is cut or no table.
pub(crate) fn read(bytes: &[u8], said: Option<Encoding>) -> Result<Table, FileFault> {
    let broken = || FileFault::new("layer.not_dbf");
    let header = bytes.get(..32).ok_or_else(broken)?;
    let number = |at: usize| usize::from(u16::from_le_bytes([header[at], header[at + 1]]));
    let (head, width) = (number(8), number(10));
    let rows = u32::from_le_bytes([header[4], header[5], header[6], header[7]]);
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    if width == 0 || head < 33 || rows > crate::MOST_FEATURES {
        return Err(if rows > crate::MOST_FEATURES {
            FileFault::new("layer.too_many_features").with("most", crate::MOST_FEATURES)
        } else {
            broken()
        });
    }
    let mut fields = Vec::new();
    let mut names = Vec::new();
    let mut start = 1;
    for field in bytes.get(32..head).ok_or_else(broken)?.chunks_exact(32) {
        if field[0] == 0x0d {
            break;
        }
        let name: &[u8] = field[..11].split(|b| *b == 0).next().unwrap_or_default();
        names.push(name);
        let width = usize::from(field[16]);
        let numeric = matches!(field[11], b'N' | b'F');
        fields.push(Field {
            start,
            width,
            numeric,
        });
        start += width;
    }
    if start > width {
        return Err(broken());
    }
    let body = bytes.get(head..).unwrap_or_default();
    let records: Vec<&[u8]> = body.chunks_exact(width).take(rows).collect();
    if records.len() < rows {
        return Err(broken());
    }
    // 0x4D and 0x7A tell of GBK.
    let driver = matches!(header[29], 0x4d | 0x7a).then_some(Encoding::Gb18030);
    let declared = said.or(driver);
    let encoding = declared.unwrap_or_else(|| {
        let texts = records.iter().copied().chain(names.iter().copied());
        let odd = texts.into_iter().any(|t| !all_utf8(t, &fields));
        if odd {
            Encoding::Gb18030
        } else {
            Encoding::Utf8
        }
    });
    let columns: Vec<String> = names
        .iter()
        .map(|n| encoding.text(n).trim().to_owned())
        .collect();
    few_columns(&columns)?;
    let rows = records
        .iter()
        .map(|record| {
            let live = record.first() != Some(&b'*');
            live.then(|| fields.iter().map(|f| cell(record, f, encoding)).collect())
        })
        .collect();
    Ok(Table {
        columns,
        rows,
        encoding,
        declared: declared.is_some(),
    })
}

/// Whether every cell is UTF-8, but for a letter cut off at its end.
fn all_utf8(record: &[u8], fields: &[Field]) -> bool {
    let cut = |bytes: &[u8]| match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(e) => e.error_len().is_none(),
    };
    let cells = fields
        .iter()
        .filter_map(|f| record.get(f.start..f.start + f.width));
    let mut cells = cells.peekable();
    if cells.peek().is_none() {
        return cut(record);
    }
    cells.all(|cell| cut(trimmed(cell)))
}

fn trimmed(cell: &[u8]) -> &[u8] {
    let end = cell.iter().rposition(|b| !matches!(b, 0 | b' '));
    let cell = end.map_or(&[][..], |end| &cell[..=end]);
    let start = cell.iter().position(|b| *b != b' ').unwrap_or(0);
    &cell[start..]
}

fn cell(record: &[u8], field: &Field, encoding: Encoding) -> String {
    let bytes = record
        .get(field.start..field.start + field.width)
        .map(trimmed)
        .unwrap_or_default();
    let text = encoding.text(bytes);
    // A letter cut off at the end of its field.
    let text = text.trim_end_matches('\u{fffd}').trim().to_owned();
    if field.numeric { whole(&text) } else { text }
}

/// A number without a fraction of nothing: `320402001001.000` is a code.
fn whole(text: &str) -> String {
    match text.split_once('.') {
        Some((whole, rest)) if rest.bytes().all(|b| b == b'0') && !whole.is_empty() => {
            whole.to_owned()
        }
        _ if text.bytes().all(|b| b == b'*') => String::new(),
        _ => text.to_owned(),
    }
}

/// Writes a table; texts too long are cut at a letter, numbers have four places.
pub(crate) fn write(columns: &[Column], rows: &[Vec<Cell>], encoding: Encoding) -> Vec<u8> {
    let cells: Vec<Vec<Vec<u8>>> = rows
        .iter()
        .map(|row| row.iter().map(|c| written(c, encoding)).collect())
        .collect();
    let width = |at: usize| {
        let longest = cells.iter().filter_map(|r| r.get(at)).map(Vec::len).max();
        longest.unwrap_or(1).clamp(1, WIDTH)
    };
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let record = 1 + widths.iter().sum::<usize>();
    let head = 32 + 32 * columns.len() + 1;
    let mut out = Vec::with_capacity(head + record * rows.len() + 1);
    // Version 3 without a memo file; the date is 2000-01-01, so that the same rows are the same bytes.
    out.extend([3, 100, 1, 1]);
    out.extend(u32::try_from(rows.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend(u16::try_from(head).unwrap_or(u16::MAX).to_le_bytes());
    out.extend(u16::try_from(record).unwrap_or(u16::MAX).to_le_bytes());
    out.extend([0; 17]);
    out.push(if encoding == Encoding::Gb18030 {
        0x4d
    } else {
        0
    });
    out.extend([0; 2]);
    let names = short_names(columns);
    for ((column, name), width) in columns.iter().zip(names).zip(&widths) {
        let mut field = [0_u8; 32];
        for (to, from) in field.iter_mut().take(10).zip(name.bytes()) {
            *to = from;
        }
        field[11] = if column.number { b'N' } else { b'C' };
        field[16] = u8::try_from(*width).unwrap_or(u8::MAX);
        field[17] = if column.number { 4 } else { 0 };
        out.extend(field);
    }
    out.push(0x0d);
    for row in &cells {
        out.push(b' ');
        for ((cell, width), column) in row.iter().zip(&widths).zip(columns) {
            let cell = cell.get(..*width).unwrap_or(cell);
            let gap = width.saturating_sub(cell.len());
            if column.number {
                out.extend(std::iter::repeat_n(b' ', gap));
                out.extend(cell);
            } else {
                out.extend(cell);
                out.extend(std::iter::repeat_n(b' ', gap));
            }
        }
    }
    out.push(0x1a);
    out
}

fn written(cell: &Cell, encoding: Encoding) -> Vec<u8> {
    match cell {
        Cell::Number(n) => format!("{n:.4}").into_bytes(),
        Cell::Text(text) => {
            let mut end = text.len();
            loop {
                let bytes = encoding.bytes(text.get(..end).unwrap_or_default());
                if bytes.len() <= WIDTH {
                    return bytes;
                }
                end = (0..end)
                    .rev()
                    .find(|at| text.is_char_boundary(*at))
                    .unwrap_or(0);
            }
        }
    }
}

/// Names of at most ten bytes, each another.
fn short_names(columns: &[Column]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for column in columns {
        let short: String = column.name.chars().take(10).collect();
        let mut name = short.clone();
        let mut n = 1;
        while names.contains(&name) {
            let stem: String = short.chars().take(8).collect();
            name = format!("{stem}_{n}");
            n += 1;
        }
        names.push(name);
    }
    names
}
