import { Http1Connection } from '../../drain/clients/http1-connection.ts';

/** Who answered, on a connection that is closed after that; undefined where nobody did. */
export const askOnce = async (port: number, path: string): Promise<string | undefined> => {
  const connection = await Http1Connection.open(port);
  if (connection === undefined) return undefined;
  const ending = await connection.ask(path);
  connection.close();
  return ending === 'lost' ? undefined : whoIn(connection.body);
};

/** The service's answers begin with who it is: its pid, and for a thread more than that. */
export const whoIn = (body: string): string => body.split(' ', 1)[0] ?? '';
