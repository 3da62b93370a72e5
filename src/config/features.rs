//! Whole areas that can be switched off.

use super::error::ConfigError;
use super::reader::Reader;
use super::setting::Setting;

pub(super) const SETTINGS: &[Setting] = &[
    Setting::new(
        "features.linkedin",
        &["ENABLE_LINKEDIN_INTEGRATION"],
        "true or false",
        "LinkedIn: company page and candidates' profiles.",
    )
    .default("true"),
    Setting::new("features.calendar", &["ENABLE_CALENDAR_INTEGRATION"], "true or false", "Calendars and interview scheduling.")
        .default("true"),
    Setting::new("features.ats", &["ENABLE_ATS_INTEGRATION"], "true or false", "Applicant tracking systems.").default("true"),
];

/// Whole areas that can be switched off. Off answers 404 with the code `feature_disabled`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeatureConfig {
    /// LinkedIn.
    pub linkedin: bool,
    /// Calendars.
    pub calendar: bool,
    /// Applicant tracking systems.
    pub ats: bool,
}

impl FeatureConfig {
    pub(super) fn read(reader: &Reader) -> Result<Self, ConfigError> {
        Ok(Self {
            linkedin: reader.switch("features.linkedin")?,
            calendar: reader.switch("features.calendar")?,
            ats: reader.switch("features.ats")?,
        })
    }
}
