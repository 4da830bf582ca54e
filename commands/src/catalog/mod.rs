mod product;

use domain::catalog::product::Product;

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Product>();
}
