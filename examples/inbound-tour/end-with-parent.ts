// Loaded before the API: however the tour ends, nothing of it stays behind.
process.once('disconnect', () => process.exit(1));
