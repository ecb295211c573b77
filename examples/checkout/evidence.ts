import type { Disturbance } from './disturbances.ts';
import type { Calls, CircuitReport, Message, Sample, Transition } from './messages.ts';

/** Everything the processes have told so far. */
export interface Evidence {
  readonly samples: Sample[];
  readonly transitions: Transition[];
  /** What was done to the workers, as far as its effect is over. */
  readonly disturbances: Disturbance[];
  /** The last that each worker said of itself, by its pid, in the order in which they came. */
  readonly circuits: Map<number, CircuitReport>;
  calls: Calls;
  /** Orders sent to each side. */
  sent: number;
  /** Up to when the samples are complete, in milliseconds since the start. */
  upTo: number;
  /** By the time of day. */
  startsAtMs: number;
  /** Whether nothing more is done to the workers. */
  undisturbed: boolean;
  done: boolean;
}

const none = { healthy: 0, hang: 0, errors: 0 };

export const noEvidence = (): Evidence => ({
  samples: [],
  transitions: [],
  disturbances: [],
  circuits: new Map(),
  calls: { bare: none, holdfast: none },
  sent: 0,
  upTo: 0,
  startsAtMs: Number.NaN,
  undisturbed: false,
  done: false,
});

/** Takes down what a process said. */
export const record = (evidence: Evidence, message: Message): void => {
  switch (message.type) {
    case 'load':
      evidence.samples.push(...message.samples);
      evidence.sent = message.sent;
      evidence.upTo = message.at;
      break;
    case 'calls':
      evidence.calls = message.calls;
      break;
    case 'circuit':
      evidence.circuits.set(message.circuit.pid, message.circuit);
      break;
    case 'transition':
      evidence.transitions.push(message.transition);
      break;
    case 'disturbance':
      evidence.disturbances.push(message.disturbance);
      break;
    case 'undisturbed':
      evidence.undisturbed = true;
      break;
    case 'done':
      evidence.done = true;
      break;
    case 'ready':
  }
};

/** The circuits as they stand: of each slot that of its newest worker. */
export const currentCircuits = ({ circuits }: Evidence): readonly CircuitReport[] => {
  const bySlot = new Map([...circuits.values()].map((circuit) => [circuit.slot, circuit]));
  return [...bySlot.values()].toSorted((a, b) => a.slot - b.slot);
};
