await import('./service.mjs');

setTimeout(() => {
  throw new Error('bad build: out of range');
}, 200);
