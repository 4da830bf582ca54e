pub type SubjectId = crate::Id<Subject>;

#[derive(Debug, Clone, Default)]
pub struct Subject;
