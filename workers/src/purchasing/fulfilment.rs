//! Fulfils an order: it gets a cabinet and licences, and they end when it is cancelled.
//!
//! Every id follows from the order, and every term from its dates. So it may be done twice, and the
//! licences are the same in whichever order the messages arrived.

use chrono::{DateTime, Utc};
use commands::{
    CommandEnvelope, Commands, Failure, platform,
    purchasing::ingest::{MessageSender, ingest, park_failed_message},
};
use domain::{
    Decider, MaybePersonal, Personal, Recorded, Text,
    identity::Actor,
    licensing::license::{self, Issuance, License, LicenseId, LicenseOrigin},
    organizations::cabinet::{self, Cabinet, CabinetId},
    platform::subject::{ErasureReason, SubjectId},
    purchasing::{
        feed::Delivery,
        purchase::{self, Buyer, Event, Line, LineState, Purchase, PurchaseId},
        purchase_event::{self, PurchaseEvent},
    },
};

use crate::{AnyReaction, Reaction, StartAt, Worker};

/// Fulfils orders.
#[derive(Clone)]
pub struct PurchaseFulfilment {
    commands: Commands,
    actor: Actor,
}

impl PurchaseFulfilment {
    const NAME: &str = "purchasing.fulfilment";

    pub fn worker(commands: Commands) -> Worker {
        let fulfilment = Self { commands, actor: Actor::system(Self::NAME) };
        let reactions = vec![
            AnyReaction::to_events_of::<Purchase>(fulfilment.clone()),
            AnyReaction::to_events_of::<PurchaseEvent>(fulfilment),
        ];
        Worker { name: Self::NAME, start_at: StartAt::FirstEvent, reactions }
    }
}

impl Reaction<Purchase> for PurchaseFulfilment {
    async fn react(&self, recorded: &Recorded<Event>) -> anyhow::Result<()> {
        match &recorded.event {
            Event::Recorded { delivery, cabinet, buyer, lines, .. } => {
                let cabinet = self.ensure_cabinet(recorded, *cabinet, buyer, delivery.time).await?;
                self.fulfil(recorded, cabinet, lines, delivery).await
            }
            Event::Amended { delivery, cabinet, lines, .. }
            | Event::Cancelled { delivery, cabinet, lines, .. }
            | Event::Refunded { delivery, cabinet, lines, .. } => {
                self.fulfil(recorded, *cabinet, lines, delivery).await
            }
            Event::GivenUp { delivery, reason, text } => {
                let text = text.get().cloned().unwrap_or_default();
                park_failed_message(&self.commands, delivery, reason.clone(), text, &self.actor)
                    .await?;
                Ok(())
            }
            Event::Deferred { .. }
            | Event::LineFulfilled { .. }
            | Event::LineDiscarded { .. }
            | Event::Fulfilled {} => Ok(()),
        }
    }
}

impl Reaction<PurchaseEvent> for PurchaseFulfilment {
    async fn react(&self, recorded: &Recorded<purchase_event::Event>) -> anyhow::Result<()> {
        if matches!(recorded.event, purchase_event::Event::Discarded { .. }) {
            // A discarded message is not needed any more: personal data in it goes with its key.
            let message = SubjectId::from(recorded.id);
            platform::erase_subject(
                &self.commands,
                message,
                ErasureReason::RetentionEnded,
                self.actor.clone(),
            )
            .await?;
            return Ok(());
        }
        if !matches!(recorded.event, purchase_event::Event::Reprocessed {}) {
            return Ok(());
        }
        let parked: PurchaseEvent = self.commands.aggregates().load(recorded.id.into()).await?;
        if let (Some(source), Some(text)) = (parked.source(), parked.payload()) {
            ingest(&self.commands, text, MessageSender::Anyone(source), &self.actor).await?;
        }
        Ok(())
    }
}

