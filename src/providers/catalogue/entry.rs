//! The types of a catalogue entry. All of it is constant data: nothing here calls anything.

use crate::domain::catalogue::{AuthType, Capability, Category, FieldKind};

use super::oauth::OauthClient;

/// One provider: what it is, what a connection needs, what it can do here.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// Stable name in addresses and in the database, lower case with underscores.
    pub slug: &'static str,
    /// The name people know.
    pub name: &'static str,
    /// Where the catalogue page shows it.
    pub category: Category,
    /// How a connection normally proves itself.
    pub auth_type: AuthType,
    /// Other ways that the provider's connect page offers, most useful first.
    pub alternatives: &'static [AuthType],
    /// True for a provider that is only announced. Whether any other can be connected is the registry's to say.
    pub planned: bool,
    /// One line of what it does here.
    pub summary: &'static str,
    /// Every outside address, so that each can be replaced by configuration.
    pub endpoints: &'static [Endpoint],
    /// The OAuth client that this installation registers with the provider, where a person consents.
    pub oauth: Option<&'static OauthClient>,
    /// What the person fills in; the names are the names of `credentials` in the API.
    pub fields: &'static [Field],
    /// Scopes that every connection asks for, whatever features are chosen.
    pub base_scopes: &'static [&'static str],
    /// What can be switched on, each with the scopes it needs.
    pub features: &'static [Feature],
    /// What connections of this provider can do at most; one connection may be able to do less.
    pub capabilities: &'static [Capability],
    /// The provider's limits, for the page and for whoever sets a limiter.
    pub limits: &'static [Limit],
    /// How its lists are read.
    pub paging: Option<Paging>,
    /// How its webhooks prove where they come from; `None` when it sends none.
    pub signature: Option<Signature>,
    /// What to do in the provider's own pages, in order.
    pub guide: &'static [Step],
    /// Titles of the documents that these facts were taken from.
    pub sources: &'static [Source],
    /// What surprises people, one sentence or two each.
    pub notes: &'static [&'static str],
}

/// An outside address of a provider.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint {
    /// Short name, unique within the entry: `api`, `token`, `authorize`.
    pub name: &'static str,
    /// The environment variable that replaces it: `<PROVIDER>_<ENDPOINT>_URL`.
    pub env: &'static str,
    /// The vendor's address, without a slash at the end. `{tenant}` stands for the configured tenant of the vendor's
    /// OAuth client. `None` where the host is the customer's own: it is then a field of the connection, or comes with the token.
    pub default: Option<&'static str>,
    /// Appended to `SANDBOX_URL` when the simulators stand in: `/<slug>/...`, without a slash at the end.
    pub sandbox_path: &'static str,
}

/// Something a person fills in to connect.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Name in `credentials`, snake_case.
    pub name: &'static str,
    /// Label on the page.
    pub label: &'static str,
    /// How it is entered.
    pub kind: FieldKind,
    /// Encrypted, and never shown again.
    pub secret: bool,
    /// Connecting without it is refused.
    pub required: bool,
    /// Where to find it, in whole sentences.
    pub help: &'static str,
    /// The choices of a `Select`: value and label. The first is preselected.
    pub options: &'static [(&'static str, &'static str)],
}

/// A feature that a connection can use.
#[derive(Debug, Clone, Copy)]
pub struct Feature {
    /// Stable name, unique within the entry, snake_case.
    pub key: &'static str,
    /// Name on the page.
    pub name: &'static str,
    /// The provider's scopes that it needs.
    pub scopes: &'static [&'static str],
}

/// A limit that the provider sets.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// What is limited: "Requests".
    pub what: &'static str,
    /// How much: "50 requests per 30 seconds".
    pub value: &'static str,
}

/// How lists are read page by page.
#[derive(Debug, Clone, Copy)]
pub struct Paging {
    /// The mechanism.
    pub style: PagingStyle,
    /// Most records a page can hold, where the provider says so.
    pub page_records_max: Option<u32>,
    /// How it goes on and how it ends.
    pub text: &'static str,
}

/// The mechanisms of paging that providers use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PagingStyle {
    /// The next address stands in the `Link` header.
    LinkHeader,
    /// The next address stands in the body.
    NextUrl,
    /// An opaque token from the body is sent back.
    Cursor,
    /// A number of records to skip.
    Offset,
    /// A page number.
    Page,
}

/// How a webhook is verified. The code is in the provider's `Inbound`; these words explain it to people.
#[derive(Debug, Clone, Copy)]
pub struct Signature {
    /// Where the proof stands: a header or a place in the body.
    pub place: &'static str,
    /// The algorithm; "none" where only a shared token is compared.
    pub algorithm: &'static str,
    /// The bytes that are signed.
    pub message: &'static str,
    /// Which secret is the key.
    pub key: &'static str,
    /// What keeps an old message from counting twice.
    pub replay: &'static str,
}

/// One step of the set-up guide.
#[derive(Debug, Clone, Copy)]
pub struct Step {
    /// What the step achieves, a few words.
    pub title: &'static str,
    /// Where to click and what to enter, in whole sentences.
    pub text: &'static str,
}

