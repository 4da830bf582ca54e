//! Three servers: any of them may go.

use std::{
    fs,
    path::PathBuf,
    process::Child,
    time::{Duration, Instant},
};

use crate::common::{LONG, Log, free_port, launch, read_at};
use bus::{Bus, Options, Replicas};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

struct Cluster {
    _dir: TempDir,
    nodes: Vec<Node>,
}

struct Node {
    dir: PathBuf,
    port: u16,
    process: Child,
}

impl Cluster {
    fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let routes = [(); 3].map(|()| free_port());
        let urls = routes.map(|port| format!("\"nats://127.0.0.1:{port}\"")).join(", ");
        let node = |index: usize| {
            let (dir, port) = (dir.path().join(index.to_string()), free_port());
            fs::create_dir(&dir).unwrap();
            let config = format!(
                "server_name: node-{index}\nlisten: 127.0.0.1:{port}\n\
                 cluster {{ name: book, listen: \"127.0.0.1:{}\", routes: [{urls}] }}\n\
                 jetstream {{ store_dir: \"{}\", sync_interval: always }}\n",
                routes[index],
                dir.join("store").display(),
            );
            fs::write(dir.join("nats.conf"), config).unwrap();
            Node { process: launch(&dir, port), dir, port }
        };
        let nodes = (0..3).map(node).collect();
        Self { _dir: dir, nodes }
    }

    fn url(&self) -> String {
        let urls = self.nodes.iter().map(|node| format!("nats://127.0.0.1:{}", node.port));
        urls.collect::<Vec<_>>().join(",")
    }

    async fn bus(&self, replicas: Option<usize>) -> Bus {
        let options = Options { replicas, ..Options::default() };
        Bus::connect(&self.url(), options).await.unwrap()
    }

    fn kill(&mut self, index: usize) {
        let process = &mut self.nodes[index].process;
        process.kill().unwrap();
        process.wait().unwrap();
    }

    fn restart(&mut self, index: usize) {
        let node = &mut self.nodes[index];
        node.process = launch(&node.dir, node.port);
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in &mut self.nodes {
            node.process.kill().ok();
            node.process.wait().ok();
        }
    }
}

async fn until(what: &str, condition: impl AsyncFn() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < 2 * LONG, "{what}");
        sleep(Duration::from_millis(100)).await;
    }
}

/// Waits until a bus has all of a log.
async fn wait_until_caught_up(bus: &Bus, log: &Log) {
    until("the bus never gets as far as the log", async || {
        bus.mirrored_position().await.is_ok_and(|position| position == log.len())
    })
    .await;
}

const WHOLE: Option<Replicas> = Some(Replicas { all: 3, current: 3 });

#[tokio::test(flavor = "multi_thread")]
async fn each_of_three_servers_is_killed_under_load_and_the_bus_goes_on() {
    let mut cluster = Cluster::start();
    let (log, bus) = (Log::of(1, 2_000), cluster.bus(None).await);
    // As it was before there were three.
    let relay = log.relay(cluster.bus(Some(1)).await);
    wait_until_caught_up(&bus, &log).await;
    assert_eq!(bus.replicas().await, Some(Replicas { all: 1, current: 1 }));
    relay.stop().await;
    let relay = log.relay(bus.clone());
    until("the stream is on three servers", async || bus.replicas().await == WHOLE).await;

    let mut reader = bus.tail().await.unwrap().subscribe_after(0);
    for index in 0..3 {
        cluster.kill(index);
        let before = log.len();
        for _ in 0..20 {
            log.grow(1, 100);
            bus.announce_appended(log.len()).await;
            sleep(Duration::from_millis(20)).await;
        }
        let reading = async {
            while reader.position() < before + 2_000 {
                reader.next().await.ok();
            }
        };
        timeout(2 * LONG, reading).await.expect("with two of three servers nothing is read");
        assert_eq!(bus.health().await, Ok(()));
        cluster.restart(index);
        until("the server is back", async || bus.replicas().await == WHOLE).await;
    }
    relay.stop().await;
    let (read, log_texts) = (read_at(&cluster.url()).await, log.texts());
    assert_eq!(read.len(), log_texts.len());
    assert!(read == log_texts, "the bus is not the log");

    // One of three cannot know what the others did: it says so, soon, and goes on when they are back.
    cluster.kill(0);
    cluster.kill(1);
    sleep(Duration::from_secs(1)).await;
    let started = Instant::now();
    until("a bus without a leader calls itself well", async || bus.health().await.is_err()).await;
    assert!(started.elapsed() < LONG);
    cluster.restart(0);
    cluster.restart(1);
    until("the bus is well again", async || bus.health().await.is_ok()).await;
    let relay = log.relay(bus.clone());
    log.grow(1, 100);
    wait_until_caught_up(&bus, &log).await;
    relay.stop().await;
}
