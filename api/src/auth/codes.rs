//! One-time codes of authenticator apps (TOTP, RFC 6238) and recovery codes.

use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use commands::{CommandEnvelope, Commands, Failure};
use domain::identity::{
    session::Method,
    user::{Command, User, UserId},
};
use totp_rs::{Builder, Totp};
use uuid::Uuid;

use super::{
    attempts::{AttemptLimiter, Bucket},
    sessions::system_actor_for,
    used_proofs::UsedProofs,
    user_account::UserAccount,
};
use crate::{
    problem::{Problem, ProblemCode},
    secret::random_bytes,
};

/// How many recovery codes somebody has at a time.
const RECOVERY_CODE_COUNT: usize = 10;
/// Their alphabet, without characters that look alike (Crockford's Base32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Checks codes, and generates recovery codes.
#[derive(Clone)]
pub(crate) struct OneTimeCodes {
    pub(super) commands: Commands,
    pub(super) attempts: AttemptLimiter,
    pub(super) used_proofs: UsedProofs,
}

impl OneTimeCodes {
    /// Counts an attempt, and uses up the code; `None` if it is wrong or was used.
    ///
    /// Callers have proved the password. Attempts are counted over all places that ask for codes, and
    /// separately for devices from which the user signed in before; only a right code resets them.
    pub(super) async fn check_code(
        &self,
        account: &UserAccount,
        code: &str,
        device: Option<Uuid>,
    ) -> Result<Option<Method>, Problem> {
        let attempt = self.attempts.begin(Bucket::Code(account.user, device)).await?;
        let method = self.use_code(account, code).await?;
        if method.is_some() {
            self.attempts.record_success(attempt).await?;
        }
        Ok(method)
    }

    /// Uses up a code of the app or a recovery code; `None` if it is wrong or was used.
    async fn use_code(&self, account: &UserAccount, code: &str) -> Result<Option<Method>, Problem> {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
        let command = match self.matching_time_step(account, &code)? {
            Some(step) => {
                let unused = step > account.state.factors.totp_step
                    && self.used_proofs.use_up(account.user, "totp", step).await?;
                return Ok(unused.then_some(Method::OneTimeCode));
            }
            None => Command::UseRecoveryCode { digest: self.digest(account.user, &code) },
        };
        let envelope =
            CommandEnvelope::<User>::new(account.user, command, system_actor_for(account.user));
        match self.commands.execute(envelope).await {
            Ok(_) => Ok(Some(Method::OneTimeCode)),
            Err(Failure::Refused(_)) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// The time step of a code of the app; `None` if it is wrong (RFC 6238).
    pub(super) fn matching_time_step(
        &self,
        account: &UserAccount,
        code: &str,
    ) -> Result<Option<u64>, Problem> {
        let secret = account.state.factors.totp.as_ref().and_then(|secret| secret.get());
        let Some(secret) = secret else { return Ok(None) };
        let now = self.commands.now().timestamp().cast_unsigned();
        Ok(totp(secret.reveal(), "user".into())?.check(code, now))
    }

    /// New recovery codes, and their digests for storage.
    pub(super) fn generate_recovery_codes(
        &self,
        user: UserId,
    ) -> Result<(Vec<String>, Vec<String>), Problem> {
        let mut codes = Vec::with_capacity(RECOVERY_CODE_COUNT);
        for _ in 0..RECOVERY_CODE_COUNT {
            let letters = random_bytes::<12>()?.map(|byte| ALPHABET[usize::from(byte % 32)]);
            codes.push(letters.map(char::from).iter().collect::<String>());
        }
        let digests = codes.iter().map(|code| self.digest(user, code)).collect();
        Ok((codes, digests))
    }

    fn digest(&self, user: UserId, code: &str) -> String {
        let code = format!("recovery code\0{user}\0{}", code.to_ascii_lowercase());
        URL_SAFE_NO_PAD.encode(self.commands.aggregates().keys().master().digest(&code))
    }
}

/// The TOTP of a secret in Base32.
pub(super) fn totp(secret: &str, account: String) -> anyhow::Result<Totp> {
    let secret = totp_rs::Secret::try_from_base32(secret)
        .map_err(|why| anyhow::anyhow!("the secret of an app: {why}"))?;
    let totp = Builder::new().with_secret(secret).with_account_name(account);
    let totp = totp.with_issuer(Some("Servicebook")).build();
    totp.map_err(|why| anyhow::anyhow!("an authenticator app: {why}"))
}

pub(super) fn wrong_code_problem() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        ProblemCode::WrongCode,
        "the code is wrong, or was used before",
    )
}
