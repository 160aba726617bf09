//! One tile: cases by themselves where there is room, counted where there is not.

use atlas::tiles::{Dictionary, EXTENT, Geometry, LayerWriter, Tags, Tile, Value, WorldPoint};
use cases::model::Stage;
use kernel::Moment;

use super::held::{Held, Pin, Sight, cell, level};
use crate::live::Reach;

/// Below this zoom cases are counted wherever two stand in one cell.
const POINTS_FROM: u8 = 13;
/// A tile with more cases than this is counted at any zoom.
const MOST_POINTS: usize = 1_000;
/// A tile's cells for counting: 2³ × 2³, each 64 pixels of a 512-pixel tile, which is what a count
/// takes up on the map.
const CELL_BITS: u8 = 3;

/// Every stage an open case may stand at, and the name of its count.
pub(super) const STAGES: [Stage; 10] = [
    Stage::Reported,
    Stage::Accepted,
    Stage::Dispatched,
    Stage::Handling,
    Stage::Handled,
    Stage::Verifying,
    Stage::Confirming,
    Stage::Suspended,
    Stage::Returned,
    Stage::InRuling,
];
const LEVELS: [&str; 5] = ["red", "amber", "ok", "paused", "none"];

/// The place of a stage in the list.
pub(super) fn place_of(stage: Stage) -> u8 {
    (0..)
        .zip(STAGES)
        .find(|(_, s)| *s == stage)
        .map_or(u8::MAX, |(at, _)| at)
}

/// Which stages are shown, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stages(u16);

impl Stages {
    /// These stages; all of them when none is named.
    #[must_use]
    pub fn of<T: AsRef<str>>(words: &[T]) -> Self {
        Self(bits(words, STAGES.map(Stage::word)))
    }
}

/// Which colours (levels) are shown, as bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Colours(u16);

impl Colours {
    /// These levels; all of them when none is named.
    #[must_use]
    pub fn of<T: AsRef<str>>(words: &[T]) -> Self {
        Self(bits(words, LEVELS))
    }
}

fn bits<T: AsRef<str>, const N: usize>(words: &[T], known: [&str; N]) -> u16 {
    if words.is_empty() {
        return u16::MAX;
    }
    let named = |at: &usize| words.iter().any(|w| w.as_ref() == known[*at]);
    (0..N).filter(named).fold(0, |bits, at| bits | 1 << at)
}

/// What somebody is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// How far they see.
    pub reach: Reach,
    /// Only these stages.
    pub stages: Stages,
    /// Only these levels.
    pub colours: Colours,
}

/// What is asked of each case of a tile.
struct Eye<'a> {
    held: &'a Held,
    sight: Sight,
    look: &'a Look,
    now_s: i64,
}

impl Eye<'_> {
    fn sees(&self, pin: &Pin) -> bool {
        let stage = self.look.stages.0 >> pin.stage.min(15) & 1 == 1;
        stage && self.coloured(pin) && self.held.sees(&self.sight, pin)
    }

    fn coloured(&self, pin: &Pin) -> bool {
        if self.look.colours.0 == u16::MAX {
            return true;
        }
        let word = level(pin.timed, self.now_s);
        let at = LEVELS.iter().position(|l| *l == word).unwrap_or_default();
        self.look.colours.0 >> at & 1 == 1
    }
}

/// The bytes of a tile.
pub(super) fn tile(held: &Held, tile: Tile, look: &Look, now: Moment) -> Vec<u8> {
    let eye = Eye {
        held,
        sight: held.sight(&look.reach),
        look,
        now_s: now.as_second(),
    };
    let pins = held.within(tile);
    if tile.z() >= POINTS_FROM {
        let seen: Vec<&Pin> = pins
            .iter()
            .filter(|p| eye.sees(p))
            .take(MOST_POINTS + 1)
            .collect();
        if seen.len() <= MOST_POINTS {
            return points(tile, &seen, eye.now_s);
        }
    }
    let mut single = Vec::new();
    let mut counts = Vec::new();
    let zoom = tile.z() + CELL_BITS;
    for group in pins.chunk_by(|a, b| cell(a, zoom) == cell(b, zoom)) {
        let mut count = Count::default();
        group
            .iter()
            .filter(|p| eye.sees(p))
            .for_each(|p| count.add(p, eye.now_s));
        match count.total {
            0 => {}
            1 => single.extend(count.first),
            _ => counts.push(count),
        }
    }
    let mut bytes = points(tile, &single, eye.now_s);
    bytes.extend(counted(tile, &counts));
    bytes
}

