//! What handlers ask for: who calls, or a signed-in person.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use super::resolve::Refusal;
use crate::accounts::Visitor;
use crate::caller::Caller;
use crate::domain::error::ErrorCode;
use crate::fault::Fault;
use crate::identity::Identity;
use crate::server::Problem;

impl<S: Send + Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| missing(parts))
    }
}

/// A signed-in person; an API key does not do.
#[derive(Debug, Clone)]
pub struct RequireUser {
    /// Who.
    pub me: Arc<Identity>,
    /// In which request.
    pub visitor: Visitor,
}

impl<S: Send + Sync> FromRequestParts<S> for RequireUser {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let visitor = parts.extensions.get::<Visitor>().cloned();
        match (parts.extensions.get::<Arc<Identity>>().cloned(), visitor) {
            (Some(me), Some(visitor)) => Ok(Self { me, visitor }),
            _ if parts.extensions.get::<Caller>().is_some() => {
                Err(Problem(Fault::new(ErrorCode::Forbidden, "This is for signed-in people; an API key has no account of its own.")))
            }
            _ => Err(missing(parts)),
        }
    }
}

fn missing(parts: &Parts) -> Problem {
    Problem(match parts.extensions.get::<Refusal>() {
        Some(refusal) => Fault::new(refusal.code, refusal.detail),
        None if parts.extensions.get::<Arc<Identity>>().is_some() => {
            Fault::new(ErrorCode::Forbidden, "This account belongs to no organization.")
        }
        None => Fault::new(ErrorCode::Unauthenticated, "Send an API key as \"Authorization: Bearer hw_...\", or sign in."),
    })
}
