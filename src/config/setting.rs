//! The description of one setting, from which reading, the documentation and `hirewire doctor` all work.

use std::borrow::Cow;

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Its place in `hirewire.toml`: `server.addr` is `addr` in the section `[server]`.
    pub name: Cow<'static, str>,
    /// Environment variables that set it; the first is the documented one.
    pub env: &'static [&'static str],
    /// What holds when nobody sets it; `None` when there is no such value.
    pub default: Option<&'static str>,
    /// The unit of a number, else what kind of value it is.
    pub unit: &'static str,
    /// What it does, in one sentence or two.
    pub meaning: Cow<'static, str>,
    /// Never shown. May also be given as the path of a file, with `_FILE` behind the variable or `_file` behind the name.
    pub secret: bool,
    /// Takes several values: an array in the file, separated by commas elsewhere.
    pub is_list: bool,
}

impl Setting {
    /// A setting without a default.
    pub(super) const fn new(name: &'static str, env: &'static [&'static str], unit: &'static str, meaning: &'static str) -> Self {
        Self { name: Cow::Borrowed(name), env, default: None, unit, meaning: Cow::Borrowed(meaning), secret: false, is_list: false }
    }

    /// The same with a default.
    pub(super) const fn default(mut self, value: &'static str) -> Self {
        self.default = Some(value);
        self
    }

    /// The same, with several values.
    pub(super) const fn list(mut self) -> Self {
        self.is_list = true;
        self
    }

    /// The same, secret.
    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }
}
