//! Read your own writes: a query may wait until its read model has come to a position.

use std::time::{Duration, Instant};

use axum::{
    http::{HeaderName, HeaderValue},
    response::Response,
};
use projections::{Projections, listing::Listing};

use crate::{
    dispatcher::X_POSITION,
    problem::{Problem, ProblemCode},
};

/// How long a query waits for its read model.
const MAX_WAIT: Duration = Duration::from_secs(2);
const WARNING: HeaderName = HeaderName::from_static("warning");

/// How far the read model had come, if the client position to know.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Freshness {
    reached: Option<i64>,
    stale: bool,
}

/// How far the read models are.
#[derive(Clone)]
pub(crate) struct ReadModelProgress(Projections);

impl ReadModelProgress {
    pub(crate) fn new(projections: Projections) -> Self {
        Self(projections)
    }

    /// Waits until the read models of these listings contain a position, for all of them together at most
    /// [`MAX_WAIT`].
    pub(crate) async fn wait_for(
        &self,
        listings: &[&Listing],
        position: Option<i64>,
    ) -> Result<Freshness, Problem> {
        let Some(position) = position else { return Ok(Freshness::default()) };
        let (mut reached, start) = (i64::MAX, Instant::now());
        for listing in listings {
            let left = MAX_WAIT.saturating_sub(start.elapsed());
            reached = reached.min(self.wait_until_reached(listing, position, left).await?);
        }
        Ok(Freshness { reached: Some(reached), stale: reached < position })
    }

    /// Waits at most `max_wait` for a position; how far the read model of the listing has come by then.
    pub(crate) async fn wait_until_reached(
        &self,
        listing: &Listing,
        position: i64,
        max_wait: Duration,
    ) -> sqlx::Result<i64> {
        let model = projections::projector_of(listing);
        match model {
            Some(model) => self.0.wait_until_reached(model.name, position, max_wait).await,
            // Listings without a projection of their own are never behind.
            None => Ok(position),
        }
    }
}

impl Freshness {
    /// The same of what an answer contains up to an earlier position only.
    pub(crate) fn capped_at(self, position: i64) -> Self {
        Self { reached: self.reached.map(|reached| reached.min(position)), ..self }
    }

    /// Replaces a problem, such as 404, by 503 if the read model is behind the position.
    pub(crate) fn unavailable_if_behind(self, problem: Problem) -> Problem {
        let behind =
            || Problem::unavailable(ProblemCode::Behind, "the read model has not come so far yet");
        if self.stale { behind() } else { problem }
    }

    /// The position up to which an answer is complete. The checkpoint may be lower, as it is written
    /// rarely while a read model has nothing to do.
    pub(crate) fn complete_up_to(self, written: i64) -> i64 {
        self.reached.map_or(written, |reached| reached.max(written))
    }

    /// Sets `X-Position`, and `Warning` if the read model is behind.
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
