//! Precedence, every kind of value, and the sentences of errors.

use std::collections::HashSet;

use secrecy::ExposeSecret;

use super::*;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn env(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

fn from_env(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
    Config::build(None, &env(pairs), &Overrides::default())
}

fn from_file(text: &str) -> Result<Config, ConfigError> {
    Config::build(Some((Path::new("hirewire.toml"), text)), &BTreeMap::new(), &Overrides::default())
}

fn sentence(result: Result<Config, ConfigError>) -> String {
    result.expect_err("refused").to_string()
}

#[test]
fn nothing_set_gives_the_defaults() {
    let config = from_env(&[]).expect("the defaults are valid");
    assert_eq!(config.server.addr.to_string(), "127.0.0.1:3000");
    assert_eq!(config.server.public_url, None);
    assert!(matches!(config.database.target(Path::new("data")), DatabaseTarget::Sqlite(path) if path == Path::new("data/hirewire.db")));
    assert!(config.security.encryption_key.is_none() && config.smtp.is_none() && config.stripe.is_none() && config.oauth.is_empty());
    assert_eq!(config.features, FeatureConfig { linkedin: true, calendar: true, ats: true });
    assert_eq!(config.webhooks.timeout_ms, 30_000);
    assert!(config.webhooks.allow_networks.is_empty() && !config.webhooks.allow_http);
    assert_eq!(config.endpoints.base("greenhouse", "api"), Some("https://harvest.greenhouse.io/v3"));
    assert_eq!(config.endpoints.base("outlook_mail", "token"), Some("https://login.microsoftonline.com/common/oauth2/v2.0/token"));
    assert_eq!(config.endpoints.get("workday", "api"), None);
    assert!(!config.server.is_https());
}

#[test]
fn flags_win_over_environment_over_file() {
    let file = "[server]\naddr = \"127.0.0.1:1\"\ndata_dir = \"from-file\"\n[worker]\nconcurrency = 3\n";
    let env = env(&[("HIREWIRE_ADDR", "127.0.0.1:2"), ("DATA_DIR", "from-env")]);
    let flags = Overrides { addr: Some("127.0.0.1:3".to_owned()), ..Overrides::default() };
    let config = Config::build(Some((Path::new("x.toml"), file)), &env, &flags).expect("valid");
    assert_eq!(config.server.addr.port(), 3);
    assert_eq!(config.server.data_dir, Path::new("from-env"));
    assert_eq!(config.worker.concurrency, 3);
}

#[test]
fn empty_variables_count_as_not_set() {
    let config = from_env(&[("GOOGLE_CLIENT_ID", ""), ("GOOGLE_CLIENT_SECRET", ""), ("ENCRYPTION_KEY", ""), ("PUBLIC_URL", "")]);
    let config = config.expect("as in a template");
    assert!(config.oauth.is_empty() && config.security.encryption_key.is_none());
}

#[test]
fn wrong_values_are_named_with_what_is_expected() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("HIREWIRE_ADDR", "3000", &["server.addr", "HIREWIRE_ADDR", "\"3000\"", "127.0.0.1:3000"]),
        ("PUBLIC_URL", "hirewire.example.com", &["server.public_url", "https://"]),
        ("PUBLIC_URL", "https://example.com/?x=1", &["server.public_url"]),
        ("ALLOWED_ORIGINS", "https://a.example, *", &["server.allowed_origins", "\"*\""]),
        ("ALLOWED_ORIGINS", "https://a.example/path", &["server.allowed_origins"]),
        ("TRUST_PROXY", "10.0.0.0/33", &["server.trust_proxy", "\"10.0.0.0/33\""]),
        ("ENABLE_ATS_INTEGRATION", "maybe", &["features.ats", "true or false", "\"maybe\""]),
        ("SESSION_HOURS", "0", &["security.session_hours", "from 1 to 8760"]),
        ("WEBHOOK_ALLOW_NETWORKS", "localhost", &["webhooks.allow_networks", "\"localhost\""]),
        ("WEBHOOK_TIMEOUT_MS", "5s", &["webhooks.timeout_ms", "\"5s\""]),
        ("WORKER_CONCURRENCY", "-1", &["worker.concurrency"]),
        ("LOG_FORMAT", "xml", &["log.format", "text or json"]),
        ("LOG_FILTER", "hirewire=loud", &["log.filter"]),
        ("GREENHOUSE_API_URL", "harvest.greenhouse.io", &["endpoints.greenhouse.api", "GREENHOUSE_API_URL"]),
        ("SANDBOX_URL", "ftp://x", &["endpoints.sandbox"]),
        ("MICROSOFT_TENANT_ID", "a/b", &["oauth.microsoft.tenant", "\"a/b\""]),
        ("GOOGLE_REDIRECT_URI", "nonsense", &["oauth.google.redirect_uri"]),
        ("SMTP_TLS", "ssl", &["smtp.tls", "starttls"]),
        ("SMTP_PORT", "0", &["smtp.port"]),
        ("SMTP_FROM", "nobody", &["smtp.from"]),
    ];
    for (name, value, parts) in cases {
        let sentence = sentence(from_env(&[(name, value)]));
        for part in *parts {
            assert!(sentence.contains(part), "{name}={value}: {sentence}");
        }
        assert!(sentence.ends_with('.') && !sentence.contains('!'), "{sentence}");
    }
}

