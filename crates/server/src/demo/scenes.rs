//! Drawn scenes for the demo: flat drawings, never photographs, each marked 示意 in its corner.
//!
//! A scene is a place (street, park, corridor, water, wall) with what is wrong in it, or with it put
//! right; weather, buildings, place and colours vary by chance, so that two of a kind are told apart.

mod canvas;
mod film;

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use anyhow::Context as _;
use kernel::vault::digest;
use kernel::{MediaId, Moment, PersonId};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use self::canvas::{Canvas, HEIGHT, Ink, WIDTH, mix};
use super::history::Wish;

/// What a drawing shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Scene {
    Litter,
    Rubble,
    DirtyRoad,
    LitteredGreen,
    Posters,
    Signboard,
    Furniture,
    DeadCar,
    Shed,
    Facade,
    Manhole,
    Drain,
    Pothole,
    Footway,
    Lamp,
    Signal,
    Burst,
    Sewage,
    Playground,
    Wires,
    FireLane,
    Corridor,
    Ebike,
    Extinguisher,
    Edge,
    Flood,
    Stall,
    ShopFront,
    Bikes,
    Parking,
    Barbecue,
    Pile,
    Dog,
    NightSite,
    River,
    Dust,
    Smoke,
    Tree,
    Lawn,
    Notice,
}

impl Scene {
    /// The scene that suits a matter.
    pub(crate) fn of(matter: &str) -> Self {
        match matter {
            "M0101" => Self::Litter,
            "M0102" => Self::Rubble,
            "M0103" | "M0104" => Self::DirtyRoad,
            "M0105" => Self::LitteredGreen,
            "M0106" => Self::Posters,
            "M0107" => Self::Signboard,
            "M0108" => Self::Furniture,
            "M0109" => Self::DeadCar,
            "M0110" => Self::Shed,
            "M0111" | "M0306" | "M0307" => Self::Facade,
            "M0201" => Self::Manhole,
            "M0202" => Self::Drain,
            "M0203" | "M0312" => Self::Pothole,
            "M0204" | "M0213" => Self::Footway,
            "M0205" => Self::Lamp,
            "M0206" | "M0207" => Self::Signal,
            "M0208" => Self::Burst,
            "M0209" | "M0802" => Self::Sewage,
            "M0210" | "M0302" | "M0308" => Self::Corridor,
            "M0211" => Self::Playground,
            "M0212" => Self::Wires,
            "M0301" => Self::FireLane,
            "M0303" => Self::Ebike,
            "M0304" | "M0305" => Self::Extinguisher,
            "M0310" | "M0311" => Self::Edge,
            "M0313" => Self::Flood,
            "M0701" => Self::Stall,
            "M0702" => Self::ShopFront,
            "M0703" => Self::Bikes,
            "M0704" => Self::Parking,
            "M0705" | "M0805" => Self::Barbecue,
            "M0706" => Self::Pile,
            "M0707" | "M0808" => Self::Dog,
            "M0708" => Self::NightSite,
            "M0801" => Self::River,
            "M0803" => Self::Dust,
            "M0804" => Self::Smoke,
            "M0806" => Self::Tree,
            "M0807" => Self::Lawn,
            _ => Self::Notice,
        }
    }
}

/// A drawing that is kept.
#[derive(Debug, Clone)]
pub(crate) struct Picture {
    scene: Scene,
    after: bool,
    stored: String,
    thumb: String,
    sha256: Vec<u8>,
    full_bytes: usize,
    thumb_bytes: usize,
    likeness: i64,
}

impl Picture {
    /// Bytes of the drawing and its small form.
    pub(crate) fn bytes(&self) -> usize {
        self.full_bytes + self.thumb_bytes
    }
}

/// A row of `media`.
#[derive(Debug)]
pub(crate) struct Hung {
    pub kind: &'static str,
    pub sha256: Vec<u8>,
    pub bytes: usize,
    pub size: Option<(u32, u32)>,
    pub likeness: Option<i64>,
    pub mime: &'static str,
    pub file_name: Option<String>,
    pub stored: String,
    pub thumb: Option<String>,
    pub at: Moment,
    pub by: Option<PersonId>,
}

fn object_name(rng: &mut impl Rng) -> String {
    let bytes: [u8; 20] = rng.random();
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// Draws and keeps as many of each scene, before or after, as are wanted.
///
/// # Errors
/// When a picture cannot be encoded or kept.
pub(crate) async fn draw(
    wanted: &BTreeMap<(Scene, bool), usize>,
    seed: u64,
    files: &media::Files,
) -> anyhow::Result<Vec<Picture>> {
    let jobs: Vec<(Scene, bool, u64)> = wanted
        .iter()
        .flat_map(|((scene, after), count)| (0_u64..).take(*count).map(|n| (*scene, *after, n)))
        .collect();
    let make =
        |part: &[(Scene, bool, u64)]| -> anyhow::Result<Vec<(Picture, media::photo::Photo)>> {
            part.iter()
                .map(|(scene, after, n)| made(*scene, *after, seed, *n))
                .collect()
        };
    let (first, second) = jobs.split_at(jobs.len() / 2);
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| make(second));
        (make(first), other.join())
    });
    let second = second.map_err(|_| anyhow::anyhow!("a drawing failed"))??;
    let made: Vec<_> = first?.into_iter().chain(second).collect();
    let mut pictures = Vec::with_capacity(made.len());
    let mut keeping = tokio::task::JoinSet::new();
    for (picture, photo) in made {
        let (files, stored, thumb) = (files.clone(), picture.stored.clone(), picture.thumb.clone());
        keeping.spawn(async move {
            files.keep(&stored, &photo.full).await?;
            files.keep(&thumb, &photo.thumb).await
        });
        pictures.push(picture);
    }
    while let Some(kept) = keeping.join_next().await {
        kept.context("keeping a drawing")?
            .map_err(crate::boot::told)?;
    }
    Ok(pictures)
}

fn made(
    scene: Scene,
    after: bool,
    seed: u64,
    n: u64,
) -> anyhow::Result<(Picture, media::photo::Photo)> {
    let mut rng = chance(scene, after, seed, n);
    let photo = media::photo::encoded(picture(scene, after, &mut rng))
        .map_err(|e| anyhow::anyhow!("encoding a drawing: {e}"))?;
    let picture = Picture {
        scene,
        after,
        stored: object_name(&mut rng),
        thumb: object_name(&mut rng),
        sha256: digest(&photo.full),
        full_bytes: photo.full.len(),
        thumb_bytes: photo.thumb.len(),
        likeness: photo.likeness,
    };
    Ok((picture, photo))
}

fn chance(scene: Scene, after: bool, seed: u64, n: u64) -> ChaCha8Rng {
    let which = (scene as u64) * 2 + u64::from(after);
    ChaCha8Rng::seed_from_u64(seed ^ (which << 40) ^ (n << 8) ^ 0xD2A3)
}

/// Gives every wish a picture of its scene: the first that ask get one of their own, the others a
/// second name for one that is there (a link, so that blurring one touches no other).
///
/// # Errors
/// When a link cannot be made.
pub(crate) fn hang(
    wishes: &[&Wish],
    pictures: &[Picture],
    seed: u64,
    files: &media::Files,
) -> anyhow::Result<HashMap<MediaId, Hung>> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x4A46);
    let mut by_scene: HashMap<(Scene, bool), Vec<&Picture>> = HashMap::new();
    for picture in pictures {
        by_scene
            .entry((picture.scene, picture.after))
            .or_default()
            .push(picture);
    }
    let mut used: HashMap<(Scene, bool), usize> = HashMap::new();
    let mut films: HashMap<Scene, (Vec<u8>, Option<String>)> = HashMap::new();
    let mut hung = HashMap::with_capacity(wishes.len());
    for wish in wishes {
        let row = if wish.kind == "video" {
            film_of(wish, seed, files, &mut films, &mut rng)?
        } else {
            let key = (wish.scene, wish.after);
            let there = by_scene.get(&key).map_or(&[][..], Vec::as_slice);
            let next = used.entry(key).or_default();
            let own = there.get(*next).copied();
            *next += 1;
            let picture = own
                .or_else(|| there.choose(&mut rng).copied())
                .context("no drawing of a scene")?;
            photo_of(wish, picture, own.is_some(), files, &mut rng)?
        };
        hung.insert(wish.id, row);
    }
    Ok(hung)
}

fn photo_of(
    wish: &Wish,
    picture: &Picture,
    own: bool,
    files: &media::Files,
    rng: &mut ChaCha8Rng,
) -> anyhow::Result<Hung> {
    let (mut stored, mut thumb) = (picture.stored.clone(), picture.thumb.clone());
    if !own {
        (stored, thumb) = (object_name(rng), object_name(rng));
        files
            .share(&picture.stored, &stored)
            .map_err(crate::boot::told)?;
        files
            .share(&picture.thumb, &thumb)
            .map_err(crate::boot::told)?;
    }
    Ok(Hung {
        kind: "photo",
        sha256: picture.sha256.clone(),
        bytes: picture.full_bytes,
        size: Some((WIDTH, HEIGHT)),
        likeness: Some(picture.likeness),
        mime: "image/jpeg",
        file_name: None,
        stored,
        thumb: Some(thumb),
        at: wish.at,
        by: wish.by,
    })
}

