//! Server functions at fixed paths, their errors, and the backend they call.