#[test]
fn secrets_are_never_shown() {
    let cases = [
        ("ENCRYPTION_KEY", "hunter2", "32 characters"),
        ("ENCRYPTION_KEYS_OLD", "0123456789abcdef0123456789abcdef, hunter2", "32 characters"),
        ("DATABASE_URL", "mysql://root:hunter2@db/x", "postgres://"),
        ("SMTP_URL", "http://u:hunter2@mail", "smtp://"),
        ("STRIPE_SECRET_KEY", "hunter2", "sk_"),
    ];
    for (name, value, expected) in cases {
        let sentence = sentence(from_env(&[(name, value)]));
        assert!(sentence.contains(name) && sentence.contains(expected) && !sentence.contains("hunter2"), "{sentence}");
    }
    let config = from_env(&[("ENCRYPTION_KEY", KEY), ("GOOGLE_CLIENT_ID", "id"), ("GOOGLE_CLIENT_SECRET", "hunter2")]).expect("valid");
    let debug = format!("{config:?}");
    assert!(!debug.contains("hunter2") && !debug.contains(KEY));
}

#[test]
fn the_file_refuses_what_it_does_not_know() {
    let cases = [
        ("[server]\nadr = \"127.0.0.1:1\"\n", "server.adr", Some("server.addr")),
        ("[nonsense]\nvalue = 1\n", "nonsense.value", None),
        ("[server]\naddr.host = \"x\"\n", "server.addr.host", None),
        ("[endpoints.greenhouse]\napy = \"https://x.example\"\n", "endpoints.greenhouse.apy", Some("endpoints.greenhouse.api")),
    ];
    for (text, name, suggestion) in cases {
        match from_file(text).expect_err("refused") {
            ConfigError::Unknown { name: found, suggestion: nearest } => {
                assert_eq!(found, name);
                if let Some(suggestion) = suggestion {
                    assert_eq!(nearest.as_deref(), Some(suggestion));
                }
            }
            other => panic!("{other}"),
        }
    }
    assert!(sentence(from_file("[server]\naddr = [\"a\", \"b\"]\n")).contains("single value"));
    let syntax = sentence(from_file("[security]\nencryption_key = \"hunter2\n"));
    assert!(syntax.contains("line 2") && !syntax.contains("hunter2"), "{syntax}");
}

#[test]
fn the_file_takes_every_kind_of_value() {
    let config = from_file(
        r#"
        [server]
        allowed_origins = ["https://Careers.Acme.example", "http://localhost:8080"]
        trust_proxy = "10.0.0.1"
        [security]
        encryption_keys_old = ["a key with a comma, 32 character", "0123456789abcdef0123456789abcdef"]
        [features]
        linkedin = false
        [webhooks]
        timeout_ms = 5_000
        allow_ports = [81, 82]
        [oauth.slack]
        client_id = "id"
        client_secret = "secret"
        signing_secret = "sign"
        [endpoints.greenhouse]
        api = "http://127.0.0.1:9/v3/"
        "#,
    )
    .expect("valid");
    assert_eq!(config.server.allowed_origins, ["https://careers.acme.example", "http://localhost:8080"]);
    assert_eq!(config.server.trust_proxy, ["10.0.0.1/32".parse().expect("a network")]);
    assert_eq!(config.security.encryption_keys_old.len(), 2);
    assert!(!config.features.linkedin);
    assert_eq!((config.webhooks.timeout_ms, config.webhooks.allow_ports), (5000, vec![81, 82]));
    assert_eq!(config.oauth["slack"].signing_secret.as_ref().map(|secret| secret.expose_secret()), Some("sign"));
    assert_eq!(config.endpoints.base("greenhouse", "api"), Some("http://127.0.0.1:9/v3"));
}

