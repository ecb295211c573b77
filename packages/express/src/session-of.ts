import { sessionOf as sessionOfResponse, type Session } from '@holdfast/core/inbound';
import type { Response } from 'express';

/** The session of a request. Throws `TypeError` where no `session` stands in front. */
export const sessionOf = (response: Response): Session => sessionOfResponse(response);
