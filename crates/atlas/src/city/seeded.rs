//! Numbers by seed, the same on every machine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore, SeedableRng};

/// A stream of numbers by seed and attempt.
pub struct Seeded(ChaCha8Rng);

impl Seeded {
    pub fn new(seed: u64, stream: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(stream);
        Self(rng)
    }

    /// Uniform in 0.0..1.0.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Uniform in `low..high`.
    pub fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.unit()
    }

    /// Uniform in `0..n`, `n` ≥ 1.
    pub fn below(&mut self, n: usize) -> usize {
        ((self.unit() * n as f64) as usize).min(n - 1)
    }

    /// A seed for a stream of its own.
    pub fn number(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// Smooth noise in −1..1 over the plane: bilinear between hashed lattice values, eased.
pub struct Noise {
    seed: u64,
    /// Distance between lattice values, in the plane's unit.
    wave: f64,
}

impl Noise {
    pub fn new(seed: u64, wave: f64) -> Self {
        Self { seed, wave }
    }

    pub fn at(&self, x: f64, y: f64) -> f64 {
        let (x, y) = (x / self.wave, y / self.wave);
        let (x0, y0) = (x.floor(), y.floor());
        let ease = |t: f64| t * t * (3.0 - 2.0 * t);
        let (tx, ty) = (ease(x - x0), ease(y - y0));
        let corner = |dx: i64, dy: i64| self.lattice(x0 as i64 + dx, y0 as i64 + dy);
        let south = corner(0, 0) * (1.0 - tx) + corner(1, 0) * tx;
        let north = corner(0, 1) * (1.0 - tx) + corner(1, 1) * tx;
        south * (1.0 - ty) + north * ty
    }

    /// SplitMix64's mixing of the lattice point.
    fn lattice(&self, x: i64, y: i64) -> f64 {
        let mut z = self.seed
            ^ (x as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)
            ^ (y as u64).wrapping_mul(0xC2B2_AE3D_27D4_EB4F);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        (z >> 11) as f64 / (1_u64 << 52) as f64 - 1.0
    }
}
