//! Python of the user's: the interpreter that runs a program's functions, and the processes that run them.
//!
//! The functions of `foreachBatch` run in PySpark's own worker, which connects back and is told about each batch;
//! functions of tables and of groups in PySpark's own worker, too, a run a task. A worker has the interpreter,
//! environment and directory of the program, as `millstream submit` sent them; what it prints goes to the program's
//! terminal.

mod arrow_stream;
mod group_function;
mod interpreter;
mod output;
mod table_function;
mod tasks;
mod udf;
mod worker;

pub(crate) use group_function::PythonGroups;
pub(crate) use interpreter::Interpreter;
pub(crate) use table_function::PythonTable;
pub(crate) use tasks::{TaskFunction, offsets, python_of};
pub(crate) use udf::{PythonFunction, is_done};
pub(crate) use worker::{Outcome, Script, Worker};
