//! The page on which somebody accepts an invitation: as who they are, or with a new account.

use axum::{extract::State, http::HeaderMap, response::Response};
use commands::Receipt;
use maud::html;

use super::{
    account::{NAME, PASSWORD, form_response, invalid_link_page, success_page_with_sign_in_link},
    form::{FilledForm, Form, PrefilledForm},
    language::{reader_language, say},
    page::page,
    texts::{self as shared, account as texts},
};
use crate::{
    App,
    oauth::SignedInUser,
    organizations::{AcceptAs, NewAccount, accept_as, verify_token},
    problem::Problem,
};

pub(super) async fn invitation_page(
    State(app): State<App>,
    headers: HeaderMap,
    PrefilledForm(form): PrefilledForm,
) -> Result<Response, Problem> {
    let signed_in = SignedInUser::from_cookies(&app, &headers).await?;
    let invited = cabinet_name(&app, form.get("token")).await;
    let cabinet = invited.as_deref().unwrap_or_default().to_owned();
    let filled = FilledForm { form: &form, problem: None };
    let page = |filled: &FilledForm<'_>| invitation_form(filled, signed_in.as_ref(), &cabinet);
    form_response(invited, &filled, page, page)
}

pub(super) async fn accept(
    State(app): State<App>,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    let signed_in = SignedInUser::from_cookies(&app, &headers).await?;
    let cabinet = cabinet_name(&app, form.get("token")).await.unwrap_or_default();
    let accepted = accept_form(&app, &form, signed_in.as_ref()).await;
    let filled = FilledForm { form: &form, problem: None };
    let again = |filled: &FilledForm<'_>| invitation_form(filled, signed_in.as_ref(), &cabinet);
    form_response(accepted, &filled, again, |_| success_page_with_sign_in_link(texts::JOINED))
}

async fn accept_form(
    app: &App,
    form: &Form,
    signed_in: Option<&SignedInUser>,
) -> Result<Receipt, Problem> {
    let invitation = verify_token(app, form.get("token")).await?;
    let invitee = match signed_in {
        Some(signed_in) => AcceptAs::User(signed_in.account.user),
        None => AcceptAs::Newcomer(NewAccount {
            language: reader_language(),
            ..form.without("token").read()?
        }),
    };
    accept_as(app, invitation, invitee).await
}

/// What invites, by the token of an invitation that can still be accepted.
async fn cabinet_name(app: &App, token: &str) -> Result<String, Problem> {
    let lost = || Problem::invalid("/token", "the invitation was accepted, taken back, or is over");
    let aggregates = app.commands.aggregates();
    let invitation = aggregates.load(verify_token(app, token).await?).await?;
    let offer = invitation.offer().filter(|_| invitation.is_open(app.commands.now()));
    let cabinet = aggregates.load(offer.ok_or_else(lost)?.cabinet).await?;
    let name = cabinet.details().and_then(|details| details.name.get());
    Ok(name.ok_or_else(lost)?.to_string())
}

fn invitation_form(
    filled: &FilledForm<'_>,
    signed_in: Option<&SignedInUser>,
    cabinet: &str,
) -> Response {
    if filled.is_faulty("token") {
        return invalid_link_page(&html! {});
    }
    let body = if let Some(signed_in) = signed_in {
        let name = signed_in.account.state.name.get();
        html! {
            p.lead {
                (say(texts::SIGNED_IN_AS)) " " b { (name.map_or("", |name| name.as_str())) } "."
            }
            (filled.form(&[], &filled.hidden_input("token"), texts::ACCEPT))
        }
    } else {
        let inputs = html! {
            (filled.hidden_input("token")) (filled.field(NAME)) (filled.field(PASSWORD))
        };
        html! {
            p.lead { (say(texts::INVITATION_LEAD)) }
            (filled.form(&[NAME, PASSWORD], &inputs, texts::SIGN_UP))
            p.aside {
                (say(texts::INVITATION_HAVE_ACCOUNT)) " "
                a href="/sign-in" { (say(shared::SIGN_IN)) }
            }
        }
    };
    let title = format!("{} {cabinet}", say(texts::INVITED_TO));
    page(filled.status(), &title, &body)
}
