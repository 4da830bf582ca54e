//! How far a right goes, decided in one place for commands and queries alike.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Actor, Reach};
use crate::{crm::CustomerId, macros::display_as_serialized, organizations::CabinetId};

/// One cell of the rights matrix: over whose things a role has a right.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Nobody's.
    None,
    /// Their own.
    Own,
    /// Those of their active cabinet as well.
    Cabinet,
    /// Those of the cabinets below it as well.
    Subtree,
    /// Everybody's.
    All,
}

display_as_serialized!(Scope);

/// To whom a thing belongs; nobody where nothing is named.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Owner {
    pub user: Option<Uuid>,
    pub customer: Option<CustomerId>,
    pub cabinet: Option<CabinetId>,
}

/// Whose things someone sees: a [`Scope`] applied to an [`Actor`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RowScope {
    Nothing,
    /// Their own.
    Own(OwnScope),
    /// What belongs to these cabinets, and their own.
    Cabinets {
        cabinets: Vec<CabinetId>,
        own: OwnScope,
    },
    All,
}

/// To whom something is their own: as a user, or as the customer they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnScope {
    pub user: Uuid,
    pub customer: Option<CustomerId>,
    pub place: CabinetLimit,
}

/// Where something must belong to be somebody's own; what belongs to no cabinet is everywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CabinetLimit {
    Anywhere,
    /// A client acts in one cabinet at a time (ORG-8), and what they did in another is not theirs to
    /// take along.
    In(Option<CabinetId>),
}

impl OwnScope {
    fn of(actor: &Actor) -> Self {
        let place = if actor.role.is_client() {
            CabinetLimit::In(actor.cabinet)
        } else {
            CabinetLimit::Anywhere
        };
        Self { user: actor.id, customer: actor.customer, place }
    }

    fn owns(&self, owner: &Owner) -> bool {
        let in_place = match self.place {
            CabinetLimit::Anywhere => true,
            CabinetLimit::In(cabinet) => owner.cabinet.is_none() || owner.cabinet == cabinet,
        };
        let is_theirs = owner.user == Some(self.user)
            || self.customer.is_some() && owner.customer == self.customer;
        in_place && is_theirs
    }
}

impl Scope {
    /// Whether the right covers a thing of this owner.
    pub fn permits(self, actor: &Actor, owner: &Owner) -> bool {
        self.row_scope(actor).covers(owner)
    }

    /// Whether the right covers what is, or is to be, below a cabinet. Clients need the reach
    /// over its subtree for that.
    pub fn permits_below(self, actor: &Actor, owner: &Owner) -> bool {
        let reaches = !actor.role.is_client() || self.capped_by_reach(actor) >= Self::Subtree;
        reaches && self.permits(actor, owner)
    }

    /// What the right lets someone see.
    pub fn row_scope(self, actor: &Actor) -> RowScope {
        let own = OwnScope::of(actor);
        let cabinets = match self.capped_by_reach(actor) {
            Self::None => return RowScope::Nothing,
            Self::All => return RowScope::All,
            Self::Own => return RowScope::Own(own),
            Self::Cabinet => actor.cabinet.into_iter().collect(),
            Self::Subtree => actor.reachable.clone(),
        };
        RowScope::Cabinets { cabinets, own }
    }

    /// What the matrix gives a client goes no further than their reach; what it gives to
    /// everybody (a published product) needs none.
    #[must_use]
    pub fn capped_by_reach(self, actor: &Actor) -> Self {
        let reach = match actor.reach {
            Reach::Own => Self::Own,
            Reach::Cabinet => Self::Cabinet,
            Reach::Subtree => Self::Subtree,
        };
        if actor.role.is_client() && self != Self::All { self.min(reach) } else { self }
    }
}

impl RowScope {
    /// Whether a thing of this owner is seen.
    pub fn covers(&self, owner: &Owner) -> bool {
        match self {
            Self::Nothing => false,
            Self::All => true,
            Self::Own(own) => own.owns(owner),
            Self::Cabinets { cabinets, own } => {
                own.owns(owner) || owner.cabinet.is_some_and(|id| cabinets.contains(&id))
            }
        }
    }

