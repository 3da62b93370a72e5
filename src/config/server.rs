//! The web server's addresses and folders.

use std::net::SocketAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use url::Url;

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "server.addr",
        &["HIREWIRE_ADDR", "LEPTOS_SITE_ADDR"],
        "address and port",
        "Where the server listens. Port 0 takes a free one.",
    )
    .default("127.0.0.1:3000"),
    Setting::new(
        "server.public_url",
        &["PUBLIC_URL"],
        "address",
        "The address that people and providers use. Redirects, webhook addresses and links in mail begin with it. Without it, the address that the server listens on.",
    ),
    Setting::new(
        "server.data_dir",
        &["HIREWIRE_DATA_DIR", "DATA_DIR"],
        "folder",
        "Where the SQLite file, the generated key and attachments are kept.",
    )
    .default("data"),
    Setting::new(
        "server.site_root",
        &["HIREWIRE_SITE_ROOT", "LEPTOS_SITE_ROOT"],
        "folder",
        "Where the built pages' style, script and icons are. Without it, the folder site beside the program, else target/site.",
    ),
    Setting::new(
        "server.allowed_origins",
        &["ALLOWED_ORIGINS"],
        "list of origins",
        "Other sites whose pages may call the API from a browser (CORS). None by default.",
    )
    .list(),
    Setting::new(
        "server.trust_proxy",
        &["TRUST_PROXY"],
        "list of networks",
        "Reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are believed, such as 127.0.0.1/32. None by default.",
    )
    .list(),
];

/// The web server's addresses and folders.
#[derive(Debug, Clone)]
pub struct ServerConfig {
    /// Where it listens.
    pub addr: SocketAddr,
    /// The address that people use, without a slash at the end of its path; `None` for the one that it listens on.
    pub public_url: Option<Url>,
    /// Folder of the SQLite file, the generated key and attachments.
    pub data_dir: PathBuf,
    /// Folder of style, script and icons.
    pub site_root: PathBuf,
    /// Origins such as `https://careers.acme.example`, in their canonical form.
    pub allowed_origins: Vec<String>,
    /// Networks of proxies whose forwarding headers are believed.
    pub trust_proxy: Vec<IpNet>,
}

impl ServerConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        Ok(Self {
            addr: reader.required("server.addr", "an address and a port, such as 127.0.0.1:3000", |text| {
                text.replace("localhost", "127.0.0.1").parse().ok()
            })?,
            public_url: reader.url("server.public_url")?,
            data_dir: reader.required("server.data_dir", "a folder", |text| Some(PathBuf::from(text)))?,
            site_root: reader.text("server.site_root").map_or_else(default_site_root, PathBuf::from),
            allowed_origins: reader.list("server.allowed_origins", "a list of origins, such as https://careers.example.com", origin)?,
            trust_proxy: reader.list("server.trust_proxy", "a list of networks, such as 10.0.0.0/8", network)?,
        })
    }

    /// The address that people use, given the one that the server really listens on.
    pub fn public_url_at(&self, listening: SocketAddr) -> Url {
        self.public_url.clone().unwrap_or_else(|| Url::parse(&format!("http://{listening}")).expect("a socket address makes a URL"))
    }

    /// True if people reach the server over https, so that cookies must be secure.
    pub fn is_https(&self) -> bool {
        self.public_url.as_ref().is_some_and(|url| url.scheme() == "https")
    }
}

/// A network, or a single address.
pub(super) fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse().ok().map(|address: std::net::IpAddr| IpNet::from(address)))
}

fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let bare = matches!(url.scheme(), "http" | "https")
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none()
        && url.username().is_empty();
    (bare && url.has_host()).then(|| url.origin().ascii_serialization())
}

fn default_site_root() -> PathBuf {
    let beside = std::env::current_exe().ok().and_then(|program| program.parent().map(|folder| folder.join("site")));
    beside.filter(|folder| folder.is_dir()).unwrap_or_else(|| PathBuf::from("target/site"))
}
