//! The schematic net in the database.

use divisions::{NewDivision, NewGrid};
use kernel::{GridId, Moment};
use sqlx::PgConnection;

use crate::boot::told;
use crate::schematic;

/// A basic grid, for those who answer for it.
#[derive(Debug, Clone)]
pub struct Grid {
    /// Its id.
    pub id: GridId,
    /// Its community's code.
    pub community: i64,
}

/// Draws the net of `seed` and stores it as the first, valid from `since`; answers its basic grids in
/// order of code.
///
/// # Errors
/// When no net can be drawn or stored.
pub async fn lay(conn: &mut PgConnection, seed: u64, since: Moment) -> anyhow::Result<Vec<Grid>> {
    let city = tokio::task::spawn_blocking(move || schematic::city(seed)).await??;
    let divisions: Vec<NewDivision> = city.divisions.iter().map(NewDivision::from).collect();
    let grids: Vec<NewGrid> = city.grids.iter().map(NewGrid::from).collect();
    divisions::store::insert_divisions(conn, &divisions)
        .await
        .map_err(told)?;
    let number = divisions::store::begin_net(conn, None, "示意 schematic", since)
        .await
        .map_err(told)?;
    divisions::store::insert_grids(conn, number, &grids, since)
        .await
        .map_err(told)?;
    let scheme = atlas::scheme::CodeScheme::demo();
    sqlx::query("insert into code_schemes (id, pattern, parts, current) values ($1, $2, $3, true)")
        .bind(&scheme.name)
        .bind(scheme.regex())
        .bind(serde_json::to_value(&scheme)?)
        .execute(conn)
        .await?;
    Ok(grids
        .iter()
        .filter(|g| g.kind == divisions::GridKind::Basic)
        .map(|g| Grid {
            id: g.id,
            community: g.community,
        })
        .collect())
}
