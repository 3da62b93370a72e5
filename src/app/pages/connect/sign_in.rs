//! The step of the connect page for tools that people sign in to: what to switch on, then on to the provider.

use leptos::prelude::*;

use crate::app::pages::ui::Tone;
use crate::app::pages::ui::button::{Button, Kind, LinkButton};
use crate::app::pages::ui::callout::Callout;
use crate::app::pages::ui::code::CodeBlock;
use crate::app::pages::ui::field::{Checkbox, Choice, Select};
use crate::context::Context;
use crate::integrations::oauth;
use crate::providers::catalogue::Entry;
use crate::store::integration::IntegrationRow;

/// The form, or what is to be set before there can be one.
pub(super) fn form(ctx: &Context, entry: &'static Entry, existing: Option<&IntegrationRow>) -> AnyView {
    let missing = oauth::missing_settings(ctx, entry);
    let redirect = oauth::redirect_address(ctx, entry);
    if !missing.is_empty() {
        let vendor = entry.oauth.map_or(entry.name, |client| client.name);
        let variables = missing.iter().map(|name| view! { <li><code>{*name}</code></li> }).collect::<Vec<_>>();
        return view! {
            <Callout tone=Tone::Warning title=format!("{vendor} is not set up on this server")>
                <p>"The person who runs Hirewire follows the steps above and sets these variables, then starts it again:"</p>
                <ul>{variables}</ul>
            </Callout>
            <p>"The redirect address to register, exactly so:"</p>
            <CodeBlock id="redirect-address" title="Redirect address" code=redirect/>
        }
        .into_any();
    }
    let chosen: Vec<String> =
        existing.map_or_else(|| entry.features.iter().map(|feature| feature.key.to_owned()).collect(), |row| oauth::features(row, entry));
    let lacking = existing.map(|row| row.missing_scopes.0.clone()).unwrap_or_default();
    let boxes = entry
        .features
        .iter()
        .map(|feature| {
            let is_lacking = feature.scopes.iter().any(|scope| lacking.iter().any(|one| one == scope));
            let help = is_lacking.then(|| "This was not allowed the last time.".into());
            let checked = chosen.iter().any(|key| key == feature.key);
            view! { <Checkbox name="features" label=feature.name value=feature.key checked=checked help=help/> }
        })
        .collect::<Vec<_>>();
    let environment = entry.field("environment").map(|field| {
        let choices = field.options.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
        view! { <Select name="environment" label=field.label choices help=Some(field.help.into())/> }
    });
    let id = existing.map(|row| row.id.to_string());
    let again =
        existing.and_then(|row| row.account.clone()).map(|account| view! { <p>"Sign in as "<strong>{account}</strong>", as before."</p> });
    view! {
        <form class="form" method="post" action=format!("/oauth/{}/start", entry.slug)>
            {id.map(|id| view! { <input type="hidden" name="integration" value=id/> })}
            <input type="hidden" name="has_features" value="true"/>
            <fieldset class="stack">
                <legend>"What Hirewire may do"</legend>
                {boxes}
            </fieldset>
            {environment}
            {again}
            <p class="meta">"Only the permissions for what is ticked are asked for. Nothing is stored unless you allow it there."</p>
            <div class="button-row">
                <Button label=format!("Continue to {}", entry.oauth.map_or(entry.name, |client| client.name)) kind=Kind::Primary/>
                <LinkButton href="/integrations" label="Back to the catalogue"/>
            </div>
        </form>
        <details>
            <summary>"Redirect address of this server"</summary>
            <CodeBlock id="redirect-address" title="Redirect address" code=redirect/>
        </details>
    }
    .into_any()
}