/// Cases by themselves.
fn points(tile: Tile, pins: &[&Pin], now_s: i64) -> Vec<u8> {
    let mut dictionary = Dictionary::default();
    let tags: Vec<Tags> = pins
        .iter()
        .map(|p| dictionary.enter(props(p, now_s)))
        .collect();
    let mut layer = LayerWriter::new(&dictionary);
    for (pin, tags) in pins.iter().zip(&tags) {
        let id = pin.known.id.0.as_u64_pair().1;
        // A browser's numbers are exact to 53 bits.
        layer.feature(id >> 11, tags, &Geometry::point(tile.local(pin.at)));
    }
    layer.finish("cases")
}

fn props(pin: &Pin, now_s: i64) -> Vec<(&'static str, Value)> {
    let known = &pin.known;
    let stage = super::stage_at(pin.stage).map_or("", Stage::word);
    let mut props = vec![
        ("id", Value::Text(known.id.to_string())),
        ("number", Value::Text(known.number.clone())),
        ("stage", stage.into()),
        ("level", level(pin.timed, now_s).into()),
    ];
    props.extend(known.urgency.map(|u| ("urgency", u.as_str().into())));
    props.extend(known.matter.as_deref().map(|m| ("matter", m.into())));
    props
}

/// What stands in one cell.
#[derive(Default)]
struct Count<'a> {
    total: i64,
    red: i64,
    stages: [i64; STAGES.len()],
    sum: (u64, u64),
    first: Option<&'a Pin>,
}

impl<'a> Count<'a> {
    fn add(&mut self, pin: &'a Pin, now_s: i64) {
        self.total += 1;
        self.red += i64::from(pin.timed.over(now_s));
        if let Some(stage) = self.stages.get_mut(usize::from(pin.stage)) {
            *stage += 1;
        }
        self.sum.0 += u64::from(pin.at.x);
        self.sum.1 += u64::from(pin.at.y);
        self.first.get_or_insert(pin);
    }

    fn props(&self) -> Vec<(String, Value)> {
        let mut props = vec![
            ("count".to_owned(), Value::Int(self.total)),
            ("red".to_owned(), Value::Int(self.red)),
        ];
        let present = STAGES.iter().zip(self.stages).filter(|(_, n)| *n > 0);
        props.extend(present.map(|(s, n)| (format!("s_{}", s.word()), Value::Int(n))));
        props
    }

    /// The mean place in tile units.
    fn middle(&self, tile: Tile) -> (i64, i64) {
        let of = |sum: u64| {
            let mean = sum / self.total.unsigned_abs().max(1);
            u32::try_from(mean).unwrap_or(u32::MAX)
        };
        let (x, y) = tile.local(WorldPoint {
            x: of(self.sum.0),
            y: of(self.sum.1),
        });
        (x.clamp(0, EXTENT - 1), y.clamp(0, EXTENT - 1))
    }
}

fn counted(tile: Tile, counts: &[Count<'_>]) -> Vec<u8> {
    let mut dictionary = Dictionary::default();
    let tags: Vec<Tags> = counts.iter().map(|c| dictionary.enter(c.props())).collect();
    let mut layer = LayerWriter::new(&dictionary);
    for ((count, tags), id) in counts.iter().zip(&tags).zip(1..) {
        layer.feature(id, tags, &Geometry::point(count.middle(tile)));
    }
    layer.finish("counts")
}

/// The same for the same bytes (FNV-1a).
pub(super) fn fingerprint(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
