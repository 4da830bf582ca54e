//! Specification of licences.

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::{
    access::Actor,
    spec::{Spec, now},
};

pub(super) const DAY: TimeDelta = TimeDelta::days(1);

#[test]
fn a_licence_is_issued_for_a_term_that_the_product_defines() {
    License::given([]).knowing(facts()).when(issue(None)).then([issued(Some(year()))]);
    License::given([]).knowing(facts()).when(issue(Some(now() + DAY))).then([issued(Some(DAY))]);
    let perpetual = policy(OfferPolicy { until: None, ..a_year() });
    License::given([]).knowing(perpetual).when(issue(None)).then([issued(None)]);
}

#[test]
fn it_is_issued_only_to_a_cabinet_and_for_a_product_that_exist() {
    let nobody = Facts { cabinet_exists: false, ..facts() };
    License::given([]).knowing(nobody).when(issue(None)).refused(Refusal::UnknownCabinet);
    let closed = Facts { cabinet_closed: true, ..facts() };
    License::given([]).knowing(closed).when(issue(None)).refused(Refusal::CabinetClosed);
    let nothing = Facts { product: None, ..facts() };
    License::given([]).knowing(nothing).when(issue(None)).refused(Refusal::UnknownProduct);
    let unsaid = Facts { product: Some(ProductOffer { policy: None, ..offer() }), ..facts() };
    License::given([]).knowing(unsaid).when(issue(None)).refused(Refusal::NoPolicy);
}

#[test]
fn cat_8_a_retired_product_is_sold_no_more_but_what_was_ordered_is_delivered() {
    let retired = || Facts { product: Some(ProductOffer { retired: true, ..offer() }), ..facts() };
    License::given([]).knowing(retired()).when(issue(None)).refused(Refusal::RetiredProduct);
    let event = of_an_order(issued(Some(year())));
    let fulfil = || License::given([]).knowing(retired()).by(Actor::system("fulfilment"));
    fulfil().when(ordered()).then([event]);
    License::given([]).knowing(facts()).when(ordered()).refused(Refusal::OriginGiven);
}

#[test]
fn an_order_is_fulfilled_once() {
    let history = [of_an_order(issued(Some(year()))), Event::Revoked { reason: reason() }];
    let by = Actor::system("fulfilment");
    License::given(history).knowing(facts()).by(by).when(ordered()).then([]);
    License::given([issued(Some(year()))])
        .knowing(facts())
        .when(issue(None))
        .refused(Refusal::AlreadyIssued);
}

#[test]
fn lic_1_parameters_are_as_the_product_declares_them() {
    let faults = |outcome: Result<Vec<Event>, Refusal>| match outcome {
        Err(Refusal::BadParameters { faults }) => {
            faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
        }
        other => panic!("{other:?}"),
    };
    let mut command = issue(None);
    let Command::Issue(issue) = &mut command else { unreachable!() };
    issue.parameters.insert("users".into(), json!(0));
    let outcome = License::default().decide(command, &case());
    assert_eq!(faults(outcome), ["/parameters/users"]);

    let change = Command::ChangeParameters { parameters: users(0) };
    let license = License::default().evolve(issued(Some(year())));
    assert_eq!(faults(license.decide(change, &case())), ["/parameters/users"]);

    License::given([issued(Some(year()))])
        .knowing(facts())
        .when(Command::ChangeParameters { parameters: users(9) })
        .then([Event::ParametersChanged { schema: version(), parameters: users(9) }]);
}

#[test]
fn lic_2_terms_are_half_open_and_do_not_overlap() {
    let end = now() + year();
    let renew = |from| Command::Renew { from, until: Some(end + year()) };
    let renewed = Event::Renewed { number: 2, term: term(end, Some(year())) };
    License::given([issued(Some(year()))]).knowing(facts()).when(renew(end)).then([renewed]);
    License::given([issued(Some(year()))])
        .knowing(facts())
        .when(renew(end - DAY))
        .refused(Refusal::Overlap { until: end });
    License::given([issued(Some(year()))])
        .knowing(facts())
        .when(renew(end + year()))
        .refused(Refusal::EmptyTerm);
    let beyond = "9999-01-01T00:00:00Z".parse().unwrap();
    License::given([]).knowing(facts()).when(issue(Some(beyond))).refused(Refusal::EmptyTerm);
}

