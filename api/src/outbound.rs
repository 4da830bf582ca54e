//! Requests to addresses that users configured (protection against SSRF): to public networks only,
//! without redirects and proxies, and bounded in time and size.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    time::Duration,
};

use anyhow::{Context, anyhow, bail, ensure};
use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Method, Request, StatusCode},
};
use http_body_util::{BodyExt, Limited};
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::{
    client::legacy::{
        Client,
        connect::{HttpConnector, dns::Name},
    },
    rt::TokioExecutor,
};
use serde::de::DeserializeOwned;
use tokio::{net::lookup_host, time::timeout};
use tower::service_fn;
use url::{Host, Url};

/// An answer takes no longer than this, all in all.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes.
const MAX_RESPONSE_SIZE: usize = 64 << 10;

/// The networks that a request may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReachableNetworks {
    /// The public network, and with TLS only.
    Public,
    /// Our own as well, and in the clear.
    Private,
}

impl ReachableNetworks {
    /// Refuses other schemes, and forbidden IP addresses in place of a host name, which the resolver
    /// would not see.
    fn check(self, url: &Url) -> anyhow::Result<()> {
        match url.scheme() {
            "https" => {}
            "http" if self == Self::Private => {}
            scheme => bail!("{scheme} is not spoken here"),
        }
        let fits = match url.host() {
            Some(Host::Ipv4(address)) => self.contains(address.into()),
            Some(Host::Ipv6(address)) => self.contains(address.into()),
            Some(Host::Domain(_)) => true,
            None => false,
        };
        ensure!(fits, "it lies where we do not go");
        Ok(())
    }

    /// Resolves a name to those of its addresses that may be reached.
    async fn resolve(self, name: Name) -> anyhow::Result<std::vec::IntoIter<SocketAddr>> {
        let found = lookup_host((name.as_str(), 0)).await?;
        let within: Vec<_> = found.filter(|address| self.contains(address.ip())).collect();
        ensure!(!within.is_empty(), "it lies where we do not go");
        Ok(within.into_iter())
    }

    fn contains(self, address: IpAddr) -> bool {
        self == Self::Private || is_public(address)
    }
}

/// Sends a request, and parses the JSON response. Any status but 200 is an error.
pub(crate) async fn fetch_json<T: DeserializeOwned>(
    reach: ReachableNetworks,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: String,
) -> anyhow::Result<T> {
    let answer = timeout(TIMEOUT, answer(reach, method, url, headers, body)).await;
    let (status, body) = answer.context("it did not answer in time")??;
    ensure!(status == StatusCode::OK, "it answered {status}");
    serde_json::from_slice(&body).context("it answered something else")
}

async fn answer(
    reach: ReachableNetworks,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: String,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let url = Url::parse(url).context("its address is none")?;
    reach.check(&url)?;
    let mut request = Request::builder().method(method).uri(url.as_str());
    request.headers_mut().context("it cannot be asked so")?.extend(headers);
    let request = request.body(Body::from(body))?;

    let mut tcp = HttpConnector::new_with_resolver(service_fn(move |name| reach.resolve(name)));
    tcp.enforce_http(false);
    let tls = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http().enable_http1();
    let client = Client::builder(TokioExecutor::new()).build(tls.wrap_connector(tcp));
    let response = client.request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), MAX_RESPONSE_SIZE).collect().await;
    let body = body.map_err(|why| anyhow!("its answer cannot be read: {why}"))?;
    Ok((status, body.to_bytes()))
}

/// Whether an address is in the public internet, and not private, local or reserved.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    !(address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        // Shared by providers; for protocols; for benchmarks.
        || first == 100 && (64..128).contains(&second)
        || (first, second, third) == (192, 0, 0)
        || first == 198 && (18..20).contains(&second))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(address) = address.to_ipv4_mapped() {
        return is_public_v4(address);
    }
    // Of all that is global unicast, what is documentation, or another way to write IPv4.
    let [first, second, ..] = address.segments();
    (0x2000..0x4000).contains(&first)
        && !(first == 0x2001 && (second < 0x200 || second == 0xdb8))
        && first != 0x2002
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gets_at_what_only_we_can_reach() {
        for inside in [
            "127.0.0.1",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fd00::1",
            "fe80::1",
            "ff02::1",
            "2001:db8::1",
        ] {
            assert!(!is_public(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1"] {
            assert!(is_public(outside.parse().unwrap()), "{outside}");
        }
    }

    #[tokio::test]
    async fn names_and_numbers_of_this_machine_are_refused_however_they_are_written() {
        for url in [
            "http://example.org/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://[::1]/",
            "https://localhost/",
            "https://user@127.0.0.1/",
            "file:///etc/passwd",
            "gopher://127.0.0.1/",
        ] {
            let headers = HeaderMap::new();
            let result =
                answer(ReachableNetworks::Public, Method::GET, url, headers, String::new()).await;
            let why = format!("{:#}", result.unwrap_err());
            assert!(
                why.contains("where we do not go") || why.contains("not spoken"),
                "{url}: {why}"
            );
        }
    }
}