fn film_of(
    wish: &Wish,
    seed: u64,
    files: &media::Files,
    films: &mut HashMap<Scene, (Vec<u8>, Option<String>)>,
    rng: &mut ChaCha8Rng,
) -> anyhow::Result<Hung> {
    let (bytes, first) = match films.entry(wish.scene) {
        Entry::Occupied(there) => there.into_mut(),
        Entry::Vacant(empty) => empty.insert((shot(wish.scene, seed)?, None)),
    };
    let stored = object_name(rng);
    match first {
        None => {
            files.put(&stored, bytes).map_err(crate::boot::told)?;
            *first = Some(stored.clone());
        }
        Some(first) => files.share(first, &stored).map_err(crate::boot::told)?,
    }
    Ok(Hung {
        kind: "video",
        sha256: digest(bytes),
        bytes: bytes.len(),
        size: None,
        likeness: None,
        mime: "video/mp4",
        file_name: Some("示意录像.mp4".to_owned()),
        stored,
        thumb: None,
        at: wish.at,
        by: wish.by,
    })
}

/// Three seconds of a scene: as it was, then as it is.
fn shot(scene: Scene, seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut frames = Vec::new();
    for after in [false, true] {
        let mut rng = chance(scene, after, seed, 1 << 20);
        let small = image::imageops::thumbnail(&picture(scene, after, &mut rng), 480, 360);
        let photo =
            media::photo::encoded(small).map_err(|e| anyhow::anyhow!("encoding a frame: {e}"))?;
        frames.extend(std::iter::repeat_n(photo.full, 6));
    }
    Ok(film::film(&frames, 480, 360))
}

// ── drawing ─────────────────────────────────────────────────────────────────────────────────────────

const ASPHALT: Ink = [92, 97, 104];
const PAVING: Ink = [186, 182, 172];
const KERB: Ink = [214, 210, 200];
const GREEN: Ink = [112, 152, 92];
const STEEL: Ink = [120, 128, 136];
const DARK: Ink = [44, 48, 56];
const WHITE: Ink = [244, 244, 240];
const ORANGE: Ink = [236, 116, 44];
const WOOD: Ink = [150, 112, 76];
const WATER: Ink = [104, 146, 168];

/// One drawing.
fn picture(scene: Scene, after: bool, rng: &mut ChaCha8Rng) -> image::RgbImage {
    let night = matches!(scene, Scene::Lamp | Scene::Barbecue | Scene::NightSite);
    let mirrored = rng.random_bool(0.5);
    let mut c = Canvas::new([200, 210, 220], mirrored);
    let ground = match scene {
        Scene::LitteredGreen | Scene::Playground | Scene::Dog | Scene::Lawn => park(&mut c, rng),
        Scene::Corridor | Scene::Ebike => corridor(&mut c, rng),
        Scene::River | Scene::Edge => riverside(&mut c, rng, scene == Scene::River && !after),
        Scene::Posters | Scene::Facade | Scene::Extinguisher | Scene::Notice => wall(&mut c, rng),
        _ => street(&mut c, rng, night),
    };
    if night {
        c.darken(0.52);
    }
    let x = rng.random_range(250.0..640.0);
    let s = rng.random_range(0.85..1.25);
    subject(&mut c, scene, after, (x, ground, s), rng);
    // Light and camera differ a little.
    let tint = *[[255, 214, 160], [160, 190, 230], [235, 235, 235]]
        .choose(rng)
        .unwrap_or(&WHITE);
    c.glaze(
        0.0,
        0.0,
        WIDTH as f32,
        HEIGHT as f32,
        tint,
        rng.random_range(0.0..0.12),
    );
    c.finish()
}

fn buildings(c: &mut Canvas, rng: &mut ChaCha8Rng, foot: f32, lit: bool) {
    let walls = [
        [206, 196, 178],
        [188, 180, 172],
        [196, 206, 208],
        [214, 190, 170],
        [176, 188, 200],
        [222, 214, 196],
    ];
    let mut x = rng.random_range(-80.0..0.0);
    while x < WIDTH as f32 {
        let w = rng.random_range(90.0..230.0);
        let h = rng.random_range(110.0..foot - 20.0);
        let ink = *walls.choose(rng).unwrap_or(&WHITE);
        c.rect(x, foot - h, w, h, ink);
        c.rect(x, foot - h, w, 8.0, mix(ink, DARK, 0.25));
        let (step_x, step_y) = (rng.random_range(26.0..40.0), rng.random_range(32.0..46.0));
        let mut wy = foot - h + 22.0;
        while wy + 20.0 < foot - 30.0 {
            let mut wx = x + 14.0;
            while wx + 14.0 < x + w - 10.0 {
                let on = lit && rng.random_bool(0.5);
                let pane = if on {
                    [255, 226, 150]
                } else {
                    mix(ink, [70, 92, 116], 0.6)
                };
                c.rect(wx, wy, 15.0, 19.0, pane);
                wx += step_x;
            }
            wy += step_y;
        }
        c.rect(
            x + 6.0,
            foot - 26.0,
            w - 12.0,
            26.0,
            mix(ink, [80, 70, 60], 0.5),
        );
        x += w + rng.random_range(0.0..34.0);
    }
}

fn tree(c: &mut Canvas, x: f32, foot: f32, s: f32, rng: &mut ChaCha8Rng) {
    c.rect(
        x - 5.0 * s,
        foot - 90.0 * s,
        10.0 * s,
        90.0 * s,
        [112, 84, 60],
    );
    let leaf = mix(GREEN, [64, 112, 60], rng.random_range(0.0..1.0));
    for (dx, dy, r) in [(0.0, 118.0, 44.0), (-30.0, 96.0, 32.0), (30.0, 98.0, 34.0)] {
        c.oval(
            x + dx * s,
            foot - dy * s,
            r * s,
            r * s * 0.9,
            mix(leaf, WHITE, dx.abs() / 400.0),
        );
    }
}

/// A street: sky, houses, footway, carriageway. Answers where things stand.
fn street(c: &mut Canvas, rng: &mut ChaCha8Rng, night: bool) -> f32 {
    let sky = *[
        [150, 190, 224],
        [188, 204, 214],
        [170, 196, 206],
        [214, 206, 196],
    ]
    .choose(rng)
    .unwrap_or(&WHITE);
    let foot = rng.random_range(330.0..410.0);
    c.shade(0.0, foot, sky, mix(sky, WHITE, 0.5));
    buildings(c, rng, foot, night);
    let walk = rng.random_range(70.0..110.0);
    c.rect(0.0, foot, WIDTH as f32, walk, PAVING);
    let mut x = rng.random_range(-40.0..0.0);
    while x < WIDTH as f32 {
        c.line(
            (x, foot),
            (x - 60.0, foot + walk),
            1.5,
            mix(PAVING, DARK, 0.2),
        );
        x += 58.0;
    }
    for _ in 0..rng.random_range(1..4) {
        tree(
            c,
            rng.random_range(30.0..930.0),
            foot + 20.0,
            rng.random_range(0.8..1.4),
            rng,
        );
    }
    c.rect(0.0, foot + walk, WIDTH as f32, 12.0, KERB);
    let road = foot + walk + 12.0;
    c.shade(
        road,
        HEIGHT as f32 - road,
        mix(ASPHALT, WHITE, 0.12),
        mix(ASPHALT, DARK, 0.25),
    );
    let lane = road + rng.random_range(90.0..150.0);
    let mut x = rng.random_range(-120.0..0.0);
    while x < WIDTH as f32 {
        c.polygon(
            &[
                (x, lane),
                (x + 90.0, lane),
                (x + 84.0, lane + 9.0),
                (x - 6.0, lane + 9.0),
            ],
            WHITE,
            0.9,
        );
        x += 170.0;
    }
    road + 60.0
}

fn park(c: &mut Canvas, rng: &mut ChaCha8Rng) -> f32 {
    let foot = rng.random_range(270.0..350.0);
    c.shade(0.0, foot, [158, 198, 226], [226, 234, 234]);
    if rng.random_bool(0.6) {
        buildings(c, rng, foot, false);
    }
    c.shade(foot, HEIGHT as f32 - foot, [132, 172, 104], [92, 136, 76]);
    for _ in 0..rng.random_range(3..7) {
        let s = rng.random_range(0.9..1.7);
        tree(
            c,
            rng.random_range(20.0..940.0),
            foot + rng.random_range(4.0..50.0),
            s,
            rng,
        );
    }
    let bend = rng.random_range(100.0..700.0);
    c.polygon(
        &[
            (bend, foot + 20.0),
            (bend + 50.0, foot + 20.0),
            (bend + 330.0, 720.0),
            (bend + 90.0, 720.0),
        ],
        [206, 196, 172],
        1.0,
    );
    foot + 190.0
}

