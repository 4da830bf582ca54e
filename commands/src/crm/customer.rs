//! Rights, owners and facts of customers.

use domain::{
    Id,
    crm::customer::{Command, CommandKind, Customer, CustomerId, Facts},
    identity::{Actor, Owner},
    scheduling::appointment::{CUSTOMER_TIME_CLAIM, GROUP_BOOKING_TIME_CLAIM},
    support::issue,
};

use crate::{AggregateReader, Handler, ReadError, Right};

impl Handler for Customer {
    /// Customers manage their own contact data; the business manages the rest.
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Create | CommandKind::Archive | CommandKind::Restore => {
                Right::CustomersManage
            }
            CommandKind::Rename
            | CommandKind::AddContactPoint
            | CommandKind::RemoveContactPoint
            | CommandKind::SetPrimaryContactPoint
            | CommandKind::AddAddress
            | CommandKind::ChangeAddress
            | CommandKind::RemoveAddress => Right::CustomersWrite,
        }
    }

    fn owner(&self, id: CustomerId, _: &Command) -> Owner {
        Owner { customer: Some(id), ..Owner::default() }
    }

    /// The open appointments are those that hold the customer's time, the open issues those that
    /// name the customer.
    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: CustomerId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let mut facts = Facts::default();
        if let Command::Archive {} = command {
            for time in [CUSTOMER_TIME_CLAIM, GROUP_BOOKING_TIME_CLAIM] {
                let holders = aggregates.upcoming_time_claim_holders(time, &id.to_string()).await?;
                facts.open_appointments.extend(holders.into_iter().map(Id::from));
            }
            let holders = aggregates.claim_holders(&issue::open_issues_of_customer_set(id)).await?;
            facts.open_issues.extend(holders.into_iter().map(Id::from));
        }
        Ok(facts)
    }
}
