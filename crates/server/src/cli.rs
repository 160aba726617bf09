//! The command line.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use kernel::Lang;
use tracing_subscriber::EnvFilter;

use crate::boot::{City, told};
use crate::settings::Settings;
use crate::{administrator, bench, demo, files, home, import, schematic};

/// Gridwork 格务: a city's grid-based community service.
#[derive(Debug, Parser)]
#[command(name = "gridwork", version, about)]
struct Arguments {
    /// Read settings from this file (TOML); the environment goes before it
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the demo city: an empty folder becomes a schematic city with a year behind it
    Demo(DemoArguments),
    /// Serve the city; without DATABASE_URL on a private PostgreSQL in the data folder
    Serve {
        /// Where to listen
        #[arg(long)]
        listen: Option<String>,
        /// Folder for media, the key and the private PostgreSQL
        #[arg(long)]
        data: Option<PathBuf>,
    },
    /// Bring the city's schema forward
    Migrate,
    /// Take in files
    #[command(subcommand)]
    Import(Import),
    /// Make an administrator of the city and print login and password; a new city needs two, the system
    /// administrator who configures it and the security administrator who opens accounts
    Administrator {
        /// What they sign in with
        login: String,
        /// Which of the three
        #[arg(long, value_enum, default_value_t = administrator::Kind::System)]
        role: administrator::Kind,
        /// What colleagues call them; else the name of the seat
        #[arg(long)]
        name: Option<String>,
    },
    /// Write divisions, grids, units or elements into a file
    Export(files::Out),
    /// Read the settings, say what they are, and stop
    CheckConfig {
        /// Print the table of all settings as Markdown instead
        #[arg(long)]
        table: bool,
    },
    /// Write the schematic net as GeoJSON, the same for the same seed
    DemoCity {
        /// The seed
        #[arg(long, default_value_t = schematic::SEED)]
        seed: u64,
        /// The folder to write `divisions.geojson` and `grids.geojson` into
        #[arg(long, default_value = "schematic-city")]
        out: PathBuf,
    },
    /// The audit log
    #[command(subcommand)]
    Audit(Audit),
    /// Measure on this machine, in a cluster of its own, and tell in one table
    Bench(bench::Options),
    /// Print the OpenAPI document
    Openapi,
}

