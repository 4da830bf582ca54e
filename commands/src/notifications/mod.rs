mod notification;

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<domain::notifications::notification::Notification>();
}
