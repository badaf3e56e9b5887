//! Where rows come from: the trait, and one file a source.
