//! The organization's name, and the reader's other organizations.

use leptos::prelude::*;

use super::{Part, crumbs, done, head, role_name};
use crate::accounts::{members, organization};
use crate::app::actions::accounts::{RenameOrganization, SwitchOrganization};
use crate::app::actions::webhooks::SetWebhookRetention;
use crate::app::pages::outside::{above, beside};
use crate::app::pages::signed_in::{Content, problem_text, signed_in};
use crate::app::pages::ui::button::{Button, Kind};
use crate::app::pages::ui::card::Card;
use crate::app::pages::ui::facts::{Fact, Facts};
use crate::app::pages::ui::field::Field;
use crate::app::pages::ui::frame::NavItem;
use crate::app::pages::ui::table::{Column, Table};
use crate::app::pages::ui::time::exact;
use crate::domain::role::Scope;
use crate::operations::retention;

/// `/settings`.
#[component]
pub fn OrganizationPage() -> impl IntoView {
    let (rename, switch) = (ServerAction::<RenameOrganization>::new(), ServerAction::<SwitchOrganization>::new());
    let retain = ServerAction::<SetWebhookRetention>::new();
    let error = rename.value().get_untracked().and_then(Result::err);
    let retain_error = retain.value().get_untracked().and_then(Result::err);
    let done =
        done(&[("saved", "The new name is saved."), ("retention", "Saved. What is older goes with the next clean-up, within the hour.")]);
    signed_in(NavItem::Settings, move |viewer| async move {
        let row = organization::get(&viewer.ctx, &viewer.caller).await?;
        let mine = members::organizations_of(&viewer.ctx, &viewer.me).await?;
        let may_change = viewer.caller.may(Scope::OrganizationWrite);
        let keeps = retention::get(&viewer.ctx, &viewer.caller).await?;
        let has_several = mine.len() > 1;
        let rows = mine
            .into_iter()
            .map(|place| {
                let is_current = place.organization_id == row.id;
                let action = if is_current {
                    view! { <span class="meta">"Shown now"</span> }.into_any()
                } else {
                    view! {
                        <ActionForm action=switch>
                            <input type="hidden" name="organization" value=place.organization_id.to_string()/>
                            <Button label="Switch to it" small=true/>
                        </ActionForm>
                    }
                    .into_any()
                };
                view! {
                    <tr>
                        <td class="name" data-label="Organization">{place.organization_name}</td>
                        <td data-label="Your role">{role_name(place.role)}</td>
                        <td class="actions">{action}</td>
                    </tr>
                }
            })
            .collect::<Vec<_>>();
        let columns = vec![Column::new("Organization"), Column::new("Your role"), Column::actions("Actions")];
        let name = row.name.clone();
        let body = view! {
            {head(&viewer, Part::Organization, "What your team and the people you invite see.", done)}
            <div class="stack">
                <Card title="Name">
                    {above(error.as_ref(), problem_text)}
                    {if may_change {
                        view! {
                            <ActionForm action=rename attr:class="form">
                                <Field name="name" label="Name" value=Some(name.into()) autocomplete="organization" error=beside(error.as_ref(), "name", "Enter a name of at most 100 characters.")/>
                                <div class="button-row"><Button label="Save" kind=Kind::Primary/></div>
                            </ActionForm>
                        }.into_any()
                    } else {
                        view! { <p>{name}</p> }.into_any()
                    }}
                </Card>
                <Card title="For the API">
                    <Facts>
                        <Fact name="Organization id"><code>{row.id.to_string()}</code></Fact>
                        <Fact name="Created">{exact(row.created_at)}</Fact>
                    </Facts>
                </Card>
                <Card title="Webhooks' history" note="How long messages that were sent and their log are kept.">
                    {above(retain_error.as_ref(), problem_text)}
                    {if may_change {
                        view! {
                            <ActionForm action=retain attr:class="form">
                                <Field name="log_days" label="Log (days)" kind="number" value=Some(keeps.log_days.to_string().into()) error=beside(retain_error.as_ref(), "logDays", "Between 1 and 3,650.") help=Some("Deliveries and tries with their answers.".into())/>
                                <Field name="body_days" label="Content of messages (days)" kind="number" value=Some(keeps.body_days.to_string().into()) error=beside(retain_error.as_ref(), "bodyDays", "Between 1 and 3,650, and no longer than the log.") help=Some("What still waits to be sent is kept in any case.".into())/>
                                <div class="button-row"><Button label="Save"/></div>
                            </ActionForm>
                        }.into_any()
                    } else {
                        view! { <p>{format!("The log {} days, the content of messages {} days.", keeps.log_days, keeps.body_days)}</p> }.into_any()
                    }}
                </Card>
                {has_several.then(|| view! {
                    <Card title="Your organizations" flush=true>
                        <Table caption="Your organizations" columns keep=true>{rows}</Table>
                    </Card>
                })}
            </div>
        };
        Ok(Content::new("Organization", body).crumbs(crumbs(Part::Organization)))
    })
}
