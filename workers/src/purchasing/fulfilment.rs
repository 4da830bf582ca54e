//! What follows from an order: a cabinet, licences, and their end when it is taken back.
//!
//! Every id follows from the order, and every term from its dates: whatever is done twice is done
//! once, and in whichever order messages arrived the same licences come to be.

use chrono::{DateTime, Utc};
use commands::{
    Commands, Failure, Order, platform,
    purchasing::ingest::{Sender, ingest, park_given_up},
};
use domain::{
    Decider, MaybePersonal, Personal, Recorded, Text,
    identity::Actor,
    licensing::license::{self, Issue, License, LicenseId, Origin},
    organizations::cabinet::{self, Cabinet, CabinetId},
    platform::subject::{Reason, SubjectId},
    purchasing::{
        feed::Delivery,
        purchase::{self, Buyer, Event, Line, LineState, Purchase, PurchaseId},
        purchase_event::{self, PurchaseEvent},
    },
};

use crate::{Begin, On, Reaction, Worker};

/// Fulfils orders.
#[derive(Clone)]
pub struct Fulfilment {
    desk: Commands,
    by: Actor,
}

impl Fulfilment {
    const NAME: &str = "purchasing.fulfilment";

    pub fn worker(desk: Commands) -> Worker {
        let this = Self { desk, by: Actor::system(Self::NAME) };
        let reactions =
            vec![On::events_of::<Purchase>(this.clone()), On::events_of::<PurchaseEvent>(this)];
        Worker { name: Self::NAME, begin: Begin::First, reactions }
    }
}

impl Reaction<Purchase> for Fulfilment {
    async fn on(&self, fact: &Recorded<Event>) -> anyhow::Result<()> {
        match &fact.event {
            Event::Recorded { delivery, cabinet, buyer, lines, .. } => {
                let cabinet = self.cabinet(fact, *cabinet, buyer, delivery.time).await?;
                self.fulfil(fact, cabinet, lines, delivery).await
            }
            Event::Amended { delivery, cabinet, lines, .. }
            | Event::Cancelled { delivery, cabinet, lines, .. }
            | Event::Refunded { delivery, cabinet, lines, .. } => {
                self.fulfil(fact, *cabinet, lines, delivery).await
            }
            Event::GivenUp { delivery, reason, text } => {
                let text = text.get().cloned().unwrap_or_default();
                park_given_up(&self.desk, delivery, reason.clone(), text, &self.by).await?;
                Ok(())
            }
            Event::Deferred { .. }
            | Event::LineFulfilled { .. }
            | Event::LineDiscarded { .. }
            | Event::Fulfilled {} => Ok(()),
        }
    }
}

impl Reaction<PurchaseEvent> for Fulfilment {
    async fn on(&self, fact: &Recorded<purchase_event::Event>) -> anyhow::Result<()> {
        if matches!(fact.event, purchase_event::Event::Discarded { .. }) {
            // Nobody needs what was put aside for good: what it says of people goes with its key.
            let message = SubjectId::from(fact.id);
            platform::erase(&self.desk, message, Reason::RetentionEnded, self.by.clone()).await?;
            return Ok(());
        }
        if !matches!(fact.event, purchase_event::Event::Reprocessed {}) {
            return Ok(());
        }
        let parked: PurchaseEvent = self.desk.lookup().load(fact.id.into()).await?;
        if let (Some(source), Some(text)) = (parked.source(), parked.payload()) {
            ingest(&self.desk, text, Sender::Anyone(source), &self.by).await?;
        }
        Ok(())
    }
}

