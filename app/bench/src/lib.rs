//! The benchmark page: the real engine and store behind window.bench.