fn corridor(c: &mut Canvas, rng: &mut ChaCha8Rng) -> f32 {
    let paint = *[[214, 220, 210], [222, 214, 200], [206, 214, 222]]
        .choose(rng)
        .unwrap_or(&WHITE);
    let (l, r) = (
        rng.random_range(300.0..390.0),
        rng.random_range(560.0..660.0),
    );
    let (t, b) = (
        rng.random_range(150.0..210.0),
        rng.random_range(400.0..470.0),
    );
    c.rect(0.0, 0.0, 960.0, 720.0, paint);
    c.polygon(
        &[(0.0, 0.0), (960.0, 0.0), (r, t), (l, t)],
        mix(paint, WHITE, 0.6),
        1.0,
    );
    c.polygon(
        &[(0.0, 0.0), (l, t), (l, b), (0.0, 720.0)],
        mix(paint, DARK, 0.12),
        1.0,
    );
    c.polygon(
        &[(960.0, 0.0), (r, t), (r, b), (960.0, 720.0)],
        mix(paint, DARK, 0.05),
        1.0,
    );
    c.polygon(
        &[(0.0, 720.0), (l, b), (r, b), (960.0, 720.0)],
        [150, 150, 148],
        1.0,
    );
    c.polygon(
        &[(0.0, 520.0), (l, b - 90.0), (l, b), (0.0, 720.0)],
        [140, 172, 156],
        1.0,
    );
    c.polygon(
        &[(960.0, 520.0), (r, b - 90.0), (r, b), (960.0, 720.0)],
        [140, 172, 156],
        1.0,
    );
    c.rect(l, t, r - l, b - t, mix(paint, DARK, 0.2));
    c.rect(
        l + 40.0,
        t + 40.0,
        (r - l) * 0.45,
        b - t - 40.0,
        [120, 86, 64],
    );
    c.rect(r - 70.0, t + 20.0, 48.0, 60.0, [186, 216, 234]);
    c.polygon(
        &[
            (110.0, 150.0),
            (210.0, 190.0),
            (210.0, 510.0),
            (110.0, 590.0),
        ],
        [134, 96, 70],
        1.0,
    );
    b + 110.0
}

fn riverside(c: &mut Canvas, rng: &mut ChaCha8Rng, foul: bool) -> f32 {
    let bank = rng.random_range(250.0..330.0);
    c.shade(0.0, bank, [164, 200, 224], [228, 234, 232]);
    buildings(c, rng, bank - 20.0, false);
    c.rect(0.0, bank - 26.0, 960.0, 40.0, GREEN);
    for _ in 0..rng.random_range(4..9) {
        tree(
            c,
            rng.random_range(10.0..950.0),
            bank,
            rng.random_range(0.6..1.1),
            rng,
        );
    }
    let water = if foul { [82, 92, 70] } else { WATER };
    c.shade(bank + 12.0, 330.0, mix(water, WHITE, 0.25), water);
    for _ in 0..26 {
        let (x, y) = (
            rng.random_range(0.0..960.0),
            rng.random_range(bank + 20.0..bank + 320.0),
        );
        c.haze(
            x,
            y,
            rng.random_range(20.0..70.0),
            2.2,
            mix(water, WHITE, 0.5),
            0.5,
        );
    }
    c.rect(0.0, bank + 330.0, 960.0, 400.0, PAVING);
    c.rect(0.0, bank + 326.0, 960.0, 12.0, KERB);
    bank + 200.0
}

fn wall(c: &mut Canvas, rng: &mut ChaCha8Rng) -> f32 {
    let paint = *[
        [206, 198, 184],
        [190, 196, 200],
        [212, 188, 168],
        [198, 204, 188],
    ]
    .choose(rng)
    .unwrap_or(&WHITE);
    c.shade(0.0, 600.0, mix(paint, WHITE, 0.3), paint);
    let row = rng.random_range(34.0..52.0);
    let mut y = rng.random_range(-20.0..10.0);
    let mut odd = false;
    while y < 600.0 {
        c.line((0.0, y), (960.0, y), 1.4, mix(paint, DARK, 0.18));
        let mut x = if odd { -60.0 } else { 0.0 };
        while x < 960.0 {
            c.line((x, y), (x, y + row), 1.2, mix(paint, DARK, 0.14));
            x += row * 2.4;
        }
        (y, odd) = (y + row, !odd);
    }
    let door = rng.random_range(40.0..760.0);
    c.rect(door, 250.0, 160.0, 350.0, mix(paint, DARK, 0.5));
    c.rect(door + 10.0, 262.0, 64.0, 338.0, [104, 120, 134]);
    c.rect(door + 84.0, 262.0, 66.0, 338.0, [112, 128, 142]);
    c.rect(0.0, 600.0, 960.0, 120.0, PAVING);
    c.rect(0.0, 596.0, 960.0, 8.0, mix(PAVING, DARK, 0.3));
    380.0
}

fn cone(c: &mut Canvas, x: f32, y: f32, s: f32) {
    c.polygon(
        &[
            (x - 17.0 * s, y),
            (x + 17.0 * s, y),
            (x + 4.0 * s, y - 52.0 * s),
            (x - 4.0 * s, y - 52.0 * s),
        ],
        ORANGE,
        1.0,
    );
    c.polygon(
        &[
            (x - 11.0 * s, y - 20.0 * s),
            (x + 11.0 * s, y - 20.0 * s),
            (x + 8.0 * s, y - 33.0 * s),
            (x - 8.0 * s, y - 33.0 * s),
        ],
        WHITE,
        1.0,
    );
    c.rect(
        x - 22.0 * s,
        y - 2.0,
        44.0 * s,
        7.0 * s,
        mix(ORANGE, DARK, 0.3),
    );
}

fn car(c: &mut Canvas, x: f32, y: f32, s: f32, ink: Ink) {
    c.haze(x, y + 4.0 * s, 120.0 * s, 14.0 * s, DARK, 0.4);
    c.polygon(
        &[
            (x - 60.0 * s, y - 58.0 * s),
            (x + 38.0 * s, y - 58.0 * s),
            (x + 74.0 * s, y - 28.0 * s),
            (x - 84.0 * s, y - 28.0 * s),
        ],
        mix(ink, DARK, 0.15),
        1.0,
    );
    c.polygon(
        &[
            (x - 54.0 * s, y - 53.0 * s),
            (x - 10.0 * s, y - 53.0 * s),
            (x - 10.0 * s, y - 30.0 * s),
            (x - 72.0 * s, y - 30.0 * s),
        ],
        [176, 200, 214],
        1.0,
    );
    c.polygon(
        &[
            (x - 4.0 * s, y - 53.0 * s),
            (x + 34.0 * s, y - 53.0 * s),
            (x + 60.0 * s, y - 30.0 * s),
            (x - 4.0 * s, y - 30.0 * s),
        ],
        [176, 200, 214],
        1.0,
    );
    c.polygon(
        &[
            (x - 112.0 * s, y - 30.0 * s),
            (x + 100.0 * s, y - 30.0 * s),
            (x + 114.0 * s, y - 4.0 * s),
            (x - 114.0 * s, y - 4.0 * s),
        ],
        ink,
        1.0,
    );
    c.rect(
        x + 96.0 * s,
        y - 24.0 * s,
        14.0 * s,
        8.0 * s,
        [255, 240, 190],
    );
    for dx in [-66.0, 64.0] {
        c.oval(x + dx * s, y - 3.0 * s, 21.0 * s, 21.0 * s, [32, 34, 38]);
        c.oval(x + dx * s, y - 3.0 * s, 10.0 * s, 10.0 * s, STEEL);
    }
}

fn bin(c: &mut Canvas, x: f32, y: f32, s: f32, ink: Ink) {
    c.polygon(
        &[
            (x - 32.0 * s, y - 92.0 * s),
            (x + 32.0 * s, y - 92.0 * s),
            (x + 26.0 * s, y),
            (x - 26.0 * s, y),
        ],
        ink,
        1.0,
    );
    c.rect(
        x - 36.0 * s,
        y - 102.0 * s,
        72.0 * s,
        12.0 * s,
        mix(ink, DARK, 0.3),
    );
    c.oval(x - 18.0 * s, y, 7.0 * s, 7.0 * s, DARK);
    c.oval(x + 18.0 * s, y, 7.0 * s, 7.0 * s, DARK);
}

fn bag(c: &mut Canvas, x: f32, y: f32, s: f32, ink: Ink) {
    c.oval(x, y - 18.0 * s, 25.0 * s, 22.0 * s, ink);
    c.polygon(
        &[
            (x - 7.0 * s, y - 36.0 * s),
            (x + 7.0 * s, y - 36.0 * s),
            (x + 12.0 * s, y - 50.0 * s),
            (x - 12.0 * s, y - 50.0 * s),
        ],
        mix(ink, WHITE, 0.15),
        1.0,
    );
}

fn scraps(c: &mut Canvas, x: f32, y: f32, reach: f32, count: usize, rng: &mut ChaCha8Rng) {
    let inks = [
        [236, 232, 220],
        [198, 84, 66],
        [84, 130, 180],
        [224, 190, 90],
        [150, 148, 140],
        [96, 150, 96],
    ];
    for _ in 0..count {
        let (dx, dy) = (
            rng.random_range(-reach..reach),
            rng.random_range(-reach * 0.3..reach * 0.3),
        );
        let (w, h) = (rng.random_range(6.0..20.0), rng.random_range(4.0..12.0));
        let ink = *inks.choose(rng).unwrap_or(&WHITE);
        let lean = rng.random_range(-5.0..5.0);
        let (x, y) = (x + dx, y + dy);
        c.polygon(
            &[
                (x, y),
                (x + w, y + lean),
                (x + w - lean, y + h),
                (x - lean, y + h),
            ],
            ink,
            1.0,
        );
    }
}

