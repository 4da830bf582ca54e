//! The list of all aggregates.

use crate::Handler;

/// Passes the list of all aggregates to a macro: those with read models, and those without.
#[macro_export]
macro_rules! aggregates {
    ($with:ident) => {
        $with! {
            with_read_model: [
                domain::analytics::replay::Replay,
                domain::catalog::product::Product,
                domain::crm::customer::Customer,
                domain::documents::template::Template,
                domain::files::export::Export,
                domain::files::file::File,
                domain::files::saved_export::SavedExport,
                domain::identity::authorization::Authorization,
                domain::identity::impersonation::Impersonation,
                domain::identity::oauth_client::OAuthClient,
                domain::identity::preferences::Preferences,
                domain::identity::provider::Provider,
                domain::identity::service_account::ServiceAccount,
                domain::identity::session::Session,
                domain::identity::user::User,
                domain::licensing::license::License,
                domain::notifications::announcement::Announcement,
                domain::notifications::notification::Notification,
                domain::notifications::preferences::Preferences,
                domain::organizations::cabinet::Cabinet,
                domain::organizations::invitation::Invitation,
                domain::organizations::membership::Membership,
                domain::platform::business::Business,
                domain::purchasing::purchase::Purchase,
                domain::purchasing::purchase_event::PurchaseEvent,
                domain::scheduling::appointment::Appointment,
                domain::scheduling::resource::Resource,
                domain::scheduling::service::Service,
                domain::support::issue::Issue,
                domain::support::r#macro::Macro,
            ]
            without_read_model: [
                domain::platform::subject::Subject,
            ]
        }
    };
}

/// An operation on every aggregate.
pub trait AggregateVisitor {
    fn visit<A: Handler>(&mut self);
}

macro_rules! visit_aggregates {
    (with_read_model: [$($with:ty,)*] without_read_model: [$($without:ty,)*]) => {
        /// Calls `visitor` for every aggregate of the business.
        pub fn visit_aggregates(visitor: &mut impl AggregateVisitor) {
            $(visitor.visit::<$with>();)*
            $(visitor.visit::<$without>();)*
        }
    };
}

aggregates!(visit_aggregates);
