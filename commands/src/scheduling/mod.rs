mod appointment;
mod resource;
mod service;

use domain::scheduling::{appointment::Appointment, resource::Resource, service::Service};

use crate::ForEach;

pub(crate) fn for_each(each: &mut impl ForEach) {
    each.aggregate::<Appointment>();
    each.aggregate::<Resource>();
    each.aggregate::<Service>();
}
