//! A server that speaks S3: how it is reached.

use std::{fmt, time::Duration};

use object_store::{
    ClientOptions, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
};

/// How long connecting may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one request may take: a part of an object in or out.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// How often a request is tried again, and how long all of it may take.
const RETRIES: (usize, Duration) = (3, Duration::from_mins(1));

/// A bucket, and how to reach it.
#[derive(Clone)]
pub struct S3Settings {
    /// The URL of the server; that of Amazon in the region if there is none.
    pub endpoint: Option<String>,
    pub region: String,
    pub bucket: String,
    /// The id and the secret of an access key.
    pub key_id: String,
    pub secret: String,
    /// Whether the bucket is the first part of the path, not of the host's name.
    pub path_style: bool,
}

impl S3Settings {
    /// Where the bucket is, without anything secret.
    pub(crate) fn location(&self) -> String {
        let server = self.endpoint.as_deref().unwrap_or("https://s3.amazonaws.com");
        format!("{}/{}", server.trim_end_matches('/'), self.bucket)
    }

    pub(crate) fn connect(&self) -> object_store::Result<AmazonS3> {
        let client = ClientOptions::new()
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_timeout(REQUEST_TIMEOUT)
            // Whoever sets an endpoint without TLS knows their network.
            .with_allow_http(true);
        let (max_retries, retry_timeout) = RETRIES;
        let builder = AmazonS3Builder::new()
            .with_region(&self.region)
            .with_bucket_name(&self.bucket)
            .with_access_key_id(&self.key_id)
            .with_secret_access_key(&self.secret)
            .with_virtual_hosted_style_request(!self.path_style)
            .with_client_options(client)
            .with_retry(RetryConfig { max_retries, retry_timeout, ..RetryConfig::default() });
        match &self.endpoint {
            Some(endpoint) => builder.with_endpoint(endpoint.trim_end_matches('/')).build(),
            None => builder.build(),
        }
    }
}

/// Hides the secret.
impl fmt::Debug for S3Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "S3Settings({})", self.location())
    }
}
