//! Benchmarks, each beside a reference measured in the same run on the same servers.
//!
//! Prints a table and a chart, and writes `target/bench.json`. Run it with `tests/bench/run`;
//! arguments name the measurements to make: append, demonstration, documents, exports, ingress, http, past,
//! revocation, stream, uploads, verify; that of the portal is `web/tests/bench.spec.ts`.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on should stop")]
#![expect(clippy::cast_precision_loss, reason = "figures are rounded anyway")]

mod append;
mod client;
mod demonstration;
mod document;
mod export;
mod http;
mod ingress;
mod past;
mod plain;
mod report;
mod revocation;
mod stream;
mod uploads;
mod verify;

use report::Report;

#[tokio::main]
async fn main() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    // Cargo adds an argument of its own.
    let selected: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    if let [first, database_url] = selected.as_slice()
        && first == "plain"
    {
        return plain::serve(database_url).await;
    }
    let is_selected = |name: &str| selected.is_empty() || selected.iter().any(|arg| arg == name);
    let mut report = Report::default();
    if is_selected("append") {
        append::measure(&mut report).await;
    }
    if is_selected("demonstration") {
        demonstration::measure(&mut report).await;
    }
    if is_selected("documents") {
        document::measure(&mut report).await;
    }
    if is_selected("exports") {
        export::measure(&mut report).await;
    }
    if is_selected("http") {
        http::measure(&mut report).await;
    }
    if is_selected("ingress") {
        ingress::measure(&mut report).await;
    }
    if is_selected("past") {
        past::measure(&mut report).await;
    }
    if is_selected("revocation") {
        revocation::measure(&mut report).await;
    }
    if is_selected("stream") {
        stream::measure(&mut report).await;
    }
    if is_selected("uploads") {
        uploads::measure(&mut report).await;
    }
    if is_selected("verify") {
        verify::measure(&mut report).await;
    }
    report.finish();
}
