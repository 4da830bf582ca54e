//! Who books, moves and calls off appointments, and what must be known to.

use domain::{
    crm::customer::CustomerId,
    identity::{Actor, Owner},
    scheduling::{
        appointment::{Appointment, AppointmentId, Command, CommandKind, Facts},
        resource::ResourceId,
        service::ServiceId,
    },
};

use crate::{Handler, Lookup, Lost, Right, crm::is_active};

/// More resources than any service needs; whoever names more has named one that does not fit.
const ENOUGH: usize = 10;

impl Handler for Appointment {
    /// Customers book, move and call off; what happens on the day is the business's to record.
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
            CommandKind::Recompute => Right::Processes,
        }
    }

    /// Whoever says why passes over a rule.
    fn right_of(command: &Command) -> Right {
        match command {
            Command::Book { override_reason: Some(_), .. }
            | Command::Reschedule { override_reason: Some(_), .. }
            | Command::Assign { override_reason: Some(_), .. } => Right::AppointmentsOverride,
            command => Self::right(command.into()),
        }
    }

    /// The customer's for whom it was booked or held, or else is to be.
    fn owner(&self, _: AppointmentId, command: &Command) -> Owner {
        let customer = self.customer().or(intended(self, command));
        Owner { customer, ..Owner::default() }
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        _: AppointmentId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let (service, wanted) = wanted(self, command);
        let mut facts = Facts::default();
        if let Some(service) = service {
            facts.service = lookup.load(service).await?;
        }
        for resource in wanted.into_iter().take(ENOUGH) {
            facts.resources.push((resource, lookup.load(resource).await?));
        }
        if let Some(customer) = intended(self, command) {
            facts.customer_active = is_active(lookup, customer).await?;
        }
        Ok(facts)
    }
}

/// For whom a slot is to be held or booked, or is again.
fn intended(appointment: &Appointment, command: &Command) -> Option<CustomerId> {
    match command {
        Command::Reopen { .. } => appointment.customer(),
        Command::Hold { customer, .. } => *customer,
        Command::Book { customer, .. } | Command::BookHeld { customer, .. } => Some(*customer),
        _ => None,
    }
}

/// The service and the resources that a command is about.
fn wanted(appointment: &Appointment, command: &Command) -> (Option<ServiceId>, Vec<ResourceId>) {
    let agreed = appointment.agreed();
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
