mod access;
mod accounts;
mod guessing;
mod refresh;
mod second_factor;