fn puddle(c: &mut Canvas, x: f32, y: f32, s: f32, ink: Ink) {
    c.haze(x, y, 190.0 * s, 42.0 * s, ink, 0.85);
    c.haze(x + 90.0 * s, y + 22.0 * s, 130.0 * s, 30.0 * s, ink, 0.85);
    c.haze(
        x - 20.0 * s,
        y - 8.0 * s,
        110.0 * s,
        8.0 * s,
        mix(ink, WHITE, 0.6),
        0.6,
    );
}

fn cycle(c: &mut Canvas, x: f32, y: f32, s: f32, ink: Ink) {
    for dx in [-34.0, 34.0] {
        c.oval(x + dx * s, y - 24.0 * s, 24.0 * s, 24.0 * s, [38, 40, 44]);
        c.oval(
            x + dx * s,
            y - 24.0 * s,
            19.0 * s,
            19.0 * s,
            [206, 204, 198],
        );
    }
    let at = |dx: f32, dy: f32| (x + dx * s, y + dy * s);
    c.path(
        &[
            at(-34.0, -24.0),
            at(-12.0, -58.0),
            at(24.0, -58.0),
            at(34.0, -24.0),
        ],
        6.0 * s,
        ink,
    );
    c.path(
        &[
            at(-12.0, -58.0),
            at(2.0, -22.0),
            at(24.0, -58.0),
            at(20.0, -76.0),
            at(34.0, -80.0),
        ],
        6.0 * s,
        ink,
    );
    c.rect(x - 26.0 * s, y - 68.0 * s, 26.0 * s, 8.0 * s, DARK);
}

fn pole(c: &mut Canvas, x: f32, foot: f32, h: f32) {
    c.rect(x - 6.0, foot - h, 12.0, h, [88, 94, 102]);
    c.rect(x - 12.0, foot - 26.0, 24.0, 26.0, [70, 76, 84]);
}

fn fence(c: &mut Canvas, x: f32, y: f32, s: f32, panels: usize) {
    let mut at = x;
    for _ in 0..panels {
        c.rect(at, y - 74.0 * s, 92.0 * s, 56.0 * s, [244, 200, 60]);
        for n in 0..4 {
            let dx = at + n as f32 * 24.0 * s;
            c.polygon(
                &[
                    (dx, y - 74.0 * s),
                    (dx + 12.0 * s, y - 74.0 * s),
                    (dx + 24.0 * s, y - 18.0 * s),
                    (dx + 12.0 * s, y - 18.0 * s),
                ],
                DARK,
                1.0,
            );
        }
        c.rect(at + 6.0 * s, y - 18.0 * s, 6.0 * s, 20.0 * s, STEEL);
        c.rect(at + 78.0 * s, y - 18.0 * s, 6.0 * s, 20.0 * s, STEEL);
        at += 100.0 * s;
    }
}

type Spot = (f32, f32, f32);

/// What is wrong, or what it looks like put right.
fn subject(c: &mut Canvas, scene: Scene, after: bool, at: Spot, rng: &mut ChaCha8Rng) {
    use Scene as S;
    match scene {
        S::Litter | S::Rubble | S::DirtyRoad | S::LitteredGreen | S::Furniture | S::Pile => {
            heaps(c, scene, after, at, rng);
        }
        S::Manhole | S::Drain | S::Pothole | S::Footway | S::Burst | S::Sewage | S::Flood => {
            ground(c, scene, after, at, rng);
        }
        S::DeadCar | S::FireLane | S::Parking | S::Bikes | S::Ebike => {
            vehicles(c, scene, after, at, rng);
        }
        S::Lamp | S::Signal | S::Wires | S::Signboard | S::Tree => {
            hanging(c, scene, after, at, rng)
        }
        S::Stall | S::ShopFront | S::Barbecue | S::NightSite | S::Dust | S::Smoke | S::Shed => {
            doings(c, scene, after, at, rng);
        }
        S::Posters | S::Facade | S::Extinguisher | S::Notice => on_walls(c, scene, after, at, rng),
        S::Playground | S::Dog | S::Lawn | S::Corridor | S::River | S::Edge => {
            places(c, scene, after, at, rng);
        }
    }
}

fn heaps(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    match scene {
        Scene::Litter => {
            for (n, ink) in [[64, 130, 92], [70, 104, 160], [110, 112, 116]]
                .into_iter()
                .enumerate()
            {
                bin(c, x + n as f32 * 84.0 * s, y - 20.0, s, ink);
            }
            if !after {
                for _ in 0..rng.random_range(6..13) {
                    let ink = *[[52, 54, 60], [210, 206, 198], [150, 40, 40], [60, 110, 70]]
                        .choose(rng)
                        .unwrap_or(&DARK);
                    bag(
                        c,
                        x + rng.random_range(-110.0..250.0) * s,
                        y + rng.random_range(0.0..50.0),
                        s,
                        ink,
                    );
                }
                scraps(c, x + 70.0, y + 50.0, 230.0 * s, 40, rng);
            }
        }
        Scene::Rubble if !after => {
            let h = rng.random_range(90.0..160.0) * s;
            c.polygon(
                &[
                    (x - 230.0 * s, y + 50.0),
                    (x - 80.0 * s, y - h * 0.8),
                    (x + 10.0, y - h),
                    (x + 120.0 * s, y - h * 0.5),
                    (x + 260.0 * s, y + 50.0),
                ],
                [168, 156, 142],
                1.0,
            );
            for _ in 0..46 {
                let (dx, dy) = (
                    rng.random_range(-190.0..210.0) * s,
                    rng.random_range(-h * 0.6..46.0),
                );
                let ink = *[[184, 96, 74], [206, 200, 190], [132, 124, 116]]
                    .choose(rng)
                    .unwrap_or(&WHITE);
                c.rect(
                    x + dx,
                    y + dy,
                    rng.random_range(14.0..36.0),
                    rng.random_range(9.0..18.0),
                    ink,
                );
            }
            c.line((x - 60.0, y - h), (x + 150.0, y + 20.0), 9.0, WOOD);
        }
        Scene::DirtyRoad if !after => {
            for _ in 0..9 {
                let (dx, dy) = (
                    rng.random_range(-300.0..320.0),
                    rng.random_range(-20.0..110.0),
                );
                c.haze(
                    x + dx,
                    y + dy,
                    rng.random_range(30.0..120.0) * s,
                    rng.random_range(8.0..24.0),
                    [70, 56, 42],
                    0.75,
                );
            }
            scraps(c, x, y + 50.0, 360.0, 90, rng);
        }
        Scene::LitteredGreen if !after => {
            scraps(c, x, y + 60.0, 330.0, 90, rng);
            for _ in 0..5 {
                bag(
                    c,
                    x + rng.random_range(-220.0..240.0),
                    y + rng.random_range(0.0..100.0),
                    s,
                    [220, 222, 224],
                );
            }
        }
        Scene::LitteredGreen => bin(c, x, y, s, [64, 130, 92]),
        Scene::Furniture if !after => {
            c.rect(
                x - 150.0 * s,
                y - 70.0 * s,
                230.0 * s,
                70.0 * s,
                [136, 84, 70],
            );
            c.rect(
                x - 150.0 * s,
                y - 130.0 * s,
                230.0 * s,
                66.0 * s,
                [156, 98, 80],
            );
            c.rect(
                x - 172.0 * s,
                y - 96.0 * s,
                34.0 * s,
                96.0 * s,
                [118, 70, 58],
            );
            c.rect(
                x + 66.0 * s,
                y - 96.0 * s,
                34.0 * s,
                96.0 * s,
                [118, 70, 58],
            );
            c.rect(
                x + 120.0 * s,
                y - 190.0 * s,
                90.0 * s,
                196.0 * s,
                [226, 226, 222],
            );
            c.line(
                (x + 120.0 * s, y - 110.0 * s),
                (x + 210.0 * s, y - 110.0 * s),
                3.0,
                STEEL,
            );
            scraps(c, x, y + 30.0, 200.0, 12, rng);
        }
        Scene::Pile if !after => {
            for n in 0..rng.random_range(4..8) {
                let wide = 200.0 * s - n as f32 * 16.0;
                c.rect(
                    x - wide / 2.0,
                    y - 24.0 * s * (n as f32 + 1.0),
                    wide,
                    20.0 * s,
                    mix(WOOD, WHITE, n as f32 * 0.06),
                );
            }
            c.polygon(
                &[
                    (x + 120.0 * s, y + 20.0),
                    (x + 200.0 * s, y - 80.0 * s),
                    (x + 310.0 * s, y + 20.0),
                ],
                [206, 184, 140],
                1.0,
            );
        }
        // Swept: only the broom's wet track is left.
        _ => c.haze(x, y + 30.0, 260.0 * s, 30.0, mix(ASPHALT, WHITE, 0.3), 0.35),
    }
}

