import { createServer } from 'node:http';
import { expect, it } from 'vitest';
import { Hold } from '../../../src/http/inbound/session-hold.ts';
import { get, serve } from './plain.ts';

const METHODS = ['end', 'write', 'writeHead', 'setHeader', 'removeHeader'] as const;

it('gives back every method and every hook as it was', async () => {
  const seen: unknown[] = [];
  const url = await serve((_, response) => {
    // As a middleware further in may have left it.
    const end = response.end.bind(response);
    response.end = ((...given: []) => end(...given)) as typeof response.end;
    Object.defineProperty(response, 'writeHead', {
      value: response.writeHead.bind(response),
      configurable: true, // and not writable
    });
    response.statusCode = 201;
    const methods = (): unknown[] => METHODS.map((method) => Reflect.get(response, method));
    const before = methods();
    const hold = new Hold(response, true);
    response.statusCode = 500;
    response.statusMessage = 'Late';
    response.setHeader('X-Late', 'yes');
    response.writeHead(404);
    seen.push([response.statusCode, response.writableEnded, response.headersSent]);
    hold.release();
    seen.push([response.statusCode, response.writableEnded, response.headersSent]);
    expect(methods()).toEqual(before);
    response.end('done');
  });
  const answer = await get(url);
  expect(answer).toMatchObject({ status: 201, text: 'done' });
  expect(answer.headers.get('x-late')).toBeNull();
  expect(seen).toEqual([
    [201, true, false],
    [201, false, false],
  ]);
});

it('holds a response that somebody has sealed by what is left of it, and gives that back', async () => {
  const url = await serve((_, response) => {
    Reflect.set(response, 'end', response.end.bind(response));
    response.statusMessage = 'Fine';
    const { end } = response;
    Object.preventExtensions(response);
    const hold = new Hold(response, true);
    response.end('wrong');
    expect(hold.ended).toBe(true);
    hold.release();
    expect(response.end).toBe(end);
    response.socket?.end('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nright'); // Node itself could not
  });
  expect(await get(url)).toMatchObject({ text: 'right' });
});

it('one whose last part waits has begun and is not ended, until it is', async () => {
  const url = await serve((_, response) => {
    const hold = new Hold(response, false);
    const seen = [[response.headersSent, response.writableEnded, hold.ended]];
    response.end();
    seen.push([response.headersSent, response.writableEnded, hold.ended]);
    hold.release();
    seen.push([response.headersSent, response.writableEnded, hold.ended]);
    response.end(JSON.stringify(seen));
  });
  expect(JSON.parse((await get(url)).text)).toEqual([
    [true, false, false],
    [false, true, true],
    [false, false, true],
  ]);
});

it('what is written after the end does nothing, and what was sent stays readable', async () => {
  const seen: unknown[] = [];
  const called: unknown[] = [];
  const url = await serve((_, response) => {
    const hold = new Hold(response, true);
    hold.release();
    response.writeHead(202);
    response.end('done');
    hold.close();
    response.statusCode = 500;
    response.removeHeader('X-Late');
    response.end('x', () => called.push('it'));
    response.on('finish', () =>
      seen.push(response.statusCode, response.headersSent, response.writableEnded),
    );
  });
  expect(await get(url)).toMatchObject({ status: 202, text: 'done' });
  expect(seen).toEqual([202, true, true]);
  expect(called).toEqual(['it']);
});

it('to those who hear of the end of a response whose head was out, it was', async () => {
  const heard = new Promise<boolean[]>((resolve) => {
    const server = createServer((_, response) => {
      response.write('begun', () => {
        const hold = new Hold(response, true);
        const during = response.headersSent;
        response.on('close', () => {
          resolve([during, response.headersSent]);
          hold.release();
          server.close();
        });
        response.req.socket.destroy();
      });
    });
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { readonly port: number };
      void fetch(`http://127.0.0.1:${port}`)
        .then((response) => response.text())
        .catch(() => undefined);
    });
  });
  expect(await heard).toEqual([false, true]);
});

it('remembers the callbacks of what came too late, for after the end', async () => {
  const url = await serve((_, response) => {
    const hold = new Hold(response, true);
    const called: string[] = [];
    expect(response.write('x', () => called.push('write'))).toBe(true);
    expect(response.end('y', 'utf8', () => called.push('end'))).toBe(response);
    expect(response.setHeader('X-Late', 'yes')).toBe(response);
    const callbacks = hold.release();
    expect(called).toEqual([]);
    for (const callback of callbacks) callback();
    response.end(called.join(' '));
  });
  expect(await get(url)).toMatchObject({ text: 'write end' });
});
