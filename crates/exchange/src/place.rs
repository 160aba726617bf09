//! Where a client says it is: a point, a code, or words.

use divisions::CurrentNet;
use open311::{PostRequest, Problem};

/// A place as the report will hold it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Told {
    /// Degrees east and north, when it is certain.
    pub point: Option<(f64, f64)>,
    /// The place in words.
    pub text: Option<String>,
}

/// The place of a request: `lat` and `long` first, then `address_id`, then `address_string`.
///
/// A code of a grid or community is the point its label stands at, and so are words that name exactly
/// one of them; of a town or district only the name is kept, since its middle is nobody's place.
///
/// # Errors
/// `address_id` that is no code of the net.
pub fn of(request: &PostRequest, net: &CurrentNet) -> Result<Told, Problem> {
    let text = request.address_string.clone();
    if let Some(point) = request.point {
        // An address_id beside a point adds nothing the point does not say.
        return Ok(Told {
            point: Some((point.long, point.lat)),
            text,
        });
    }
    if let Some(code) = &request.address_id {
        let found = by_code(code, net).ok_or_else(|| Problem::NotOffered {
            field: "address_id".to_owned(),
            value: code.clone(),
        })?;
        return Ok(Told {
            text: text.or(found.text),
            ..found
        });
    }
    let point = text.as_deref().and_then(|words| by_words(words, net));
    Ok(Told { point, text })
}

fn by_code(code: &str, net: &CurrentNet) -> Option<Told> {
    if let Some(grid) = net.grid_by_code(code) {
        let at = net.locate(grid.lon, grid.lat);
        return Some(Told {
            point: Some((grid.lon, grid.lat)),
            text: at.map(|at| net.place_text(&at)),
        });
    }
    let division = net.division(code.parse().ok()?)?;
    let narrow = division.level == divisions::Level::Village;
    Some(Told {
        point: narrow.then_some((division.lon, division.lat)),
        text: Some(net.division_text(division.code)),
    })
}

/// The one community, grid or dedicated grid whose full name ends with these words.
fn by_words(words: &str, net: &CurrentNet) -> Option<(f64, f64)> {
    let city = net.city();
    let name = compact(words);
    let name = city
        .as_ref()
        .and_then(|c| name.strip_prefix(&compact(&c.name)))
        .unwrap_or(&name);
    // One letter names nothing.
    if name.chars().count() < 2 {
        return None;
    }
    let mut named = net
        .find_places(name, 50)
        .into_iter()
        .filter(|place| compact(&place.text).ends_with(name));
    let only = named.next()?;
    let narrow = matches!(only.kind, "community" | "grid" | "dedicated");
    (narrow && named.next().is_none()).then_some((only.lon, only.lat))
}

fn compact(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, ',' | '，' | '、'))
        .collect::<String>()
        .to_lowercase()
}
