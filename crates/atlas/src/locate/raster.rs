//! The uniform raster before the exact test.

use super::{Entry, holds};
use crate::polygon::Vertex;
use crate::scheme::GridKind;

/// Side of a cell in lattice units: 0.001°, about 100 m; doubled while the raster would be too large.
const SIDE: i64 = 10_000;
const MOST_CELLS: i64 = 16_000_000;
/// Set in a cell that refers to a list.
const LIST: u32 = 1 << 31;

/// What a cell knows; indices of entries.
#[derive(Default)]
pub struct Cell<'a> {
    /// The basic grid that holds the whole cell.
    pub owner: Option<u32>,
    /// Basic grids whose border passes.
    pub basic: &'a [u32],
    /// Dedicated grids that touch the cell.
    pub dedicated: &'a [u32],
}

/// One number per cell: 0 nothing, an owner's index + 1, or [`LIST`] and a place in `lists`.
pub struct Raster {
    low: Vertex,
    side: i64,
    columns: i64,
    rows: i64,
    cells: Vec<u32>,
    /// For each list: owner + 1, how many basic, how many dedicated, then these.
    lists: Vec<u32>,
}

impl Raster {
    pub fn build(entries: &[Entry], edges: &[(Vertex, Vertex)]) -> Self {
        let mut raster = Self::blank(entries);
        let mut passed: Vec<(u32, u32)> = Vec::new();
        let mut marks = Vec::new();
        for (index, entry) in entries.iter().enumerate() {
            raster.enter(index as u32, entry, edges, &mut marks, &mut passed);
        }
        passed.sort_unstable();
        passed.dedup();
        for group in passed.chunk_by(|a, b| a.0 == b.0) {
            raster.list(entries, group);
        }
        raster
    }

