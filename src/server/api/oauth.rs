//! Connecting by signing in at the provider: the addresses to send people to, and taking them back.

use axum::Json;
use axum::extract::{RawQuery, State};
use axum::http::request::Parts;
use axum::response::{IntoResponse as _, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ids::Params;
use super::integrations::{ConnectedOut, IntegrationOut};
use super::json::{ValidJson, ValidQuery};
use super::list::ListOut;
use crate::caller::Caller;
use crate::context::Context;
use crate::domain::catalogue::Category;
use crate::domain::error::ErrorCode;
use crate::domain::id::IntegrationId;
use crate::fault::Fault;
use crate::integrations::oauth::{self, Arrival, Landing, StartInput, Started};
use crate::integrations::{calendars, connect, query};
use crate::providers::{CalendarInfo, catalogue};
use crate::server::oauth::{Starter, arrival, asker, browser, wants_page};
use crate::server::problem::Problem;
use crate::server::state::AppState;

/// The resource's routes.
pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(start))
        .routes(routes!(start_for))
        .routes(routes!(finish_for))
        .routes(routes!(auth_url))
        .routes(routes!(auth))
        .routes(routes!(calendar_auth))
        .routes(routes!(callback))
        .routes(routes!(provider_callback))
        .routes(routes!(calendar_integrations))
        .routes(routes!(list_calendars))
}

#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, rename_all = "camelCase")]
struct SignInIn {
    /// Its slug.
    provider: String,
    /// A path of this server, or an address of an origin in `ALLOWED_ORIGINS`; the person is led there afterwards.
    #[serde(alias = "return_to")]
    return_to: Option<String>,
    /// Connect this integration again.
    #[serde(alias = "integration_id")]
    integration_id: Option<IntegrationId>,
    /// What to switch on; only the permissions for that are asked for.
    features: Option<Vec<String>>,
    /// What people here call it.
    name: Option<String>,
    /// `popup`: the last page says that it is done and closes itself.
    display: Option<String>,
    /// Which of the vendor's worlds: `demo` at DocuSign.
    environment: Option<String>,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct StartQuery {
    /// Where the person is led afterwards.
    #[serde(alias = "return_to")]
    return_to: Option<String>,
    /// What to switch on, separated by commas.
    features: Option<String>,
    /// `popup` closes the window at the end.
    display: Option<String>,
}

impl StartQuery {
    fn input(self, provider: String, integration: Option<IntegrationId>) -> StartInput {
        StartInput {
            provider,
            integration,
            features: self.features.map(|list| list.split(',').map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect()),
            return_to: self.return_to,
            popup: self.display.as_deref() == Some("popup"),
            name: None,
            environment: None,
        }
    }
}

/// Where to send the person.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct AuthOut {
    /// The provider's page. It counts for ten minutes, once, and for whoever asked.
    authorization_url: String,
    /// The same.
    auth_url: String,
    /// What the person comes back with.
    state: String,
    provider: &'static str,
}

impl From<Started> for AuthOut {
    fn from(started: Started) -> Self {
        let url = String::from(started.url);
        Self { authorization_url: url.clone(), auth_url: url, state: started.state, provider: started.entry.slug }
    }
}

#[utoipa::path(post, path = "/integrations/connect", tag = "Integrations", summary = "Begin to connect by signing in at the provider", request_body = SignInIn,
    responses((status = 200, body = AuthOut), (status = 409, description = "`provider_not_configured` names the variables to set"), (status = 422)))]
async fn start(State(ctx): State<Context>, who: Starter, ValidJson(input): ValidJson<SignInIn>) -> Result<Json<AuthOut>, Problem> {
    let input = StartInput {
        provider: input.provider,
        integration: input.integration_id,
        features: input.features,
        return_to: input.return_to,
        popup: input.display.as_deref() == Some("popup"),
        name: input.name,
        environment: input.environment,
    };
    Ok(Json(oauth::start(&ctx, &who.caller, &who.binding, input).await?.into()))
}

#[utoipa::path(get, path = "/integrations/{id}/oauth/authorize", tag = "Integrations", summary = "Begin to connect an integration by signing in",
    params(("id" = IntegrationId, Path), StartQuery), responses((status = 200, body = AuthOut), (status = 404), (status = 409)))]
