//! Keeps a server from sending mcpgen into a private network (RFC 9728, section 7.7). It checks the
//! resolved addresses, so DNS rebinding does not help.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;
use url::Host;

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
    /// Makes a resolver. The user chose the proxy, so it may have any address. The caller checks that a server does not
    /// lead to the proxy.
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

/// Returns whether two hosts are the same, however they are written.
pub fn is_same_host(a: &str, b: &str) -> bool {
    let host = |text: &str| Host::parse(text.trim_end_matches('.')).ok();
    host(a).is_some_and(|a| Some(a) == host(b))
}

/// Returns the private IP address that a host leads to, if it is known without resolving names. Only the name of the
/// proxy is resolved, because [`GuardedResolver`] trusts it.
pub fn private_target(
    host: &str,
    proxy: Option<&str>,
    resolve: &dyn Fn(&str) -> Vec<IpAddr>,
) -> Option<IpAddr> {
    let proxy = proxy.filter(|proxy| is_same_host(proxy, host));
    let resolved = || proxy.and_then(|_| resolve(host).into_iter().find(|at| is_private(*at)));
    private_literal(host).or_else(resolved)
}

/// Returns the private IP address of a host, in any spelling that resolvers accept (`127.1`, `0x7f000001`,
/// `0177.0.0.1`), including `localhost` (RFC 6761, section 6.3).
pub fn private_literal(host: &str) -> Option<IpAddr> {
    // A zone (RFC 6874) does not change the address.
    let zone = host.strip_suffix(']').and_then(|host| host.split_once('%'));
    let address = match Host::parse(&zone.map_or(host.to_owned(), |(host, _)| format!("{host}]"))) {
        Ok(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or_default();
            return (last == "localhost").then_some(IpAddr::V4(Ipv4Addr::LOCALHOST));
        }
        Ok(Host::Ipv4(v4)) => IpAddr::V4(v4),
        Ok(Host::Ipv6(v6)) => IpAddr::V6(v6),
        Err(_) => return None,
    };
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
    let [a, b, c, _] = v4.octets();
    v4.is_private()
        || v4.is_loopback()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_multicast()
        || v4.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a, b, c) == (192, 0, 0)
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let [a, b, c, ..] = v6.segments();
    carried_v4(v6).is_some_and(is_private_v4)
        // NAT64 with a prefix of the local network (RFC 8215).
        || (a, b, c) == (0x64, 0xff9b, 1)
        // Discarded (RFC 6666), for documentation (RFC 3849, RFC 9637), for segment routing (RFC 9602).
        || (a, b) == (0x100, 0)
        || (a, b) == (0x2001, 0xdb8)
        || (a == 0x3fff && b < 0x1000)
        || a == 0x5f00
        || (a & 0xffc0) == 0xfec0
        || v6.is_loopback()
        || v6.is_unspecified()
        || v6.is_unique_local()
        || v6.is_unicast_link_local()
        || v6.is_multicast()
}

// The embedded IPv4 address: IPv4-compatible (RFC 4291), IPv4-translated (RFC 2765), NAT64 (RFC 6052), 6to4 (RFC 3056),
// Teredo (RFC 4380), ISATAP (RFC 5214).
fn carried_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match v6.segments() {
        [0, 0, 0, 0, 0, 0, high, low]
        | [0, 0, 0, 0, 0xffff, 0, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [_, _, _, _, 0 | 0x200, 0x5efe, high, low]
        | [0x2002, high, low, ..] => Some(v4(high, low)),
        [0x2001, 0, .., high, low] => Some(v4(!high, !low)),
        [..] => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_cannot_lead_to_the_proxy() {
        let (private, public) = ([10, 0, 0, 1].into(), [1, 1, 1, 1].into());
        for (host, proxy, at, refused) in [
            ("proxy.corp", Some("proxy.corp"), private, true),
            ("PROXY.corp.", Some("proxy.corp"), private, true),
            ("proxy.corp", Some("proxy.corp"), public, false),
            ("other.corp", Some("proxy.corp"), private, false),
            ("other.corp", None, private, false),
            ("127.1", None, public, true),
        ] {
            let found = private_target(host, proxy, &|_| vec![at]);
            assert_eq!(found.is_some(), refused, "{host} {proxy:?} {at}");
        }
    }

    const PRIVATE: &str = "\
        10.0.0.1 172.16.0.1 192.168.1.1 127.0.0.1 169.254.169.254 100.64.0.1 0.0.0.0 \
        198.18.0.1 198.19.255.255 224.0.0.1 255.255.255.255 [::1] [fd00::1] [fe80::1] [::ffff:10.0.0.1] \
        [::10.0.0.1] [64:ff9b::10.0.0.1] [2002:7f00:1::] [fec0::1] 127.1 0 0x7f000001 \
        0X7F.1 0177.0.0.1 2130706433 127.0.0.1. %31%32%37.0.0.1 ①②⑦.0.0.1 192.0.0.8 \
        203.0.113.7 [::ffff:7f00:1] [::ffff:0:127.0.0.1] [64:ff9b:1::1] \
        [64:ff9b:1:abcd::10.0.0.1] [2001:0:1:2:3:4:80ff:fffe] [2606:4700::5efe:10.0.0.1] \
        [2001:0:1:2:3:4:3fff:fff7] [2001:db8::1] [3fff::1] [5f00::1] [100::1] [fe80::1%25eth0] [::1%lo] localhost LOCALHOST. \
        api.localhost";

    const PUBLIC: &str = "\
        1.1.1.1 172.32.0.1 100.128.0.1 [2606:4700::1] [64:ff9b::1.1.1.1] [64:ff9b:2::1] \
        [2002:101:101::] [::ffff:1.1.1.1] 16843009 0x01010101 192.0.1.1 \
        198.17.0.1 198.20.0.1 8.18.0.1 100.63.0.1 8.64.0.1 [3fff:1000::1] example.com \
        localhost.example.com notlocalhost";

    #[test]
    fn only_the_proxy_may_have_a_private_address() {
        for (active, proxy, host, refused) in [
            (true, None, "127.0.0.1", true),
            (true, Some("10.0.0.1"), "127.0.0.1", true),
            (true, Some("127.0.0.1"), "127.0.0.1", false),
            (false, None, "127.0.0.1", false),
            (true, None, "1.1.1.1", false),
        ] {
            let resolver = GuardedResolver::new(active, proxy.map(str::to_owned));
            let uri = format!("http://{host}:1/").parse().unwrap();
            let found = resolver.resolve(&uri, &Config::default(), NextTimeout::default());
            assert_eq!(found.is_err(), refused, "{active} {proxy:?} {host}");
        }
    }

    #[test]
    fn private_addresses_are_distinguished_from_public_ones() {
        for private in PRIVATE.split(' ') {
            assert!(private_literal(private).is_some(), "{private}");
        }
        for public in PUBLIC.split(' ') {
            assert!(private_literal(public).is_none(), "{public}");
        }
    }
}
