mod subject;

use crate::ForEach;

pub use subject::erase;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<domain::platform::subject::Subject>();
}
