//! Spark's table text: `df.show()` and the console sink.

mod cell;

use arrow::array::{Array as _, ArrayRef, RecordBatch};
use arrow::datatypes::SchemaRef;

pub use cell::cells;
pub(crate) use cell::double;

/// How a table is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Show {
    /// Rows at most.
    pub rows: usize,
    /// Cells longer than this are cut and all are aligned right; 0 shows cells whole, aligned left.
    pub truncate: usize,
    /// A line per column instead of a row per row.
    pub vertical: bool,
    /// The zone in which times are shown.
    pub time_zone: String,
}

/// The text of a table, as `showString` gives it. `more`: there are rows beyond those in `batches`.
pub fn show(schema: &SchemaRef, batches: &[RecordBatch], more: bool, how: &Show) -> String {
    let names: Vec<String> = schema.fields().iter().map(|field| escape(field.name())).collect();
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut left = how.rows;
    let mut cut = more;
    for batch in batches {
        let take = batch.num_rows().min(left);
        cut |= take < batch.num_rows();
        left -= take;
        let columns: Vec<Vec<String>> =
            batch.columns().iter().map(|column| column_cells(&column.slice(0, take), how)).collect();
        rows.extend(
            (0..take).map(|row| {
                columns.iter().map(|column| column.get(row).cloned().unwrap_or_default()).collect()
            }),
        );
    }
    let mut text = if how.vertical { vertical(&names, &rows) } else { horizontal(&names, &rows, how) };
    if cut {
        let noun = if how.rows == 1 { "row" } else { "rows" };
        text.push_str(&format!("only showing top {} {noun}", how.rows));
    } else if how.vertical && rows.is_empty() {
        text.push_str("(0 rows)\n");
    }
    text
}

fn column_cells(column: &ArrayRef, how: &Show) -> Vec<String> {
    cells(column, &how.time_zone).into_iter().map(|cell| shorten(escape(&cell), how.truncate)).collect()
}

fn shorten(cell: String, limit: usize) -> String {
    if limit == 0 || cell.chars().count() <= limit {
        return cell;
    }
    if limit < 4 {
        return cell.chars().take(limit).collect();
    }
    let mut short: String = cell.chars().take(limit - 3).collect();
    short.push_str("...");
    short
}

/// Control characters as Spark writes them in a table, so that a cell stays on its line.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{c}' => out.push_str("\\f"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{7}' => out.push_str("\\a"),
            other => out.push(other),
        }
    }
    out
}

/// Columns on a terminal: East Asian characters take two.
fn width(text: &str) -> usize {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115F}' | '\u{2E80}'..='\u{A4CF}' | '\u{AC00}'..='\u{D7A3}'
            | '\u{F900}'..='\u{FAFF}' | '\u{FE10}'..='\u{FE19}' | '\u{FE30}'..='\u{FE6F}'
            | '\u{FF00}'..='\u{FF60}' | '\u{FFE0}'..='\u{FFE6}')
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}

fn pad(out: &mut String, text: &str, to: usize, right: bool) {
    let space = " ".repeat(to.saturating_sub(width(text)));
    if right {
        out.push_str(&space);
        out.push_str(text);
    } else {
        out.push_str(text);
        out.push_str(&space);
    }
}

fn horizontal(names: &[String], rows: &[Vec<String>], how: &Show) -> String {
    let names: Vec<String> = names.iter().map(|name| shorten(name.clone(), how.truncate)).collect();
    let widths: Vec<usize> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let cells = rows.iter().filter_map(|row| row.get(i)).map(|cell| width(cell));
            cells.chain([width(name), 3]).max().unwrap_or(3)
        })
        .collect();
    let mut border = String::from("+");
    for width in &widths {
        border.push_str(&"-".repeat(*width));
        border.push('+');
    }
    border.push('\n');
    let line = |out: &mut String, cells: &[String]| {
        out.push('|');
        for (cell, width) in cells.iter().zip(&widths) {
            pad(out, cell, *width, how.truncate > 0);
            out.push('|');
        }
        out.push('\n');
    };
    let mut out = border.clone();
    line(&mut out, &names);
    out.push_str(&border);
    for row in rows {
        line(&mut out, row);
    }
    out.push_str(&border);
    out
}

fn vertical(names: &[String], rows: &[Vec<String>]) -> String {
    let name_width = names.iter().map(|name| width(name)).chain([3]).max().unwrap_or(3);
    let cell_width = rows.iter().flatten().map(|cell| width(cell)).chain([3]).max().unwrap_or(3);
    let mut out = String::new();
    for (number, row) in rows.iter().enumerate() {
        let head = format!("-RECORD {number}");
        out.push_str(&head);
        out.push_str(&"-".repeat((name_width + cell_width + 5).saturating_sub(head.len())));
        out.push('\n');
        for (name, cell) in names.iter().zip(row) {
            out.push(' ');
            pad(&mut out, name, name_width, false);
            out.push_str(" | ");
            pad(&mut out, cell, cell_width, false);
            out.push_str(" \n");
        }
    }
    out
}
