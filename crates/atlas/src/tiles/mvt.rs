//! The tile format, written by hand: protobuf messages Tile → Layer → Feature, Value.

use std::collections::HashMap;

use super::mercator::EXTENT;

/// A property's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number; not-a-number is written as it is.
    Double(f64),
    /// Yes or no.
    Bool(bool),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Int(number)
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        Self::Double(number)
    }
}

impl From<bool> for Value {
    fn from(yes: bool) -> Self {
        Self::Bool(yes)
    }
}

/// A value as a key: doubles by their bits.
#[derive(PartialEq, Eq, Hash)]
enum ValueKey {
    Text(String),
    Int(i64),
    Double(u64),
    Bool(bool),
}

impl From<&Value> for ValueKey {
    fn from(value: &Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text.clone()),
            Value::Int(number) => Self::Int(*number),
            Value::Double(number) => Self::Double(number.to_bits()),
            Value::Bool(yes) => Self::Bool(*yes),
        }
    }
}

/// Properties as places in a [`Dictionary`]: key and value.
pub type Tags = Box<[(u32, u32)]>;

/// All keys and values of a layer, each once.
#[derive(Default)]
pub struct Dictionary {
    keys: Vec<String>,
    values: Vec<Value>,
    key_places: HashMap<String, u32>,
    value_places: HashMap<ValueKey, u32>,
}

impl Dictionary {
    /// Enters properties and says where they stand.
    pub fn enter<K: Into<String>>(&mut self, props: impl IntoIterator<Item = (K, Value)>) -> Tags {
        props
            .into_iter()
            .map(|(key, value)| (self.key(key.into()), self.value(value)))
            .collect()
    }

    fn key(&mut self, key: String) -> u32 {
        if let Some(&place) = self.key_places.get(&key) {
            return place;
        }
        let place = self.keys.len() as u32;
        self.keys.push(key.clone());
        self.key_places.insert(key, place);
        place
    }

    fn value(&mut self, value: Value) -> u32 {
        let place = self.values.len() as u32;
        let found = *self
            .value_places
            .entry(ValueKey::from(&value))
            .or_insert(place);
        if found == place {
            self.values.push(value);
        }
        found
    }

    /// Forgets what is only needed to enter more.
    pub fn seal(&mut self) {
        self.key_places = HashMap::new();
        self.value_places = HashMap::new();
    }
}

/// A feature's geometry in tile units as command integers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Geometry {
    commands: Vec<u32>,
    kind: u8,
    cursor: (i64, i64),
}

const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const CLOSE_PATH: u32 = 7;
const KIND_POINT: u8 = 1;
const KIND_LINE: u8 = 2;
const KIND_POLYGON: u8 = 3;

impl Geometry {
    /// One point.
    #[must_use]
    pub fn point(at: (i64, i64)) -> Self {
        let mut geometry = Self {
            kind: KIND_POINT,
            ..Self::default()
        };
        geometry.path(MOVE_TO, &[at]);
        geometry
    }

    /// Lines of two or more points each; shorter ones are dropped.
    #[must_use]
    pub fn lines<'a>(lines: impl IntoIterator<Item = &'a [(i64, i64)]>) -> Self {
        let mut geometry = Self {
            kind: KIND_LINE,
            ..Self::default()
        };
        for line in lines.into_iter().filter(|l| l.len() > 1) {
            geometry.path(MOVE_TO, &line[..1]);
            geometry.path(LINE_TO, &line[1..]);
        }
        geometry
    }

    /// A polygon, no rings yet.
    #[must_use]
    pub fn polygon() -> Self {
        Self {
            kind: KIND_POLYGON,
            ..Self::default()
        }
    }

    /// Adds an open ring in the sense the format asks for: outer rings clockwise on the screen,
    /// holes the other way. A ring without area is dropped; tells whether it was added.
    pub fn ring(&mut self, ring: &mut [(i64, i64)], hole: bool) -> bool {
        let area = doubled_area(ring);
        if area == 0 {
            return false;
        }
        if (area > 0) == hole {
            ring.reverse();
        }
        self.path(MOVE_TO, &ring[..1]);
        self.path(LINE_TO, &ring[1..]);
        self.commands.push(CLOSE_PATH | 1 << 3);
        true
    }

    /// Whether there is nothing to draw.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commands.is_empty()
    }

    fn path(&mut self, command: u32, points: &[(i64, i64)]) {
        self.commands.push(command | (points.len() as u32) << 3);
        for &(x, y) in points {
            self.commands.push(zigzag(x - self.cursor.0));
            self.commands.push(zigzag(y - self.cursor.1));
            self.cursor = (x, y);
        }
    }
}

