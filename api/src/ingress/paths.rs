//! Comparing paths before they are routed.

/// Where the first version begins; paths from before there were versions lead there.
pub(crate) const API_V1: &str = "/api/v1";

/// Whether a path is another one or lies below it.
pub(crate) fn is_under(path: &str, beginning: &str) -> bool {
    path.strip_prefix(beginning).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
