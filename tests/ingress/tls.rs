//! HTTPS as curl and sslyze see it: versions, ciphers, renewal, and the redirect from HTTP.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tests::world::{World, free_port};
use tokio::time::sleep;

/// An empty configuration; OpenSSL's default one would add extensions.
const CONFIG: &str = "[req]\ndistinguished_name = name\n[name]\n";

/// Creates `{file}.pem` and `{file}.key` in the folder.
fn create_certificate(folder: &Path, file: &str, name: &str, more: &[&str]) {
    std::fs::write(folder.join("openssl.cnf"), CONFIG).unwrap();
    let output = Command::new("openssl")
        .args(["req", "-x509", "-config", "openssl.cnf", "-days", "2", "-nodes"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-out", &format!("{file}.pem"), "-keyout", &format!("{file}.key")])
        .args(["-subj", &format!("/CN={name}")])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Creates an authority, `ca.pem`.
fn create_authority(folder: &Path) {
    let extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
    create_certificate(
        folder,
        "ca",
        "authority",
        &extensions.map(|extension| ["-addext", extension]).concat(),
    );
}

/// Creates a certificate of the authority, `cert.pem`.
fn issue_certificate(folder: &Path, name: &str) {
    let extensions = ["subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE"];
    let extensions = extensions.map(|extension| ["-addext", extension]).concat();
    let signed = [&["-CA", "ca.pem", "-CAkey", "ca.key"], extensions.as_slice()].concat();
    create_certificate(folder, "cert", name, &signed);
}

/// The output of curl, stdout and stderr; it trusts only the authority in the folder.
fn curl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sSv", "--max-time", "10", "--cacert", "ca.pem"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let [text, errors] = [output.stdout, output.stderr];
    format!("{}{}", String::from_utf8_lossy(&text), String::from_utf8_lossy(&errors))
}

#[tokio::test]
async fn s_19_https_is_served_renewed_while_running_and_http_redirects_to_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    create_authority(folder);
    issue_certificate(folder, "first");
    let (https, http) = (free_port(), free_port());
    let paths = ["cert.pem", "cert.key"].map(|file| folder.join(file).display().to_string());
    let (listen, redirect) = (format!("127.0.0.1:{https}"), format!("127.0.0.1:{http}"));
    let url = format!("https://127.0.0.1:{https}");
    let _world = World::start_with(&[
        ("SERVICEBOOK_TLS_LISTEN", &listen),
        ("SERVICEBOOK_TLS_CERTIFICATE", &paths[0]),
        ("SERVICEBOOK_TLS_KEY", &paths[1]),
        ("SERVICEBOOK_REDIRECT_LISTEN", &redirect),
        ("SERVICEBOOK_PUBLIC_URL", &url),
    ])
    .await;

    let products = format!("{url}/api/v1/products");
    let output = curl(folder, &[&products]);
    assert!(output.contains("HTTP/1.1 200") && output.contains("CN=first"), "{output}");
    assert!(output.contains("< strict-transport-security: max-age="), "{output}");
    for old in ["1.0", "1.1"] {
        let output = curl(folder, &["--tls-max", old, &products]);
        assert!(!output.contains("HTTP/1.1 200"), "TLS {old}: {output}");
    }

    // The "intermediate" configuration that Mozilla recommends, checked by sslyze.
    let sslyze = Command::new("python3")
        .args(["-W", "ignore", "-m", "sslyze", "--mozilla_config", "intermediate"])
        .args(["--certinfo_ca_file", "ca.pem", &listen])
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/python"))
        .current_dir(folder)
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&sslyze.stdout);
    assert!(sslyze.status.success() && output.contains("OK - Compliant"), "{output}");

    let plain = format!("http://127.0.0.1:{http}/api/v1/products?q=a");
    let output = curl(folder, &[&plain]);
    assert!(
        output.contains("308") && output.contains(&format!("location: {products}?q=a")),
        "{output}"
    );

    issue_certificate(folder, "second");
    let began = Instant::now();
    while !curl(folder, &[&products]).contains("CN=second") {
        assert!(began.elapsed() < Duration::from_secs(15), "it is not renewed");
        sleep(Duration::from_millis(200)).await;
    }
}
