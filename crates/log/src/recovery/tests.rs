//! Recovery, case by case.
