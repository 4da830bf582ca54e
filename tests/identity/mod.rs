mod access;
mod accounts;
mod forging;
mod guessing;
mod oauth;
mod passkeys;
mod refresh;
mod second_factor;
