//! The client address of a request, and the proxies that may set it.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use anyhow::Context;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PeerAddress(pub(crate) SocketAddr);

/// The address of the client who sent a request; every request has it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl ClientAddress {
    /// The unit of rate limits: an IPv4 address, or the /64 of an IPv6 one. It is personal data, and
    /// never stored.
    pub fn rate_limit_key(self) -> IpAddr {
        self.prefix(32, 64)
    }

    /// The address cut to its network, a /24 of IPv4 or a /56 of IPv6, which many share, so it may be stored.
    pub fn network(self) -> IpAddr {
        self.prefix(24, 56)
    }

    /// The networks around it, a /16 of IPv4 or a /48 of IPv6: what one customer of a provider may hold.
    pub fn wider_network(self) -> IpAddr {
        self.prefix(16, 48)
    }

    /// The first bits of an address of either version.
    fn prefix(self, v4: u8, v6: u8) -> IpAddr {
        let address = self.0.to_canonical();
        let bits = if address.is_ipv4() { v4 } else { v6 };
        IpNet::new(address, bits).map_or(address, |network| network.network())
    }
}

pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Headers that proxies set, and clients may forge.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x-real-ip",
];

/// The trusted proxies.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// The client address: the peer's, or if that is a trusted proxy, the one it forwards. Removes
    /// all forwarding headers.
    pub(crate) fn client_address(&self, peer: IpAddr, headers: &mut HeaderMap) -> ClientAddress {
        let mut address = peer.to_canonical();
        if self.trusts(address) {
            let values = headers.get_all(X_FORWARDED_FOR).iter();
            let values: Vec<_> = values.filter_map(|value| value.to_str().ok()).collect();
            for hop in values.iter().flat_map(|value| value.split(',')).rev() {
                let Ok(before) = hop.trim().parse::<IpAddr>() else { break };
                address = before.to_canonical();
                if !self.trusts(address) {
                    break;
                }
            }
        }
        for name in FORWARDED {
            headers.remove(name);
        }
        ClientAddress(address)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// `10.0.0.0/8, 192.168.1.7, fd00::/8`
impl FromStr for TrustedProxies {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let networks = text.split([',', ' ']).filter(|entry| !entry.is_empty()).map(|entry| {
            let network = entry.parse::<IpAddr>().map(IpNet::from).or_else(|_| entry.parse());
            network.with_context(|| format!("{entry} is no address and no network"))
        });
        networks.collect::<anyhow::Result<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append(X_FORWARDED_FOR, value.parse().unwrap());
        }
        let proxies: TrustedProxies = proxies.parse().unwrap();
        let address = proxies.client_address(peer.parse().unwrap(), &mut headers);
        assert!(headers.is_empty());
        address.0.to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed() {
        assert_eq!(address("", "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        let ours = "10.0.0.0/8, ::1";
        assert_eq!(address(ours, "203.0.113.9", &["198.51.100.1"]), "203.0.113.9");
        assert_eq!(address(ours, "10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(address(ours, "::ffff:10.1.2.3", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(address(ours, "::1", &[]), "::1");
    }

    #[test]
    fn what_the_client_wrote_before_our_proxies_did_is_not_believed() {
        let forwarded = ["1.1.1.1, 198.51.100.1", "10.9.9.9"];
        assert_eq!(address("10.0.0.0/8", "10.1.2.3", &forwarded), "198.51.100.1");
        assert_eq!(address("10.0.0.0/8", "10.1.2.3", &["8.8.8.8, nonsense"]), "10.1.2.3");
    }

    #[test]
    fn a_network_of_ipv6_has_one_rate_limit_whatever_address_it_takes() {
        let key = |text: &str| ClientAddress(text.parse().unwrap()).rate_limit_key().to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(key("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn neighbours_share_a_network() {
        let network = |text: &str| ClientAddress(text.parse().unwrap()).network().to_string();
        assert_eq!(network("192.0.2.77"), "192.0.2.0");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.0");
        assert_eq!(network("2001:db8:1:23ff::1"), "2001:db8:1:2300::");
        let around = |text: &str| ClientAddress(text.parse().unwrap()).wider_network().to_string();
        assert_eq!(around("192.0.2.77"), "192.0.0.0");
        assert_eq!(around("2001:db8:1:23ff::1"), "2001:db8:1::");
    }

    #[test]
    fn a_network_that_is_none_is_refused() {
        for wrong in ["10.0.0.0/33", "ten", "::1/x"] {
            assert!(wrong.parse::<TrustedProxies>().is_err(), "{wrong}");
        }
    }
}