async fn start_for(
    State(ctx): State<Context>,
    who: Starter,
    Params(id): Params<IntegrationId>,
    ValidQuery(input): ValidQuery<StartQuery>,
) -> Result<Json<AuthOut>, Problem> {
    let row = query::get(&ctx, &who.caller, id).await?;
    Ok(Json(oauth::start(&ctx, &who.caller, &who.binding, input.input(row.provider, Some(id))).await?.into()))
}

#[utoipa::path(get, path = "/integrations/{provider}/auth-url", tag = "Integrations", summary = "Begin to connect a provider by signing in",
    params(("provider" = String, Path, description = "Its slug"), StartQuery), responses((status = 200, body = AuthOut), (status = 404), (status = 409)))]
async fn auth_url(
    State(ctx): State<Context>,
    who: Starter,
    Params(provider): Params<String>,
    ValidQuery(input): ValidQuery<StartQuery>,
) -> Result<Json<AuthOut>, Problem> {
    Ok(Json(oauth::start(&ctx, &who.caller, &who.binding, input.input(provider, None)).await?.into()))
}

#[utoipa::path(get, path = "/integrations/{provider}/auth", tag = "Integrations", summary = "Begin to connect a provider by signing in (short form)",
    params(("provider" = String, Path, description = "Its slug"), StartQuery), responses((status = 200, body = AuthOut), (status = 404), (status = 409)))]
async fn auth(
    State(ctx): State<Context>,
    who: Starter,
    Params(provider): Params<String>,
    ValidQuery(input): ValidQuery<StartQuery>,
) -> Result<Json<AuthOut>, Problem> {
    Ok(Json(oauth::start(&ctx, &who.caller, &who.binding, input.input(provider, None)).await?.into()))
}

#[utoipa::path(get, path = "/integrations/calendar/auth/{provider}", tag = "Calendars", summary = "Begin to connect a calendar by signing in",
    params(("provider" = String, Path, description = "`google` or `outlook`, or a slug"), StartQuery), responses((status = 200, body = AuthOut), (status = 404), (status = 409)))]
async fn calendar_auth(
    State(ctx): State<Context>,
    who: Starter,
    Params(provider): Params<String>,
    ValidQuery(input): ValidQuery<StartQuery>,
) -> Result<Json<AuthOut>, Problem> {
    let slug = match provider.as_str() {
        "google" => "google_calendar",
        "microsoft" => "outlook_calendar",
        other => other,
    };
    let entry = connect::entry(slug)?;
    if entry.category != Category::Calendar {
        return Err(Fault::new(ErrorCode::NotFound, format!("{} is no calendar.", entry.name)).into());
    }
    Ok(Json(oauth::start(&ctx, &who.caller, &who.binding, input.input(entry.slug.to_owned(), None)).await?.into()))
}

#[derive(Deserialize, ToSchema)]
struct SignedInIn {
    /// From the address the person came back to.
    code: String,
    /// From the same address.
    state: String,
    /// The same, where the provider sent it.
    iss: Option<String>,
}

#[utoipa::path(post, path = "/integrations/{id}/oauth/callback", tag = "Integrations", summary = "Finish connecting an integration by signing in",
    params(("id" = IntegrationId, Path)), request_body = SignedInIn, responses((status = 200, body = ConnectedOut), (status = 404), (status = 422)))]
async fn finish_for(
    State(ctx): State<Context>,
    caller: Caller,
    Params(id): Params<IntegrationId>,
    parts: Parts,
    ValidJson(input): ValidJson<SignedInIn>,
) -> Result<Json<ConnectedOut>, Problem> {
    let row = query::get(&ctx, &caller, id).await?;
    let arrival = Arrival {
        provider: Some(row.provider),
        state: Some(input.state),
        code: Some(input.code.into()),
        iss: input.iss,
        ..Arrival::default()
    };
    connected(oauth::finish(&ctx, &asker(&parts, false), arrival).await)
}

