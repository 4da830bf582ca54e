use domain::{
    Id,
    crm::customer::{Command, Customer, CustomerId, Facts},
    identity::{Actor, Owner},
    scheduling::appointment::{CUSTOMER_TIME, PARTY_TIME},
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
        let mut open_appointments = Vec::new();
        if let Command::Archive {} = command {
            for time in [CUSTOMER_TIME, PARTY_TIME] {
                open_appointments.extend(lookup.claimed(time, &id.to_string()).await?);
            }
        }
        Ok(Facts { open_appointments: open_appointments.into_iter().map(Id::from).collect() })
    }
}
