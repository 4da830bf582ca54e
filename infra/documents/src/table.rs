//! Lays tables out: the widths of their columns, rows over pages, headings that are repeated.

use crate::{
    Error,
    block::{Block, Span},
    flow::{Flow, INK, LANDSCAPES, LEADING, LINE, MUTED, PageFormat},
    font::Fonts,
    layout::count_to_f32,
    paragraph::{Line, lines, min_and_max_ems},
    structure::{NodeId, Role},
};

/// Above and below the text of a cell, and between columns.
const PADDING: f32 = 3.5;
const GAP: f32 = 12.0;
/// What is longer than this may be broken: an id, a list of parameters.
const LONGEST_WORD: f32 = 96.0;
/// By how many rows it is judged how wide a page must be.
const JUDGED_ROWS: usize = 100;

struct Grid<'a> {
    /// The left edge and the width of each column.
    columns: Vec<(f32, f32)>,
    right: &'a [bool],
    size: f32,
}

/// The smallest page on which the words of all tables stay whole.
pub(crate) fn page_format(fonts: &Fonts, blocks: &[Block], size: f32) -> PageFormat {
    let least = |block: &Block| {
        let Block::Table { head, rows, .. } = block else { return 0.0 };
        let needs = needs(fonts, head, rows.iter().take(JUDGED_ROWS), size);
        let words: f32 = needs.iter().map(|(word, _)| word.min(LONGEST_WORD)).sum();
        words + gaps(needs.len())
    };
    let least = blocks.iter().map(least).fold(0.0, f32::max);
    let [.., widest] = LANDSCAPES;
    let holds = |format: &PageFormat| format.width - 2.0 * format.margin >= least;
    LANDSCAPES.into_iter().find(holds).unwrap_or(widest)
}

/// Draws a table.
pub(crate) fn draw(
    flow: &mut Flow<'_>,
    head: &[Vec<Span>],
    rows: &[Vec<Vec<Span>>],
    right: &[bool],
    size: f32,
) -> Result<(), Error> {
    let columns = columns(flow, head, rows, size);
    let grid = Grid { columns, right, size };
    let table = flow.structure.add(None, Role::Table);
    let head = (!head.is_empty()).then(|| grid.break_cells(flow, head));
    if let Some(head) = &head {
        let group = flow.structure.add(Some(table), Role::TableHead);
        let row = flow.structure.add(Some(group), Role::Row);
        let cells = head.iter().map(|_| flow.structure.add(Some(row), Role::ColumnHeading));
        let cells: Vec<_> = cells.map(Some).collect();
        flow.start_page_unless_fits(3.0 * grid.height(head))?;
        grid.draw_head(flow, head, &cells);
    }
    let body = flow.structure.add(Some(table), Role::TableBody);
    for row in rows {
        let cells = grid.break_cells(flow, row);
        let node = flow.structure.add(Some(body), Role::Row);
        let first = if head.is_none() { Role::RowHeading } else { Role::Cell };
        let roles = std::iter::once(first).chain(std::iter::repeat(Role::Cell));
        let nodes = cells.iter().zip(roles).map(|(_, role)| flow.structure.add(Some(node), role));
        let nodes: Vec<_> = nodes.collect();
        grid.draw_row(flow, head.as_deref(), cells, &nodes)?;
    }
    flow.y += size;
    Ok(())
}

impl Grid<'_> {
    fn break_cells(&self, flow: &Flow<'_>, cells: &[Vec<Span>]) -> Vec<Vec<Line>> {
        let cells = cells.iter().zip(&self.columns);
        cells.map(|(cell, (_, width))| lines(flow.fonts, cell, width / self.size)).collect()
    }

    fn height(&self, cells: &[Vec<Line>]) -> f32 {
        let most = cells.iter().map(Vec::len).max().unwrap_or_default();
        count_to_f32(most) * self.size * LEADING + 2.0 * PADDING
    }

    fn draw_head(&self, flow: &mut Flow<'_>, head: &[Vec<Line>], nodes: &[Option<NodeId>]) {
        self.draw_cells(flow, head, nodes, true);
        flow.fill((flow.format.margin, flow.y), (flow.width(), 1.0), MUTED);
        flow.y += 1.0;
    }

    /// Draws a row. One that is higher than a page goes on on the next.
    fn draw_row(
        &self,
        flow: &mut Flow<'_>,
        head: Option<&[Vec<Line>]>,
        mut cells: Vec<Vec<Line>>,
        nodes: &[NodeId],
    ) -> Result<(), Error> {
        let nodes: Vec<_> = nodes.iter().copied().map(Some).collect();
        let page = flow.format.height - 2.0 * flow.format.margin;
        loop {
            let height = self.height(&cells).min(page - head.map_or(0.0, |head| self.height(head)));
            if flow.start_page_unless_fits(height)?
                && let Some(head) = head
            {
                self.draw_head(flow, head, &vec![None; head.len()]);
            }
            let mut fits = 1;
            while count_to_f32(fits + 1) * self.size * LEADING + 2.0 * PADDING
                <= flow.remaining_height()
            {
                fits += 1;
            }
            let rest = cells.iter_mut().map(|cell| cell.split_off(fits.min(cell.len()))).collect();
            self.draw_cells(flow, &cells, &nodes, head.is_none());
            flow.fill((flow.format.margin, flow.y), (flow.width(), 0.5), LINE);
            flow.y += 0.5;
            cells = rest;
            if cells.iter().all(Vec::is_empty) {
                return Ok(());
            }
        }
    }

    /// Draws cells beside each other. What names others is muted: all cells of a head, the first of a row.
    fn draw_cells(
        &self,
        flow: &mut Flow<'_>,
        cells: &[Vec<Line>],
        nodes: &[Option<NodeId>],
        names: bool,
    ) {
        let head = names && is_head(cells);
        for (index, (cell, (left, width))) in cells.iter().zip(&self.columns).enumerate() {
            let color = if names && (head || index == 0) { MUTED } else { INK };
            let is_right = self.right.get(index).copied().unwrap_or_default();
            for (line, text) in cell.iter().enumerate() {
                let indent = if is_right { width - text.width_in_ems() * self.size } else { 0.0 };
                let x = flow.format.margin + left + indent;
                let y = flow.y + PADDING + count_to_f32(line) * self.size * LEADING;
                let node = nodes.get(index).copied().flatten();
                flow.draw_line(node, text, (x, y), (self.size, color));
            }
        }
        flow.y += self.height(cells);
    }
}