/// Positive when clockwise on a screen whose y goes down.
fn doubled_area(ring: &[(i64, i64)]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    ring.iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum()
}

fn zigzag(n: i64) -> u32 {
    let n = n as i32;
    ((n << 1) ^ (n >> 31)) as u32
}

/// Writes one layer of one tile; only the keys and values its features use go into it.
pub struct LayerWriter<'a> {
    dictionary: &'a Dictionary,
    features: Vec<u8>,
    keys: Used,
    values: Used,
    message: Vec<u8>,
}

impl<'a> LayerWriter<'a> {
    /// An empty layer whose features' tags stand in `dictionary`.
    #[must_use]
    pub fn new(dictionary: &'a Dictionary) -> Self {
        Self {
            dictionary,
            features: Vec::new(),
            keys: Used::new(dictionary.keys.len()),
            values: Used::new(dictionary.values.len()),
            message: Vec::new(),
        }
    }

    /// Adds a feature; one without geometry is dropped.
    pub fn feature(&mut self, id: u64, tags: &[(u32, u32)], geometry: &Geometry) {
        if geometry.is_empty() {
            return;
        }
        self.message.clear();
        number(&mut self.message, 1, id);
        let (keys, values) = (&mut self.keys, &mut self.values);
        let pairs = tags
            .iter()
            .flat_map(|&(k, v)| [keys.place(k), values.place(v)]);
        packed(&mut self.message, 2, pairs);
        number(&mut self.message, 3, geometry.kind.into());
        packed(&mut self.message, 4, geometry.commands.iter().copied());
        bytes(&mut self.features, 2, &self.message);
    }

    /// The layer as bytes of a tile; no bytes when it has no features.
    #[must_use]
    pub fn finish(self, name: &str) -> Vec<u8> {
        if self.features.is_empty() {
            return Vec::new();
        }
        let mut layer = Vec::with_capacity(self.features.len() + 1024);
        number(&mut layer, 15, 2);
        bytes(&mut layer, 1, name.as_bytes());
        layer.extend(&self.features);
        for &key in &self.keys.order {
            bytes(&mut layer, 3, self.dictionary.keys[key as usize].as_bytes());
        }
        for &place in &self.values.order {
            bytes(
                &mut layer,
                4,
                &value_message(&self.dictionary.values[place as usize]),
            );
        }
        number(&mut layer, 5, EXTENT as u64);
        let mut tile = Vec::with_capacity(layer.len() + 8);
        bytes(&mut tile, 3, &layer);
        tile
    }
}

/// Which entries of a list a tile uses, in the order of first use.
struct Used {
    /// Place in `order` + 1; 0 not used. Zeroed pages cost nothing until touched.
    places: Vec<u32>,
    order: Vec<u32>,
}

impl Used {
    fn new(count: usize) -> Self {
        Self {
            places: vec![0; count],
            order: Vec::new(),
        }
    }

    fn place(&mut self, entry: u32) -> u32 {
        let place = &mut self.places[entry as usize];
        if *place == 0 {
            self.order.push(entry);
            *place = self.order.len() as u32;
        }
        *place - 1
    }
}

fn value_message(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::Text(text) => bytes(&mut out, 1, text.as_bytes()),
        Value::Double(double) => {
            varint(&mut out, 3 << 3 | 1);
            out.extend(double.to_le_bytes());
        }
        Value::Int(int) => number(&mut out, 4, *int as u64),
        Value::Bool(yes) => number(&mut out, 7, u64::from(*yes)),
    }
    out
}

fn varint(out: &mut Vec<u8>, mut n: u64) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn number(out: &mut Vec<u8>, field: u64, n: u64) {
    varint(out, field << 3);
    varint(out, n);
}

fn bytes(out: &mut Vec<u8>, field: u64, content: &[u8]) {
    varint(out, field << 3 | 2);
    varint(out, content.len() as u64);
    out.extend(content);
}

fn packed(out: &mut Vec<u8>, field: u64, numbers: impl Iterator<Item = u32>) {
    let mut content = Vec::with_capacity(numbers.size_hint().0 * 2);
    numbers.for_each(|n| varint(&mut content, n.into()));
    bytes(out, field, &content);
}