#[test]
fn secrets_come_from_files_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("key");
    std::fs::write(&path, format!("{KEY}\n")).expect("written");
    let path = path.to_str().expect("UTF-8");
    let config = from_env(&[("ENCRYPTION_KEY_FILE", path)]).expect("valid");
    assert_eq!(config.security.encryption_key.expect("read").expose_secret(), KEY);
    assert!(
        sentence(from_env(&[("ENCRYPTION_KEY_FILE", path), ("ENCRYPTION_KEY", KEY)]))
            .contains("Both ENCRYPTION_KEY and ENCRYPTION_KEY_FILE")
    );
    assert!(sentence(from_env(&[("ENCRYPTION_KEY_FILE", "/nowhere/key")])).contains("/nowhere/key"));

    let toml = folder.path().join("hirewire.toml");
    std::fs::write(&toml, "[security]\nencryption_key_file = \"key\"\n").expect("written");
    let overrides = Overrides { config: Some(toml), ..Overrides::default() };
    let config = Config::load_from(&overrides, &BTreeMap::new()).expect("beside the file");
    assert_eq!(config.security.encryption_key.expect("read").expose_secret(), KEY);
    assert!(matches!(from_file("[server]\naddr_file = \"x\"\n"), Err(ConfigError::Unknown { .. })));
}

#[test]
fn a_named_file_must_exist() {
    let overrides = Overrides { config: Some(PathBuf::from("/nowhere/hirewire.toml")), ..Overrides::default() };
    assert!(matches!(Config::load_from(&overrides, &BTreeMap::new()), Err(ConfigError::File { .. })));
    assert!(matches!(Config::load_from(&Overrides::default(), &env(&[(FILE_ENV, "/nowhere/x.toml")])), Err(ConfigError::File { .. })));
}

#[test]
fn clients_are_read_under_every_name() {
    let config = from_env(&[
        ("OUTLOOK_CLIENT_ID", "outlook"),
        ("OUTLOOK_CLIENT_SECRET", "s"),
        ("MICROSOFT_TENANT_ID", "contoso.example"),
        ("LINKEDIN_CLIENT_ID", "li"),
        ("LINKEDIN_CLIENT_SECRET", "s"),
        ("LINKEDIN_REDIRECT_URI", "http://localhost:8001/api/integrations/linkedin/callback"),
        ("ZOHO_CLIENT_ID", "z"),
        ("ZOHO_CLIENT_SECRET", "s"),
    ])
    .expect("valid");
    assert_eq!(config.oauth.keys().copied().collect::<Vec<_>>(), ["linkedin", "microsoft", "zoho"]);
    assert_eq!(config.oauth["microsoft"].client_id, "outlook");
    assert_eq!(config.oauth["microsoft"].tenant.as_deref(), Some("contoso.example"));
    assert!(config.oauth["linkedin"].redirect_uri.is_some() && config.oauth["zoho"].redirect_uri.is_none());
    assert_eq!(
        config.endpoints.base("outlook_calendar", "authorize"),
        Some("https://login.microsoftonline.com/contoso.example/oauth2/v2.0/authorize")
    );

    let both =
        from_env(&[("MICROSOFT_CLIENT_ID", "ms"), ("OUTLOOK_CLIENT_ID", "outlook"), ("MICROSOFT_CLIENT_SECRET", "s")]).expect("valid");
    assert_eq!(both.oauth["microsoft"].client_id, "ms");
    let half = sentence(from_env(&[("GOOGLE_CLIENT_ID", "id")]));
    assert!(half.contains("oauth.google.client_secret is missing"), "{half}");
}

#[test]
fn the_simulators_stand_in_for_all_but_what_is_set() {
    let config =
        from_env(&[("SANDBOX_URL", "http://127.0.0.1:4000/"), ("GOOGLE_CALENDAR_TOKEN_URL", "http://127.0.0.1:9/token")]).expect("valid");
    assert_eq!(config.endpoints.base("greenhouse", "api"), Some("http://127.0.0.1:4000/greenhouse/v3"));
    assert_eq!(config.endpoints.base("google_calendar", "token"), Some("http://127.0.0.1:9/token"));
    assert_eq!(config.endpoints.base("workday", "api"), Some("http://127.0.0.1:4000/workday/ccx/api"));
    assert!(config.endpoints.iter().all(|(_, _, url)| url.host_str() == Some("127.0.0.1")));
    let sandbox = "http://127.0.0.1:4000/base/".parse().expect("an address");
    let all = Endpoints::for_sandbox(&sandbox);
    assert_eq!(all.base("greenhouse", "token"), Some("http://127.0.0.1:4000/base/greenhouse/token"));
    assert_eq!(all.iter().count(), config.endpoints.iter().count());
    assert_eq!(all.sandbox(), Some(&sandbox));
}

