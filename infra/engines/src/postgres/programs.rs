//! The programs of Postgres that are installed.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::bail;

/// The oldest major version that will do.
const OLDEST: u32 = 15;
const DEBIAN: &str = "/usr/lib/postgresql";

/// The folder with programs that can run a cluster of a major version, or the newest.
pub(super) fn find_programs(
    configured: Option<&Path>,
    cluster_version: Option<u32>,
) -> anyhow::Result<PathBuf> {
    let (candidates, origin) = match configured {
        Some(folder) => {
            (vec![folder.to_owned()], format!("SERVICEBOOK_PG_BIN={}", folder.display()))
        }
        None => (debian(), DEBIAN.to_owned()),
    };
    let mut found: Vec<(u32, PathBuf)> = candidates
        .into_iter()
        .filter_map(|folder| Some((major(&folder.join("postgres"))?, folder)))
        .collect();
    found.sort();
    let versions = found.iter().map(|(major, _)| major.to_string()).collect::<Vec<_>>().join(", ");
    let chosen = found.into_iter().rfind(|(major, _)| {
        cluster_version.map_or(*major >= OLDEST, |cluster_version| *major == cluster_version)
    });
    match (chosen, cluster_version) {
        (Some((_, folder)), _) => Ok(folder),
        (None, Some(cluster_version)) => bail!(
            "The data folder was made by Postgres {cluster_version}, which {origin} does not have (it has: \
             {versions}). Install postgresql-{cluster_version}, or set SERVICEBOOK_PG_BIN."
        ),
        (None, None) if versions.is_empty() => bail!(
            "There is no Postgres in {origin}. Install one (Debian: apt-get install postgresql), \
             set SERVICEBOOK_PG_BIN to the folder of its programs, or DATABASE_URL to a server."
        ),
        (None, None) => bail!(
            "Postgres {versions} in {origin} is too old: {OLDEST} or newer is needed. Install a \
             newer one, or set SERVICEBOOK_PG_BIN or DATABASE_URL."
        ),
    }
}

fn debian() -> Vec<PathBuf> {
    let versions = fs::read_dir(DEBIAN).into_iter().flatten().flatten();
    versions.map(|version| version.path().join("bin")).collect()
}

/// The major version that a program says it has: `postgres (PostgreSQL) 15.18 (Debian …)`.
fn major(postgres: &Path) -> Option<u32> {
    let output = Command::new(postgres).arg("--version").output().ok()?;
    let output = String::from_utf8(output.stdout).ok()?;
    let version = output.split_whitespace().nth(2)?;
    version.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use std::{fs::Permissions, io::Write, os::unix::fs::PermissionsExt};

    use super::*;

    /// A folder with a `postgres` that says it has a version.
    fn installed(version: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("postgres");
        let mut script = fs::File::create(&path).unwrap();
        writeln!(script, "#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Debian)'").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
        folder
    }

    #[test]
    fn an_old_postgres_is_refused_with_what_to_do() {
        let old = installed("14.2");
        let refused = find_programs(Some(old.path()), None).unwrap_err().to_string();
        assert!(refused.contains("Postgres 14") && refused.contains("15 or newer"), "{refused}");
        let new = installed("17beta1");
        assert_eq!(find_programs(Some(new.path()), None).unwrap(), new.path());
    }

    #[test]
    fn a_cluster_is_run_only_by_the_version_that_made_it() {
        let new = installed("17.1");
        let refused = find_programs(Some(new.path()), Some(15)).unwrap_err().to_string();
        assert!(refused.contains("Install postgresql-15"), "{refused}");
        assert!(find_programs(Some(new.path()), Some(17)).is_ok());
    }

    #[test]
    fn no_postgres_at_all_is_answered_with_how_to_get_one() {
        let refused = find_programs(Some(Path::new("/nowhere")), None).unwrap_err().to_string();
        assert!(refused.contains("apt-get install postgresql"), "{refused}");
    }
}
