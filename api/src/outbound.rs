//! Asking others, whose addresses somebody gave us: as little as possible is taken on trust.
//!
//! The name is resolved once, and only what it resolved to is connected to, so that nobody gets at
//! what only we can reach. Nobody is followed elsewhere, and nobody makes us wait or read for long.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, LazyLock},
    time::Duration,
};

use anyhow::{Context, anyhow, ensure};
use axum::{
    body::Bytes,
    http::{HeaderMap, Method, Request, StatusCode, header::HOST},
};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, pki_types::ServerName},
};
use url::Url;

/// An answer takes no longer than this, all in all.
const PATIENCE: Duration = Duration::from_secs(10);
/// The largest answer that is read, in bytes.
const LARGEST: usize = 64 << 10;

static TLS: LazyLock<TlsConnector> = LazyLock::new(|| {
    let roots: RootCertStore = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    TlsConnector::from(Arc::new(config))
});

/// Where we may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    /// The public network, and with TLS only.
    Public,
    /// Our own as well, and in the clear.
    Private,
}

/// Sends a request and reads the JSON that must be the answer.
pub(crate) async fn ask<T: DeserializeOwned>(
    reach: Reach,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: String,
) -> anyhow::Result<T> {
    let answer = timeout(PATIENCE, answer(reach, method, url, headers, body)).await;
    let (status, body) = answer.context("it did not answer in time")??;
    ensure!(status == StatusCode::OK, "it answered {status}");
    serde_json::from_slice(&body).context("it answered something else")
}

async fn answer(
    reach: Reach,
    method: Method,
    url: &str,
    headers: HeaderMap,
    body: String,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let url = Url::parse(url).context("its address is none")?;
    let tls = match url.scheme() {
        "https" => true,
        "http" if reach == Reach::Private => false,
        scheme => return Err(anyhow!("{scheme} is not spoken here")),
    };
    let (host, port) = (url.host_str().unwrap_or_default(), url.port_or_known_default());
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let target = &url[url::Position::BeforePath..url::Position::AfterQuery];
    let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
    let mut request = Request::builder().method(method).uri(target).header(HOST, authority);
    request.headers_mut().context("it cannot be asked so")?.extend(headers);
    let request = request.body(Full::new(Bytes::from(body)))?;

    let stream = connect(reach, bare, port.context("it has no port")?).await?;
    if tls {
        let name = ServerName::try_from(bare.to_owned())?;
        exchange(TLS.connect(name, stream).await?, request).await
    } else {
        exchange(stream, request).await
    }
}

async fn connect(reach: Reach, host: &str, port: u16) -> anyhow::Result<TcpStream> {
    let found: Vec<SocketAddr> = lookup_host((host, port)).await?.collect();
    let may = |address: &&SocketAddr| reach == Reach::Private || is_public(address.ip());
    let address = found.iter().find(may).context("it lies where we do not go")?;
    Ok(TcpStream::connect(address).await?)
}

async fn exchange<S: AsyncRead + AsyncWrite + Send + Unpin + 'static>(
    stream: S,
    request: Request<Full<Bytes>>,
) -> anyhow::Result<(StatusCode, Bytes)> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await?;
    let status = response.status();
    let body = Limited::new(response.into_body(), LARGEST).collect().await;
    connection.abort();
    let body = body.map_err(|why| anyhow!("its answer cannot be read: {why}"))?;
    Ok((status, body.to_bytes()))
}

/// Whether an address belongs to somebody in the world, and not to a machine beside us.
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
            let asked = answer(Reach::Public, Method::GET, url, headers, String::new()).await;
            let why = asked.unwrap_err().to_string();
            assert!(
                why.contains("where we do not go") || why.contains("not spoken"),
                "{url}: {why}"
            );
        }
    }
}
