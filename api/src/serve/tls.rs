//! TLS with a certificate from files, which is reloaded when they change.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::{Duration, SystemTime},
};

use anyhow::Context;
use tokio::{net::TcpStream, time::sleep};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
        server::{ClientHello, ResolvesServerCert},
        sign::CertifiedKey,
    },
    server::TlsStream,
};

/// How often the files are checked for changes.
const POLL: Duration = Duration::from_secs(2);

/// The server's side of TLS. Cheap to clone.
#[derive(Clone)]
pub struct Tls {
    acceptor: TlsAcceptor,
    files: Arc<Files>,
}

/// A certificate with its chain, and its key, as PEM.
#[derive(Debug)]
struct Files {
    certificate: PathBuf,
    key: PathBuf,
    present: RwLock<Arc<CertifiedKey>>,
}

impl Tls {
    /// Reads a certificate and its key.
    pub fn load(certificate: &Path, key: &Path) -> anyhow::Result<Self> {
        let present = RwLock::new(Arc::new(read(certificate, key)?));
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        let files = Arc::new(Files { certificate, key, present });
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_cert_resolver(files.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { acceptor: Arc::new(config).into(), files })
    }

    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        self.acceptor.accept(stream).await
    }

    /// Reloads the files whenever they change, for ever. While certificate and key do not match, the old
    /// ones are kept: one file may still be being written.
    pub async fn reload_on_change(self) {
        let Files { certificate, key, present } = &*self.files;
        let mut loaded_at = modified(certificate, key);
        loop {
            sleep(POLL).await;
            let modified_at = modified(certificate, key);
            if modified_at == loaded_at {
                continue;
            }
            match read(certificate, key) {
                Ok(renewed) => {
                    *present.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(renewed);
                    loaded_at = modified_at;
                    tracing::info!("the certificate was renewed");
                }
                Err(why) => tracing::warn!("the new certificate cannot be used: {why:#}"),
            }
        }
    }
}

impl ResolvesServerCert for Files {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(self.present.read().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

fn read(certificate: &Path, key: &Path) -> anyhow::Result<CertifiedKey> {
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect)
        .with_context(|| format!("no certificate can be read from {}", certificate.display()))?;
    let key = PrivateKeyDer::from_pem_file(key)
        .with_context(|| format!("no key can be read from {}", key.display()))?;
    CertifiedKey::from_der(chain, key, &aws_lc_rs::default_provider())
        .context("the certificate and the key do not fit together")
}

fn modified(certificate: &Path, key: &Path) -> [Option<SystemTime>; 2] {
    [certificate, key].map(|file| fs::metadata(file).and_then(|file| file.modified()).ok())
}
