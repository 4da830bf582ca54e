//! Takes the messages of purchase systems from the inbox of the bus.

use std::time::Duration;

use bus::{Bus, IngestMessage, PURCHASES_CHANNEL};
use commands::{
    Commands,
    purchasing::ingest::{MessageSender, ingest},
};
use domain::identity::Actor;
use futures::{StreamExt, stream};
use tokio_util::sync::CancellationToken;

use crate::panics::catch_panic;

/// How many messages are handled at once, so that they are appended together. Each purchase puts its
/// own messages in order.
const CONCURRENT_MESSAGES: usize = 16;

/// Handles the messages of purchase systems until `stop`. Each is applied, or waits for others, or is
/// parked with the reason; one that fails for another cause stays in the inbox.
pub async fn ingest_purchase_messages(bus: &Bus, commands: &Commands, stop: CancellationToken) {
    let actor = Actor::system("purchasing.inbox");
    let inbox = bus.ingest_consumer(PURCHASES_CHANNEL);
    let messages = stream::unfold(inbox, |mut inbox| async { Some((inbox.next().await, inbox)) });
    let handling =
        messages.take_until(stop.cancelled()).for_each_concurrent(CONCURRENT_MESSAGES, |message| {
            let actor = &actor;
            async move {
                let source = message.source().to_owned();
                if let Err(why) = catch_panic(ingest_message(commands, message, actor)).await {
                    tracing::warn!(source, "a message of a purchase system comes again: {why:#}");
                }
            }
        });
    handling.await;
}

async fn ingest_message(
    commands: &Commands,
    message: IngestMessage,
    actor: &Actor,
) -> anyhow::Result<()> {
    let text = String::from_utf8_lossy(message.payload()).into_owned();
    let source = message.source().parse().map_err(anyhow::Error::msg)?;
    // The bus makes sure that the sender may publish as this source.
    match ingest(commands, &text, MessageSender::Source(&source), actor).await {
        Ok(_) => message.ack().await,
        Err(failure) => {
            let (times, _) = message.delivery_info()?;
            let pause = Duration::from_secs(u64::try_from(times).unwrap_or(1).clamp(1, 60));
            message.retry_after(pause).await?;
            Err(failure.into())
        }
    }
}
