//! What the events of an aggregate would be under the policies of a scenario.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use domain::{
    Decider, EventFormatError, RawEvent, Recorded, TermLength,
    analytics::scenario::{PolicyOverride, Scenario},
    catalog::product::{self, Product, ProductId},
    encode,
    licensing::license::{self, License, under_other_policy},
    scheduling::service::Service,
    schema_version_of, wire_name,
};
use event_store::events_by_aggregate;
use futures::TryStreamExt;
use serde_json::value::RawValue;
use sqlx::PgConnection;

use crate::Projector;

/// The policies of a scenario, and what must be known of those that were in force.
///
/// **Invariant (ANA-4):** it changes policies, never facts.
#[derive(Debug)]
pub(crate) struct Counterfactual {
    scenario: Scenario,
    /// From which position on the policy of each product let a term last how long.
    usual_terms: HashMap<ProductId, Vec<(i64, TermLength)>>,
    /// Until then it is recorded what follows.
    end: DateTime<Utc>,
}

/// Whether a scenario may change what a read model shows.
pub(super) fn is_changed(projector: &Projector, scenario: &Scenario) -> bool {
    let changed = scenario.overrides.iter().flat_map(|policy| match policy {
        PolicyOverride::ServicePrice { .. } => &[Service::NAME][..],
        PolicyOverride::Issuance { .. } => &[Product::NAME, License::NAME],
    });
    let mut changed = changed.copied();
    changed.any(|stream| projector.stream(stream).is_some())
}

impl Counterfactual {
    /// Reads which policies were in force up to a position.
    pub(super) async fn load(
        db: &mut PgConnection,
        scenario: Scenario,
        upto: i64,
        end: DateTime<Utc>,
    ) -> sqlx::Result<Self> {
        let mut usual_terms: HashMap<_, Vec<_>> = HashMap::new();
        if !scenario.changes_issuance() {
            return Ok(Self { scenario, usual_terms, end });
        }
        let mut events = events_by_aggregate(db, Product::NAME, upto);
        while let Some(raw) = events.try_next().await? {
            // What cannot be read is in no read model either.
            if let Ok(Recorded { event: product::Event::IssuancePolicySet { policy }, .. }) =
                raw.decode::<Product>()
            {
                let terms = usual_terms.entry(ProductId::from(raw.id)).or_default();
                terms.push((raw.position, policy.term));
            }
        }
        drop(events);
        Ok(Self { scenario, usual_terms, end })
    }

    /// The events of an aggregate under the scenario; none where one of them cannot be read, as it is not known what
    /// they would be.
    pub(crate) fn apply(&self, events: Vec<RawEvent>) -> Vec<RawEvent> {
        let Some(first) = events.first() else { return events };
        let changed = match first.stream.as_str() {
            Service::NAME => self
                .scenario
                .price_change(first.id.into())
                .map(|change| each::<Service>(&events, |event| event.at_other_price(change))),
            Product::NAME => self
                .scenario
                .issuance_change(first.id.into())
                .map(|change| each::<Product>(&events, |event| event.under_other_policy(change))),
            License::NAME if self.scenario.changes_issuance() => {
                Some(rewritten::<License>(&events, |history| self.license(history)))
            }
            _ => None,
        };
        match changed {
            None => events,
            Some(Ok(changed)) => changed,
            Some(Err(why)) => {
                tracing::warn!(stream = first.stream, id = %first.id, "a scenario lacks it: {why}");
                Vec::new()
            }
        }
    }

    fn license(&self, history: Vec<Recorded<license::Event>>) -> Vec<Recorded<license::Event>> {
        let product = history.iter().find_map(|recorded| match &recorded.event {
            license::Event::Issued { grant, .. } => Some(grant.product),
            _ => None,
        });
        let change = product.and_then(|product| self.scenario.issuance_change(product));
        let Some((product, change)) = product.zip(change) else { return history };
        let usual_term = |position| self.usual_term(product, position);
        under_other_policy(&history, change, usual_term, self.end)
    }

    /// How long the policy of a product that was in force at a position let a term last.
    fn usual_term(&self, product: ProductId, position: i64) -> Option<TermLength> {
        let terms = self.usual_terms.get(&product)?.iter();
        terms.rev().find(|(from, _)| *from < position).map(|(_, term)| *term)
    }
}

fn each<D: Decider>(
    events: &[RawEvent],
    change: impl Fn(D::Event) -> D::Event,
) -> Result<Vec<RawEvent>, EventFormatError> {
    rewritten::<D>(events, |history| {
        let changed = history.into_iter().map(|recorded| {
            let Recorded { position, stream, id, version, recorded_at, meta, event } = recorded;
            let event = change(event);
            Recorded { position, stream, id, version, recorded_at, meta, event }
        });
        changed.collect()
    })
}

