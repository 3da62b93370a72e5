//! What is known about the request being answered, for code that has no request at hand: problem bodies and the panic handler.

use uuid::Uuid;

tokio::task_local! {
    static CURRENT: Current;
}

/// The request being answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current {
    /// Its id: answered as `X-Request-Id`, written into every log line, and the trace of everything it causes.
    pub id: Uuid,
    /// Whether the asker is a program (API, hooks, probes) and wants JSON, not a page.
    pub is_program: bool,
}

/// The id of the request, as a request extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestId(pub Uuid);

/// Runs `work` as the answer to this request.
pub async fn scope<F: Future>(current: Current, work: F) -> F::Output {
    CURRENT.scope(current, work).await
}

/// The request being answered; `None` outside of one.
pub fn current() -> Option<Current> {
    CURRENT.try_with(|current| *current).ok()
}

/// Whether a path is spoken to by programs, which want problem bodies and not pages.
pub fn is_program_path(path: &str) -> bool {
    ["/api", "/hooks", "/healthz", "/readyz", "/metrics"]
        .iter()
        .any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_speak_to_a_few_prefixes_only() {
        for path in ["/api", "/api/v1/jobs", "/hooks/greenhouse/1", "/healthz"] {
            assert!(is_program_path(path), "{path}");
        }
        for path in ["/", "/apiary", "/integrations", "/docs/api", "/fn/sign-in"] {
            assert!(!is_program_path(path), "{path}");
        }
    }
}
