//! `gridwork import divisions|grids …` and `gridwork export …`: areas from and into files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use divisions::files::desk::{look_through, remember, take_in};
use divisions::files::{Field, Manner, Target, desk, routes};
use kernel::vault::digest;
use kernel::{Error, Lang};
use serde_json::json;
use uuid::Uuid;

use crate::boot::{City, told};

/// How a file is read.
#[derive(Debug, Clone, Args)]
pub struct In {
    /// GeoJSON, GeoPackage, Shapefile (zipped) or CSV with a column of WKT
    pub file: PathBuf,
    /// Coordinate system: cgcs2000, wgs84, gcj02, bd09, gk-120 (by meridian), gk-zone-40, EPSG:4549; else as the
    /// file says, else cgcs2000
    #[arg(long)]
    pub crs: Option<String>,
    /// utf-8 or gb18030; else as the file says, else guessed
    #[arg(long)]
    pub encoding: Option<String>,
    /// Which of several layers in the file
    #[arg(long)]
    pub layer: Option<String>,
    /// Which column says what, e.g. --map code=WGBM; else guessed from their names
    #[arg(long = "map", value_name = "FIELD=COLUMN")]
    pub map: Vec<String>,
    /// Vertices nearer than this become one, metres, 0 to 5
    #[arg(long)]
    pub tolerance: Option<f64>,
    /// Which other system of grids the file is of, for units
    #[arg(long)]
    pub system: Option<String>,
    /// What elements the file holds: premises, facility, service_point or gathering_place
    #[arg(long)]
    pub elements: Option<String>,
    /// Take away elements of the layer that the file does not have
    #[arg(long)]
    pub replace: bool,
    /// Only say what would happen
    #[arg(long)]
    pub look: bool,
}

/// What is written.
#[derive(Debug, Clone, Args)]
pub struct Out {
    /// divisions, grids, units or elements
    pub what: String,
    /// Of which other system, for units
    #[arg(long)]
    pub system: Option<String>,
    /// Of which layer, for elements
    #[arg(long)]
    pub elements: Option<String>,
    /// The file; its ending says the format: geojson, gpkg, zip (Shapefile), csv
    pub file: PathBuf,
    /// Coordinate system, as for imports; else cgcs2000
    #[arg(long)]
    pub crs: Option<String>,
    /// utf-8 or gb18030, for Shapefiles and CSV
    #[arg(long)]
    pub encoding: Option<String>,
}

fn target(word: &str) -> anyhow::Result<Target> {
    let found = Target::ALL.into_iter().find(|t| t.as_str() == word);
    found.with_context(|| format!("{word}: not divisions, grids, units or elements"))
}

impl In {
    /// The manner of reading, as the desk says it.
    ///
    /// # Errors
    /// When a column is named for no field.
    pub fn manner(&self, target: Target) -> anyhow::Result<Manner> {
        let mut mapping = BTreeMap::new();
        for pair in &self.map {
            let (field, column) = pair
                .split_once('=')
                .with_context(|| format!("{pair}: FIELD=COLUMN"))?;
            let known = target.fields().iter().find(|f| f.as_str() == field);
            let field: Field = *known.with_context(|| {
                let all: Vec<&str> = target.fields().iter().map(|f| f.as_str()).collect();
                format!("{field}: one of {}", all.join(", "))
            })?;
            mapping.insert(field, column.to_owned());
        }
        Ok(Manner {
            crs: self.crs.clone(),
            encoding: self.encoding.clone(),
            layer: self.layer.clone(),
            mapping: (!mapping.is_empty()).then_some(mapping),
            tolerance_m: self.tolerance,
            system: self.system.clone(),
            element_layer: self.elements.clone(),
            replace: self.replace,
            ..Manner::of(target)
        })
    }
}

