//! What each message does to an order. Nothing is half applied (PUR-3).

use super::{Buyer, CabinetId, Event, Facts, Line, LineState, Purchase, Refusal, SkuOffer};
use crate::{
    Fault, MaybePersonal, Money, Personal, Sku,
    purchasing::feed::{Content, Delivery, Item, Message, Order, Organisation, Return},
};

/// The most licences of one line of a product that is issued separately.
const MAX_SEPARATE: u32 = 200;

impl Message {
    /// The products it speaks of.
    pub fn skus(&self) -> Vec<Sku> {
        match &self.content {
            Content::Recorded(order) | Content::Amended(order) => {
                order.lines.iter().map(|item| item.product.clone()).collect()
            }
            Content::Cancelled { .. } | Content::Refunded { .. } => vec![],
        }
    }
}

impl Purchase {
    pub(super) fn apply(&self, message: Message, facts: &Facts) -> Result<Event, Refusal> {
        let Message { delivery, content, .. } = message;
        let Some(cabinet) = self.cabinet.filter(|_| self.buyer.is_some()) else {
            return match content {
                Content::Recorded(order) => record(delivery, order, facts),
                _ => Err(Refusal::NotRecorded),
            };
        };
        match content {
            Content::Recorded(_) => Err(Refusal::AlreadyRecorded),
            Content::Refunded { lines, total } => {
                let lines = self.refunded(&lines, total)?;
                Ok(Event::Refunded { delivery, cabinet, lines, total })
            }
            _ if self.cancelled => Err(Refusal::Cancelled),
            Content::Amended(Order { organisation, lines, total }) => {
                if !self.is_of(&organisation) {
                    return Err(Refusal::OtherBuyer);
                }
                let lines = self.amended(lines, facts)?;
                Ok(Event::Amended { delivery, cabinet, lines, total })
            }
            Content::Cancelled { reason } => {
                let lines = self
                    .lines
                    .values()
                    .cloned()
                    .map(|line| discard(line, "the order was cancelled"));
                let reason = reason.filter(|_| !facts.buyer_erased);
                let reason = reason.map(|text| MaybePersonal::about(Some(cabinet.uuid()), text));
                Ok(Event::Cancelled { delivery, cabinet, lines: lines.collect(), reason })
            }
        }
    }

    pub(super) fn set_line_state(&mut self, line: u16, state: LineState) {
        if let Some(line) = self.lines.get_mut(&line) {
            line.state = state;
        }
    }

    fn is_of(&self, organisation: &Organisation) -> bool {
        let Some(buyer) = &self.buyer else { return false };
        if let (Some(now), Some(before)) = (&organisation.tax_id, &buyer.tax_id) {
            return now == before;
        }
        let external_id = buyer.external_id.as_ref();
        let erased = external_id.is_some_and(|id| id.get().is_none());
        erased || organisation.external_id.as_ref() == external_id.and_then(MaybePersonal::get)
    }

    /// The order as an amendment says it is: lines that it leaves out are withdrawn.
    fn amended(&self, items: Vec<Item>, facts: &Facts) -> Result<Vec<Line>, Refusal> {
        let mut lines = self.lines.clone();
        let named: Vec<u16> = items.iter().map(|item| item.line).collect();
        for (index, item) in items.into_iter().enumerate() {
            let line = match lines.remove(&item.line) {
                None => new_line(index, item, facts)?,
                Some(line) => change(line, index, item, facts)?,
            };
            lines.insert(line.line, line);
        }
        let withdrawn = |line: Line| {
            let kept = named.contains(&line.line);
            if kept { line } else { discard(line, "an amendment of the order left it out") }
        };
        Ok(lines.into_values().map(withdrawn).collect())
    }

    /// The order after some of it was given back for money.
    fn refunded(&self, returns: &[Return], total: Money) -> Result<Vec<Line>, Refusal> {
        let mut lines = self.lines.clone();
        let mut paid = Money::new(0, total.currency);
        for Return { line, quantity } in returns {
            let Some(line) = lines.get_mut(line) else {
                return Err(Refusal::NoSuchLine { line: *line });
            };
            line.returned = line.returned.saturating_add(*quantity);
            if line.returned > line.quantity {
                return Err(Refusal::TooMuch);
            }
            let price = line.price.times(*quantity);
            paid = price.and_then(|price| paid.plus(price)).ok_or(Refusal::TooMuch)?;
            if !line.is_final() && line.returned == line.quantity {
                line.state = LineState::Refunded;
            }
        }
        if total.amount > paid.amount {
            Err(Refusal::TooMuch)
        } else {
            Ok(lines.into_values().collect())
        }
    }
}

