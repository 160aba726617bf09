//! A canvas for flat drawings: shapes in a picture of 960 × 720, drawn at twice the size and smoothed.

use image::{Rgb, RgbImage};

/// Width of the finished picture.
pub(super) const WIDTH: u32 = 960;
/// Height of the finished picture.
pub(super) const HEIGHT: u32 = 720;
/// How much larger it is drawn.
const FINE: u32 = 2;

/// Red, green, blue.
pub(super) type Ink = [u8; 3];

/// What is drawn on.
pub(super) struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<Ink>,
    mirrored: bool,
}

impl Canvas {
    pub fn new(ground: Ink, mirrored: bool) -> Self {
        let (width, height) = ((WIDTH * FINE) as usize, (HEIGHT * FINE) as usize);
        Self {
            width,
            height,
            pixels: vec![ground; width * height],
            mirrored,
        }
    }

    /// Fills a polygon (even–odd) with `ink`, `alpha` 0–1.
    pub fn polygon(&mut self, points: &[(f32, f32)], ink: Ink, alpha: f32) {
        let fine = FINE as f32;
        let points: Vec<(f32, f32)> = points
            .iter()
            .map(|(x, y)| {
                let x = if self.mirrored { WIDTH as f32 - x } else { *x };
                (x * fine, y * fine)
            })
            .collect();
        let top = points.iter().map(|p| p.1).fold(f32::MAX, f32::min);
        let bottom = points.iter().map(|p| p.1).fold(f32::MIN, f32::max);
        let first = top.max(0.0) as usize;
        let last = (bottom.max(0.0) as usize).min(self.height.saturating_sub(1));
        let mut crossings: Vec<f32> = Vec::new();
        for y in first..=last {
            let at = y as f32 + 0.5;
            crossings.clear();
            for (n, a) in points.iter().enumerate() {
                let b = points[(n + 1) % points.len()];
                if (a.1 <= at) != (b.1 <= at) {
                    crossings.push(a.0 + (at - a.1) / (b.1 - a.1) * (b.0 - a.0));
                }
            }
            crossings.sort_by(f32::total_cmp);
            for pair in crossings.chunks_exact(2) {
                let from = (pair[0].max(0.0).round() as usize).min(self.width);
                let to = (pair[1].max(0.0).round() as usize).min(self.width);
                self.run(y, from, to, ink, alpha);
            }
        }
    }

    fn run(&mut self, y: usize, from: usize, to: usize, ink: Ink, alpha: f32) {
        if from >= to {
            return;
        }
        let line = &mut self.pixels[y * self.width + from..y * self.width + to];
        if alpha >= 1.0 {
            line.fill(ink);
            return;
        }
        let share = (alpha.clamp(0.0, 1.0) * 256.0) as u32;
        for pixel in line {
            for (value, wanted) in pixel.iter_mut().zip(ink) {
                let mixed = (u32::from(*value) * (256 - share) + u32::from(wanted) * share) >> 8;
                *value = u8::try_from(mixed).unwrap_or(u8::MAX);
            }
        }
    }

    /// A rectangle by its corner and size.
    pub fn rect(&mut self, x: f32, y: f32, w: f32, h: f32, ink: Ink) {
        self.glaze(x, y, w, h, ink, 1.0);
    }

    /// A rectangle that lets through what lies beneath.
    pub fn glaze(&mut self, x: f32, y: f32, w: f32, h: f32, ink: Ink, alpha: f32) {
        self.polygon(
            &[(x, y), (x + w, y), (x + w, y + h), (x, y + h)],
            ink,
            alpha,
        );
    }

    /// An ellipse by its middle and half axes.
    pub fn oval(&mut self, x: f32, y: f32, rx: f32, ry: f32, ink: Ink) {
        self.haze(x, y, rx, ry, ink, 1.0);
    }

    /// An ellipse that lets through what lies beneath.
    pub fn haze(&mut self, x: f32, y: f32, rx: f32, ry: f32, ink: Ink, alpha: f32) {
        let corners = 44;
        let points: Vec<(f32, f32)> = (0..corners)
            .map(|n| {
                let turn = n as f32 / corners as f32 * std::f32::consts::TAU;
                (x + rx * turn.cos(), y + ry * turn.sin())
            })
            .collect();
        self.polygon(&points, ink, alpha);
    }