/// An error with its sentences, for people at the command line.
fn spoken(error: Error, lang: Lang) -> anyhow::Error {
    let problem = error.problem(lang, None);
    let mut lines = vec![problem["detail"].as_str().unwrap_or_default().to_owned()];
    for field in problem["fields"].as_array().into_iter().flatten() {
        let text = |name: &str| field[name].as_str().unwrap_or_default().to_owned();
        lines.push(format!("{}: {}", text("field"), text("detail")));
    }
    match &error {
        Error::Ours(..) => told(error),
        _ => anyhow::anyhow!("{}", lines.join("\n")),
    }
}

/// Takes divisions, the first net of an empty city, or what stands beside the net from a file. All rows or none; every fault is
/// named.
///
/// # Errors
/// When something stops it; nothing is stored then.
pub async fn import(city: &City, word: &str, given: &In, lang: Lang) -> anyhow::Result<String> {
    let target = target(word)?;
    let bytes = read(&given.file)?;
    let manner = given.manner(target)?;
    let hash = digest(&[serde_json::to_vec(&manner)?.as_slice(), &bytes].concat());
    let app = &city.app;
    let look = look_through(&app.db, bytes, manner.clone(), app.city.code)
        .await
        .map_err(|e| spoken(e, lang))?;
    let guess = &look.file.layer.guess;
    let mut said = vec![format!(
        "{}, {}{}, {}",
        guess.format,
        guess.encoding,
        if guess.encoding_declared {
            ""
        } else {
            " (guessed)"
        },
        look.file.reference
    )];
    said.extend(look.plan.faults().iter().map(|f| {
        let told = f.told(lang);
        let mark = if told.stops { "" } else { "(i) " };
        format!(
            "{mark}{}\t{}\t{}\t{}",
            told.row, told.field, told.code, told.detail
        )
    }));
    let summary = look.summary();
    said.push(format!(
        "{} rows, {} good: {} new, {} changed, {} as they are",
        summary.rows, summary.good, summary.added, summary.changed, summary.same
    ));
    if !look.plan.sound() {
        bail!("nothing was imported\n{}", said.join("\n"));
    }
    if given.look {
        return Ok(said.join("\n"));
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let net = city.divisions.net.current();
    let number = take_in(&mut tx, &look.plan, &look.ground, &net, None, now)
        .await
        .map_err(|e| spoken(e, lang))?;
    let answer = json!({"way": look.way(), "net": number, "summary": summary});
    let record = desk::Record {
        id: Uuid::now_v7(),
        hash: &hash,
        rows: summary.rows,
        answer: &answer,
    };
    remember(&mut tx, &record, &manner, None, now)
        .await
        .map_err(told)?;
    tx.commit().await?;
    said.push(format!("net {number}"));
    Ok(said.join("\n"))
}

fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let size = std::fs::metadata(path)
        .with_context(|| format!("reading {}", path.display()))?
        .len();
    let most = u64::try_from(layers::MOST_BYTES)?;
    anyhow::ensure!(
        size <= most,
        "{} is larger than {most} bytes",
        path.display()
    );
    std::fs::read(path).with_context(|| format!("reading {}", path.display()))
}

/// Writes divisions, grids, units or elements into a file.
///
/// # Errors
/// When format, system or encoding are not known, or the file cannot be written.
pub async fn export(city: &City, out: &Out, lang: Lang) -> anyhow::Result<String> {
    let target = target(&out.what)?;
    let ending = out.file.extension().and_then(|e| e.to_str());
    let wanted = routes::wanted(ending, out.crs.as_deref(), out.encoding.as_deref())
        .map_err(|e| spoken(e, lang))?;
    let net = city.divisions.net.current();
    let chosen = desk::Chosen {
        target,
        system: out.system.clone(),
        element_layer: out.elements.clone(),
    };
    let bytes = desk::export(&city.app.db, net, &chosen, wanted)
        .await
        .map_err(|e| spoken(e, lang))?;
    std::fs::write(&out.file, &bytes).with_context(|| format!("writing {}", out.file.display()))?;
    Ok(format!("{}: {} bytes", out.file.display(), bytes.len()))
}
