//! The address guard: which receivers this server talks to at all.
//!
//! A subscription's URL is chosen by a customer, the request leaves from inside the operator's network. So only public addresses are
//! reached, unless the operator names networks that are open. [`Policy::check_url`] judges what can be judged from the text;
//! [`Policy::refusal`] judges an address after DNS resolution, when the connection is made, so a name that changes its address in
//! between gains nothing.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use url::{Host, Url};

/// The longest URL taken, in bytes.
pub const MAX_URL_BYTES: usize = 2048;

/// What the operator allows beyond public addresses over HTTPS.
#[derive(Debug, Clone, Default)]
pub struct Policy {
    /// Networks that are reached although they are not public (`WEBHOOK_ALLOW_NETWORKS`). Inside them plain HTTP and every port are allowed.
    pub allow_networks: Vec<IpNet>,
    /// Whether `http://` is allowed to public addresses too.
    pub allow_http: bool,
    /// Ports below 1024, beyond 80 and 443, that are allowed to public addresses.
    pub allow_ports: Vec<u16>,
}

/// Why an address is refused: the kind of network it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{network} ({kind})")]
pub struct Refusal {
    /// The network, e.g. `10.0.0.0/8`.
    pub network: &'static str,
    /// What it is, e.g. `private`.
    pub kind: &'static str,
}

/// Why a URL is refused, as a sentence for the person who typed it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Not a URL.
    #[error("Give a complete URL, such as https://example.com/webhooks.")]
    Malformed,
    /// Longer than [`MAX_URL_BYTES`].
    #[error("The URL may have at most {MAX_URL_BYTES} characters.")]
    TooLong,
    /// Neither `https` nor `http`.
    #[error("The URL must begin with https://.")]
    Scheme,
    /// `http` where only `https` is allowed.
    #[error("The URL must begin with https://. Plain http is not allowed on this server.")]
    PlainHttp,
    /// User name or password in the URL.
    #[error("The URL may not contain a user name or password. Use a header instead.")]
    Credentials,
    /// `#...` would never reach the receiver.
    #[error("The URL may not contain a fragment (the part after #).")]
    Fragment,
    /// No host.
    #[error("The URL has no host name.")]
    NoHost,
    /// A port other protocols use.
    #[error("Port {0} is not allowed for webhooks. Use 443, or a port from 1024 up.")]
    Port(u16),
    /// An address that is refused.
    #[error("The address {0} is inside a network this server does not send to: {1}.")]
    Address(IpAddr, Refusal),
}

