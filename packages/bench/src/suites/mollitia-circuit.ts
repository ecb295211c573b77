import { Circuit, type Module } from 'mollitia';
import type { Call } from './contender.ts';

/** A circuit of mollitia round the call, the outermost module first. */
export const circuitAround = (call: Call, modules: Module[]): Circuit =>
  new Circuit({ func: call, options: { modules } });
