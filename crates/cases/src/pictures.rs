//! Blurring by hand at the desk: what must not be seen is burnt out of a picture that a case has.

use axum::Json;
use axum::extract::{FromRef, State as Axum};
use kernel::Path;
use kernel::{Actor, Error, Form, MediaId, Result};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::{desk, state, store};

/// What the route is given: the cases and where pictures are kept.
#[derive(Debug, Clone)]
pub struct State {
    /// The cases.
    pub cases: state::State,
    /// Where pictures are kept.
    pub media: media::State,
}

impl FromRef<State> for state::State {
    fn from_ref(state: &State) -> Self {
        state.cases.clone()
    }
}

/// The route; its rule stands with the others in [`crate::RULES`].
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(blur))
}

/// Burns areas out of a picture: a new one takes the old one's place everywhere, and the old is removed.
#[utoipa::path(post, path = "/api/media/{id}/blur", tag = "media", request_body = media::routes::Blur,
    params(("id" = MediaId, Path)), responses((status = 200, body = Object), (status = 404), (status = 422)))]
async fn blur(
    Axum(state): Axum<State>,
    actor: Actor,
    Path(old): Path<MediaId>,
    Form(form): Form<media::routes::Blur>,
) -> Result<Json<Value>> {
    media::routes::check_areas("areas", &form.areas)?;
    if form.areas.is_empty() {
        return Err(Error::field("areas", "field.missing"));
    }
    let mut conn = state.cases.app.db.acquire().await?;
    let id = store::case_of_media(&mut conn, old)
        .await?
        .ok_or(Error::NotFound("media.not_found"))?;
    let case = store::find(&mut conn, &crate::row::Key::Id(id)).await?;
    if !desk::may_see(&mut conn, &case, &actor).await? {
        return Err(Error::NotFound("media.not_found"));
    }
    drop(conn);
    let (new, kept) = media::desk::blur(&state.media, old, form.areas, actor.person).await?;
    let mut tx = state.cases.app.db.begin().await?;
    media::desk::replace(&mut tx, old, &new).await?;
    desk::blurred(&mut tx, &state.cases, &actor, old, new.id).await?;
    tx.commit().await?;
    state.cases.app.committed.notify_one();
    // From here on nothing refers to the old objects.
    for object in [Some(kept.stored), kept.thumb].into_iter().flatten() {
        state.media.files.remove(&object).await;
    }
    Ok(Json(media::desk::show(&state.media, &new)))
}
