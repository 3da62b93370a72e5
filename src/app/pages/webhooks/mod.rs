//! Webhook subscriptions: the list, a new one, one with its log, plots, test, signing, partners and settings; the catalogue of events; and
//! the page a partner sees.

use leptos::prelude::*;

use super::ui::field::Checkbox;
use super::words::{capitalized, plural};
use crate::webhooks::outbound::catalogue;

mod attempt;
mod events;
mod figures;
mod head;
mod list;
mod new;
mod partner;
mod partners;
mod search;
mod settings;
mod show;
mod signing;
mod trial;

pub use events::WebhookEvents;
pub use figures::WebhookFigures;
pub use list::Webhooks;
pub use new::NewWebhook;
pub use partner::PartnerPage;
pub use partners::WebhookPartners;
pub use settings::WebhookSettings;
pub use show::WebhookPage;
pub use signing::WebhookSigning;
pub use trial::WebhookTrial;

/// Every event as a checkbox, by group; `chosen` are ticked.
fn event_choices(chosen: &[String]) -> impl IntoView + use<> {
    let every = chosen.iter().any(|name| name == "*");
    let mut groups: Vec<(String, Vec<_>)> = Vec::new();
    for info in catalogue::all() {
        let checked = chosen.contains(&info.name);
        let choice = view! { <Checkbox name="events[]" label=info.name.clone() value=info.name.clone() checked help=Some(info.description.into())/> };
        match groups.iter_mut().find(|(group, _)| *group == info.group) {
            Some((_, choices)) => choices.push(choice),
            None => groups.push((info.group, vec![choice])),
        }
    }
    let groups = groups
        .into_iter()
        .map(|(group, choices)| view! { <fieldset class="fieldset"><legend>{capitalized(&plural(&group))}</legend>{choices}</fieldset> })
        .collect::<Vec<_>>();
    view! {
        <div class="event-choices">
            <Checkbox name="every" label="Every event, also ones added later" checked=every/>
            <div class="event-groups">{groups}</div>
        </div>
    }
}
