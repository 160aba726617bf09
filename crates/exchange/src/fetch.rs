//! Fetching a picture from an address a client names, without being led where only we can go.
//!
//! Only `http` and `https`; every address the name resolves to must be one of the open Internet, and
//! the connection goes to exactly the address that was checked; nothing is followed; ten seconds and
//! ten megabytes at most. What was fetched is judged by its content later, never by what is said of it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use futures_util::StreamExt;
use url::{Host, Url};

/// The longest a fetch may take, from resolving to the last byte.
const PATIENCE: Duration = Duration::from_secs(10);
/// The most bytes fetched.
pub const MOST_BYTES: usize = 10 << 20;

/// Why a picture was not fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The address is not one we may go to.
    Address,
    /// It did not answer with a file: unreachable, an error, or sent us elsewhere.
    Unreachable,
    /// Too much.
    TooLarge,
    /// Too slow.
    TooSlow,
}

impl Refusal {
    /// The key of its sentence.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Address => "open311.media_address",
            Self::Unreachable => "open311.media_unreachable",
            Self::TooLarge => "open311.media_too_large",
            Self::TooSlow => "open311.media_too_slow",
        }
    }
}

/// The bytes at `address`. `exempt` names hosts (`host` or `host:port`) that may be private.
///
/// # Errors
/// A [`Refusal`]; nothing of the answer is told.
pub async fn fetch(address: &str, exempt: &[String]) -> Result<Vec<u8>, Refusal> {
    match tokio::time::timeout(PATIENCE, fetch_patiently(address, exempt)).await {
        Ok(fetched) => fetched,
        Err(_) => Err(Refusal::TooSlow),
    }
}

async fn fetch_patiently(address: &str, exempt: &[String]) -> Result<Vec<u8>, Refusal> {
    let url = Url::parse(address).map_err(|_| Refusal::Address)?;
    let target = target(&url, exempt).await?;
    let mut client = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(PATIENCE)
        .user_agent("Gridwork");
    if let Some(Host::Domain(name)) = url.host() {
        client = client.resolve_to_addrs(name, &[target]);
    }
    let client = client.build().map_err(|error| {
        tracing::error!(%error, "no client for fetching");
        Refusal::Unreachable
    })?;
    let answer = client.get(url).send().await.map_err(|error| {
        tracing::info!(error = %error.without_url(), "a picture was not fetched");
        Refusal::Unreachable
    })?;
    if answer.status() != reqwest::StatusCode::OK {
        return Err(Refusal::Unreachable);
    }
    if answer
        .content_length()
        .is_some_and(|length| length > MOST_BYTES as u64)
    {
        return Err(Refusal::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut stream = answer.bytes_stream();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|_| Refusal::Unreachable)?;
        if bytes.len() + piece.len() > MOST_BYTES {
            return Err(Refusal::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Where to connect: an address that was checked.
async fn target(url: &Url, exempt: &[String]) -> Result<SocketAddr, Refusal> {
    let plain = matches!(url.scheme(), "http" | "https")
        && url.username().is_empty()
        && url.password().is_none();
    let (true, Some(host), Some(port)) = (plain, url.host(), url.port_or_known_default()) else {
        return Err(Refusal::Address);
    };
    let exempt = is_exempt(url, port, exempt);
    // Below 1024 only the web's own ports: others speak protocols that can be led astray.
    if !exempt && port < 1024 && port != 80 && port != 443 {
        return Err(Refusal::Address);
    }
    let found: Vec<SocketAddr> = match host {
        Host::Ipv4(address) => vec![SocketAddr::new(address.into(), port)],
        Host::Ipv6(address) => vec![SocketAddr::new(address.into(), port)],
        Host::Domain(name) => tokio::net::lookup_host((name, port))
            .await
            .map_err(|_| Refusal::Unreachable)?
            .collect(),
    };
    if !exempt && found.iter().any(|address| !is_open(address.ip())) {
        return Err(Refusal::Address);
    }
    found.first().copied().ok_or(Refusal::Unreachable)
}

fn is_exempt(url: &Url, port: u16, exempt: &[String]) -> bool {
    let Some(host) = url.host_str() else {
        return false;
    };
    let with_port = format!("{host}:{port}");
    exempt
        .iter()
        .any(|named| named.eq_ignore_ascii_case(host) || named.eq_ignore_ascii_case(&with_port))
}

/// Whether an address lies in the open Internet: not ours, not our provider's, not a disguise of one.
#[must_use]
pub fn is_open(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_open_v4(v4),
        IpAddr::V6(v6) => is_open_v6(v6),
    }
}

fn is_open_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = match (a, b, c) {
        (0 | 10 | 127, ..) => true,
        (100, 64..=127, _) => true, // carrier-grade NAT, and clouds' own services
        (169, 254, _) => true,      // link-local, metadata
        (172, 16..=31, _) => true,
        (192, 0, 0 | 2) => true,
        (192, 88, 99) => true,
        (192, 168, _) => true,
        (198, 18 | 19, _) => true,
        (198, 51, 100) | (203, 0, 113) => true,
        (224.., ..) => true, // multicast, reserved, broadcast
        _ => false,
    };
    // The one metadata address that is not of a reserved range.
    !special && address != Ipv4Addr::new(168, 63, 129, 16)
}

fn is_open_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4() {
        // ::a.b.c.d and ::ffff:a.b.c.d; the unspecified and the loopback address are among them.
        return is_open_v4(inner) && address.to_ipv4_mapped().is_some();
    }
    let [a, b, c, d, e, f, g, h] = address.segments();
    if [a, b, c, d, e, f] == [0x64, 0xff9b, 0, 0, 0, 0] {
        let [[w, x], [y, z]] = [g.to_be_bytes(), h.to_be_bytes()];
        return is_open_v4(Ipv4Addr::new(w, x, y, z));
    }
    // Global unicast only, without tunnels (Teredo, 6to4) and documentation.
    (0x2000..=0x3fff).contains(&a)
        && !(a == 0x2001 && b < 0x0200)
        && !(a == 0x2001 && b == 0x0db8)
        && a != 0x2002
        && !(a == 0x3fff && b < 0x1000)
}
