//! Documents that say what the program says: settings and demo accounts. `cargo xtask bless` rewrites them.

use std::fs;
use std::path::Path;

/// Checks (or, when blessing, writes) what stands between `<!-- name -->` and `<!-- /name -->`.
fn between(file: &str, name: &str, wanted: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs")
        .join(file);
    let text = fs::read_to_string(&path).unwrap();
    let (open, close) = (format!("<!-- {name} -->\n"), format!("<!-- /{name} -->"));
    let (before, rest) = text
        .split_once(&open)
        .expect("the mark stands in the document");
    let (found, after) = rest.split_once(&close).expect("the mark is closed");
    if std::env::var_os("GRIDWORK_BLESS").is_some() {
        fs::write(&path, format!("{before}{open}{wanted}{close}{after}")).unwrap();
    } else {
        assert_eq!(
            found, wanted,
            "{file} is behind; run: cargo xtask bless -p gridwork"
        );
    }
}

#[test]
fn the_table_of_settings_is_what_the_program_reads() {
    between("operators.md", "settings", &server::settings::markdown());
}

#[test]
fn the_demo_accounts_are_those_the_program_prints() {
    let all = server::demo::accounts_json();
    let mut table = String::from("| login | role | area | |\n|---|---|---|---|\n");
    for account in all["accounts"].as_array().unwrap() {
        let text = |key: &str| account[key].as_str().unwrap().to_owned();
        table.push_str(&format!(
            "| `{}` | {} | {} | {} |\n",
            text("login"),
            text("role"),
            text("area"),
            text("area_en")
        ));
    }
    between("demo.md", "accounts", &table);
}

#[test]
fn the_openapi_document_that_is_kept_is_the_one_that_is_served() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let served = serde_json::to_string_pretty(&server::boot::City::document()).unwrap() + "\n";
    if std::env::var_os("GRIDWORK_BLESS").is_some() {
        fs::write(&path, served).unwrap();
    } else {
        let kept = fs::read_to_string(&path).unwrap_or_default();
        // Not assert_eq: the two would be printed whole.
        assert!(
            kept == served,
            "docs/openapi.json is behind; run: cargo xtask bless -p gridwork"
        );
    }
}

#[test]
fn every_setting_of_the_table_is_a_setting() {
    for (key, variable, ..) in server::settings::TABLE {
        let text = format!("{key} = 1");
        let said = toml::from_str::<server::settings::Settings>(&text);
        let unknown = said.is_err_and(|e| e.to_string().contains("unknown field"));
        assert!(!unknown, "{key} ({variable})");
    }
}
