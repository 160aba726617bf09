//! The settings: defaults, then a file, then the environment. One table names them all.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use serde::Deserialize;

/// Everything that can be set. Durations are seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Address of the database for the server; without it a private cluster is run.
    pub database_url: Option<String>,
    /// Address of the database for migrations, as a role that may alter tables.
    pub migrate_url: Option<String>,
    /// Most connections to the database.
    pub database_connections: u32,
    /// Folder for media, the key and the private cluster.
    pub data: PathBuf,
    /// Where to listen.
    pub listen: String,
    /// The address people reach the server at.
    pub public_url: Option<String>,
    /// 12-digit code of the city.
    pub city: i64,
    /// Name of the city, Chinese.
    pub city_name_zh: String,
    /// Name of the city, English.
    pub city_name_en: String,
    /// Open311 jurisdiction.
    pub jurisdiction_id: String,
    /// Civil time zone.
    pub zone: String,
    /// Whether geometry and events are a demonstration.
    pub schematic: bool,
    /// Whether the last entry of `X-Forwarded-For` is the caller.
    pub behind_proxy: bool,
    /// The city's key, 64 hexadecimal digits; without it a file in the data folder is made.
    pub key: Option<String>,
    /// What is logged, e.g. `info` or `gridwork=debug`.
    pub log: String,
    /// Hosts a picture may be fetched from although their address is private (for tests).
    pub media_hosts: Vec<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            database_url: None,
            migrate_url: None,
            database_connections: 24,
            data: PathBuf::from(".gridwork"),
            listen: "127.0.0.1:8080".into(),
            public_url: None,
            city: 320_400_000_000,
            city_name_zh: "常州市".into(),
            city_name_en: "Changzhou".into(),
            jurisdiction_id: "changzhou.demo".into(),
            zone: "Asia/Shanghai".into(),
            schematic: true,
            behind_proxy: false,
            key: None,
            log: "info,sqlx=error,tower_http=warn".into(),
            media_hosts: Vec::new(),
        }
    }
}

/// One line of the table of settings: key, environment variable, what it does (English, Chinese).
pub const TABLE: &[(&str, &str, &str, &str)] = &[
    (
        "database_url",
        "DATABASE_URL",
        "PostgreSQL the server uses; without it `demo` runs a private one",
        "服务器使用的 PostgreSQL；不设时 demo 自带一个",
    ),
    (
        "migrate_url",
        "GRIDWORK_MIGRATE_URL",
        "The same database as a role that may alter tables; default database_url",
        "迁移用的账号地址，默认同 database_url",
    ),
    (
        "database_connections",
        "GRIDWORK_DATABASE_CONNECTIONS",
        "Most connections",
        "最多连接数",
    ),
    (
        "data",
        "GRIDWORK_DATA",
        "Folder for media, the key and the private cluster",
        "媒体、密钥与自带数据库的文件夹",
    ),
    ("listen", "GRIDWORK_LISTEN", "Where to listen", "监听地址"),
    (
        "public_url",
        "GRIDWORK_PUBLIC_URL",
        "The address people reach the server at",
        "公众访问地址",
    ),
    (
        "city",
        "GRIDWORK_CITY",
        "12-digit code of the city; its schema is `c` and the first six digits",
        "城市 12 位代码",
    ),
    (
        "city_name_zh",
        "GRIDWORK_CITY_NAME_ZH",
        "Name of the city, Chinese",
        "城市名",
    ),
    (
        "city_name_en",
        "GRIDWORK_CITY_NAME_EN",
        "Name of the city, English",
        "城市英文名",
    ),
    (
        "jurisdiction_id",
        "GRIDWORK_JURISDICTION_ID",
        "Open311 jurisdiction",
        "Open311 辖区标识",
    ),
    ("zone", "GRIDWORK_ZONE", "Civil time zone", "时区"),
    (
        "schematic",
        "GRIDWORK_SCHEMATIC",
        "Mark maps as schematic",
        "地图标注“示意”",
    ),
    (
        "behind_proxy",
        "GRIDWORK_BEHIND_PROXY",
        "Believe the last entry of X-Forwarded-For",
        "信任反向代理给出的来源地址",
    ),
    (
        "key",
        "GRIDWORK_KEY",
        "The city's key, 64 hexadecimal digits; else the file `key` in the data folder",
        "城市密钥（64 位十六进制）；否则用数据文件夹中的 key 文件",
    ),
    ("log", "GRIDWORK_LOG", "What is logged", "日志级别"),
    (
        "media_hosts",
        "GRIDWORK_MEDIA_HOSTS",
        "Hosts pictures may be fetched from although private, comma-separated (tests)",
        "允许抓取图片的内网主机（测试用）",
    ),
];

