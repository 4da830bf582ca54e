//! Describes every setting for `servicebook config` and error messages.

/// The source of a setting that was not set.
pub const DEFAULT_SETTING_SOURCE: &str = "default";

/// The documentation of one setting.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// One sentence or two.
    pub description: &'static str,
    /// A valid value.
    pub example: &'static str,
}

const fn setting(name: &'static str, example: &'static str, description: &'static str) -> Setting {
    Setting { name, description, example }
}

/// Every field of `Config`, in its order.
pub const SETTINGS: &[Setting] = &[
    setting("data", "/var/lib/servicebook", "The folder that holds everything Servicebook keeps."),
    setting("listen", "127.0.0.1:8080", "The address and port on which HTTP is served."),
    setting(
        "websocket_listen",
        "0.0.0.0:4000",
        "The address and port on which WebSockets for live push are served; they are at /ws of \
         the others as well.",
    ),
    setting(
        "internal_listen",
        "10.0.0.7:9090",
        "The address and port on which this process, whatever its role, tells /health, /ready with \
         its reasons, and /metrics, for those who watch over it; not for the world. Else the first \
         free port of 127.0.0.1 from 8081 on.",
    ),
    setting(
        "tls_listen",
        "0.0.0.0:443",
        "The address and port on which HTTPS is served, with the certificate of tls_certificate.",
    ),
    setting(
        "tls_certificate",
        "/etc/servicebook/fullchain.pem",
        "The certificate and its chain, as PEM. A new one is taken up within seconds.",
    ),
    setting("tls_key", "/etc/servicebook/key.pem", "The key of the certificate, as PEM."),
    setting(
        "redirect_listen",
        "0.0.0.0:80",
        "An address and port on which everybody is sent to public_url.",
    ),
    setting(
        "public_url",
        "https://book.example.com",
        "How people reach this server; links in mails begin with it, and tokens name it, so it is \
         the same for all processes. Else it follows from listen.",
    ),
    setting(
        "advertise",
        "10.0.0.7:8080",
        "How a gateway reaches this process. Else it follows from listen.",
    ),
    setting(
        "routes",
        "/api/v1/customers=10.0.0.7:8080, /=10.0.0.8:8080",
        "Who answers which paths, for a gateway that is not to go by the registry.",
    ),
    setting(
        "connections",
        "8192",
        "How many connections people may hold open to this process; an eighth of them from one \
         address (or a /64 of IPv6), unless it is one of trusted_proxies.",
    ),
    setting(
        "trusted_proxies",
        "10.0.0.0/8, fd00::/8",
        "Whose X-Forwarded-For is believed: proxies before us. Nobody else's is; gateways of ours \
         prove by their key what they say.",
    ),
    setting(
        "origins",
        "https://app.example.com, https://shop.example.com",
        "The origins of other pages that may call the API from a browser.",
    ),
    setting(
        "rates",
        "user=100/s, key=50/s, address=200/s, /api/v1/jwt=30/m, user_streams=10",
        "How many requests a user, a key of a program, or an address may send, the last also to a \
         path of its own; and how many live streams a user or an address may hold open; off for \
         no limits. Processes that answer the same people divide the rates evenly among them.",
    ),
    setting(
        "deprecations",
        "v1=2027-01-01..2027-07-01 https://book.example.com/v2",
        "Versions of the API that come to an end: since when they should be left, when they stop \
         to answer, and where it is described.",
    ),
    setting(
        "database_url",
        "postgres://user:password@host/servicebook",
        "A Postgres (15 or newer) to use. Without it, `servicebook up` starts a private one. \
         `servicebook migrate` needs a user who owns the database; give all others one who owns \
         nothing: create role servicebook_login login password '…' in role servicebook_app.",
    ),
    setting(
        "nats_url",
        "nats://host:4222",
        "A nats-server (2.12 or newer) to use, or several of a cluster with commas between. Without \
         it, `servicebook up` starts a private one.",
    ),
    setting(
        "bus_replicas",
        "3",
        "On how many servers of a NATS cluster the bus is kept: 1, 3 or 5. Else on 3, if there are so \
         many.",
    ),
    setting(
        "pg_bin",
        "/usr/lib/postgresql/15/bin",
        "The folder with initdb and postgres, for the private one. Else the newest installed.",
    ),
    setting(
        "nats_bin",
        ".tools/nats-server",
        "The nats-server to start. Else the one on the PATH, or .tools/nats-server.",
    ),
    setting(
        "analyst_listen",
        "127.0.0.1:5433",
        "The address of this machine and the port on which analysts (`servicebook analyst create`) log in to \
         the private Postgres, and nobody else. From elsewhere they come by a tunnel: ssh -L \
         5433:127.0.0.1:5433 host. Without it, nobody reaches the private Postgres but Servicebook.",
    ),
    setting("db_connections", "20", "How many connections to Postgres this process may hold."),
    setting(
        "master_key",
        "32 bytes in Base64: openssl rand -base64 32",
        "Wraps the keys that seal personal data. Without it, one is made and kept in the data \
         folder. Lost, all personal data is lost with it. Of several, with commas between, the \
         first one wraps: see `servicebook help keys rotate-master`.",
    ),
    setting(
        "gateway_key",
        "32 bytes in Base64: servicebook keys gateway prints them",
        "By which a gateway and the instances behind it know each other. Only a gateway without \
         this data folder needs it; all others derive it from the master key.",
    ),
    setting(
        "s3_endpoint",
        "https://s3.example.com",
        "The server that keeps files in s3_bucket, if it is not Amazon's.",
    ),
    setting("s3_region", "eu-central-1", "The region of s3_bucket."),
    setting(
        "s3_bucket",
        "servicebook",
        "The bucket of a server that speaks S3, for files that people upload and that are made for \
         them. It must exist; let a rule of it remove parts of uploads that were never ended. \
         Without one, files are kept in objects in the data folder, which all processes must share.",
    ),
    setting("s3_key_id", "AKIAIOSFODNN7EXAMPLE", "The id of the access key to s3_bucket."),
    setting("s3_secret", "wJalrXUtnFEMI…", "The secret of the access key to s3_bucket."),
    setting(
        "s3_path_style",
        "false",
        "Whether s3_bucket is named in the path of its addresses, as most servers take it, and not \
         in the host.",
    ),
    setting(
        "scan",
        "clamd:///run/clamav/clamd.ctl",
        "Who looks for harmful content in files: a clamd on a socket or at clamd://host:port, or a \
         program by its whole path and its arguments, which gets the file on its standard input and \
         ends with 0 if it finds nothing, with 1 if it does. Nobody gets a file before. Without it, \
         files are not scanned, and given out as they are.",
    ),
    setting(
        "export_days",
        "3",
        "How many days the files of exports are kept: lists and reports that are too large for an answer.",
    ),
    setting(
        "smtp_url",
        "smtps://user:password@mail.example.com",
        "The server that takes our mail. Without it, mails are files in the data folder.",
    ),
    setting("mail_from", "Salon Anna <hello@example.com>", "The sender of our mails."),
    setting(
        "private_providers",
        "true",
        "Whether identity providers of organisations may lie in our own network and be asked \
         without TLS. Say so only if those who register them may reach all that we can.",
    ),
    setting(
        "breached_passwords",
        "/var/lib/pwned-passwords.txt",
        "A list of passwords that nobody may choose: a SHA-1 in hexadecimal a line, sorted, as the \
         downloader of Pwned Passwords writes it.",
    ),
    setting(
        "require_second_factor",
        "admin, support_agent, employee",
        "The roles that ask for more than a password: whoever signs in with nothing else can only \
         enroll an authenticator app or a passkey. A sign-in at a provider of one's organisation is \
         enough. Without one, nobody is obliged.",
    ),
    setting(
        "idle_sessions",
        "staff=8h, clients=7d",
        "For how long a session may go without being renewed, by whose it is: of staff, of clients, \
         and of applications that act for somebody. The first two end after 30 days in any case, the \
         last after 90.",
    ),
    setting("log", "info,sqlx=warn", "What is logged, in the words of RUST_LOG."),
    setting("log_format", "json", "text, for people, or json, for machines."),
    setting("log_to", "both", "stderr, file (in the data folder), or both."),
];
