//! A table whose cells are wrapped, so that it fits the width of the terminal.

use super::report::Paint;

/// A cell of a table.
pub struct Cell {
    // The parts between which a line may be broken.
    parts: Vec<String>,
    paint: &'static str,
}

impl Cell {
    /// Makes a cell of words.
    pub fn words(text: &str) -> Self {
        Self { parts: text.split(' ').map(str::to_owned).collect(), paint: "" }
    }

    /// Makes a cell of items, which commas separate. A line is not broken inside of an item.
    pub fn list(words: &[&str], mut items: Vec<String>) -> Self {
        if let Some((_, others)) = items.split_last_mut() {
            others.iter_mut().for_each(|item| item.push(','));
        }
        let words = words.iter().map(|word| (*word).to_owned());
        Self { parts: words.chain(items).collect(), paint: "" }
    }

    /// Sets the number of the colour (ECMA-48, SGR).
    #[must_use]
    pub fn painted(self, paint: &'static str) -> Self {
        Self { paint, ..self }
    }

    fn width(&self) -> usize {
        self.parts.iter().map(|part| width(part) + 1).sum::<usize>().saturating_sub(1)
    }

    fn wrapped(&self, limit: usize) -> Vec<String> {
        let mut lines = vec![String::new()];
        for part in self.parts.iter().flat_map(|part| pieces(part, limit)) {
            let last = lines.last_mut().expect("there is always a line");
            if last.is_empty() {
                *last = part;
            } else if width(last) + 1 + width(&part) <= limit {
                last.push(' ');
                last.push_str(&part);
            } else {
                lines.push(part);
            }
        }
        lines
    }
}

enum TableLine<const N: usize> {
    Row([Cell; N]),
    // A line across all columns.
    Wide { text: String, paint: &'static str, is_wrapped: bool },
}

/// A table. The last column gets the remaining width.
pub struct Columns<const N: usize> {
    lines: Vec<TableLine<N>>,
    paint: Paint,
}

// The space between columns, the least width of the last column, and of any other column.
const GAP: usize = 2;
const LAST: usize = 22;
const LEAST: usize = 8;
const INDENT: usize = 4;

impl<const N: usize> Columns<N> {
    /// Creates a table with its heads.
    pub fn new(heads: [&str; N], paint: Paint) -> Self {
        Self { lines: vec![TableLine::Row(heads.map(Cell::words))], paint }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: [Cell; N]) {
        self.lines.push(TableLine::Row(cells));
    }

    /// Adds an indented line across all columns, which is wrapped.
    pub fn line(&mut self, text: String, paint: &'static str) {
        self.lines.push(TableLine::Wide { text, paint, is_wrapped: true });
    }

    /// Adds lines across all columns, which are not wrapped.
    pub fn lines(&mut self, text: &str) {
        let wide =
            |line: &str| TableLine::Wide { text: line.to_owned(), paint: "", is_wrapped: false };
        self.lines.extend(text.lines().map(wide));
    }

    /// Writes the table for a terminal of a width.
    pub fn text(&self, width: usize) -> String {
        let widths = self.widths(width);
        self.lines.iter().map(|line| self.drawn(line, &widths, width)).collect()
    }

    // The widest column is made narrower until the last column has enough space.
    fn widths(&self, total: usize) -> [usize; N] {
        let mut widths: [usize; N] = std::array::from_fn(|column| {
            let cells = self.lines.iter().map(|line| match line {
                TableLine::Row(cells) => cells[column].width(),
                TableLine::Wide { .. } => 0,
            });
            cells.max().unwrap_or(0)
        });
        let gaps = GAP * (N - 1);
        let last = widths[N - 1].min(LAST);
        loop {
            let used: usize = widths[..N - 1].iter().sum();
            let widest = (0..N - 1).max_by_key(|column| widths[*column]).unwrap_or(0);
            if used + gaps + last <= total || widths[widest] <= LEAST {
                widths[N - 1] = total.saturating_sub(used + gaps).max(LEAST);
                return widths;
            }
            widths[widest] -= 1;
        }
    }

    fn drawn(&self, line: &TableLine<N>, widths: &[usize; N], total: usize) -> String {
        match line {
            TableLine::Wide { text, paint, is_wrapped: false } => self.painted(paint, text) + "\n",
            TableLine::Wide { text, paint, is_wrapped: true } => {
                let lines = Cell::words(text).wrapped(total.saturating_sub(INDENT).max(LEAST));
                let line = |line: &String| {
                    format!("{}{}\n", " ".repeat(INDENT), self.painted(paint, line))
                };
                lines.iter().map(line).collect()
            }
            TableLine::Row(cells) => self.row_text(cells, widths),
        }
    }

    fn row_text(&self, cells: &[Cell; N], widths: &[usize; N]) -> String {
        let wrapped: Vec<Vec<String>> =
            cells.iter().zip(widths).map(|(cell, limit)| cell.wrapped(*limit)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or(0);
        let mut text = String::new();
        for at in 0..height {
            let mut line = String::new();
            let mut spaces = 0;
            for ((cell, lines), limit) in cells.iter().zip(&wrapped).zip(widths) {
                let part = lines.get(at).map(String::as_str).unwrap_or_default();
                if !part.is_empty() {
                    line += &" ".repeat(spaces);
                    line += &self.painted(cell.paint, part);
                    spaces = 0;
                }
                spaces += limit + GAP - width(part);
            }
            text += &line;
            text += "\n";
        }
        text
    }

    fn painted(&self, paint: &str, text: &str) -> String {
        if paint.is_empty() { text.to_owned() } else { self.paint.wrap(paint, text) }
    }
}

fn width(text: &str) -> usize {
    text.chars().count()
}

// A part that is longer than a line is cut, after a slash if possible.
fn pieces(part: &str, limit: usize) -> Vec<String> {
    let mut pieces = vec![];
    let mut rest: Vec<char> = part.chars().collect();
    while rest.len() > limit.max(1) {
        let slash = rest[..limit.max(1)].iter().rposition(|c| *c == '/');
        let after = rest.split_off(slash.map_or(limit.max(1), |at| at + 1));
        pieces.push(rest.into_iter().collect());
        rest = after;
    }
    pieces.push(rest.into_iter().collect());
    pieces
}
