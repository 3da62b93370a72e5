//! Dead letters: what gave up and waits for a person, grouped by reason.

use leptos::prelude::*;
use leptos::server_fn::ServerFn as _;
use leptos_router::hooks::use_query_map;

use super::records::sources;
use super::signed_in::{Content, problem, signed_in};
use super::ui::prelude::*;
use super::words::{address, capitalized, count, plural};
use crate::app::actions::dead_letters::{DiscardLetter, DiscardLetters, RetryLetter, RetryLetters};
use crate::domain::id::IntegrationId;
use crate::domain::role::Scope;
use crate::integrations::query;
use crate::store::dead_letter::{DeadLetterFilter, DeadLetterGroup, DeadLetterRow, list_dead_letters, list_groups};
use crate::store::page::PageQuery;

/// What gave up, in words.
fn source_name(source: &str) -> &str {
    match source {
        "sync" => "Syncs",
        "record" => "Records that could not be taken",
        "write" => "Changes that could not be sent",
        "inbound" => "Webhooks that came in",
        "delivery" => "Webhooks that could not be delivered",
        other => other,
    }
}

/// What a dead letter is about, in one line.
pub fn what(row: &DeadLetterRow) -> String {
    let object = row.object.as_deref().unwrap_or("record");
    match (row.source.as_str(), row.external_id.as_deref()) {
        ("record", Some(id)) => format!("{} {id} could not be taken", capitalized(object)),
        ("record", None) => format!("{} could not be taken", capitalized(&plural(object))),
        ("write", _) => "A change could not be sent".to_owned(),
        ("inbound", _) => "A webhook that came in could not be used".to_owned(),
        ("delivery", _) => "A webhook could not be delivered".to_owned(),
        ("sync", _) => "A sync gave up".to_owned(),
        (other, _) => capitalized(other),
    }
}

/// What the address asks for.
#[derive(Debug, Clone, Default)]
struct Asked {
    source: String,
    integration: String,
    code: String,
}

impl Asked {
    fn link(&self, cursor: &str) -> String {
        let (source, integration, code) = (self.source.as_str(), self.integration.as_str(), self.code.as_str());
        address("/dead-letters", &[("source", source), ("integration", integration), ("code", code), ("cursor", cursor)])
    }

    fn is_filtered(&self) -> bool {
        !(self.source.is_empty() && self.integration.is_empty() && self.code.is_empty())
    }
}

