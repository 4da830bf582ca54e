use crate::ForEach;

pub(crate) fn for_each(_each: &mut impl ForEach) {}
