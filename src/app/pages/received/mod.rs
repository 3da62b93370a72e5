//! Webhooks that providers sent: the list over all connections, and one message in full.

use leptos::prelude::*;

use super::signed_in::Viewer;
use super::ui::prelude::*;
use crate::domain::id::OrgId;
use crate::fault::Result;
use crate::store::inbound_event::{InboundEventFilter, InboundEventRow, list_event_names};
use crate::store::page::{Page, PageQuery};
use crate::webhooks::inbound;

mod list;
mod show;
pub mod words;

pub use list::{Received, directions};
pub use show::ReceivedPage;

/// What the address asks for.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The list's path.
    pub path: String,
    /// A connection, on the list over all.
    pub integration: String,
    /// A state.
    pub state: String,
    /// An event.
    pub event: String,
}

impl Asked {
    fn link(&self, cursor: &str) -> String {
        let pairs = [("integration", self.integration.as_str()), ("state", &self.state), ("event", &self.event), ("cursor", cursor)];
        super::words::address(&self.path, &pairs)
    }

    /// Whether anything is chosen.
    pub fn is_filtered(&self) -> bool {
        !(self.integration.is_empty() && self.state.is_empty() && self.event.is_empty())
    }

    fn filter(&self) -> InboundEventFilter {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        InboundEventFilter {
            integration: self.integration.parse().ok(),
            state: some(&self.state),
            event: some(&self.event),
            ..InboundEventFilter::default()
        }
    }
}

/// The state of a message.
pub fn state_badge(state: &str) -> impl IntoView + use<> {
    let (tone, icon, label) = words::state(state);
    view! { <Badge tone icon label/> }
}

/// The log with its filter: of one connection, or (where `integrations` are given) of all.
///
/// # Errors
/// The service's.
pub async fn log(
    viewer: &Viewer,
    asked: &Asked,
    cursor: Option<uuid::Uuid>,
    integrations: Option<Vec<(String, String)>>,
) -> Result<AnyView> {
    let filter = asked.filter();
    let page = inbound::list(&viewer.ctx, &viewer.caller, &filter, PageQuery { limit: 50, before: cursor }).await?;
    let organization: OrgId = viewer.caller.organization;
    let names = list_event_names(&viewer.ctx.store, organization, filter.integration).await?;
    if page.rows.is_empty() && !asked.is_filtered_here(integrations.is_none()) && cursor.is_none() {
        return Ok(view! {
            <Empty icon=Icon::Webhook title="Nothing came yet" text="A provider tells of changes here as soon as its webhooks point to the address of a connection. Each message is kept as it came, checked, and dealt with; what became of it stands here."/>
        }
        .into_any());
    }
    Ok(view(viewer, asked, page, names, integrations, cursor.is_some()))
}

impl Asked {
    /// Whether anything is chosen besides what the page itself stands for.
    fn is_filtered_here(&self, is_of_one: bool) -> bool {
        if is_of_one { !(self.state.is_empty() && self.event.is_empty()) } else { self.is_filtered() }
    }
}

fn view(
    viewer: &Viewer,
    asked: &Asked,
    page: Page<InboundEventRow>,
    names: Vec<String>,
    integrations: Option<Vec<(String, String)>>,
    is_later_page: bool,
) -> AnyView {
    let now = viewer.now;
    let some = |text: &str| Some(Text::from(text.to_owned())).filter(|text| !text.is_empty());
    let is_of_one = integrations.is_none();
    let states = std::iter::once(Choice::new("", "Every state"))
        .chain(words::STATES.iter().map(|state| Choice::new(*state, words::state(state).2)))
        .collect();
    let events =
        std::iter::once(Choice::new("", "Every event")).chain(names.into_iter().map(|name| Choice::new(name.clone(), name))).collect();
    let labels: std::collections::HashMap<String, String> = integrations.iter().flatten().cloned().collect();
    let connections = integrations.map(|all| {
        std::iter::once(Choice::new("", "Every connection"))
            .chain(all.into_iter().map(|(id, name)| Choice::new(id, name)))
            .collect::<Vec<_>>()
    });
    let next = page.next.map(|next| asked.link(&next.to_string()).into());
    let previous = is_later_page.then(|| asked.link("").into());
    let is_empty = page.rows.is_empty();
    let rows = page
        .rows
        .into_iter()
        .map(|row| {
            let href = format!("/webhooks/received/{}", row.id);
            let event = row.event_name.clone().unwrap_or_else(|| "Without a name".to_owned());
            let made = row.changes.as_ref().and_then(|changes| changes.0.as_array()?.first().map(words::outcome));
            let said = row.error.clone().or(made).unwrap_or_else(|| words::not_yet(&row.state).to_owned());
            let source = (!is_of_one).then(|| {
                let slug = row.provider.clone();
                let name = row.integration_id.and_then(|id| labels.get(&id.to_string()).cloned()).unwrap_or_else(|| "Let go of".to_owned());
                view! { <td data-label="Connection"><span class="event-source"><Monogram slug name=name.clone() size=Size::Small/>{name}</span></td> }
            });
            view! {
                <tr>
                    <td class="name"><a href=href>{event}</a></td>
                    {source}
                    <td data-label="State">{state_badge(&row.state)}</td>
                    <td data-label="What became of it" class="wide">{said}</td>
                    <td data-label="Came"><RelativeTime at=row.received_at now/></td>
                </tr>
            }
        })
        .collect::<Vec<_>>();
    let mut columns = vec![Column::new("Event"), Column::new("State"), Column::new("What became of it"), Column::new("Came")];
    if !is_of_one {
        columns.insert(1, Column::new("Connection"));
    }
    let width = columns.len();
    let is_filtered = asked.is_filtered_here(is_of_one);
    let (path, action) = (asked.path.clone(), asked.path.clone());
    let (state, event, integration) = (some(&asked.state), some(&asked.event), some(&asked.integration));
    view! {
        <Toolbar action label="Choose messages">
            {connections.map(|choices| view! { <Select name="integration" label="Connection" choices value=integration required=false bare=true/> })}
            <Select name="state" label="State" choices=states value=state required=false bare=true/>
            <Select name="event" label="Event" choices=events value=event required=false bare=true/>
            <Button label="Show"/>
            {is_filtered.then(|| view! { <LinkButton href=path label="Show everything" kind=Kind::Quiet/> })}
        </Toolbar>
        <Card flush=true>
            <Table caption="Messages" columns>
                {rows}
                {is_empty.then(|| view! { <EmptyRow columns=width text="No message matches."/> })}
            </Table>
        </Card>
        <Pagination previous next/>
    }
    .into_any()
}
