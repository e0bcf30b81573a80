//! The operations, one file per resource, over the real router and a real database.

mod along;
mod audit;
mod audit_chain;
mod backup;
mod booking_file;
mod bounds;
mod consent;
mod counter;
mod door;
mod flags;
mod forms;
mod guards;
mod interviews;
mod join;
mod login;
mod notes;
mod restored_list;
mod retention;
mod reviews;
mod rules;
mod safety;
mod second_factor;
mod sessions;
mod speakers;
mod users;
mod withdrawals;