impl Fulfilment {
    /// PUR-4: the buyer's cabinet, provisioned if there is none.
    async fn cabinet(
        &self,
        fact: &Recorded<Event>,
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
        let mut known = contact.as_ref().and_then(Personal::get).cloned();
        let mut outcome =
            self.give::<Cabinet>(fact, cabinet, provision(external_id, known.clone())).await;
        if matches!(outcome, Err(Failure::SubjectErased)) {
            known = None;
            outcome = self.give::<Cabinet>(fact, cabinet, provision(external_id, None)).await;
        }
        match outcome {
            Ok(()) => Ok(cabinet),
            // Somebody gave the organisation a cabinet in the meantime: then that is the one.
            Err(Failure::Taken { what, .. }) if what == "tax_id" => {
                let holder = self.desk.lookup().holder(&what, tax_id.as_str()).await?;
                Ok(holder.map_or(cabinet, CabinetId::from))
            }
            // Its id in another system became somebody else's: the cabinet does without.
            Err(Failure::Taken { .. }) => {
                self.give::<Cabinet>(fact, cabinet, provision(&None, known)).await?;
                Ok(cabinet)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Brings the licences of an order to where its lines are.
    async fn fulfil(
        &self,
        fact: &Recorded<Event>,
        cabinet: CabinetId,
        lines: &[Line],
        delivery: &Delivery,
    ) -> anyhow::Result<()> {
        for line in lines {
            let command = self.line(fact, cabinet, line, delivery).await?;
            if line.state == LineState::Open {
                self.give::<Purchase>(fact, fact.id.into(), [command]).await?;
            }
        }
        Ok(())
    }

    /// What is to be said of a line once its licences are as it says.
    async fn line(
        &self,
        fact: &Recorded<Event>,
        cabinet: CabinetId,
        line: &Line,
        delivery: &Delivery,
    ) -> anyhow::Result<purchase::Command> {
        let (purchase, sequence) = (PurchaseId::from(fact.id), delivery.sequence);
        for unit in line.units() {
            let (origin, seats) = (line.origin(purchase, unit), unit.seats);
            if seats == 0 {
                self.revoke(fact, &origin).await?;
                continue;
            }
            if let Some(refusal) =
                self.license(fact, cabinet, line, seats, origin, delivery.time).await?
            {
                let reason: Text<2000> = refusal.to_string().parse().map_err(anyhow::Error::msg)?;
                // All of it or nothing.
                for unit in line.units() {
                    self.revoke(fact, &line.origin(purchase, unit)).await?;
                }
                return Ok(purchase::Command::DiscardLine { line: line.line, sequence, reason });
            }
        }
        let licenses = line.licenses(purchase);
        Ok(purchase::Command::FulfilLine { line: line.line, sequence, cabinet, licenses })
    }

    /// Sees to a licence of a line; answers why it cannot be, if so.
    async fn license(
        &self,
        fact: &Recorded<Event>,
        cabinet: CabinetId,
        line: &Line,
        seats: u32,
        origin: Origin,
        from: DateTime<Utc>,
    ) -> anyhow::Result<Option<license::Refusal>> {
        let id = LicenseId::of(&origin);
        let issue = license::Command::Issue(Issue {
            cabinet,
            product: line.product,
            quantity: seats,
            parameters: line.parameters.clone(),
            from,
            until: None,
            origin: Some(origin),
        });
        let mut commands = vec![issue];
        // What was just recorded cannot have changed.
        if !matches!(fact.event, Event::Recorded { .. }) {
            let parameters = line.parameters.clone();
            commands.push(license::Command::ChangeQuantity { quantity: seats });
            commands.push(license::Command::ChangeParameters { parameters });
        }
        match self.give::<License>(fact, id, commands).await {
            // Somebody revoked it by hand: the line was fulfilled all the same.
            Ok(()) | Err(Failure::Refused(license::Refusal::Revoked)) => Ok(None),
            Err(Failure::Refused(refusal)) => Ok(Some(refusal)),
            Err(failure) => Err(failure.into()),
        }
    }

    /// LIC-11: what was taken back ends, wherever it is.
    async fn revoke(&self, fact: &Recorded<Event>, origin: &Origin) -> anyhow::Result<()> {
        let reason = "the order took it back".parse().map_err(anyhow::Error::msg)?;
        let revoke = [license::Command::Revoke { reason }];
        match self.give::<License>(fact, LicenseId::of(origin), revoke).await {
            Ok(()) | Err(Failure::Refused(license::Refusal::NotIssued)) => Ok(()),
            Err(failure) => Err(failure.into()),
        }
    }

    async fn give<H: commands::Handler>(
        &self,
        fact: &Recorded<Event>,
        id: domain::Id<H>,
        commands: impl IntoIterator<Item = H::Command>,
    ) -> Result<(), Failure<<H as Decider>::Refusal>> {
        let mut commands = commands.into_iter();
        let Some(first) = commands.next() else { return Ok(()) };
        let order = Order::new(id, first, self.by.clone()).because(fact);
        self.desk.execute(commands.fold(order, Order::and)).await.map(|_| ())
    }
}
