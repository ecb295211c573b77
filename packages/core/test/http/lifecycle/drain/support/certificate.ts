import { selfSigned } from '../../../../../../undici/faults/server/certificate.ts';

/** Of nobody, for the servers of these tests. */
export const certificate = selfSigned('holdfast');
