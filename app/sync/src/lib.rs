//! Offline engine without I/O: outbox, overlay, cursors, back-off, wire types.