#[test]
fn lic_2_what_never_ends_is_not_renewed() {
    let renew = Command::Renew { from: now() + year(), until: Some(now() + year() * 2) };
    License::given([issued(None)]).knowing(facts()).when(renew).refused(Refusal::Perpetual);
}

#[test]
fn lic_3_status_follows_from_terms_and_clock_alone() {
    let license = License::default().evolve(issued(Some(year())));
    let end = now() + year();
    let grace = TimeDelta::days(14);
    for (moment, status) in [
        (now() - DAY, Status::Pending),
        (now(), Status::Active),
        (end - DAY, Status::Active),
        (end, Status::Grace),
        (end + grace, Status::Expired),
    ] {
        assert_eq!(license.status(moment), Some(status), "{moment}");
    }
    assert_eq!(License::default().status(now()), None);
}

#[test]
fn lic_3_the_end_of_a_term_is_recorded_once_and_not_before() {
    let end = now() + year();
    let expire = Command::Expire { term: 1 };
    License::given([issued(Some(year()))]).when(expire.clone()).refused(Refusal::NotDue);
    License::given([issued(Some(year()))]).at(end).when(expire.clone()).then([expired(1, end)]);
    License::given([issued(Some(year())), expired(1, end)]).at(end).when(expire).then([]);
    License::given([issued(Some(year()))])
        .at(end)
        .when(Command::Expire { term: 2 })
        .refused(Refusal::NoSuchTerm);
}

#[test]
fn lic_3_a_renewal_recorded_late_wins_and_the_notice_stays() {
    let end = now() + year();
    let history = || [issued(Some(year())), expired(1, end)];
    let renewed = Event::Renewed { number: 2, term: term(end, Some(year())) };
    License::given(history())
        .knowing(facts())
        .at(end + DAY * 20)
        .when(Command::Renew { from: end, until: Some(end + year()) })
        .then([renewed.clone()]);
    let license = history().into_iter().chain([renewed]).fold(License::default(), License::evolve);
    assert_eq!(license.status(end + DAY * 20), Some(Status::Active));
}

#[test]
fn lic_3_a_renewed_term_does_not_expire() {
    let end = now() + year();
    let renewed = Event::Renewed { number: 2, term: term(end, Some(year())) };
    License::given([issued(Some(year())), renewed])
        .at(end)
        .when(Command::Expire { term: 1 })
        .refused(Refusal::Renewed);
}

#[test]
fn lic_10_a_notice_goes_out_once_for_each_distance_and_term() {
    let end = now() + year();
    let notice = |days| Command::NoticeExpiry { term: 1, days };
    License::given([issued(Some(year()))])
        .at(end - DAY * 31)
        .when(notice(30))
        .refused(Refusal::NotDue);
    License::given([issued(Some(year()))])
        .at(end - DAY * 30)
        .when(notice(30))
        .then([noticed(30, end)]);
    License::given([issued(Some(year())), noticed(30, end)])
        .at(end - DAY * 29)
        .when(notice(30))
        .then([]);
}

#[test]
fn lic_10_of_several_late_notices_only_the_nearest_goes_out() {
    let end = now() + year();
    let at = end - DAY * 5;
    let late = || License::given([issued(Some(year()))]).at(at);
    late().when(Command::NoticeExpiry { term: 1, days: 30 }).refused(Refusal::NotDue);
    late().when(Command::NoticeExpiry { term: 1, days: 7 }).then([noticed(7, end)]);
    License::given([issued(Some(year())), noticed(7, end)])
        .at(at)
        .when(Command::NoticeExpiry { term: 1, days: 30 })
        .refused(Refusal::NotDue);
}

#[test]
fn lic_10_no_notice_after_a_renewal() {
    let end = now() + year();
    let renewed = Event::Renewed { number: 2, term: term(end, Some(year())) };
    License::given([issued(Some(year())), renewed])
        .at(end - DAY)
        .when(Command::NoticeExpiry { term: 1, days: 1 })
        .refused(Refusal::Renewed);
}

#[test]
fn lic_10_a_short_licence_does_not_begin_with_a_warning() {
    let license = License::default().evolve(issued(Some(DAY * 30)));
    let due = license.next_expiry_step(now()).unwrap();
    assert_eq!((due.step, due.at), (ExpiryStep::Notice { days: 7 }, now() + DAY * 23));
}