/// A document that facts were taken from.
#[derive(Debug, Clone, Copy)]
pub struct Source {
    /// Its title.
    pub title: &'static str,
    /// The day it was read, `YYYY-MM-DD`.
    pub read: &'static str,
}

impl Entry {
    /// An entry with nothing in it, to be completed with `..Entry::BLANK`.
    pub(super) const BLANK: Self = Self {
        slug: "",
        name: "",
        category: Category::Ats,
        auth_type: AuthType::None,
        alternatives: &[],
        planned: false,
        summary: "",
        endpoints: &[],
        oauth: None,
        fields: &[],
        base_scopes: &[],
        features: &[],
        capabilities: &[],
        limits: &[],
        paging: None,
        signature: None,
        guide: &[],
        sources: &[],
        notes: &[],
    };

    /// The endpoint called `name`.
    pub fn endpoint(&self, name: &str) -> Option<&'static Endpoint> {
        self.endpoints.iter().find(|endpoint| endpoint.name == name)
    }

    /// The field called `name`.
    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The feature with this key.
    pub fn feature(&self, key: &str) -> Option<&'static Feature> {
        self.features.iter().find(|feature| feature.key == key)
    }

    /// The fields that must be filled in.
    pub fn required_fields(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.required)
    }

    /// True if connections can have this capability.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// The scopes to ask for: the base scopes, then those of the named features, each once, in the entry's order.
    /// Unknown feature keys add nothing.
    pub fn scopes_for<K: AsRef<str>>(&self, features: &[K]) -> Vec<&'static str> {
        let chosen = self.features.iter().filter(|feature| features.iter().any(|key| key.as_ref() == feature.key));
        unique(self.base_scopes.iter().copied().chain(chosen.flat_map(|feature| feature.scopes.iter().copied())))
    }

    /// Every scope that any feature needs, each once.
    pub fn all_scopes(&self) -> Vec<&'static str> {
        let features = self.features.iter().flat_map(|feature| feature.scopes.iter().copied());
        unique(self.base_scopes.iter().copied().chain(features))
    }

    /// The mark drawn for the provider: one or two letters of its name and a hue in degrees (0-359). Our own drawing,
    /// the same on every page and at every start.
    pub fn monogram(&self) -> (String, u16) {
        let words: Vec<&str> = self.name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let letters = match words.as_slice() {
            [] => String::new(),
            [one] => one.chars().take(2).enumerate().map(|(i, c)| if i == 0 { upper(c) } else { lower(c) }).collect(),
            [first, second, ..] => [first, second].iter().filter_map(|word| word.chars().next()).map(upper).collect(),
        };
        // FNV-1a over the slug: spreads neighbours such as `bamboohr` and `bamboohr_hris` over the circle.
        let hash = self.slug.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
        (letters, (hash % 360) as u16)
    }
}

impl Field {
    /// A required line of text.
    pub(super) const fn text(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, kind: FieldKind::Text, secret: false, required: true, help, options: &[] }
    }

    /// A required secret.
    pub(super) const fn secret(name: &'static str, label: &'static str, help: &'static str) -> Self {
        Self { name, label, kind: FieldKind::Password, secret: true, required: true, help, options: &[] }
    }

    /// A required choice.
    pub(super) const fn select(
        name: &'static str,
        label: &'static str,
        help: &'static str,
        options: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self { name, label, kind: FieldKind::Select, secret: false, required: true, help, options }
    }

    /// The same field, of another kind.
    pub(super) const fn kind(mut self, kind: FieldKind) -> Self {
        self.kind = kind;
        self
    }

    /// The same field, not required.
    pub(super) const fn optional(mut self) -> Self {
        self.required = false;
        self
    }
}

/// An endpoint with a known default.
pub(super) const fn endpoint(name: &'static str, env: &'static str, default: &'static str, sandbox_path: &'static str) -> Endpoint {
    Endpoint { name, env, default: Some(default), sandbox_path }
}

/// An endpoint whose host is the customer's own.
pub(super) const fn own_endpoint(name: &'static str, env: &'static str, sandbox_path: &'static str) -> Endpoint {
    Endpoint { name, env, default: None, sandbox_path }
}

/// A feature.
pub(super) const fn feature(key: &'static str, name: &'static str, scopes: &'static [&'static str]) -> Feature {
    Feature { key, name, scopes }
}

/// A limit.
pub(super) const fn limit(what: &'static str, value: &'static str) -> Limit {
    Limit { what, value }
}

/// A step of a guide.
pub(super) const fn step(title: &'static str, text: &'static str) -> Step {
    Step { title, text }
}

/// A document, read on the day the fact sheets were written.
pub(super) const fn source(title: &'static str) -> Source {
    Source { title, read: "2026-11-21" }
}

fn upper(c: char) -> char {
    c.to_uppercase().next().unwrap_or(c)
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

fn unique(scopes: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut seen = Vec::new();
    for scope in scopes {
        if !seen.contains(&scope) {
            seen.push(scope);
        }
    }
    seen
}
