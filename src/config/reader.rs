//! Gathers the values of all settings from defaults, file, environment and flags, and hands them out typed.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use figment::Figment;
use figment::providers::{Format, Toml};
use figment::value::{Dict, Value};
use secrecy::SecretString;
use url::Url;

use super::error::{ConfigError, Origin};
use super::setting::Setting;

/// The values of all settings.
pub(super) struct Reader {
    settings: BTreeMap<String, Setting>,
    values: BTreeMap<String, Raw>,
}

/// A value before it has a type.
struct Raw {
    texts: Vec<String>,
    /// An array of the file, whose items are not split again.
    is_array: bool,
    origin: Origin,
}

impl Raw {
    fn one(text: impl Into<String>, origin: Origin) -> Self {
        Self { texts: vec![text.into()], is_array: false, origin }
    }

    /// As shown in an error.
    fn shown(&self) -> String {
        self.texts.join(", ")
    }
}

impl Reader {
    /// Gathers everything. Later sources win: defaults, `file` (its path and text), `env`, `flags` (setting, flag, value).
    /// An empty environment variable counts as not set, so that a template with empty lines can be used as it is.
    pub fn gather(
        settings: Vec<Setting>,
        file: Option<(&Path, &str)>,
        env: &BTreeMap<String, String>,
        flags: Vec<(&'static str, &'static str, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = BTreeMap::new();
        for setting in &settings {
            if let Some(default) = setting.default {
                values.insert(setting.name.to_string(), Raw::one(default, Origin::Default));
            }
        }
        let settings: BTreeMap<String, Setting> = settings.into_iter().map(|setting| (setting.name.to_string(), setting)).collect();
        if let Some((path, text)) = file {
            for (name, value) in flatten(path, text)? {
                let raw = from_file(&settings, path, &name, value)?;
                values.insert(raw.0, raw.1);
            }
        }
        for setting in settings.values() {
            if let Some(raw) = from_env(setting, env)? {
                values.insert(setting.name.to_string(), raw);
            }
        }
        for (name, flag, value) in flags {
            values.insert(name.to_owned(), Raw::one(value, Origin::Flag(flag)));
        }
        Ok(Self { settings, values })
    }

    /// The text, if there is one.
    pub fn text(&self, name: &str) -> Option<String> {
        debug_assert!(self.settings.contains_key(name), "{name} is not described");
        self.values.get(name).map(Raw::shown).filter(|text| !text.is_empty())
    }

    /// A secret.
    pub fn secret(&self, name: &str) -> Option<SecretString> {
        self.text(name).map(SecretString::from)
    }

    /// What `parse` makes of the text. `expected` completes the sentence "It must be ...".
    pub fn parsed<T>(&self, name: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<Option<T>, ConfigError> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => parse(&text).map(Some).ok_or_else(|| self.wrong(name, &text, expected)),
        }
    }

    /// Like [`Self::parsed`], for a setting that has a default.
    pub fn required<T>(&self, name: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, ConfigError> {
        self.parsed(name, expected, parse)?.ok_or_else(|| self.wrong(name, "", expected))
    }

    /// A number with a default, within a range.
    pub fn number<T: FromStr + PartialOrd + Display>(&self, name: &str, range: RangeInclusive<T>) -> Result<T, ConfigError> {
        let expected = format!("a whole number from {} to {}", range.start(), range.end());
        self.required(name, &expected, |text| text.replace('_', "").parse().ok().filter(|number| range.contains(number)))
    }

    /// A switch with a default.
    pub fn switch(&self, name: &str) -> Result<bool, ConfigError> {
        self.required(name, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        })
    }

    /// An http or https address without query, fragment and password.
    pub fn url(&self, name: &str) -> Result<Option<Url>, ConfigError> {
        self.parsed(name, "an address that begins with https:// or http:// and has no query, fragment or password", |text| {
            let url = Url::parse(text).ok()?;
            let plain = url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
            (matches!(url.scheme(), "http" | "https") && url.has_host() && plain).then_some(url)
        })
    }