#[test]
fn a_suspended_licence_comes_back_and_a_revoked_one_does_not() {
    let suspended = || Event::Suspended { reason: reason() };
    License::given([issued(None)]).when(Command::Suspend { reason: reason() }).then([suspended()]);
    License::given([issued(None), suspended()])
        .when(Command::Reinstate {})
        .then([Event::Reinstated {}]);
    License::given([issued(None)])
        .when(Command::Revoke { reason: reason() })
        .then([Event::Revoked { reason: reason() }]);
    License::given([issued(None), Event::Revoked { reason: reason() }])
        .when(Command::Reinstate {})
        .refused(Refusal::Revoked);
    let license = [issued(None), suspended()].into_iter().fold(License::default(), License::evolve);
    assert_eq!(license.status(now()), Some(Status::Suspended));
}

#[test]
fn a_licence_has_at_least_one_seat() {
    let change = |quantity| Command::ChangeQuantity { quantity };
    License::given([issued(None)]).when(change(0)).refused(Refusal::NoSeat);
    License::given([issued(None)]).when(change(8)).then([Event::QuantityChanged { quantity: 8 }]);
}

pub(super) fn year() -> TimeDelta {
    DAY * 365
}

fn version() -> SchemaVersion {
    SchemaVersion { major: 2, minor: 1 }
}

pub(super) fn offer() -> ProductOffer {
    let users = json!({ "users": { "type": "integer", "minimum": 1 } });
    let schema = json!({ "type": "object", "properties": users });
    ProductOffer {
        retired: false,
        policy: Some(a_year()),
        version: version(),
        schema: serde_json::from_value(schema).unwrap(),
    }
}

fn a_year() -> OfferPolicy {
    OfferPolicy { until: Some(now() + year()), grace_days: 14, notices: vec![30, 7] }
}

fn facts() -> Facts {
    Facts { cabinet_exists: true, cabinet_closed: false, product: Some(offer()) }
}

fn policy(policy: OfferPolicy) -> Facts {
    Facts { product: Some(ProductOffer { policy: Some(policy), ..offer() }), ..facts() }
}

fn case() -> DecisionContext<Facts> {
    let by = Actor::system("test");
    DecisionContext { id: crate::spec::SELF, by, now: now(), facts: facts() }
}

fn reason() -> Text<500> {
    "unpaid".parse().unwrap()
}

fn users(users: u8) -> Parameters {
    Parameters::from_iter([("users".to_owned(), json!(users))])
}

pub(super) fn term(from: DateTime<Utc>, length: Option<TimeDelta>) -> Term {
    Term { from, until: length.map(|length| from + length) }
}

fn origin() -> LicenseOrigin {
    LicenseOrigin { purchase: Uuid::from_u128(3).into(), line: 1, unit: 0 }
}

fn grant() -> Grant {
    Grant {
        cabinet: Uuid::from_u128(1).into(),
        product: Uuid::from_u128(2).into(),
        quantity: 5,
        schema: version(),
        parameters: users(3),
        grace_days: 14,
        notices: vec![30, 7],
        origin: None,
    }
}

pub(super) fn issued(length: Option<TimeDelta>) -> Event {
    Event::Issued { grant: grant(), term: term(now(), length) }
}

fn of_an_order(event: Event) -> Event {
    let Event::Issued { grant, term } = event else { unreachable!() };
    Event::Issued { grant: Grant { origin: Some(origin()), ..grant }, term }
}

fn issue(until: Option<DateTime<Utc>>) -> Command {
    let Grant { cabinet, product, quantity, parameters, .. } = grant();
    let from = now();
    Command::Issue(Issuance { cabinet, product, quantity, parameters, from, until, origin: None })
}

fn ordered() -> Command {
    let Grant { cabinet, product, quantity, parameters, .. } = grant();
    let (from, until, origin) = (now(), None, Some(origin()));
    Command::Issue(Issuance { cabinet, product, quantity, parameters, from, until, origin })
}

pub(super) fn expired(term: u32, until: DateTime<Utc>) -> Event {
    let Grant { cabinet, product, .. } = grant();
    Event::Expired { term, until, cabinet, product }
}

pub(super) fn noticed(days: u16, until: DateTime<Utc>) -> Event {
    let Grant { cabinet, product, .. } = grant();
    Event::ExpiryNoticed { term: 1, days, until, cabinet, product }
}
