mod customer;

use domain::crm::customer::Customer;

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Customer>();
}