fn record(delivery: Delivery, order: Order, facts: &Facts) -> Result<Event, Refusal> {
    let Order { organisation, lines, total } = order;
    let cabinet = cabinet_of(&organisation, facts)?;
    let lines = lines.into_iter().enumerate().map(|(index, item)| new_line(index, item, facts));
    let mut lines = lines.collect::<Result<Vec<_>, _>>()?;
    lines.sort_unstable_by_key(|line| line.line);
    let Organisation { name, tax_id, external_id, country, contact_email } = organisation;
    let erased = facts.buyer_erased;
    let contact = contact_email.filter(|_| !erased);
    let contact = contact.map(|email| Personal::sealed(cabinet.uuid(), email));
    let person = tax_id.is_none().then_some(cabinet.uuid());
    let buyer = Buyer {
        name: name
            .filter(|_| !(erased && person.is_some()))
            .map(|name| MaybePersonal::about(person, name)),
        external_id: external_id
            .filter(|_| !(erased && person.is_some()))
            .map(|id| MaybePersonal::about(person, id)),
        tax_id,
        country,
        contact,
    };
    Ok(Event::Recorded { delivery, cabinet, buyer, lines, total })
}

/// PUR-4: whose order it is. An organisation with tax id and name has a cabinet even before there
/// is one, since its id follows from the tax id.
fn cabinet_of(organisation: &Organisation, facts: &Facts) -> Result<CabinetId, Refusal> {
    let by_tax_id = match (&organisation.tax_id, facts.by_tax_id) {
        (None, _) => None,
        (Some(_), Some(cabinet)) => Some(cabinet),
        (Some(tax_id), None) => {
            Some(CabinetId::from_tax_id(tax_id)).filter(|_| organisation.name.is_some())
        }
    };
    match (by_tax_id, facts.by_external_id) {
        (Some(by_tax), Some(by_external)) if by_tax != by_external => {
            Err(Refusal::AmbiguousOrganisation)
        }
        (None, Some(_)) if organisation.tax_id.is_some() => Err(Refusal::AmbiguousOrganisation),
        (Some(cabinet), _) | (None, Some(cabinet)) => Ok(cabinet),
        (None, None) => Err(Refusal::UnknownOrganisation),
    }
}

fn new_line(index: usize, item: Item, facts: &Facts) -> Result<Line, Refusal> {
    let Item { line, product: sku, quantity, parameters, price } = item;
    let offer = offer(&sku, facts)?;
    let separate = offer.separate.filter(|_| !offer.retired);
    let separate = separate.ok_or_else(|| Refusal::NotForSale { sku: sku.clone() })?;
    let line = Line {
        line,
        sku,
        product: offer.product,
        schema: offer.version,
        parameters,
        price,
        quantity,
        returned: 0,
        peak: quantity,
        separate,
        state: LineState::Open,
    };
    check(line, index, offer)
}

fn change(line: Line, index: usize, item: Item, facts: &Facts) -> Result<Line, Refusal> {
    let Item { line: number, product, quantity, parameters, price } = item;
    let unchanged_terms = quantity == line.quantity && parameters == line.parameters;
    if product != line.sku {
        return Err(Refusal::OtherProduct { line: number });
    }
    if line.is_final() {
        let unchanged = unchanged_terms && line.state == LineState::Refunded;
        return if unchanged { Ok(line) } else { Err(Refusal::LineOver { line: number }) };
    }
    let reduced = line.returned > 0 || line.peak > line.quantity;
    if quantity <= line.returned || (quantity > line.quantity && reduced) {
        return Err(Refusal::TakenBack { line: number });
    }
    let peak = line.peak.max(quantity);
    let state = if unchanged_terms { line.state.clone() } else { LineState::Open };
    check(Line { parameters, price, quantity, peak, state, ..line }, index, offer(&product, facts)?)
}

fn offer<'a>(sku: &Sku, facts: &'a Facts) -> Result<&'a SkuOffer, Refusal> {
    facts.products.get(sku).ok_or_else(|| Refusal::UnknownProduct { sku: sku.clone() })
}

/// LIC-1 before there is a licence: parameters are as the product declares them.
fn check(line: Line, index: usize, offer: &SkuOffer) -> Result<Line, Refusal> {
    if line.separate && line.quantity > MAX_SEPARATE {
        return Err(Refusal::TooMany { line: line.line, limit: MAX_SEPARATE });
    }
    let schema = offer.schemas.get(&line.schema).cloned().unwrap_or_default();
    let at = format!("/data/lines/{index}/parameters");
    let faults: Vec<Fault> = schema.parameter_faults(&line.parameters, &at);
    if faults.is_empty() { Ok(line) } else { Err(Refusal::BadParameters { faults }) }
}

fn discard(line: Line, reason: &str) -> Line {
    match line.state {
        LineState::Open | LineState::Fulfilled => {
            Line { state: LineState::Discarded { reason: reason.to_owned() }, ..line }
        }
        LineState::Refunded | LineState::Discarded { .. } => line,
    }
}
