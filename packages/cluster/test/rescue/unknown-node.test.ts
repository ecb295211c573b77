import { expect, it } from 'vitest';
import { hearWarnings } from '../../../core/test/support/warnings.ts';
import { rescueConnections } from '../../src/rescue/rescue-connections.ts';
import { ChildEnd, workerOf } from './support/child-end.ts';
import { Connection } from './support/round-robin.ts';

const handover = { cmd: 'NODE_CLUSTER', act: 'newconn', key: 'here' };

it('does nothing where Node hands connections over in a way that is not known, and warns once', () => {
  const warnings = hearWarnings();
  const unknown = [
    { ...handover, act: 'connection', seq: 1 },
    { ...handover, seq: '1' },
    { ...handover, key: 5, seq: 1 },
    { ...handover, cmd: 'NODE_ROUND_ROBIN', seq: 1 },
  ];
  for (const message of unknown) {
    const child = new ChildEnd();
    const { send } = child;
    rescueConnections(workerOf(child));
    const connection = new Connection();
    child.send(message, connection);
    expect(child.inbox).toEqual([{ message, handle: connection }]);
    expect(child.send).toBe(send);
    child.reachEnd();
    child.exit();
    expect(connection.isClosed).toBe(false);
  }
  // Answers that are not understood: nothing heaps up.
  const child = new ChildEnd();
  const { send } = child;
  rescueConnections(workerOf(child));
  for (let seq = 0; seq <= 1_001; seq++) child.send({ ...handover, seq }, new Connection());
  expect(child.send).toBe(send);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatchObject({ code: 'HF_RESCUE_UNAVAILABLE', type: 'HoldfastWarning' });
  expect(warnings[0]?.message).toContain(process.versions.node);
});
