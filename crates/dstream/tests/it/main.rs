//! The service from the outside: a gRPC client against the server, with workers that speak PySpark's protocol without
//! PySpark (`fake_daemon.py`, which needs only `python3`).

mod context;
mod driver;
mod hostile;
mod jobs;
mod streams;
