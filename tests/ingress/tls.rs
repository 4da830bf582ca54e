//! HTTPS, asked for by curl.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use tests::world::{World, free_port};
use tokio::time::sleep;

/// A file of OpenSSL's own would add what does not belong.
const CONFIG: &str = "[req]\ndistinguished_name = name\n[name]\n";

/// Makes `{file}.pem` with its `{file}.key` in the folder.
fn openssl(folder: &Path, file: &str, name: &str, more: &[&str]) {
    std::fs::write(folder.join("openssl.cnf"), CONFIG).unwrap();
    let made = Command::new("openssl")
        .args(["req", "-x509", "-config", "openssl.cnf", "-days", "2", "-nodes"])
        .args(["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"])
        .args(["-out", &format!("{file}.pem"), "-keyout", &format!("{file}.key")])
        .args(["-subj", &format!("/CN={name}")])
        .args(more)
        .current_dir(folder)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// An authority of our own, `ca.pem`.
fn authority(folder: &Path) {
    let extensions = ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"];
    openssl(folder, "ca", "authority", &extensions.map(|it| ["-addext", it]).concat());
}

/// A certificate that the authority gave, `cert.pem`.
fn certificate(folder: &Path, name: &str) {
    let extensions = ["subjectAltName=IP:127.0.0.1", "basicConstraints=critical,CA:FALSE"];
    let extensions = extensions.map(|it| ["-addext", it]).concat();
    let signed = [&["-CA", "ca.pem", "-CAkey", "ca.key"], extensions.as_slice()].concat();
    openssl(folder, "cert", name, &signed);
}

/// What curl says, on both channels; it trusts the authority of the folder alone.
fn curl(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("curl")
        .args(["-sSv", "--max-time", "10", "--cacert", "ca.pem"])
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
    authority(folder);
    certificate(folder, "first");
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
    let said = curl(folder, &[&products]);
    assert!(said.contains("HTTP/1.1 200") && said.contains("CN=first"), "{said}");
    assert!(said.contains("< strict-transport-security: max-age="), "{said}");
    for old in ["1.0", "1.1"] {
        let said = curl(folder, &["--tls-max", old, &products]);
        assert!(!said.contains("HTTP/1.1 200"), "TLS {old}: {said}");
    }

    // What Mozilla recommends (its "intermediate" configuration) is kept, as an outside program sees it.
    let sslyze = Command::new("python3")
        .args(["-W", "ignore", "-m", "sslyze", "--mozilla_config", "intermediate"])
        .args(["--certinfo_ca_file", "ca.pem", &listen])
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/../.tools/python"))
        .current_dir(folder)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&sslyze.stdout);
    assert!(sslyze.status.success() && said.contains("OK - Compliant"), "{said}");

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
