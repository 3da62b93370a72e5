//! The built browser half and the public files, from the site folder.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tower::ServiceExt as _;
use tower_http::services::ServeDir;

use super::middleware::errors;
use super::{pages, request, state::AppState};
use crate::domain::error::ErrorCode;
use crate::fault::Fault;

/// A file of the site folder, if the path names one; else the page or problem for "there is nothing here".
pub async fn fallback(State(state): State<AppState>, request: Request) -> Response {
    let path = request.uri().path();
    if request::is_program_path(path) {
        return errors::answer(Fault::new(ErrorCode::NotFound, "There is nothing at this address."));
    }
    let is_read = matches!(*request.method(), Method::GET | Method::HEAD);
    // Pages have no extension, files always have one: a page's address never costs a look at the disk.
    let names_file = path.rsplit('/').next().is_some_and(|name| name.contains('.') && !name.starts_with('.'));
    if !is_read || !names_file {
        return pages::not_found(&state, request).await;
    }
    let is_versioned = request.uri().query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("v=")));
    let (parts, _) = request.into_parts();
    let copy = Request::from_parts(parts.clone(), Body::empty());
    // The folder may be behind a slow disk, so the service (which reads on the blocking pool) does the work.
    let files = ServeDir::new(&state.settings.site_root).append_index_html_on_directories(false).precompressed_br().precompressed_gzip();
    match files.oneshot(copy).await {
        Ok(response) if response.status() != StatusCode::NOT_FOUND => {
            let mut response = response.into_response();
            let cache = if is_versioned { "public, max-age=31536000, immutable" } else { "no-cache" };
            response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
            response
        }
        _ => pages::not_found(&state, Request::from_parts(parts, Body::empty())).await,
    }
}