impl Settings {
    /// Reads defaults, then `file`, then the environment.
    ///
    /// # Errors
    /// When the file cannot be read, has an unknown key, or a value does not fit; the text names it.
    pub fn read(file: Option<&Path>) -> anyhow::Result<Self> {
        let mut table = match file {
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .with_context(|| format!("reading {}", path.display()))?;
                text.parse::<toml::Table>()
                    .with_context(|| format!("in {}", path.display()))?
            }
            None => toml::Table::new(),
        };
        let plain = toml::Table::try_from(Plain::default())?;
        for (key, variable, ..) in TABLE {
            // Set to nothing is not set.
            if let Some(text) = std::env::var(variable).ok().filter(|text| !text.is_empty()) {
                let value = typed(plain.get(*key), &text)
                    .with_context(|| format!("the environment variable {variable}"))?;
                table.insert((*key).to_owned(), value);
            }
        }
        let settings: Self = table.try_into().context("the settings")?;
        settings.check()?;
        Ok(settings)
    }

    /// Checks what no type can.
    ///
    /// # Errors
    /// The text names the setting and says what it should be.
    pub fn check(&self) -> anyhow::Result<()> {
        if !(100_000_000_000..=999_999_999_999).contains(&self.city) {
            bail!("city: a 12-digit division code, e.g. 320400000000");
        }
        if self.listen.parse::<std::net::SocketAddr>().is_err() {
            bail!("listen: an address and a port, e.g. 127.0.0.1:8080");
        }
        if jiff::tz::TimeZone::get(&self.zone).is_err() {
            bail!("zone: a time zone, e.g. Asia/Shanghai");
        }
        if self.database_connections == 0 {
            bail!("database_connections: at least 1");
        }
        if let Some(key) = &self.key {
            key_of(key).context("key")?;
        }
        Ok(())
    }

    /// The schema of the city: `c` and the first six digits of its code.
    #[must_use]
    pub fn schema(&self) -> String {
        format!("c{:06}", self.city / 1_000_000)
    }

    /// The city's key: as set, or kept in the file `key` of the data folder, which is made the first time.
    ///
    /// # Errors
    /// When the file cannot be read or made.
    pub fn vault(&self) -> anyhow::Result<kernel::vault::Vault> {
        if let Some(key) = &self.key {
            return Ok(kernel::vault::Vault::new(key_of(key)?));
        }
        let path = self.data.join("key");
        if !path.exists() {
            std::fs::create_dir_all(&self.data)?;
            let fresh: [u8; 32] = kernel::vault::random().map_err(|e| anyhow::anyhow!("{e}"))?;
            let text: String = fresh.iter().map(|b| format!("{b:02x}")).collect();
            write_private(&path, &text).with_context(|| format!("writing {}", path.display()))?;
        }
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading {}", path.display()))?;
        Ok(kernel::vault::Vault::new(key_of(text.trim())?))
    }
}

/// A file only its owner can read, whole or not at all.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let aside = path.with_extension("new");
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(aside, path)
}

fn key_of(text: &str) -> anyhow::Result<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 {
        bail!("64 hexadecimal digits are needed, not {}", text.len());
    }
    for (byte, at) in key.iter_mut().zip((0..64).step_by(2)) {
        let two = text.get(at..at + 2).unwrap_or_default();
        *byte = u8::from_str_radix(two, 16).context("not hexadecimal")?;
    }
    Ok(key)
}

/// The types of settings that are no text, for reading the environment.
#[derive(serde::Serialize)]
struct Plain {
    database_connections: u32,
    city: i64,
    schematic: bool,
    behind_proxy: bool,
    media_hosts: Vec<String>,
}

impl Default for Plain {
    fn default() -> Self {
        let s = Settings::default();
        Self {
            database_connections: s.database_connections,
            city: s.city,
            schematic: s.schematic,
            behind_proxy: s.behind_proxy,
            media_hosts: s.media_hosts,
        }
    }
}

fn typed(like: Option<&toml::Value>, text: &str) -> anyhow::Result<toml::Value> {
    Ok(match like {
        Some(toml::Value::Integer(_)) => toml::Value::Integer(text.parse().context("a number")?),
        Some(toml::Value::Boolean(_)) => {
            toml::Value::Boolean(text.parse().context("true or false")?)
        }
        Some(toml::Value::Array(_)) => toml::Value::Array(
            text.split(',')
                .map(str::trim)
                .filter(|t| !t.is_empty())
                .map(toml::Value::from)
                .collect(),
        ),
        _ => toml::Value::String(text.to_owned()),
    })
}

/// The table of settings as Markdown.
#[must_use]
pub fn markdown() -> String {
    let plain = toml::Table::try_from(Plain::default()).unwrap_or_default();
    let d = Settings::default();
    let mut out = String::from(
        "| setting | environment | default | what it does | 说明 |\n|---|---|---|---|---|\n",
    );
    for (key, variable, en, zh) in TABLE {
        let default = match *key {
            "data" => d.data.display().to_string(),
            "listen" => d.listen.clone(),
            "city_name_zh" => d.city_name_zh.clone(),
            "city_name_en" => d.city_name_en.clone(),
            "jurisdiction_id" => d.jurisdiction_id.clone(),
            "zone" => d.zone.clone(),
            "log" => d.log.clone(),
            _ => plain.get(*key).map(shown).unwrap_or_default(),
        };
        out.push_str(&format!(
            "| `{key}` | `{variable}` | `{default}` | {en} | {zh} |\n"
        ));
    }
    out
}

fn shown(value: &toml::Value) -> String {
    match value {
        toml::Value::Integer(n) => n.to_string(),
        toml::Value::Boolean(b) => b.to_string(),
        _ => String::new(),
    }
}
