//! Saved views of the work list: a name for a filter, each person's own.

use axum::Json;
use axum::extract::State as Given;
use axum::http::StatusCode;
use kernel::Path;
use kernel::rights::rule;
use kernel::{Actor, Capability, Error, FieldFault, Form, Moment, Need, Result, RouteRule};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::State;
use crate::list::count;
use crate::list::filter::Asked;
use crate::list::select::Select;

/// Most views of one person.
const MOST: i64 = 30;
/// Longest name, in letters.
const LONGEST_NAME: usize = 30;
/// Longest filter.
const LONGEST_QUERY: usize = 2_000;

/// Who may call which route.
pub const RULES: &[RouteRule] = &[
    rule("GET", "/api/views", Need::Can(Capability::ReadCases)),
    rule("POST", "/api/views", Need::Can(Capability::ReadCases)),
    rule(
        "DELETE",
        "/api/views/{id}",
        Need::Can(Capability::ReadCases),
    ),
];

/// The routes of this module.
#[must_use]
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(views, save))
        .routes(routes!(remove))
}

/// A saved view.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct View {
    /// Made by the sender.
    pub id: Uuid,
    /// What the person calls it.
    pub name: String,
    /// The filter as in the address of the list.
    pub query: String,
    /// Cases in it, at most 1,001 (then there are more); null when the filter no longer makes sense.
    pub count: Option<i64>,
    /// Whether others see it.
    pub shared: bool,
}

/// The caller's views.
#[derive(Debug, Serialize, ToSchema)]
pub struct Views {
    views: Vec<View>,
}

/// A view to save.
#[derive(Debug, Deserialize, ToSchema)]
struct NewView {
    /// Made by the sender; the same id twice is the same view.
    id: Uuid,
    /// 1 to 30 letters.
    name: String,
    /// The filter as in the address of the list.
    query: String,
}

/// The caller's saved views with how many cases each holds now.
#[utoipa::path(get, path = "/api/views", tag = "cases", responses((status = 200, body = Views)))]
async fn views(Given(state): Given<State>, actor: Actor) -> Result<Json<Views>> {
    let mut conn = state.cases.app.db.acquire().await?;
    let mut views = Vec::new();
    for (id, name, query) in store::of(&mut conn, &actor).await? {
        let count = counted(&mut conn, &state, &actor, &query).await?;
        views.push(View {
            id,
            name,
            query,
            count,
            shared: false,
        });
    }
    Ok(Json(Views { views }))
}

async fn counted(
    conn: &mut PgConnection,
    state: &State,
    actor: &Actor,
    query: &str,
) -> Result<Option<i64>> {
    let Ok(filter) = Asked::of_query(query).and_then(|asked| asked.read(state)) else {
        return Ok(None);
    };
    let select = Select::new(conn, state, actor, Capability::ReadCases, filter).await?;
    let (total, more) = count::total(conn, &select).await?;
    Ok(Some(total + i64::from(more)))
}

/// Saves a filter under a name.
#[utoipa::path(post, path = "/api/views", tag = "cases", request_body = NewView,
    responses((status = 201, body = View), (status = 422, description = "The fields at fault")))]
async fn save(
    Given(state): Given<State>,
    actor: Actor,
    Form(new): Form<NewView>,
) -> Result<(StatusCode, Json<View>)> {
    let name = new.name.trim();
    let letters = name.chars().count();
    if letters == 0 || letters > LONGEST_NAME {
        let fault = FieldFault::new("name", "field.length");
        return Err(Error::invalid(vec![
            fault.with("min", 1).with("max", LONGEST_NAME),
        ]));
    }
    if new.query.len() > LONGEST_QUERY {
        let fault = FieldFault::new("query", "text.too_long").with("most", LONGEST_QUERY);
        return Err(Error::invalid(vec![fault]));
    }
    Asked::of_query(&new.query)?.read(&state)?;
    let mut tx = state.cases.app.db.begin().await?;
    let now = state.cases.app.clock.now();
    store::save(&mut tx, &actor, new.id, name, &new.query, now).await?;
    let count = counted(&mut tx, &state, &actor, &new.query).await?;
    tx.commit().await?;
    let view = View {
        id: new.id,
        name: name.to_owned(),
        query: new.query,
        count,
        shared: false,
    };
    Ok((StatusCode::CREATED, Json(view)))
}

/// Removes one of the caller's views.
#[utoipa::path(delete, path = "/api/views/{id}", tag = "cases", params(("id" = Uuid, Path)),
    responses((status = 200, body = Object), (status = 404)))]
async fn remove(
    Given(state): Given<State>,
    actor: Actor,
    Path(id): Path<Uuid>,
) -> Result<Json<serde_json::Value>> {
    let mut conn = state.cases.app.db.acquire().await?;
    store::remove(&mut conn, &actor, id).await?;
    Ok(Json(serde_json::json!({})))
}

mod store {
    use super::{Actor, Error, MOST, Moment, PgConnection, Result, Uuid};

    pub(super) async fn of(
        conn: &mut PgConnection,
        actor: &Actor,
    ) -> Result<Vec<(Uuid, String, String)>> {
        Ok(sqlx::query_as(
            "select id, name, query from saved_views where person = $1 order by made_at, id",
        )
        .bind(actor.person)
        .fetch_all(conn)
        .await?)
    }

    pub(super) async fn save(
        conn: &mut PgConnection,
        actor: &Actor,
        id: Uuid,
        name: &str,
        query: &str,
        now: Moment,
    ) -> Result<()> {
        let written = sqlx::query(
            "insert into saved_views (id, person, name, query, made_at) values ($1, $2, $3, $4, $5)
             on conflict (id) do nothing",
        )
        .bind(id)
        .bind(actor.person)
        .bind(name)
        .bind(query)
        .bind(now)
        .execute(&mut *conn)
        .await?;
        let (same, held): (bool, i64) = sqlx::query_as(
            "select coalesce(bool_or(id = $2 and name = $3 and query = $4), false), count(*)
             from saved_views where person = $1",
        )
        .bind(actor.person)
        .bind(id)
        .bind(name)
        .bind(query)
        .fetch_one(conn)
        .await?;
        if written.rows_affected() == 0 && !same {
            return Err(Error::conflict("view.id_reused"));
        }
        if held > MOST {
            return Err(Error::conflict("view.too_many").with("max", MOST));
        }
        Ok(())
    }

    pub(super) async fn remove(conn: &mut PgConnection, actor: &Actor, id: Uuid) -> Result<()> {
        let gone = sqlx::query("delete from saved_views where id = $1 and person = $2")
            .bind(id)
            .bind(actor.person)
            .execute(conn)
            .await?;
        if gone.rows_affected() == 0 {
            return Err(Error::NotFound("view.not_found"));
        }
        Ok(())
    }
}
