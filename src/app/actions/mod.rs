//! Server functions, one file per area. Their bodies exist on the server only; the browser has stubs.