fn ground(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    match scene {
        Scene::Manhole => {
            c.oval(x, y + 30.0, 96.0 * s, 40.0 * s, [134, 136, 138]);
            if after {
                c.oval(x, y + 30.0, 84.0 * s, 34.0 * s, [70, 74, 80]);
                for n in -2..=2 {
                    let dy = n as f32 * 12.0 * s;
                    c.line(
                        (x - 60.0 * s, y + 30.0 + dy),
                        (x + 60.0 * s, y + 30.0 + dy),
                        3.5,
                        [112, 116, 122],
                    );
                }
            } else {
                c.oval(x, y + 30.0, 82.0 * s, 33.0 * s, [14, 14, 16]);
                c.haze(x, y + 20.0, 70.0 * s, 18.0 * s, [58, 52, 46], 0.8);
                match rng.random_range(0..3) {
                    0 => c.oval(x + 150.0 * s, y + 60.0, 84.0 * s, 30.0 * s, [76, 80, 86]),
                    1 => c.polygon(
                        &[
                            (x - 40.0, y + 10.0),
                            (x + 90.0, y - 10.0),
                            (x + 110.0, y + 40.0),
                        ],
                        [80, 84, 90],
                        1.0,
                    ),
                    _ => cone(c, x - 130.0 * s, y + 60.0, s),
                }
            }
        }
        Scene::Drain => {
            c.rect(x - 70.0 * s, y - 66.0, 140.0 * s, 46.0 * s, [72, 76, 82]);
            for n in 0..7 {
                let gone = !after && (n == 2 || n == 3);
                let ink = if gone { [18, 18, 20] } else { [40, 42, 46] };
                let wide = if gone { 20.0 } else { 8.0 };
                c.rect(
                    x + (-62.0 + n as f32 * 19.0) * s,
                    y - 60.0,
                    wide * s,
                    34.0 * s,
                    ink,
                );
            }
            if !after {
                scraps(c, x, y - 40.0, 120.0 * s, 60, rng);
                puddle(c, x, y + 20.0, s * 0.7, [96, 104, 96]);
            }
        }
        Scene::Pothole => {
            let points: Vec<(f32, f32)> = (0..18)
                .map(|n| {
                    let turn = n as f32 / 18.0 * std::f32::consts::TAU;
                    let r = rng.random_range(0.72..1.1);
                    (
                        x + turn.cos() * 150.0 * s * r,
                        y + 40.0 + turn.sin() * 50.0 * s * r,
                    )
                })
                .collect();
            if after {
                c.polygon(&points, [62, 66, 72], 1.0);
            } else {
                c.polygon(&points, [64, 58, 52], 1.0);
                c.haze(x + 10.0, y + 48.0, 96.0 * s, 26.0 * s, [40, 36, 32], 1.0);
                if rng.random_bool(0.5) {
                    c.haze(x, y + 50.0, 80.0 * s, 18.0 * s, WATER, 0.8);
                }
                for _ in 0..24 {
                    let (dx, dy) = (
                        rng.random_range(-200.0..200.0),
                        rng.random_range(-10.0..100.0),
                    );
                    c.oval(x + dx, y + dy, 6.0, 4.0, [112, 108, 100]);
                }
                cone(c, x + 190.0 * s, y + 40.0, s);
            }
        }
        Scene::Footway => {
            for row in 0..4 {
                for n in 0..9 {
                    let broken = !after && rng.random_bool(0.32);
                    let ink = if row == 1 || row == 2 {
                        [226, 186, 70]
                    } else {
                        [196, 186, 176]
                    };
                    let lift = if broken {
                        rng.random_range(-12.0..14.0)
                    } else {
                        0.0
                    };
                    let (bx, by) = (
                        x - 270.0 + n as f32 * 62.0 * s,
                        y - 120.0 + row as f32 * 32.0,
                    );
                    c.rect(bx, by, 58.0 * s, 29.0, mix(ink, DARK, 0.45));
                    let ink = if broken { mix(ink, DARK, 0.3) } else { ink };
                    c.polygon(
                        &[
                            (bx, by + lift),
                            (bx + 56.0 * s, by - lift * 0.5),
                            (bx + 56.0 * s, by + 26.0),
                            (bx, by + 26.0 + lift),
                        ],
                        ink,
                        1.0,
                    );
                }
            }
        }
        Scene::Burst if !after => {
            puddle(c, x, y + 60.0, s * 1.7, WATER);
            for n in 0..22 {
                let lean = (n as f32 - 11.0) * 9.0 * s;
                let top = y - rng.random_range(120.0..290.0) * s;
                c.path(
                    &[
                        (x, y + 40.0),
                        (x + lean * 0.6, top),
                        (x + lean * 1.8, y + 20.0),
                    ],
                    5.0,
                    mix(WATER, WHITE, 0.65),
                );
            }
        }
        Scene::Sewage => {
            c.oval(x, y + 10.0, 80.0 * s, 32.0 * s, [66, 70, 74]);
            if !after {
                puddle(c, x + 20.0, y + 50.0, s * 1.6, [74, 62, 44]);
                c.oval(x, y + 4.0, 52.0 * s, 22.0 * s, [92, 78, 56]);
                for _ in 0..14 {
                    let (dx, dy) = (
                        rng.random_range(-160.0..200.0),
                        rng.random_range(10.0..90.0),
                    );
                    c.haze(x + dx, y + dy, 10.0, 6.0, [150, 140, 110], 0.8);
                }
            }
        }
        Scene::Flood if !after => {
            let top = rng.random_range(400.0..500.0);
            c.glaze(0.0, top, 960.0, 720.0 - top, [128, 132, 116], 0.86);
            for _ in 0..34 {
                let (dx, dy) = (
                    rng.random_range(0.0..960.0),
                    rng.random_range(top + 10.0..715.0),
                );
                c.haze(
                    dx,
                    dy,
                    rng.random_range(30.0..110.0),
                    3.0,
                    [198, 202, 190],
                    0.55,
                );
            }
            car(c, x, top + 36.0, s, [150, 60, 54]);
            c.glaze(
                x - 150.0 * s,
                top + 12.0,
                300.0 * s,
                40.0,
                [128, 132, 116],
                0.9,
            );
            for _ in 0..110 {
                let (dx, dy) = (rng.random_range(0.0..960.0), rng.random_range(0.0..720.0));
                c.line((dx, dy), (dx - 7.0, dy + 26.0), 1.6, [216, 224, 232]);
            }
        }
        _ => {
            c.haze(x, y + 40.0, 210.0 * s, 30.0, mix(ASPHALT, DARK, 0.4), 0.5);
            c.polygon(
                &[
                    (x - 120.0, y + 10.0),
                    (x + 120.0, y + 10.0),
                    (x + 150.0, y + 70.0),
                    (x - 150.0, y + 70.0),
                ],
                [66, 70, 76],
                1.0,
            );
        }
    }
}

fn vehicles(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    let paints = [
        [176, 64, 58],
        [72, 104, 150],
        [226, 226, 224],
        [64, 66, 72],
        [120, 132, 120],
        [204, 170, 84],
    ];
    let mut paint = || *paints.choose(rng).unwrap_or(&WHITE);
    match scene {
        Scene::DeadCar if !after => {
            car(c, x, y + 10.0, s * 1.15, [126, 118, 108]);
            c.glaze(
                x - 120.0 * s,
                y - 60.0,
                240.0 * s,
                60.0,
                [150, 134, 104],
                0.4,
            );
            for n in 0..9 {
                let dx = x - 130.0 * s + n as f32 * 32.0 * s;
                c.path(&[(dx, y + 22.0), (dx - 6.0, y - 8.0)], 4.0, GREEN);
                c.path(&[(dx, y + 22.0), (dx + 9.0, y - 2.0)], 4.0, GREEN);
            }
        }
        Scene::FireLane => {
            for n in 0..9 {
                let dx = n as f32 * 110.0;
                c.polygon(
                    &[
                        (dx, y - 30.0),
                        (dx + 60.0, y - 30.0),
                        (dx + 20.0, y + 90.0),
                        (dx - 40.0, y + 90.0),
                    ],
                    [220, 180, 60],
                    0.75,
                );
            }
            c.rect(60.0, y - 240.0, 92.0, 70.0, [190, 44, 40]);
            c.rect(68.0, y - 232.0, 76.0, 12.0, WHITE);
            c.rect(68.0, y - 210.0, 50.0, 10.0, WHITE);
            if !after {
                for n in 0..3 {
                    let ink = paint();
                    car(c, 130.0 + n as f32 * 290.0 + x * 0.1, y + 30.0, s, ink);
                }
            }
        }
        Scene::Parking => {
            if !after {
                for n in 0..3 {
                    let ink = paint();
                    car(
                        c,
                        x - 240.0 + n as f32 * 255.0 * s,
                        y - 70.0 + n as f32 * 9.0,
                        s,
                        ink,
                    );
                }
            } else {
                for n in 0..5 {
                    c.rect(
                        120.0 + n as f32 * 170.0,
                        y - 110.0,
                        16.0,
                        58.0,
                        [90, 94, 100],
                    );
                    c.rect(
                        120.0 + n as f32 * 170.0,
                        y - 98.0,
                        16.0,
                        10.0,
                        [240, 200, 60],
                    );
                }
            }
        }
        Scene::Bikes => {
            let count = if after { 7 } else { 15 };
            for n in 0..count {
                let ink = *[[60, 130, 196], [240, 190, 50], [70, 160, 110]]
                    .choose(rng)
                    .unwrap_or(&WHITE);
                let (dx, dy, size) = if after {
                    (120.0 + n as f32 * 96.0, -70.0, 0.9)
                } else {
                    (
                        x - 250.0 + rng.random_range(0.0..560.0),
                        rng.random_range(-90.0..80.0),
                        rng.random_range(0.8..1.25),
                    )
                };
                cycle(c, dx, y + dy, size, ink);
            }
        }
        Scene::Ebike if !after => {
            let ink = paint();
            cycle(c, x, y + 20.0, s * 1.9, ink);
            c.rect(
                x - 60.0 * s,
                y - 96.0 * s,
                50.0 * s,
                62.0 * s,
                mix(ink, DARK, 0.2),
            );
            c.path(
                &[
                    (x - 30.0 * s, y - 60.0 * s),
                    (x - 150.0, y - 120.0),
                    (140.0, 330.0),
                ],
                5.0,
                [230, 120, 40],
            );
            c.rect(120.0, 310.0, 40.0, 26.0, WHITE);
        }
        _ => {
            c.line((x - 160.0, y + 40.0), (x + 160.0, y + 40.0), 5.0, WHITE);
            c.line((x - 160.0, y + 40.0), (x - 190.0, y + 110.0), 5.0, WHITE);
            c.line((x + 160.0, y + 40.0), (x + 190.0, y + 110.0), 5.0, WHITE);
        }
    }
}