/// IPv4 networks that are not the public internet.
///
/// Source: <https://www.iana.org/assignments/iana-ipv4-special-registry/iana-ipv4-special-registry.xhtml>
const V4: &[(&str, &str)] = &[
    ("0.0.0.0/8", "this network"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local, cloud metadata"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "protocol assignments"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "AS112"),
    ("192.52.193.0/24", "AMT"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "AS112"),
    ("198.18.0.0/15", "benchmarking"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
];

/// IPv6 networks that are not the public internet, the narrow ones first so that the reason is exact.
///
/// Everything outside `2000::/3` is refused at the end in any case; these entries say why.
/// Source: <https://www.iana.org/assignments/iana-ipv6-special-registry/iana-ipv6-special-registry.xhtml>
const V6: &[(&str, &str)] = &[
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "IPv4-mapped"),
    ("::ffff:0:0:0/96", "IPv4-translated"),
    ("::/96", "IPv4-compatible"),
    ("64:ff9b::/96", "NAT64"),
    ("64:ff9b:1::/48", "local NAT64"),
    ("100::/64", "discard"),
    ("100:0:0:1::/64", "dummy prefix"),
    ("2001::/32", "Teredo"),
    ("2001:2::/48", "benchmarking"),
    ("2001:10::/28", "ORCHID"),
    ("2001:20::/28", "ORCHIDv2"),
    ("2001:db8::/32", "documentation"),
    ("2001::/23", "protocol assignments"),
    ("2002::/16", "6to4"),
    ("2620:4f:8000::/48", "AS112"),
    ("3fff::/20", "documentation"),
    ("5f00::/16", "segment routing"),
    ("fd00:ec2::/32", "private, cloud metadata"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "site-local"),
    ("ff00::/8", "multicast"),
];

/// Ports from 1024 up that belong to other protocols, so that a webhook cannot be made to talk to them.
///
/// Source: <https://fetch.spec.whatwg.org/#port-blocking>
const BAD_PORTS: &[u16] =
    &[1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

/// The same tables, parsed once.
static V4_NETS: std::sync::LazyLock<Vec<(Ipv4Net, Refusal)>> = std::sync::LazyLock::new(|| parse(V4));
static V6_NETS: std::sync::LazyLock<Vec<(Ipv6Net, Refusal)>> = std::sync::LazyLock::new(|| parse(V6));

fn parse<N: std::str::FromStr>(table: &[(&'static str, &'static str)]) -> Vec<(N, Refusal)> {
    let one = |&(network, kind): &(&'static str, &'static str)| {
        (network.parse().ok().expect("the table holds networks only"), Refusal { network, kind })
    };
    table.iter().map(one).collect()
}

/// Why an address is not public, or `None` when it is.
pub fn not_public(address: IpAddr) -> Option<Refusal> {
    match address {
        IpAddr::V4(v4) => V4_NETS.iter().find(|(net, _)| net.contains(&v4)).map(|(_, why)| *why),
        IpAddr::V6(v6) => match V6_NETS.iter().find(|(net, _)| net.contains(&v6)) {
            Some((_, why)) => Some(*why),
            None if v6.segments()[0] & 0xe000 != 0x2000 => Some(Refusal { network: "::/0 without 2000::/3", kind: "not assigned" }),
            None => None,
        },
    }
}

/// The IPv4 address a packet to this IPv6 address is delivered to by this very machine, if it is a mapped one.
///
/// Only the mapped form counts: the kernel turns it into IPv4 itself. The other forms are delivered by routers that may lie, so an allowed
/// IPv4 network never opens them.
fn mapped(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    v6.to_ipv4_mapped()
}

impl Policy {
    /// Whether the operator opened the network of this address.
    pub fn is_opened(&self, address: IpAddr) -> bool {
        let inside = |address: IpAddr| self.allow_networks.iter().any(|net| net.contains(&address));
        match address {
            IpAddr::V6(v6) => inside(address) || mapped(v6).is_some_and(|v4| inside(IpAddr::V4(v4))),
            IpAddr::V4(_) => inside(address),
        }
    }

    /// Why nothing is sent to this address, or `None` when sending is fine.
    pub fn refusal(&self, address: IpAddr) -> Option<Refusal> {
        if self.is_opened(address) { None } else { not_public(address) }
    }

    /// Whether this port is fine for public addresses.
    fn is_port_allowed(&self, port: u16) -> bool {
        matches!(port, 80 | 443) || self.allow_ports.contains(&port) || (port >= 1024 && !BAD_PORTS.contains(&port))
    }

    /// Reads a receiver's URL and judges everything that does not need DNS.
    ///
    /// With opened networks a plain `http` URL with a host name passes here; the sender then connects to addresses inside them only.
    ///
    /// # Errors
    /// [`UrlError`] names the rule that is broken.
    pub fn check_url(&self, text: &str) -> Result<Url, UrlError> {
        if text.len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        let url = Url::parse(text.trim()).map_err(|_| UrlError::Malformed)?;
        let is_plain = match url.scheme() {
            "https" => false,
            "http" => true,
            _ => return Err(UrlError::Scheme),
        };
        // Percent-encoding can lengthen what was typed.
        if url.as_str().len() > MAX_URL_BYTES {
            return Err(UrlError::TooLong);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlError::Credentials);
        }
        if url.fragment().is_some() {
            return Err(UrlError::Fragment);
        }
        let literal = match url.host() {
            None | Some(Host::Domain("")) => return Err(UrlError::NoHost),
            Some(Host::Domain(_)) => None,
            Some(Host::Ipv4(v4)) => Some(IpAddr::V4(v4)),
            Some(Host::Ipv6(v6)) => Some(IpAddr::V6(v6)),
        };
        if let Some(address) = literal {
            if self.is_opened(address) {
                return Ok(url);
            }
            if let Some(why) = not_public(address) {
                return Err(UrlError::Address(address, why));
            }
        }
        let may_be_opened = literal.is_none() && !self.allow_networks.is_empty();
        if is_plain && !self.allow_http && !may_be_opened {
            return Err(UrlError::PlainHttp);
        }
        match url.port_or_known_default() {
            Some(port) if !self.is_port_allowed(port) => Err(UrlError::Port(port)),
            _ => Ok(url),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect(text)
    }

    fn opened(networks: &[&str]) -> Policy {
        Policy { allow_networks: networks.iter().map(|net| net.parse().expect("a network")).collect(), ..Policy::default() }
    }

    #[test]
    fn first_and_last_address_of_every_special_network_are_refused() {
        for (net, why) in V4_NETS.iter() {
            for address in [net.network(), net.broadcast()] {
                assert!(not_public(address.into()).is_some(), "{address} of {why}");
            }
        }
        for (net, why) in V6_NETS.iter() {
            for address in [net.network(), net.broadcast()] {
                assert!(not_public(address.into()).is_some(), "{address} of {why}");
            }
        }
    }

    #[test]
    fn the_neighbours_of_the_special_networks_are_public() {
        for text in [
            "1.0.0.0",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "191.255.255.255",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "198.51.99.255",
            "198.51.101.0",
            "203.0.112.255",
            "203.0.114.0",
            "223.255.255.255",
            "8.8.8.8",
            "93.184.215.14",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2003::1",
            "2606:4700::1111",
            "2a00:1450::1",
            "3ffe::1",
            "2001:db7:ffff::1",
            "2001:db9::1",
        ] {
            assert_eq!(not_public(ip(text)), None, "{text}");
        }
    }

    #[test]
    fn the_reason_is_exact() {
        for (text, kind) in [
            ("0.0.0.0", "this network"),
            ("10.1.2.3", "private"),
            ("100.100.100.200", "carrier-grade NAT"),
            ("127.0.0.1", "loopback"),
            ("127.255.255.254", "loopback"),
            ("169.254.169.254", "link-local, cloud metadata"),
            ("172.31.255.255", "private"),
            ("192.168.1.1", "private"),
            ("198.19.0.1", "benchmarking"),
            ("203.0.113.9", "documentation"),
            ("239.255.255.250", "multicast"),
            ("255.255.255.255", "reserved"),
            ("::", "unspecified"),
            ("::1", "loopback"),
            ("::ffff:127.0.0.1", "IPv4-mapped"),
            ("::ffff:8.8.8.8", "IPv4-mapped"),
            ("::127.0.0.1", "IPv4-compatible"),
            ("64:ff9b::169.254.169.254", "NAT64"),
            ("64:ff9b:1::a00:1", "local NAT64"),
            ("2001:0:1::1", "Teredo"),
            ("2001:db8::1", "documentation"),
            ("2002:7f00:1::1", "6to4"),
            ("fd00:ec2::254", "private, cloud metadata"),
            ("fd12:3456::1", "private"),
            ("fe80::1", "link-local"),
            ("febf::1", "link-local"),
            ("fec0::1", "site-local"),
            ("ff02::1", "multicast"),
            ("4000::1", "not assigned"),
            ("1::1", "not assigned"),
        ] {
            assert_eq!(not_public(ip(text)).map(|why| why.kind), Some(kind), "{text}");
        }
    }

    #[test]
    fn opened_networks_open_only_themselves() {
        let policy = opened(&["127.0.0.0/8", "10.1.0.0/16", "fd12::/16"]);
        for text in ["127.0.0.1", "10.1.255.255", "::ffff:127.0.0.1", "fd12::9", "8.8.8.8"] {
            assert_eq!(policy.refusal(ip(text)), None, "{text}");
        }
        for text in ["10.2.0.0", "169.254.169.254", "::1", "::127.0.0.1", "64:ff9b::127.0.0.1", "2002:7f00:1::", "fd13::1"] {
            assert!(policy.refusal(ip(text)).is_some(), "{text}");
        }
    }

    #[test]
    fn urls_are_judged_by_their_text() {
        let refused = |text: &str| Policy::default().check_url(text).expect_err(text);
        for text in [
            "",
            "example.com/hook",
            "//example.com",
            "https://",
            "https:///",
            "https://exa mple.com",
            "https://[::1",
            "https://example.com:99999",
            "http://256.1.1.1",
        ] {
            assert!(matches!(refused(text), UrlError::Malformed | UrlError::NoHost), "{text}: {:?}", refused(text));
        }
        for text in [
            "ftp://example.com",
            "file:///etc/passwd",
            "gopher://example.com",
            "javascript:alert(1)",
            "data:text/plain,x",
            "ws://example.com",
        ] {
            assert_eq!(refused(text), UrlError::Scheme, "{text}");
        }
        assert_eq!(refused("http://example.com/hook"), UrlError::PlainHttp);
        assert_eq!(refused("http://8.8.8.8/"), UrlError::PlainHttp);
        for text in ["https://user@example.com", "https://user:pass@example.com", "https://:pass@example.com"] {
            assert_eq!(refused(text), UrlError::Credentials, "{text}");
        }
        assert_eq!(refused("https://example.com/#top"), UrlError::Fragment);
        assert_eq!(refused(&format!("https://example.com/{}", "x".repeat(MAX_URL_BYTES))), UrlError::TooLong);
        assert_eq!(refused(&format!("https://example.com/{}", "ü".repeat(900))), UrlError::TooLong);
        for port in [0, 1, 21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 993, 6000, 6667, 10080] {
            assert_eq!(refused(&format!("https://example.com:{port}/")), UrlError::Port(port));
        }
        for text in [
            "https://example.com",
            "https://example.com/hook?a=b",
            "https://example.com:8443/",
            "https://example.com:80/",
            "HTTPS://EXAMPLE.COM/",
            "https://bücher.example/",
            "https://xn--bcher-kva.example/",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
            " https://example.com/ ",
        ] {
            assert!(Policy::default().check_url(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn every_spelling_of_a_refused_address_is_refused() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://0x7f.0.0x1/",
            "https://127.0.0.1./",
            "https://１２７.0.0.1/",
            "https://%31%32%37.0.0.1/",
            "https://127。0。0。1/",
            "https://0/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[0:0:0:0:0:ffff:a9fe:a9fe]/",
            "https://[::127.0.0.1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://[fd00:ec2::254]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.1:8080/",
            "https://192.168.0.1/",
            "https://[fe80::1]/",
        ] {
            assert!(
                matches!(Policy::default().check_url(text), Err(UrlError::Address(..))),
                "{text}: {:?}",
                Policy::default().check_url(text)
            );
        }
    }

    #[test]
    fn configuration_opens_http_ports_and_networks() {
        let policy = opened(&["127.0.0.0/8"]);
        for text in
            ["http://127.0.0.1:3999/hook", "https://127.0.0.1/", "http://127.0.0.1:25/", "http://localhost:3999/", "https://example.com/"]
        {
            assert!(policy.check_url(text).is_ok(), "{text}");
        }
        assert!(matches!(policy.check_url("http://10.0.0.1/"), Err(UrlError::Address(..))));
        assert_eq!(policy.check_url("http://8.8.8.8/"), Err(UrlError::PlainHttp));
        assert_eq!(policy.check_url("http://localhost:25/"), Err(UrlError::Port(25)));
        let http = Policy { allow_http: true, allow_ports: vec![88], ..Policy::default() };
        assert!(http.check_url("http://example.com:88/").is_ok());
        assert_eq!(http.check_url("http://example.com:89/"), Err(UrlError::Port(89)));
    }

    #[test]
    fn the_sentences_tell_what_to_do() {
        assert_eq!(
            Policy::default().check_url("https://10.0.0.1/").expect_err("private").to_string(),
            "The address 10.0.0.1 is inside a network this server does not send to: 10.0.0.0/8 (private)."
        );
    }

    proptest! {
        #[test]
        fn every_ipv6_wrapping_of_any_ipv4_is_refused(bits in any::<u32>(), low in any::<u16>()) {
            let v4 = Ipv4Addr::from(bits);
            let (high, mid) = ((bits >> 16) as u16, bits as u16);
            for v6 in [
                v4.to_ipv6_mapped(),
                v4.to_ipv6_compatible(),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, mid),
                Ipv6Addr::new(0x64, 0xff9b, 1, low, 0, 0, high, mid),
                Ipv6Addr::new(0x2002, high, mid, low, 0, 0, 0, 1),
                Ipv6Addr::new(0x2001, 0, low, low, 0, 0, !high, !mid),
                Ipv6Addr::new(0, 0, 0, 0, 0xffff, 0, high, mid),
            ] {
                prop_assert!(not_public(v6.into()).is_some(), "{}", v6);
            }
        }

        #[test]
        fn the_guard_agrees_with_the_standard_library(bits in any::<u32>()) {
            let v4 = Ipv4Addr::from(bits);
            if v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.is_unspecified() || v4.is_documentation() {
                prop_assert!(not_public(v4.into()).is_some(), "{}", v4);
            }
        }

        #[test]
        fn no_literal_url_reaches_what_the_guard_refuses(bits in any::<u128>(), is_v4 in any::<bool>()) {
            let (address, text) = if is_v4 {
                let v4 = Ipv4Addr::from(bits as u32);
                (IpAddr::V4(v4), format!("https://{}/", bits as u32))
            } else {
                let v6 = Ipv6Addr::from(bits);
                (IpAddr::V6(v6), format!("https://[{v6}]/"))
            };
            prop_assert_eq!(Policy::default().check_url(&text).is_ok(), not_public(address).is_none());
        }
    }
}
