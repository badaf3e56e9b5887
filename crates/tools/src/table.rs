//! Tables as Kafka's commands lay them out.

use std::io::{self, Write};

/// Cells with a blank between them, each at least as wide as its column; trailing blanks stay, as Kafka prints them.
pub(crate) fn padded(cells: &[&str], widths: &[usize]) -> String {
    let widths = widths.iter().copied().chain(std::iter::repeat(0));
    let cells: Vec<_> = cells.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
    cells.join(" ")
}

/// The widths of columns that are at least `least` wide and hold all cells of their column.
pub(crate) fn widths<'a>(least: &[usize], rows: impl IntoIterator<Item = Vec<&'a str>>) -> Vec<usize> {
    let mut widths = least.to_vec();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            // A width of none is a column that is not filled up.
            if *width > 0 {
                *width = (*width).max(cell.chars().count());
            }
        }
    }
    widths
}

/// Columns as wide as their widest cell, with a tab behind each.
pub(crate) fn write_tabular(head: &[&str], rows: &[Vec<String>], out: &mut dyn Write) -> io::Result<()> {
    let cells = |row: &Vec<String>| row.iter().map(String::len).collect::<Vec<_>>();
    let mut widths: Vec<usize> = head.iter().map(|cell| cell.len()).collect();
    for row in rows {
        widths.iter_mut().zip(cells(row)).for_each(|(width, cell)| *width = (*width).max(cell));
    }
    let head = head.iter().map(|cell| (*cell).to_owned()).collect();
    for row in std::iter::once(&head).chain(rows) {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "{cell:<width$}\t")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_hold_their_cells() {
        let rows = [vec!["group", "t"], vec!["a-long-group", "t"]];
        let found = widths(&[7, 0], rows.clone());
        assert_eq!(found, [12, 0]);
        assert_eq!(padded(&rows[0], &found), "group        t");
        let mut out = Vec::new();
        write_tabular(&["A", "Bee"], &[vec!["one".into(), "2".into()]], &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), "A  \tBee\t\none\t2  \t\n");
    }
}
