//! The documents: landing page, conformance, collections, pages of features.

use divisions::CurrentNet;
use kernel::Lang;
use serde_json::{Value, json};

use super::asked::Asked;
use super::collections::Collection;
use super::crs::Crs;

/// A page of features.
#[derive(Debug, Clone, Default)]
pub struct Page {
    /// How many there are on all pages, when that is known.
    pub matched: Option<usize>,
    /// The last id of this page, when there is more after it.
    pub next: Option<String>,
    /// The first id of this page, when there is something before it.
    pub previous: Option<String>,
    /// The features, as GeoJSON.
    pub features: Vec<Value>,
}

/// Where the service is, and in which language it is told.
#[derive(Debug, Clone)]
pub struct Place {
    /// `…/ogc`, without a slash at the end.
    pub base: String,
    /// The caller's language.
    pub lang: Lang,
    /// The city's name in that language.
    pub city: String,
    /// Whether areas are a demonstration.
    pub schematic: bool,
}

/// GeoJSON's media type.
pub const GEOJSON: &str = "application/geo+json";
/// JSON's.
pub const JSON: &str = "application/json";
/// A page's.
pub const HTML: &str = "text/html";
/// The API document's.
pub const OPENAPI: &str = "application/vnd.oai.openapi+json;version=3.0";

/// What the service keeps to.
pub const CONFORMANCE: [&str; 6] = [
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/oas30",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/geojson",
    "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/html",
    "http://www.opengis.net/spec/ogcapi-features-2/1.0/conf/crs",
];

fn link(href: String, rel: &str, kind: &str, title: &str) -> Value {
    json!({"href": href, "rel": rel, "type": kind, "title": title})
}

impl Place {
    fn word(&self, zh: &'static str, en: &'static str) -> &'static str {
        self.lang.pick(zh, en)
    }

    /// Links of a document at `path` (beginning with a slash) to itself in both forms.
    fn selves(&self, path: &str, kind: &str) -> Vec<Value> {
        let at = format!("{}{path}", self.base);
        let (this, page) = (
            self.word("本文档", "This document"),
            self.word("网页", "As a page"),
        );
        vec![
            link(format!("{at}?f=json"), "self", kind, this),
            link(format!("{at}?f=html"), "alternate", HTML, page),
        ]
    }

    /// What people call the service.
    #[must_use]
    pub fn title(&self) -> String {
        match self.lang {
            Lang::Zh => format!("{}网格地理数据", self.city),
            Lang::En => format!("{}: grids and public cases", self.city),
        }
    }

    /// The landing page.
    #[must_use]
    pub fn landing(&self) -> Value {
        let base = &self.base;
        let mut links = self.selves("", JSON);
        links.extend([
            link(
                format!("{base}/api"),
                "service-desc",
                OPENAPI,
                self.word("接口定义", "Definition of the API"),
            ),
            link(
                format!("{base}/api?f=html"),
                "service-doc",
                HTML,
                self.word("接口说明", "Documentation of the API"),
            ),
            link(
                format!("{base}/conformance"),
                "conformance",
                JSON,
                self.word("遵循的标准", "What it keeps to"),
            ),
            link(
                format!("{base}/collections"),
                "data",
                JSON,
                self.word("图层", "Collections"),
            ),
        ]);
        let mut about = self
            .word(
                "行政区划、网格和公开案件，按 OGC API – Features 提供。",
                "Divisions, grids and public cases by OGC API – Features.",
            )
            .to_owned();
        if self.schematic {
            about.push_str(self.word(" 范围为示意。", " Areas are schematic."));
        }
        json!({"title": self.title(), "description": about, "links": links})
    }

    /// What the service keeps to.
    #[must_use]
    pub fn conformance(&self) -> Value {
        json!({"conformsTo": CONFORMANCE, "links": self.selves("/conformance", JSON)})
    }

    /// All collections.
    #[must_use]
    pub fn collections(&self, net: &CurrentNet) -> Value {
        let all = Collection::ALL.map(|c| self.collection(c, net));
        json!({
            "links": self.selves("/collections", JSON),
            "collections": all,
            "crs": Crs::ALL.map(Crs::uri),
        })
    }

    /// One collection.
    #[must_use]
    pub fn collection(&self, collection: Collection, net: &CurrentNet) -> Value {
        let path = format!("/collections/{}", collection.id());
        let items = format!("{}{path}/items", self.base);
        let mut links = self.selves(&path, JSON);
        let title = collection.title(self.lang);
        links.push(link(format!("{items}?f=json"), "items", GEOJSON, title));
        links.push(link(format!("{items}?f=html"), "items", HTML, title));
        let mut document = json!({
            "id": collection.id(),
            "title": title,
            "description": collection.description(self.lang),
            "itemType": "feature",
            "crs": Crs::ALL.map(Crs::uri),
            "storageCrs": Crs::Epsg4490.uri(),
            "links": links,
        });
        if let (Some(city), Some(object)) = (net.city(), document.as_object_mut()) {
            let extent = json!({
                "spatial": {"bbox": [city.bounds], "crs": Crs::Crs84.uri()},
                "temporal": {"interval": [[null, null]],
                             "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian"},
            });
            object.insert("extent".into(), extent);
        }
        document
    }

    /// The links of a page of features, by their relation: itself, the one before, the next.
    #[must_use]
    pub fn paging(&self, collection: Collection, asked: &Asked, page: &Page) -> Vec<Value> {
        let at = format!("{}/collections/{}/items", self.base, collection.id());
        let address = |form: &str, more: Option<(&str, &str)>| {
            let kept = asked.kept.iter().filter(|(name, _)| name != "f");
            let kept = kept.map(|(n, v)| (n.as_str(), v.as_str()));
            let query = url::form_urlencoded::Serializer::new(String::new())
                .extend_pairs([("f", form)])
                .extend_pairs(kept)
                .extend_pairs(more)
                .finish();
            format!("{at}?{query}")
        };
        let here = match &asked.beside {
            super::asked::Beside::Start => None,
            super::asked::Beside::After(key) => Some(("after", key.as_str())),
            super::asked::Beside::Before(key) => Some(("before", key.as_str())),
        };
        let mut links = vec![
            link(
                address("json", here),
                "self",
                GEOJSON,
                self.word("本页", "This page"),
            ),
            link(
                address("html", here),
                "alternate",
                HTML,
                self.word("网页", "As a page"),
            ),
        ];
        if let Some(key) = &page.next {
            let next = address("json", Some(("after", key)));
            links.push(link(next, "next", GEOJSON, self.word("下一页", "Next")));
        }
        if let Some(key) = &page.previous {
            let before = address("json", Some(("before", key)));
            links.push(link(
                before,
                "prev",
                GEOJSON,
                self.word("上一页", "Previous"),
            ));
        }
        let up = format!("{}/collections/{}", self.base, collection.id());
        links.push(link(up, "collection", JSON, collection.title(self.lang)));
        links
    }

    /// The links of one feature.
    #[must_use]
    pub fn around(&self, collection: Collection, id: &str) -> Vec<Value> {
        let up = format!("{}/collections/{}", self.base, collection.id());
        let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
        let mut links = self.selves(
            &format!("/collections/{}/items/{id}", collection.id()),
            GEOJSON,
        );
        links.push(link(up, "collection", JSON, collection.title(self.lang)));
        links
    }
}
