use domain::{
    Id,
    identity::{
        Actor, Owner,
        user::{self, Standing, User, UserId},
    },
    platform::subject::{Command, Facts, Reason, Refusal, Subject, SubjectId},
};

use crate::{Commands, Failure, Handler, Lookup, Lost, Order, Receipt, Right};

impl Handler for Subject {
    fn right(_: &Command) -> Right {
        Right::Erasure
    }

    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        lookup: &Lookup,
        id: Id<Self>,
        _: &Command,
        _: &Actor,
    ) -> Result<Facts, Lost> {
        let user = lookup.load::<User>(id.uuid().into()).await?;
        let signs_in =
            user.account().is_some_and(|account| account.standing() != Standing::Deactivated);
        Ok(Facts { signs_in })
    }
}

/// Erases a person: ends the access if it is a user's, then destroys the key.
pub async fn erase(
    commands: &Commands,
    id: SubjectId,
    reason: Reason,
    by: Actor,
) -> Result<Receipt, Failure<Refusal>> {
    let user = UserId::from(id.uuid());
    if commands.lookup().load(user).await?.account().is_some() {
        let deactivate = Order::new(user, user::Command::Deactivate {}, by.clone());
        match commands.execute(deactivate).await {
            // Whoever must stay (IAM-7) goes on signing in, and so is not erased.
            Ok(_) | Err(Failure::Refused(user::Refusal::LastAdministrator)) => {}
            Err(failure) => return Err(failure.unexpected()),
        }
    }
    commands.execute(Order::new(id, Command::Erase { reason }, by)).await
}
