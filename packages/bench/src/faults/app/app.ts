import { Child } from '../processes/child.ts';
import type { Keeping } from '../processes/keeping.ts';
import type { Report, ServiceName } from './services.ts';

/** A service in a process of its own. */
export class App {
  readonly name: ServiceName;
  readonly port: number;
  readonly #child: Child;

  private constructor(name: ServiceName, port: number, child: Child) {
    this.name = name;
    this.port = port;
    this.#child = child;
  }

  static async start(name: ServiceName, redisPort: number, keeping: Keeping): Promise<App> {
    const module = new URL('serving.ts', import.meta.url);
    const child = Child.start(module, [name, String(redisPort)], keeping);
    try {
      return new App(name, Number(await child.ask({ ask: 'start' })), child);
    } catch (error) {
      await child.kill();
      throw error;
    }
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Bytes on its heap after a collection. */
  async heap(): Promise<number> {
    return Number(await this.#child.ask({ ask: 'heap' }));
  }

  async report(): Promise<Report> {
    // Both ends of the channel are this bench.
    return (await this.#child.ask({ ask: 'report' })) as Report;
  }

  end(): Promise<void> {
    return this.#child.kill();
  }
}
