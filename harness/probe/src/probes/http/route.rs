//! The way of a request to where it is answered.

use std::net::Ipv4Addr;
use std::sync::Arc;

use cc_ci_model::Vantage;
use reqwest::cookie::Jar;
use reqwest::{Client, ClientBuilder, Proxy, redirect, retry};

use super::url::Url;
use crate::tls::{Trust, client_config};
use crate::{Access, Gateway, ProbeError};

/// A client for one request: it goes where the vantage says and nowhere else, once, and keeps no
/// connection. `cookies` are sent and kept where the request is part of a longer conversation.
pub(super) fn route(
    url: &Url,
    trust: Option<Trust<'_>>,
    access: &Access,
    cookies: Option<&Arc<Jar>>,
) -> Result<Client, ProbeError> {
    let builder = door(url, access)?;
    let builder = match cookies {
        Some(jar) => builder.cookie_provider(Arc::clone(jar)),
        None => builder,
    };
    // The client needs a TLS configuration even where it does not speak TLS.
    let config = client_config(trust.unwrap_or(Trust::AnyCertificate));
    let config =
        config.map_err(|failure| failure.into_probe_error(&url.to_string(), url.target.from))?;
    builder
        .tls_backend_preconfigured(config)
        .http1_only()
        .user_agent("cc-ci")
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .pool_max_idle_per_host(0)
        .build()
        .map_err(|error| ProbeError::Broken { message: format!("{url}: {error}") })
}

/// The same way as the [`Dial`](crate::Dial) of the vantage.
fn door(url: &Url, access: &Access) -> Result<ClientBuilder, ProbeError> {
    // Proxies that the environment names do not apply to these requests.
    let builder = Client::builder().no_proxy();
    let host = &url.target.host;
    Ok(match url.target.from {
        Vantage::Host => builder.resolve(host, (Ipv4Addr::LOCALHOST, url.target.port).into()),
        Vantage::Edge => {
            let edge = access.need_edge()?;
            let address = if url.tls.is_some() { edge.https } else { edge.http };
            // Its port counts because URLs at the edge have none; one in the URL would win.
            builder.resolve(host, address)
        }
        Vantage::Network => {
            let gateway = access.need_gateway()?;
            // "h": the gateway resolves the name.
            let Gateway { address, user, password } = gateway;
            let proxy = Proxy::all(format!("socks5h://{user}:{password}@{address}"));
            builder.proxy(proxy.map_err(|error| ProbeError::Gateway {
                message: format!("{address}: {}", error.without_url()),
            })?)
        }
    })
}
