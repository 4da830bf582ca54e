//! Customer relations: the people and organisations that the business deals with.

mod customer;
