//! The same documents as small pages for people. No script, nothing from elsewhere.

use kernel::Lang;
use serde_json::Value;

use super::document::Place;

/// `text` with what has a meaning in HTML written out.
fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
    }
    out
}

fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => safe(text),
        other => safe(&other.to_string()),
    }
}

/// A document as a page: its title and words, a table of its features or collections, its links.
#[must_use]
pub fn page(place: &Place, title: &str, document: &Value) -> String {
    let language = place.lang.pick("zh-CN", "en");
    let mut body = format!("<h1>{}</h1>", safe(title));
    if let Some(about) = document["description"].as_str() {
        body.push_str(&format!("<p>{}</p>", safe(about)));
    }
    if let Some(features) = document["features"].as_array() {
        body.push_str(&counted(place, document, features.len()));
        body.push_str(&table(features, place, document));
    }
    if let Some(properties) = document["properties"].as_object() {
        let rows: String = properties
            .iter()
            .map(|(name, value)| format!("<tr><th>{}<td>{}", safe(name), shown(value)))
            .collect();
        body.push_str(&format!("<table>{rows}</table>"));
    }
    if let Some(classes) = document["conformsTo"].as_array() {
        let items: String = classes
            .iter()
            .map(|c| format!("<li>{}</li>", shown(c)))
            .collect();
        body.push_str(&format!("<ul>{items}</ul>"));
    }
    if let Some(collections) = document["collections"].as_array() {
        let items: String = collections.iter().map(|c| collection(place, c)).collect();
        body.push_str(&format!("<ul>{items}</ul>"));
    }
    if let Some(paths) = document["paths"].as_object() {
        let items: String = paths
            .keys()
            .map(|path| {
                format!(
                    "<li><code>GET {}{}</code></li>",
                    safe(&place.base),
                    safe(path)
                )
            })
            .collect();
        body.push_str(&format!("<ul>{items}</ul>"));
    }
    body.push_str(&links(place, document));
    format!(
        "<!doctype html><html lang=\"{language}\"><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width\"><title>{}</title><style>{STYLE}</style><main>{body}</main></html>",
        safe(title)
    )
}

const STYLE: &str = "body{font:16px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans SC',sans-serif;\
    margin:0;color:#1b2430;background:#f6f7f9}main{max-width:72rem;margin:0 auto;padding:1.5rem}\
    h1{font-size:1.4rem}table{border-collapse:collapse;background:#fff;font-size:14px;display:block;\
    overflow-x:auto}th,td{border:1px solid #d8dde4;padding:.25rem .6rem;text-align:left;white-space:nowrap}\
    th{background:#eef1f5}a{color:#1f5fbf}nav a{margin-inline-end:1rem}.quiet{color:#5b6675}\
    @media(prefers-color-scheme:dark){body{background:#12161c;color:#e3e8ee}table{background:#191f27}\
    th{background:#212935}th,td{border-color:#333d4a}a{color:#8ab4f8}.quiet{color:#9aa5b4}}";

fn counted(place: &Place, document: &Value, here: usize) -> String {
    let said = match (document["numberMatched"].as_u64(), place.lang) {
        (Some(all), Lang::Zh) => format!("共 {all} 条，本页 {here} 条"),
        (Some(all), Lang::En) => format!("{all} in all, {here} on this page"),
        (None, Lang::Zh) => format!("本页 {here} 条"),
        (None, Lang::En) => format!("{here} on this page"),
    };
    format!("<p class=\"quiet\">{said}</p>")
}

fn table(features: &[Value], place: &Place, document: &Value) -> String {
    let Some(first) = features.first().and_then(|f| f["properties"].as_object()) else {
        return String::new();
    };
    let heads: String = first
        .keys()
        .map(|name| format!("<th>{}", safe(name)))
        .collect();
    let at = document["links"]
        .as_array()
        .and_then(|l| l.iter().find(|l| l["rel"] == "collection"))
        .and_then(|l| l["href"].as_str())
        .unwrap_or(&place.base);
    let rows: String = features
        .iter()
        .map(|feature| {
            let id = feature["id"].as_str().unwrap_or_default();
            let cells: String = first
                .keys()
                .map(|name| format!("<td>{}", shown(&feature["properties"][name])))
                .collect();
            let id_in_path: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            format!(
                "<tr><td><a href=\"{}/items/{id_in_path}?f=html\">{}</a>{cells}",
                safe(at),
                safe(id)
            )
        })
        .collect();
    format!("<table><tr><th>id{heads}{rows}</table>")
}

fn collection(place: &Place, collection: &Value) -> String {
    let id = collection["id"].as_str().unwrap_or_default();
    format!(
        "<li><a href=\"{}/collections/{id}/items?f=html\">{}</a><br><span class=\"quiet\">{}</span></li>",
        safe(&place.base),
        shown(&collection["title"]),
        shown(&collection["description"])
    )
}

fn links(place: &Place, document: &Value) -> String {
    let home = format!(
        "<a href=\"{}?f=html\">{}</a><a href=\"{}/collections?f=html\">{}</a>",
        safe(&place.base),
        place.lang.pick("首页", "Home"),
        safe(&place.base),
        place.lang.pick("图层", "Collections"),
    );
    let own: String = document["links"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|l| {
            matches!(
                l["rel"].as_str(),
                Some("next" | "prev" | "self" | "service-desc")
            )
        })
        .map(|l| {
            let turn = matches!(l["rel"].as_str(), Some("next" | "prev"));
            let href = l["href"].as_str().unwrap_or_default();
            let href = if turn {
                href.replacen("f=json", "f=html", 1)
            } else {
                href.to_owned()
            };
            let label = if l["rel"] == "self" {
                "JSON".to_owned()
            } else {
                shown(&l["title"])
            };
            format!("<a href=\"{}\">{label}</a>", safe(&href))
        })
        .collect();
    format!("<nav><p>{own}</p><p>{home}</p></nav>")
}
