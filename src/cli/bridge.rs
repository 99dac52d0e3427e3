//! The help of `bridge`. Its arguments are parsed in `bridge/options.rs`, like mcp-remote's.

use clap::Args;

/// Arguments of `bridge`.
#[derive(Debug, Args)]
#[command(
    override_usage = "mcpgen bridge URL [PORT] [FLAGS]",
    after_help = "\
The command line is that of mcp-remote 0.15.1. PORT is the callback port.

What decides the sign-in, and so must be the same everywhere:
  --header NAME:VALUE             sent with every request; ${NAME} is put in
  --header-file FILE              a header a line
  --resource URL                  the resource that tokens are for
  --disable-resource-parameter    name no resource
  --authorize-param NAME=VALUE    a further parameter of the authorization
  --client-metadata-url URL       the client metadata document to sign in as
  --static-oauth-client-info JSON|@FILE      a client registered beforehand
  --static-oauth-client-metadata JSON|@FILE  what a registration says, and scope
  --host HOST, --callback-path PATH          the callback address
  --token-endpoint URL            for --client-credentials, if nothing tells it
How to sign in:
  --device-code                   by a code on another device
  --client-credentials            as the client itself, without a person
  --auth-timeout SECONDS          how long to wait for a person [180]
  --auth-success-url URL          where the browser ends up
  --use-id-token                  send the ID token, not the access token
  --allow-private                 follow a public server into a private network
How to speak to the server:
  --transport ORDER               http-first, sse-first, http-only, sse-only
  --protocol legacy|auto          auto: look for the revision 2026-07-28
  --ignore-tool PATTERN           hide tools; * stands for any text
  --keep-alive, --ping-interval SECONDS      ping the server [30]
  --connect-timeout SECONDS       for a connection [10]
  --headers-timeout SECONDS       until response headers arrive [300; 0: no limit]
  --body-timeout SECONDS          until more of a body arrives [300; 0: no limit]
  --allow-http                    plain http to another machine
  --ipv4, --disable-cookies
  --enable-proxy                  taken; HTTPS_PROXY and NO_PROXY always count
Messages on stderr:
  --debug, --silent"
)]
pub struct BridgeFlags {
    /// The server's URL, and mcp-remote's options
    #[arg(
        trailing_var_arg = true,
        allow_hyphen_values = true,
        required = true,
        value_name = "URL"
    )]
    pub args: Vec<String>,
}
