//! Decides which proxy a request uses, and whether a server is public.

use std::net::{IpAddr, ToSocketAddrs as _};

use ureq::Proxy;
use ureq::http::Uri;

use super::{HttpError, guard};
use crate::model::url;
use crate::paths::Environment;

/// Returns whether a server is public. Behind a proxy, names are not resolved, so every server counts as public except
/// the proxy's own host. A server in `NO_PROXY` is not behind the proxy. `resolve` returns the addresses of a host.
pub fn is_public(
    server: &str,
    proxy: Option<&Proxy>,
    resolve: &dyn Fn(&str) -> Vec<IpAddr>,
) -> bool {
    let host = url::parts(server).host;
    if url::is_loopback(host) || guard::private_literal(host).is_some() {
        return false;
    }
    let target = server.parse::<Uri>();
    let proxied = |proxy: &Proxy| {
        !guard::is_same_host(proxy.host(), host) && !target.is_ok_and(|uri| proxy.is_no_proxy(&uri))
    };
    let found = if proxy.is_some_and(proxied) { vec![] } else { resolve(host) };
    found.is_empty() || !found.iter().all(|at| guard::is_private(*at))
}

/// Resolves a host; returns nothing if that fails.
pub fn resolve(host: &str) -> Vec<IpAddr> {
    let found = (host, 0).to_socket_addrs().into_iter().flatten();
    found.map(|at| at.ip()).collect()
}

/// Returns the name of the environment variable that has the proxy for a server.
pub fn proxy_variable(env: &Environment, server: &str) -> Option<&'static str> {
    variable(env, server).map(|(name, _)| name)
}

fn variable<'e>(env: &'e Environment, server: &str) -> Option<(&'static str, &'e str)> {
    let plain = server.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("http://"));
    let (upper, lower) =
        if plain { ("HTTP_PROXY", "http_proxy") } else { ("HTTPS_PROXY", "https_proxy") };
    let names = [upper, lower, "ALL_PROXY", "all_proxy"];
    let found = names.iter().find_map(|name| Some((*name, env.var(name)?)));
    found.filter(|_| !url::is_loopback(url::parts(server).host))
}

/// Returns the proxy of the environment. Loopback servers never use it.
///
/// # Errors
/// Fails if an environment variable is not a proxy URL.
pub fn proxy(env: &Environment, server: &str) -> Result<Option<Proxy>, HttpError> {
    let Some((name, address)) = variable(env, server) else { return Ok(None) };
    let proxy = Proxy::new(address).map_err(|_| HttpError::Proxy { name })?;
    let mut builder = Proxy::builder(proxy.protocol())
        .host(proxy.host())
        .port(proxy.port())
        .resolve_target(proxy.resolve_target());
    if let Some(user) = proxy.username() {
        builder = builder.username(user);
    }
    if let Some(password) = proxy.password() {
        builder = builder.password(password);
    }
    let except = env.var("NO_PROXY").or_else(|| env.var("no_proxy")).unwrap_or_default();
    for host in except.split(',').map(str::trim).filter(|host| !host.is_empty()) {
        builder = builder.no_proxy(host);
    }
    for host in ["localhost", "127.0.0.1", "[::1]"] {
        builder = builder.no_proxy(host);
    }
    builder.build().map(Some).map_err(|_| HttpError::Proxy { name })
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::paths::Os;

    #[test]
    fn a_server_behind_a_proxy_is_public_unless_it_is_the_proxy_or_in_no_proxy() {
        let server = "https://mcp.corp/mcp";
        for (via, except, public) in [
            ("proxy.corp", "", true),
            ("proxy.corp", "mcp.corp", false),
            ("mcp.corp", "", false),
            ("MCP.corp.", "", false),
        ] {
            let address = format!("http://{via}:3128");
            let env = Environment::bare(Os::Linux, Utf8Path::new("/home/ada"))
                .with(&[("HTTPS_PROXY", &address), ("NO_PROXY", except)]);
            let proxy = proxy(&env, server).unwrap();
            let private = |_: &str| vec![[10, 0, 0, 1].into()];
            assert_eq!(is_public(server, proxy.as_ref(), &private), public, "{via} {except}");
        }
        assert!(is_public(server, None, &|_| vec![]), "nobody knows its address");
        assert!(is_public(server, None, &|_| vec![[10, 0, 0, 1].into(), [1, 1, 1, 1].into()]));
    }
}
