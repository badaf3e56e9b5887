//! The client against a broker whose every answer is written in the test.

mod connection;
mod group;
mod produce;
mod scripted_broker;
