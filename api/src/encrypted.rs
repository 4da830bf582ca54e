//! Values that travel with the browser: encrypted and authenticated, each for one cookie or form field.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::{App, problem::Problem};

/// Encrypts a value for a cookie or a form field of this name.
pub(crate) fn encrypt_text(
    app: &App,
    name: &str,
    value: &impl Serialize,
) -> Result<String, Problem> {
    let plain = serde_json::to_vec(value).map_err(anyhow::Error::from)?;
    let sealed = app.commands.aggregates().keys().master().seal(name.as_bytes(), &plain);
    let sealed = sealed.map_err(|_| anyhow::anyhow!("{name} could not be sealed"))?;
    Ok(URL_SAFE_NO_PAD.encode(sealed))
}

/// The value that was encrypted for this name.
pub(crate) fn decrypt<T: DeserializeOwned>(app: &App, name: &str, sealed: &str) -> Option<T> {
    let sealed = URL_SAFE_NO_PAD.decode(sealed).ok()?;
    let plain = app.commands.aggregates().keys().master().open(name.as_bytes(), &sealed).ok()?;
    serde_json::from_slice(&plain).ok()
}
