//! The views of a replay.

use sqlx::{Connection, PgConnection};

use super::{Replay, ReplayedModel, list_replays};
use crate::{
    analyst::{AnalystSchema, ComparedSchemas, Pseudonymization, create_diff_view, create_views},
    registry::projector_named,
};

/// Makes the views on read models, and what compares them.
pub(super) async fn make_views(
    db: &mut PgConnection,
    models: &[ReplayedModel],
) -> sqlx::Result<()> {
    for (projector, replay) in models.iter().filter(|(_, replay)| !replay.is_actual) {
        let mut tx = db.begin().await?;
        let pseudonyms = pseudonyms(replay);
        create_views(&mut tx, projector, &replay.schema, views_of(replay), &pseudonyms).await?;
        tx.commit().await?;
    }
    compare(db, models).await
}

/// Compares anew what is left of a replay. What another version filled this one cannot compare.
pub(super) async fn compare_again(db: &mut PgConnection, name: &str) -> sqlx::Result<()> {
    let left = list_replays(&mut *db).await?.into_iter().filter(|replay| replay.name == name);
    let known = left.filter_map(|replay| {
        let projector = projector_named(&replay.projector).ok()?;
        (projector.version == replay.version).then_some((projector, replay))
    });
    compare(db, &known.collect::<Vec<_>>()).await
}

/// Makes the view that compares read models of a scenario with what was.
async fn compare(db: &mut PgConnection, models: &[ReplayedModel]) -> sqlx::Result<()> {
    let Some((_, first)) = models.iter().find(|(_, replay)| replay.scenario.is_some()) else {
        return Ok(());
    };
    let actual = |of: &Replay| {
        let mut models = models.iter().map(|(_, replay)| replay);
        models.find(|replay| replay.is_actual && replay.projector == of.projector)
    };
    let others = models.iter().filter(|(_, replay)| !replay.is_actual);
    let compared = others.filter_map(|(projector, replay)| {
        let (actual, counterfactual) = (actual(replay)?.schema.as_str(), replay.schema.as_str());
        Some(ComparedSchemas { projector, actual, counterfactual })
    });
    let compared: Vec<_> = compared.collect();
    let mut tx = db.begin().await?;
    create_diff_view(&mut tx, &compared, views_of(first), &pseudonyms(first)).await?;
    tx.commit().await
}

fn views_of(replay: &Replay) -> AnalystSchema<'_> {
    let scenario = replay.scenario_label();
    AnalystSchema { name: &replay.name, reader: &replay.reader, scenario }
}

/// Each replay has a key of its own, so that what is in two of them is not the same to whoever reads both.
fn pseudonyms(replay: &Replay) -> Pseudonymization {
    if replay.personal {
        return Pseudonymization::Off;
    }
    Pseudonymization::KeyedBy(format!(
        "select sha256(key || convert_to('{}', 'UTF8')) from projections.pseudonym_key",
        replay.run
    ))
}
