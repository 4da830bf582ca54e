//! Tests of reading settings: precedence, sources, error messages, secrets.

use std::{fs, path::PathBuf};

use super::*;

fn load(file: &str, variables: &[(&str, &str)]) -> anyhow::Result<LoadedConfig> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("servicebook.toml");
    fs::write(&path, file)?;
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(&path), variables)
}

fn load_error(file: &str, variables: &[(&str, &str)]) -> String {
    load(file, variables).unwrap_err().to_string()
}

#[test]
fn every_setting_is_explained() {
    let values = serde_json::to_value(Config::default()).unwrap();
    let mut fields: Vec<_> = values.as_object().unwrap().keys().cloned().collect();
    let mut explained: Vec<_> = SETTINGS.iter().map(|setting| setting.name).collect();
    fields.sort_unstable();
    explained.sort_unstable();
    assert_eq!(explained, fields);
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_default() {
    let file = "listen = \"127.0.0.1:1\"\ndb_connections = 17";
    let loaded = load(file, &[("SERVICEBOOK_LISTEN", "127.0.0.1:2"), ("PATH", "/bin")]).unwrap();
    assert_eq!(loaded.config.listen.port(), 2);
    assert_eq!(loaded.config.db_connections, 17);
    assert_eq!(loaded.config.data, PathBuf::from(".data"));
    assert_eq!(loaded.setting_source("listen"), "SERVICEBOOK_LISTEN");
    assert!(loaded.setting_source("db_connections").ends_with("servicebook.toml"));
    assert_eq!(loaded.setting_source("data"), "default");
}

#[test]
fn well_known_variables_count_and_our_own_win_over_them() {
    let both = [("SERVICEBOOK_NATS_URL", "nats://b:1"), ("NATS_URL", "nats://a:1")];
    let loaded = load("", &both).unwrap();
    assert_eq!(loaded.config.nats_url.as_ref().unwrap().reveal(), "nats://b:1");
    let loaded = load("", &[("DATABASE_URL", "postgres://a/b"), ("RUST_LOG", "debug")]).unwrap();
    assert_eq!(loaded.setting_source("database_url"), "DATABASE_URL");
    assert_eq!(loaded.config.log, "debug");
}

#[test]
fn a_wrong_value_is_answered_with_what_to_change() {
    let message = load_error("", &[("SERVICEBOOK_LISTEN", "here")]);
    assert!(message.contains("`listen` (from SERVICEBOOK_LISTEN) cannot be used"), "{message}");
    assert!(message.contains("For example: 127.0.0.1:8080"), "{message}");
    let message = load_error("log_format = \"xml\"", &[]);
    assert!(
        message.contains("servicebook.toml") && message.contains("is none of text, json"),
        "{message}"
    );
    let message = load_error("", &[("DATABASE_URL", "salon.db")]);
    assert!(message.contains("`database_url` (from DATABASE_URL) cannot be used"), "{message}");
    let message = load_error("", &[("SERVICEBOOK_LOG", "loud=very")]);
    assert!(message.contains("`log` (from SERVICEBOOK_LOG)"), "{message}");
    let message = load_error("", &[("SERVICEBOOK_DB_CONNECTIONS", "1")]);
    assert!(message.contains("not between 10 and 500"), "{message}");
}

#[test]
fn a_bucket_takes_a_key() {
    let message = load_error("s3_bucket = \"salon\"", &[]);
    assert!(message.contains("`s3_bucket`") && message.contains("s3_key_id"), "{message}");
    let key = [("SERVICEBOOK_S3_KEY_ID", "id"), ("SERVICEBOOK_S3_SECRET", "secret")];
    load("s3_bucket = \"salon\"", &key).unwrap();
}

#[test]
fn a_misspelt_setting_is_not_ignored() {
    let message = load_error("", &[("SERVICEBOOK_LISEN", "127.0.0.1:1")]);
    assert!(message.contains("no setting `lisen` (from SERVICEBOOK_LISEN)"), "{message}");
    assert!(message.contains("listen"), "{message}");
}

#[test]
fn a_file_that_was_named_must_exist() {
    let missing = Config::load(Some(Path::new("/nowhere/at.toml")), []).unwrap_err();
    assert!(missing.to_string().contains("no settings file /nowhere/at.toml"));
}

#[test]
fn secrets_are_not_printed() {
    let variables = [
        ("DATABASE_URL", "postgres://anna:hush1@db/book?sslpassword=hush2"),
        ("SERVICEBOOK_MASTER_KEY", "hush3"),
        ("SERVICEBOOK_SMTP_URL", "smtp://hush4@mail"),
        ("SERVICEBOOK_S3_SECRET", "hush5"),
    ];
    let loaded = load("", &variables).unwrap();
    let printed = format!("{}{:?}", loaded.to_toml().unwrap(), loaded.config);
    assert!(!printed.contains("hush"), "{printed}");
    assert!(printed.contains("postgres://anna:(hidden)@db/book"), "{printed}");
    assert!(printed.contains("# DATABASE_URL"), "{printed}");
}

#[test]
fn what_is_printed_can_be_read_again() {
    let printed = load("", &[("SERVICEBOOK_LOG_TO", "both")]).unwrap().to_toml().unwrap();
    let loaded = load(&printed, &[]).unwrap();
    assert_eq!(loaded.config.log_to, LogDestination::Both);
}