    /// A list: an array in the file, separated by commas elsewhere.
    pub fn list<T>(&self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, ConfigError> {
        let Some(raw) = self.values.get(name) else { return Ok(Vec::new()) };
        let items =
            raw.texts.iter().flat_map(|text| if raw.is_array { vec![text.as_str()] } else { text.split(',').map(str::trim).collect() });
        let items = items.filter(|item| !item.is_empty());
        items.map(|item| parse(item).ok_or_else(|| self.wrong(name, item, expected))).collect()
    }

    /// The error for a value that cannot be used.
    pub fn wrong(&self, name: &str, value: &str, expected: &str) -> ConfigError {
        let secret = self.settings.get(name).is_none_or(|setting| setting.secret);
        ConfigError::Wrong {
            name: name.to_owned(),
            origin: self.values.get(name).map_or(Origin::Default, |raw| raw.origin.clone()),
            value: (!secret).then(|| value.to_owned()),
            expected: expected.to_owned(),
        }
    }
}

/// One setting of the file, under its own name (`_file` resolved).
fn from_file(settings: &BTreeMap<String, Setting>, path: &Path, name: &str, value: Value) -> Result<(String, Raw), ConfigError> {
    if let Some(setting) = settings.get(name) {
        let is_array = matches!(value, Value::Array(..));
        let texts = texts(value).filter(|_| setting.is_list || !is_array).ok_or_else(|| {
            let shape = if setting.is_list { "a text or a list of texts" } else { "a single value" };
            ConfigError::Conflict(format!("The setting {name} in the configuration file must be {shape}."))
        })?;
        return Ok((name.to_owned(), Raw { texts, is_array, origin: Origin::File }));
    }
    let secret = name.strip_suffix("_file").filter(|name| settings.get(*name).is_some_and(|setting| setting.secret));
    match (secret, texts(value).as_deref()) {
        (Some(name), Some([file])) => {
            // Relative to the configuration file, because that is where the person who writes it looks from.
            let file = path.parent().unwrap_or(Path::new("")).join(file);
            Ok((name.to_owned(), Raw::one(read_secret(file)?, Origin::File)))
        }
        _ => Err(unknown(settings, name)),
    }
}

fn from_env(setting: &Setting, env: &BTreeMap<String, String>) -> Result<Option<Raw>, ConfigError> {
    for name in setting.env {
        let direct = env.get(*name).filter(|value| !value.is_empty());
        let file_name = format!("{name}_FILE");
        let file = env.get(&file_name).filter(|value| setting.secret && !value.is_empty());
        match (direct, file) {
            (Some(_), Some(_)) => return Err(ConfigError::Conflict(format!("Both {name} and {file_name} are set. Keep one of them."))),
            (Some(value), None) => return Ok(Some(Raw::one(value, Origin::Env((*name).to_owned())))),
            (None, Some(path)) => return Ok(Some(Raw::one(read_secret(PathBuf::from(path))?, Origin::Env(file_name)))),
            (None, None) => {}
        }
    }
    Ok(None)
}

/// A secret from a file, without the line end that editors add.
fn read_secret(path: PathBuf) -> Result<String, ConfigError> {
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(text.trim_end_matches(['\r', '\n']).to_owned()),
        Err(error) => Err(ConfigError::File { path, reason: error.to_string() }),
    }
}

/// Dotted names and values of a TOML text.
fn flatten(path: &Path, text: &str) -> Result<Vec<(String, Value)>, ConfigError> {
    let dict: Dict = Figment::from(Toml::string(text)).extract().map_err(|error| {
        // The message quotes the line, which may hold a secret: only the place is passed on.
        let message = error.to_string();
        let place = message
            .find("line ")
            .map(|at| message[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == ' ' || *c == ',').collect::<String>());
        ConfigError::Syntax { path: path.to_owned(), place: place.map_or_else(String::new, |place| format!(", see {}", place.trim())) }
    })?;
    let mut flat = Vec::new();
    let mut open = vec![(String::new(), dict)];
    while let Some((prefix, dict)) = open.pop() {
        for (key, value) in dict {
            let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
            match value {
                Value::Dict(_, dict) => open.push((name, dict)),
                value => flat.push((name, value)),
            }
        }
    }
    flat.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(flat)
}

/// The texts of a scalar (one) or of an array of scalars; `None` for anything else.
fn texts(value: Value) -> Option<Vec<String>> {
    match value {
        Value::Array(_, items) => items.into_iter().map(|item| texts(item).filter(|texts| texts.len() == 1)?.pop()).collect(),
        Value::String(_, text) => Some(vec![text]),
        Value::Bool(_, value) => Some(vec![value.to_string()]),
        Value::Num(_, number) => {
            number.to_i128().map(|n| n.to_string()).or_else(|| number.to_f64().map(|n| n.to_string())).map(|text| vec![text])
        }
        _ => None,
    }
}

fn unknown(settings: &BTreeMap<String, Setting>, name: &str) -> ConfigError {
    let nearest = settings.keys().map(|key| (strsim::damerau_levenshtein(key, name), key)).min();
    let suggestion = nearest.filter(|(distance, _)| *distance <= 3).map(|(_, key)| key.clone());
    ConfigError::Unknown { name: name.to_owned(), suggestion }
}
