//! One event to everybody who listens: WebSockets of city-wide seats, client and server on this machine.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;

use super::Bench;
use super::dice::Dice;
use super::intake::Sample;
use super::stand::Stand;
use super::times::{Times, shown};
use super::wire::{Wire, beside};

/// Seats that see the whole city.
const LISTENERS: [&str; 20] = [
    "city.call.1",
    "city.call.2",
    "city.accept.1",
    "city.accept.2",
    "city.accept.3",
    "city.dispatch.1",
    "city.dispatch.2",
    "city.dispatch.3",
    "city.shift.1",
    "city.shift.2",
    "city.verify.1",
    "city.verify.2",
    "city.verify.3",
    "city.verify.4",
    "hotline.1",
    "hotline.2",
    "hotline.3",
    "hotline.4",
    "supervisor.1",
    "supervisor.2",
];

/// What a listener heard, and when.
type Heard = (Instant, String);

/// Measures.
///
/// # Errors
/// When a listener is refused or misses an event.
pub async fn measure(bench: &mut Bench, stand: &Stand) -> anyhow::Result<()> {
    let count = bench.size(5_000, 500);
    let events = bench.size(30, 5);
    raise_limit(2 * count + 500)?;
    let sessions = stand.sign_in(&LISTENERS).await?;
    let sample = Sample::draw(stand, &mut Dice::new(0x11FE))?;
    bench.say(&format!("live: connecting {count} listeners"));
    let times = beside(listen(stand.door.address, sessions, sample, count, events)).await?;
    let p99 = times.ms(99.0);
    bench.line(
        "live",
        "from sending a report until a listener has its event (written, sealed, checked against each listener's scope, sent)",
        &format!("{count} WebSockets of 20 city-wide seats, {events} reports a second apart"),
        format!(
            "p50 {} ms, p99 {} ms, last {} ms",
            shown(times.ms(50.0)),
            shown(p99),
            shown(times.ms(100.0))
        ),
        "p99 < 300 ms",
        Some(p99 < 300.0),
    );
    Ok(())
}

/// Both ends of every connection are open files of this process.
fn raise_limit(files: usize) -> anyhow::Result<()> {
    use nix::sys::resource::{Resource, getrlimit, setrlimit};
    let wanted = u64::try_from(files)?;
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < wanted {
        setrlimit(Resource::RLIMIT_NOFILE, wanted, hard.max(wanted)).with_context(|| {
            format!("{wanted} open files are needed, {hard} are allowed: ulimit -n {wanted}")
        })?;
    }
    Ok(())
}

