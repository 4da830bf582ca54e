//! From where a request comes.

use std::{
    net::{IpAddr, SocketAddr},
    str::FromStr,
};

use anyhow::Context;
use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

/// The other end of the connection.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// The address of the client who sent a request; every request has it as an extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address(pub IpAddr);

impl Address {
    /// Whom it is counted for while a process lives: an address, or all 2⁶⁴ that one subscriber is
    /// given. It is personal, and written nowhere.
    pub fn subscriber(self) -> IpAddr {
        self.prefix(32, 64)
    }

    /// The network that it is in, which many share and may be written down: a /24 of IPv4, a /56
    /// of IPv6.
    pub fn network(self) -> IpAddr {
        self.prefix(24, 56)
    }

    /// The first bits of an address of either version.
    fn prefix(self, v4: u8, v6: u8) -> IpAddr {
        let address = self.0.to_canonical();
        let bits = if address.is_ipv4() { v4 } else { v6 };
        IpNet::new(address, bits).map_or(address, |network| network.network())
    }
}

pub const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// What proxies say of a request, and clients may pretend.
const FORWARDED: [&str; 7] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-prefix",
    "x-real-ip",
];

/// The proxies that are believed.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    /// Where a request comes from, by its peer and, if that is a proxy of ours, by what it says.
    /// What is said by somebody else is forgotten.
    pub(crate) fn address(&self, peer: IpAddr, headers: &mut HeaderMap) -> Address {
        let mut address = peer.to_canonical();
        if self.trusts(address) {
            let said = headers.get_all(X_FORWARDED_FOR).iter();
            let said: Vec<_> = said.filter_map(|said| said.to_str().ok()).collect();
            for said in said.iter().flat_map(|said| said.split(',')).rev() {
                let Ok(before) = said.trim().parse::<IpAddr>() else { break };
                address = before.to_canonical();
                if !self.trusts(address) {
                    break;
                }
            }
        }
        for name in FORWARDED {
            headers.remove(name);
        }
        Address(address)
    }

    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// `10.0.0.0/8, 192.168.1.7, fd00::/8`
impl FromStr for Proxies {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> anyhow::Result<Self> {
        let networks = text.split([',', ' ']).filter(|word| !word.is_empty()).map(|word| {
            let network = word.parse::<IpAddr>().map(IpNet::from).or_else(|_| word.parse());
            network.with_context(|| format!("{word} is no address and no network"))
        });
        networks.collect::<anyhow::Result<_>>().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(proxies: &str, peer: &str, said: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for said in said {
            headers.append(X_FORWARDED_FOR, said.parse().unwrap());
        }
        let proxies: Proxies = proxies.parse().unwrap();
        let address = proxies.address(peer.parse().unwrap(), &mut headers);
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
        let said = ["1.1.1.1, 198.51.100.1", "10.9.9.9"];
        assert_eq!(address("10.0.0.0/8", "10.1.2.3", &said), "198.51.100.1");
        assert_eq!(address("10.0.0.0/8", "10.1.2.3", &["8.8.8.8, nonsense"]), "10.1.2.3");
    }

    #[test]
    fn a_subscriber_of_the_new_internet_is_one_whatever_address_he_takes() {
        let subscriber = |text: &str| Address(text.parse().unwrap()).subscriber().to_string();
        assert_eq!(subscriber("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(subscriber("::ffff:192.0.2.1"), "192.0.2.1");
    }

    #[test]
    fn neighbours_share_a_network() {
        let network = |text: &str| Address(text.parse().unwrap()).network().to_string();
        assert_eq!(network("192.0.2.77"), "192.0.2.0");
        assert_eq!(network("::ffff:192.0.2.77"), "192.0.2.0");
        assert_eq!(network("2001:db8:1:23ff::1"), "2001:db8:1:2300::");
    }

    #[test]
    fn a_network_that_is_none_is_refused() {
        for wrong in ["10.0.0.0/33", "ten", "::1/x"] {
            assert!(wrong.parse::<Proxies>().is_err(), "{wrong}");
        }
    }
}