impl PurchaseFulfilment {
    /// PUR-4: the buyer's cabinet, provisioned if there is none.
    async fn ensure_cabinet(
        &self,
        recorded: &Recorded<Event>,
        cabinet: CabinetId,
        buyer: &Buyer,
        as_of: DateTime<Utc>,
    ) -> anyhow::Result<CabinetId> {
        let Buyer { name: Some(name), tax_id: Some(tax_id), external_id, country, contact } = buyer
        else {
            return Ok(cabinet);
        };
        let Some(name) = name.get() else { return Ok(cabinet) };
        let external_id = &external_id.as_ref().and_then(MaybePersonal::get).cloned();
        let provision = |external_id: &Option<_>, contact_email| {
            [cabinet::Command::Provision {
                name: name.clone(),
                tax_id: tax_id.clone(),
                external_id: external_id.clone(),
                country: *country,
                contact_email,
                as_of,
            }]
        };
        let mut contact_email = contact.as_ref().and_then(Personal::get).cloned();
        let mut outcome = self
            .execute::<Cabinet>(recorded, cabinet, provision(external_id, contact_email.clone()))
            .await;
        if matches!(outcome, Err(Failure::SubjectErased)) {
            contact_email = None;
            outcome =
                self.execute::<Cabinet>(recorded, cabinet, provision(external_id, None)).await;
        }
        match outcome {
            Ok(()) => Ok(cabinet),
            // The organisation got a cabinet in the meantime: that one is used.
            Err(Failure::Taken { what, .. }) if what == "tax_id" => {
                let holder =
                    self.commands.aggregates().claim_holder(&what, tax_id.as_str()).await?;
                Ok(holder.map_or(cabinet, CabinetId::from))
            }
            // Another cabinet has its id in the external system by now: it is provisioned without one.
            Err(Failure::Taken { .. }) => {
                self.execute::<Cabinet>(recorded, cabinet, provision(&None, contact_email)).await?;
                Ok(cabinet)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Brings the licences of an order in line with its lines.
    async fn fulfil(
        &self,
        recorded: &Recorded<Event>,
        cabinet: CabinetId,
        lines: &[Line],
        delivery: &Delivery,
    ) -> anyhow::Result<()> {
        for line in lines {
            let command = self.fulfil_line(recorded, cabinet, line, delivery).await?;
            if line.state == LineState::Open {
                self.execute::<Purchase>(recorded, recorded.id.into(), [command]).await?;
            }
        }
        Ok(())
    }

    /// Brings the licences of a line in line with it. Answers the command that records the outcome.
    async fn fulfil_line(
        &self,
        recorded: &Recorded<Event>,
        cabinet: CabinetId,
        line: &Line,
        delivery: &Delivery,
    ) -> anyhow::Result<purchase::Command> {
        let (purchase, sequence) = (PurchaseId::from(recorded.id), delivery.sequence);
        for unit in line.licensed_units() {
            let (origin, seats) = (line.license_origin(purchase, unit), unit.seats);
            if seats == 0 {
                self.revoke(recorded, &origin).await?;
                continue;
            }
            if let Some(refusal) =
                self.ensure_license(recorded, cabinet, line, seats, origin, delivery.time).await?
            {
                let reason: Text<2000> = refusal.to_string().parse().map_err(anyhow::Error::msg)?;
                // All units of a line or none.
                for unit in line.licensed_units() {
                    self.revoke(recorded, &line.license_origin(purchase, unit)).await?;
                }
                return Ok(purchase::Command::DiscardLine { line: line.line, sequence, reason });
            }
        }
        let licenses = line.active_license_ids(purchase);
        Ok(purchase::Command::FulfilLine { line: line.line, sequence, cabinet, licenses })
    }

    /// Issues a licence of a line, or changes it. Answers the refusal if it cannot be.
    async fn ensure_license(
        &self,
        recorded: &Recorded<Event>,
        cabinet: CabinetId,
        line: &Line,
        seats: u32,
        origin: LicenseOrigin,
        from: DateTime<Utc>,
    ) -> anyhow::Result<Option<license::Refusal>> {
        let id = LicenseId::from_origin(&origin);
        let issue = license::Command::Issue(Issuance {
            cabinet,
            product: line.product,
            quantity: seats,
            parameters: line.parameters.clone(),
            from,
            until: None,
            origin: Some(origin),
        });
        let mut commands = vec![issue];
        // An order that was just recorded needs no changes.
        if !matches!(recorded.event, Event::Recorded { .. }) {
            let parameters = line.parameters.clone();
            commands.push(license::Command::ChangeQuantity { quantity: seats });
            commands.push(license::Command::ChangeParameters { parameters });
        }
        match self.execute::<License>(recorded, id, commands).await {
            // A person revoked it: the line was fulfilled all the same.
            Ok(()) | Err(Failure::Refused(license::Refusal::Revoked)) => Ok(None),
            Err(Failure::Refused(refusal)) => Ok(Some(refusal)),
            Err(failure) => Err(failure.into()),
        }
    }

    /// LIC-11: a licence that was cancelled ends, whoever holds it by now.
    async fn revoke(
        &self,
        recorded: &Recorded<Event>,
        origin: &LicenseOrigin,
    ) -> anyhow::Result<()> {
        let reason = "the order took it back".parse().map_err(anyhow::Error::msg)?;
        let revoke = [license::Command::Revoke { reason }];
        match self.execute::<License>(recorded, LicenseId::from_origin(origin), revoke).await {
            Ok(()) | Err(Failure::Refused(license::Refusal::NotIssued)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn execute<A: commands::Handler>(
        &self,
        recorded: &Recorded<Event>,
        id: domain::Id<A>,
        commands: impl IntoIterator<Item = A::Command>,
    ) -> Result<(), Failure<<A as Decider>::Refusal>> {
        let mut commands = commands.into_iter();
        let Some(first) = commands.next() else { return Ok(()) };
        let envelope = CommandEnvelope::new(id, first, self.actor.clone()).caused_by(recorded);
        self.commands
            .execute(commands.fold(envelope, CommandEnvelope::and_command))
            .await
            .map(|_| ())
    }
}
