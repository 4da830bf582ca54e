use domain::{
    Id,
    crm::customer::{Command, Customer, CustomerId, Facts},
    identity::{Actor, Owner},
};

use crate::{Handler, Lookup, Lost, Right};

impl Handler for Customer {
    /// Customers keep their own contact data; the rest is the business's.
    fn right(command: &Command) -> Right {
        match command {
            Command::Create(_) | Command::Archive {} | Command::Restore {} => {
                Right::CustomersManage
            }
            _ => Right::CustomersWrite,
        }
    }

    fn owner(&self, id: CustomerId, _: &Command) -> Owner {
        Owner { customer: Some(id), ..Owner::default() }
    }

    /// The open appointments are those that hold the customer's time.
    async fn facts(
        &self,
        lookup: &Lookup,
        id: CustomerId,
        command: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let open_appointments = match command {
            Command::Archive {} => lookup.claimed("customer_time", &id.to_string()).await?,
            _ => Vec::new(),
        };
        Ok(Facts { open_appointments: open_appointments.into_iter().map(Id::from).collect() })
    }
}