fn rewritten<D: Decider>(
    events: &[RawEvent],
    rewrite: impl FnOnce(Vec<Recorded<D::Event>>) -> Vec<Recorded<D::Event>>,
) -> Result<Vec<RawEvent>, EventFormatError> {
    let history = events.iter().map(RawEvent::decode::<D>).collect::<Result<_, _>>()?;
    rewrite(history).into_iter().map(raw::<D>).collect()
}

/// An event as it would lie in the store.
fn raw<D: Decider>(recorded: Recorded<D::Event>) -> Result<RawEvent, EventFormatError> {
    let (variant, data) = encode::<D>(&recorded.event)?;
    let (kind, schema) = (wire_name::<D>(&variant), schema_version_of::<D>(&variant));
    let Recorded { position, stream, id, version, recorded_at, meta, .. } = recorded;
    match RawValue::from_string(data) {
        Ok(data) => {
            Ok(RawEvent { position, stream, id, version, kind, schema, data, meta, recorded_at })
        }
        Err(why) => Err(EventFormatError::Unreadable { kind, schema, why }),
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use domain::Meta;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;

    const PRODUCT: Uuid = Uuid::from_u128(1);

    fn start() -> DateTime<Utc> {
        "2030-01-01T00:00:00Z".parse().unwrap()
    }

    /// Its policy was first of 100 days, from position 50 on of 200; under the scenario it is of 30.
    fn counterfactual() -> Counterfactual {
        let issuance = json!({
            "type": "issuance", "product": PRODUCT, "change": { "term": { "days": 30 } },
        });
        let scenario = json!({ "label": "shorter", "overrides": [issuance] });
        let terms = vec![(1, TermLength::Days(100)), (50, TermLength::Days(200))];
        Counterfactual {
            scenario: serde_json::from_value(scenario).unwrap(),
            usual_terms: [(PRODUCT.into(), terms)].into(),
            end: start() + TimeDelta::days(1),
        }
    }

    fn issued(position: i64, product: Uuid, days: i64) -> RawEvent {
        let data = json!({
            "grant": {
                "cabinet": Uuid::nil(), "product": product, "quantity": 1, "schema": "1.0",
                "parameters": {}, "grace_days": 14, "notices": [30], "origin": null,
            },
            "term": { "from": start(), "until": start() + TimeDelta::days(days) },
        });
        RawEvent {
            position,
            stream: License::NAME.to_owned(),
            id: Uuid::from_u128(2),
            version: 1,
            kind: "LicenseIssued".to_owned(),
            schema: 1,
            data: RawValue::from_string(data.to_string()).unwrap(),
            meta: Meta::default(),
            recorded_at: start(),
        }
    }

    fn days_after(events: Vec<RawEvent>) -> i64 {
        days_of(&counterfactual().apply(events))
    }

    fn days_of(events: &[RawEvent]) -> i64 {
        let data: Value = serde_json::from_str(events[0].data.get()).unwrap();
        let until: DateTime<Utc> = data["term"]["until"].as_str().unwrap().parse().unwrap();
        (until - start()).num_days()
    }

    #[test]
    fn ana_4_a_term_is_changed_if_it_was_that_of_the_policy_in_force() {
        assert_eq!(days_after(vec![issued(10, PRODUCT, 100)]), 30);
        assert_eq!(days_after(vec![issued(60, PRODUCT, 200)]), 30);
        assert_eq!(days_after(vec![issued(60, PRODUCT, 100)]), 100, "somebody agreed on it");
        assert_eq!(days_after(vec![issued(10, Uuid::from_u128(3), 100)]), 100, "another product");
    }

    #[test]
    fn ana_4_what_cannot_be_read_is_absent_rather_than_as_it_was() {
        let newer = RawEvent { kind: "LicenseFramed".to_owned(), ..issued(11, PRODUCT, 100) };
        let history = || vec![issued(10, PRODUCT, 100), newer.clone()];
        assert!(counterfactual().apply(history()).is_empty());
        // Other prices change no licence.
        let price = json!({ "type": "service_price", "change": { "percent": 10 } });
        let scenario = json!({ "label": "dearer", "overrides": [price] });
        let scenario = serde_json::from_value(scenario).unwrap();
        let dearer = Counterfactual { scenario, ..counterfactual() };
        let same = dearer.apply(history());
        assert_eq!((same.len(), days_of(&same)), (2, 100));
    }
}
