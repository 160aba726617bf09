//! The service's definition (OpenAPI 3.0), from which clients read parameters and limits.

use serde_json::{Map, Value, json};

use super::asked::{LIMIT, MOST};
use super::collections::Collection;
use super::crs::Crs;
use super::document::Place;

/// The definition of every path.
#[must_use]
pub fn definition(place: &Place) -> Value {
    let mut paths = Map::new();
    let mut add = |path: String, summary: String, parameters: Vec<Value>, kind: &str| {
        let answers = json!({
            "200": {"description": summary, "content": {kind: {"schema": {"type": "object"}}, "text/html": {}}},
            "400": {"$ref": "#/components/responses/Fault"},
            "404": {"$ref": "#/components/responses/Fault"},
        });
        paths.insert(
            path,
            json!({"get": {"summary": summary, "parameters": parameters, "responses": answers}}),
        );
    };
    let json = "application/json";
    add("/".into(), place.title(), vec![form()], json);
    add(
        "/conformance".into(),
        "conformance".into(),
        vec![form()],
        json,
    );
    add(
        "/collections".into(),
        "collections".into(),
        vec![form()],
        json,
    );
    for collection in Collection::ALL {
        let at = format!("/collections/{}", collection.id());
        let title = collection.title(place.lang);
        add(at.clone(), title.into(), vec![form()], json);
        let mut parameters: Vec<Value> = [
            "limit", "bbox", "bbox-crs", "crs", "datetime", "after", "before",
        ]
        .map(|name| json!({"$ref": format!("#/components/parameters/{name}")}))
        .into();
        parameters.push(form());
        let filters = collection.properties().iter().filter(|p| p.filter);
        parameters.extend(filters.map(|p| query(p.name, json!({"type": p.kind}))));
        let geojson = "application/geo+json";
        add(format!("{at}/items"), title.into(), parameters, geojson);
        let id = json!({"name": "featureId", "in": "path", "required": true, "schema": {"type": "string"}});
        let crs = json!({"$ref": "#/components/parameters/crs"});
        add(
            format!("{at}/items/{{featureId}}"),
            title.into(),
            vec![id, crs, form()],
            geojson,
        );
    }
    json!({
        "openapi": "3.0.3",
        "info": {"title": place.title(), "version": env!("CARGO_PKG_VERSION"),
                 "license": {"name": "Apache-2.0"}},
        "servers": [{"url": place.base}],
        "paths": paths,
        "components": {"parameters": parameters(), "responses": {"Fault": {
            "description": "What is wrong, naming the parameter",
            "content": {"application/problem+json": {"schema": {"type": "object",
                "properties": {"code": {"type": "string"}, "description": {"type": "string"}}}}},
        }}},
    })
}

fn parameters() -> Value {
    let crs = json!({"type": "string", "format": "uri", "enum": Crs::ALL.map(Crs::uri),
                     "default": Crs::Crs84.uri()});
    json!({
        "limit": query("limit", json!({"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT})),
        "bbox": {"name": "bbox", "in": "query", "style": "form", "explode": false,
                 "schema": {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}},
        "bbox-crs": query("bbox-crs", crs.clone()),
        "crs": query("crs", crs),
        "datetime": query("datetime", json!({"type": "string"})),
        "after": query("after", json!({"type": "string"})),
        "before": query("before", json!({"type": "string"})),
    })
}

fn query(name: &str, schema: Value) -> Value {
    json!({"name": name, "in": "query", "required": false, "schema": schema})
}

fn form() -> Value {
    query("f", json!({"type": "string", "enum": ["json", "html"]}))
}
