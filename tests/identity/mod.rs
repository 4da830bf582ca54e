mod access;
mod accounts;
mod guessing;
mod oauth;
mod refresh;
mod second_factor;