fn hanging(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    let foot = y - 70.0;
    match scene {
        Scene::Lamp => {
            for (n, dx) in [x - 220.0, x + 60.0, x + 300.0].into_iter().enumerate() {
                let lit = after || n == 2 && rng.random_bool(0.6);
                if lit {
                    c.polygon(
                        &[
                            (dx + 40.0, foot - 268.0),
                            (dx + 80.0, foot - 268.0),
                            (dx + 210.0, foot + 60.0),
                            (dx - 110.0, foot + 60.0),
                        ],
                        [255, 226, 150],
                        0.3,
                    );
                }
                pole(c, dx, foot, 280.0);
                c.line(
                    (dx, foot - 280.0),
                    (dx + 70.0, foot - 286.0),
                    8.0,
                    [88, 94, 102],
                );
                let ink = if lit { [255, 240, 190] } else { [62, 66, 72] };
                c.oval(dx + 66.0, foot - 278.0, 28.0, 10.0, ink);
            }
        }
        Scene::Signal => {
            let lean = if after {
                0.0
            } else {
                rng.random_range(-40.0..60.0)
            };
            c.line((x, foot), (x + lean, foot - 270.0 * s), 13.0, [88, 94, 102]);
            c.line(
                (x + lean, foot - 260.0 * s),
                (x + lean + 190.0, foot - 264.0 * s),
                9.0,
                [88, 94, 102],
            );
            let (bx, by) = (x + lean + 160.0, foot - 270.0 * s);
            c.rect(bx, by, 52.0, 140.0, [36, 38, 42]);
            for (n, ink) in [[226, 60, 50], [240, 190, 50], [70, 190, 90]]
                .into_iter()
                .enumerate()
            {
                let ink = if after && n == 2 {
                    ink
                } else {
                    mix(ink, DARK, 0.78)
                };
                c.oval(bx + 26.0, by + 26.0 + n as f32 * 43.0, 17.0, 17.0, ink);
            }
            for n in 0..6 {
                c.rect(x - 190.0 + n as f32 * 60.0, y, 34.0, 100.0, WHITE);
            }
        }
        Scene::Wires => {
            pole(c, x - 260.0, foot, 330.0);
            pole(c, x + 320.0, foot, 330.0);
            for n in 0..7 {
                let high = foot - 320.0 + n as f32 * 9.0;
                let sag = if after {
                    24.0
                } else {
                    rng.random_range(40.0..330.0)
                };
                c.path(
                    &[
                        (x - 260.0, high),
                        (x - 120.0, high + sag * 0.7),
                        (x + 30.0, high + sag),
                        (x + 190.0, high + sag * 0.6),
                        (x + 320.0, high),
                    ],
                    3.4,
                    [30, 32, 36],
                );
            }
            if !after {
                c.path(
                    &[
                        (x + 30.0, foot - 100.0),
                        (x + 70.0, foot + 40.0),
                        (x - 60.0, y + 60.0),
                        (x + 120.0, y + 80.0),
                    ],
                    4.5,
                    [26, 28, 32],
                );
            }
        }
        Scene::Signboard => {
            let ink = *[[190, 54, 48], [52, 96, 160], [230, 176, 60]]
                .choose(rng)
                .unwrap_or(&WHITE);
            c.rect(x - 150.0 * s, foot - 90.0, 300.0 * s, 90.0, [120, 110, 100]);
            if after {
                c.rect(x - 130.0 * s, foot - 132.0, 260.0 * s, 36.0, ink);
            } else {
                let lean = rng.random_range(-34.0..34.0);
                c.polygon(
                    &[
                        (x - 220.0 * s, foot - 260.0 + lean),
                        (x + 220.0 * s, foot - 260.0 - lean),
                        (x + 220.0 * s, foot - 120.0 - lean),
                        (x - 220.0 * s, foot - 120.0 + lean),
                    ],
                    ink,
                    1.0,
                );
                for n in 0..4 {
                    c.rect(
                        x + (-170.0 + n as f32 * 90.0) * s,
                        foot - 222.0,
                        62.0 * s,
                        62.0,
                        WHITE,
                    );
                }
            }
        }
        _ => {
            if after {
                tree(c, x, foot + 40.0, s * 1.7, rng);
                c.line((x - 70.0, foot + 40.0), (x, foot - 60.0), 6.0, WOOD);
                c.line((x + 70.0, foot + 40.0), (x, foot - 60.0), 6.0, WOOD);
            } else {
                c.line(
                    (x - 260.0 * s, y + 60.0),
                    (x + 120.0 * s, y - 10.0),
                    34.0 * s,
                    [112, 84, 60],
                );
                for _ in 0..26 {
                    let (dx, dy) = (
                        rng.random_range(40.0..330.0),
                        rng.random_range(-150.0..70.0),
                    );
                    let ink = mix(GREEN, [58, 104, 56], rng.random_range(0.0..1.0));
                    c.oval(
                        x + dx * s,
                        y + dy,
                        rng.random_range(26.0..54.0),
                        rng.random_range(20.0..42.0),
                        ink,
                    );
                }
                c.polygon(
                    &[
                        (x - 300.0 * s, y + 70.0),
                        (x - 250.0 * s, y + 20.0),
                        (x - 240.0 * s, y + 84.0),
                    ],
                    [90, 66, 46],
                    1.0,
                );
            }
        }
    }
}

