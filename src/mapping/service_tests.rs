//! Saving, trying and restoring mappings, on every database at hand.

use serde_json::{Value, json};

use super::*;
use crate::caller::Actor;
use crate::domain::id::OrgId;
use crate::domain::role::Role;
use crate::mapping::suggest::tests::row;
use crate::mapping::{self, versions};
use crate::store::Db;
use crate::store::integration::insert_integration;
use crate::store::link::{LinkUpsert, upsert_links};
use crate::store::organization::insert_organization;
use crate::store::testing::{clock, on_databases};

struct World {
    ctx: Context,
    caller: Caller,
    which: Which,
    id: IntegrationId,
}

async fn world(db: &Db) -> World {
    let ctx = Context::for_tests(db.clone(), clock());
    let caller = member(&ctx, ctx.clock.new(), Role::Recruiter);
    let id: IntegrationId = ctx.clock.new();
    let mut tx = db.begin().await.expect("begins");
    insert_organization(&mut tx, caller.organization, "One", ctx.clock.now()).await.expect("inserts");
    insert_integration(&mut tx, &row(caller.organization, id)).await.expect("inserts");
    let records = [
        json!({"id": 1, "first_name": " ada ", "title": "Engineer", "email_addresses": [{"value": "Ada@X.example", "type": "work"}], "custom_fields": {"level": {"name": "Level", "type": "single_select", "value": "Sr"}}}),
        json!({"id": 2, "first_name": "Bob", "title": null, "email_addresses": [], "custom_fields": {"level": {"name": "Level", "type": "single_select", "value": null}}}),
    ];
    let links: Vec<LinkUpsert> = records
        .iter()
        .map(|record| LinkUpsert {
            external_id: record["id"].to_string(),
            local_id: ctx.clock.new_id(),
            url: None,
            content_hash: None,
            raw: Some(record.to_string()),
            remote_updated_at: None,
        })
        .collect();
    upsert_links(&mut tx, caller.organization, id, RecordKind::Candidate, &links, ctx.clock.now()).await.expect("inserts");
    tx.commit().await.expect("commits");
    World { ctx, caller, which: Which::Integration(id), id }
}

fn member(ctx: &Context, organization: OrgId, role: Role) -> Caller {
    let actor = Actor::User { id: ctx.clock.new(), name: "Rita".into(), role };
    Caller { actor, organization, trace: ctx.clock.new_id(), address: None }
}

fn rules(value: Value) -> Vec<Rule> {
    serde_json::from_value(value).expect("rules")
}

impl World {
    async fn save(&self, save: Save) -> Result<Mapping> {
        super::save(&self.ctx, &self.caller, &self.which, RecordKind::Candidate, save).await
    }

    async fn get(&self) -> Mapping {
        get(&self.ctx, &self.caller, &self.which, RecordKind::Candidate).await.expect("found")
    }

    async fn in_force(&self) -> Option<i64> {
        let found = mapping::in_force(&self.ctx, self.caller.organization, self.id, RecordKind::Candidate).await.expect("usable");
        found.map(|mapping| mapping.version)
    }
}

#[tokio::test]
async fn a_mapping_is_merged_by_target_and_every_save_is_a_version() {
    on_databases!(|db| {
        let world = world(db).await;
        assert_eq!((world.get().await.version, world.in_force().await), (0, None));
        let first = world
            .save(Save {
                rules: rules(json!([{"sourceField": "title", "targetField": "title"}, {"sourceField": "email_addresses.value", "targetField": "emails", "transform": "lowercase"}])),
                ..Save::default()
            })
            .await
            .expect("valid");
        assert_eq!((first.version, first.direction, world.in_force().await), (1, Direction::Inbound, Some(1)));
        let second = world
            .save(Save {
                rules: rules(json!([{"sourceField": "custom_fields.level.value", "targetField": "custom_fields.level"}, {"sourceField": "title", "targetField": "title", "transform": "uppercase"}])),
                base_version: Some(1),
                note: Some(" Titles in capitals ".into()),
                ..Save::default()
            })
            .await
            .expect("valid");
        let targets: Vec<&str> = second.rules.iter().map(|rule| rule.target_field.as_str()).collect();
        assert_eq!(
            (second.version, targets.as_slice(), second.note.as_deref()),
            (2, ["title", "emails", "custom_fields.level"].as_slice(), Some("Titles in capitals"))
        );
        assert_eq!((second.created_by.as_deref(), world.in_force().await), (Some("Rita"), Some(2)));
        // Nothing new, no version.
        assert_eq!(world.save(Save { rules: second.rules.clone(), ..Save::default() }).await.expect("valid").version, 2);
        let third = world.save(Save { remove: vec!["emails".into()], ..Save::default() }).await.expect("valid");
        assert_eq!((third.version, third.rules.len()), (3, 2));
        let fourth = world.save(Save { rules: Vec::new(), replace: true, ..Save::default() }).await.expect("valid");
        assert_eq!((fourth.version, fourth.rules.len(), world.in_force().await), (4, 0, None));
    });
}