    /// The same scope in all cabinets: for what a user must see of their own wherever they act.
    #[must_use]
    pub fn in_all_cabinets(mut self) -> Self {
        if let Self::Own(own) | Self::Cabinets { own, .. } = &mut self {
            own.place = CabinetLimit::Anywhere;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    const USER: Uuid = Uuid::from_u128(1);

    #[test]
    fn a_client_goes_no_further_than_their_reach() {
        let permitted = |scope: Scope, reach| {
            let actor = client(reach);
            [mine(), of_cabinet(2), of_cabinet(3), of_cabinet(4)]
                .map(|owner| scope.permits(&actor, &owner))
        };

        assert_eq!(permitted(Scope::Subtree, Reach::Own), [true, false, false, false]);
        assert_eq!(permitted(Scope::Subtree, Reach::Cabinet), [true, true, false, false]);
        assert_eq!(permitted(Scope::Subtree, Reach::Subtree), [true, true, true, false]);
        assert_eq!(permitted(Scope::Cabinet, Reach::Subtree), [true, true, false, false]);
        assert_eq!(permitted(Scope::Own, Reach::Subtree), [true, false, false, false]);
        assert_eq!(permitted(Scope::None, Reach::Subtree), [false; 4]);
        assert_eq!(permitted(Scope::All, Reach::Own), [true; 4]);
    }

    #[test]
    fn what_belongs_to_the_customer_they_are_belongs_to_them() {
        let theirs = |customer: u128| Owner {
            customer: Some(Uuid::from_u128(customer).into()),
            ..Owner::default()
        };
        let actor = Actor { customer: theirs(7).customer, ..Actor::new(USER, Role::ClientUser) };

        assert!(Scope::Own.permits(&actor, &theirs(7)));
        assert!(!Scope::Own.permits(&actor, &theirs(8)));
    }

    #[test]
    fn what_is_nobodys_is_not_theirs_because_they_are_no_customer() {
        let actor = Actor::new(USER, Role::ClientUser);
        for scope in [Scope::Own, Scope::Cabinet, Scope::Subtree] {
            assert!(!scope.permits(&actor, &Owner::default()));
        }
    }

    #[test]
    fn org_8_what_somebody_did_in_another_cabinet_is_not_theirs_while_they_act_in_this_one() {
        let mine_in = |cabinet| Owner { user: Some(USER), ..of_cabinet(cabinet) };
        for reach in [Reach::Own, Reach::Cabinet, Reach::Subtree] {
            let actor = client(reach);
            assert!(Scope::Own.permits(&actor, &mine_in(2)));
            assert!(!Scope::Subtree.permits(&actor, &mine_in(4)), "{reach:?}");
            assert!(Scope::Own.row_scope(&actor).in_all_cabinets().covers(&mine_in(4)));
            // A removed member acts in no cabinet.
            let removed = Actor { cabinet: None, reachable: vec![], ..actor };
            assert!(!Scope::Subtree.permits(&removed, &mine_in(2)));
            assert!(Scope::Subtree.permits(&removed, &mine()));
        }
        let employee = Actor::new(USER, Role::Employee);
        assert!(Scope::Own.permits(&employee, &mine_in(2)));
    }

    #[test]
    fn what_comes_to_lie_below_a_cabinet_takes_the_reach_over_its_sub_tree() {
        for (reach, permitted) in
            [(Reach::Own, false), (Reach::Cabinet, false), (Reach::Subtree, true)]
        {
            assert_eq!(Scope::Subtree.permits_below(&client(reach), &of_cabinet(2)), permitted);
        }
        assert!(!Scope::Subtree.permits_below(&client(Reach::Subtree), &of_cabinet(4)));
        assert!(Scope::All.permits_below(&Actor::new(USER, Role::Employee), &of_cabinet(4)));
    }

    #[test]
    fn the_reach_of_those_who_are_no_clients_is_not_asked() {
        let employee = Actor { cabinet: of_cabinet(2).cabinet, ..Actor::new(USER, Role::Employee) };
        assert!(Scope::Cabinet.permits(&employee, &of_cabinet(2)));
    }

    /// In cabinet 2, which has cabinet 3 below it.
    fn client(reach: Reach) -> Actor {
        let reachable = [2, 3].map(|cabinet| Uuid::from_u128(cabinet).into()).to_vec();
        let cabinet = Some(reachable[0]);
        Actor { reach, cabinet, reachable, ..Actor::new(USER, Role::ClientAdmin) }
    }

    fn mine() -> Owner {
        Owner { user: Some(USER), ..Owner::default() }
    }

    fn of_cabinet(cabinet: u128) -> Owner {
        Owner { cabinet: Some(Uuid::from_u128(cabinet).into()), ..Owner::default() }
    }
}