fn doings(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    let canopy = *[[190, 60, 52], [60, 120, 170], [70, 150, 96], [226, 168, 60]]
        .choose(rng)
        .unwrap_or(&WHITE);
    match scene {
        Scene::Stall if !after => {
            for n in 0..rng.random_range(1..3) {
                let x = x + n as f32 * 290.0 * s - 60.0;
                c.rect(x - 104.0 * s, y - 190.0 * s, 7.0, 190.0 * s, STEEL);
                c.rect(x + 98.0 * s, y - 190.0 * s, 7.0, 190.0 * s, STEEL);
                c.polygon(
                    &[
                        (x - 140.0 * s, y - 170.0 * s),
                        (x - 80.0 * s, y - 232.0 * s),
                        (x + 80.0 * s, y - 232.0 * s),
                        (x + 140.0 * s, y - 170.0 * s),
                    ],
                    canopy,
                    1.0,
                );
                c.rect(x - 118.0 * s, y - 70.0 * s, 236.0 * s, 70.0 * s, WOOD);
                for _ in 0..34 {
                    let (dx, dy) = (
                        rng.random_range(-104.0..104.0) * s,
                        rng.random_range(-96.0..-70.0) * s,
                    );
                    let ink = *[
                        [206, 60, 44],
                        [236, 160, 50],
                        [110, 170, 70],
                        [236, 214, 90],
                    ]
                    .choose(rng)
                    .unwrap_or(&WHITE);
                    c.oval(x + dx, y + dy, 11.0 * s, 11.0 * s, ink);
                }
            }
            scraps(c, x, y + 40.0, 220.0, 22, rng);
        }
        Scene::ShopFront => {
            let foot = y - 140.0;
            c.rect(x - 250.0, foot - 170.0, 500.0, 170.0, [96, 88, 80]);
            c.rect(x - 250.0, foot - 214.0, 500.0, 46.0, canopy);
            c.rect(x - 220.0, foot - 150.0, 180.0, 150.0, [190, 206, 214]);
            c.rect(x + 20.0, foot - 150.0, 200.0, 150.0, [178, 196, 206]);
            if !after {
                for n in 0..9 {
                    let (dx, h) = (x - 240.0 + n as f32 * 56.0, rng.random_range(40.0..110.0));
                    let ink = *[WOOD, [206, 120, 60], [120, 150, 170], [220, 210, 190]]
                        .choose(rng)
                        .unwrap_or(&WHITE);
                    c.rect(dx, foot + 80.0 - h, 48.0, h, ink);
                    c.rect(dx, foot + 80.0 - h, 48.0, 8.0, mix(ink, DARK, 0.3));
                }
            }
        }
        Scene::Barbecue if !after => {
            c.rect(
                x - 120.0 * s,
                y - 70.0 * s,
                240.0 * s,
                34.0 * s,
                [50, 48, 48],
            );
            c.rect(
                x - 110.0 * s,
                y - 66.0 * s,
                220.0 * s,
                10.0 * s,
                [255, 130, 50],
            );
            c.haze(x, y - 80.0, 150.0 * s, 60.0 * s, [255, 160, 70], 0.25);
            for n in 0..13 {
                c.haze(
                    x + rng.random_range(-70.0..110.0),
                    y - 100.0 - n as f32 * 27.0,
                    40.0 + n as f32 * 7.0,
                    26.0 + n as f32 * 3.0,
                    [206, 206, 210],
                    0.24,
                );
            }
            for dx in [-250.0, 210.0] {
                c.rect(x + dx * s, y - 56.0, 100.0, 10.0, WOOD);
                c.rect(x + dx * s + 10.0, y - 46.0, 8.0, 46.0, DARK);
                c.rect(x + dx * s + 82.0, y - 46.0, 8.0, 46.0, DARK);
            }
        }
        Scene::NightSite => {
            fence(c, 20.0, y - 30.0, 1.0, 9);
            let (mast, top) = (x + 60.0, 60.0);
            c.line((mast, y - 80.0), (mast, top), 14.0, [226, 170, 50]);
            c.line(
                (mast - 150.0 * s, top + 30.0),
                (mast + 330.0 * s, top + 30.0),
                10.0,
                [226, 170, 50],
            );
            c.line(
                (mast + 230.0 * s, top + 30.0),
                (mast + 230.0 * s, top + 210.0),
                3.0,
                DARK,
            );
            if !after {
                c.oval(mast - 40.0, top + 60.0, 16.0, 16.0, [255, 250, 220]);
                c.polygon(
                    &[
                        (mast - 50.0, top + 60.0),
                        (mast - 30.0, top + 60.0),
                        (mast + 120.0, y),
                        (mast - 260.0, y),
                    ],
                    [255, 244, 200],
                    0.32,
                );
            }
        }
        Scene::Dust => {
            fence(c, 40.0, y - 60.0, 1.0, 8);
            c.polygon(
                &[
                    (x - 230.0 * s, y - 20.0),
                    (x - 60.0, y - 180.0 * s),
                    (x + 60.0, y - 150.0 * s),
                    (x + 260.0 * s, y - 20.0),
                ],
                [178, 146, 104],
                1.0,
            );
            if after {
                c.polygon(
                    &[
                        (x - 232.0 * s, y - 18.0),
                        (x - 60.0, y - 184.0 * s),
                        (x + 60.0, y - 154.0 * s),
                        (x + 262.0 * s, y - 18.0),
                    ],
                    [74, 140, 88],
                    0.9,
                );
            } else {
                for _ in 0..22 {
                    let (dx, dy) = (
                        rng.random_range(-360.0..380.0),
                        rng.random_range(-330.0..10.0),
                    );
                    c.haze(
                        x + dx,
                        y + dy,
                        rng.random_range(60.0..150.0),
                        rng.random_range(30.0..80.0),
                        [206, 184, 150],
                        0.2,
                    );
                }
            }
        }
        Scene::Smoke => {
            c.haze(x, y + 20.0, 170.0 * s, 34.0, [60, 54, 48], 0.9);
            if !after {
                for n in 0..7 {
                    let dx = (n as f32 - 3.0) * 30.0 * s;
                    let h = rng.random_range(50.0..120.0) * s;
                    c.polygon(
                        &[
                            (x + dx - 20.0, y + 20.0),
                            (x + dx, y - h),
                            (x + dx + 20.0, y + 20.0),
                        ],
                        [250, 130, 40],
                        0.9,
                    );
                }
                for n in 0..16 {
                    c.haze(
                        x + rng.random_range(-50.0..60.0) + n as f32 * 9.0,
                        y - 110.0 - n as f32 * 26.0,
                        50.0 + n as f32 * 9.0,
                        36.0 + n as f32 * 3.0,
                        [112, 112, 116],
                        0.3,
                    );
                }
            }
        }
        Scene::Shed => {
            if after {
                c.rect(
                    x - 180.0 * s,
                    y - 90.0,
                    360.0 * s,
                    6.0,
                    mix(PAVING, DARK, 0.2),
                );
                tree(c, x, y - 50.0, s, rng);
            } else {
                c.rect(
                    x - 190.0 * s,
                    y - 210.0 * s,
                    380.0 * s,
                    190.0 * s,
                    [104, 146, 186],
                );
                for n in 0..12 {
                    let dx = x + (-180.0 + n as f32 * 31.0) * s;
                    c.line((dx, y - 205.0 * s), (dx, y - 22.0 * s), 3.0, [84, 122, 160]);
                }
                c.polygon(
                    &[
                        (x - 215.0 * s, y - 205.0 * s),
                        (x - 150.0 * s, y - 262.0 * s),
                        (x + 240.0 * s, y - 240.0 * s),
                        (x + 215.0 * s, y - 200.0 * s),
                    ],
                    [168, 76, 64],
                    1.0,
                );
                c.rect(x - 50.0 * s, y - 140.0 * s, 80.0 * s, 120.0 * s, DARK);
            }
        }
        _ => c.haze(x, y, 200.0, 20.0, mix(ASPHALT, WHITE, 0.2), 0.4),
    }
}

fn on_walls(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    match scene {
        Scene::Posters => {
            for _ in 0..rng.random_range(14..30) {
                let (dx, dy) = (
                    rng.random_range(-280.0..300.0),
                    rng.random_range(-300.0..170.0),
                );
                let (w, h) = (rng.random_range(44.0..96.0), rng.random_range(30.0..70.0));
                if after {
                    c.glaze(x + dx, y + dy, w, h, [224, 218, 208], 0.5);
                } else {
                    let ink = *[WHITE, [246, 226, 120], [240, 170, 170], [180, 214, 240]]
                        .choose(rng)
                        .unwrap_or(&WHITE);
                    c.rect(x + dx, y + dy, w, h, ink);
                    for n in 0..3 {
                        c.rect(
                            x + dx + 6.0,
                            y + dy + 7.0 + n as f32 * 9.0,
                            w - 14.0,
                            3.4,
                            [150, 50, 44],
                        );
                    }
                }
            }
        }
        Scene::Facade => {
            let points: Vec<(f32, f32)> = (0..16)
                .map(|n| {
                    let turn = n as f32 / 16.0 * std::f32::consts::TAU;
                    let r = rng.random_range(0.6..1.15);
                    (
                        x + turn.cos() * 170.0 * s * r,
                        y - 110.0 + turn.sin() * 120.0 * s * r,
                    )
                })
                .collect();
            if after {
                c.polygon(&points, [214, 208, 196], 0.75);
            } else {
                c.polygon(&points, [142, 112, 92], 1.0);
                let mut at = (x, y - 290.0);
                let mut crack = vec![at];
                for _ in 0..9 {
                    at = (
                        at.0 + rng.random_range(-46.0..46.0),
                        at.1 + rng.random_range(36.0..66.0),
                    );
                    crack.push(at);
                }
                c.path(&crack, 6.0, [40, 34, 30]);
                for _ in 0..14 {
                    c.rect(
                        x + rng.random_range(-190.0..190.0),
                        rng.random_range(604.0..660.0),
                        26.0,
                        15.0,
                        [150, 120, 100],
                    );
                }
            }
        }
        Scene::Extinguisher => {
            c.rect(
                x - 110.0 * s,
                y - 120.0 * s,
                220.0 * s,
                290.0 * s,
                [188, 44, 40],
            );
            c.rect(
                x - 96.0 * s,
                y - 106.0 * s,
                192.0 * s,
                262.0 * s,
                [226, 222, 214],
            );
            let count = if after { 2 } else { rng.random_range(0..2) };
            for n in 0..count {
                let dx = x + (-46.0 + n as f32 * 88.0) * s;
                c.rect(
                    dx - 26.0 * s,
                    y - 40.0 * s,
                    52.0 * s,
                    180.0 * s,
                    [204, 40, 36],
                );
                c.oval(dx, y - 40.0 * s, 26.0 * s, 22.0 * s, [204, 40, 36]);
                c.rect(dx - 12.0 * s, y - 80.0 * s, 24.0 * s, 24.0 * s, DARK);
                c.rect(dx - 20.0 * s, y + 20.0 * s, 40.0 * s, 50.0 * s, WHITE);
            }
            if !after {
                scraps(c, x, y + 150.0, 90.0, 10, rng);
            }
        }
        _ => {
            c.rect(
                x - 210.0 * s,
                y - 220.0 * s,
                420.0 * s,
                300.0 * s,
                [96, 70, 52],
            );
            c.rect(
                x - 196.0 * s,
                y - 206.0 * s,
                392.0 * s,
                272.0 * s,
                [206, 184, 150],
            );
            for n in 0..6 {
                let (dx, dy) = (
                    (n % 3) as f32 * 126.0 - 180.0,
                    (n / 3) as f32 * 130.0 - 190.0,
                );
                let ink = if n == 1 && after {
                    [180, 226, 190]
                } else {
                    WHITE
                };
                c.rect(x + dx * s, y + dy * s, 108.0 * s, 112.0 * s, ink);
                for l in 0..5 {
                    let w = rng.random_range(40.0..88.0);
                    c.rect(
                        x + (dx + 10.0) * s,
                        y + (dy + 16.0 + l as f32 * 17.0) * s,
                        w * s,
                        5.0,
                        [120, 124, 130],
                    );
                }
            }
        }
    }
}

