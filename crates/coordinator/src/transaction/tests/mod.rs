//! Stories, tables and properties of transactions.
