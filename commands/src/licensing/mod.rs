mod license;

use domain::licensing::license::License;

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<License>();
}
