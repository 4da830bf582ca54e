use std::time::Duration;

use bus::{Bus, Delivery, PURCHASES};
use commands::{
    Commands,
    purchasing::ingest::{Sender, ingest},
};
use domain::identity::Actor;
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::panics::caught;

/// How many messages are in hand at once, so that they are appended together. Purchases put their
/// messages in order themselves.
const AT_ONCE: usize = 16;

/// Takes the messages of purchase systems out of the inbox until `stop`. Each is applied, or waits,
/// or is parked with the reason; what fails for another cause stays in the inbox.
pub async fn run_inbox(bus: &Bus, desk: &Commands, stop: CancellationToken) {
    let by = Actor::system("purchasing.inbox");
    let inbox = bus.inbox(PURCHASES);
    let messages = stream::unfold(inbox, |mut inbox| async { Some((inbox.next().await, inbox)) });
    let handled = messages.take_until(stop.cancelled()).for_each_concurrent(AT_ONCE, |message| {
        let by = &by;
        async move {
            let source = message.source().to_owned();
            if let Err(why) = caught(handle(desk, message, by)).await {
                tracing::warn!(source, "a message of a purchase system comes again: {why:#}");
            }
        }
    });
    handled.await;
}

async fn handle(desk: &Commands, message: Delivery, by: &Actor) -> anyhow::Result<()> {
    let text = String::from_utf8_lossy(message.message()).into_owned();
    let source = message.source().parse().map_err(anyhow::Error::msg)?;
    // Of which source somebody may publish the bus sees to.
    match ingest(desk, &text, Sender::Source(&source), by).await {
        Ok(_) => message.done().await,
        Err(failure) => {
            let (times, _) = message.history()?;
            let pause = Duration::from_secs(u64::try_from(times).unwrap_or(1).clamp(1, 60));
            message.later(pause).await?;
            Err(failure.into())
        }
    }
}
