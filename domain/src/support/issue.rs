pub type IssueId = crate::Id<Issue>;

#[derive(Debug, Clone, Default)]
pub struct Issue;
