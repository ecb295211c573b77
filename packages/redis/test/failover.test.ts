import { key } from '@holdfast/core/stateless';
import { expect, test } from 'vitest';
import { promote, startProxy, startReplica, startServer, until } from './rig/index.ts';
import { CLIENTS } from './support/clients.ts';
import { rawStore } from './support/stores.ts';
import { describeWithServer } from './support/with-server.ts';

const OPERATION = { deadlineMs: 5_000 };

describeWithServer('a failover', () => {
  test.each(CLIENTS)(
    'by %s, whose replica was cut off, gives a lease a second time, with a greater fence; what the replica had is there',
    async (_name, connect) => {
      await using primary = await startServer();
      await using link = await startProxy(primary.port);
      await using replica = await startReplica(link.port);
      await using front = await startProxy(primary.port);
      using client = await connect([front.port]);
      const store = rawStore(client.driver);
      const [session, lock] = [key('session', 'a'), key('lock', 'a')];
      const lease = { max: 1, leaseMs: 60_000, id: 'first' };

      const write = { mode: 'create', data: Buffer.from('kept'), ttlMs: 60_000 } as const;
      await store.write(session, write, OPERATION);
      await until('replication', async () => (await replica.ask('DBSIZE')) === '1');
      link.refuse();
      const first = await store.lease(lock, lease, OPERATION);

      await primary.kill();
      await promote(replica);
      front.redirect(replica.port);
      front.cut();

      // The client connects again by itself; what it had under way may fail once.
      const leased = () => store.lease(lock, { ...lease, id: 'second' }, OPERATION);
      const second = await leased().catch(leased);
      if (!first.held || !second.held) throw new Error('nobody holds it');
      expect(BigInt(second.fence) > BigInt(first.fence)).toBe(true);
      expect(second.renewed).toBe(false);
      expect(await store.read(session, OPERATION)).toMatchObject({ version: 1 });
    },
  );
});
