//! Which page answers which address. A page registers itself with one line in [`App`] and brings its own [`Document`].

use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_router::SsrMode;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use super::pages::accept_invitation::AcceptInvitationPage;
use super::pages::activity::ActivityLog;
use super::pages::alerts::Alerts;
use super::pages::connect::ConnectPage;
use super::pages::dashboard::Dashboard;
use super::pages::dead_letters::DeadLetters;
use super::pages::design::DesignPage;
use super::pages::forgot_password::ForgotPasswordPage;
use super::pages::integration::{
    IntegrationActivity, IntegrationMessages, IntegrationOverview, IntegrationRuns, IntegrationSettings, IntegrationWebhooks,
};
use super::pages::integrations::Integrations;
use super::pages::mapping::IntegrationMapping;
use super::pages::received::{Received, ReceivedPage};
use super::pages::records::applications::{ApplicationPage, Applications};
use super::pages::records::candidate::CandidatePage;
use super::pages::records::candidates::Candidates;
use super::pages::records::decide::{HirePage, RejectPage};
use super::pages::records::interviews::Interviews;
use super::pages::records::job::JobPage;
use super::pages::records::jobs::Jobs;
use super::pages::reset_password::ResetPasswordPage;
use super::pages::search::Search;
use super::pages::settings::{KeysPage, MembersPage, OrganizationPage, ProfilePage, SessionsPage};
use super::pages::sign_in::SignInPage;
use super::pages::sign_up::SignUpPage;
use super::pages::ui::plain::PlainFrame;
use super::pages::ui::theme::Theme;
use super::pages::webhooks::{
    NewWebhook, PartnerPage, WebhookEvents, WebhookFigures, WebhookPage, WebhookPartners, WebhookSettings, WebhookSigning, WebhookTrial,
    Webhooks,
};
use super::shell::{Document, Head};

/// The whole answer: the page that has the address, with its document.
pub fn document(options: LeptosOptions) -> impl IntoView {
    provide_context(options);
    view! { <App/> }
}

/// Every page, by address.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Dashboard ssr=SsrMode::Async/>
                <Route path=path!("/jobs") view=Jobs ssr=SsrMode::Async/>
                <Route path=path!("/jobs/:id") view=JobPage ssr=SsrMode::Async/>
                <Route path=path!("/candidates") view=Candidates ssr=SsrMode::Async/>
                <Route path=path!("/candidates/:id") view=CandidatePage ssr=SsrMode::Async/>
                <Route path=path!("/applications") view=Applications ssr=SsrMode::Async/>
                <Route path=path!("/applications/:id") view=ApplicationPage ssr=SsrMode::Async/>
                <Route path=path!("/applications/:id/reject") view=RejectPage ssr=SsrMode::Async/>
                <Route path=path!("/applications/:id/hire") view=HirePage ssr=SsrMode::Async/>
                <Route path=path!("/interviews") view=Interviews ssr=SsrMode::Async/>
                <Route path=path!("/dead-letters") view=DeadLetters ssr=SsrMode::Async/>
                <Route path=path!("/activity") view=ActivityLog ssr=SsrMode::Async/>
                <Route path=path!("/alerts") view=Alerts ssr=SsrMode::Async/>
                <Route path=path!("/search") view=Search ssr=SsrMode::Async/>
                <Route path=path!("/design") view=DesignPage ssr=SsrMode::Async/>
                <Route path=path!("/integrations") view=Integrations ssr=SsrMode::Async/>
                <Route path=path!("/integrations/connect/:provider") view=ConnectPage ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id") view=IntegrationOverview ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/mapping") view=IntegrationMapping ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/runs") view=IntegrationRuns ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/webhooks") view=IntegrationWebhooks ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/messages") view=IntegrationMessages ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/activity") view=IntegrationActivity ssr=SsrMode::Async/>
                <Route path=path!("/integrations/:id/settings") view=IntegrationSettings ssr=SsrMode::Async/>
                <Route path=path!("/webhooks") view=Webhooks ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/new") view=NewWebhook ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/received") view=Received ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/received/:id") view=ReceivedPage ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/events") view=WebhookEvents ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id") view=WebhookPage ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id/figures") view=WebhookFigures ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id/test") view=WebhookTrial ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id/signing") view=WebhookSigning ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id/partners") view=WebhookPartners ssr=SsrMode::Async/>
                <Route path=path!("/webhooks/:id/settings") view=WebhookSettings ssr=SsrMode::Async/>
                <Route path=path!("/partner/:token") view=PartnerPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async/>
                <Route path=path!("/sign-up") view=SignUpPage ssr=SsrMode::Async/>
                <Route path=path!("/invitations/:token") view=AcceptInvitationPage ssr=SsrMode::Async/>
                <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/reset-password/:token") view=ResetPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/settings") view=OrganizationPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/members") view=MembersPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/keys") view=KeysPage ssr=SsrMode::Async/>
                <Route path=path!("/settings/profile") view=ProfilePage ssr=SsrMode::Async/>
                <Route path=path!("/settings/sessions") view=SessionsPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

/// There is nothing at this address.
#[component]
pub fn NotFound() -> impl IntoView {
    if let Some(response) = use_context::<ResponseOptions>() {
        response.set_status(axum::http::StatusCode::NOT_FOUND);
    }
    view! {
        <Document head=Head::new("Not found", Theme::System)>
            <PlainFrame title="Not found">
                <p>"There is no page at this address. It may have been removed, or belong to another organization."</p>
                <p><a href="/">"Back to the start"</a></p>
            </PlainFrame>
        </Document>
    }
}
