import { supervise, type SupervisorEvent, type WorkerName } from '@holdfast/cluster';

// One process for every core that there is. Try `kill -9` of a worker, SIGHUP for a reload and Ctrl-C: no request that
// could be answered is lost.

const supervisor = await supervise({ exec: new URL('./server.ts', import.meta.url) });

const nameOf = ({ slot, pid }: WorkerName): string => `worker ${slot ?? '-'} (process ${pid})`;

const { ready, workers, members } = supervisor.status();
for (const member of members) console.log(`${nameOf(member)} is ${member.state}`);
console.log(`process ${process.pid} has ${ready} of ${workers} workers ready`);

const lineOf = (event: SupervisorEvent): string | undefined => {
  switch (event.type) {
    case 'workerReady':
      return `${nameOf(event)} is ready after ${Math.round(event.tookMs)} ms`;
    case 'workerExited':
      return `${nameOf(event)} is gone: ${event.clean ? 'it cut nothing' : 'not as it should be'}`;
    case 'reloadCompleted':
      return `every worker runs generation ${event.generation}`;
    case 'reloadAborted':
      return `reload given up: ${event.detail}`;
    case 'stopping':
      return `stopping: ${event.reason}`;
    default:
      return undefined;
  }
};

for await (const event of supervisor.events()) {
  const line = lineOf(event);
  if (line !== undefined) console.log(line);
}
