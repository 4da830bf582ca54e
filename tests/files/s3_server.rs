//! A server that speaks S3 and is not ours: `SeaweedFS`, as `infra/tools/install tests` brings it.

use std::{
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tests::world::free_port;
use tokio::time::sleep;

use crate::outside::run_python;

const BUCKET: &str = "salon";
/// How long it may take to start.
const TIMEOUT: Duration = Duration::from_mins(1);
/// Who may do what: one key that may do everything, and nobody without one.
const IDENTITIES: &str = r#"{"identities": [{"name": "salon", "actions": ["Admin", "Read", "Write", "List"],
    "credentials": [{"accessKey": "salon-key", "secretKey": "salon-secret"}]}]}"#;

/// A running server with an empty bucket. Dropping it ends it.
pub(super) struct S3Server {
    folder: TempDir,
    ports: [u16; 8],
    child: Option<Child>,
}

impl S3Server {
    pub(super) async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("identities.json"), IDENTITIES).unwrap();
        let mut server = Self { folder, ports: [(); 8].map(|()| free_port()), child: None };
        server.run().await;
        server.ask("create").await;
        server
    }

    /// Starts it again on what it has stored.
    pub(super) async fn run(&mut self) {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let [master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3, s3_grpc] = self.ports;
        let folder = self.folder.path();
        let child = Command::new(root.join(".tools/weed"))
            .args(["server", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-filer", "-s3"])
            // Nothing else listens, and nobody is told that it runs.
            .args(["-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"])
            .args(["-s3.iam=false", "-master.volumeSizeLimitMB=64", "-volume.max=8"])
            .arg(format!("-dir={}", folder.display()))
            .arg(format!("-s3.config={}", folder.join("identities.json").display()))
            .arg(format!("-s3.localSocket={}", folder.join("s3.sock").display()))
            .arg(format!("-filer.localSocket={}", folder.join("filer.sock").display()))
            .args([format!("-master.port={master}"), format!("-master.port.grpc={master_grpc}")])
            .args([format!("-volume.port={volume}"), format!("-volume.port.grpc={volume_grpc}")])
            .args([format!("-filer.port={filer}"), format!("-filer.port.grpc={filer_grpc}")])
            .args([format!("-s3.port={s3}"), format!("-s3.port.grpc={s3_grpc}")])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.child = Some(child.unwrap());
        let begun = Instant::now();
        // It refuses who shows no key, but it answers.
        while reqwest::get(self.url()).await.is_err() {
            assert!(begun.elapsed() < TIMEOUT, "it does not start");
            sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends it as a power cut would.
    pub(super) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// The settings by which the program uses it.
    pub(super) fn settings(&self) -> [(&'static str, String); 4] {
        [
            ("SERVICEBOOK_S3_ENDPOINT", self.url()),
            ("SERVICEBOOK_S3_BUCKET", BUCKET.into()),
            ("SERVICEBOOK_S3_KEY_ID", "salon-key".into()),
            ("SERVICEBOOK_S3_SECRET", "salon-secret".into()),
        ]
    }

    /// The objects in the bucket as boto3 sees them: size in bytes and SHA-256 of each, in the order of the keys.
    /// Nobody gets one without a key.
    pub(super) async fn objects(&self) -> Vec<(String, usize, String)> {
        let output = self.ask("show").await;
        let objects = output.lines().map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let (key, size, hash) = (words.next(), words.next(), words.next());
            (key.unwrap(), size.unwrap().parse().unwrap(), hash.unwrap())
        });
        objects.collect()
    }

    async fn ask(&self, question: &str) -> String {
        let arguments = [question, &self.url(), BUCKET].map(str::to_owned);
        run_python("s3.py", arguments.to_vec()).await
    }

    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[6])
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.kill();
    }
}
