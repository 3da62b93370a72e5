//! Where a request comes from, also behind a proxy.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request};
use ipnet::IpNet;

/// The asker's address, as a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub Option<IpAddr>);

/// The asker's address: the connection's, or, if that is a trusted proxy, the last address in `X-Forwarded-For` that is not one.
pub fn of<B>(request: &Request<B>, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical());
    forwarded(peer, request.headers(), trusted)
}

fn forwarded(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Option<IpAddr> {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(&address));
    let mut address = peer?;
    if !is_trusted(address) {
        return Some(address);
    }
    let list = headers.get_all("x-forwarded-for");
    let hops: Vec<&str> = list.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
    // From the nearest hop outwards: what a stranger wrote further left cannot be believed.
    for hop in hops.iter().rev() {
        let Ok(hop) = hop.trim().parse::<IpAddr>() else { break };
        address = hop.to_canonical();
        if !is_trusted(address) {
            break;
        }
    }
    Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(peer: &str, forwarded_for: &str, trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", forwarded_for.parse().expect("a header value"));
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().expect("a network")).collect();
        forwarded(peer.parse().ok(), &headers, &trusted).expect("there is a peer").to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        assert_eq!(address("203.0.113.9", "198.51.100.1", &[]), "203.0.113.9");
        assert_eq!(address("127.0.0.1", "198.51.100.1", &["127.0.0.0/8"]), "198.51.100.1");
        assert_eq!(address("127.0.0.1", "6.6.6.6, 198.51.100.1, 127.0.0.2", &["127.0.0.0/8"]), "198.51.100.1");
        assert_eq!(address("127.0.0.1", "nonsense", &["127.0.0.0/8"]), "127.0.0.1");
    }
}
