//! Feature switches: an address of a feature that is switched off answers 404 with `feature_disabled`.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::config::FeatureConfig;
use crate::domain::catalogue::Category;
use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::providers::catalogue;
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// Refuses requests to what is switched off.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    match disabled(&state.settings.features, request.uri().path()) {
        Some(switch) => Problem(Fault::new(
            ErrorCode::FeatureDisabled,
            format!("This server does not offer this: {switch} is set to false in its configuration."),
        ))
        .into_response(),
        None => next.run(request).await,
    }
}

/// The switch that turns this address off, if one does.
fn disabled(features: &FeatureConfig, path: &str) -> Option<&'static str> {
    if features.linkedin && features.calendar && features.ats {
        return None;
    }
    let rest = path.strip_prefix("/api/v1/").or_else(|| path.strip_prefix("/hooks/").map(|_| &path[1..]))?;
    let (area, name) = match rest.split('/').collect::<Vec<_>>()[..] {
        ["integrations" | "hooks", name, ..] => ("integrations", name),
        [area, ..] => (area, ""),
        [] => return None,
    };
    let category = catalogue::find(name).map(|entry| entry.category);
    let is = |wanted: Category| category == Some(wanted);
    if !features.linkedin && (area == "linkedin" || name.starts_with("linkedin")) {
        Some("ENABLE_LINKEDIN_INTEGRATION")
    } else if !features.calendar && (area == "calendar" || name == "calendar" || is(Category::Calendar)) {
        Some("ENABLE_CALENDAR_INTEGRATION")
    } else if !features.ats && (name == "ats" || is(Category::Ats)) {
        Some("ENABLE_ATS_INTEGRATION")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_switch_turns_off_its_own_addresses_only() {
        let features = FeatureConfig { linkedin: false, calendar: false, ats: false };
        for (path, switch) in [
            ("/api/v1/integrations/linkedin/auth", Some("ENABLE_LINKEDIN_INTEGRATION")),
            ("/api/v1/linkedin/posts/1", Some("ENABLE_LINKEDIN_INTEGRATION")),
            ("/api/v1/integrations/calendar/calendars", Some("ENABLE_CALENDAR_INTEGRATION")),
            ("/api/v1/calendar/events", Some("ENABLE_CALENDAR_INTEGRATION")),
            ("/api/v1/integrations/ats", Some("ENABLE_ATS_INTEGRATION")),
            ("/api/v1/integrations/greenhouse/connect", Some("ENABLE_ATS_INTEGRATION")),
            ("/hooks/greenhouse/1", Some("ENABLE_ATS_INTEGRATION")),
            ("/api/v1/integrations", None),
            ("/api/v1/jobs", None),
            ("/integrations", None),
        ] {
            assert_eq!(disabled(&features, path), switch, "{path}");
            assert_eq!(disabled(&FeatureConfig { linkedin: true, calendar: true, ats: true }, path), None, "{path}");
        }
    }
}
