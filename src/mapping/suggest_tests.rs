//! What is suggested for Greenhouse's candidates, and what is not.

use chrono::DateTime;
use serde_json::json;

use super::*;
use crate::domain::id::{IntegrationId, OrgId};
use crate::domain::status::{IntegrationStatus, RecordKind};
use crate::mapping::discover;
use crate::mapping::fields::Origin;
use crate::mapping::preview::SourceField;
use crate::mapping::service::Place;
use crate::store::Json;
use crate::store::integration::IntegrationRow;

pub(crate) fn row(organization: OrgId, id: IntegrationId) -> IntegrationRow {
    IntegrationRow {
        id,
        organization_id: organization,
        owner_kind: "organization".into(),
        owner_id: None,
        provider: "greenhouse".into(),
        name: "Greenhouse".into(),
        auth_type: "client_credentials".into(),
        status: IntegrationStatus::Active,
        reason: None,
        account: None,
        config: Json(json!({})),
        granted_scopes: Json(Vec::new()),
        missing_scopes: Json(Vec::new()),
        sync_enabled: true,
        sync_interval_s: 900,
        next_sync_at: None,
        last_synced_at: None,
        connected_at: None,
        last_used_at: None,
        last_success_at: None,
        last_error: None,
        last_error_at: None,
        health_status: "unknown".into(),
        last_health_check_at: None,
        failures_in_a_row: 0,
        token_expires_at: None,
        refresh_at: None,
        reconnect_by: None,
        quota: None,
        throttled_until: None,
        created_at: DateTime::UNIX_EPOCH,
        updated_at: DateTime::UNIX_EPOCH,
    }
}

fn sides() -> Sides {
    let samples = vec![
        json!({"id": 1, "first_name": "Ada", "preferred_name": "Ada", "title": "Engineer", "company": null, "contact_via": "ada@x.example",
            "email_addresses": [{"value": "ada@x.example", "type": "work"}], "tags": ["math"],
            "custom_fields": {"salary": {"name": "Salary", "type": "number", "value": 7}, "unused": {"name": "Unused", "type": "number", "value": null}}}),
        json!({"id": 2, "first_name": "Bob", "preferred_name": null, "title": "", "contact_via": "b@x.example", "email_addresses": [], "tags": []}),
    ];
    let provider =
        discover::fields(&samples).into_iter().map(|info| SourceField { fill: discover::fill(&info.name, &samples, true), info }).collect();
    let place = Place { integration: row(OrgId(uuid::Uuid::nil()), IntegrationId(uuid::Uuid::nil())), kind: RecordKind::Candidate };
    Sides { place, provider_name: "Greenhouse".into(), origin: Origin::Records, note: None, provider, local: Vec::new(), samples }
}

fn pairs(suggestions: &[Suggestion]) -> Vec<(&str, &str)> {
    let mut all: Vec<_> = suggestions.iter().map(|one| (one.rule.source_field.as_str(), one.rule.target_field.as_str())).collect();
    all.sort_unstable();
    all
}

#[test]
fn names_synonyms_and_values_lead_to_suggestions() {
    let all = suggest(&sides(), &[], Direction::Inbound);
    assert_eq!(
        pairs(&all),
        [
            ("company", "company"),
            ("custom_fields.salary.value", "custom_fields.salary"),
            ("email_addresses", "emails"),
            ("first_name", "first_name"),
            ("tags", "tags"),
            ("title", "title"),
        ]
    );
    let title = all.iter().find(|one| one.rule.target_field == "title").expect("suggested");
    assert_eq!((title.confidence, title.reason.as_str()), (100, "Has the same name, filled on 50 % of 2 records."));
    assert_eq!(title.rule.transforms, [Transform::Trim]);
}

#[test]
fn what_is_mapped_already_is_not_suggested_again() {
    let rules: Vec<Rule> = serde_json::from_value(json!([
        {"sourceField": "email_addresses", "targetField": "custom_fields.mails"}, {"sourceField": "first_name", "targetField": "name"},
    ]))
    .expect("rules");
    let all = suggest(&sides(), &rules, Direction::Inbound);
    assert!(pairs(&all).contains(&("contact_via", "email")), "{:?}", pairs(&all));
    assert!(!pairs(&all).iter().any(|(source, target)| *source == "first_name" || *target == "name" || *source == "email_addresses"));
    let outbound = suggest(&sides(), &[], Direction::Outbound);
    assert!(pairs(&outbound).contains(&("title", "title")));
    assert!(outbound.iter().all(|one| one.rule.transforms.is_empty()));
}
