//! Rights and facts of data subjects, and the erasure of a person.

use domain::{
    Decider, Id,
    identity::{
        Actor, Owner,
        user::{self, AccountStatus, User, UserId},
    },
    organizations::invitation::InvitationId,
    platform::subject::{Command, CommandKind, ErasureReason, Facts, Refusal, Subject, SubjectId},
    purchasing::{purchase::Purchase, purchase_event::PurchaseEvent},
};
use uuid::Uuid;

use crate::{
    AggregateReader, CommandEnvelope, Commands, Failure, Handler, ReadError, Receipt, Right,
};

impl Handler for Subject {
    fn right(kind: CommandKind) -> Right {
        match kind {
            CommandKind::Erase => Right::Erasure,
        }
    }

    fn owner(&self, _: Id<Self>, _: &Command) -> Owner {
        Owner::default()
    }

    async fn facts(
        &self,
        aggregates: &AggregateReader,
        id: Id<Self>,
        _: &Command,
        _: &Actor,
    ) -> Result<Facts, ReadError> {
        let user = aggregates.load::<User>(id.uuid().into()).await?;
        let signs_in =
            user.account().is_some_and(|account| account.status() != AccountStatus::Deactivated);
        let unknown = !aggregates.keys().keys([id.uuid()]).await?.has_entry_for(id.uuid());
        Ok(Facts { signs_in, unknown })
    }
}

/// Erases a person: deactivates their account if they have one, then destroys their key, and the keys of
/// messages of purchase systems about their orders and of the invitation that followed from these.
pub async fn erase_subject(
    commands: &Commands,
    id: SubjectId,
    reason: ErasureReason,
    by: Actor,
) -> Result<Receipt, Failure<Refusal>> {
    let user = UserId::from(id.uuid());
    if commands.aggregates().load(user).await?.account().is_some() {
        let deactivate = CommandEnvelope::new(user, user::Command::Deactivate {}, by.clone());
        match commands.execute(deactivate).await {
            Ok(_) => {}
            // The last administrator cannot be deactivated (IAM-7), and so not be erased.
            Err(Failure::Refused(user::Refusal::LastAdministrator)) => {
                return Err(Failure::Refused(Refusal::SignsIn));
            }
            Err(failure) => return Err(failure.with_refusal_as_internal_error()),
        }
    }
    // The person's own key comes last: until then the erasure can be repeated.
    let invitation = invitation_of(commands.aggregates(), id).await?;
    for other in messages_of(commands.aggregates(), id).await?.into_iter().chain(invitation) {
        let erase = Command::Erase { reason };
        match commands.execute(CommandEnvelope::new(other, erase, by.clone())).await {
            // Messages that were applied at once have no key of their own.
            Ok(_) | Err(Failure::Refused(Refusal::Unknown)) => {}
            Err(failure) => return Err(failure),
        }
    }
    commands.execute(CommandEnvelope::new(id, Command::Erase { reason }, by)).await
}

/// The invitation to the buyer for whom a cabinet was provisioned (PUR-4).
async fn invitation_of(
    aggregates: &AggregateReader,
    buyer: SubjectId,
) -> Result<Option<SubjectId>, ReadError> {
    let id = InvitationId::of_first_buyer(buyer.uuid().into());
    let invitation = aggregates.load(id).await?;
    Ok(invitation.offer().map(|_| SubjectId::from(id.uuid())))
}

/// Messages of purchase systems about the orders of a buyer that have keys of their own: those that wait
/// in a purchase, and parked ones.
async fn messages_of(
    aggregates: &AggregateReader,
    buyer: SubjectId,
) -> Result<Vec<SubjectId>, ReadError> {
    let purchases = aggregates.ids_in_stream_sealed_for(Purchase::NAME, buyer.uuid()).await?;
    let parked = "select distinct parked.id
         from event_store.events parked
         join event_store.events recorded
             on recorded.stream = $1 and recorded.id = any($3)
             and parked.data ->> 'source' = recorded.data -> 'delivery' ->> 'source'
             and parked.data ->> 'order' = recorded.data -> 'delivery' ->> 'order'
         where parked.stream = $2 and parked.type = 'PurchaseEventParked'";
    let parked: Vec<Uuid> = sqlx::query_scalar(parked)
        .bind(Purchase::NAME)
        .bind(PurchaseEvent::NAME)
        .bind(&purchases)
        .fetch_all(aggregates.db())
        .await?;
    Ok(purchases.into_iter().chain(parked).map(SubjectId::from).collect())
}