    /// A line of some thickness.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), thick: f32, ink: Ink) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = (dx * dx + dy * dy).sqrt().max(0.01);
        let (nx, ny) = (-dy / length * thick / 2.0, dx / length * thick / 2.0);
        let points = [
            (from.0 + nx, from.1 + ny),
            (to.0 + nx, to.1 + ny),
            (to.0 - nx, to.1 - ny),
            (from.0 - nx, from.1 - ny),
        ];
        self.polygon(&points, ink, 1.0);
    }

    /// A line through several points.
    pub fn path(&mut self, points: &[(f32, f32)], thick: f32, ink: Ink) {
        for pair in points.windows(2) {
            self.line(pair[0], pair[1], thick, ink);
            self.oval(pair[1].0, pair[1].1, thick / 2.0, thick / 2.0, ink);
        }
    }

    /// From one colour at the top to another at the bottom.
    pub fn shade(&mut self, y: f32, h: f32, top: Ink, bottom: Ink) {
        let steps = 48;
        for n in 0..steps {
            let share = n as f32 / steps as f32;
            let ink = mix(top, bottom, share);
            let part = h / steps as f32;
            self.rect(0.0, y + share * h, WIDTH as f32, part + 1.0, ink);
        }
    }

    /// Makes everything darker and bluer: night.
    pub fn darken(&mut self, share: f32) {
        self.glaze(0.0, 0.0, WIDTH as f32, HEIGHT as f32, [12, 20, 44], share);
    }

    /// The finished picture, with the badge 示意 in its corner.
    pub fn finish(mut self) -> RgbImage {
        self.mirrored = false;
        badge(&mut self);
        let mut picture = RgbImage::new(WIDTH, HEIGHT);
        for (y, line) in picture.rows_mut().enumerate() {
            for (x, pixel) in line.enumerate() {
                let (x, y) = (x * 2, y * 2);
                let at = |x: usize, y: usize| self.pixels[y * self.width + x];
                let four = [at(x, y), at(x + 1, y), at(x, y + 1), at(x + 1, y + 1)];
                let mean = [0, 1, 2].map(|c| {
                    let sum: u16 = four.iter().map(|p| u16::from(p[c])).sum();
                    u8::try_from(sum / 4).unwrap_or(u8::MAX)
                });
                *pixel = Rgb(mean);
            }
        }
        picture
    }
}

/// `share` of the way from one colour to another.
pub(super) fn mix(a: Ink, b: Ink, share: f32) -> Ink {
    let part = |n: usize| {
        let (a, b) = (f32::from(a[n]), f32::from(b[n]));
        (a + (b - a) * share).clamp(0.0, 255.0) as u8
    };
    [part(0), part(1), part(2)]
}

/// 示意 in strokes, white on a dark plate: a drawing, not a photograph.
fn badge(c: &mut Canvas) {
    let (x, y, s) = (862.0, 668.0, 1.45);
    c.glaze(x - 8.0, y - 8.0, 86.0, 44.0, [20, 24, 32], 0.72);
    let ink = [250, 250, 250];
    let mut bar = |from: (f32, f32), to: (f32, f32)| {
        c.line(
            (x + from.0 * s, y + from.1 * s),
            (x + to.0 * s, y + to.1 * s),
            2.4,
            ink,
        );
    };
    // 示
    bar((4.0, 2.0), (16.0, 2.0));
    bar((1.0, 7.0), (19.0, 7.0));
    bar((10.0, 7.0), (10.0, 19.0));
    bar((10.0, 19.0), (7.0, 17.0));
    bar((6.0, 10.0), (2.0, 16.0));
    bar((14.0, 10.0), (18.0, 16.0));
    // 意
    bar((36.0, 0.0), (36.0, 2.5));
    bar((29.0, 2.5), (43.0, 2.5));
    bar((32.5, 3.5), (33.5, 5.5));
    bar((39.5, 3.5), (38.5, 5.5));
    bar((27.0, 6.5), (45.0, 6.5));
    bar((31.0, 8.5), (41.0, 8.5));
    bar((31.0, 8.5), (31.0, 13.5));
    bar((41.0, 8.5), (41.0, 13.5));
    bar((31.0, 11.0), (41.0, 11.0));
    bar((31.0, 13.5), (41.0, 13.5));
    bar((29.0, 15.5), (28.0, 19.0));
    bar((33.0, 15.5), (34.5, 19.0));
    bar((34.5, 19.0), (40.0, 19.0));
    bar((40.0, 19.0), (41.0, 17.0));
    bar((36.5, 14.8), (38.0, 16.8));
    bar((43.0, 15.5), (44.5, 18.0));
}