#[test]
fn databases_are_recognised() {
    let target = |url: &str| from_env(&[("DATABASE_URL", url)]).map(|config| config.database.target(Path::new("data")));
    for (url, file) in [("sqlite:x.db", "x.db"), ("sqlite://x.db", "x.db"), ("sqlite:///var/lib/x.db", "/var/lib/x.db")] {
        assert!(matches!(target(url), Ok(DatabaseTarget::Sqlite(path)) if path == Path::new(file)), "{url}");
    }
    for url in ["postgres://u:p@h/db", "postgresql://h:5433/db?sslmode=require", "postgres:///db?host=/tmp"] {
        assert!(matches!(target(url), Ok(DatabaseTarget::Postgres(address)) if address.expose_secret() == url), "{url}");
    }
    for url in ["sqlite::memory:", "sqlite:", "sqlite:x.db?mode=ro", "mysql://h/db", "x.db"] {
        assert!(target(url).is_err(), "{url}");
    }
}

#[test]
fn mail_servers_are_read_in_both_forms() {
    let from = ("SMTP_FROM", "Acme Hiring <hiring@acme.example>");
    let smtp = |pairs: &[(&str, &str)]| from_env(pairs).map(|config| config.smtp.expect("a mail server"));
    let one = smtp(&[("SMTP_URL", "smtp://me%40acme:p%3Aw@mail.example"), from]).expect("valid");
    assert_eq!((one.host.as_str(), one.port, one.tls), ("mail.example", 587, SmtpTls::StartTls));
    assert_eq!((one.user.as_deref(), one.password.expect("given").expose_secret()), (Some("me@acme"), "p:w"));
    assert_eq!(one.from.email.to_string(), "hiring@acme.example");
    let two = smtp(&[("SMTP_URL", "smtps://mail.example:2465"), from]).expect("valid");
    assert_eq!((two.port, two.tls, two.user), (2465, SmtpTls::Implicit, None));
    let three = smtp(&[("SMTP_HOST", "localhost"), ("SMTP_TLS", "none"), from]).expect("valid");
    assert_eq!((three.port, three.tls), (25, SmtpTls::None));
    assert!(sentence(from_env(&[("SMTP_HOST", "mail.example")])).contains("smtp.from"));
    assert!(sentence(from_env(&[("SMTP_HOST", "a"), ("SMTP_URL", "smtp://b"), from])).contains("Keep one of them"));
    assert!(sentence(from_env(&[("SMTP_HOST", "a"), ("SMTP_USER", "me"), from])).contains("smtp.password"));
}

#[test]
fn the_tests_own_configuration_is_valid() {
    let config = Config::for_tests(Path::new("/tmp/x"));
    assert_eq!((config.server.addr.port(), config.server.data_dir.as_path()), (0, Path::new("/tmp/x")));
    assert_eq!(config.webhooks.allow_networks.len(), 2);
    let key = config.security.encryption_key.expect("fixed");
    assert!(parse_encryption_key(key.expose_secret()).is_ok());
    let listening = "127.0.0.1:4567".parse().expect("an address");
    assert_eq!(config.server.public_url_at(listening).as_str(), "http://localhost:3000/");
    assert_eq!(from_env(&[]).expect("valid").server.public_url_at(listening).as_str(), "http://127.0.0.1:4567/");
}

#[test]
fn every_setting_is_described_once() {
    let settings = Config::describe();
    let names: HashSet<&str> = settings.iter().map(|setting| setting.name.as_ref()).collect();
    assert_eq!(names.len(), settings.len());
    let variables: Vec<&str> = settings.iter().flat_map(|setting| setting.env.iter().copied()).collect();
    assert_eq!(variables.iter().collect::<HashSet<_>>().len(), variables.len(), "two settings share a variable");
    for setting in &settings {
        assert!(!setting.env.is_empty() && !setting.unit.is_empty() && setting.meaning.ends_with('.'), "{}", setting.name);
        assert!(!setting.secret || setting.default.is_none(), "{}", setting.name);
    }
    for name in
        ["GOOGLE_CLIENT_ID", "MICROSOFT_TENANT_ID", "STRIPE_SECRET_KEY", "ENCRYPTION_KEY", "GOOGLE_CALENDAR_TOKEN_URL", "SANDBOX_URL"]
    {
        assert!(variables.contains(&name), "{name}");
    }
}