/// `/dead-letters`.
#[component]
pub fn DeadLetters() -> impl IntoView {
    let map = use_query_map().get_untracked();
    let get = |name: &str| map.get(name).unwrap_or_default();
    let asked = Asked { source: get("source"), integration: get("integration"), code: get("code") };
    let cursor: Option<uuid::Uuid> = map.get("cursor").and_then(|text| text.parse().ok());
    let done = get("done");
    let error = ServerAction::<RetryLetter>::new().value().get_untracked().and_then(Result::err);
    let error = error.or_else(|| ServerAction::<RetryLetters>::new().value().get_untracked().and_then(Result::err));
    let error = error.or_else(|| ServerAction::<DiscardLetter>::new().value().get_untracked().and_then(Result::err));
    let error = error.or_else(|| ServerAction::<DiscardLetters>::new().value().get_untracked().and_then(Result::err));
    signed_in(NavItem::DeadLetters, move |viewer| async move {
        viewer.caller.require(Scope::IntegrationsWrite)?;
        let (db, organization, now) = (&viewer.ctx.store, viewer.caller.organization, viewer.now);
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let filter = DeadLetterFilter {
            integration: asked.integration.parse::<IntegrationId>().ok(),
            source: some(&asked.source),
            code: some(&asked.code),
            ..DeadLetterFilter::default()
        };
        let groups = list_groups(db, organization).await?;
        let page = list_dead_letters(db, organization, &filter, PageQuery { limit: 50, before: cursor }).await?;
        let sources = sources(&viewer).await?;
        let integrations = query::list(&viewer.ctx, &viewer.caller, None).await?;
        let total: i64 = groups.iter().map(|group| group.letters).sum();

        let mut kinds: Vec<&str> = groups.iter().map(|group| group.source.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let choices = std::iter::once(Choice::new("", "Everything"))
            .chain(kinds.iter().map(|kind| Choice::new((*kind).to_owned(), source_name(kind).to_owned())))
            .collect();
        let connections = std::iter::once(Choice::new("", "Every connection"))
            .chain(integrations.iter().map(|row| Choice::new(row.id.to_string(), row.name.clone())))
            .collect();
        let mut codes: Vec<&str> = groups.iter().map(|group| group.code.as_str()).collect();
        codes.sort_unstable();
        codes.dedup();
        let reasons = std::iter::once(Choice::new("", "Every reason"))
            .chain(codes.iter().map(|code| Choice::new((*code).to_owned(), capitalized(&code.replace('_', " ")))))
            .collect();
        let group_rows = groups.iter().map(|group| group_view(group, &sources, now)).collect::<Vec<_>>();
        let group_columns =
            vec![Column::new("What"), Column::new("Why"), Column::new("Where"), Column::number("How many"), Column::new("Since")];

        let next = page.next.map(|next| asked.link(&next.to_string()).into());
        let previous = cursor.is_some().then(|| asked.link("").into());
        let is_empty = page.rows.is_empty();
        let rows = page
            .rows
            .into_iter()
            .map(|row| {
                let source = row.integration_id.and_then(|id| sources.get(&id).cloned());
                let tries = row.attempts;
                view! {
                    <tr>
                        <td class="name"><span class="strong">{what(&row)}</span></td>
                        <td data-label="Why" class="wide">{row.message}<p class="meta"><code>{row.code}</code></p></td>
                        <td data-label="Where">{source.map(source_view)}</td>
                        <td data-label="Tries" class="number">{count(tries)}</td>
                        <td data-label="Since"><RelativeTime at=row.created_at now/></td>
                        <td class="actions">
                            <form class="row nowrap" method="post" action=RetryLetter::url()>
                                <input type="hidden" name="id" value=row.id.to_string()/>
                                <Button label="Try again" small=true/>
                                <Button label="Discard" small=true kind=Kind::Quiet formaction=DiscardLetter::url()/>
                            </form>
                        </td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![
            Column::new("What"),
            Column::new("Why"),
            Column::new("Where"),
            Column::number("Tries"),
            Column::new("Since"),
            Column::actions("What to do"),
        ];
        let is_filtered = asked.is_filtered();
        let hidden = |asked: &Asked| {
            [("source", asked.source.clone()), ("integration", asked.integration.clone()), ("code", asked.code.clone())]
                .map(|(name, value)| view! { <input type="hidden" name=name value=value/> })
                .collect_view()
        };
        let which = if is_filtered { "the chosen ones" } else { "all of them" };
        let question = Question {
            title: format!("Discard {which}?").into(),
            text: "Nobody will try them again. What they were about stays as it is, here and in the connected systems.".into(),
            action: DiscardLetters::url().into(),
            fields: vec![
                ("source".into(), asked.source.clone().into()),
                ("integration".into(), asked.integration.clone().into()),
                ("code".into(), asked.code.clone().into()),
            ],
            button: format!("Discard {which}").into(),
            typed: None,
        };
        let by_filter = (!is_empty).then(|| {
            view! {
                <div class="button-row">
                    <form method="post" action=RetryLetters::url()>{hidden(&asked)}<Button label=format!("Try {which} again") small=true/></form>
                    <Button label=format!("Discard {which}") kind=Kind::Quiet small=true opens="discard"/>
                </div>
                <ConfirmDialog id="discard" question/>
            }
        });
        let flash = match done.as_str() {
            "retried" => Some("Tried again."),
            "retried-all" => Some("Tried again, at most two hundred at once."),
            "retried-some" => Some("Tried again. Some could not be, and stay here with their reason."),
            "discarded" | "discarded-all" => Some("Discarded."),
            _ => None,
        };
        let shown = if total == 0 {
            view! {
                <Empty icon=Icon::CheckCircle title="No dead letters" text="What gives up after its last try waits here until somebody decides: a record that could not be taken, a change that could not be sent, a webhook that could not be delivered."/>
            }
            .into_any()
        } else {
            view! {
                <Card title="By reason" note="The same reason usually has one cure." flush=true>
                    <Table caption="Dead letters by reason" columns=group_columns>{group_rows}</Table>
                </Card>
                <div class="row between">
                <Toolbar action="/dead-letters" label="Choose dead letters">
                    <Select name="source" label="What" choices value=some(&asked.source).map(Into::into) required=false bare=true/>
                    <Select name="integration" label="Connection" choices=connections value=some(&asked.integration).map(Into::into) required=false bare=true/>
                    <Select name="code" label="Reason" choices=reasons value=some(&asked.code).map(Into::into) required=false bare=true/>
                    <Button label="Show"/>
                    {is_filtered.then(|| view! { <LinkButton href="/dead-letters" label="Show everything" kind=Kind::Quiet/> })}
                </Toolbar>
                {by_filter}
                </div>
                <Table caption="Dead letters" columns>
                    {rows}
                    {is_empty.then(|| view! { <EmptyRow columns=6 text="No dead letter matches."/> })}
                </Table>
                <Pagination previous next/>
            }
            .into_any()
        };
        let body = view! {
            <FlashRegion>{flash.map(|text| view! { <Flash text/> })}</FlashRegion>
            {problem(error)}
            <PageHead title="Dead letters" lead=|| "Work that gave up and waits for a decision. Nothing here is lost."/>
            {shown}
        };
        Ok(Content::new("Dead letters", body))
    })
}

fn source_view(source: Source) -> impl IntoView {
    view! { <span class="event-source"><Monogram slug=source.slug name=source.name.clone() size=Size::Small/>{source.name}</span> }
}

fn group_view(
    group: &DeadLetterGroup,
    sources: &std::collections::HashMap<IntegrationId, Source>,
    now: chrono::DateTime<chrono::Utc>,
) -> impl IntoView + use<> {
    let integration = group.integration_id.map(|id| id.to_string()).unwrap_or_default();
    let href = Asked { source: group.source.clone(), integration, code: group.code.clone() }.link("");
    let source = group.integration_id.and_then(|id| sources.get(&id).cloned());
    let at = group.first_at;
    view! {
        <tr>
            <td class="name"><a href=href>{source_name(&group.source).to_owned()}</a></td>
            <td data-label="Why" class="wide">{group.example.clone()}</td>
            <td data-label="Where">{source.map(source_view)}</td>
            <td data-label="How many" class="number"><b>{count(group.letters)}</b></td>
            <td data-label="Since"><RelativeTime at now/></td>
        </tr>
    }
}
