//! Python of the user's: the interpreter that runs a program's functions, and the processes that run them.
//!
//! The functions of `foreachBatch` run in PySpark's own worker, which connects back and is told about each batch. A
//! worker has the interpreter, environment and directory of the program, as `millstream submit` sent them; what it
//! prints goes to the program's terminal.

mod interpreter;
mod output;
mod udf;
mod worker;

pub(crate) use interpreter::Interpreter;
pub(crate) use udf::{PythonFunction, is_done};
pub(crate) use worker::{Outcome, Script, Worker};
