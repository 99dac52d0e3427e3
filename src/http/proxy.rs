//! Which proxy a request uses, and whether a server is public.

use std::net::ToSocketAddrs as _;

use ureq::Proxy;
use ureq::http::Uri;

use super::{HttpError, guard};
use crate::model::url;
use crate::paths::Environment;

/// Returns whether a server is public. Behind a proxy names are not resolved, so all servers are;
/// `NO_PROXY` makes exceptions.
pub fn is_public(server: &str, proxy: Option<&Proxy>) -> bool {
    let parts = url::parts(server);
    if url::is_loopback(parts.host) || guard::private_literal(parts.host).is_some() {
        return false;
    }
    let target = server.parse::<Uri>();
    let proxied = proxy.is_some_and(|proxy| !target.is_ok_and(|uri| proxy.is_no_proxy(&uri)));
    let port = parts.origin.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
    let found = (parts.host, port.unwrap_or(443_u16)).to_socket_addrs();
    proxied || !found.is_ok_and(|mut found| found.all(|at| guard::is_private(at.ip())))
}

/// Returns the proxy of the environment. Loopback servers never use it.
///
/// # Errors
/// Fails if a variable is not a proxy URL.
pub fn proxy(env: &Environment, server: &str) -> Result<Option<Proxy>, HttpError> {
    let plain = server.get(..7).is_some_and(|begin| begin.eq_ignore_ascii_case("http://"));
    let (upper, lower) =
        if plain { ("HTTP_PROXY", "http_proxy") } else { ("HTTPS_PROXY", "https_proxy") };
    let names = [upper, lower, "ALL_PROXY", "all_proxy"];
    let found = names.iter().find_map(|name| Some((*name, env.var(name)?)));
    let Some((name, address)) = found.filter(|_| !url::is_loopback(url::parts(server).host)) else {
        return Ok(None);
    };
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
    fn a_server_that_no_proxy_names_is_looked_up_like_any_other() {
        // The system's resolver takes it for 127.0.0.1, and nobody else for an address.
        let server = "https://127.1/mcp";
        for (except, public) in [("", true), ("127.1", false)] {
            let env = Environment::bare(Os::Linux, Utf8Path::new("/home/ada"))
                .with(&[("HTTPS_PROXY", "http://proxy.example:3128"), ("NO_PROXY", except)]);
            let proxy = proxy(&env, server).unwrap();
            assert_eq!(is_public(server, proxy.as_ref()), public, "{except}");
        }
    }
}
