mod mail;
mod smtp;
