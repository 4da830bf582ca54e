//! The ids of this context, by which the others name what is in it. An id knows nothing of what it
//! identifies: the type only keeps one kind from being taken for another.

use super::{appointment::Appointment, resource::Resource, service::Service};
use crate::Id;

pub type AppointmentId = Id<Appointment>;
pub type ResourceId = Id<Resource>;
pub type ServiceId = Id<Service>;
