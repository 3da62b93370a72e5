//! Parameters in the path: one that is not even well formed names nothing, so the answer is 404.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::server::problem::Problem;

/// The path's parameters as `T`: `Params<JobId>`, or a tuple where there are several.
#[derive(Debug, Clone, Copy)]
pub struct Params<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(_) => Err(Problem(Fault::new(ErrorCode::NotFound, "There is nothing with this id."))),
        }
    }
}
