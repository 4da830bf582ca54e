//! Proves that a message of the registry comes from a process of the same deployment.

use std::fmt;

use aws_lc_rs::{
    constant_time,
    hmac::{self, HMAC_SHA256},
};

const PROOF_LENGTH: usize = 32;

/// The key that all processes of a deployment share, and nobody else has.
#[derive(Clone)]
pub struct RegistryKey(hmac::Key);

impl RegistryKey {
    /// From 32 random bytes, derived for this purpose.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(HMAC_SHA256, key))
    }

    /// A message with the proof that it was sent to a subject, in answer to a nonce.
    pub(crate) fn sign(&self, subject: &str, nonce: &[u8], message: &[u8]) -> Vec<u8> {
        [&self.proof(subject, nonce, message), message].concat()
    }

    /// The message, if its proof is valid.
    pub(crate) fn verify<'a>(
        &self,
        subject: &str,
        nonce: &[u8],
        signed: &'a [u8],
    ) -> Option<&'a [u8]> {
        let (proof, message) = signed.split_at_checked(PROOF_LENGTH)?;
        let expected = self.proof(subject, nonce, message);
        constant_time::verify_slices_are_equal(&expected, proof).is_ok().then_some(message)
    }

    fn proof(&self, subject: &str, nonce: &[u8], message: &[u8]) -> Vec<u8> {
        let mut proof = hmac::Context::with_key(&self.0);
        for part in [subject.as_bytes(), nonce, message] {
            proof.update(&part.len().to_be_bytes());
            proof.update(part);
        }
        proof.sign().as_ref().to_vec()
    }
}

impl fmt::Debug for RegistryKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RegistryKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_is_good_for_one_key_subject_nonce_and_message() {
        let (ours, other) = (RegistryKey::new(&[1; 32]), RegistryKey::new(&[2; 32]));
        let signed = ours.sign("who", b"7", b"anna");
        assert_eq!(ours.verify("who", b"7", &signed), Some(b"anna".as_slice()));
        assert_eq!(other.verify("who", b"7", &signed), None);
        assert_eq!(ours.verify("left", b"7", &signed), None);
        assert_eq!(ours.verify("who", b"8", &signed), None);
        assert_eq!(ours.verify("who7", b"", &signed), None, "parts do not flow together");
        assert_eq!(ours.verify("who", b"7", &signed[..20]), None);
        assert_eq!(ours.verify("who", b"7", &[signed.as_slice(), b"!"].concat()), None);
    }
}