async fn listen(
    address: SocketAddr,
    sessions: Vec<String>,
    sample: Sample,
    count: usize,
    events: usize,
) -> anyhow::Result<Times> {
    let (tell, mut heard) = mpsc::unbounded_channel::<Heard>();
    let mut open = JoinSet::new();
    let mut stops = Vec::new();
    let sessions: Arc<[String]> = sessions.into();
    let reporter = sessions.first().context("nobody signed in")?.clone();
    let mut connecting = JoinSet::new();
    for n in 0..count {
        let sessions = sessions.clone();
        connecting.spawn(async move {
            let session = &sessions[n % sessions.len()];
            Wire::open(address, session)
                .await?
                .upgrade("/api/live")
                .await
        });
        // A door takes so many at once.
        if connecting.len() >= 64 {
            let (stream, rest) = connecting
                .join_next()
                .await
                .context("nobody connects")???;
            let (stop, stopped) = oneshot::channel();
            stops.push(stop);
            open.spawn(hear(stream, rest, tell.clone(), stopped));
        }
    }
    while let Some(done) = connecting.join_next().await {
        let (stream, rest) = done??;
        let (stop, stopped) = oneshot::channel();
        stops.push(stop);
        open.spawn(hear(stream, rest, tell.clone(), stopped));
    }
    // Let everybody settle.
    tokio::time::sleep(Duration::from_secs(2)).await;
    let mut wire = Wire::open(address, &reporter).await?;
    let mut dice = Dice::new(0x3E27);
    let mut times = Times::default();
    for _ in 0..events {
        let body = sample.report(&mut dice);
        let begun = Instant::now();
        let answer = wire.post("/api/cases", body.as_bytes()).await?.json()?;
        let case = answer
            .get("case_id")
            .and_then(serde_json::Value::as_str)
            .context("no case_id")?
            .to_owned();
        let mut there = 0;
        while there < count {
            let next = tokio::time::timeout(Duration::from_secs(10), heard.recv()).await;
            let (at, of) = next
                .with_context(|| format!("{there} of {count} listeners heard of a report in 10 s"))?
                .context("nobody listens any more")?;
            if of == case {
                times.push(at.saturating_duration_since(begun));
                there += 1;
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    drop(stops);
    while let Some(done) = open.join_next().await {
        done??;
    }
    ensure!(times.len() == count * events, "events are missing");
    Ok(times)
}

/// Reads messages until told to stop; tells of the first message about each case.
async fn hear(
    mut stream: TcpStream,
    mut read: Vec<u8>,
    tell: mpsc::UnboundedSender<Heard>,
    mut stopped: oneshot::Receiver<()>,
) -> anyhow::Result<()> {
    let mut last = String::new();
    loop {
        while let Some((kind, payload, length)) = frame(&read)? {
            let at = Instant::now();
            match kind {
                1 => {
                    if let Some(case) = case_of(&payload).filter(|c| *c != last) {
                        last.clone_from(&case);
                        // Nobody counts any more when the run was broken off.
                        let _ = tell.send((at, case));
                    }
                }
                9 => stream.write_all(&pong(&payload)).await?,
                8 => return Ok(()),
                _ => {}
            }
            read.drain(..length);
        }
        tokio::select! {
            got = stream.read_buf(&mut read) => ensure!(got? > 0, "a listener was cut off"),
            _ = &mut stopped => return Ok(()),
        }
    }
}

/// The case an event is about.
fn case_of(payload: &[u8]) -> Option<String> {
    let message: serde_json::Value = serde_json::from_slice(payload).ok()?;
    Some(message.get("case")?.get("id")?.as_str()?.to_owned())
}

/// The first whole frame of a server (unmasked): kind, payload, how many bytes it took.
fn frame(read: &[u8]) -> anyhow::Result<Option<(u8, Vec<u8>, usize)>> {
    let &[first, second, ..] = read else {
        return Ok(None);
    };
    ensure!(second & 0x80 == 0, "a server masks nothing");
    let (begins, length) = match second & 0x7F {
        126 => match read.get(2..4) {
            Some(b) => (4, usize::from(u16::from_be_bytes([b[0], b[1]]))),
            None => return Ok(None),
        },
        127 => match read.get(2..10).and_then(|b| b.try_into().ok()) {
            Some(b) => (10, usize::try_from(u64::from_be_bytes(b))?),
            None => return Ok(None),
        },
        short => (2, usize::from(short)),
    };
    Ok(read
        .get(begins..begins + length)
        .map(|payload| (first & 0x0F, payload.to_vec(), begins + length)))
}

/// The answer to a ping; a client masks, and zeros are a mask.
fn pong(payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x8A, 0x80 | (payload.len().min(125) as u8), 0, 0, 0, 0];
    frame.extend(payload.iter().take(125));
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_of_all_lengths_are_read() {
        for length in [0_usize, 125, 126, 65_535, 65_536] {
            let mut bytes = vec![0x81];
            match length {
                0..=125 => bytes.push(length as u8),
                126..=65_535 => {
                    bytes.push(126);
                    bytes.extend((length as u16).to_be_bytes());
                }
                _ => {
                    bytes.push(127);
                    bytes.extend((length as u64).to_be_bytes());
                }
            }
            bytes.extend(std::iter::repeat_n(b'x', length));
            let whole = bytes.len();
            bytes.extend([0x81, 0]);
            let (kind, payload, took) = frame(&bytes).unwrap().unwrap();
            assert_eq!((kind, payload.len(), took), (1, length, whole));
            assert!(frame(&bytes[..whole - 1]).unwrap().is_none() || length == 0);
        }
    }
}
