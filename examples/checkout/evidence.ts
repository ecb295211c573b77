import type { Calls, CircuitReport, Message, Sample, Transition } from './messages.ts';

/** Everything the processes have told so far. */
export interface Evidence {
  readonly samples: Sample[];
  readonly transitions: Transition[];
  calls: Calls;
  circuit: CircuitReport;
  /** Orders sent to each side. */
  sent: number;
  /** Up to when the samples are complete, in milliseconds since the start. */
  upTo: number;
  done: boolean;
}

const none = { healthy: 0, hang: 0, errors: 0 };

export const noEvidence = (): Evidence => ({
  samples: [],
  transitions: [],
  calls: { bare: none, holdfast: none },
  circuit: { state: 'CLOSED', summary: '', putOff: 0, chargedLater: 0 },
  sent: 0,
  upTo: 0,
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
      evidence.circuit = message.circuit;
      break;
    case 'transition':
      evidence.transitions.push(message.transition);
      break;
    case 'done':
      evidence.done = true;
      break;
    case 'ready':
  }
};
