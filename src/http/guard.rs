//! Keeps a server from sending mcpgen into a private network (RFC 9728, section 7.7). It checks the
//! resolved addresses, so DNS rebinding does not help.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// The error for a name that resolves to a private address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PrivateAddress(pub IpAddr);

/// A resolver that refuses private addresses.
#[derive(Debug)]
pub struct GuardedResolver {
    inner: DefaultResolver,
    active: bool,
    proxy: Option<String>,
}

impl GuardedResolver {
    /// Makes a resolver. The proxy is chosen by the user and may be anywhere.
    pub fn new(active: bool, proxy: Option<String>) -> Self {
        Self { inner: DefaultResolver::default(), active, proxy }
    }
}

impl Resolver for GuardedResolver {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let found = self.inner.resolve(uri, config, timeout).map_err(|error| {
            if let ureq::Error::Io(_) = error { ureq::Error::HostNotFound } else { error }
        })?;
        let trusted = !self.active || uri.host() == self.proxy.as_deref();
        match found.iter().find(|address| is_private(address.ip())) {
            Some(address) if !trusted => {
                Err(ureq::Error::Other(Box::new(PrivateAddress(address.ip()))))
            }
            Some(_) | None => Ok(found),
        }
    }
}

/// Returns the private IP address that a host is written as, including `localhost`.
pub fn private_literal(host: &str) -> Option<IpAddr> {
    if host.eq_ignore_ascii_case("localhost") {
        return Some(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    let address = host.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    is_private(address).then_some(address)
}

/// Returns whether an IP address is not public (IANA special-purpose registries).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_private_v4(v4),
            None => is_private_v6(v6),
        },
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, ..] = v4.octets();
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    carried_v4(v6).is_some_and(is_private_v4)
        || (v6.segments()[0] & 0xffc0) == 0xfec0
        || v6.is_loopback()
        || v6.is_unspecified()
        || v6.is_unique_local()
        || v6.is_unicast_link_local()
        || v6.is_multicast()
}

// The embedded IPv4 address: IPv4-compatible (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056).
fn carried_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            Some(v4(high, low))
        }
        [0x2002, high, low, ..] => Some(v4(high, low)),
        [..] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for private in [
            "10.0.0.1",
            "172.16.0.1",
            "192.168.1.1",
            "127.0.0.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "[::10.0.0.1]",
            "[64:ff9b::10.0.0.1]",
            "[2002:7f00:1::]",
            "[fec0::1]",
            "localhost",
        ] {
            assert!(private_literal(private).is_some(), "{private}");
        }
        for public in [
            "1.1.1.1",
            "172.32.0.1",
            "100.128.0.1",
            "[2606:4700::1]",
            "[64:ff9b::1.1.1.1]",
            "example.com",
        ] {
            assert!(private_literal(public).is_none(), "{public}");
        }
    }
}
