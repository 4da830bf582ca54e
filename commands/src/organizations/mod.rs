mod cabinet;

use domain::organizations::cabinet::Cabinet;

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Cabinet>();
}
