pub type AppointmentId = crate::Id<Appointment>;

#[derive(Debug, Clone, Default)]
pub struct Appointment;
