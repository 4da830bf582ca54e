//! Random passwords.

use std::fmt::Write;

use anyhow::anyhow;
use aws_lc_rs::rand;

/// 128 random bits, as 32 letters and digits: a password for machines. Fails if the system gives no
/// random numbers.
pub fn password() -> anyhow::Result<String> {
    let mut bits = [0_u8; 16];
    rand::fill(&mut bits).map_err(|_| anyhow!("the system gives no random numbers"))?;
    bits.iter().try_fold(String::new(), |mut password, byte| {
        write!(password, "{byte:02x}")?;
        Ok(password)
    })
}
