await import('./service.mjs');
