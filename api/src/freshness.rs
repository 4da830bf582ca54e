//! Reading what one has just written: a query may wait for a position.

use std::time::Duration;

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};
use projections::{Projections, listing::Listing};

use crate::{dispatcher::X_POSITION, problem::Problem};

/// For how long a query waits for its read model.
const PATIENCE: Duration = Duration::from_secs(2);
const WARNING: HeaderName = HeaderName::from_static("warning");

/// How far the read model had come, if the client wanted to know.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Freshness {
    reached: Option<i64>,
    stale: bool,
}

/// How far the read models are.
#[derive(Clone)]
pub(crate) struct ReadModels(Projections);

impl ReadModels {
    pub(crate) fn new(projections: Projections) -> Self {
        Self(projections)
    }

    /// Waits, not for long, until the read models of these listings contain a position.
    pub(crate) async fn wait_for(
        &self,
        listings: &[&Listing],
        wanted: Option<i64>,
    ) -> Result<Freshness, Problem> {
        let Some(wanted) = wanted else { return Ok(Freshness::default()) };
        let mut reached = i64::MAX;
        for listing in listings {
            reached = reached.min(self.reached(listing, wanted, PATIENCE).await?);
        }
        Ok(Freshness { reached: Some(reached), stale: reached < wanted })
    }

    /// How far the read model of a listing has come, after waiting for a position so long at most.
    pub(crate) async fn reached(
        &self,
        listing: &Listing,
        wanted: i64,
        patience: Duration,
    ) -> sqlx::Result<i64> {
        let model = projections::all().find(|model| model.schema() == listing.schema());
        match model {
            Some(model) => self.0.reached(model.name, wanted, patience).await,
            // What is kept elsewhere is never behind.
            None => Ok(wanted),
        }
    }
}

impl Freshness {
    /// What is not there yet may be what one has just made.
    pub(crate) fn behind_or(self, problem: Problem) -> Problem {
        let behind = || Problem::unavailable("behind", "the read model has not come so far yet");
        if self.stale { behind() } else { problem }
    }

    /// Up to which position an answer is complete of which the checkpoints say this one: those of read
    /// models that had nothing to do are written now and then only.
    pub(crate) fn position(self, written: i64) -> i64 {
        self.reached.map_or(written, |reached| reached.max(written))
    }

    pub(crate) fn set_headers(self, response: &mut Response) {
        let headers = response.headers_mut();
        if let Some(reached) = self.reached {
            headers.insert(X_POSITION, reached.into());
        }
        if self.stale {
            headers.insert(WARNING, HeaderValue::from_static("110 - \"Response is Stale\""));
        }
    }
}
