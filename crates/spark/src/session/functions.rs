//! A session's Python functions: those that it has used lately, whose workers run, and those that have a name.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::python::{PythonFunction, TaskFunction};

/// Functions whose workers are kept running.
const KEPT: usize = 16;
/// Functions of tables and groups whose workers are kept running; each has pandas loaded.
const KEPT_TASKS: usize = 8;
/// Functions that one session may register.
const MAX_NAMED: usize = 1024;

/// The functions.
#[derive(Debug, Default)]
pub(crate) struct Functions {
    recent: Mutex<VecDeque<Arc<PythonFunction>>>,
    tasks: Mutex<VecDeque<Arc<TaskFunction>>>,
    named: Mutex<HashMap<String, Arc<PythonFunction>>>,
}

impl Functions {
    /// The function of this name and content, if it was used lately.
    pub(crate) fn find(&self, name: &str, command: &[u8]) -> Option<Arc<PythonFunction>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|known| known.name == name && known.command == command).cloned()
    }

    /// Remembers a function; the oldest one goes.
    pub(crate) fn keep(&self, function: Arc<PythonFunction>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() >= KEPT {
            recent.pop_front();
        }
        recent.push_back(function);
    }

    /// The function of tables or groups with this setting and content, if it was used lately.
    pub(crate) fn find_task(&self, setting: &str, command: &[u8]) -> Option<Arc<TaskFunction>> {
        let tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        tasks.iter().find(|known| known.is(setting, command)).cloned()
    }

    /// Remembers a function of tables or groups; the oldest one goes.
    pub(crate) fn keep_task(&self, function: Arc<TaskFunction>) {
        let mut tasks = self.tasks.lock().unwrap_or_else(PoisonError::into_inner);
        if tasks.len() >= KEPT_TASKS {
            tasks.pop_front();
        }
        tasks.push_back(function);
    }

    /// Registers a function by its name; false if there are too many.
    pub(crate) fn register(&self, function: Arc<PythonFunction>) -> bool {
        let mut named = self.named.lock().unwrap_or_else(PoisonError::into_inner);
        if named.len() >= MAX_NAMED {
            return false;
        }
        named.insert(function.name.to_lowercase(), function);
        true
    }

    /// The function that was registered by this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<PythonFunction>> {
        self.named.lock().unwrap_or_else(PoisonError::into_inner).get(&name.to_lowercase()).cloned()
    }
}
