use std::{fmt::Write, fs::File, io::Read};

/// 128 random bits, as 32 letters and digits: a password for machines.
pub(crate) fn word() -> anyhow::Result<String> {
    let mut bits = [0_u8; 16];
    File::open("/dev/urandom")?.read_exact(&mut bits)?;
    bits.iter().try_fold(String::new(), |mut word, byte| {
        write!(word, "{byte:02x}")?;
        Ok(word)
    })
}
