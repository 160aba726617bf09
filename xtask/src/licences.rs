//! Whether everything we build on may be built on: an allow-list, never a deny-list.

mod expression;

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::run::{Run, root};
use expression::Expression;

/// `xtask/licences.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Policy {
    /// For whatever may reach a user.
    allowed: Vec<String>,
    /// After `WITH`.
    exceptions: Vec<String>,
    /// For packages that only build or test.
    tools: Vec<String>,
    /// Packages whose statement was read by a person.
    #[serde(default)]
    read: Vec<Read>,
}

/// What a person found in a package whose statement is unclear.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Read {
    name: String,
    licence: String,
    reason: String,
}

/// A crate or npm package.
#[derive(Debug)]
struct Package {
    name: String,
    version: String,
    /// What it says of itself; empty when nothing.
    says: String,
    /// Only builds or tests; never reaches a user.
    tool: bool,
}

/// Checks every crate of `Cargo.lock` and every package of `web/package-lock.json`.
///
/// # Errors
/// A licence is not on the list; the text names the packages.
pub fn check() -> Result<()> {
    let path = root().join("xtask/licences.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let policy: Policy = toml::from_str(&text).context("xtask/licences.toml")?;
    if let Some(read) = policy
        .read
        .iter()
        .find(|read| read.reason.trim().is_empty())
    {
        bail!("xtask/licences.toml: {} has no reason", read.name);
    }
    let (crates, npm) = (crates()?, npm()?);
    let refused: Vec<String> = crates
        .iter()
        .chain(&npm)
        .filter_map(|package| policy.refuses(package))
        .collect();
    if !refused.is_empty() {
        bail!(
            "not on the list in xtask/licences.toml:\n  {}",
            refused.join("\n  ")
        );
    }
    eprintln!(
        "  {} crates and {} npm packages are on the list",
        crates.len(),
        npm.len()
    );
    Ok(())
}

impl Policy {
    /// Why `package` may not be built on, if so.
    fn refuses(&self, package: &Package) -> Option<String> {
        let read = self.read.iter().find(|read| read.name == package.name);
        let says = read.map_or(package.says.as_str(), |read| &read.licence);
        let allowed = Expression::parse(says).is_ok_and(|expression| {
            expression.holds(&|licence, exception| self.allows(licence, exception, package.tool))
        });
        let says = if says.is_empty() {
            "no licence stated"
        } else {
            says
        };
        (!allowed).then(|| format!("{} {}: {says}", package.name, package.version))
    }

    fn allows(&self, licence: &str, exception: Option<&str>, tool: bool) -> bool {
        let named = |list: &[String], name: &str| list.iter().any(|l| l.eq_ignore_ascii_case(name));
        (named(&self.allowed, licence) || (tool && named(&self.tools, licence)))
            && exception.is_none_or(|exception| named(&self.exceptions, exception))
    }
}

/// All crates of the lock, on every platform and with every feature.
fn crates() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Metadata {
        packages: Vec<Crate>,
    }
    #[derive(Deserialize)]
    struct Crate {
        name: String,
        version: String,
        license: Option<String>,
    }
    let metadata = Run::cargo()
        .args(["metadata", "--format-version", "1", "--all-features"])
        .output()?;
    let metadata: Metadata = serde_json::from_slice(&metadata).context("cargo metadata")?;
    let packages = metadata.packages.into_iter().map(|package| Package {
        name: package.name,
        version: package.version,
        says: package.license.unwrap_or_default(),
        tool: false,
    });
    Ok(packages.collect())
}

/// All npm packages of the lock. What is installed speaks for itself; what is only for other
/// machines is spoken for by the lock.
fn npm() -> Result<Vec<Package>> {
    #[derive(Deserialize)]
    struct Lock {
        packages: BTreeMap<String, Locked>,
    }
    #[derive(Deserialize)]
    struct Locked {
        #[serde(default)]
        version: String,
        license: Option<Value>,
        #[serde(default)]
        dev: bool,
        #[serde(default)]
        link: bool,
    }
    let web = root().join("web");
    let lock = fs::read(web.join("package-lock.json")).context("reading web/package-lock.json")?;
    let lock: Lock = serde_json::from_slice(&lock).context("web/package-lock.json")?;
    let mut packages = Vec::new();
    for (path, locked) in lock.packages {
        let Some((_, name)) = path.rsplit_once("node_modules/") else {
            continue;
        };
        if locked.link {
            continue;
        }
        let own = fs::read(web.join(&path).join("package.json")).ok();
        let own: Option<Value> = own.and_then(|text| serde_json::from_slice(&text).ok());
        let says = own
            .as_ref()
            .and_then(stated)
            .or_else(|| stated_as(locked.license.as_ref()?));
        packages.push(Package {
            name: name.to_owned(),
            version: locked.version,
            says: says.unwrap_or_default(),
            tool: locked.dev,
        });
    }
    Ok(packages)
}

/// The licence in a `package.json`: `license`, or the older list `licenses`, any of which may be taken.
fn stated(package: &Value) -> Option<String> {
    stated_as(&package["license"]).or_else(|| {
        let any: Option<Vec<String>> = package["licenses"]
            .as_array()?
            .iter()
            .map(stated_as)
            .collect();
        Some(any?.join(" OR "))
    })
}

/// A licence as a text, or as the older `{"type": …}`.
fn stated_as(value: &Value) -> Option<String> {
    value
        .as_str()
        .or_else(|| value["type"].as_str())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy() -> Policy {
        toml::from_str(include_str!("../licences.toml")).unwrap()
    }

    fn package(says: &str, tool: bool) -> Package {
        Package {
            name: "some".into(),
            version: "1.0.0".into(),
            says: says.into(),
            tool,
        }
    }

    #[test]
    fn the_list_admits_permissive_licences_and_refuses_the_rest() {
        let policy = policy();
        for says in [
            "MIT",
            "MIT OR GPL-3.0-only",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert_eq!(policy.refuses(&package(says, false)), None, "{says}");
        }
        for says in [
            "GPL-3.0-only",
            "MIT AND GPL-2.0",
            "",
            "UNLICENSED",
            "SEE LICENSE IN X",
        ] {
            assert!(policy.refuses(&package(says, false)).is_some(), "{says}");
        }
    }

    #[test]
    fn what_only_builds_or_tests_may_have_what_a_users_part_may_not() {
        assert!(policy().refuses(&package("MPL-2.0", false)).is_some());
        assert_eq!(policy().refuses(&package("MPL-2.0", true)), None);
    }

    #[test]
    fn a_statement_read_by_a_person_stands_for_a_missing_one() {
        let mut policy = policy();
        let read = Read {
            name: "some".into(),
            licence: "MIT".into(),
            reason: "its LICENSE file".into(),
        };
        policy.read.push(read);
        assert_eq!(policy.refuses(&package("", false)), None);
    }

    #[test]
    fn older_ways_to_state_a_licence_are_read() {
        assert_eq!(stated(&json!({"license": "MIT"})).as_deref(), Some("MIT"));
        assert_eq!(
            stated(&json!({"license": {"type": "ISC"}})).as_deref(),
            Some("ISC")
        );
        let list = json!({"licenses": [{"type": "MIT"}, {"type": "Apache-2.0"}]});
        assert_eq!(stated(&list).as_deref(), Some("MIT OR Apache-2.0"));
        assert_eq!(stated(&json!({})), None);
    }
}
