//! Whole stories: requests in, records and images out.
