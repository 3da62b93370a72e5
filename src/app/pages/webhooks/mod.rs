//! Webhook subscriptions: the list, a new one, one with its log, its settings.

use leptos::prelude::*;

use super::ui::field::Checkbox;
use super::words::{capitalized, plural};
use crate::webhooks::outbound::catalogue;

mod list;
mod new;
mod settings;
mod show;

pub use list::Webhooks;
pub use new::NewWebhook;
pub use settings::WebhookSettings;
pub use show::WebhookPage;

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