fn places(c: &mut Canvas, scene: Scene, after: bool, (x, y, s): Spot, rng: &mut ChaCha8Rng) {
    match scene {
        Scene::Playground => {
            let slide = [[214, 70, 60], [60, 130, 190], [236, 180, 60]];
            let ink = *slide.choose(rng).unwrap_or(&WHITE);
            c.rect(x - 130.0 * s, y - 200.0 * s, 12.0, 220.0 * s, STEEL);
            c.rect(x - 50.0 * s, y - 200.0 * s, 12.0, 220.0 * s, STEEL);
            c.rect(x - 140.0 * s, y - 160.0 * s, 110.0 * s, 14.0, ink);
            let end = if after { y + 20.0 } else { y - 40.0 };
            c.line(
                (x - 44.0 * s, y - 150.0 * s),
                (x + 150.0 * s, end),
                30.0 * s,
                ink,
            );
            if !after {
                c.polygon(
                    &[
                        (x + 40.0, y - 90.0),
                        (x + 84.0, y - 60.0),
                        (x + 52.0, y - 40.0),
                    ],
                    DARK,
                    1.0,
                );
                c.line(
                    (x + 170.0 * s, y + 30.0),
                    (x + 260.0 * s, y + 46.0),
                    26.0 * s,
                    ink,
                );
                for dx in [-200.0, 60.0, 300.0] {
                    cone(c, x + dx, y + 80.0, s * 0.8);
                }
            }
        }
        Scene::Dog => {
            let count = if after { 0 } else { rng.random_range(1..4) };
            for n in 0..count {
                let ink = *[[150, 112, 70], [60, 56, 54], [214, 202, 180]]
                    .choose(rng)
                    .unwrap_or(&WHITE);
                let (x, y) = (
                    x + n as f32 * 170.0 - 90.0,
                    y + rng.random_range(-20.0..70.0),
                );
                c.oval(x, y - 50.0 * s, 62.0 * s, 28.0 * s, ink);
                c.oval(x + 66.0 * s, y - 80.0 * s, 28.0 * s, 23.0 * s, ink);
                c.polygon(
                    &[
                        (x + 52.0 * s, y - 98.0 * s),
                        (x + 60.0 * s, y - 122.0 * s),
                        (x + 70.0 * s, y - 98.0 * s),
                    ],
                    mix(ink, DARK, 0.3),
                    1.0,
                );
                for dx in [-44.0, -26.0, 26.0, 44.0] {
                    c.rect(
                        x + dx * s - 6.0,
                        y - 40.0 * s,
                        12.0 * s,
                        42.0 * s,
                        mix(ink, DARK, 0.15),
                    );
                }
                c.line(
                    (x - 56.0 * s, y - 60.0 * s),
                    (x - 92.0 * s, y - 96.0 * s),
                    9.0 * s,
                    ink,
                );
            }
            if after {
                c.rect(x, y - 130.0, 10.0, 150.0, STEEL);
                c.rect(x - 60.0, y - 190.0, 130.0, 80.0, [60, 120, 180]);
                c.oval(x + 5.0, y - 150.0, 24.0, 24.0, WHITE);
            }
        }
        Scene::Lawn => {
            if after {
                for _ in 0..60 {
                    let (dx, dy) = (
                        rng.random_range(-300.0..320.0),
                        rng.random_range(-40.0..120.0),
                    );
                    c.oval(x + dx, y + dy, 18.0, 12.0, [70, 140, 66]);
                }
            } else {
                c.polygon(
                    &[
                        (x - 260.0 * s, y - 40.0),
                        (x + 230.0 * s, y - 60.0),
                        (x + 330.0 * s, y + 120.0),
                        (x - 330.0 * s, y + 130.0),
                    ],
                    [136, 104, 72],
                    1.0,
                );
                for row in 0..5 {
                    for n in 0..12 {
                        let (dx, dy) = (x - 270.0 + n as f32 * 48.0, y - 30.0 + row as f32 * 32.0);
                        c.oval(dx, dy, 15.0, 10.0, [94, 170, 70]);
                    }
                }
            }
        }
        Scene::Corridor if !after => {
            for n in 0..rng.random_range(6..12) {
                let (w, h) = (rng.random_range(60.0..140.0), rng.random_range(50.0..120.0));
                let side = if n % 2 == 0 {
                    rng.random_range(70.0..300.0)
                } else {
                    rng.random_range(600.0..800.0)
                };
                let foot = y + rng.random_range(-40.0..70.0);
                let ink = *[
                    [188, 148, 100],
                    [206, 170, 120],
                    [150, 150, 156],
                    [120, 90, 70],
                ]
                .choose(rng)
                .unwrap_or(&WOOD);
                c.rect(side, foot - h * s, w * s, h * s, ink);
                c.rect(side, foot - h * s, w * s, 10.0, mix(ink, WHITE, 0.25));
                c.rect(
                    side + w * s * 0.45,
                    foot - h * s,
                    9.0,
                    h * s,
                    mix(ink, DARK, 0.25),
                );
            }
        }
        Scene::River if !after => {
            for _ in 0..46 {
                let (dx, dy) = (
                    rng.random_range(-380.0..420.0),
                    rng.random_range(-110.0..110.0),
                );
                let ink = *[
                    [110, 150, 70],
                    [230, 230, 224],
                    [96, 124, 60],
                    [70, 120, 170],
                ]
                .choose(rng)
                .unwrap_or(&WHITE);
                c.oval(
                    x + dx,
                    y + dy,
                    rng.random_range(8.0..40.0),
                    rng.random_range(4.0..11.0),
                    ink,
                );
            }
        }
        Scene::Edge => {
            let rail = y + 126.0;
            for n in 0..13 {
                let dx = n as f32 * 80.0;
                let gap = !after && (x - 150.0..x + 190.0).contains(&dx);
                if !gap {
                    c.rect(dx, rail - 100.0, 12.0, 110.0, [226, 226, 222]);
                    c.rect(dx, rail - 92.0, 82.0, 9.0, [206, 206, 202]);
                    c.rect(dx, rail - 50.0, 82.0, 7.0, [206, 206, 202]);
                }
            }
            if after {
                c.oval(x, rail - 50.0, 34.0, 34.0, ORANGE);
                c.oval(x, rail - 50.0, 18.0, 18.0, WHITE);
            }
        }
        _ => c.haze(x, y + 20.0, 180.0 * s, 16.0, WHITE, 0.25),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_drawn_before_and_after_and_they_differ() {
        let catalogue = matters::catalogue::Catalogue::standard().unwrap();
        let mut scenes: Vec<Scene> = catalogue
            .matters()
            .iter()
            .map(|m| Scene::of(&m.code))
            .collect();
        scenes.sort_unstable();
        scenes.dedup();
        assert!(scenes.len() >= 24);
        for scene in scenes {
            let before = picture(scene, false, &mut chance(scene, false, 1, 0));
            let after = picture(scene, true, &mut chance(scene, true, 1, 0));
            assert_eq!(before.dimensions(), (960, 720));
            assert_ne!(before, after, "{scene:?}");
        }
    }

    #[test]
    fn two_drawings_of_a_scene_are_not_taken_for_one() {
        let mut hashes: Vec<i64> = Vec::new();
        for n in 0..24 {
            let drawing = picture(
                Scene::Litter,
                false,
                &mut chance(Scene::Litter, false, 7, n),
            );
            hashes.push(media::photo::encoded(drawing).unwrap().likeness);
        }
        for (n, a) in hashes.iter().enumerate() {
            for b in &hashes[n + 1..] {
                assert!(media::likeness_distance(*a, *b) > 2);
            }
        }
    }

    #[test]
    fn the_film_is_taken_for_a_video() {
        let bytes = shot(Scene::Burst, 3).unwrap();
        assert_eq!(media::sniff(&bytes).map(|k| k.1), Some("video/mp4"));
    }

    #[test]
    #[ignore = "for looking at: writes a sheet of all scenes into the folder for temporary files"]
    fn a_sheet_of_all_scenes() {
        let catalogue = matters::catalogue::Catalogue::standard().unwrap();
        let mut scenes: Vec<Scene> = catalogue
            .matters()
            .iter()
            .map(|m| Scene::of(&m.code))
            .collect();
        scenes.sort_unstable();
        scenes.dedup();
        let mut sheet = image::RgbImage::new(320 * 8, 240 * 10);
        for (n, scene) in (0_u32..).zip(scenes) {
            for after in [false, true] {
                let drawing = picture(scene, after, &mut chance(scene, after, 1, 0));
                let small = image::imageops::thumbnail(&drawing, 320, 240);
                let at = (n * 2 + u32::from(after), 0);
                let (x, y) = (i64::from(at.0 % 8 * 320), i64::from(at.0 / 8 * 240));
                image::imageops::replace(&mut sheet, &small, x, y);
            }
        }
        sheet
            .save(std::env::temp_dir().join("gridwork-scenes.jpg"))
            .unwrap();
    }
}
