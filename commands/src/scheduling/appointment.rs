//! Rights, owners and facts of appointments.

use domain::{
    crm::customer::CustomerId,
    identity::{Actor, Owner},
    scheduling::{
        appointment::{Appointment, AppointmentId, Command, CommandKind, Facts},
        resource::ResourceId,
        service::ServiceId,
    },
};

use crate::{AggregateReader, Handler, ReadError, Right, crm::is_active_customer};

/// The most resources that are looked up: more than any service needs, so the decision refuses more.
const MAX_RESOURCES: usize = 10;

impl Handler for Appointment {
    /// Customers book, move and cancel; the business does everything else.
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Hold | CommandKind::Book | CommandKind::BookHeld => {
                Right::AppointmentsBook
            }
            CommandKind::Reschedule | CommandKind::Cancel | CommandKind::AddCustomerNote => {
                Right::AppointmentsChange
            }
            CommandKind::Confirm
            | CommandKind::Decline
            | CommandKind::Assign
            | CommandKind::Start
            | CommandKind::Complete
            | CommandKind::NoShow
            | CommandKind::Reopen
            | CommandKind::AddInternalNote => Right::AppointmentsRun,
            CommandKind::Recompute | CommandKind::Remind => Right::Processes,
        }
    }

    /// A reason for an override needs the right to override rules.
    fn right_of(command: &Command) -> Right {
        match command {
            Command::Book { override_reason: Some(_), .. }
            | Command::Reschedule { override_reason: Some(_), .. }
            | Command::Assign { override_reason: Some(_), .. } => Right::AppointmentsOverride,
            command => Self::right(command.into()),
        }
    }

    /// The customer for whom it is or will be booked or held.
    fn owner(&self, _: AppointmentId, command: &Command) -> Owner {
        let customer = self.customer().or(intended_customer(self, command));
        Owner { customer, ..Owner::default() }
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        _: AppointmentId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let (service, resources) = service_and_resources(self, command);
        let mut facts = Facts::default();
        if let Some(service) = service {
            facts.service = aggregates.load(service).await?;
        }
        for resource in resources.into_iter().take(MAX_RESOURCES) {
            facts.resources.push((resource, aggregates.load(resource).await?));
        }
        if let Some(customer) = intended_customer(self, command) {
            facts.customer_active = is_active_customer(aggregates, customer).await?;
        }
        Ok(facts)
    }
}

/// The customer for whom the command holds or books a slot.
fn intended_customer(appointment: &Appointment, command: &Command) -> Option<CustomerId> {
    match command {
        Command::Reopen { .. } => appointment.customer(),
        Command::Hold { customer, .. } => *customer,
        Command::Book { customer, .. } | Command::BookHeld { customer, .. } => Some(*customer),
        _ => None,
    }
}

/// The service and the resources that a command is about.
fn service_and_resources(
    appointment: &Appointment,
    command: &Command,
) -> (Option<ServiceId>, Vec<ResourceId>) {
    let agreed = appointment.agreed_service_and_plan();
    let service = agreed.map(|(service, _)| service);
    let resources = || agreed.map(|(_, plan)| plan.resources()).unwrap_or_default();
    match command {
        Command::Hold { service, resources, .. } | Command::Book { service, resources, .. } => {
            (Some(*service), resources.clone())
        }
        Command::BookHeld { .. } | Command::Reopen { .. } => (service, resources()),
        Command::Reschedule { resources: other, .. } => {
            (service, other.clone().unwrap_or_else(resources))
        }
        Command::Assign { resource, .. } => (service, [resources(), vec![*resource]].concat()),
        _ => (None, vec![]),
    }
}