#[derive(Debug, Args)]
struct DemoArguments {
    /// Folder of the demo; an empty one becomes the full demo
    #[arg(long)]
    data: Option<PathBuf>,
    /// Where to listen
    #[arg(long)]
    listen: Option<String>,
    /// Print the demo's accounts and Open311 key as JSON and stop
    #[arg(long)]
    accounts: bool,
    /// How many cases the year has
    #[arg(long, default_value_t = demo::CASES)]
    cases: usize,
    /// The seed of net and history
    #[arg(long, default_value_t = schematic::SEED)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum Import {
    /// A catalogue of matters from a spreadsheet (xlsx or CSV); all rows or none
    Matters {
        /// The spreadsheet
        file: PathBuf,
        /// Also list them all as put on the grids of the whole city, by the decision named here: for a city
        /// that decided before it had this program, and only while nobody has asked for an admission
        #[arg(long, value_name = "DECISION")]
        on_grids_by: Option<String>,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// People with their seats from a spreadsheet (xlsx or CSV); all rows or none, the same again changes nothing
    People {
        /// The spreadsheet
        file: PathBuf,
        /// Only tell what would happen
        #[arg(long)]
        try_only: bool,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// Organisations from a spreadsheet (xlsx or CSV); all rows or none, the same again changes nothing
    Orgs {
        /// The spreadsheet
        file: PathBuf,
        /// Only tell what would happen
        #[arg(long)]
        try_only: bool,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// Holidays and made-up working days of a year (CSV: date,kind,name_zh,name_en)
    Calendar {
        /// Which year
        year: i16,
        /// The file
        file: PathBuf,
    },
    /// Divisions of all levels: codes, names, what lies above, with or without areas
    Divisions {
        #[command(flatten)]
        given: files::In,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// Grids of another system beside the net, e.g. --system city_management; all of it
    Units {
        #[command(flatten)]
        given: files::In,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// City elements: points with codes and names, e.g. --elements facility
    Elements {
        #[command(flatten)]
        given: files::In,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
    /// Grids: the first net of an empty city, at once
    Grids {
        #[command(flatten)]
        given: files::In,
        /// The language of the report
        #[arg(long, default_value = "zh")]
        lang: Spoken,
    },
}

#[derive(Debug, Subcommand)]
enum Audit {
    /// Prove that nothing sealed was changed, removed or slipped in
    Verify,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Spoken {
    Zh,
    En,
}

impl From<Spoken> for Lang {
    fn from(spoken: Spoken) -> Self {
        match spoken {
            Spoken::Zh => Self::Zh,
            Spoken::En => Self::En,
        }
    }
}

/// Reads the arguments and does what they ask.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    match obey(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("gridwork: {reason:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(arguments: Arguments) -> anyhow::Result<()> {
    if let Command::Demo(DemoArguments { accounts: true, .. }) = arguments.command {
        println!("{}", demo::accounts_json());
        return Ok(());
    }
    if let Command::CheckConfig { table: true } = arguments.command {
        print!("{}", crate::settings::markdown());
        return Ok(());
    }
    if let Command::DemoCity { seed, out } = arguments.command {
        return demo_city(seed, &out);
    }
    let mut settings = Settings::read(arguments.config.as_deref())?;
    take_over(&arguments.command, &mut settings);
    settings.check()?;
    speak(&settings.log);
    if rustls::crypto::ring::default_provider()
        .install_default()
        .is_err()
    {
        bail!("the cryptography of outgoing connections is set already");
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    // On the main thread: a private PostgreSQL ends with the thread that started it.
    runtime.block_on(act(arguments.command, settings))
}

/// What the command itself says goes before file and environment.
fn take_over(command: &Command, settings: &mut Settings) {
    let (data, listen) = match command {
        Command::Demo(demo) => (demo.data.clone(), demo.listen.clone()),
        Command::Serve { data, listen } => (data.clone(), listen.clone()),
        _ => (None, None),
    };
    if let Some(data) = data {
        settings.data = data;
    }
    if let Some(listen) = listen {
        settings.listen = listen;
    }
}

async fn act(command: Command, settings: Settings) -> anyhow::Result<()> {
    match command {
        Command::Demo(arguments) => {
            demo::run(
                &settings,
                demo::Size {
                    cases: arguments.cases,
                    seed: arguments.seed,
                },
            )
            .await
        }
        Command::Serve { .. } => home::serve(&settings).await,
        Command::Migrate => migrate(&settings).await,
        Command::Import(what) => take_in(&settings, what).await,
        Command::Export(out) => give_out(&settings, &out).await,
        Command::Administrator { login, role, name } => {
            administrate(&settings, &login, name.as_deref(), role).await
        }
        Command::CheckConfig { .. } => {
            check(&settings);
            Ok(())
        }
        Command::Audit(Audit::Verify) => verify(&settings).await,
        Command::Bench(options) => bench::run(&options).await,
        Command::Openapi => openapi(),
        Command::DemoCity { .. } => Ok(()),
    }
}

async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let Some(url) = settings
        .migrate_url
        .as_ref()
        .or(settings.database_url.as_ref())
    else {
        bail!(
            "migrate needs DATABASE_URL or GRIDWORK_MIGRATE_URL; a private PostgreSQL is migrated when it starts"
        );
    };
    let had = kernel::migrate::migrate(url, &settings.schema())
        .await
        .map_err(told)?;
    println!(
        "{}: version {had} → {}",
        settings.schema(),
        kernel::migrate::newest()
    );
    Ok(())
}

async fn take_in(settings: &Settings, what: Import) -> anyhow::Result<()> {
    let home = home::Home::open(settings, &mut |line| eprintln!("» {line}")).await?;
    let city = City::open(settings, &home.url).await?;
    let said = match what {
        Import::Matters {
            file,
            on_grids_by,
            lang,
        } => import::catalogue(&city, &file, on_grids_by.as_deref(), lang.into()).await,
        Import::People {
            file,
            try_only,
            lang,
        } => import::people(&city, &file, try_only, lang.into()).await,
        Import::Orgs {
            file,
            try_only,
            lang,
        } => import::orgs(&city, &file, try_only, lang.into()).await,
        Import::Calendar { year, file } => import::calendar(&city, year, &file).await,
        Import::Divisions { given, lang } => {
            files::import(&city, "divisions", &given, lang.into()).await
        }
        Import::Units { given, lang } => files::import(&city, "units", &given, lang.into()).await,
        Import::Elements { given, lang } => {
            files::import(&city, "elements", &given, lang.into()).await
        }
        Import::Grids { given, lang } => files::import(&city, "grids", &given, lang.into()).await,
    };
    home.close(city.app.db).await;
    println!("{}", said?);
    Ok(())
}

async fn administrate(
    settings: &Settings,
    login: &str,
    name: Option<&str>,
    role: administrator::Kind,
) -> anyhow::Result<()> {
    let home = home::Home::open(settings, &mut |line| eprintln!("» {line}")).await?;
    let city = City::open(settings, &home.url).await?;
    let said = administrator::add(&city, login, name, role).await;
    home.close(city.app.db).await;
    println!("{}", said?);
    Ok(())
}

async fn give_out(settings: &Settings, out: &files::Out) -> anyhow::Result<()> {
    let home = home::Home::open(settings, &mut |line| eprintln!("» {line}")).await?;
    let city = City::open(settings, &home.url).await?;
    let said = files::export(&city, out, Lang::En).await;
    home.close(city.app.db).await;
    println!("{}", said?);
    Ok(())
}

async fn verify(settings: &Settings) -> anyhow::Result<()> {
    let home = home::Home::open(settings, &mut |line| eprintln!("» {line}")).await?;
    let db = kernel::db::open(&home.url, &settings.schema(), 2)
        .await
        .map_err(told)?;
    let verdict = accounts::audit::verify(&db).await.map_err(told);
    home.close(db).await;
    match verdict? {
        accounts::audit::Verdict::Verified { rows, heads } => {
            println!("whole: {rows} rows under {heads} seals");
            Ok(())
        }
        broken => bail!("the audit log is broken: {broken:?}"),
    }
}

fn check(settings: &Settings) {
    let shown = |url: &Option<String>| match url {
        None => "none: a private PostgreSQL in the data folder".to_owned(),
        Some(url) => without_password(url),
    };
    println!("data          {}", settings.data.display());
    println!("listen        {}", settings.listen);
    println!("database_url  {}", shown(&settings.database_url));
    println!("schema        {}", settings.schema());
    println!(
        "city          {} {} / {}",
        settings.city, settings.city_name_zh, settings.city_name_en
    );
    println!("jurisdiction  {}", settings.jurisdiction_id);
    println!("zone          {}", settings.zone);
    println!(
        "key           {}",
        if settings.key.is_some() {
            "set"
        } else {
            "a file in the data folder"
        }
    );
    println!("the settings are right");
}

/// The address without what stands between user and host.
fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, rest)), Some((before, host))) => {
            let user = rest.split([':', '@']).next().unwrap_or_default();
            let said = before.strip_prefix(scheme).unwrap_or(before);
            let masked = said.trim_start_matches("://").contains(':');
            format!("{scheme}://{user}{}@{host}", if masked { ":…" } else { "" })
        }
        _ => url.to_owned(),
    }
}

fn openapi() -> anyhow::Result<()> {
    println!("{}", serde_json::to_string_pretty(&City::document())?);
    Ok(())
}

fn demo_city(seed: u64, out: &Path) -> anyhow::Result<()> {
    let city = schematic::city(seed)?;
    std::fs::create_dir_all(out).with_context(|| format!("making {}", out.display()))?;
    for (name, text) in schematic::geojson(&city) {
        let path = out.join(name);
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        println!("{}", path.display());
    }
    println!(
        "{} divisions, {} grids, schematic 示意",
        city.divisions.len(),
        city.grids.len()
    );
    Ok(())
}

fn speak(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second call, in tests, changes nothing.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_explains_itself() {
        use clap::CommandFactory;
        Arguments::command().debug_assert();
    }

    #[test]
    fn a_password_is_not_printed() {
        assert_eq!(
            without_password("postgres://u:secret@db/x"),
            "postgres://u:…@db/x"
        );
        assert_eq!(without_password("postgres://u@db/x"), "postgres://u@db/x");
        assert_eq!(
            without_password("postgres:///x?host=/s"),
            "postgres:///x?host=/s"
        );
    }
}