    #[inline]
    pub fn at(&self, p: Vertex) -> Cell<'_> {
        if p.x < self.low.x || p.y < self.low.y {
            return Cell::default();
        }
        let column = (i64::from(p.x) - i64::from(self.low.x)) / self.side;
        let row = (i64::from(p.y) - i64::from(self.low.y)) / self.side;
        if column >= self.columns || row >= self.rows {
            return Cell::default();
        }
        let value = self.cells[(row * self.columns + column) as usize];
        if value & LIST == 0 {
            return Cell {
                owner: value.checked_sub(1),
                ..Cell::default()
            };
        }
        let list = &self.lists[(value & !LIST) as usize..];
        let (basic, dedicated) = (list[1] as usize, list[2] as usize);
        Cell {
            owner: list[0].checked_sub(1),
            basic: &list[3..3 + basic],
            dedicated: &list[3 + basic..3 + basic + dedicated],
        }
    }

    fn blank(entries: &[Entry]) -> Self {
        let low_x = entries.iter().map(|e| e.low.x).min().unwrap_or_default();
        let low_y = entries.iter().map(|e| e.low.y).min().unwrap_or_default();
        let high_x = entries.iter().map(|e| e.high.x).max().unwrap_or_default();
        let high_y = entries.iter().map(|e| e.high.y).max().unwrap_or_default();
        let wide = i64::from(high_x) - i64::from(low_x);
        let high = i64::from(high_y) - i64::from(low_y);
        let mut side = SIDE;
        while (wide / side + 1) * (high / side + 1) > MOST_CELLS {
            side *= 2;
        }
        let (columns, rows) = (wide / side + 1, high / side + 1);
        Self {
            low: Vertex { x: low_x, y: low_y },
            side,
            columns,
            rows,
            cells: vec![0; (columns * rows) as usize],
            lists: Vec::new(),
        }
    }

    fn column(&self, x: i64) -> i64 {
        ((x - i64::from(self.low.x)).div_euclid(self.side)).clamp(0, self.columns - 1)
    }

    fn row(&self, y: i64) -> i64 {
        ((y - i64::from(self.low.y)).div_euclid(self.side)).clamp(0, self.rows - 1)
    }

    /// Enters one grid: cells its border passes go to `passed`; whole cells inside get an owner, or
    /// go to `passed` too for a dedicated grid.
    fn enter(
        &mut self,
        index: u32,
        entry: &Entry,
        edges: &[(Vertex, Vertex)],
        marks: &mut Vec<bool>,
        passed: &mut Vec<(u32, u32)>,
    ) {
        let (west, east) = (
            self.column(entry.low.x.into()),
            self.column(entry.high.x.into()),
        );
        let (south, north) = (self.row(entry.low.y.into()), self.row(entry.high.y.into()));
        let width = east - west + 1;
        marks.clear();
        marks.resize((width * (north - south + 1)) as usize, false);
        for &(a, b) in &edges[entry.from as usize..entry.to as usize] {
            self.pass(a, b, |column, row| {
                marks[((row - south) * width + column - west) as usize] = true;
            });
        }
        for row in south..=north {
            let mut known = None;
            for column in west..=east {
                let cell = (row * self.columns + column) as u32;
                if marks[((row - south) * width + column - west) as usize] {
                    passed.push((cell, index));
                    known = None;
                    continue;
                }
                let inside =
                    *known.get_or_insert_with(|| holds(edges, entry, self.corner(column, row)));
                match entry.kind {
                    _ if !inside => {}
                    GridKind::Dedicated => passed.push((cell, index)),
                    GridKind::Basic if self.cells[cell as usize] == 0 => {
                        self.cells[cell as usize] = index + 1;
                    }
                    GridKind::Basic => {}
                }
            }
        }
    }

    fn corner(&self, column: i64, row: i64) -> Vertex {
        Vertex {
            x: (i64::from(self.low.x) + column * self.side) as i32,
            y: (i64::from(self.low.y) + row * self.side) as i32,
        }
    }

    /// Calls `mark` for every cell the edge passes or touches (and now and then for one beside it).
    fn pass(&self, a: Vertex, b: Vertex, mut mark: impl FnMut(i64, i64)) {
        let (low, high) = if a.y <= b.y { (a, b) } else { (b, a) };
        let (low_y, high_y) = (i64::from(low.y), i64::from(high.y));
        let slope = match high_y - low_y {
            0 => 0.0,
            rise => (f64::from(high.x) - f64::from(low.x)) / rise as f64,
        };
        let ends = (i64::from(a.x.min(b.x)), i64::from(a.x.max(b.x)));
        for row in self.row(low_y)..=self.row(high_y) {
            let south = i64::from(self.low.y) + row * self.side;
            let north = south + self.side;
            let (mut west, mut east) = ends;
            if low_y != high_y {
                let at = |y: i64| f64::from(low.x) + slope * (y - low_y) as f64;
                let (p, q) = (at(south.max(low_y)), at(north.min(high_y)));
                // One unit more on each side: the floating sum may be off by less than that.
                west = west.max(p.min(q).floor() as i64 - 1);
                east = east.min(p.max(q).ceil() as i64 + 1);
            }
            (self.column(west)..=self.column(east)).for_each(|column| mark(column, row));
        }
    }

    /// Writes the list of one cell.
    fn list(&mut self, entries: &[Entry], group: &[(u32, u32)]) {
        let Some(&(cell, _)) = group.first() else {
            return;
        };
        let of = |kind: GridKind| {
            let indices = group.iter().map(|&(_, index)| index);
            indices.filter(move |&i| entries[i as usize].kind == kind)
        };
        let cell = cell as usize;
        let place = self.lists.len() as u32 | LIST;
        let owner = self.cells[cell];
        let basic = if owner == 0 {
            of(GridKind::Basic).count()
        } else {
            0
        };
        self.lists
            .extend([owner, basic as u32, of(GridKind::Dedicated).count() as u32]);
        self.lists.extend(of(GridKind::Basic).take(basic));
        self.lists.extend(of(GridKind::Dedicated));
        self.cells[cell] = place;
    }
}
