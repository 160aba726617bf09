//! The program itself, started anew on the city that was measured: how soon it answers, how much memory it
//! takes at rest.

use std::net::{SocketAddr, TcpListener};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use tokio::process::{Child, Command};

use super::Bench;
use super::times::Times;
use super::wire::Wire;
use crate::settings::Settings;

/// A page that needs the database and the city in memory.
const PAGE: &str = "/api/public/city";
/// A question about open cases on the map, after which all of them are in memory.
const MAP: &str = "/api/public/open?bbox=119.9,31.7,120.0,31.8";

/// Measures.
///
/// # Errors
/// When the program does not start.
pub async fn measure(bench: &mut Bench, settings: &Settings) -> anyhow::Result<()> {
    let mut times = Times::default();
    let mut memory = None;
    let starts = bench.size(5, 2);
    for n in 0..starts {
        bench.say(&format!("idle: start {} of {starts}", n + 1));
        let (mut child, address, took) = start(settings).await?;
        times.push(took);
        if n + 1 == starts {
            // The map's cases are read when somebody first looks at the map.
            let looked = get(address, MAP).await?;
            anyhow::ensure!(looked, "{MAP} was refused");
            tokio::time::sleep(Duration::from_secs(bench.size(20, 5) as u64)).await;
            memory = Some(resident_mb(&child)?);
        }
        stop(&mut child).await?;
    }
    let took = times.ms(100.0) / 1000.0;
    bench.line(
        "idle",
        "from starting `gridwork serve` to the first answered request, its own PostgreSQL included",
        &format!("after a clean stop, {starts} times"),
        format!("p50 {:.2} s, worst {took:.2} s", times.ms(50.0) / 1000.0),
        "< 3 s",
        Some(took < 3.0),
    );
    let resident = memory.context("nothing was started")?;
    bench.line(
        "idle",
        "memory of the server process at rest, city loaded (resident; PostgreSQL's own not counted)",
        "the whole net, catalogue, units, and every open case for the map",
        format!("{resident:.0} MB"),
        "< 200 MB",
        Some(resident < 200.0),
    );
    Ok(())
}

async fn start(settings: &Settings) -> anyhow::Result<(Child, SocketAddr, Duration)> {
    // Free a moment ago.
    let address: SocketAddr = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let mut command = Command::new(std::env::current_exe()?);
    command
        .arg("serve")
        .arg("--data")
        .arg(&settings.data)
        .arg("--listen")
        .arg(address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    for (_, variable, ..) in crate::settings::TABLE {
        command.env_remove(variable);
    }
    let begun = Instant::now();
    let mut child = command.spawn().context("starting the program")?;
    while begun.elapsed() < Duration::from_secs(60) {
        if let Some(status) = child.try_wait()? {
            bail!("the program ended at once: {status}");
        }
        if get(address, PAGE).await.unwrap_or(false) {
            return Ok((child, address, begun.elapsed()));
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    bail!("the program did not answer within a minute")
}

/// Whether the program answers 200.
async fn get(address: SocketAddr, path: &str) -> anyhow::Result<bool> {
    let mut wire = Wire::open(address, "").await?;
    Ok(wire.get(path).await?.status == 200)
}

fn resident_mb(child: &Child) -> anyhow::Result<f64> {
    let pid = child.id().context("the program ended")?;
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|l| l.strip_prefix("VmRSS:"))
        .context("the system does not tell the memory of a process")?;
    let kb: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kb / 1024.0)
}

async fn stop(child: &mut Child) -> anyhow::Result<()> {
    let pid = child.id().context("the program ended by itself")?;
    let told = Command::new("kill").arg(pid.to_string()).status().await?;
    anyhow::ensure!(told.success(), "the program could not be told to stop");
    tokio::time::timeout(Duration::from_secs(30), child.wait())
        .await
        .context("the program did not stop")??;
    Ok(())
}
