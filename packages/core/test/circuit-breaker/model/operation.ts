import { serveWaiting } from './admission.ts';
import type { Model, ModelListener } from './state.ts';

/**
 * Runs one operation. Whoever waits is looked at when it ends; its events are heard when the
 * outermost one ends, in the order of commits.
 */
export const operate = <T>(model: Model, operation: () => T): T => {
  model.depth++;
  const answer = operation();
  serveWaiting(model);
  if (model.depth === 1) deliver(model);
  model.depth--;
  return answer;
};

const deliver = (model: Model): void => {
  for (let event = model.queue.shift(); event !== undefined; event = model.queue.shift()) {
    const [type, ...details] = event;
    model.trace[type].push(details);
    if (type === 'transition')
      for (const listener of model.listeners.slice()) hear(model, listener);
  }
};

const hear = (model: Model, listener: ModelListener): void => {
  if (listener.kind === 'throws') model.reports++;
  if (listener.kind === 'rejects') model.rejections++;
  if (listener.kind !== 'acts') return;
  model.listeners = model.listeners.filter((other) => other !== listener);
  listener.act(model);
};
