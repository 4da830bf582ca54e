//! HTTPS, asked for by curl.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tests::world::{World, free_port};
use tokio::time::sleep;

fn certificate(folder: &Path, name: &str) {
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-nodes", "-days", "2", "-keyout", "key.pem", "-out", "cert.pem"])
        .args(["-subj", &format!("/CN={name}"), "-addext", "subjectAltName=IP:127.0.0.1"])
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// What curl says, on both channels; it trusts the certificate of the folder alone.
fn curl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sSv", "--max-time", "10", "--cacert", "cert.pem"])
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap();
    let [said, told] = [output.stdout, output.stderr];
    format!("{}{}", String::from_utf8_lossy(&said), String::from_utf8_lossy(&told))
}

#[tokio::test]
async fn s_19_https_is_served_renewed_while_it_runs_and_led_to_from_http() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    certificate(folder, "first");
    let (https, http) = (free_port(), free_port());
    let paths = ["cert.pem", "key.pem"].map(|file| folder.join(file).display().to_string());
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
    let said = curl(folder, &[&products]);
    assert!(said.contains("HTTP/1.1 200") && said.contains("CN=first"), "{said}");
    assert!(said.contains("< strict-transport-security: max-age="), "{said}");
    for old in ["1.0", "1.1"] {
        let said = curl(folder, &["--tls-max", old, &products]);
        assert!(!said.contains("HTTP/1.1 200"), "TLS {old}: {said}");
    }

    let plain = format!("http://127.0.0.1:{http}/api/v1/products?q=a");
    let said = curl(folder, &[&plain]);
    assert!(said.contains("308") && said.contains(&format!("location: {products}?q=a")), "{said}");

    certificate(folder, "second");
    let began = Instant::now();
    while !curl(folder, &[&products]).contains("CN=second") {
        assert!(began.elapsed() < Duration::from_secs(15), "it is not renewed");
        sleep(Duration::from_millis(200)).await;
    }
}
