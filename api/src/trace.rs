//! The identity of a request in logs, responses and the events that follow from it (W3C Trace Context).

use std::sync::{Arc, OnceLock};

use axum::http::HeaderMap;
use domain::identity::{Actor, Role};
use uuid::Uuid;

use crate::problem::TRACE_ID;

tokio::task_local! {
    static CURRENT: Trace;
}

/// The flag of a trace that is kept.
const RECORDED: u8 = 1;

/// The header in which clients may name a request; the response repeats it.
pub const REQUEST_ID: &str = "x-request-id";

/// The W3C trace that a request is part of, and the client's name for the request.
#[derive(Debug, Clone)]
pub struct Trace {
    /// Its id: it has as many bits as a UUID.
    id: Uuid,
    /// What the events that follow from it are found by: the id of the trace, unless a stranger chose that.
    pub(crate) correlation: Uuid,
    /// Our own step of it.
    span: u64,
    /// The flags of the W3C trace: whether the client records it.
    flags: u8,
    /// The value of `X-Request-Id`, or the trace id.
    pub request: String,
    /// Who sent it, once they are authenticated.
    caller: Arc<OnceLock<(Uuid, Role)>>,
}

impl Trace {
    /// From `traceparent`, else from `X-Request-Id`, else anew. Whoever is not `may_set_correlation` chooses no correlation.
    pub(crate) fn from_headers(headers: &HeaderMap, may_set_correlation: bool) -> Self {
        let header = |name: &str| headers.get(name)?.to_str().ok();
        let named = header(REQUEST_ID).filter(|name| is_harmless(name));
        let (trace, flags) = header("traceparent").and_then(parent).unzip();
        let own = Uuid::now_v7();
        let id = trace.or_else(|| named?.parse().ok()).unwrap_or(own);
        let correlation = if may_set_correlation { id } else { own };
        let request = named.map_or_else(|| id.to_string(), str::to_owned);
        // The last 64 bits of a new UUID are drawn at random, and never all zero.
        let (_, span) = Uuid::now_v7().as_u64_pair();
        Self {
            id,
            correlation,
            span,
            flags: flags.unwrap_or(RECORDED),
            request,
            caller: Arc::default(),
        }
    }

    /// Who sent it: a guest unless [`set_caller`] was called.
    pub(crate) fn caller(&self) -> (Uuid, Role) {
        self.caller.get().copied().unwrap_or((Uuid::nil(), Role::Guest))
    }

    /// The `traceparent` for everything that follows from this request.
    pub fn traceparent(&self) -> String {
        format!("00-{}-{:016x}-{:02x}", self.id(), self.span, self.flags)
    }

    /// The W3C trace id: 32 hexadecimal digits.
    pub(crate) fn id(&self) -> String {
        self.id.simple().to_string()
    }
}

/// The request that this task answers.
pub fn current() -> Option<Trace> {
    CURRENT.try_with(Clone::clone).ok()
}

/// Records who sent the request that this task answers.
pub(crate) fn set_caller(actor: &Actor) {
    // Outside of a request there is no trace.
    let _ = CURRENT.try_with(|trace| trace.caller.set((actor.id, actor.role)));
}

/// Runs a future with this trace as the current one.
pub(crate) async fn with_trace<T>(trace: Trace, answer: impl Future<Output = T>) -> T {
    TRACE_ID.scope(trace.id(), CURRENT.scope(trace, answer)).await
}

/// The trace id and the flags of `00-<trace id>-<parent id>-<flags>`; all zeros mean none.
fn parent(traceparent: &str) -> Option<(Uuid, u8)> {
    let mut parts = traceparent.split('-');
    let (_, id, _, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let id = (id.len() == 32).then(|| Uuid::try_parse(id).ok())??;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    (!id.is_nil()).then_some((id, flags))
}

/// Whether it can stand in a log and a header without doing anything there.
fn is_harmless(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.:".contains(c);
    (1..=64).contains(&name.len()) && name.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(header: &'static str, value: &'static str) -> Trace {
        let headers = [(header.parse().unwrap(), value.parse().unwrap())].into_iter().collect();
        Trace::from_headers(&headers, true)
    }

    #[test]
    fn a_request_keeps_the_name_it_came_with() {
        let traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        let trace = named("traceparent", traceparent);
        assert_eq!(trace.correlation.simple().to_string(), trace.id());
        assert_eq!(trace.id(), "0af7651916cd43dd8448eb211c80319c");
        let parent = trace.traceparent();
        assert!(parent.starts_with("00-0af7651916cd43dd8448eb211c80319c-"), "{parent}");
        assert!(parent.ends_with("-01") && parent.len() == 55 && parent != traceparent);
        assert_eq!(named(REQUEST_ID, "checkout-17").request, "checkout-17");
        let uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
        assert_eq!(named(REQUEST_ID, uuid).correlation.to_string(), uuid);
    }

    #[test]
    fn a_stranger_names_the_trace_and_not_what_events_are_found_by() {
        let id = "0af7651916cd43dd8448eb211c80319c";
        let traceparent = format!("00-{id}-b7ad6b7169203331-01").parse().unwrap();
        let headers = [("traceparent".parse().unwrap(), traceparent)].into_iter().collect();
        let trace = Trace::from_headers(&headers, false);
        assert_eq!(trace.id(), id);
        assert_ne!(trace.correlation.simple().to_string(), id);
    }

    #[test]
    fn a_name_that_could_do_harm_is_replaced() {
        for name in ["a b", "", "{{7*7}}", "ümlaut"] {
            let value = axum::http::HeaderValue::from_bytes(name.as_bytes()).unwrap();
            let headers = [(REQUEST_ID.parse().unwrap(), value)].into_iter().collect();
            let trace = Trace::from_headers(&headers, true);
            assert_ne!(trace.request, name);
        }
        assert_ne!(
            named("traceparent", "00-00000000000000000000000000000000-b7ad6b7169203331-01")
                .correlation,
            Uuid::nil()
        );
    }
}