#[tokio::test]
async fn versions_differ_and_come_back() {
    on_databases!(|db| {
        let world = world(db).await;
        let kind = RecordKind::Candidate;
        world
            .save(Save { rules: rules(json!([{"sourceField": "title", "targetField": "title"}])), ..Save::default() })
            .await
            .expect("valid");
        world
            .save(Save { rules: rules(json!([{"sourceField": "first_name", "targetField": "company"}])), replace: true, ..Save::default() })
            .await
            .expect("valid");
        let back = versions::restore(&world.ctx, &world.caller, &world.which, kind, 1).await.expect("it exists");
        assert_eq!(
            (back.version, back.note.as_deref(), back.rules[0].target_field.as_str()),
            (3, Some("Restored from version 1"), "title")
        );
        let all = versions::list(&world.ctx, &world.caller, &world.which, kind).await.expect("listed");
        let seen: Vec<(i64, bool, usize)> = all.iter().map(|one| (one.mapping.version, one.is_in_force, one.changes.len())).collect();
        assert_eq!(seen, [(3, true, 2), (2, false, 2), (1, false, 1)]);
        let diff = versions::diff(&world.ctx, &world.caller, &world.which, kind, 1, 3).await.expect("both exist");
        assert_eq!(diff, []);
        let fault = versions::restore(&world.ctx, &world.caller, &world.which, kind, 9).await.unwrap_err();
        assert_eq!(fault.code, ErrorCode::NotFound);
    });
}

#[tokio::test]
async fn wrong_fields_other_versions_and_missing_rights_are_refused() {
    on_databases!(|db| {
        let world = world(db).await;
        let wrong = world
            .save(Save {
                rules: rules(
                    json!([{"sourceField": "titel", "targetField": "title"}, {"sourceField": "title", "targetField": "nonsense"}]),
                ),
                ..Save::default()
            })
            .await
            .unwrap_err();
        let pointers: Vec<&str> = wrong.fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/mappings/0/sourceField", "/mappings/1/targetField"]);
        assert!(wrong.fields[0].detail.contains("Did you mean “title”?"), "{}", wrong.fields[0].detail);
        let good = || Save { rules: rules(json!([{"sourceField": "title", "targetField": "title"}])), ..Save::default() };
        let stale = world.save(Save { base_version: Some(7), ..good() }).await.unwrap_err();
        assert_eq!(stale.code, ErrorCode::Conflict);
        let gone = world.save(Save { remove: vec!["tags".into()], ..Save::default() }).await.unwrap_err();
        assert_eq!(gone.fields[0].pointer, "/remove/0");
        let reader = member(&world.ctx, world.caller.organization, Role::Interviewer);
        let refused = super::save(&world.ctx, &reader, &world.which, RecordKind::Candidate, good()).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::Forbidden);
        assert_eq!(get(&world.ctx, &reader, &world.which, RecordKind::Candidate).await.expect("may read").version, 0);
        let stranger = member(&world.ctx, world.ctx.clock.new(), Role::Owner);
        let hidden = get(&world.ctx, &stranger, &world.which, RecordKind::Candidate).await.unwrap_err();
        assert_eq!(hidden.code, ErrorCode::NotFound);
        let other = Which::Provider("zoho".into());
        let absent = get(&world.ctx, &world.caller, &other, RecordKind::Candidate).await.unwrap_err();
        assert!(absent.code == ErrorCode::NotFound && absent.detail.contains("Zoho CRM"), "{}", absent.detail);
        // The kind has no records and the provider cannot be asked: nothing to hold the fields against.
        let blind = super::save(&world.ctx, &world.caller, &world.which, RecordKind::Offer, good()).await.unwrap_err();
        assert_eq!(blind.code, ErrorCode::ProviderUnavailable);
        assert!(kind(Some("stages")).is_err() && kind(Some("Jobs")).is_ok_and(|kind| kind == RecordKind::Job));
    });
}

