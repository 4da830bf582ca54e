//! The public pages, which work without scripts. What a form asks for is done by the function that answers
//! the same operation of the API; so a page can do nothing that everybody may not do.

mod account;
mod appointment;
mod booking;
mod demonstration;
mod form;
mod format;
mod free_times;
mod home;
mod hours;
mod invitation;
mod language;
mod middleware;
mod offers;
mod page;
mod status;
mod structured_data;
mod stylesheet;
mod texts;
mod verification;

use axum::{
    Router,
    response::Redirect,
    routing::{MethodRouter, get, post},
};

pub(crate) use demonstration::mark_demonstration;
pub(crate) use format::{date, date_and_time};
pub(crate) use language::{Phrase, accepted_language, in_language_of_account, say, say_in};
pub(crate) use middleware::localize_and_render_problems;
pub(crate) use page::{PORTAL_PATH, page};
pub(crate) use texts::{FOREIGN_FORM, problem_text};

use crate::App;

/// The addresses of the pages, and who answers them.
fn pages() -> Vec<(&'static str, MethodRouter<App>)> {
    let sign_in = get(|| async { Redirect::to(page::SIGN_IN_PATH) });
    vec![
        (stylesheet::STYLESHEET_PATH, get(stylesheet::serve_stylesheet)),
        ("/", get(home::home)),
        ("/book", get(booking::services_page)),
        ("/book/{service}", get(booking::service_page).post(booking::book)),
        ("/a/{token}", get(appointment::appointment_page)),
        ("/a/{token}/cancel", post(appointment::cancel)),
        ("/a/{token}/move", get(appointment::move_page).post(appointment::move_to)),
        ("/a/{token}/calendar.ics", get(appointment::calendar_file)),
        ("/docs", get(|| async { Redirect::to("/api/v1/docs") })),
        ("/status", get(status::status)),
        ("/sign-in", sign_in),
        ("/sign-up", get(account::sign_up_page).post(account::sign_up)),
        ("/forgot", get(account::request_reset_page).post(account::request_reset)),
        ("/verify-email", get(account::verify_email_page).post(account::verify_email)),
        ("/reset", get(account::reset_password_page).post(account::reset_password)),
        ("/change-email", get(account::change_email_page).post(account::change_email)),
        ("/verify/{code}", get(verification::verification_page)),
        ("/invitation", get(invitation::invitation_page).post(invitation::accept)),
    ]
}

pub(crate) fn routes() -> Router<App> {
    pages().into_iter().fold(Router::new(), |router, (path, page)| router.route(path, page))
}

/// The paths that a gateway is to forward.
pub(crate) fn path_prefixes() -> impl Iterator<Item = &'static str> {
    pages().into_iter().map(|(path, _)| path.split("/{").next().unwrap_or(path))
}