fn connected(result: Result<Landing, oauth::Failure>) -> Result<Json<ConnectedOut>, Problem> {
    match result {
        Ok(Landing::Connected(connected)) => Ok(Json(ConnectedOut::new(connected.row, connected.tested))),
        Ok(Landing::Confirm { .. }) => Err(Fault::new(ErrorCode::Forbidden, "This sign-in has to be confirmed in a browser.").into()),
        Err(failure) => Err(failure.fault.into()),
    }
}

async fn take(state: AppState, provider: Option<String>, query: Option<String>, parts: Parts) -> Response {
    let arrival = arrival(provider, query.as_deref());
    if wants_page(&parts.headers) {
        return browser(&state, &parts, arrival).await;
    }
    match connected(oauth::finish(&state.context, &asker(&parts, false), arrival).await) {
        Ok(out) => out.into_response(),
        Err(problem) => problem.into_response(),
    }
}

#[utoipa::path(get, path = "/integrations/callback", tag = "Integrations", summary = "Take back a person who signed in at the provider",
    params(("provider" = Option<String>, Query), ("code" = Option<String>, Query), ("state" = String, Query)),
    responses((status = 200, body = ConnectedOut), (status = 303, description = "To a browser: where the person wanted to go"), (status = 422)))]
async fn callback(State(state): State<AppState>, RawQuery(query): RawQuery, parts: Parts) -> Response {
    take(state, None, query, parts).await
}

#[utoipa::path(get, path = "/integrations/{provider}/callback", tag = "Integrations", summary = "Take back a person who signed in at this provider",
    params(("provider" = String, Path, description = "Its slug; `calendar` for any calendar"), ("code" = Option<String>, Query), ("state" = String, Query)),
    responses((status = 200, body = ConnectedOut), (status = 303, description = "To a browser: where the person wanted to go"), (status = 422)))]
async fn provider_callback(
    State(state): State<AppState>,
    Params(provider): Params<String>,
    RawQuery(query): RawQuery,
    parts: Parts,
) -> Response {
    take(state, Some(provider), query, parts).await
}

#[utoipa::path(get, path = "/integrations/calendar/integrations", tag = "Calendars", summary = "List connected calendars",
    responses((status = 200, body = ListOut<IntegrationOut>)))]
async fn calendar_integrations(State(ctx): State<Context>, caller: Caller) -> Result<Json<ListOut<IntegrationOut>>, Problem> {
    let rows = query::list(&ctx, &caller, None).await?;
    let calendars = rows.into_iter().filter(|row| catalogue::find(&row.provider).is_some_and(|entry| entry.category == Category::Calendar));
    Ok(Json(ListOut { data: calendars.map(Into::into).collect(), next_cursor: None }))
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, rename_all = "camelCase")]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
struct CalendarsQuery {
    /// Only of this connection.
    #[serde(alias = "integration_id")]
    integration_id: Option<IntegrationId>,
}

/// A calendar that a connection reaches.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
struct CalendarOut {
    integration_id: IntegrationId,
    provider: String,
    /// The provider's id of it.
    id: String,
    name: String,
    time_zone: Option<String>,
    is_primary: bool,
    /// Whether events can be written to it.
    can_write: bool,
}

impl CalendarOut {
    fn new(integration_id: IntegrationId, provider: &str, calendar: CalendarInfo) -> Self {
        let CalendarInfo { id, name, time_zone, is_primary, can_write } = calendar;
        Self { integration_id, provider: provider.to_owned(), id, name, time_zone, is_primary, can_write }
    }
}

#[utoipa::path(get, path = "/integrations/calendar/calendars", tag = "Calendars", summary = "List the calendars of connected accounts",
    params(CalendarsQuery), responses((status = 200, body = ListOut<CalendarOut>), (status = 404), (status = 502)))]
async fn list_calendars(
    State(ctx): State<Context>,
    caller: Caller,
    ValidQuery(input): ValidQuery<CalendarsQuery>,
) -> Result<Json<ListOut<CalendarOut>>, Problem> {
    let mut data = Vec::new();
    for (row, list) in calendars::list(&ctx, &caller, input.integration_id).await? {
        data.extend(list.into_iter().map(|calendar| CalendarOut::new(row.id, &row.provider, calendar)));
    }
    Ok(Json(ListOut { data, next_cursor: None }))
}
