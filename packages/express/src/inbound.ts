import { exchangeOf, type Inbound } from '@holdfast/core/inbound';
import type { Response } from 'express';

/**
 * What a handler can learn of its request: the signal that tells it to stop, the time that is left, what rate
 * limits decided. There with or without a guard.
 */
export const inbound = (response: Response): Inbound => exchangeOf(response.req, response);
