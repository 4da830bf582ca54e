//! Random passwords.

use anyhow::anyhow;
use aws_lc_rs::rand;

/// 128 random bits, as 32 letters and digits: a password for machines. Fails if the system gives no
/// random numbers.
pub fn random_password() -> anyhow::Result<String> {
    let mut bits = [0_u8; 16];
    rand::fill(&mut bits).map_err(|_| anyhow!("the system gives no random numbers"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bits)))
}
