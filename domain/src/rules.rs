//! The rules that something is refused by.

/// The ids of all rules that an answer may name: the portal has a phrase for each.
pub const RULES: &[&str] = &[
    "ANA-4", "ANA-5", "CAT-1", "CAT-8", "CRM-1", "CRM-2", "CRM-3", "DOC-6", "DOC-7", "EXP-1",
    "EXP-2", "EXP-3", "EXP-7", "EXP-8", "EXP-9", "FIL-1", "FIL-2", "FIL-3", "FIL-4", "FIL-5",
    "IAM-1", "IAM-4", "IAM-5", "IAM-7", "IAM-8", "IAM-9", "IAM-11", "IAM-12", "LIC-1", "LIC-2",
    "LIC-3", "LIC-10", "NOT-1", "NOT-2", "ORG-1", "ORG-2", "ORG-3", "ORG-4", "ORG-5", "ORG-6",
    "ORG-8", "ORG-9", "ORG-10", "PLT-11", "PUR-1", "PUR-2", "PUR-3", "PUR-6", "SCH-1", "SCH-2",
    "SCH-3", "SCH-4", "SCH-5", "SCH-6", "SCH-7", "SCH-8", "SCH-9", "SCH-12", "SUP-2", "SUP-3",
    "SUP-8", "SUP-11", "SUP-12",
];