/// Whether all its text is bold.
fn is_head(cells: &[Vec<Line>]) -> bool {
    cells.iter().flatten().flat_map(|line| &line.runs).all(|run| run.bold)
}

/// The left edges and widths of the columns: each gets what it needs if there is room for all, else at least its
/// longest word, and of the rest a share by what it lacks.
fn columns(
    flow: &Flow<'_>,
    head: &[Vec<Span>],
    rows: &[Vec<Vec<Span>>],
    size: f32,
) -> Vec<(f32, f32)> {
    let needs = needs(flow.fonts, head, rows, size);
    let widths = distribute(&needs, flow.width() - gaps(needs.len()));
    let mut left = 0.0;
    let place = |width: &f32| {
        let column = (left, *width);
        left += width + GAP;
        column
    };
    widths.iter().map(place).collect()
}

/// The widest word of each column, and the widest of its texts.
fn needs<'a>(
    fonts: &Fonts,
    head: &'a [Vec<Span>],
    rows: impl IntoIterator<Item = &'a Vec<Vec<Span>>>,
    size: f32,
) -> Vec<(f32, f32)> {
    let mut needs = vec![(0.0_f32, 0.0_f32); head.len()];
    for row in std::iter::once(head).chain(rows.into_iter().map(Vec::as_slice)) {
        needs.resize(needs.len().max(row.len()), (0.0, 0.0));
        for (need, cell) in needs.iter_mut().zip(row) {
            let (word, whole) = min_and_max_ems(fonts, cell);
            // A hair more, so that what is measured in parts fits when it is measured as a whole.
            *need = (need.0.max(word * size + 0.1), need.1.max(whole * size + 0.1));
        }
    }
    needs
}

/// What lies between columns.
fn gaps(columns: usize) -> f32 {
    GAP * count_to_f32(columns.saturating_sub(1))
}

fn distribute(needs: &[(f32, f32)], available: f32) -> Vec<f32> {
    let whole: f32 = needs.iter().map(|(_, whole)| whole).sum();
    if whole <= available {
        let more = available - whole;
        return needs.iter().map(|(_, need)| need + more * need / whole.max(1.0)).collect();
    }
    // No word may take more than its share by much: an id of 200 letters is broken.
    let most = available / count_to_f32(needs.len()) * 1.5;
    let words: Vec<_> = needs.iter().map(|(word, _)| word.min(most)).collect();
    let least: f32 = words.iter().sum();
    if least >= available {
        return words.iter().map(|word| word * available / least).collect();
    }
    let lacks: f32 = needs.iter().zip(&words).map(|((_, whole), word)| whole - word).sum();
    let share = (available - least) / lacks.max(1.0);
    needs.iter().zip(&words).map(|((_, whole), word)| word + (whole - word) * share).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_fill_the_width_and_hold_their_words() {
        for needs in
            [vec![(10.0, 20.0); 3], vec![(40.0, 400.0), (10.0, 12.0)], vec![(900.0, 900.0)]]
        {
            let widths = distribute(&needs, 200.0);
            assert!((widths.iter().sum::<f32>() - 200.0).abs() < 0.01, "{widths:?}");
        }
        let widths = distribute(&[(40.0, 400.0), (10.0, 12.0)], 200.0);
        assert!(widths[0] >= 40.0 && widths[1] >= 10.0, "{widths:?}");
    }
}