#[tokio::test]
async fn two_who_save_at_once_do_not_overwrite_each_other() {
    on_databases!(|db| {
        let world = world(db).await;
        let place = place(&world.ctx, &world.caller, &world.which, RecordKind::Candidate).await.expect("found");
        let seen = place.current(&world.ctx).await.expect("read");
        let rule = |target: &str| rules(json!([{"sourceField": "title", "targetField": target}]));
        store_version(&world.ctx, &world.caller, &place, &seen, Direction::Inbound, rule("title"), None).await.expect("first");
        let late = store_version(&world.ctx, &world.caller, &place, &seen, Direction::Inbound, rule("company"), None).await.unwrap_err();
        assert_eq!(late.code, ErrorCode::Conflict);
        assert_eq!(world.get().await.rules[0].target_field, "title");
    });
}

#[tokio::test]
async fn a_mapping_turned_around_keeps_its_lines() {
    on_databases!(|db| {
        let world = world(db).await;
        let lines = json!([{"sourceField": "title", "targetField": "title", "transform": "trim"}, {"sourceField": "custom_fields.level.value", "targetField": "custom_fields.level"}]);
        world.save(Save { rules: rules(lines), ..Save::default() }).await.expect("valid");
        let both = world.save(Save { direction: Some(Direction::Bidirectional), ..Save::default() }).await.expect("it can be turned");
        assert_eq!(
            (both.rules[1].source_field.as_str(), both.rules[1].target_field.as_str()),
            ("custom_fields.level", "custom_fields.level.value")
        );
        let organization = world.caller.organization;
        let outbound =
            mapping::in_force_outbound(&world.ctx, organization, world.id, RecordKind::Candidate).await.expect("usable").expect("there");
        let sent = outbound.apply(&json!({"title": " Dr ", "custom_fields": {"level": "Sr"}})).expect("applies");
        assert_eq!(sent, [("title".to_owned(), json!("Dr")), ("custom_fields.level.value".to_owned(), json!("Sr"))]);
        let one_way =
            json!([{"sourceField": "first_name", "targetField": "title", "transform": {"type": "split", "separator": " ", "index": 0}}]);
        world
            .save(Save { rules: rules(one_way), direction: Some(Direction::Inbound), replace: true, ..Save::default() })
            .await
            .expect("valid");
        let fault = world.save(Save { direction: Some(Direction::Bidirectional), ..Save::default() }).await.unwrap_err();
        assert_eq!(fault.fields[0].pointer, "/direction");
        assert!(fault.detail.contains("one part only"), "{}", fault.detail);
    });
}

#[tokio::test]
async fn a_preview_shows_real_records_and_saves_nothing() {
    on_databases!(|db| {
        let world = world(db).await;
        let lines = rules(json!([
            {"sourceField": "first_name", "targetField": "first_name", "transforms": ["trim", "uppercase"]},
            {"sourceField": "email_addresses", "targetField": "title"},
            {"sourceField": "titel", "targetField": "company"},
        ]));
        let preview = mapping::preview(&world.ctx, &world.caller, &world.which, RecordKind::Candidate, &lines, Direction::Inbound, 99)
            .await
            .expect("may");
        assert_eq!(preview.problems.iter().map(|problem| problem.pointer.as_str()).collect::<Vec<_>>(), ["/mappings/2/sourceField"]);
        let ada = preview.records.iter().find(|record| record.external_id.as_deref() == Some("1")).expect("she is there");
        assert_eq!((&ada.values[0].before, &ada.values[0].after), (&json!(" ada "), &json!("ADA")));
        assert!(ada.values[1].error.as_deref().is_some_and(|error| error.contains("field inside")), "{:?}", ada.values[1]);
        assert_eq!((&ada.values[2].after, &ada.values[2].error), (&Value::Null, &None));
        assert_eq!(world.get().await.version, 0);
        let sides = mapping::sides(&world.ctx, &world.caller, &world.which, RecordKind::Candidate, false).await.expect("may");
        assert!(sides.note.as_deref().is_some_and(|note| note.contains("last 2 records")), "{:?}", sides.note);
        let title = sides.provider.iter().find(|field| field.info.name == "title").expect("found on records");
        assert_eq!((title.fill.filled, title.fill.of, title.fill.example.as_deref()), (1, 2, Some("Engineer")));
    });
}
